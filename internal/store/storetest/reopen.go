package storetest

import (
	"testing"
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/journey"
	"github.com/frontdesk-gateway/frontdesk/internal/keyring"
	"github.com/frontdesk-gateway/frontdesk/internal/limit"
	"github.com/frontdesk-gateway/frontdesk/internal/session"
	"github.com/frontdesk-gateway/frontdesk/internal/store"
)

// RunReopen tests an engine that outlives the process: all that was kept is
// there, and found, when the store is closed and opened again. open returns the
// store at one and the same place at each call, empty at the first.
func RunReopen(t *testing.T, open func(t *testing.T) store.Store) {
	a, c, m := filledRecords()
	v, j, k := filled[session.Session](), filled[journey.Journey](), filled[keyring.Key]()
	v.Kind, v.EntityID, v.Address, v.Persistent, j.Finished, j.From = directory.KindContact, c.ID, c.Email, false, "", nil
	owner := directory.PasswordOwner{Address: c.Email.Key(), Kind: directory.KindContact}

	s := open(t)
	put(t, s, a, c, m)
	set := filled[directory.Password]()
	ok(t, s.SetPassword(t.Context(), owner, set))
	ok(t, s.CreateJourney(t.Context(), j))
	ok(t, s.FinishJourney(t.Context(), j.ID, v))
	ok(t, s.CreateTicket(t.Context(), ticket(1, start)))
	setKeys(t, s, k)
	setCounter(t, s, "k", limit.Counter{Count: 3, Reset: start})
	ok(t, s.KeepMemberTenants(t.Context(), listed("t")))
	ok(t, s.EditLarge(t.Context(), puts(account("another")))) // leaves all that
	ok(t, s.Close())

	s = open(t)
	wantEqual(t, "account", must(s.Account(t.Context(), a.ID))(t), a)
	wantEqual(t, "accounts by domain", must(s.AccountsByDomain(t.Context(), a.Domains[0]))(t), []directory.Account{a})
	p := must(s.People(t.Context(), c.Email.Key()))(t)
	wantEqual(t, "contacts", p.Contacts, []directory.Contact{c})
	wantEqual(t, "state of the password", p.Passwords[directory.KindContact], set.PasswordState)
	wantEqual(t, "member", must(s.People(t.Context(), m.Email.Key()))(t).Member, &m)
	wantEqual(t, "password", must(s.Password(t.Context(), owner))(t), set)
	j.Finished = v.ID
	wantEqual(t, "journey", must(s.Journey(t.Context(), j.ID))(t), j)
	wantEqual(t, "sessions", must(s.SessionsOf(t.Context(), v.Kind, v.EntityID))(t), []session.Session{v})
	wantEqual(t, "ticket", must(s.SpendTicket(t.Context(), [32]byte{1}))(t), ticket(1, start.UTC()))
	wantEqual(t, "tenants of members", must(s.MemberTenants(t.Context()))(t), listed("t"))
	wantEqual(t, "keys", must(s.Keys(t.Context()))(t), []keyring.Key{k})
	wantEqual(t, "counter", counters(t, s, "k")[0], limit.Counter{Count: 3, Reset: start.UTC()})
	wantEqual(t, "swept counters", must(s.SweepCounts(t.Context(), start.AddDate(1, 0, 0), 9))(t), 1)
	wantEqual(t, "swept sessions", must(s.SweepSessions(t.Context(), start.AddDate(1, 0, 0), time.Hour, 9))(t), 1)
	wantEqual(t, "swept journeys", must(s.SweepJourneys(t.Context(), start.AddDate(1, 0, 0), 9))(t), 1)
	ok(t, s.Close())

	s = open(t)
	_, err := s.Session(t.Context(), v.Key)
	wantErr(t, err, session.ErrNotFound)
	_, err = s.SpendTicket(t.Context(), [32]byte{1})
	wantErr(t, err, journey.ErrNotFound)
}
