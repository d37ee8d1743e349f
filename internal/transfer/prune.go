package transfer

import (
	"iter"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/spool"
)

// planPrune plans the removal of what the file does not hold. Contacts made at
// sign-in are spared, and so the accounts that have any.
func (p *planner) planPrune() error {
	if !p.options.Prune {
		return nil
	}
	inUse := p.area.NewMap(0)
	for _, step := range []func(*spool.Map) error{p.pruneContacts, p.pruneMembers, p.pruneAccounts} {
		if err := step(inUse); err != nil {
			return err
		}
	}
	return nil
}

// countRemoved reports what goes.
func (p *planner) countRemoved() error {
	p.report.Accounts.Removed = p.removedAccounts.Len()
	p.report.Contacts.Removed = p.removedContacts.Len()
	p.report.Members.Removed = p.removedMembers.Len()
	return nil
}

// pruneContacts notes the accounts of those that it spares.
func (p *planner) pruneContacts(inUse *spool.Map) error {
	return eachUnlisted(p.dir.Contacts(p.ctx), func(c directory.Contact) (bool, error) { return p.contactRows.has(c.ID) },
		func(c directory.Contact) error {
			if !c.SelfRegistered {
				return remove(p.removedContacts, c.ID)
			}
			p.report.Spared++
			_, known, err := inUse.Get([]byte(c.Account))
			if err != nil || known {
				return err
			}
			return inUse.Add([]byte(c.Account), nil)
		})
}

func (p *planner) pruneMembers(*spool.Map) error {
	return eachUnlisted(p.dir.Members(p.ctx), func(m directory.Member) (bool, error) { return p.memberRows.has(m.ID) },
		func(m directory.Member) error { return remove(p.removedMembers, m.ID) })
}

func (p *planner) pruneAccounts(inUse *spool.Map) error {
	return eachUnlisted(p.dir.Accounts(p.ctx), func(a directory.Account) (bool, error) { return p.accountRows.has(a.ID) },
		func(a directory.Account) error {
			_, used, err := inUse.Get([]byte(a.ID))
			switch {
			case err != nil:
				return err
			case used:
				p.report.keptAccount(a.ID)
				return nil
			}
			return remove(p.removedAccounts, a.ID)
		})
}

// eachUnlisted calls do for the records that the file does not list.
func eachUnlisted[T any](records iter.Seq2[T, error], listed func(T) (bool, error), do func(T) error) error {
	for record, err := range records {
		if err != nil {
			return err
		}
		if listed, err := listed(record); err != nil {
			return err
		} else if listed {
			continue
		}
		if err := do(record); err != nil {
			return err
		}
	}
	return nil
}

func remove(from *spool.Log, id string) error {
	_, err := from.Append([]byte(id))
	return err
}
