package transfer

import (
	"cmp"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
)

func (a *account) label() string { return label(kindAccount, a.id, a.name) }

// label names a row in messages by the first of its fields that the file gives;
// an id that was made for it has no line.
func label(kind string, fields ...opt[string]) string {
	for _, f := range fields {
		if f.value != "" && f.line > 0 {
			return kind + " " + quote(f.value)
		}
	}
	return kind
}

func (p *planner) planAccounts() error {
	return eachRow(p, p.accountRows, kindAccount, func(row *account) error {
		switch {
		case row.id.state == given:
			return p.planAccount(row)
		case row.id.state == absent && row.name.state == absent:
			p.problems.add(row.line, row.label(), "name", "missing, as the id is")
		case row.id.state == absent && row.name.state == given:
			return p.planNew(row)
		}
		return nil // told already
	})
}

// planNew plans an account without an id. It is a new one; where its name is
// taken, it may be meant to be the one there.
func (p *planner) planNew(row *account) error {
	if p.names == nil {
		if err := p.collectNames(); err != nil {
			return err
		}
	}
	namesake, taken, err := p.names.Get([]byte(row.name.value))
	if err != nil {
		return err
	}
	if taken {
		p.problems.add(row.line, row.label(), "id", "missing, while account %s has the same name; write its id, or one of its own", quote(string(namesake)))
		return nil
	}
	id, err := newID(p, p.accountRows.has, p.dir.Account)
	if err != nil {
		return err
	}
	row.id = opt[string]{value: id, state: given}
	if err := cmp.Or(p.accountRows.name(id, row.place), p.names.Add([]byte(row.name.value), []byte(id))); err != nil {
		return err
	}
	return p.planAccount(row)
}

// collectNames learns what the accounts are called, in the file and else in the
// directory.
func (p *planner) collectNames() error {
	p.names = p.area.NewMap(p.accountRows.len())
	for row, err := range p.accountRows.all() {
		if err != nil {
			return err
		}
		if row.id.state == given && row.first == 0 && row.name.state == given {
			if err := p.learnName(row.name.value, row.id.value); err != nil {
				return err
			}
		}
	}
	for a, err := range p.dir.Accounts(p.ctx) {
		if err != nil {
			return err
		}
		if err := p.learnName(a.Name, a.ID); err != nil {
			return err
		}
	}
	return nil
}

func (p *planner) learnName(name, id string) error {
	_, known, err := p.names.Get([]byte(name))
	if err != nil || known {
		return err
	}
	return p.names.Add([]byte(name), []byte(id))
}

func (p *planner) planAccount(row *account) error {
	before, exists, err := find(p.dir.Account, p.ctx, row.id.value)
	if err != nil {
		return err
	}
	if !exists {
		before = directory.Account{ID: row.id.value, Active: true}
		if row.name.state == absent {
			p.problems.add(row.line, row.label(), "name", "missing, and there is no such account yet")
		}
	}
	after := row.onto(before, p.options.Now())
	changed, err := p.accounts.keep((*plannedAccount)(&before), (*plannedAccount)(&after), exists)
	p.report.Accounts.add(!exists, changed)
	return err
}
