package bolt

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"testing"

	"go.etcd.io/bbolt"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/journey"
	"github.com/frontdesk-gateway/frontdesk/internal/limit"
	"github.com/frontdesk-gateway/frontdesk/internal/session"
)

// TestNoTicketWaitsForNobody: made-up tickets are turned away while the writer
// is at work, and never wait for the disk.
func TestNoTicketWaitsForNobody(t *testing.T) {
	s := openTest(t, filepath.Join(t.TempDir(), "frontdesk.db"), Options{})
	tx, err := s.db.Begin(true)
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	answered := make(chan error, 1)
	go func() {
		_, err := s.SpendTicket(t.Context(), [32]byte{7})
		answered <- err
	}()
	if err := <-answered; !errors.Is(err, journey.ErrNotFound) {
		t.Errorf("error %v", err)
	}
}

// TestFailuresInCompany: many changes that fail have the others run over and over,
// but not the more often the more there are.
func TestFailuresInCompany(t *testing.T) {
	s := openTest(t, filepath.Join(t.TempDir(), "frontdesk.db"), Options{})
	const each = 10 * most
	runs := 0
	var whole, failing []*change
	for range each {
		whole = append(whole, joins(t, s, func(*bbolt.Tx) error { runs++; return nil }))
		failing = append(failing, joins(t, s, func(*bbolt.Tx) error { return errors.New("moved on") }))
	}
	last := 0
	err := s.share(t.Context(), func(*bbolt.Tx) error { last++; return nil })
	if err != nil || last != 1 {
		t.Errorf("who came last: run %d times, %v", last, err)
	}
	if runs > each*most {
		t.Errorf("%d changes ran %d times", each, runs)
	}
	for _, c := range whole {
		if c.state != done || c.err != nil {
			t.Fatalf("a whole one: state %d, %v", c.state, c.err)
		}
	}
	for _, c := range failing {
		if c.state != alone {
			t.Fatalf("a failing one: state %d", c.state)
		}
	}
}

func joins(t *testing.T, s *Store, fn func(*bbolt.Tx) error) *change {
	t.Helper()
	c, err := s.group.join(fn)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestWhoLeavesWaitsNoLonger: a large edit may take minutes, in which strangers
// come by the thousand, and go.
func TestWhoLeavesWaitsNoLonger(t *testing.T) {
	s := openTest(t, filepath.Join(t.TempDir(), "frontdesk.db"), Options{})
	nothing := func(*bbolt.Tx) error { return nil }
	for name, write := range map[string]func(context.Context) error{
		"a change that others may share": func(ctx context.Context) error { return s.share(ctx, nothing) },
		"one that nobody shares":         func(ctx context.Context) error { return s.update(ctx, nothing) },
		"an edit": func(ctx context.Context) error {
			return s.Edit(ctx, func(directory.Editor) error { return nil })
		},
		"a large edit": func(ctx context.Context) error {
			return s.EditLarge(ctx, func(directory.Editor) error { return nil })
		},
		"the housekeeping": func(ctx context.Context) error {
			return s.inTurn(ctx, &s.paces.counters, 1, func(*bbolt.Tx, int) (int, error) { return 0, nil })
		},
	} {
		t.Run(name, func(t *testing.T) {
			s.writing.lock()
			defer s.writing.unlock()
			begun := left{t.Context(), make(chan struct{}), make(chan struct{})}
			answered := make(chan error, 1)
			go func() { answered <- write(begun) }()
			<-begun.awaited
			close(begun.gone)
			if err := <-answered; !errors.Is(err, context.Canceled) {
				t.Errorf("error %v", err)
			}
			if len(s.group.waiting) > 0 {
				t.Error("its change waits on")
			}
		})
	}
}

// left is a context of somebody who leaves while being waited for.
type left struct {
	context.Context
	awaited, gone chan struct{}
}

func (l left) Done() <-chan struct{} {
	close(l.awaited)
	return l.gone
}

func (l left) Err() error {
	select {
	case <-l.gone:
		return context.Canceled
	default:
		return nil
	}
}

// TestWhoLeavesIsWritten: what is being written together with others is waited
// for, since it fills in what its caller looks at.
func TestWhoLeavesIsWritten(t *testing.T) {
	s := openTest(t, filepath.Join(t.TempDir(), "frontdesk.db"), Options{})
	s.writing.lock()
	begun := left{t.Context(), make(chan struct{}), make(chan struct{})}
	ran, answered := 0, make(chan error, 1)
	go func() { answered <- s.share(begun, func(*bbolt.Tx) error { ran++; return nil }) }()
	<-begun.awaited
	taken := append(s.group.take(), &change{fn: func(*bbolt.Tx) error { return nil }})
	close(begun.gone)
	s.writeAll(taken)
	s.writing.unlock()
	if err := <-answered; err != nil || ran != 1 {
		t.Errorf("run %d times, %v", ran, err)
	}
}

// TestNoMoreWait: what waits takes memory, with its request.
func TestNoMoreWait(t *testing.T) {
	s := openTest(t, filepath.Join(t.TempDir(), "frontdesk.db"), Options{})
	for range mostWaiting {
		joins(t, s, func(*bbolt.Tx) error { return nil })
	}
	full := s.UpdateCounters(t.Context(), []string{"k"}, func([]limit.Counter) {})
	if !errors.Is(full, errBusy) {
		t.Errorf("one more: %v", full)
	}
	s.writing.lock()
	for range mostWaiting / most {
		s.writeAll(s.group.take())
	}
	s.writing.unlock()
	if err := s.UpdateCounters(t.Context(), []string{"k"}, func([]limit.Counter) {}); err != nil {
		t.Errorf("after they were written: %v", err)
	}
}

// TestSignOutReadsNoOthers: what was begun at an address elsewhere, as strangers can by the
// thousand, is no work for a sign-out, which can be sent by the hundred at once: all would
// wait for the writer, and once more for each change that fails in company.
func TestSignOutReadsNoOthers(t *testing.T) {
	for name, ends := range map[string]func(*Store) error{
		"here": func(s *Store) error { return s.EndJourneys(t.Context(), session.Browser{}) },
		"of another session": func(s *Store) error {
			return s.EndAt(t.Context(), "ann@x.example", func(directory.People, []session.Session) journey.Ending {
				return journey.Ending{Browsers: []session.Browser{{}}}
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := openTest(t, filepath.Join(t.TempDir(), "frontdesk.db"), Options{noSync: true})
			begun := 0
			work := func(n int) float64 {
				err := s.update(t.Context(), func(tx *bbolt.Tx) (err error) {
					for ; begun < n && err == nil; begun++ {
						err = journeys.put(tx, journey.Journey{ID: fmt.Sprint(begun), Address: "ann@x.example", Browser: session.Browser{1, byte(begun)}})
					}
					return err
				})
				if err != nil {
					t.Fatal(err)
				}
				return testing.AllocsPerRun(5, func() {
					if err := ends(s); err != nil {
						t.Error(err)
					}
				})
			}
			if few, many := work(10), work(1000); many > 2*few {
				t.Errorf("%v allocations beside 10 that were begun elsewhere, %v beside 1000", few, many)
			}
		})
	}
}
