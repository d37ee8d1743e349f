package storetest

import (
	"errors"
	"slices"
	"testing"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/store"
)

// clash is an edit of what prepareClash keeps that would break a promise.
type clash struct {
	name   string
	change func(directory.Editor) error
	kind   string
	ids    []string // the record that cannot be kept is one of these
}

func puts(records ...any) func(directory.Editor) error {
	return func(e directory.Editor) error { return putAll(e, records...) }
}

var clashes = []clash{
	{"a second contact of an address in an account", puts(contact("n", "a", "p@x.example")), "contact", []string{"n"}},
	{"by an address in another spelling", puts(contact("n", "a", "P@x.example")), "contact", []string{"n"}},
	{"by an address that changes", puts(contact("d", "a", "p@x.example")), "contact", []string{"d"}},
	{"by an account that changes", puts(contact("e", "a", "p@x.example")), "contact", []string{"e"}},
	{"two new contacts of an address", puts(contact("n", "b", "q@x.example"), contact("o", "b", "q@x.example")), "contact", []string{"n", "o"}},
	{"a second member of an address", puts(member("n", "M@x.example")), "member", []string{"n"}},
	{"two new members of an address", puts(member("n", "q@x.example"), member("o", "q@x.example")), "member", []string{"n", "o"}},
	{"a contact of no account", puts(contact("n", "none", "q@x.example")), "contact", []string{"n"}},
	{"a contact that moves to no account", puts(contact("c", "none", "p@x.example")), "contact", []string{"c"}},
	{"an account that has contacts goes", func(e directory.Editor) error { return e.DeleteAccount("a") }, "account", []string{"a"}},
	{"a rename to an id that is taken", func(e directory.Editor) error { return e.RenameContact("c", "d") }, "contact", []string{"d"}},
}

var clashPromises = func() (out []promise) {
	for _, c := range clashes {
		out = append(out, promise{c.name, c.keep})
	}
	return append(out, promise{"the same address elsewhere is none", noClash})
}()

func prepareClash(t *testing.T, s store.Store) {
	t.Helper()
	put(t, s, account("a"), account("b"), member("m", "m@x.example"),
		contact("c", "a", "p@x.example"), contact("d", "a", "d@x.example"), contact("e", "b", "p@x.example"))
}

func (c clash) keep(t *testing.T, s store.Store) {
	prepareClash(t, s)
	err := s.Edit(t.Context(), func(e directory.Editor) error {
		ok(t, e.PutAccount(account("written before")))
		return c.change(e)
	})
	var clash *directory.ClashError
	if !errors.As(err, &clash) {
		t.Fatalf("the error is %v, want a *directory.ClashError", err)
	}
	if clash.Kind != c.kind || !slices.Contains(c.ids, clash.ID) || clash.Reason == "" {
		t.Errorf("the clash is %+v, want %s %q and a reason", *clash, c.kind, c.ids)
	}
	wantEqual(t, "accounts", collect(t, s.Accounts(t.Context()), accountID), []string{"a", "b"})
	wantEqual(t, "contacts", collect(t, s.Contacts(t.Context()), contactID), []string{"c", "d", "e"})
	wantPeople(t, s, "p@x.example", "", "c", "e")
	wantPeople(t, s, "m@x.example", "m")
	wantPeople(t, s, "q@x.example", "")
	wantPeople(t, s, "d@x.example", "", "d")
}

func noClash(t *testing.T, s store.Store) {
	prepareClash(t, s)
	put(t, s, contact("n", "b", "d@x.example"), contact("o", "b", "m@x.example"), member("o", "p@x.example"))
	wantPeople(t, s, "p@x.example", "o", "c", "e")
	wantPeople(t, s, "m@x.example", "m", "o")
	wantPeople(t, s, "d@x.example", "", "d", "n")
}
