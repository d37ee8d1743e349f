package bolt

import (
	"errors"
	"maps"
	"slices"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/journey"
	"github.com/frontdesk-gateway/frontdesk/internal/session"
	"github.com/frontdesk-gateway/frontdesk/internal/store/promise"
)

// person names a contact or member.
type person struct {
	kind directory.Kind
	id   string
}

// bearers remembers, through an edit, who bore which address before it, and
// whose passwords it concerns.
type bearers struct {
	was     map[person]promise.Footing       // that of the contacts and members it touched; zero for a new one
	stood   map[string]promise.Footing       // that of the accounts it touched, by id
	owners  map[directory.PasswordOwner]bool // whether it set the password, too
	changed map[string]bool                  // addresses whose sessions end
	spared  *session.Key                     // a session that does not
	left    map[string]bool                  // addresses whose pending journeys end
	goesOn  string                           // a journey that does not
}

func newBearers() bearers {
	return bearers{was: map[person]promise.Footing{}, stood: map[string]promise.Footing{}, owners: map[directory.PasswordOwner]bool{}, changed: map[string]bool{}, left: map[string]bool{}}
}

// bore notes what a record was before it is first touched.
func (b *bearers) bore(kind directory.Kind, id string, was promise.Footing) {
	r, owner := person{kind, id}, directory.PasswordOwner{Address: was.Address, Kind: kind}
	if _, touched := b.was[r]; touched {
		return
	}
	b.was[r] = was
	if _, known := b.owners[owner]; !known && was.Address != "" {
		b.owners[owner] = false
	}
}

// stoodOn notes what an account was before it is first touched.
func (b *bearers) stoodOn(id string, was promise.Footing) {
	if _, touched := b.stood[id]; !touched {
		b.stood[id] = was
	}
}

// leaves notes that a record is not what it was, or is to be taken for another one.
func (b *bearers) leaves(kind directory.Kind, id string) {
	if was := b.was[person{kind, id}]; was.Address != "" {
		b.left[was.Address] = true
	}
}

// judge notes what an edit leaves of a record: who waits at the address that it has come
// to proved to be somebody before it came.
func (b *bearers) judge(kind directory.Kind, id string, now promise.Footing) {
	if b.was[person{kind, id}].Lost(now) {
		b.leaves(kind, id)
		b.left[now.Address] = true
	}
}

// made notes that a contact is made at sign-in, of whoever waits at its address.
func (b *bearers) made(c directory.Contact) {
	b.was[person{directory.KindContact, c.ID}] = promise.ContactFooting(c)
}

// renamed notes that a contact goes on under another id.
func (b *bearers) renamed(old string, c directory.Contact) {
	b.bore(directory.KindContact, old, promise.ContactFooting(c))
	b.was[person{directory.KindContact, c.ID}] = b.was[person{directory.KindContact, old}]
	b.was[person{directory.KindContact, old}] = promise.Footing{}
}

// resettled reports whether a contact is of another account than before the edit.
func (b *bearers) resettled(c directory.Contact) bool {
	was := b.was[person{directory.KindContact, c.ID}]
	return was.Address != "" && was.Account != c.Account
}

// moved reports whether a record bears another address than before the edit.
func (b *bearers) moved(kind directory.Kind, id string, address directory.Address) bool {
	was := b.was[person{kind, id}]
	return was.Address != "" && was.Address != address.Key()
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
		if set || !touched || was.Address == owner.Address {
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

// endLeft ends the pending journeys of the addresses that were left, or that records
// have come to.
func (e *editor) endLeft() error {
	for _, address := range slices.Sorted(maps.Keys(e.left)) {
		if err := endJourneys(e.tx, address, func(j journey.Journey) bool { return j.Pending() && j.ID != e.goesOn }); err != nil {
			return err
		}
	}
	return nil
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
