package bolt

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"go.etcd.io/bbolt"

	"github.com/frontdesk-gateway/frontdesk/internal/store"
)

// next is the file that a large edit makes, and that takes the place of the
// store's own in the end. It begins as a copy and is written in pieces, none of
// which the disk is waited for: before it has the store's name it is worth
// nothing. It is locked from its beginning, so that no other process gets hold of
// the store in between.
type next struct {
	s    *Store
	path string
	db   *bbolt.DB
	file *os.File
	tx   *bbolt.Tx // what is written at present

	pending int // bytes written in it
	last    int64
}

// Names of what a large edit makes beside the store, behind the store's own. Who
// holds the store's lock has them for itself.
const (
	nextSuffix  = ".edit"
	spillSuffix = ".edit-sorting"
)

// pieces are what a large edit holds in memory at once.
type pieces struct {
	sorted int // in each sorter, in bytes
	bytes  int // of keys and values that go into the file together
	nodes  int // of pages that they touch there
}

var defaultPieces = pieces{sorted: 8 << 20, bytes: 4 << 20, nodes: 2000}

// newNext copies the store as the transaction sees it.
func (s *Store) newNext(base *bbolt.Tx) (*next, error) {
	n := &next{s: s, path: s.real + nextSuffix}
	if err := s.copyTo(n.path, base); err != nil {
		_ = n.discard()
		return nil, hint(err)
	}
	db, file, err := openDB(n.path, bbolt.Options{
		Timeout: defaultLockTimeout, FreelistType: bbolt.FreelistMapType, NoSync: true, NoGrowSync: true,
	})
	if err != nil {
		_ = n.discard()
		return nil, err
	}
	n.db, n.file = db, file
	if n.tx, err = db.Begin(true); err != nil {
		_ = n.discard()
		return nil, err
	}
	s.did("copied")
	return n, nil
}

// did tells tests of a step.
func (s *Store) did(step string) {
	if s.step != nil {
		s.step(step)
	}
}

// copyTo makes a copy of the store that belongs to whom it belongs.
func (s *Store) copyTo(path string, base *bbolt.Tx) error {
	f, err := beside(path)
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(f, 1<<20)
	_, err = base.WriteTo(w)
	return errors.Join(err, w.Flush(), likeness(f, s.file), f.Close())
}

// beside makes a file that only this process has a use for, in place of one
// that an earlier process left.
func beside(path string) (*os.File, error) {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600) // #nosec G304 -- beside the store, which the operator names
}

// likeness gives a file the mode and the owner of another.
func likeness(f, of *os.File) error {
	info, err := of.Stat()
	if err != nil {
		return err
	}
	return errors.Join(chown(f, info), f.Chmod(info.Mode().Perm()))
}

// wrote notes that so many bytes were written, and begins a new piece where the
// present one is large enough.
func (n *next) wrote(ctx context.Context, bytes int) error {
	n.pending += bytes
	stats := n.tx.Stats()
	if n.pending < n.s.pieces.bytes && stats.GetNodeCount() < int64(n.s.pieces.nodes) {
		return nil
	}
	return n.begin(ctx)
}

// begin begins a new piece.
func (n *next) begin(ctx context.Context) (err error) {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := n.tx.Commit(); err != nil {
		return err
	}
	n.pending = 0
	n.s.did("piece")
	n.tx, err = n.db.Begin(true)
	return err
}

// finish commits the last piece, and waits for the disk.
func (n *next) finish(noSync bool) error {
	n.db.NoSync, n.db.NoGrowSync = noSync, noSync
	n.last = int64(n.tx.ID())
	return n.tx.Commit()
}

// discard ends what did not become the store, or does nothing.
func (n *next) discard() error {
	if n == nil {
		return nil
	}
	if n.tx != nil {
		release(n.tx)
	}
	var err error
	if n.db != nil {
		err = n.db.Close()
	}
	return errors.Join(err, os.Remove(n.path))
}

// replace puts the next file in the store's place. Who reads goes on reading
// the old one, which is returned.
func (s *Store) replace(n *next) (old *bbolt.DB, err error) {
	s.beginning.Lock()
	defer s.beginning.Unlock()
	if s.lost != nil {
		return nil, s.lost
	}
	if !sameFile(s.real, s.file) {
		return nil, fmt.Errorf("%w: somebody else put another file in its place; nothing was written", store.ErrForeign)
	}
	if err := os.Rename(n.path, s.real); err != nil {
		if errors.Is(err, syscall.EBUSY) {
			err = fmt.Errorf("%w; where the file is mounted by itself, mount its folder instead", err)
		}
		return nil, err
	}
	s.did("renamed")
	old = s.db
	s.db, s.file = n.db, n.file
	s.newest.Store(n.last)
	s.failing.Store(false)
	return old, nil
}

// sameFile reports whether an open file is the one that a path names.
func sameFile(path string, f *os.File) bool {
	named, err := os.Stat(path)
	open, errOpen := f.Stat()
	return err == nil && errOpen == nil && os.SameFile(named, open)
}

// syncFolder has the name of a file outlive the machine's end.
func syncFolder(path string) error {
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	err = dir.Sync()
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, errors.ErrUnsupported) {
		err = nil // a file system that does so by itself, or never
	}
	return errors.Join(err, dir.Close())
}

// tidy removes what a large edit left that was cut short. The store is locked.
func (s *Store) tidy() {
	for _, suffix := range []string{nextSuffix, spillSuffix} {
		_ = os.Remove(s.real + suffix)
	}
}
