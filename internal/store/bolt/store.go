// Package bolt keeps Frontdesk's store in one embedded file, with bbolt.
//
// One process holds the file at a time; [Open] says so in words where another
// one does. Every change is on disk when its method returns. Changes that come
// at once share a disk write, but for Edit, whose function runs only once.
//
// Reading transactions last as long as one look-up or one page of a listing:
// an open one would keep the file from growing, and with it every writer.
//
// A file that is damaged while it is open fails what needs the damaged part, by
// an error or, in a writing transaction, by a panic that leaves no lock behind;
// it never ends the process.
package bolt

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"github.com/frontdesk-gateway/frontdesk/internal/store"
)

// Store is a store.Store in a file. [Open] makes one.
type Store struct {
	reader
	db       *bbolt.DB
	path, id string
	watchers watchers
	group    group
	failing  atomic.Bool // the last commit failed

	writing sync.Mutex // one writer at a time
	// broken is set after a panic of bbolt's in a commit: what it holds in memory
	// may be wrong, and the next change could carry that into the file. Reading
	// goes on.
	broken error
}

var _ store.Store = (*Store)(nil)

// Path returns the path of the file, as it was given to [Open].
func (s *Store) Path() string { return s.path }

// ID returns the random id that the file got when it was made. A copy has the
// same one.
func (s *Store) ID() string { return s.id }

// Close waits for the transactions under way and closes the file. Everything
// after it returns store.ErrClosed, but another Close.
func (s *Store) Close() error {
	if err := s.db.Close(); err != nil {
		return fmt.Errorf("closing store %s: %w", s.path, err)
	}
	return nil
}

// Check reads from the store, and writes to it where the last write failed: a
// disk that was full is found to have room again.
func (s *Store) Check(ctx context.Context) error {
	if s.failing.Load() {
		return s.update(ctx, func(tx *bbolt.Tx) error {
			return tx.Bucket([]byte(metaBucket)).Put([]byte(metaID), []byte(s.id))
		})
	}
	return s.view(ctx, func(tx *bbolt.Tx) error {
		if id := tx.Bucket([]byte(metaBucket)).Get([]byte(metaID)); string(id) != s.id {
			return fmt.Errorf("reading store %s: its id changed: %w", s.path, store.ErrForeign)
		}
		return nil
	})
}

// view reads in a transaction of its own.
func (s *Store) view(ctx context.Context, fn func(*bbolt.Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	var failed error
	err := survive(func() error {
		return s.db.View(func(tx *bbolt.Tx) error {
			failed = fn(tx)
			return failed
		})
	})
	return s.explain("reading", err, failed)
}

// update runs fn once in a write transaction of its own.
func (s *Store) update(ctx context.Context, fn func(*bbolt.Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.writing.Lock()
	defer s.writing.Unlock()
	return s.write(fn)
}

// share runs fn in a write transaction that others may share, and with it the
// wait for the disk. fn may run more than once, on any goroutine. A caller who
// comes alone does not wait for company.
func (s *Store) share(ctx context.Context, fn func(*bbolt.Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	c := s.group.join(fn)
	s.writing.Lock()
	defer s.writing.Unlock()
	if c.state == waiting {
		if all := s.group.take(); len(all) > 1 {
			s.writeAll(all)
		} else {
			c.state = alone
		}
	}
	if c.state == alone {
		return s.write(fn)
	}
	return c.err
}

// write runs fn in a write transaction. The lock is held.
func (s *Store) write(fn func(*bbolt.Tx) error) error {
	if s.broken != nil {
		return s.broken
	}
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	tx, err := s.db.Begin(true)
	if err != nil {
		return s.explain("writing", err, nil)
	}
	defer release(tx) // also where fn panics, which is for its caller to meet
	if err := fn(tx); err != nil {
		return err
	}
	err = survive(tx.Commit)
	s.failing.Store(err != nil)
	err = s.explain("writing", err, nil)
	if isPanic(err) {
		s.broken = fmt.Errorf("%w; the file may be damaged: nothing is written any more until Caddy is restarted", err)
	}
	return err
}

// release rolls back what was not committed, without a look at the file. Where
// bbolt panicked, its lock would be held for ever otherwise.
func release(tx *bbolt.Tx) {
	if tx.DB() != nil {
		_ = survive(tx.Rollback)
	}
}

// explain adds to an error of bbolt what was being done; failed, the error of
// the function that ran in the transaction, is returned as it is.
func (s *Store) explain(doing string, err, failed error) error {
	switch {
	case err == nil || failed != nil:
		return failed
	case errors.Is(err, berrors.ErrDatabaseNotOpen):
		return fmt.Errorf("%s store %s: %w", doing, s.path, store.ErrClosed)
	}
	return fmt.Errorf("%s store %s: %w", doing, s.path, err)
}
