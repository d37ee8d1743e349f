package bolt

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime/debug"
	"strconv"
	"syscall"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"github.com/frontdesk-gateway/frontdesk/internal/rescue"
	"github.com/frontdesk-gateway/frontdesk/internal/store"
)

// Keys of the meta bucket.
const (
	metaSchema = "schema" // decimal
	metaID     = "id"
	metaKeys   = "keys" // there once keys were kept: a store without them is damaged from then on

	metaMemberTenants = "member_tenants"
)

// minSize is below that of any bbolt file: its two meta pages, at the smallest
// page size that bbolt looks for.
const minSize = 2 * 1024

func stamp(tx *bbolt.Tx, version int, id string) error {
	b := tx.Bucket([]byte(metaBucket))
	if err := b.Put([]byte(metaSchema), strconv.AppendInt(nil, int64(version), 10)); err != nil {
		return err
	}
	return b.Put([]byte(metaID), []byte(id))
}

// inspect looks at an existing file without changing it and returns its id, or
// why it is not a store that this version can use. It comes before the file is
// opened for writing because that reads pages that a truncated file lacks.
func inspect(path string, opts Options) (id string, err error) {
	if err := checkHeader(path); err != nil {
		return "", err
	}
	o := opts.bbolt()
	o.ReadOnly = true
	db, _, err := openDB(path, o)
	if err != nil {
		return "", err
	}
	err = guard(func() error {
		return db.View(func(tx *bbolt.Tx) error {
			id, err = readMeta(tx, path)
			return err
		})
	})
	return id, errors.Join(err, db.Close())
}

// checkHeader refuses what bbolt's own checks would read past the end of.
func checkHeader(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if info.Size() < minSize {
		return fmt.Errorf("%w: the file is too short", store.ErrForeign)
	}
	return nil
}

// readMeta checks the file's length against what the database should have, and
// only then reads from it.
func readMeta(tx *bbolt.Tx, path string) (id string, err error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", err
	}
	if info.Size() < tx.Size() {
		return "", fmt.Errorf("%w: the file was cut off: it has %d of %d bytes", store.ErrForeign, info.Size(), tx.Size())
	}
	meta := tx.Bucket([]byte(metaBucket))
	if meta == nil {
		return "", fmt.Errorf("%w: it is another program's database, or was emptied", store.ErrForeign)
	}
	if err := checkSchema(string(meta.Get([]byte(metaSchema)))); err != nil {
		return "", err
	}
	for _, name := range buckets() {
		if tx.Bucket([]byte(name)) == nil {
			return "", fmt.Errorf("%w: it has no %q", store.ErrForeign, name)
		}
	}
	return string(meta.Get([]byte(metaID))), nil
}

func checkSchema(text string) error {
	version, err := strconv.Atoi(text)
	switch {
	case err != nil || version < 1:
		return fmt.Errorf("%w: its schema version cannot be read", store.ErrForeign)
	case version > schema:
		return fmt.Errorf("%w: it has schema %d, this version knows %d", store.ErrNewer, version, schema)
	}
	return nil
}

// openDB opens the file that has a name once it is locked: a large edit of the
// process that held the lock may have put another there.
func openDB(path string, opts bbolt.Options) (*bbolt.DB, *os.File, error) {
	for {
		db, file, err := openOnce(path, opts)
		if err != nil || sameFile(path, file) {
			return db, file, err
		}
		if err := db.Close(); err != nil {
			return nil, nil, err
		}
	}
}

// openOnce is bbolt.Open with errors and panics over a file's contents told as
// store.ErrForeign, and the file, which is the database's.
func openOnce(path string, opts bbolt.Options) (db *bbolt.DB, file *os.File, err error) {
	opts.OpenFile = func(name string, flag int, mode os.FileMode) (*os.File, error) {
		var err error
		file, err = os.OpenFile(name, flag&^os.O_CREATE, mode) // #nosec G304 -- the operator names the store
		return file, err
	}
	err = guard(func() error {
		db, err = bbolt.Open(path, 0o600, &opts)
		return err
	})
	if err != nil && file != nil {
		unlock(file) // where a panic left it locked and open
		_ = file.Close()
	}
	return db, file, err
}

// guard runs fn over a file that may be damaged. bbolt checks little of what it
// reads: a bad page panics or faults.
func guard(fn func() error) error {
	err := survive(fn)
	if isPanic(err) {
		return fmt.Errorf("%w: the file is damaged: %w", store.ErrForeign, err)
	}
	if aboutContents(err) {
		return fmt.Errorf("%w: %w", store.ErrForeign, err)
	}
	return err
}

// survive runs fn and returns its error, or a *rescue.Panic where it panics or
// reads past the end of the file, which maps into memory what is no longer there.
func survive(fn func() error) error {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	return rescue.Do(fn)
}

func isPanic(err error) bool {
	var p *rescue.Panic
	return errors.As(err, &p)
}

// aboutContents tells what bbolt says of a file's contents, in part by errors
// without a name, from what the system says of the file, a lock that is held,
// and what has been told already.
func aboutContents(err error) bool {
	var path *fs.PathError
	var system syscall.Errno
	return err != nil && !errors.As(err, &path) && !errors.As(err, &system) &&
		!errors.Is(err, berrors.ErrTimeout) && !errors.Is(err, store.ErrForeign) && !errors.Is(err, store.ErrNewer)
}
