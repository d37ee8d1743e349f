package transfer

import (
	"github.com/frontdesk-gateway/frontdesk/internal/directory"
)

// planPrune plans the removal of what the file does not hold. Contacts made at
// sign-in are spared, and so the accounts that have any.
func (p *planner) planPrune() error {
	if !p.options.Prune {
		return nil
	}
	inUse := map[string]bool{}
	for c, err := range p.dir.Contacts(p.ctx) {
		if err != nil {
			return err
		}
		p.pruneContact(c, inUse)
	}
	for m, err := range p.dir.Members(p.ctx) {
		if err != nil {
			return err
		}
		if p.memberRows[m.ID] == nil {
			p.removedMembers = append(p.removedMembers, m.ID)
		}
	}
	if err := p.pruneAccounts(inUse); err != nil {
		return err
	}
	p.report.Accounts.Removed = len(p.removedAccounts)
	p.report.Contacts.Removed = len(p.removedContacts)
	p.report.Members.Removed = len(p.removedMembers)
	return nil
}

func (p *planner) pruneContact(c directory.Contact, inUse map[string]bool) {
	switch {
	case p.contactRows[c.ID] != nil || p.takenOver[c.ID]:
	case c.SelfRegistered:
		p.report.Spared++
		inUse[c.Account] = true
	default:
		p.removedContacts = append(p.removedContacts, c.ID)
	}
}

func (p *planner) pruneAccounts(inUse map[string]bool) error {
	for a, err := range p.dir.Accounts(p.ctx) {
		switch {
		case err != nil:
			return err
		case p.accountRows[a.ID] != nil:
		case inUse[a.ID]:
			p.report.KeptAccounts = append(p.report.KeptAccounts, a.ID)
		default:
			p.removedAccounts = append(p.removedAccounts, a.ID)
		}
	}
	return nil
}
