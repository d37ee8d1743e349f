package bolt

import (
	"context"
	"errors"
	"runtime/debug"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/store"
)

// EditLarge implements directory.Store. bbolt keeps what a transaction changes
// in memory, all of it, so it takes none: what is written is sorted, in a file,
// and goes into a copy of the store piece by piece, each bucket in the order of
// its keys. The copy then takes the store's place, by its name. What interrupts
// that leaves the store as it was, and files that the next [Open] removes.
func (s *Store) EditLarge(ctx context.Context, fn func(directory.Editor) error) error {
	if !replaceable {
		return s.Edit(ctx, fn)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := s.writing.await(ctx); err != nil {
		return err
	}
	defer s.writing.unlock()
	if s.broken != nil {
		return s.broken
	}
	return s.editLarge(ctx, fn)
}

// editLarge is EditLarge with the lock held.
func (s *Store) editLarge(ctx context.Context, fn func(directory.Editor) error) error {
	if s.broken = s.stillOurs(); s.broken != nil {
		return s.broken
	}
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	base, err := s.begin(false)
	if err != nil {
		return s.explain("writing", err, nil)
	}
	l := newLarge(ctx, s, base)
	defer l.end() // also where fn panics, which is for its caller to meet
	if err := fn(l); err != nil {
		return err
	}
	var broken *directory.ClashError
	if err := survive(l.finish); err != nil && !errors.As(err, &broken) {
		return s.explain("writing", err, nil)
	} else if err != nil || l.next == nil {
		return err
	}
	return s.goOver(l)
}

// stillOurs returns an error where the file holds another state than the one
// that was committed last.
func (s *Store) stillOurs() error {
	tx, err := s.begin(true)
	if err != nil {
		return nil // which beginning to read meets, too
	}
	defer release(tx)
	return s.checkOurs(tx)
}

// goOver makes the file of an edit the store's.
func (s *Store) goOver(l *large) error {
	s.did("written")
	old, err := s.replace(l.next)
	if err != nil {
		return s.explain("writing", err, nil)
	}
	l.next = nil
	told := survive(func() error {
		s.watchers.tell(store.Change{All: true}) // who reads finds it from now on
		return nil
	})
	l.end()
	err = errors.Join(syncFolder(s.real), survive(old.Close)) // which waits for its readers
	s.did("closed")
	return errors.Join(s.explain("writing", err, nil), told)
}
