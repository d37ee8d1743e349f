package storetest

import (
	"context"
	"testing"
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/journey"
	"github.com/frontdesk-gateway/frontdesk/internal/keyring"
	"github.com/frontdesk-gateway/frontdesk/internal/session"
	"github.com/frontdesk-gateway/frontdesk/internal/store"
)

var lifePromises = []promise{
	{"a store can be checked", func(t *testing.T, s store.Store) { ok(t, s.Check(t.Context())) }},
	{"a context that ended stops every method", lifeCancelled},
	{"a closed store says so in every method", lifeClosed},
	{"a store may be closed twice", lifeClosedTwice},
	{"a store may be closed while it is used", lifeClosedInUse},
}

// drain returns the error of a loop over all records.
func drain[T any](all func(func(T, error) bool)) (last error) {
	for _, err := range all {
		last = err
	}
	return last
}

// methods calls every method that takes a context, with what would succeed on
// what signedInBoth keeps.
func methods(s store.Store) map[string]func(context.Context) error {
	owner := directory.PasswordOwner{Address: "c@x.example", Kind: directory.KindContact}
	return map[string]func(context.Context) error{
		"Account":          func(ctx context.Context) error { _, err := s.Account(ctx, "a"); return err },
		"Contact":          func(ctx context.Context) error { _, err := s.Contact(ctx, "c"); return err },
		"Member":           func(ctx context.Context) error { _, err := s.Member(ctx, "c"); return err },
		"People":           func(ctx context.Context) error { _, err := s.People(ctx, "c@x.example"); return err },
		"AccountsByDomain": func(ctx context.Context) error { _, err := s.AccountsByDomain(ctx, "x"); return err },
		"AccountsByTenant": func(ctx context.Context) error { _, err := s.AccountsByTenant(ctx, "x"); return err },
		"Password":         func(ctx context.Context) error { _, err := s.Password(ctx, owner); return err },
		"Accounts":         func(ctx context.Context) error { return drain(s.Accounts(ctx)) },
		"Contacts":         func(ctx context.Context) error { return drain(s.Contacts(ctx)) },
		"Members":          func(ctx context.Context) error { return drain(s.Members(ctx)) },
		"Edit":             func(ctx context.Context) error { return s.Edit(ctx, puts(account("new"))) },
		"CreateContact":    func(ctx context.Context) error { return s.CreateContact(ctx, contact("n", "a", "n@x.example")) },
		"SetPassword":      func(ctx context.Context) error { return s.SetPassword(ctx, owner, password("$hash")) },
		"CreateJourney":    func(ctx context.Context) error { return s.CreateJourney(ctx, journey.Journey{ID: "new"}) },
		"Journey":          func(ctx context.Context) error { _, err := s.Journey(ctx, "j"); return err },
		"UpdateJourney":    func(ctx context.Context) error { _, err := s.UpdateJourney(ctx, "j", same); return err },
		"UpdatePassword": func(ctx context.Context) error {
			_, err := s.UpdatePassword(ctx, "j", owner, func(j journey.Journey, p directory.Password) (journey.Journey, directory.Password, error) {
				return j, p, nil
			})
			return err
		},
		"FinishJourney": func(ctx context.Context) error { return s.FinishJourney(ctx, "j", signedIn(9, "c")) },
		"CreateTicket":  func(ctx context.Context) error { return s.CreateTicket(ctx, ticket(9, start)) },
		"SpendTicket":   func(ctx context.Context) error { _, err := s.SpendTicket(ctx, [32]byte{1}); return err },
		"SweepJourneys": func(ctx context.Context) error { _, err := s.SweepJourneys(ctx, start, 9); return err },
		"Session":       func(ctx context.Context) error { _, err := s.Session(ctx, session.Key{1}); return err },
		"Holder":        func(ctx context.Context) error { _, _, err := s.Holder(ctx, session.Key{1}); return err },
		"SessionsOf":    func(ctx context.Context) error { _, err := s.SessionsOf(ctx, directory.KindContact, "c"); return err },
		"EndSessions":   func(ctx context.Context) error { return s.EndSessions(ctx, session.Key{1}) },
		"EndAt": func(ctx context.Context) error {
			return s.EndAt(ctx, "d@x.example", allOf(session.Owner{Kind: directory.KindContact, ID: "d"}))
		},
		"TouchSessions": func(ctx context.Context) error {
			return s.TouchSessions(ctx, map[session.Key]time.Time{{1}: start.Add(time.Hour)})
		},
		"SweepSessions": func(ctx context.Context) error { _, err := s.SweepSessions(ctx, start, time.Hour, 9); return err },
		"Keys":          func(ctx context.Context) error { _, err := s.Keys(ctx); return err },
		"UpdateKeys": func(ctx context.Context) error {
			_, err := s.UpdateKeys(ctx, func(k []keyring.Key) ([]keyring.Key, error) { return k, nil })
			return err
		},
		"Counters":       func(ctx context.Context) error { _, err := s.Counters(ctx, "k"); return err },
		"UpdateCounters": func(ctx context.Context) error { return s.UpdateCounters(ctx, []string{"k"}, countOne) },
		"SweepCounts":    func(ctx context.Context) error { _, err := s.SweepCounts(ctx, start, 9); return err },
		"Check":          s.Check,
	}
}

func prepareMethods(t *testing.T, s store.Store) {
	t.Helper()
	put(t, s, account("a"), contact("c", "a", "c@x.example"))
	ok(t, s.SetPassword(t.Context(), directory.PasswordOwner{Address: "c@x.example", Kind: directory.KindContact}, password("$hash")))
	signedInBoth(t, s)
	ok(t, s.CreateJourney(t.Context(), journey.Journey{ID: "j", Expires: start.Add(time.Hour)}))
	ok(t, s.CreateTicket(t.Context(), ticket(1, start.Add(time.Hour))))
}

func lifeCancelled(t *testing.T, s store.Store) {
	prepareMethods(t, s)
	over, cancel := context.WithCancel(t.Context())
	cancel()
	for name, call := range methods(s) {
		t.Run(name, func(t *testing.T) { wantErr(t, call(over), context.Canceled) })
	}
	// Had one of them had an effect, its like would fail or find it now.
	for name, call := range methods(s) {
		if name != "EndSessions" && name != "SweepSessions" {
			t.Run(name+" afterwards", func(t *testing.T) { ok(t, call(t.Context())) })
		}
	}
	wantEqual(t, "count", counters(t, s, "k")[0].Count, 1) // of the calls afterwards
}

func lifeClosed(t *testing.T, s store.Store) {
	prepareMethods(t, s)
	ok(t, s.Close())
	for name, call := range methods(s) {
		t.Run(name, func(t *testing.T) { wantErr(t, call(t.Context()), store.ErrClosed) })
	}
}

func lifeClosedTwice(t *testing.T, s store.Store) {
	ok(t, s.Close())
	ok(t, s.Close())
}

// lifeClosedInUse: what is under way when the store closes succeeds or says
// that it is closed; nothing hangs or panics.
func lifeClosedInUse(t *testing.T, s store.Store) {
	put(t, s, account("a"))
	for i, err := range race(func(i int) error {
		switch {
		case i == racers/2:
			return s.Close()
		case i%2 == 0:
			_, err := s.Account(t.Context(), "a")
			return err
		}
		return s.UpdateCounters(t.Context(), []string{"k"}, countOne)
	}) {
		if err != nil && i != racers/2 {
			wantErr(t, err, store.ErrClosed)
		}
	}
	wantErr(t, s.Check(t.Context()), store.ErrClosed)
}
