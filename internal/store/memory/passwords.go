package memory

import (
	"context"
	"maps"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/journey"
	"github.com/frontdesk-gateway/frontdesk/internal/session"
	"github.com/frontdesk-gateway/frontdesk/internal/store"
	"github.com/frontdesk-gateway/frontdesk/internal/store/promise"
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
		e.moved[owner.Address], e.left[owner.Address] = true, true
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
		if err == nil && !d.fromLives(old) {
			err = journey.ErrNotFound
		}
		if err != nil {
			return err
		}
		next.ID = id
		d.journeys[id] = copyJourney(next)
		j = copyJourney(next)
		e := newEditor(d, changed)
		e.spared, e.goesOn = copyOf(old.From), id
		if err := e.SetPassword(owner, p); err != nil {
			return err
		}
		e.checkPasswords()
		e.endLeft()
		return nil
	})
	return j, err
}

// bearers is what an edit remembers for the promises about passwords, sessions and
// journeys.
type bearers struct {
	before footings
	stood  map[string]promise.Footing       // those of the accounts before the edit
	set    map[directory.PasswordOwner]bool // passwords that it set
	moved  map[string]bool                  // addresses whose sessions end
	spared *session.Key                     // a session that does not
	left   map[string]bool                  // addresses whose pending journeys end
	goesOn string                           // a journey that does not
}

func newBearers(d *data) bearers {
	stood := map[string]promise.Footing{}
	for id, a := range d.accounts {
		stood[id] = promise.AccountFooting(a)
	}
	return bearers{before: d.footings(), stood: stood, set: map[directory.PasswordOwner]bool{}, moved: map[string]bool{}, left: map[string]bool{}}
}

// footings are those of all contacts and members, by kind and id.
type footings map[directory.Kind]map[string]promise.Footing

func (d *data) footings() footings {
	out := footings{directory.KindContact: {}, directory.KindMember: {}}
	for id, c := range d.contacts {
		out[directory.KindContact][id] = promise.ContactFooting(c)
	}
	for id, m := range d.members {
		out[directory.KindMember][id] = promise.MemberFooting(m)
	}
	return out
}

// renamed notes that a contact goes on under another id.
func (b *bearers) renamed(old, id string) {
	contacts := b.before[directory.KindContact]
	contacts[id] = contacts[old]
	delete(contacts, old)
}

// resettled reports whether a contact is of another account than before the edit.
func (b *bearers) resettled(c directory.Contact) bool {
	was := b.before[directory.KindContact][c.ID]
	return was.Address != "" && was.Account != c.Account
}

// movedTo reports whether a record bears another address than before the edit.
func (b *bearers) movedTo(kind directory.Kind, id string, address directory.Address) bool {
	was := b.before[kind][id]
	return was.Address != "" && was.Address != address.Key()
}

// leaves notes that a record is not what it was, or is to be taken for another one.
func (b *bearers) leaves(kind directory.Kind, id string) {
	if was := b.before[kind][id]; was.Address != "" {
		b.left[was.Address] = true
	}
}

// endLeft ends the pending journeys of the addresses that were left, or that records
// have come to.
func (e *editor) endLeft() {
	for kind, after := range e.data.footings() {
		for id, now := range after {
			if e.before[kind][id].Lost(now) || e.stood[now.Account].Lost(promise.AccountFooting(e.data.accounts[now.Account])) {
				e.leaves(kind, id)
				e.left[now.Address] = true // whoever waits there proved to be somebody before it came
			}
		}
	}
	for address := range e.left {
		e.data.endJourneys(address, func(j journey.Journey) bool { return j.Pending() && j.ID != e.goesOn })
	}
}

// checkPasswords keeps the promises about passwords.
func (e *editor) checkPasswords() {
	after := e.data.footings()
	for owner := range maps.Clone(e.data.passwords) {
		if !e.stays(owner, after[owner.Kind]) {
			delete(e.data.passwords, owner)
		}
	}
	for kind, bearers := range after {
		for id, now := range bearers {
			if e.moved[now.Address] {
				e.endSessions(kind, id)
			}
		}
	}
}

// stays reports whether somebody bears the address who did before, or anybody
// where the password was set in this edit.
func (e *editor) stays(owner directory.PasswordOwner, after map[string]promise.Footing) bool {
	for id, now := range after {
		if now.Address == owner.Address && (e.set[owner] || e.before[owner.Kind][id].Address == now.Address) {
			return true
		}
	}
	return false
}
