package memory

import (
	"context"
	"maps"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/journey"
	"github.com/frontdesk-gateway/frontdesk/internal/session"
	"github.com/frontdesk-gateway/frontdesk/internal/store"
)

func (in reader) Password(ctx context.Context, owner directory.PasswordOwner) (p directory.Password, err error) {
	err = in(ctx, func(d *data) error {
		var ok bool
		if p, ok = d.passwords[owner]; !ok {
			return missing("password of "+string(owner.Kind), owner.Address)
		}
		return nil
	})
	return p, err
}

// passwordsOf tells of the passwords of an address.
func (d *data) passwordsOf(address string) map[directory.Kind]directory.PasswordState {
	out := map[directory.Kind]directory.PasswordState{}
	for owner, p := range d.passwords {
		if owner.Address == address {
			out[owner.Kind] = p.PasswordState
		}
	}
	return out
}

// SetPassword implements directory.Store.
func (s *Store) SetPassword(ctx context.Context, owner directory.PasswordOwner, p directory.Password) error {
	return s.Edit(ctx, func(e directory.Editor) error { return e.SetPassword(owner, p) })
}

func (e *editor) SetPassword(owner directory.PasswordOwner, p directory.Password) error {
	p.Changed = utc(p.Changed)
	if !p.Changed.Equal(e.data.passwords[owner].Changed) {
		e.moved[owner.Address] = true
	}
	e.set[owner] = true
	if p.Hash == "" {
		delete(e.data.passwords, owner)
	} else {
		e.data.passwords[owner] = p
	}
	return nil
}

// UpdatePassword implements journey.Store.
func (s *Store) UpdatePassword(ctx context.Context, id string, owner directory.PasswordOwner, change journey.PasswordChange) (j journey.Journey, err error) {
	err = s.write(ctx, func(d *data, changed *store.Change) error {
		old, found := d.journeys[id]
		if !found {
			return journey.ErrNotFound
		}
		next, p, err := change(copyJourney(old), d.passwords[owner])
		if err != nil {
			return err
		}
		next.ID = id
		d.journeys[id] = copyJourney(next)
		j = copyJourney(next)
		e := newEditor(d, changed)
		e.spared = copyOf(old.From)
		if err := e.SetPassword(owner, p); err != nil {
			return err
		}
		e.checkPasswords()
		return nil
	})
	return j, err
}

// bearers is what an edit remembers for the promises about passwords.
type bearers struct {
	before map[directory.Kind]map[string]string // Address.Key by id, before the edit
	of     map[string]string                    // accounts of the contacts by id, before the edit
	set    map[directory.PasswordOwner]bool     // passwords that it set
	moved  map[string]bool                      // addresses whose sessions end
	spared *session.Key                         // a session that does not
}

func newBearers(d *data) bearers {
	return bearers{before: d.bearers(), of: d.accountsOf(), set: map[directory.PasswordOwner]bool{}, moved: map[string]bool{}}
}

// bearers are the addresses of all records, by kind and id.
func (d *data) bearers() map[directory.Kind]map[string]string {
	out := map[directory.Kind]map[string]string{directory.KindContact: {}, directory.KindMember: {}}
	for id, c := range d.contacts {
		out[directory.KindContact][id] = c.Email.Key()
	}
	for id, m := range d.members {
		out[directory.KindMember][id] = m.Email.Key()
	}
	return out
}

// accountsOf are the accounts of all contacts, by id.
func (d *data) accountsOf() map[string]string {
	out := map[string]string{}
	for id, c := range d.contacts {
		out[id] = c.Account
	}
	return out
}

// renamed notes that a contact goes on under another id.
func (b *bearers) renamed(old, id string) {
	contacts := b.before[directory.KindContact]
	contacts[id] = contacts[old]
	delete(contacts, old)
	b.of[id] = b.of[old]
	delete(b.of, old)
}

// resettled reports whether a contact is of another account than before the edit.
func (b *bearers) resettled(c directory.Contact) bool {
	was, found := b.of[c.ID]
	return found && was != c.Account
}

// movedTo reports whether a record bears another address than before the edit.
func (b *bearers) movedTo(kind directory.Kind, id string, address directory.Address) bool {
	was, found := b.before[kind][id]
	return found && was != address.Key()
}

// checkPasswords keeps the promises about passwords.
func (e *editor) checkPasswords() {
	after := e.data.bearers()
	for owner := range maps.Clone(e.data.passwords) {
		if !e.stays(owner, after[owner.Kind]) {
			delete(e.data.passwords, owner)
		}
	}
	for kind, bearers := range after {
		for id, address := range bearers {
			if e.moved[address] {
				e.endSessions(kind, id)
			}
		}
	}
}

// stays reports whether somebody bears the address who did before, or anybody
// where the password was set in this edit.
func (e *editor) stays(owner directory.PasswordOwner, after map[string]string) bool {
	for id, address := range after {
		if address == owner.Address && (e.set[owner] || e.before[owner.Kind][id] == address) {
			return true
		}
	}
	return false
}
