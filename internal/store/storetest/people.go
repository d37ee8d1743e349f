package storetest

import (
	"testing"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/store"
)

var peoplePromises = []promise{
	{"nobody is the zero People", nobody},
	{"contacts are in order, with their accounts", peopleOrdered},
	{"the member and the passwords", peopleMember},
	{"addresses are compared by key", peopleByKey},
	{"people follow an address that changes", peopleFollow},
	{"people follow renames and deletions", peopleGone},
}

func nobody(t *testing.T, s store.Store) {
	put(t, s, account("a"), contact("c", "a", "p@x.example"))
	for _, key := range []string{"", "p@x.exampl", "p@x.example.org"} {
		wantEqual(t, key, must(s.People(t.Context(), key))(t), directory.People{})
	}
}

func peopleOrdered(t *testing.T, s store.Store) {
	named := func(id, name string, active bool) directory.Account {
		return directory.Account{ID: id, Name: name, Active: active}
	}
	primary := contact("9", "m", "p@x.example")
	primary.Primary = true
	off := contact("5", "z", "p@x.example")
	off.Active = false
	put(t, s, named("m", "Mill", true), named("z", "Ash", false), named("b", "Birch", true), named("c", "Birch", true), named("e", "Else", true),
		contact("2", "c", "p@x.example"), contact("3", "b", "p@x.example"), primary, off, contact("1", "e", "other@x.example"))
	check := func(r directory.Reader) {
		p := must(r.People(t.Context(), "p@x.example"))(t)
		wantEqual(t, "order", ids(p.Contacts, contactID), []string{"9", "5", "2", "3"})
		wantEqual(t, "accounts", len(p.Accounts), 4)
		wantEqual(t, "an account", p.Accounts["z"], named("z", "Ash", false))
		wantEqual(t, "no member", p.Member, nil)
	}
	check(s)
	ok(t, s.Edit(t.Context(), func(e directory.Editor) error { check(e); return nil }))
}

func peopleMember(t *testing.T, s store.Store) {
	m := filled[directory.Member]()
	m.Email, m.Links = "p@x.example", directory.Links{linkTo("one", "p@x.example")}
	put(t, s, m)
	p := must(s.People(t.Context(), "p@x.example"))(t)
	wantEqual(t, "member", p.Member, &m)
	wantEqual(t, "contacts", len(p.Contacts), 0)
	wantEqual(t, "passwords", len(p.Passwords), 0)
	owner := directory.PasswordOwner{Address: "p@x.example", Kind: directory.KindMember}
	set := filled[directory.Password]()
	ok(t, s.SetPassword(t.Context(), owner, set))
	p = must(s.People(t.Context(), "p@x.example"))(t)
	wantEqual(t, "the member's password alone", p.Passwords, map[directory.Kind]directory.PasswordState{directory.KindMember: set.PasswordState})
	ok(t, s.SetPassword(t.Context(), owner, directory.Password{}))
	p = must(s.People(t.Context(), "p@x.example"))(t)
	wantEqual(t, "passwords, one removed", len(p.Passwords), 0)
}

func peopleByKey(t *testing.T, s store.Store) {
	put(t, s, account("a"), account("b"), contact("1", "a", "Ann.Lee@x.example"), contact("2", "b", "ann.lee@x.example"))
	p := must(s.People(t.Context(), "ann.lee@x.example"))(t)
	wantEqual(t, "contacts", ids(p.Contacts, contactID), []string{"1", "2"})
	wantEqual(t, "the stored spelling", p.Contacts[0].Email, directory.Address("Ann.Lee@x.example"))
}

// wantPeople checks which contacts, and which member or none (""), an address
// has.
func wantPeople(t *testing.T, r directory.Reader, key, memberID string, contacts ...string) {
	t.Helper()
	p := must(r.People(t.Context(), key))(t)
	wantEqual(t, "contacts of "+key, ids(p.Contacts, contactID), contacts)
	got := ""
	if p.Member != nil {
		got = p.Member.ID
	}
	wantEqual(t, "member of "+key, got, memberID)
}

func peopleFollow(t *testing.T, s store.Store) {
	put(t, s, account("a"), contact("c", "a", "old@x.example"), member("m", "old@x.example"))
	ok(t, s.Edit(t.Context(), func(e directory.Editor) error {
		ok(t, putAll(e, contact("c", "a", "new@x.example"), member("m", "newer@x.example")))
		wantPeople(t, e, "new@x.example", "", "c")
		return nil
	}))
	wantPeople(t, s, "old@x.example", "")
	wantPeople(t, s, "new@x.example", "", "c")
	wantPeople(t, s, "newer@x.example", "m")
}

func peopleGone(t *testing.T, s store.Store) {
	put(t, s, account("a"), account("b"), contact("c", "a", "p@x.example"), contact("d", "b", "p@x.example"), member("m", "p@x.example"))
	ok(t, s.Edit(t.Context(), func(e directory.Editor) error { return e.RenameContact("c", "z") }))
	wantPeople(t, s, "p@x.example", "m", "z", "d")
	ok(t, s.Edit(t.Context(), func(e directory.Editor) error {
		ok(t, e.DeleteContact("z"))
		return e.DeleteMember("m")
	}))
	wantPeople(t, s, "p@x.example", "", "d")
	ok(t, s.Edit(t.Context(), func(e directory.Editor) error { return e.DeleteContact("d") }))
	wantEqual(t, "nobody left", must(s.People(t.Context(), "p@x.example"))(t), directory.People{})
}
