package storetest

import (
	"errors"
	"testing"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/journey"
	"github.com/frontdesk-gateway/frontdesk/internal/session"
	"github.com/frontdesk-gateway/frontdesk/internal/store"
)

// waiter is a change of the directory in which the pending journeys of some of the
// addresses of waiterRecords end, and no other.
type waiter struct {
	name   string
	change func(e directory.Editor) error
	ends   []string // addresses
}

// waiterRecords are contact "c" of account "a", who is contact "too" of account "b" as
// well, contact "d" of account "a", contact "off", who is switched off, contact "shut"
// of account "closed", which is, and the members "m" and "out", who is, too. Account "b"
// lists the tenants "t" and "u".
func waiterRecords() []any {
	closed, off := account("closed"), contact("off", "a", "off@x.example")
	closed.Active, off.Active = false, false
	return []any{account("a"), listing("b", "t", "u"), closed,
		contact("c", "a", "C@x.example"), contact("too", "b", "c@x.example"), contact("d", "a", "d@x.example"),
		off, contact("shut", "closed", "shut@x.example"), member("m", "m@x.example"), directory.Member{ID: "out", Email: "out@x.example"}}
}

var waiterAddresses = []string{"c@x.example", "d@x.example", "off@x.example", "shut@x.example", "m@x.example", "out@x.example", "other@x.example", ""}

func switchedOff(c directory.Contact) directory.Contact {
	c.Active = false
	return c
}

var waiters = []waiter{
	{"a contact goes", func(e directory.Editor) error { return e.DeleteContact("c") }, []string{"c@x.example"}},
	{"a contact goes that is switched off", func(e directory.Editor) error { return e.DeleteContact("off") }, []string{"off@x.example"}},
	{"a contact goes, and another one comes in its place", func(e directory.Editor) error {
		return errors.Join(e.DeleteContact("d"), e.PutContact(contact("d", "a", "d@x.example")))
	}, []string{"d@x.example"}},
	{"a contact goes, and another one takes its id and address", func(e directory.Editor) error {
		return errors.Join(e.DeleteContact("d"), e.RenameContact("too", "d"), e.PutContact(contact("d", "a", "d@x.example")))
	}, []string{"c@x.example", "d@x.example"}},
	{"a contact gets another address", puts(contact("c", "a", "other@x.example")), []string{"c@x.example", "other@x.example"}},
	{"a contact gets another address and goes", func(e directory.Editor) error {
		return errors.Join(e.PutContact(contact("c", "a", "other@x.example")), e.DeleteContact("c"))
	}, []string{"c@x.example"}},
	{"a contact gets another address and id", func(e directory.Editor) error {
		return errors.Join(e.RenameContact("c", "z"), e.PutContact(contact("z", "a", "other@x.example")))
	}, []string{"c@x.example", "other@x.example"}},
	{"a contact gets another id and goes", func(e directory.Editor) error {
		return errors.Join(e.RenameContact("c", "z"), e.DeleteContact("z"))
	}, []string{"c@x.example"}},
	{"two contacts swap their addresses", puts(contact("c", "a", "d@x.example"), contact("d", "a", "c@x.example")),
		[]string{"c@x.example", "d@x.example"}},
	{"a contact gets another account", puts(contact("d", "b", "d@x.example")), []string{"d@x.example"}},
	{"a contact is switched off", puts(switchedOff(contact("c", "a", "c@x.example"))), []string{"c@x.example"}},
	{"a contact is switched off under another id", func(e directory.Editor) error {
		return errors.Join(e.RenameContact("d", "z"), e.PutContact(switchedOff(contact("z", "a", "d@x.example"))))
	}, []string{"d@x.example"}},
	{"an account is switched off", puts(directory.Account{ID: "b"}), []string{"c@x.example"}},
	{"an account is switched off, and a contact moves there", puts(directory.Account{ID: "b"}, contact("d", "b", "d@x.example")),
		[]string{"c@x.example", "d@x.example"}},
	{"an account is switched off, and a contact comes there", puts(directory.Account{ID: "b"}, contact("new", "b", "other@x.example")),
		[]string{"c@x.example", "other@x.example"}},
	{"an account is switched off, and a contact of it gets another address", puts(directory.Account{ID: "b"}, contact("too", "b", "other@x.example")),
		[]string{"c@x.example", "other@x.example"}},
	{"a tenant is listed no more", puts(listing("b", "u")), []string{"c@x.example"}},
	{"another tenant is listed in its place", puts(listing("b", "t", "v")), []string{"c@x.example"}},
	{"a tenant is listed no more, and a contact gets another id", func(e directory.Editor) error {
		return errors.Join(e.PutAccount(listing("b", "u")), e.RenameContact("too", "z"))
	}, []string{"c@x.example"}},
	{"a tenant is listed no more, and a contact of it gets another address", puts(listing("b", "u"), contact("too", "b", "other@x.example")),
		[]string{"c@x.example", "other@x.example"}},
	{"a tenant is listed no more, and a contact comes there", puts(listing("b", "u"), contact("new", "b", "other@x.example")),
		[]string{"c@x.example", "other@x.example"}},
	{"an account goes, and another one takes its id and lists less", func(e directory.Editor) error {
		return errors.Join(e.DeleteAccount("b"), e.PutAccount(listing("b", "u")))
	}, []string{"c@x.example"}},
	{"a member goes", func(e directory.Editor) error { return e.DeleteMember("m") }, []string{"m@x.example"}},
	{"a member goes, and another one comes in its place", func(e directory.Editor) error {
		return errors.Join(e.DeleteMember("m"), e.PutMember(member("m", "m@x.example")))
	}, []string{"m@x.example"}},
	{"a member gets another address", puts(member("m", "d@x.example")), []string{"m@x.example", "d@x.example"}},
	{"a member is switched off", puts(directory.Member{ID: "m", Email: "m@x.example"}), []string{"m@x.example"}},
	{"a platform is taken away", puts(directory.Member{ID: "m", Email: "m@x.example", Active: true, Platforms: []directory.Platform{directory.Tech}}),
		[]string{"m@x.example"}},
	{"a contact is switched on", puts(contact("off", "a", "off@x.example")), []string{"off@x.example"}},
	{"a contact is switched on under another id", func(e directory.Editor) error {
		return errors.Join(e.RenameContact("off", "z"), e.PutContact(contact("z", "a", "off@x.example")))
	}, []string{"off@x.example"}},
	{"an account is switched on", puts(account("closed")), []string{"shut@x.example"}},
	{"a member is switched on", puts(member("out", "out@x.example")), []string{"out@x.example"}},
	{"a contact comes", puts(contact("new", "a", "other@x.example"), contact("more", "b", "d@x.example")),
		[]string{"other@x.example", "d@x.example"}},
	{"a contact comes who takes the id that another one had", func(e directory.Editor) error {
		return errors.Join(e.RenameContact("c", "z"), e.PutContact(contact("c", "a", "other@x.example")))
	}, []string{"other@x.example"}},
	{"a member comes", puts(member("new", "other@x.example")), []string{"other@x.example"}},

	{"a contact gets another id", func(e directory.Editor) error { return e.RenameContact("c", "z") }, nil},
	{"a contact is respelled", puts(contact("c", "a", "c@X.example")), nil},
	{"a contact gets details", puts(directory.Contact{ID: "c", Account: "a", Email: "C@x.example", Name: "Cora", Active: true}), nil},
	{"a contact that is switched off is put again", puts(switchedOff(contact("off", "a", "off@x.example"))), nil},
	{"a contact comes and goes", func(e directory.Editor) error {
		return errors.Join(e.PutContact(contact("new", "a", "other@x.example")), e.DeleteContact("new"))
	}, nil},
	{"a contact gets another id, and a new one of the old id comes and goes", func(e directory.Editor) error {
		return errors.Join(e.RenameContact("c", "z"), e.PutContact(contact("c", "a", "other@x.example")), e.DeleteContact("c"))
	}, nil},
	{"an account gets details", puts(directory.Account{ID: "a", Name: "Another", Active: true}), nil},
	{"an account comes", puts(account("new")), nil},
	{"an account that is switched off is put again", puts(directory.Account{ID: "closed", Name: "Another"}), nil},
	{"an account is switched off and on in one", puts(directory.Account{ID: "a"}, account("a")), nil},
	{"a further tenant is listed, in another order", puts(listing("b", "v", "u", "t")), nil},
	{"a tenant is listed no more and again in one", puts(listing("b", "u"), listing("b", "t", "u")), nil},
	{"an account goes, and another one takes its id and lists as much", func(e directory.Editor) error {
		return errors.Join(e.DeleteAccount("b"), e.PutAccount(listing("b", "u", "t")))
	}, nil},
	{"all platforms are spelt out", puts(directory.Member{ID: "m", Email: "m@x.example", Active: true, Platforms: []directory.Platform{directory.Admin, directory.Tech}}), nil},
}

func waiterPromises() (out []promise) {
	for _, w := range waiters {
		out = append(out, promise{w.name, w.keep})
	}
	return append(out, promise{"a change that fails ends none", waitersStay}, promise{"a contact that is created ends none", waitersCreate})
}

// wait begins, at each address, journeys of each kind.
func wait(t *testing.T, s store.Store) {
	t.Helper()
	put(t, s, waiterRecords()...)
	proved := []session.Proof{{Method: directory.MethodEmailToken}}
	for _, at := range waiterAddresses {
		for _, j := range []journey.Journey{
			{ID: "mailed", Token: &journey.Token{}}, {ID: "proved", Proofs: proved}, {ID: "begun"}, {ID: "finished", Proofs: proved, Finished: "S"},
		} {
			j.ID, j.Address = j.ID+" "+at, directory.Address(at)
			ok(t, s.CreateJourney(t.Context(), j))
		}
	}
}

// wantEnded checks that the pending journeys of these addresses have ended, and no
// other.
func wantEnded(t *testing.T, s store.Store, ended ...string) {
	t.Helper()
	over := map[string]bool{}
	for _, at := range ended {
		over["mailed "+at], over["proved "+at] = true, true
	}
	for _, at := range waiterAddresses {
		for _, kind := range []string{"mailed ", "proved ", "begun ", "finished "} {
			if _, err := s.Journey(t.Context(), kind+at); over[kind+at] != errors.Is(err, journey.ErrNotFound) {
				t.Errorf("%s%s: %v", kind, at, err)
			}
		}
	}
}

func (w waiter) keep(t *testing.T, s store.Store) {
	wait(t, s)
	ok(t, s.Edit(t.Context(), w.change))
	wantEnded(t, s, w.ends...)
	ok(t, s.Check(t.Context()))
}

func waitersStay(t *testing.T, s store.Store) {
	wait(t, s)
	wantErr(t, s.Edit(t.Context(), func(e directory.Editor) error { return errors.Join(e.DeleteContact("c"), errOwn) }), errOwn)
	if err := s.Edit(t.Context(), func(e directory.Editor) error { return errors.Join(e.DeleteContact("c"), e.DeleteAccount("a")) }); err == nil {
		t.Error("an account with contacts went")
	}
	wantEnded(t, s)
}

func waitersCreate(t *testing.T, s store.Store) {
	wait(t, s)
	ok(t, s.CreateContact(t.Context(), contact("new", "a", "other@x.example")))
	wantEnded(t, s)
}
