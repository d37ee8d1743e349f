package session_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/session"
)

// TestFlushIsDue: many uses do not wait for their time; who asks is told once.
func TestFlushIsDue(t *testing.T) {
	d := newDesk(t)
	d.BoundUses(3, 100)
	due := func() bool {
		select {
		case <-d.FlushDue():
			return true
		default:
			return false
		}
	}
	use := func(n int) {
		for range n {
			cookie, _ := d.signIn()
			d.advance(time.Minute)
			d.finds(cookie)
			d.finds(cookie)
		}
	}
	use(2)
	if due() {
		t.Error("due at two")
	}
	use(1)
	if !due() || due() {
		t.Error("not due at three, or twice")
	}
	if err := d.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	use(2)
	if due() {
		t.Error("due at two, after a flush")
	}
}

// TestUsesWithoutRoom: where there is no room for one use more, as when the store
// cannot be written for long, nobody is swept for being idle by what it knows.
func TestUsesWithoutRoom(t *testing.T) {
	for _, c := range []struct {
		name  string
		room  int
		idles bool
	}{{"room", 2, true}, {"no room", 1, false}} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t)
			d.BoundUses(100, c.room)
			first, _ := d.signIn()
			second, used := d.signIn()
			_, unused := d.signIn()
			_, over := d.signIn(func(s *session.Session) { s.Expires = s.Created.Add(idle) })
			d.advance(idle - time.Hour)
			d.finds(first)
			d.finds(second)
			d.Evict()
			d.advance(2 * time.Hour)
			if err := d.Sweep(t.Context()); err != nil {
				t.Fatal(err)
			}
			for _, want := range []struct {
				name string
				key  session.Key
				gone bool
			}{{"the one that was used", used.Key, false}, {"the one that was not", unused.Key, c.idles}, {"the one that is over", over.Key, true}} {
				if _, err := d.store.Store.Session(t.Context(), want.key); errors.Is(err, session.ErrNotFound) != want.gone {
					t.Errorf("%s: %v", want.name, err)
				}
			}
		})
	}
}

// TestOverflow: a session that falls out of memory leaves its exact last use.
func TestOverflow(t *testing.T) {
	d := newDesk(t)
	cookie, _ := d.signIn()
	d.advance(time.Hour)
	d.finds(cookie) // noted
	d.advance(59 * time.Second)
	d.finds(cookie) // not noted
	d.Overflow()
	d.advance(idle - time.Second)
	d.finds(cookie)
}

// hookedStore has something happen in the midst of its methods, once each.
type hookedStore struct {
	session.Store
	whileRead, whileTouched, whileSwept func()
}

func once(fn *func()) {
	if do := *fn; do != nil {
		*fn = nil
		do()
	}
}

func (s *hookedStore) Holder(ctx context.Context, key session.Key) (session.Session, directory.People, error) {
	v, p, err := s.Store.Holder(ctx, key)
	once(&s.whileRead)
	return v, p, err
}

func (s *hookedStore) TouchSessions(ctx context.Context, used map[session.Key]time.Time) error {
	once(&s.whileTouched)
	return s.Store.TouchSessions(ctx, used)
}

// SweepSessions removes one at a time.
func (s *hookedStore) SweepSessions(ctx context.Context, now time.Time, idle time.Duration, _ int) (int, error) {
	n, err := s.Store.SweepSessions(ctx, now, idle, 1)
	once(&s.whileSwept)
	return n, err
}

// newHookedDesk is a desk whose manager works on a hooked store.
func newHookedDesk(t *testing.T) (*desk, *hookedStore) {
	d := newDesk(t)
	s := &hookedStore{Store: d.store}
	d.Store = s
	return d, s
}

// TestChangedWhileRead: what changes while a session is read is seen at the next
// look-up.
func TestChangedWhileRead(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(d *desk, s session.Session) error
	}{
		{"the session", func(d *desk, s session.Session) error { return d.store.EndSessions(t.Context(), s.Key) }},
		{"the contact", func(d *desk, _ session.Session) error {
			return d.store.Edit(t.Context(), func(e directory.Editor) error { return e.DeleteContact("c-ann") })
		}},
		{"the account", func(d *desk, _ session.Session) error {
			return d.store.Edit(t.Context(), account(func(a *directory.Account) { a.Active = false }))
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, s := newHookedDesk(t)
			cookie, sess := d.signIn()
			s.whileRead = func() {
				if err := c.change(d, sess); err != nil {
					t.Error(err)
				}
			}
			d.finds(cookie) // it came before the change
			d.wantsNobody(cookie)
		})
	}
}

// TestUsedWhileWritten: uses are known, and kept for the next time, while others
// are being written, and where that fails.
func TestUsedWhileWritten(t *testing.T) {
	for _, c := range []struct {
		name string
		fail error
	}{{"written", nil}, {"not written", errors.New("disk full")}} {
		t.Run(c.name, func(t *testing.T) {
			d, s := newHookedDesk(t)
			cookie, sess := d.signIn()
			d.advance(idle - time.Hour)
			d.finds(cookie)
			d.Evict()
			d.advance(2 * time.Hour)
			s.whileTouched = func() {
				d.finds(cookie) // not idle, though the store says so
				if c.fail != nil {
					d.store.fail(c.fail)
				}
			}
			if err := d.Flush(t.Context()); !errors.Is(err, c.fail) {
				t.Fatal(err)
			}
			d.store.err.Store(nil)
			if err := d.Flush(t.Context()); err != nil {
				t.Fatal(err)
			}
			if got := d.lastUsed(sess.Key); !got.Equal(d.Now()) {
				t.Errorf("last used %s, want %s", got, d.Now())
			}
		})
	}
}

// TestWrittenWhileRead: a use that is written while the session is read, and so
// known to neither, counts.
func TestWrittenWhileRead(t *testing.T) {
	d, s := newHookedDesk(t)
	cookie, _ := d.signIn()
	d.advance(idle - time.Hour)
	d.finds(cookie)
	d.Evict()
	d.advance(2 * time.Hour)
	s.whileRead = func() {
		if err := d.Flush(t.Context()); err != nil {
			t.Error(err)
		}
	}
	d.finds(cookie)
}

// TestUsedWhileSwept: who comes back while it is swept for long stays.
func TestUsedWhileSwept(t *testing.T) {
	d, s := newHookedDesk(t)
	_, over := d.signIn(func(s *session.Session) { s.Expires = s.Created.Add(time.Hour) })
	cookie, _ := d.signIn()
	d.advance(idle - time.Minute)
	s.whileSwept = func() {
		d.finds(cookie)
		d.advance(10 * time.Minute)
	}
	if err := d.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	d.finds(cookie)
	if _, err := d.store.Session(t.Context(), over.Key); !errors.Is(err, session.ErrNotFound) {
		t.Errorf("what is over: %v", err)
	}
}
