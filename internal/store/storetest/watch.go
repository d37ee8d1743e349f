package storetest

import (
	"fmt"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/journey"
	"github.com/frontdesk-gateway/frontdesk/internal/session"
	"github.com/frontdesk-gateway/frontdesk/internal/store"
)

// watched is a change of what signedInBoth keeps, and what a watcher is told
// before its method returns: once, or, for the zero Change, never.
type watched struct {
	name   string
	change func(t *testing.T, s store.Store) error
	want   store.Change
}

// edits makes a change of an edit of its own.
func edits(fn func(directory.Editor) error) func(*testing.T, store.Store) error {
	return func(t *testing.T, s store.Store) error { return s.Edit(t.Context(), fn) }
}

func sessionKeys(ns ...byte) (out []session.Key) {
	for _, n := range ns {
		out = append(out, session.Key{n})
	}
	return out
}

var watchTable = []watched{
	{"records that are written", edits(puts(account("b"), account("a"), contact("d", "b", "d@x.example"), member("m", "m@x.example"), account("b"))),
		store.Change{Accounts: []string{"a", "b"}, Contacts: []string{"d"}, Members: []string{"m"}, Sessions: sessionKeys(3)}},
	{"a contact that goes", edits(func(e directory.Editor) error { return e.DeleteContact("c") }),
		store.Change{Contacts: []string{"c"}, Sessions: sessionKeys(1, 2)}},
	{"a member that goes", edits(func(e directory.Editor) error { return e.DeleteMember("c") }),
		store.Change{Members: []string{"c"}, Sessions: sessionKeys(4)}},
	{"an account that comes and goes", edits(func(e directory.Editor) error {
		if err := e.PutAccount(account("b")); err != nil {
			return err
		}
		return e.DeleteAccount("b")
	}), store.Change{Accounts: []string{"b"}}},
	{"a rename", edits(func(e directory.Editor) error { return e.RenameContact("c", "z") }),
		store.Change{Contacts: []string{"c", "z"}, Sessions: sessionKeys(1, 2)}},
	{"a contact that is created", func(t *testing.T, s store.Store) error {
		return s.CreateContact(t.Context(), contact("n", "a", "n@x.example"))
	}, store.Change{Contacts: []string{"n"}}},
	{"sessions that are ended", func(t *testing.T, s store.Store) error {
		return s.EndSessions(t.Context(), sessionKeys(3, 1)...)
	}, store.Change{Sessions: sessionKeys(1, 3)}},
	{"all sessions of entities", func(t *testing.T, s store.Store) error {
		return s.EndAt(t.Context(), "c@x.example", allOf(session.Owner{Kind: directory.KindContact, ID: "c"}, session.Owner{Kind: directory.KindMember, ID: "c"}))
	}, store.Change{Sessions: sessionKeys(1, 2, 4)}},
	{"sessions that are replaced", func(t *testing.T, s store.Store) error {
		ok(t, s.CreateJourney(t.Context(), journey.Journey{ID: "j"}))
		return s.FinishJourney(t.Context(), "j", signedIn(9, "c"), sessionKeys(1)...)
	}, store.Change{Sessions: sessionKeys(1)}},
	{"sessions that are swept", func(t *testing.T, s store.Store) error {
		_, err := s.SweepSessions(t.Context(), start.Add(48*time.Hour), time.Hour, 100)
		return err
	}, store.Change{Sessions: sessionKeys(1, 2, 3, 4)}},
	{"nothing of use, passwords, counts and journeys", func(t *testing.T, s store.Store) error {
		ok(t, s.TouchSessions(t.Context(), map[session.Key]time.Time{{1}: start.Add(time.Hour)}))
		ok(t, s.CreateJourney(t.Context(), journey.Journey{ID: "j"}))
		ok(t, s.FinishJourney(t.Context(), "j", signedIn(9, "c")))
		ok(t, s.UpdateCounters(t.Context(), []string{"k"}, countOne))
		return s.SetPassword(t.Context(), directory.PasswordOwner{Address: "nobody@x.example", Kind: directory.KindContact}, password("$hash"))
	}, store.Change{}},
	{"sessions that a new password ends", func(t *testing.T, s store.Store) error {
		return s.SetPassword(t.Context(), directory.PasswordOwner{Address: "c@x.example", Kind: directory.KindContact}, password("$hash"))
	}, store.Change{Sessions: sessionKeys(1, 2, 4)}},
	{"sessions that a password ends with its journey", func(t *testing.T, s store.Store) error {
		ok(t, s.CreateJourney(t.Context(), journey.Journey{ID: "j", From: &session.Key{2}}))
		_, err := s.UpdatePassword(t.Context(), "j", directory.PasswordOwner{Address: "c@x.example", Kind: directory.KindMember}, sets(password("$hash")))
		return err
	}, store.Change{Sessions: sessionKeys(1, 4)}},
}

var watchPromises = func() (out []promise) {
	for _, w := range watchTable {
		out = append(out, promise{w.name, w.keep})
	}
	return append(out,
		promise{"nothing of a change that failed", watchFailure},
		promise{"every watcher, until it stops", watchStops},
		promise{"every change of many at once", watchRace},
		promise{"a change before anybody finds it done", watchFoundDone})
}()

func (w watched) keep(t *testing.T, s store.Store) {
	signedInBoth(t, s)
	var told []store.Change
	s.Watch(func(c store.Change) {
		c.Sessions = sorted(c.Sessions)
		told = append(told, c)
	})
	ok(t, w.change(t, s))
	var want []store.Change
	if w.want.Accounts != nil || w.want.Contacts != nil || w.want.Members != nil || w.want.Sessions != nil {
		want = []store.Change{w.want}
	}
	if _, ok := s.(large); ok && slices.ContainsFunc(told, func(c store.Change) bool { return c.All }) {
		want = []store.Change{{All: true}} // which says no less
	}
	wantChanges(t, told, want)
}

// wantChanges compares as sets.
func wantChanges(t *testing.T, told, want []store.Change) {
	t.Helper()
	if len(told) != len(want) {
		t.Fatalf("told %+v, want %+v", told, want)
	}
	for i, c := range told {
		wantEqual(t, "told of all", c.All, want[i].All)
		for _, pair := range [][2][]string{{c.Accounts, want[i].Accounts}, {c.Contacts, want[i].Contacts}, {c.Members, want[i].Members}} {
			if got := slices.Compact(slices.Sorted(slices.Values(pair[0]))); !slices.Equal(got, pair[1]) {
				t.Errorf("told of %q, want %q", got, pair[1])
			}
		}
		if !slices.Equal(c.Sessions, want[i].Sessions) {
			t.Errorf("told of sessions %x, want %x", c.Sessions, want[i].Sessions)
		}
	}
}

func watchFailure(t *testing.T, s store.Store) {
	signedInBoth(t, s)
	s.Watch(func(c store.Change) { t.Errorf("told %+v", c) })
	wantErr(t, s.Edit(t.Context(), func(e directory.Editor) error {
		ok(t, e.DeleteContact("c"))
		return errOwn
	}), errOwn)
	wantClash(t, s.Edit(t.Context(), func(e directory.Editor) error { return e.DeleteAccount("a") }), "account", "a")
	wantErr(t, s.CreateContact(t.Context(), contact("n", "a", "c@x.example")), directory.ErrExists)
	ok(t, s.CreateJourney(t.Context(), journey.Journey{ID: "j", Finished: "public b"}))
	wantErr(t, s.FinishJourney(t.Context(), "j", signedIn(9, "c"), sessionKeys(1)...), journey.ErrFinished)
}

func watchStops(t *testing.T, s store.Store) {
	var first, second int
	stop := s.Watch(func(store.Change) { first++ })
	s.Watch(func(store.Change) { second++ })
	put(t, s, account("a"))
	stop()
	stop() // once more is no error
	put(t, s, account("b"))
	wantEqual(t, "told first and second", [2]int{first, second}, [2]int{1, 2})
}

func watchRace(t *testing.T, s store.Store) {
	for i := range racers {
		login(t, s, signedIn(byte(i), "c"))
	}
	told := make(chan store.Change, racers)
	s.Watch(func(c store.Change) { told <- c })
	for _, err := range race(func(i int) error { return s.EndSessions(t.Context(), session.Key{byte(i)}) }) {
		ok(t, err)
	}
	close(told)
	seen := map[session.Key]bool{}
	for c := range told {
		for _, key := range c.Sessions {
			seen[key] = true
		}
	}
	wantEqual(t, "sessions told of", len(seen), racers)
}

// watchFoundDone: many end one session at once. Whoever finds that done already
// returns no sooner than whoever did it: when any of them is told, so was the
// watcher.
func watchFoundDone(t *testing.T, s store.Store) {
	var told atomic.Int64
	s.Watch(func(store.Change) {
		for range 1000 { // let the others come first, if they can
			runtime.Gosched()
		}
		told.Add(1)
	})
	for n := range byte(10) {
		v := login(t, s, signedIn(n, "c"))
		for _, err := range race(func(int) error {
			if err := s.EndSessions(t.Context(), v.Key); err != nil {
				return err
			}
			if ended := int64(n) + 1; told.Load() < ended {
				return fmt.Errorf("%d sessions were ended, the watcher knows %d", ended, told.Load())
			}
			return nil
		}) {
			ok(t, err)
		}
	}
}
