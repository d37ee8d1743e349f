package storetest

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/session"
	"github.com/frontdesk-gateway/frontdesk/internal/store"
)

var holderPromises = []promise{
	{"a session comes with its holder", holderComes},
	{"a holder is as the store has it now", holderNow},
	{"a holder is a copy", holderCopied},
	{"an entity's oldest sessions make room", mostOldestEnd},
}

func holderComes(t *testing.T, s store.Store) {
	signedInBoth(t, s)
	asContact, people, err := s.Holder(t.Context(), session.Key{3})
	ok(t, err)
	wantEqual(t, "session", asContact, must(s.Session(t.Context(), session.Key{3}))(t))
	wantEqual(t, "holder", people, directory.People{
		Contacts: []directory.Contact{contact("d", "a", "d@x.example")}, Accounts: map[string]directory.Account{"a": account("a")},
	})
	asMember, people, err := s.Holder(t.Context(), session.Key{4})
	ok(t, err)
	wantEqual(t, "session", asMember, must(s.Session(t.Context(), session.Key{4}))(t))
	m := member("c", "c@x.example")
	wantEqual(t, "holder", people, directory.People{Member: &m})
	_, _, err = s.Holder(t.Context(), session.Key{77})
	wantErr(t, err, session.ErrNotFound)
}

func holderNow(t *testing.T, s store.Store) {
	signedInBoth(t, s)
	a := account("a")
	a.Name = "New"
	put(t, s, a)
	ok(t, s.TouchSessions(t.Context(), map[session.Key]time.Time{{3}: start.Add(time.Hour)}))
	ok(t, s.Edit(t.Context(), func(e directory.Editor) error { return e.RenameContact("d", "z") }))
	v, people, err := s.Holder(t.Context(), session.Key{3})
	ok(t, err)
	wantEqual(t, "last use", v.LastUsed, start.UTC().Add(time.Hour))
	wantEqual(t, "contact", ids(people.Contacts, contactID), []string{"z"})
	wantEqual(t, "account", people.Accounts["a"], a)
}

func holderCopied(t *testing.T, s store.Store) {
	a, c, _ := filledRecords()
	put(t, s, a, c)
	v := login(t, s, signedIn(1, c.ID))
	_, people, err := s.Holder(t.Context(), v.Key)
	ok(t, err)
	people.Contacts[0].Groups[0], people.Accounts[a.ID].Domains[0] = "spoilt", "spoilt.example"
	_, people, err = s.Holder(t.Context(), v.Key)
	ok(t, err)
	wantEqual(t, "contact", people.Contacts[0], c)
	wantEqual(t, "account", people.Accounts[a.ID], a)
}

// nth is the n-th session of a contact, made n minutes after the first.
func nth(n int, entity string) session.Session {
	v := signedIn(0, entity)
	v.Key, v.ID = session.Key{byte(n), byte(n >> 8), 1}, fmt.Sprint(n)
	v.Created = start.UTC().Add(time.Duration(n) * time.Minute)
	return v
}

func mostOldestEnd(t *testing.T, s store.Store) {
	signedInBoth(t, s)
	var ended []session.Key
	defer s.Watch(func(c store.Change) { ended = append(ended, c.Sessions...) })()
	for n := range session.MostPerEntity {
		login(t, s, nth(n*7%session.MostPerEntity+10, "d")) // 7 meets them all, in an order of its own
	}
	first := signedIn(3, "d").Key // ten minutes before them
	wantEqual(t, "ended", ended, []session.Key{first})
	login(t, s, nth(1, "d")) // stays, old as it is: somebody has just signed in
	wantEqual(t, "ended", ended, []session.Key{first, nth(10, "d").Key})
	login(t, s, nth(9999, "d"))
	wantEqual(t, "ended", ended, []session.Key{first, nth(10, "d").Key, nth(1, "d").Key})
	login(t, s, nth(9998, "d"), nth(20, "d").Key)
	wantEqual(t, "ended by one that replaces another", ended[3:], []session.Key{nth(20, "d").Key})
	got := must(s.SessionsOf(t.Context(), directory.KindContact, "d"))(t)
	wantEqual(t, "sessions", len(got), session.MostPerEntity)
	wantEqual(t, "the newest", got[0].ID, "9999")
	if !slices.IsSortedFunc(got, func(a, b session.Session) int { return b.Created.Compare(a.Created) }) {
		t.Error("they are not in their order")
	}
	wantSessionsOf(t, s, directory.KindContact, "c", "public c", "public b")
	wantSessionsOf(t, s, directory.KindMember, "c", "public e")
}
