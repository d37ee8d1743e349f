package transfer

import (
	"github.com/frontdesk-gateway/frontdesk/internal/directory"
)

// lineOr is the field's line, or the row's where the field is absent.
func (o opt[T]) lineOr(row int) int {
	if o.line > 0 {
		return int(o.line)
	}
	return row
}

// checkAccount sees to it that the account of a contact is going to exist.
func (p *planner) checkAccount(row *contact, _, after directory.Contact) error {
	if p.accountRows[after.Account] != nil {
		return nil
	}
	exists, known := p.standing[after.Account]
	if !known {
		var err error
		if _, exists, err = find(p.dir.Account, p.ctx, after.Account); err != nil {
			return err
		}
		p.standing[after.Account] = exists
	}
	line := row.account.lineOr(row.line)
	switch {
	case !exists:
		p.problems.add(line, row.label(), "account", "no account has the id %s", quote(after.Account))
	case p.options.Prune:
		p.problems.add(line, row.label(), "account", "account %s is not in the file, so prune would remove it", quote(after.Account))
	}
	return nil
}

// claimPlace sees to it that nobody else is going to have the address in the
// account. Records that the file moves or prunes are not in the way.
func (p *planner) claimPlace(row *contact, before, after directory.Contact) error {
	at, line := placeOf(after), row.email.lineOr(row.line)
	if first := p.places[at]; first != nil {
		p.problems.add(line, row.label(), "email", "%s has the same address in the same account (line %d)", first.label(), first.line)
		return nil
	}
	p.places[at] = row
	if before.ID != "" && placeOf(before) == at {
		return nil
	}
	holder, found, err := p.holder(at, after.ID)
	if err != nil || !found || p.options.Prune && !holder.SelfRegistered {
		return err
	}
	p.problems.add(line, row.label(), "email", "contact %s in the directory has the same address in the same account; to change it, write its id", quote(holder.ID))
	return nil
}

// keepContact plans what is to be written of a contact.
func (p *planner) keepContact(row *contact, before, after directory.Contact, exists bool) error {
	owner := directory.PasswordOwner{Address: after.Email.Key(), Kind: directory.KindContact}
	newHash, err := p.setPassword(owner, row.hash, row.label())
	if err != nil {
		return err
	}
	changed := !sameContact(before, after)
	p.report.Contacts.add(!exists, changed || newHash)
	if !exists || changed {
		p.plan.contacts = append(p.plan.contacts, after)
	}
	return nil
}
