package storetest

import (
	"errors"
	"fmt"
	"testing"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/session"
	"github.com/frontdesk-gateway/frontdesk/internal/store"
)

var createPromises = []promise{
	{"a contact is added", createAdds},
	{"an address that is borne is refused", createExists},
	{"an id that is taken clashes", createTaken},
	{"an account that does not exist clashes", createNoAccount},
	{"one of many at once succeeds", createRace},
	{"many addresses at once all succeed", createMany},
}

func createAdds(t *testing.T, s store.Store) {
	a, c, _ := filledRecords()
	put(t, s, a)
	ok(t, s.CreateContact(t.Context(), c))
	wantEqual(t, "contact", must(s.Contact(t.Context(), c.ID))(t), c)
	wantPeople(t, s, c.Email.Key(), "", c.ID)
}

func createExists(t *testing.T, s store.Store) {
	off := contact("off", "b", "off@x.example")
	off.Active = false
	put(t, s, account("a"), account("b"), contact("c", "a", "Same@x.example"), contact("d", "b", "other@x.example"),
		member("m", "member@x.example"), off)
	for _, address := range []string{"same@X.example", "other@x.example", "member@x.example", "OFF@x.example"} {
		err := s.CreateContact(t.Context(), contact("new", "a", address))
		wantErr(t, err, directory.ErrExists)
		_, err = s.Contact(t.Context(), "new")
		wantErr(t, err, directory.ErrNotFound)
	}
}

func wantClash(t *testing.T, err error, kind, id string) {
	t.Helper()
	var clash *directory.ClashError
	if !errors.As(err, &clash) || clash.Kind != kind || clash.ID != id {
		t.Errorf("the error is %v, want a clash of %s %q", err, kind, id)
	}
}

func createTaken(t *testing.T, s store.Store) {
	put(t, s, account("a"), contact("c", "a", "p@x.example"))
	wantClash(t, s.CreateContact(t.Context(), contact("c", "a", "new@x.example")), "contact", "c")
	wantPeople(t, s, "p@x.example", "", "c")
	wantPeople(t, s, "new@x.example", "")
}

func createNoAccount(t *testing.T, s store.Store) {
	wantClash(t, s.CreateContact(t.Context(), contact("c", "none", "p@x.example")), "contact", "c")
	wantPeople(t, s, "p@x.example", "")
}

func createRace(t *testing.T, s store.Store) {
	put(t, s, account("a"), account("b"))
	errs := race(func(i int) error {
		return s.CreateContact(t.Context(), contact(fmt.Sprint(i), string(rune('a'+i%2)), "p@x.example"))
	})
	wantOneWinner(t, errs, directory.ErrExists)
	wantEqual(t, "contacts", len(must(s.People(t.Context(), "p@x.example"))(t).Contacts), 1)
}

func createMany(t *testing.T, s store.Store) {
	put(t, s, account("a"))
	for _, err := range race(func(i int) error {
		return s.CreateContact(t.Context(), contact(fmt.Sprint(i), "a", fmt.Sprintf("p%d@x.example", i)))
	}) {
		ok(t, err)
	}
	wantEqual(t, "contacts", len(collect(t, s.Contacts(t.Context()), contactID)), racers)
}

var entityPromises = []promise{
	{"a rename takes the sessions with it", renameMovesSessions},
	{"a rename to the same id changes nothing", renameSame},
	{"a contact that goes ends its sessions", deleteContactEnds},
	{"what is switched off ends its sessions", switchedOffEnds},
	{"a platform that is taken away ends the sessions there", closedEnds},
	{"another address ends the sessions", movedEnds},
	{"another account ends the sessions", otherAccountEnds},
	{"another spelling of the address ends none", respelledKeeps},
	{"another address with another id ends the sessions", movedRenamedEnds},
	{"a member that goes ends its sessions", deleteMemberEnds},
}

// signedInBoth keeps two sessions of contact "c", and one each of contact "d"
// and member "c".
func signedInBoth(t *testing.T, s store.Store) {
	t.Helper()
	put(t, s, account("a"), contact("c", "a", "c@x.example"), contact("d", "a", "d@x.example"), member("c", "c@x.example"))
	login(t, s, signedIn(1, "c"))
	login(t, s, signedIn(2, "c"))
	login(t, s, signedIn(3, "d"))
	asMember := signedIn(4, "c")
	asMember.Kind = directory.KindMember
	login(t, s, asMember)
}

func wantSessionsOf(t *testing.T, s store.Store, kind directory.Kind, id string, want ...string) {
	t.Helper()
	got := must(s.SessionsOf(t.Context(), kind, id))(t)
	wantEqual(t, fmt.Sprintf("sessions of %s %s", kind, id), ids(got, sessionID), want)
	for _, v := range got {
		wantEqual(t, "session by key", must(s.Session(t.Context(), v.Key))(t), v)
	}
}

func renameMovesSessions(t *testing.T, s store.Store) {
	signedInBoth(t, s)
	ok(t, s.Edit(t.Context(), func(e directory.Editor) error { return e.RenameContact("c", "z") }))
	_, err := s.Contact(t.Context(), "c")
	wantErr(t, err, directory.ErrNotFound)
	wantEqual(t, "renamed", must(s.Contact(t.Context(), "z"))(t), contact("z", "a", "c@x.example"))
	wantSessionsOf(t, s, directory.KindContact, "c")
	wantSessionsOf(t, s, directory.KindContact, "z", "public c", "public b")
	wantSessionsOf(t, s, directory.KindContact, "d", "public d")
	wantSessionsOf(t, s, directory.KindMember, "c", "public e")
}

func renameSame(t *testing.T, s store.Store) {
	signedInBoth(t, s)
	ok(t, s.Edit(t.Context(), func(e directory.Editor) error { return e.RenameContact("c", "c") }))
	wantPeople(t, s, "c@x.example", "c", "c")
	wantSessionsOf(t, s, directory.KindContact, "c", "public c", "public b")
}

func deleteContactEnds(t *testing.T, s store.Store) {
	signedInBoth(t, s)
	ok(t, s.Edit(t.Context(), func(e directory.Editor) error { return e.DeleteContact("c") }))
	wantSessionsOf(t, s, directory.KindContact, "c")
	wantSessionsOf(t, s, directory.KindContact, "d", "public d")
	wantSessionsOf(t, s, directory.KindMember, "c", "public e")
	_, err := s.Session(t.Context(), signedIn(1, "").Key)
	wantErr(t, err, session.ErrNotFound)
}

func deleteMemberEnds(t *testing.T, s store.Store) {
	signedInBoth(t, s)
	ok(t, s.Edit(t.Context(), func(e directory.Editor) error { return e.DeleteMember("c") }))
	wantSessionsOf(t, s, directory.KindMember, "c")
	wantSessionsOf(t, s, directory.KindContact, "c", "public c", "public b")
}

func switchedOffEnds(t *testing.T, s store.Store) {
	a, b := account("a"), account("b")
	c, other, m := contact("c", "a", "c@x.example"), contact("other", "b", "o@x.example"), member("m", "m@x.example")
	put(t, s, a, b, c, other, m)
	staff := signedIn(3, "m")
	staff.Kind = directory.KindMember
	login(t, s, signedIn(1, "c"))
	login(t, s, signedIn(2, "other"))
	login(t, s, staff)

	put(t, s, c) // a change that leaves it on
	wantSessionsOf(t, s, directory.KindContact, "c", "public b")
	c.Active, m.Active, b.Active = false, false, false
	put(t, s, c)
	wantSessionsOf(t, s, directory.KindContact, "c")
	wantSessionsOf(t, s, directory.KindContact, "other", "public c")
	put(t, s, b)
	wantSessionsOf(t, s, directory.KindContact, "other")
	put(t, s, m)
	wantSessionsOf(t, s, directory.KindMember, "m")
	c.Active = true
	put(t, s, c)
	wantSessionsOf(t, s, directory.KindContact, "c")

	login(t, s, signedIn(4, "c"))
	c.Account = "b"
	put(t, s, c) // into an account that is off
	wantSessionsOf(t, s, directory.KindContact, "c")
}

func closedEnds(t *testing.T, s store.Store) {
	m, other := member("m", "m@x.example"), member("other", "o@x.example")
	put(t, s, m, other)
	for i, v := range []struct {
		id string
		at directory.Platform
	}{{"m", directory.Tech}, {"m", directory.Admin}, {"other", directory.Admin}} {
		one := signedIn(byte(i+1), v.id)
		one.Kind, one.Platform = directory.KindMember, v.at
		login(t, s, one)
	}
	m.Platforms = []directory.Platform{directory.Admin, directory.Tech}
	put(t, s, m) // what is open anyway
	wantSessionsOf(t, s, directory.KindMember, "m", "public c", "public b")
	m.Platforms = []directory.Platform{directory.Tech}
	put(t, s, m)
	m.Platforms = nil
	put(t, s, m) // given back
	wantSessionsOf(t, s, directory.KindMember, "m", "public b")
	wantSessionsOf(t, s, directory.KindMember, "other", "public d")
}

func movedEnds(t *testing.T, s store.Store) {
	signedInBoth(t, s)
	put(t, s, contact("c", "a", "new@x.example"))
	wantSessionsOf(t, s, directory.KindContact, "c")
	wantSessionsOf(t, s, directory.KindContact, "d", "public d")
	wantSessionsOf(t, s, directory.KindMember, "c", "public e")
	put(t, s, contact("c", "a", "c@x.example"), member("c", "new@x.example"))
	wantSessionsOf(t, s, directory.KindContact, "c")
	wantSessionsOf(t, s, directory.KindMember, "c")
	wantSessionsOf(t, s, directory.KindContact, "d", "public d")
}

func otherAccountEnds(t *testing.T, s store.Store) {
	signedInBoth(t, s)
	put(t, s, account("b"), contact("c", "b", "c@x.example"))
	put(t, s, contact("c", "a", "c@x.example")) // and back
	wantSessionsOf(t, s, directory.KindContact, "c")
	wantSessionsOf(t, s, directory.KindContact, "d", "public d")
	wantSessionsOf(t, s, directory.KindMember, "c", "public e")

	login(t, s, signedIn(5, "d"))
	ok(t, s.Edit(t.Context(), func(e directory.Editor) error {
		ok(t, e.RenameContact("d", "z"))
		return e.PutContact(contact("z", "b", "d@x.example"))
	}))
	wantSessionsOf(t, s, directory.KindContact, "z")
}

func respelledKeeps(t *testing.T, s store.Store) {
	signedInBoth(t, s)
	put(t, s, contact("c", "a", "C@x.example"), member("c", "C@x.example"))
	wantSessionsOf(t, s, directory.KindContact, "c", "public c", "public b")
	wantSessionsOf(t, s, directory.KindMember, "c", "public e")
}

func movedRenamedEnds(t *testing.T, s store.Store) {
	put(t, s, account("a"), contact("c", "a", "c@x.example"))
	login(t, s, signedIn(1, "c"))
	ok(t, s.Edit(t.Context(), func(e directory.Editor) error {
		ok(t, e.RenameContact("c", "y"))
		return e.PutContact(contact("y", "a", "new@x.example"))
	}))
	wantSessionsOf(t, s, directory.KindContact, "y")
	login(t, s, signedIn(2, "y"))
	ok(t, s.Edit(t.Context(), func(e directory.Editor) error {
		ok(t, e.PutContact(contact("y", "a", "newer@x.example")))
		return e.RenameContact("y", "z")
	}))
	wantSessionsOf(t, s, directory.KindContact, "z")

	put(t, s, contact("v", "a", "v@x.example"), contact("w", "a", "w@x.example"))
	login(t, s, signedIn(3, "v"))
	ok(t, s.Edit(t.Context(), func(e directory.Editor) error { // w is what it was, and another
		ok(t, e.DeleteContact("w"))
		ok(t, e.PutContact(contact("v", "a", "w@x.example")))
		return e.RenameContact("v", "w")
	}))
	wantSessionsOf(t, s, directory.KindContact, "w")
}
