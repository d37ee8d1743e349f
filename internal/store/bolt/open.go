package bolt

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"github.com/frontdesk-gateway/frontdesk/internal/store"
)

// defaultLockTimeout is how long Open waits for another process to let go of
// the file: a server that is being replaced takes a moment to end.
const defaultLockTimeout = 1500 * time.Millisecond

// Options change how a store is opened. The zero value is right for servers.
type Options struct {
	// LockTimeout is how long to wait for the file's lock; 0: 1.5 seconds.
	LockTimeout time.Duration

	// For tests only.
	noSync bool         // changes may be lost when the machine stops
	pieces pieces       // how large those of a large edit are
	step   func(string) // called after each step of a large edit
}

// Open opens the store in the file at path. A file that does not exist is made,
// readable by its owner only, as is its folder. Errors wrap store.ErrLocked
// where another process holds the file, store.ErrForeign where it is no store,
// was emptied or is damaged, and store.ErrNewer where a newer version made it.
func Open(path string, opts Options) (*Store, error) {
	s, err := open(path, opts)
	if err != nil {
		return nil, fmt.Errorf("opening store %s: %w", path, hint(err))
	}
	return s, nil
}

func open(path string, opts Options) (*Store, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if err := create(path); err != nil {
			return nil, err
		}
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%w: it is no regular file", store.ErrForeign)
	case info.Size() == 0:
		return nil, fmt.Errorf("%w: the file was emptied", store.ErrForeign)
	}
	id, err := inspect(path, opts)
	if err != nil {
		return nil, err
	}
	db, file, err := openDB(path, opts.bbolt())
	if err != nil {
		return nil, err
	}
	db.NoSync = opts.noSync
	s := &Store{db: db, file: file, least: 2 * int64(db.Info().PageSize), path: path, id: id, writing: newTurn(), now: time.Now,
		pieces: cmp.Or(opts.pieces, defaultPieces), step: opts.step}
	s.reader.view = s.view
	if s.real, err = filepath.EvalSymlinks(path); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	s.tidy()
	err = s.view(context.Background(), func(tx *bbolt.Tx) error {
		s.newest.Store(int64(tx.ID()))
		return nil
	})
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func (o Options) bbolt() bbolt.Options {
	timeout := o.LockTimeout
	if timeout <= 0 {
		timeout = defaultLockTimeout
	}
	return bbolt.Options{Timeout: timeout, FreelistType: bbolt.FreelistMapType}
}

// create makes an empty store and puts it at path whole: whatever interrupts
// it, nothing half-made is left there. A store that another process put there
// meanwhile stays.
func create(path string) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, filepath.Base(path)+".new-*") // with mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	if err := f.Close(); err != nil {
		return err
	}
	if err := initialize(f.Name()); err != nil {
		return err
	}
	return publish(f.Name(), path)
}

// initialize makes an empty file a store.
func initialize(path string) error {
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		return err
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		for _, name := range buckets() {
			if _, err := tx.CreateBucket([]byte(name)); err != nil {
				return err
			}
		}
		return stamp(tx, schema, rand.Text())
	})
	return errors.Join(err, db.Close())
}

// publish gives a finished file its name, unless the name is taken.
func publish(from, to string) error {
	err := os.Link(from, to)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil { // a file system without links
		err = os.Rename(from, to)
	}
	if err != nil {
		return err
	}
	_ = syncFolder(to) // the name is durable now, where the system can tell
	return nil
}

// hint adds to an error what to do about it.
func hint(err error) error {
	switch {
	case errors.Is(err, berrors.ErrTimeout):
		return fmt.Errorf("%w: usually a running Caddy; change its configuration with caddy reload, or stop it first", store.ErrLocked)
	case errors.Is(err, store.ErrForeign):
		return fmt.Errorf("%w; name another file, or put a backup in its place", err)
	case errors.Is(err, store.ErrNewer):
		return fmt.Errorf("%w; run that version, or put a backup of before the upgrade in its place", err)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%w; the user that runs Caddy needs to read and write the file and its folder", err)
	}
	return err
}
