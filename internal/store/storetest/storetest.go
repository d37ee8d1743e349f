// Package storetest is the conformance suite of store.Store: one subtest for
// each promise in the comments of the interface's parts. An engine's own test
// calls [Run] and, if it outlives the process, [RunReopen].
package storetest

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/journey"
	"github.com/frontdesk-gateway/frontdesk/internal/session"
	"github.com/frontdesk-gateway/frontdesk/internal/store"
)

// promise is one subtest; it gets an empty store.
type promise struct {
	name string
	keep func(t *testing.T, s store.Store)
}

// Run tests an engine. open returns an empty store, and sees to its closing
// when the test ends.
func Run(t *testing.T, open func(t *testing.T) store.Store) {
	groups := []struct {
		name     string
		promises []promise
	}{
		{"directory", recordPromises}, {"people", peoplePromises}, {"tenants", tenantPromises}, {"links", linkPromises}, {"lists", listPromises},
		{"edit", editPromises}, {"clash", clashPromises}, {"sessions of records", entityPromises},
		{"create contact", createPromises}, {"passwords", passwordPromises}, {"journeys", journeyPromises}, {"journeys of records", waiterPromises()}, {"finish", finishPromises},
		{"tickets", ticketPromises}, {"sessions", sessionPromises}, {"holders", holderPromises}, {"keys", keyPromises},
		{"counters", counterPromises}, {"watch", watchPromises}, {"life", lifePromises},
	}
	for _, g := range groups {
		t.Run(g.name, func(t *testing.T) {
			for _, p := range g.promises {
				t.Run(p.name, func(t *testing.T) { p.keep(t, open(t)) })
				t.Run(p.name+", by EditLarge", func(t *testing.T) { p.keep(t, large{open(t)}) })
			}
		})
	}
}

// large is a store of which each edit is a large one: what Edit promises
// EditLarge does.
type large struct{ store.Store }

func (s large) Edit(ctx context.Context, fn func(directory.Editor) error) error {
	return s.EditLarge(ctx, fn)
}

func (s large) SetPassword(ctx context.Context, owner directory.PasswordOwner, p directory.Password) error {
	return s.EditLarge(ctx, func(e directory.Editor) error { return e.SetPassword(owner, p) })
}

// start is the time in the fixtures; it has a zone and is no whole second.
var start = time.Date(2026, 3, 1, 13, 30, 15, 123_000_000, time.FixedZone("here", 5400))

// racers is how many goroutines race for one thing.
const racers = 50

// race calls fn at once from many goroutines and returns the errors.
func race(fn func(i int) error) []error {
	errs := make([]error, racers)
	ready := make(chan struct{})
	var wg sync.WaitGroup
	for i := range racers {
		wg.Go(func() {
			<-ready
			errs[i] = fn(i)
		})
	}
	close(ready)
	wg.Wait()
	return errs
}

// wantOneWinner checks a race that one call wins and the others lose by lost.
func wantOneWinner(t *testing.T, errs []error, lost error) {
	t.Helper()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
		} else if !errors.Is(err, lost) {
			t.Errorf("a loser's error is %v, want %v", err, lost)
		}
	}
	if won != 1 {
		t.Errorf("%d of %d calls succeeded, want one", won, len(errs))
	}
}

// ok stops the test at an error.
func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("unexpected error: %v", err)
	}
}

// must is ok for a call with a result; the error comes last in the call.
func must[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		ok(t, err)
		return v
	}
}

func wantErr(t *testing.T, err, target error) {
	t.Helper()
	if !errors.Is(err, target) {
		t.Errorf("the error is %v, want %v", err, target)
	}
}

func wantEqual[T any](t *testing.T, what string, got, want T) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s:\n got %+v\nwant %+v", what, got, want)
	}
}

// put keeps accounts, contacts and members in one edit.
func put(t *testing.T, s store.Store, records ...any) {
	t.Helper()
	ok(t, s.Edit(t.Context(), func(e directory.Editor) error { return putAll(e, records...) }))
}

func putAll(e directory.Editor, records ...any) error {
	for _, r := range records {
		var err error
		switch r := r.(type) {
		case directory.Account:
			err = e.PutAccount(r)
		case directory.Contact:
			err = e.PutContact(r)
		case directory.Member:
			err = e.PutMember(r)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func account(id string) directory.Account {
	return directory.Account{ID: id, Name: "Account " + id, Active: true}
}

func contact(id, account, address string) directory.Contact {
	return directory.Contact{ID: id, Account: account, Email: directory.Address(address), Active: true}
}

func member(id, address string) directory.Member {
	return directory.Member{ID: id, Email: directory.Address(address), Active: true}
}

// enrol makes a session that of a record: the one that is there under its
// entity's id, by the address that this bears, or else a new one.
func enrol(t *testing.T, s store.Store, v session.Session) session.Session {
	t.Helper()
	if v.Kind == directory.KindMember {
		m, err := s.Member(t.Context(), v.EntityID)
		if err != nil {
			m = member(v.EntityID, string(v.Address))
			put(t, s, m)
		}
		v.Address, v.Platform = m.Email, cmp.Or(v.Platform, directory.Tech)
		return v
	}
	c, err := s.Contact(t.Context(), v.EntityID)
	if err != nil {
		c = contact(v.EntityID, "of sessions", string(v.Address))
		put(t, s, account("of sessions"), c)
	}
	v.Address = c.Email
	return v
}

// filledSession is filled for a session that can be kept.
func filledSession() session.Session {
	v := filled[session.Session]()
	v.Kind = directory.KindContact
	return v
}

// login keeps a session by way of a journey of its own, as sign-ins do.
func login(t *testing.T, s store.Store, v session.Session, replaced ...session.Key) session.Session {
	t.Helper()
	v = enrol(t, s, v)
	j := journey.Journey{ID: rand.Text(), Expires: start.Add(time.Hour)}
	ok(t, s.CreateJourney(t.Context(), j))
	ok(t, s.FinishJourney(t.Context(), j.ID, v, replaced...))
	return v
}

// signedIn is a session of a contact, told apart by n.
func signedIn(n byte, entity string) session.Session {
	return session.Session{
		Key: session.Key{n}, ID: "public " + string('a'+rune(n)), Kind: directory.KindContact, EntityID: entity,
		Address: directory.Address(entity + "@x.example"),
		Created: start.UTC().Add(time.Duration(n) * time.Minute), Expires: start.UTC().Add(24 * time.Hour),
		LastUsed: start.UTC(),
	}
}

func ids[T any](records []T, id func(T) string) []string {
	var out []string
	for _, r := range records {
		out = append(out, id(r))
	}
	return out
}

func accountID(a directory.Account) string { return a.ID }
func contactID(c directory.Contact) string { return c.ID }
func sessionID(s session.Session) string   { return s.ID }

// sorted returns keys in an order of their own, for comparing sets.
func sorted(keys []session.Key) []session.Key {
	keys = slices.Clone(keys)
	slices.SortFunc(keys, func(a, b session.Key) int { return slices.Compare(a[:], b[:]) })
	return keys
}
