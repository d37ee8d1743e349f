package transfer

import (
	"github.com/frontdesk-gateway/frontdesk/internal/directory"
)

func (m *member) label() string { return label(kindMember, m.id, m.email, m.name) }

func (p *planner) planMembers() error {
	for i := range p.document.members {
		p.indexMember(&p.document.members[i])
	}
	for i := range p.document.members {
		row := &p.document.members[i]
		if err := p.ctx.Err(); err != nil {
			return err
		}
		if row.id.state == faulty || row.email.state == faulty ||
			row.id.state == given && p.memberRows[row.id.value] != row {
			continue // told already
		}
		if err := p.planMember(row); err != nil {
			return err
		}
	}
	return nil
}

func (p *planner) indexMember(row *member) {
	if row.id.state != given {
		return
	}
	if first := p.memberRows[row.id.value]; first != nil {
		p.problems.add(int(row.id.line), row.label(), "id", "the member stands on line %d already", first.line)
		return
	}
	p.memberRows[row.id.value] = row
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
	return m, m.ID != except && p.memberRows[m.ID] == nil, nil
}

func (p *planner) nameMember(row *member, after *directory.Member) error {
	if after.ID == "" {
		id, err := newID(p, p.memberRows, p.dir.Member)
		if err != nil {
			return err
		}
		after.ID = id
	}
	row.id = opt[string]{value: after.ID, state: given}
	p.memberRows[after.ID] = row
	return nil
}

// claimAddress sees to it that no other member is going to have the address.
func (p *planner) claimAddress(row *member, before, after directory.Member) error {
	key, line := after.Email.Key(), row.email.lineOr(row.line)
	if first := p.addresses[key]; first != nil {
		p.problems.add(line, row.label(), "email", "%s has the same address (line %d)", first.label(), first.line)
		return nil
	}
	p.addresses[key] = row
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
	newHash, err := p.setPassword(owner, row.hash, row.label())
	if err != nil {
		return err
	}
	changed := !sameMember(before, after)
	p.report.Members.add(!exists, changed || newHash)
	if !exists || changed {
		p.plan.members = append(p.plan.members, after)
	}
	return nil
}
