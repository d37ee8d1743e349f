package transfer

import (
	"cmp"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
)

func (c *contact) label() string { return label(kindContact, c.id, c.email, c.name) }

// sound reports whether the fields that say which contact it is can be used.
func (c *contact) sound() bool {
	return c.id.state != faulty && c.email.state != faulty && c.account.state != faulty
}

func (p *planner) planContacts() error {
	return eachRow(p, p.contactRows, kindContact, func(row *contact) error {
		if !row.sound() {
			return nil // told already
		}
		return p.planContact(row)
	})
}

func (p *planner) planContact(row *contact) error {
	before, exists, err := p.contactBefore(row)
	if err != nil {
		return err
	}
	after := row.onto(before)
	row.id.into(&after.ID)
	if before.SelfRegistered && before.ID != row.id.value {
		if err := p.takeOver(row, before.ID, &after); err != nil {
			return err
		}
	}
	if !p.contactComplete(row, after) {
		return nil
	}
	if row.id.state == absent {
		if err := p.nameContact(row, &after); err != nil {
			return err
		}
	}
	for _, check := range []func(*contact, directory.Contact, directory.Contact) error{p.checkAccount, p.claimPlace} {
		if err := check(row, before, after); err != nil {
			return err
		}
	}
	return p.keepContact(row, before, after, exists)
}

// contactBefore finds the record that a row is about: by id, or else, and for
// a contact made at sign-in also where the id is new, by address and account.
// A record that another row names by its id is that row's. Where there is
// none, exists is false and the contact a new one.
func (p *planner) contactBefore(row *contact) (c directory.Contact, exists bool, err error) {
	if row.id.state == given {
		if c, exists, err = find(p.dir.Contact, p.ctx, row.id.value); exists || err != nil {
			return c, exists, err
		}
	}
	if row.email.state == given && row.account.state == given {
		at := place{directory.Address(row.email.value).Key(), row.account.value}
		holder, found, err := p.holder(at, row.id.value)
		if err != nil || found && (row.id.state == absent || holder.SelfRegistered) {
			return holder, found, err
		}
	}
	created := p.options.Now().UTC()
	return directory.Contact{Active: true, Created: created}, false, nil
}

// holder returns the recorded contact at a place, if it is there to stay: it
// has another id and no row of its own, by which it might move away.
func (p *planner) holder(at place, except string) (directory.Contact, bool, error) {
	people, err := p.dir.People(p.ctx, at.key)
	if err != nil {
		return directory.Contact{}, false, err
	}
	for _, c := range people.Contacts {
		if c.Account != at.account || c.ID == except {
			continue
		}
		if listed, err := p.contactRows.has(c.ID); err != nil || !listed {
			return c, err == nil, err
		}
	}
	return directory.Contact{}, false, nil
}

// takeOver makes a contact that was made at sign-in the file's own. The row is
// found by the id from before the rename, too: whoever has it is spoken for.
func (p *planner) takeOver(row *contact, old string, after *directory.Contact) error {
	if row.selfRegistered.state != given {
		after.SelfRegistered = false
	}
	p.report.TakenOver++
	if row.id.state != given {
		return nil
	}
	_, err := p.renamed.Append(p.coder.encode(&rename{old, row.id.value}))
	return cmp.Or(err, p.contactRows.name(old, row.place))
}

// contactComplete checks what no contact can be without.
func (p *planner) contactComplete(row *contact, after directory.Contact) bool {
	if after.Email == "" {
		p.problems.add(row.line, row.label(), "email", "missing, and there is no such contact yet")
	}
	if after.Account == "" {
		p.problems.add(row.line, row.label(), "account", "missing, and there is no such contact yet")
	}
	return after.Email != "" && after.Account != ""
}

// nameContact gives the row the id of the record it is about, or a new one.
func (p *planner) nameContact(row *contact, after *directory.Contact) error {
	if after.ID == "" {
		id, err := newID(p, p.contactRows.has, p.dir.Contact)
		if err != nil {
			return err
		}
		after.ID = id
	}
	row.id = opt[string]{value: after.ID, state: given}
	return p.contactRows.name(after.ID, row.place)
}
