package storetest

import (
	"errors"
	"testing"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/store"
)

var editPromises = []promise{
	{"an error writes nothing and is returned", editFails},
	{"a panic writes nothing", editPanics},
	{"the function runs once", editOnce},
	{"records may swap their addresses", editSwaps},
	{"a contact may come before its account", editOrder},
	{"an account may go with its contacts", editEmptiesAccount},
	{"edits at once are all kept", editRace},
	{"readers see whole edits", editIsolation},
}

var errOwn = errors.New("the function's own")

// touchAll changes everything that wantUntouched looks at.
func touchAll(t *testing.T, e directory.Editor) {
	t.Helper()
	ok(t, putAll(e, account("new"), contact("c", "a", "moved@x.example")))
	ok(t, e.DeleteMember("m"))
	ok(t, e.RenameContact("c", "renamed"))
	ok(t, e.SetPassword(directory.PasswordOwner{Address: "p@x.example", Kind: directory.KindContact}, password("$new")))
}

func prepareUntouched(t *testing.T, s store.Store) {
	t.Helper()
	a := account("a")
	a.Domains, a.Tenants = []string{"x.example"}, listed("x.example")
	put(t, s, a, contact("c", "a", "p@x.example"), member("m", "p@x.example"))
	login(t, s, signedIn(1, "c"))
}

// wantUntouched checks that the store holds what prepareUntouched left, and
// can be written.
func wantUntouched(t *testing.T, s store.Store) {
	t.Helper()
	wantEqual(t, "accounts", collect(t, s.Accounts(t.Context()), accountID), []string{"a"})
	wantEqual(t, "contacts", collect(t, s.Contacts(t.Context()), contactID), []string{"c"})
	wantAccounts(t, s, "x.example", "x.example", "a")
	wantPeople(t, s, "p@x.example", "m", "c")
	wantPeople(t, s, "moved@x.example", "")
	wantEqual(t, "session", must(s.Session(t.Context(), signedIn(1, "").Key))(t).EntityID, "c")
	_, err := s.Password(t.Context(), directory.PasswordOwner{Address: "p@x.example", Kind: directory.KindContact})
	wantErr(t, err, directory.ErrNotFound)
	ok(t, s.Check(t.Context()))
	put(t, s, account("later"))
}

func editFails(t *testing.T, s store.Store) {
	prepareUntouched(t, s)
	err := s.Edit(t.Context(), func(e directory.Editor) error {
		touchAll(t, e)
		return errOwn
	})
	wantErr(t, err, errOwn)
	wantUntouched(t, s)
}

func editPanics(t *testing.T, s store.Store) {
	prepareUntouched(t, s)
	func() {
		defer func() { wantEqual(t, "recovered", recover(), any(errOwn)) }()
		_ = s.Edit(t.Context(), func(e directory.Editor) error {
			touchAll(t, e)
			panic(errOwn)
		})
	}()
	wantUntouched(t, s)
}

func editOnce(t *testing.T, s store.Store) {
	for _, want := range []error{nil, errOwn} {
		runs := 0
		err := s.Edit(t.Context(), func(directory.Editor) error {
			runs++
			return want
		})
		wantErr(t, err, want)
		wantEqual(t, "runs", runs, 1)
	}
}

func editSwaps(t *testing.T, s store.Store) {
	put(t, s, account("a"), contact("1", "a", "one@x.example"), contact("2", "a", "two@x.example"),
		member("1", "one@x.example"), member("2", "two@x.example"))
	put(t, s, contact("1", "a", "two@x.example"), contact("2", "a", "one@x.example"),
		member("1", "two@x.example"), member("2", "one@x.example"))
	wantPeople(t, s, "one@x.example", "2", "2")
	wantPeople(t, s, "two@x.example", "1", "1")
	ok(t, s.Edit(t.Context(), func(e directory.Editor) error {
		ok(t, e.RenameContact("1", "3"))
		ok(t, e.RenameContact("2", "1"))
		return e.RenameContact("3", "2")
	}))
	wantPeople(t, s, "one@x.example", "2", "1")
	wantPeople(t, s, "two@x.example", "1", "2")
}

func editOrder(t *testing.T, s store.Store) {
	put(t, s, contact("c", "a", "p@x.example"), account("a"))
	wantPeople(t, s, "p@x.example", "", "c")
}

func editEmptiesAccount(t *testing.T, s store.Store) {
	put(t, s, account("a"), account("b"), contact("1", "a", "one@x.example"), contact("2", "a", "two@x.example"))
	ok(t, s.Edit(t.Context(), func(e directory.Editor) error {
		ok(t, e.DeleteAccount("a"))
		ok(t, e.DeleteContact("1"))
		return e.PutContact(contact("2", "b", "two@x.example"))
	}))
	wantEqual(t, "accounts", collect(t, s.Accounts(t.Context()), accountID), []string{"b"})
	wantPeople(t, s, "one@x.example", "")
	wantEqual(t, "moved to", must(s.Contact(t.Context(), "2"))(t).Account, "b")
}

func editRace(t *testing.T, s store.Store) {
	put(t, s, account("a"))
	for _, err := range race(func(i int) error {
		return s.Edit(t.Context(), func(e directory.Editor) error {
			a, err := e.Account(t.Context(), "a")
			if err != nil {
				return err
			}
			a.Domains = append(a.Domains, string(rune('A'+i)))
			return e.PutAccount(a)
		})
	}) {
		ok(t, err)
	}
	wantEqual(t, "domains", len(must(s.Account(t.Context(), "a"))(t).Domains), racers)
}

// editIsolation moves a contact between two accounts that each edit makes anew;
// a reader between two steps would miss an account.
func editIsolation(t *testing.T, s store.Store) {
	put(t, s, account("0"), contact("c", "0", "p@x.example"))
	names := []string{"0", "1"}
	for _, err := range race(func(i int) error {
		if i%2 == 0 {
			p, err := s.People(t.Context(), "p@x.example")
			if err == nil && len(p.Accounts) != 1 {
				t.Errorf("a reader found %d accounts of one contact", len(p.Accounts))
			}
			return err
		}
		return s.Edit(t.Context(), func(e directory.Editor) error {
			c, err := e.Contact(t.Context(), "c")
			if err != nil {
				return err
			}
			old := c.Account
			c.Account = names[1-int(old[0]-'0')]
			return errors.Join(e.DeleteAccount(old), e.PutContact(c), e.PutAccount(account(c.Account)))
		})
	}) {
		ok(t, err)
	}
}
