package bolt

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"go.etcd.io/bbolt"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/store"
	"github.com/frontdesk-gateway/frontdesk/internal/store/promise"
)

// check tests the promises of directory.Store, at the end of an edit and for
// what it touched only: on the way two records may well swap their addresses.
func (e *editor) check() error {
	if err := cmp.Or(e.failed, e.indexes.flush()); err != nil {
		return err
	}
	for _, id := range slices.Sorted(maps.Keys(e.accounts)) {
		if err := e.checkAccount(id); err != nil {
			return err
		}
	}
	for _, id := range slices.Sorted(maps.Keys(e.contacts)) {
		if err := e.checkContact(id); err != nil {
			return err
		}
	}
	for _, id := range slices.Sorted(maps.Keys(e.members)) {
		if err := e.checkMember(id); err != nil {
			return err
		}
	}
	if err := e.checkPasswords(); err != nil {
		return err
	}
	return e.endLeft()
}

// checkAccount: an account that is gone has no contacts, and one that is
// switched off has no sessions; what its contacts' addresses have pending ends.
func (e *editor) checkAccount(id string) error {
	a, found, err := accounts.get(e.tx, []byte(id))
	if err != nil || found && a.Active {
		return err
	}
	leave := e.on[id] && !empty(e.tx, journeysByAddress)
	for _, contact := range keys(e.tx, contactsByAccount, part(id)) {
		if !found {
			return promise.InUse(id, string(contact))
		}
		if err := e.endSessions(directory.KindContact, string(contact)); err != nil {
			return err
		}
		if !leave {
			continue
		}
		if err := e.leavesOff(string(contact)); err != nil {
			return err
		}
	}
	return nil
}

// leavesOff notes that a contact's account was switched off.
func (e *editor) leavesOff(id string) error {
	c, _, err := contacts.get(e.tx, []byte(id))
	if err != nil {
		return err
	}
	e.bore(directory.KindContact, id, promise.ContactFooting(c)) // where the edit did not touch it
	e.leaves(directory.KindContact, id)
	return nil
}

// checkContact: a contact has an account, and is the only one of its address
// there; one that is switched off, by itself or by its account, or has got another
// address or account, has no sessions, and what its address had pending ends.
func (e *editor) checkContact(id string) error {
	c, found, err := contacts.get(e.tx, []byte(id))
	if err != nil || !found {
		return err
	}
	a, found, err := accounts.get(e.tx, []byte(c.Account))
	if err != nil {
		return err
	}
	if !found {
		return promise.NoAccount(c)
	}
	if !c.Active || !a.Active || e.moved(directory.KindContact, id, c.Email) || e.resettled(c) {
		if err := e.endSessions(directory.KindContact, id); err != nil {
			return err
		}
	}
	if e.was[person{directory.KindContact, id}].Lost(promise.ContactFooting(c)) {
		e.leaves(directory.KindContact, id)
	}
	same, err := contacts.find(e.tx, contactsByAddress, part(c.Email.Key()))
	if err != nil {
		return err
	}
	for _, other := range same {
		if other.ID != c.ID && other.Account == c.Account {
			return promise.SameAccount(c, other.ID)
		}
	}
	return nil
}

// checkMember: a member is the only one of its address; one that is switched
// off, or has got another address, has no sessions, and nobody has any on a platform
// that they do not open; what the address had pending ends with them.
func (e *editor) checkMember(id string) error {
	m, found, err := members.get(e.tx, []byte(id))
	if err != nil || !found {
		return err
	}
	if !m.Active || e.moved(directory.KindMember, id, m.Email) {
		if err := e.endSessions(directory.KindMember, id); err != nil {
			return err
		}
	}
	if e.was[person{directory.KindMember, id}].Lost(promise.MemberFooting(m)) {
		e.leaves(directory.KindMember, id)
	}
	out, err := shutOut(e.tx, m)
	if err != nil {
		return err
	}
	if err := e.endEach(out); err != nil {
		return err
	}
	for _, other := range keys(e.tx, membersByAddress, part(m.Email.Key())) {
		if string(other) != m.ID {
			return promise.SameAddress(m, string(other))
		}
	}
	return nil
}

// CreateContact implements directory.Store.
func (s *Store) CreateContact(ctx context.Context, c directory.Contact) error {
	return s.share(ctx, func(tx *bbolt.Tx) error {
		s.tell(store.Change{Contacts: []string{c.ID}})
		return createContact(tx, c)
	})
}

func createContact(tx *bbolt.Tx, c directory.Contact) error {
	borne, err := people(tx, c.Email.Key())
	if err != nil {
		return err
	}
	if borne.Known() {
		return fmt.Errorf("creating contact for %s: %w", c.Email, directory.ErrExists)
	}
	if _, taken, err := contacts.get(tx, []byte(c.ID)); err != nil {
		return err
	} else if taken {
		return promise.Taken("contact", c.ID)
	}
	e := newEditor(tx)
	if err := e.PutContact(c); err != nil {
		return err
	}
	return e.check()
}
