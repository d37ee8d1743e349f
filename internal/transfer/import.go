package transfer

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/spool"
)

// Options are how a file is imported.
type Options struct {
	Format Format // empty: by how the file begins
	DryRun bool   // do all but write
	// Prune removes the records that the file does not hold, but for contacts
	// made at sign-in and the accounts that have any.
	Prune bool

	// CheckHash says whether a text is a password hash that can be verified.
	// Nil: no hashes are taken.
	CheckHash func(hash string) error
	// KnownMethod says whether a sign-in method is configured. Nil: any name.
	KnownMethod func(name string) bool
	// NewID makes the ids of records without one. Nil: random ones.
	NewID func() string
	// Now tells when records are created. Nil: the clock.
	Now func() time.Time
	// TempDir is where the records are kept while they are checked: of mode 0600
	// and without a name, about as much as the file twice. Empty: the system's
	// directory for temporary files.
	TempDir string

	// For tests.
	spool spool.Options
	large int // records that make a large change
}

func (o Options) withDefaults() Options {
	if o.NewID == nil {
		o.NewID = func() string { return strings.ToLower(rand.Text()) }
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	o.spool.Dir, o.large = o.TempDir, cmp.Or(o.large, largeChange)
	return o
}

// errDryRun ends a change of which nothing is to be kept.
var errDryRun = errors.New("dry run")

// Import brings the records of a file into the store: all of them, or none.
// What is wrong with the file is returned as *[Errors]. The file is read to its
// end before the store is touched; r should be bounded by the caller.
func Import(ctx context.Context, store directory.Store, r io.Reader, o Options) (Report, error) {
	o = o.withDefaults()
	in := newIntake(o)
	defer in.area.Close()
	if err := in.read(r, o.Format); err != nil {
		return Report{}, fmt.Errorf("reading the file: %w", err)
	}
	if in.broken {
		return Report{}, in.err()
	}
	var report Report
	err := in.edit(store, o)(ctx, func(dir directory.Editor) error {
		change, err := makePlan(ctx, dir, in, o)
		if err != nil {
			return err
		}
		report = change.report
		if o.DryRun {
			return errDryRun
		}
		return change.apply(ctx, dir)
	})
	if err != nil && !(o.DryRun && errors.Is(err, errDryRun)) {
		return Report{}, explain(err, in)
	}
	return report, nil
}

// largeChange is how many records make a change that the store need not hold in
// memory.
const largeChange = 10_000

// edit is how the store is changed. What prune removes may be all of it.
func (in *intake) edit(store directory.Store, o Options) func(context.Context, func(directory.Editor) error) error {
	if o.Prune || in.len() > o.large {
		return store.EditLarge
	}
	return store.Edit
}

// read takes a whole file in and checks each record by itself.
func (in *intake) read(r io.Reader, format Format) error {
	src := newSource(r)
	if format == "" {
		format = sniff(src.r)
	}
	var err error
	switch format {
	case JSON:
		err = in.readJSON(src)
	case NDJSON:
		err = in.readNDJSON(src)
	case CSV:
		err = in.readCSV(src)
	default:
		_, err = ParseFormat(string(format))
	}
	for _, line := range src.invalid {
		in.problems.add(line, "", "", "not UTF-8; save the file as UTF-8")
	}
	return err
}

// explain gives a clash that the store itself found the line of its record.
func explain(err error, in *intake) error {
	var found *Errors
	if errors.As(err, &found) {
		return found
	}
	var clash *directory.ClashError
	if errors.As(err, &clash) {
		line, err := in.lineOf(clash.Kind, clash.ID)
		if err != nil {
			return fmt.Errorf("importing: %w", errors.Join(clash, err))
		}
		var ps problems
		ps.add(line, clash.Kind+" "+quote(clash.ID), "", "%s", clash.Reason)
		return ps.err()
	}
	return fmt.Errorf("importing: %w", err)
}

// lineOf returns the line of a record by its id; 0 where the file has none.
func (in *intake) lineOf(kind, id string) (int, error) {
	switch kind {
	case kindAccount:
		return lineOf(in.accountRows, id)
	case kindContact:
		return lineOf(in.contactRows, id)
	case kindMember:
		return lineOf(in.memberRows, id)
	}
	return 0, nil
}

func lineOf[R any, P rowOf[R]](rows *roster[R, P], id string) (int, error) {
	row, err := rows.find(id)
	if err != nil || row == nil {
		return 0, err
	}
	return row.head().line, nil
}
