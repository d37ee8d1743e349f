package bolt

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"go.etcd.io/bbolt"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/session"
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

// checkAccount: an account that is gone has no contacts. Where one is switched off, or
// lists a tenant no more, the sessions of its contacts that rest on that end, and what is
// pending at their addresses; that also where it is switched on.
func (e *editor) checkAccount(id string) error {
	a, found, err := accounts.get(e.tx, []byte(id))
	if err != nil {
		return err
	}
	was, now := e.stood[id], promise.AccountFooting(a)
	if found && !was.Lost(now) {
		return nil
	}
	waits, ends := !empty(e.tx, journeysByAddress), was.Unlisted(now)
	if was.SwitchedOff(now) {
		ends = func(session.Session) bool { return true }
	}
	for _, contact := range keys(e.tx, contactsByAccount, part(id)) {
		if !found {
			return promise.InUse(id, string(contact))
		}
		if ends != nil {
			if err := e.endSessionsWhere(directory.KindContact, string(contact), ends); err != nil {
				return err
			}
		}
		if waits {
			if err := e.leavesWithAccount(contact); err != nil {
				return err
			}
		}
	}
	return nil
}

// leavesWithAccount notes that a contact's account is not what it was.
func (e *editor) leavesWithAccount(id []byte) error {
	c, _, err := contacts.get(e.tx, id)
	if err != nil {
		return err
	}
	e.bore(directory.KindContact, c.ID, promise.ContactFooting(c)) // where the edit did not touch it
	e.leaves(directory.KindContact, c.ID)
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
	e.judge(directory.KindContact, id, promise.ContactFooting(c))
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
	e.judge(directory.KindMember, id, promise.MemberFooting(m))
	if err := e.endSessionsWhere(directory.KindMember, id, shutOut(m)); err != nil {
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
	e.made(c)
	return e.check()
}
