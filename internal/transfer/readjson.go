package transfer

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
)

// jsonReader reads the one object of the JSON form, an element at a time.
type jsonReader struct {
	*intake
	src *source
	dec *json.Decoder
}

// kinds are the kinds of record by the names of their arrays.
var kinds = map[string]string{"accounts": kindAccount, "contacts": kindContact, "members": kindMember}

func (in *intake) readJSON(src *source) error {
	src.grant()
	src.numbered = true
	r := &jsonReader{in, src, json.NewDecoder(src)}
	if err := r.document(); err != nil {
		return r.explain(err)
	}
	return nil
}

// errForm is a file of another form, told already.
var errForm = errors.New("not in the JSON form")

func (r *jsonReader) document() error {
	const form = `the file must be one object: {"accounts": [...], "contacts": [...], "members": [...]}`
	if err := r.expect('{', form); err != nil {
		return err
	}
	seen := map[string]bool{}
	for r.dec.More() {
		if err := r.array(seen); err != nil {
			return err
		}
	}
	if err := r.expect('}', form); err != nil {
		return err
	}
	if _, err := r.dec.Token(); err != io.EOF {
		return r.misformed("something follows the end of the object")
	}
	return nil
}

// array reads one name of the object and the array under it.
func (r *jsonReader) array(seen map[string]bool) error {
	token, err := r.dec.Token()
	if err != nil {
		return err
	}
	name := token.(string) // the decoder admits nothing else as a name
	kind, known := kinds[name]
	if !known {
		return r.misformed("unknown name %s: write accounts, contacts or members", quote(name))
	}
	if seen[name] {
		return r.misformed("%s stands there twice", name)
	}
	seen[name] = true
	if err := r.expect('[', name+" must be a list of objects"); err != nil {
		return err
	}
	for r.dec.More() {
		if err := r.element(kind); err != nil {
			return err
		}
	}
	return r.expect(']', name+" must be a list of objects")
}

func (r *jsonReader) element(kind string) error {
	r.src.grant()
	var raw json.RawMessage
	if err := r.dec.Decode(&raw); err != nil {
		return err
	}
	line := r.src.lineAt(r.dec.InputOffset() - int64(len(raw)))
	fields, err := r.objectFields(string(raw), line)
	if err != nil {
		r.problems.add(line, kind, "", "%v", err)
		return nil
	}
	return r.take(entry{kind, line, fields})
}

func (r *jsonReader) expect(want json.Delim, otherwise string) error {
	r.src.grant()
	token, err := r.dec.Token()
	if err != nil {
		return err
	}
	if token != want {
		return r.misformed("%s", otherwise)
	}
	return nil
}

func (r *jsonReader) misformed(format string, args ...any) error {
	r.stop(r.src.lineAt(r.dec.InputOffset()), format, args...)
	return errForm
}

// explain turns the decoder's error into a problem with its line, or returns
// it where the file could not be read at all.
func (r *jsonReader) explain(err error) error {
	var syntax *json.SyntaxError
	switch {
	case errors.Is(err, errForm):
	case errors.Is(err, errTooLong):
		r.stop(r.src.lineAt(r.dec.InputOffset()), "%v", errTooLong)
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		r.stop(r.src.line, "the file ends too early")
	case errors.As(err, &syntax):
		r.stop(r.src.lineAt(r.dec.InputOffset()+r.ahead()), "not JSON: %v", syntax)
	default:
		return err
	}
	return nil
}

// ahead is how far behind the decoder's offset its syntax error lies: the
// offset in the error itself counts from elsewhere.
func (r *jsonReader) ahead() int64 {
	rest, _ := io.ReadAll(r.dec.Buffered()) // from memory
	var raw json.RawMessage
	var syntax *json.SyntaxError
	if err := json.NewDecoder(bytes.NewReader(rest)).Decode(&raw); errors.As(err, &syntax) {
		return max(0, syntax.Offset-1)
	}
	return 0
}
