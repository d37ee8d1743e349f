package bolt

import (
	"errors"
	"maps"
	"slices"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/session"
)

// person names a contact or member.
type person struct {
	kind directory.Kind
	id   string
}

// bearers remembers, through an edit, who bore which address before it, and
// whose passwords it concerns.
type bearers struct {
	was     map[person]string                // Address.Key of the records it touched; empty for a new one
	of      map[string]string                // accounts of the contacts it touched, by id; empty for a new one
	owners  map[directory.PasswordOwner]bool // whether it set the password, too
	changed map[string]bool                  // addresses whose sessions end
	spared  *session.Key                     // a session that does not
}

func newBearers() bearers {
	return bearers{was: map[person]string{}, of: map[string]string{}, owners: map[directory.PasswordOwner]bool{}, changed: map[string]bool{}}
}

// bore notes the address of a record before it is first touched.
func (b *bearers) bore(kind directory.Kind, id string, address directory.Address) {
	r, owner := person{kind, id}, directory.PasswordOwner{Address: address.Key(), Kind: kind}
	if _, touched := b.was[r]; touched {
		return
	}
	b.was[r] = owner.Address
	if _, known := b.owners[owner]; !known && address != "" {
		b.owners[owner] = false
	}
}

// wasOf notes the account of a contact before it is first touched.
func (b *bearers) wasOf(id, account string) {
	if _, touched := b.of[id]; !touched {
		b.of[id] = account
	}
}

// renamed notes that a contact goes on under another id.
func (b *bearers) renamed(old string, c directory.Contact) {
	b.bore(directory.KindContact, old, c.Email)
	b.wasOf(old, c.Account)
	b.was[person{directory.KindContact, c.ID}] = b.was[person{directory.KindContact, old}]
	b.was[person{directory.KindContact, old}] = ""
	b.of[c.ID], b.of[old] = b.of[old], ""
}

// resettled reports whether a contact is of another account than before the edit.
func (b *bearers) resettled(c directory.Contact) bool {
	was := b.of[c.ID]
	return was != "" && was != c.Account
}

// moved reports whether a record bears another address than before the edit.
func (b *bearers) moved(kind directory.Kind, id string, address directory.Address) bool {
	was := b.was[person{kind, id}]
	return was != "" && was != address.Key()
}

// checkPasswords keeps the promises about passwords.
func (e *editor) checkPasswords() error {
	for owner, set := range e.owners {
		if e.stays(owner, set) {
			continue
		}
		if _, _, err := passwords.delete(e.tx, passwordKey(owner)); err != nil {
			return err
		}
	}
	for _, address := range slices.Sorted(maps.Keys(e.changed)) {
		if err := e.endSessionsAt(address); err != nil {
			return err
		}
	}
	return nil
}

// stays reports whether somebody bears the address who did before, or anybody
// where the password was set in this edit.
func (e *editor) stays(owner directory.PasswordOwner, set bool) bool {
	for _, id := range keys(e.tx, addressIndex(owner.Kind), part(owner.Address)) {
		was, touched := e.was[person{owner.Kind, string(id)}]
		if set || !touched || was == owner.Address {
			return true
		}
	}
	return false
}

func addressIndex(kind directory.Kind) string {
	if kind == directory.KindMember {
		return membersByAddress
	}
	return contactsByAddress
}

// endSessionsAt ends the sessions of all entities of an address.
func (e *editor) endSessionsAt(address string) error {
	var errs []error
	for _, kind := range []directory.Kind{directory.KindContact, directory.KindMember} {
		for _, id := range keys(e.tx, addressIndex(kind), part(address)) {
			errs = append(errs, e.endSessions(kind, string(id)))
		}
	}
	return errors.Join(errs...)
}
