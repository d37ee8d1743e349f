package transfer

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"iter"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
)

// ExportOptions are what an export holds.
type ExportOptions struct {
	Format Format // empty: JSON
	// IncludeHashes adds the password hashes. Who gets them can try passwords.
	IncludeHashes bool
}

// Export writes the whole directory in a form that [Import] reads: imported
// again, it changes nothing. It holds up no change of the directory: what is
// changed meanwhile is written as it was before or after, and what moves to
// another id perhaps not at all.
func Export(ctx context.Context, dir directory.Reader, w io.Writer, o ExportOptions) error {
	buffered := bufio.NewWriter(w)
	e := &exporter{ctx: ctx, dir: dir, hashes: o.IncludeHashes}
	var err error
	switch o.Format {
	case JSON, "":
		err = e.json(buffered)
	case NDJSON:
		err = e.ndjson(buffered)
	case CSV:
		err = e.csv(buffered)
	default:
		_, err = ParseFormat(string(o.Format))
	}
	if err == nil {
		err = buffered.Flush()
	}
	if err != nil {
		return fmt.Errorf("exporting: %w", err)
	}
	return nil
}

type exporter struct {
	ctx    context.Context // of the one call that the exporter lives for
	dir    directory.Reader
	hashes bool
}

func (e *exporter) accounts() iter.Seq2[any, error] {
	return records(e.dir.Accounts(e.ctx), func(a directory.Account) (any, error) { return exportAccount(a), nil })
}

func (e *exporter) contacts() iter.Seq2[any, error] {
	return records(e.dir.Contacts(e.ctx), func(c directory.Contact) (any, error) {
		hash, err := e.hash(directory.PasswordOwner{Address: c.Email.Key(), Kind: directory.KindContact})
		return exportContact(c, hash), err
	})
}

func (e *exporter) members() iter.Seq2[any, error] {
	return records(e.dir.Members(e.ctx), func(m directory.Member) (any, error) {
		hash, err := e.hash(directory.PasswordOwner{Address: m.Email.Key(), Kind: directory.KindMember})
		return exportMember(m, hash), err
	})
}

// records turns the directory's records into the file's.
func records[T any](in iter.Seq2[T, error], turn func(T) (any, error)) iter.Seq2[any, error] {
	return func(yield func(any, error) bool) {
		for record, err := range in {
			var out any
			if err == nil {
				out, err = turn(record)
			}
			if !yield(out, err) || err != nil {
				return
			}
		}
	}
}

func (e *exporter) hash(owner directory.PasswordOwner) (string, error) {
	if !e.hashes {
		return "", nil
	}
	p, _, err := find(e.dir.Password, e.ctx, owner)
	return p.Hash, err
}

// json writes a record a line, so that two exports can be compared.
func (e *exporter) json(w io.Writer) error {
	before := "{\n"
	for _, part := range []struct {
		name    string
		records iter.Seq2[any, error]
	}{{"accounts", e.accounts()}, {"contacts", e.contacts()}, {"members", e.members()}} {
		if _, err := fmt.Fprintf(w, "%s  %q: [", before, part.name); err != nil {
			return err
		}
		if err := writeElements(w, part.records); err != nil {
			return err
		}
		before = "],\n"
	}
	_, err := io.WriteString(w, "]\n}\n")
	return err
}

func writeElements(w io.Writer, records iter.Seq2[any, error]) error {
	before, end := "\n    ", ""
	for record, err := range records {
		if err != nil {
			return err
		}
		line, err := encode(record)
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintf(w, "%s%s", before, line); err != nil {
			return err
		}
		before, end = ",\n    ", "\n  "
	}
	_, err := io.WriteString(w, end)
	return err
}

func (e *exporter) ndjson(w io.Writer) error {
	for _, records := range []iter.Seq2[any, error]{e.accounts(), e.contacts(), e.members()} {
		for record, err := range records {
			if err != nil {
				return err
			}
			line, err := encode(typed(record))
			if err != nil {
				return err
			}
			if _, err := fmt.Fprintf(w, "%s\n", line); err != nil {
				return err
			}
		}
	}
	return nil
}

// encode writes JSON that people can read: & and < as they are.
func encode(record any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(record)
	return bytes.TrimSuffix(b.Bytes(), []byte{'\n'}), err
}
