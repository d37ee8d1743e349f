package journey_test

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
)

// changesAtOnce does several things to the directory in one change and, often, takes
// them back in another.
func (w *walk) changesAtOnce() (what string, err error) {
	before, change := w.kept(w.store), oneOf(w, (*walk).swaps, (*walk).changesTwo, (*walk).changesTwo, (*walk).changesWithAccount, (*walk).changesWithAccount, (*walk).putsAnew)
	err = w.atOnce(func(e directory.Editor) (err error) {
		what, err = change(w, e)
		return err
	})
	if err != nil || w.once(2) {
		return what + ", at once", err
	}
	if w.once(2) {
		w.tell("the operator %s, at once", what)
		w.someoneGoesOn()
		return "takes that back", w.atOnce(before.restore)
	}
	return what + ", at once, and takes it back", w.atOnce(before.restore)
}

// atOnce is a change of several things that is looked at by itself.
func (w *walk) atOnce(change func(directory.Editor) error) error {
	edit := w.store.Edit
	if w.once(4) {
		edit = w.store.EditLarge
	}
	return w.editsBy(edit, change)
}

// swaps has two records get each other's address.
func (w *walk) swaps(e directory.Editor) (what string, err error) {
	ids := w.two(contactIDs)
	c, err := e.Contact(w.t.Context(), ids[0])
	if err != nil {
		return "finds no contact", err
	}
	if w.once(3) {
		m, err := e.Member(w.t.Context(), "pat-member")
		c.Email, m.Email = m.Email, c.Email
		return fmt.Sprintf("has %s and the member swap addresses", c.ID), cmp.Or(err, e.PutContact(c), e.PutMember(m))
	}
	d, err := e.Contact(w.t.Context(), ids[1])
	c.Email, d.Email = d.Email, c.Email
	if w.once(3) {
		c.Account, d.Account = d.Account, c.Account
	}
	return fmt.Sprintf("has %s be with %s, of %s, and %s with %s, of %s", c.ID, c.Email, c.Account, d.ID, d.Email, d.Account), cmp.Or(err, e.PutContact(c), e.PutContact(d))
}

// changesTwo changes two records.
func (w *walk) changesTwo(e directory.Editor) (what string, err error) {
	ids := w.two(contactIDs)
	first, err := w.changesContactIn(e, ids[0])
	if err != nil {
		return first, err
	}
	second := ""
	if w.once(3) {
		second, err = w.changesMemberIn(e)
	} else {
		second, err = w.changesContactIn(e, ids[1])
	}
	return first + " and " + second, err
}

// changesWithAccount changes a contact and an account, which may be its own.
func (w *walk) changesWithAccount(e directory.Editor) (what string, err error) {
	id := oneOf(w, contactIDs...)
	a, err := e.Account(w.t.Context(), oneOf(w, append(accountIDs, id[4:])...))
	if err != nil {
		return "finds no account", err
	}
	if w.once(2) {
		a.Active = !a.Active
	} else {
		a.Tenants = oneOf(w, accountTenants...)
	}
	what, err = w.changesContactIn(e, id)
	return fmt.Sprintf("%s and has %s list %v, active: %t", what, a.ID, a.Tenants.IDs(), a.Active), cmp.Or(err, w.putAccount(e, a))
}

// putsAnew removes a contact and adds it again, as it was: that is somebody else.
func (w *walk) putsAnew(e directory.Editor) (said string, err error) {
	id := oneOf(w, contactIDs...)
	c, err := e.Contact(w.t.Context(), id)
	if err != nil {
		return "finds no contact", err
	}
	for _, happened := range []what{left, arrived} {
		w.happens(event{what: happened, record: recordID{directory.KindContact, id}, addresses: []string{c.Email.Key()}})
	}
	w.letsGo(recordID{directory.KindContact, id})
	c.Links = nil
	return fmt.Sprintf("removes %s and adds it anew", id), cmp.Or(e.DeleteContact(id), e.PutContact(c))
}

// two are two of some, which differ.
func (w *walk) two(of []string) []string {
	i := w.of(len(of))
	return []string{of[i], of[(i+1+w.of(len(of)-1))%len(of)]}
}

func (w *walk) oneOrTwo(of []string) []string { return w.two(of)[:1+w.of(2)] }

// records are what the directory holds, for somebody to put it back.
type records struct {
	w        *walk
	accounts []directory.Account
	contacts []directory.Contact
	members  []directory.Member
}

// kept are all records.
func (w *walk) kept(in directory.Reader) records {
	r := records{w: w, accounts: w.accountsIn(in)}
	for c, err := range in.Contacts(w.t.Context()) {
		r.contacts = kept(w, r.contacts, c, err)
	}
	for m, err := range in.Members(w.t.Context()) {
		r.members = kept(w, r.members, m, err)
	}
	return r
}

func (w *walk) accountsIn(in directory.Reader) (all []directory.Account) {
	for a, err := range in.Accounts(w.t.Context()) {
		all = kept(w, all, a, err)
	}
	return all
}

func kept[T any](w *walk, all []T, one T, err error) []T {
	if err != nil {
		w.t.Fatal(err)
	}
	return append(all, one)
}

// restore has the records be what they were, linked to nobody but by links that are there.
func (r records) restore(e directory.Editor) (err error) {
	now := r.w.kept(e)
	for _, a := range r.accounts {
		err = cmp.Or(err, r.w.putAccount(e, a))
	}
	for _, c := range now.contacts {
		if !slices.ContainsFunc(r.contacts, func(was directory.Contact) bool { return was.ID == c.ID }) {
			err = cmp.Or(err, e.DeleteContact(c.ID))
		}
	}
	for _, c := range r.contacts {
		c.Links = r.links(e, directory.KindContact, c.ID)
		err = cmp.Or(err, e.PutContact(c))
	}
	for _, m := range now.members {
		if !slices.ContainsFunc(r.members, func(was directory.Member) bool { return was.ID == m.ID }) {
			err = cmp.Or(err, e.DeleteMember(m.ID))
		}
	}
	for _, m := range r.members {
		m.Links = r.links(e, directory.KindMember, m.ID)
		err = cmp.Or(err, e.PutMember(m))
	}
	return err
}

// links are those that a record has by now.
func (r records) links(e directory.Editor, kind directory.Kind, id string) directory.Links {
	links, err := directory.LinksOf(r.w.t.Context(), e, kind, id)
	if err != nil && !errors.Is(err, directory.ErrNotFound) {
		r.w.t.Fatal(err)
	}
	return links
}
