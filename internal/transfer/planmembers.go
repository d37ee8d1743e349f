package transfer

import (
	"github.com/frontdesk-gateway/frontdesk/internal/directory"
)

func (m *member) label() string { return label(kindMember, m.id, m.email, m.name) }

func (p *planner) planMembers() error {
	return eachRow(p, p.memberRows, kindMember, func(row *member) error {
		if row.id.state == faulty || row.email.state == faulty {
			return nil // told already
		}
		return p.planMember(row)
	})
}

func (p *planner) planMember(row *member) error {
	before, exists, err := p.memberBefore(row)
	if err != nil {
		return err
	}
	after := row.onto(before)
	row.id.into(&after.ID)
	if after.Email == "" {
		p.problems.add(row.line, row.label(), "email", "missing, and there is no such member yet")
		return nil
	}
	if row.id.state == absent {
		if err := p.nameMember(row, &after); err != nil {
			return err
		}
	}
	if err := p.claimAddress(row, before, after); err != nil {
		return err
	}
	return p.keepMember(row, before, after, exists)
}

// memberBefore finds the record that a row is about, by id or, where the row
// has none, by address. A record that another row names by its id is that
// row's.
func (p *planner) memberBefore(row *member) (m directory.Member, exists bool, err error) {
	switch {
	case row.id.state == given:
		m, exists, err = find(p.dir.Member, p.ctx, row.id.value)
	case row.email.state == given:
		m, exists, err = p.bearer(directory.Address(row.email.value).Key(), "")
	}
	if err != nil || exists {
		return m, exists, err
	}
	return directory.Member{Active: true}, false, nil
}

// bearer returns the recorded member of an address, if it is there to stay:
// it has another id and no row of its own.
func (p *planner) bearer(key, except string) (directory.Member, bool, error) {
	people, err := p.dir.People(p.ctx, key)
	if err != nil || people.Member == nil {
		return directory.Member{}, false, err
	}
	m := *people.Member
	listed, err := p.memberRows.has(m.ID)
	return m, err == nil && m.ID != except && !listed, err
}

func (p *planner) nameMember(row *member, after *directory.Member) error {
	if after.ID == "" {
		id, err := newID(p, p.memberRows.has, p.dir.Member)
		if err != nil {
			return err
		}
		after.ID = id
	}
	row.id = opt[string]{value: after.ID, state: given}
	return p.memberRows.name(after.ID, row.place)
}

// claimAddress sees to it that no other member is going to have the address.
func (p *planner) claimAddress(row *member, before, after directory.Member) error {
	key, line := after.Email.Key(), row.email.lineOr(row.line)
	first, err := claim(p.addresses, []byte(key), row, p.memberRows)
	if err != nil {
		return err
	}
	if first != nil {
		p.problems.add(line, row.label(), "email", "%s has the same address (line %d)", first.label(), first.line)
		return nil
	}
	if before.Email.Key() == key || p.options.Prune {
		return nil
	}
	other, found, err := p.bearer(key, after.ID)
	if found {
		p.problems.add(line, row.label(), "email", "member %s in the directory has the same address; to change it, write its id", quote(other.ID))
	}
	return err
}

func (p *planner) keepMember(row *member, before, after directory.Member, exists bool) error {
	owner := directory.PasswordOwner{Address: after.Email.Key(), Kind: directory.KindMember}
	newHash, err := p.setPassword(owner, before.Email, row.hash, row)
	if err != nil {
		return err
	}
	changed, err := p.members.keep((*plannedMember)(&before), (*plannedMember)(&after), exists)
	p.report.Members.add(!exists, changed || newHash)
	return err
}
