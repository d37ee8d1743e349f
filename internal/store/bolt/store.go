// Package bolt keeps Frontdesk's store in one embedded file, with bbolt.
//
// One process holds the file at a time; [Open] says so in words where another
// one does. Every change is on disk when its method returns. Changes that come
// at once share a disk write, but for Edit, whose function runs only once.
//
// An EditLarge makes a new file, which takes the place of the one that is there:
// see [Store.EditLarge].
//
// Reading transactions last as long as one look-up or one page of a listing:
// an open one would keep the file from growing, and with it every writer.
//
// A file that is damaged while it is open fails what needs the damaged part, by
// an error or, in a writing transaction, by a panic that leaves no lock behind;
// it never ends the process. One that goes back to an older state, or is written by
// somebody else, is not read or not written any more.
package bolt

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"github.com/frontdesk-gateway/frontdesk/internal/session"
	"github.com/frontdesk-gateway/frontdesk/internal/store"
)

// Store is a store.Store in a file. [Open] makes one.
type Store struct {
	reader
	db       *bbolt.DB // this and its file change with a large edit, see replace
	path, id string
	real     string   // the path that links lead to
	file     *os.File // the database's own
	least    int64    // that it has at least, in bytes
	watchers watchers
	group    group
	failing  atomic.Bool // the last commit failed
	pieces   pieces
	step     func(string) // nil but in tests

	writing turn // one writer at a time, until its watchers are told
	// broken is set after a panic of bbolt's in a commit, and where somebody else
	// wrote to the file: what bbolt holds in memory may be wrong, and the next
	// change could carry that into the file. Reading goes on.
	broken error
	change store.Change // what the transaction under way has for the watchers

	now   func() time.Time
	paces paces // of work that can wait

	newest    atomic.Int64 // id of the last transaction that was committed
	beginning sync.Mutex
	lost      error // bbolt panicked where a transaction begins, and keeps its locks
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
	if err := s.close(); err != nil {
		return fmt.Errorf("closing store %s: %w", s.path, err)
	}
	return nil
}

func (s *Store) close() error {
	s.writing.lock() // a large edit goes over to another file
	defer s.writing.unlock()
	s.beginning.Lock()
	lost := s.lost
	s.beginning.Unlock()
	if lost == nil {
		return s.db.Close()
	}
	unlock(s.file) // bbolt would wait for its own locks
	if err := s.file.Close(); !errors.Is(err, os.ErrClosed) {
		return err
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
	tx, err := s.begin(false)
	if err != nil {
		return s.explain("reading", err, nil)
	}
	defer release(tx)
	var failed error
	err = survive(func() error {
		failed = fn(tx)
		return failed
	})
	return s.explain("reading", err, failed)
}

// begin begins a transaction. Where bbolt finds neither of the two pages that
// name the newest state it panics, and keeps its locks; where it finds the older
// one only, it goes by that: who was signed out would be back. So the file is
// looked at before, the state after, and bbolt is not asked again once it
// panicked.
func (s *Store) begin(writable bool) (*bbolt.Tx, error) {
	s.beginning.Lock()
	defer s.beginning.Unlock()
	if s.lost != nil {
		return nil, s.lost
	}
	newest := s.newest.Load()
	if info, err := s.file.Stat(); err == nil && info.Size() < s.least {
		return nil, fmt.Errorf("%w: the file was cut off: it has %d bytes", store.ErrForeign, info.Size())
	}
	var tx *bbolt.Tx
	err := survive(func() (err error) {
		tx, err = s.db.Begin(writable)
		return err
	})
	if isPanic(err) {
		s.lost = fmt.Errorf("%w: the file is damaged: %w; nothing is read any more until Caddy is restarted", store.ErrForeign, err)
		return nil, s.lost
	}
	if err == nil && int64(tx.ID()) < newest {
		release(tx)
		return nil, fmt.Errorf("%w: the file went back to an older state; restart Caddy if that is wanted", store.ErrForeign)
	}
	return tx, err
}

// update runs fn once in a write transaction of its own.
func (s *Store) update(ctx context.Context, fn func(*bbolt.Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := s.writing.await(ctx); err != nil {
		return err
	}
	defer s.writing.unlock()
	return s.write(fn)
}

// share runs fn in a write transaction that others may share, and with it the
// wait for the disk. fn may run more than once, on any goroutine. A caller who
// comes alone does not wait for company. Who leaves while a large edit holds the
// writer waits no longer, and no more wait than [mostWaiting]: strangers come by
// the thousand, and go.
func (s *Store) share(ctx context.Context, fn func(*bbolt.Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	c, err := s.group.join(fn)
	if err != nil {
		return s.explain("writing", err, nil)
	}
	if err := s.writing.await(ctx); err != nil {
		if s.group.leave(c) {
			return err
		}
		s.writing.lock() // somebody runs it now
	}
	defer s.writing.unlock()
	for c.state == waiting { // behind more than are written together, perhaps
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
	tx, err := s.begin(true)
	if err != nil {
		return s.explain("writing", err, nil)
	}
	defer release(tx) // also where fn panics, which is for its caller to meet
	if s.broken = s.checkOurs(tx); s.broken != nil {
		return s.broken
	}
	s.change = store.Change{}
	if err := fn(tx); err != nil {
		return err
	}
	return errors.Join(s.commit(tx), survive(func() error {
		s.watchers.tell(s.change) // also of what failed: it may be in the file all the same
		return nil
	}))
}

// commit commits a transaction.
func (s *Store) commit(tx *bbolt.Tx) error {
	id := int64(tx.ID())
	err := survive(tx.Commit)
	if s.failing.Store(err != nil); err == nil {
		s.newest.Store(id)
	}
	err = s.explain("writing", err, nil)
	if isPanic(err) {
		s.broken = fmt.Errorf("%w; the file may be damaged: nothing is written any more until Caddy is restarted", err)
	}
	return err
}

// checkOurs returns an error where the file holds another state than the one
// that was committed last: something else was put in its place. bbolt does not
// know which pages are free in that, and would overwrite others.
func (s *Store) checkOurs(tx *bbolt.Tx) error {
	if s.failing.Load() || int64(tx.ID()) == s.newest.Load()+1 { // what failed last may be in the file
		return nil
	}
	return fmt.Errorf("writing store %s: %w: somebody else wrote to the file; nothing is written any more until Caddy is restarted", s.path, store.ErrForeign)
}

// tell notes what the transaction under way has for the watchers. They are told
// before the next one begins, so that nobody finds done what they do not know.
func (s *Store) tell(c store.Change) {
	s.change.Accounts = append(s.change.Accounts, c.Accounts...)
	s.change.Contacts = append(s.change.Contacts, c.Contacts...)
	s.change.Members = append(s.change.Members, c.Members...)
	s.change.Sessions = append(s.change.Sessions, c.Sessions...)
}

// tellSessions is tell for sessions alone.
func (s *Store) tellSessions(keys []session.Key) { s.tell(store.Change{Sessions: keys}) }

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
