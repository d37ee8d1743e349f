package transfer

import (
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
	for i := range p.document.accounts {
		p.indexAccount(&p.document.accounts[i])
	}
	if err := p.nameAccounts(); err != nil {
		return err
	}
	for i := range p.document.accounts {
		if row := &p.document.accounts[i]; p.accountRows[row.id.value] == row {
			if err := p.planAccount(row); err != nil {
				return err
			}
		}
	}
	return p.ctx.Err()
}

func (p *planner) indexAccount(row *account) {
	if row.id.state != given {
		return
	}
	if first := p.accountRows[row.id.value]; first != nil {
		p.problems.add(int(row.id.line), row.label(), "id", "the account stands on line %d already", first.line)
		return
	}
	p.accountRows[row.id.value] = row
}

// nameAccounts gives ids to the accounts without one. Such an account is a
// new one; where its name is taken, it may be meant to be the one there.
func (p *planner) nameAccounts() error {
	var names map[string]string // to ids
	for i := range p.document.accounts {
		row := &p.document.accounts[i]
		if row.id.state != absent || row.name.state != given {
			continue
		}
		if names == nil {
			var err error
			if names, err = p.accountNames(); err != nil {
				return err
			}
		}
		if id, taken := names[row.name.value]; taken {
			p.problems.add(row.line, row.label(), "id", "missing, while account %s has the same name; write its id, or one of its own", quote(id))
			continue
		}
		id, err := newID(p, p.accountRows, p.dir.Account)
		if err != nil {
			return err
		}
		row.id = opt[string]{value: id, state: given}
		p.accountRows[id], names[row.name.value] = row, id
	}
	return nil
}

func (p *planner) accountNames() (map[string]string, error) {
	names := map[string]string{}
	for a, err := range p.dir.Accounts(p.ctx) {
		if err != nil {
			return nil, err
		}
		names[a.Name] = a.ID
	}
	for id, row := range p.accountRows {
		if row.name.state == given {
			names[row.name.value] = id
		}
	}
	return names, nil
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
	after := row.onto(before)
	changed := !sameAccount(before, after)
	p.report.Accounts.add(!exists, changed)
	if !exists || changed {
		p.plan.accounts = append(p.plan.accounts, after)
	}
	return nil
}
