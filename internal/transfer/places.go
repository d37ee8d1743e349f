package transfer

import (
	"cmp"
	"encoding/binary"
	"strings"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/spool"
)

// place is what at most one contact may have.
type place struct{ key, account string }

func placeOf(c directory.Contact) place { return place{c.Email.Key(), c.Account} }

func (p *place) code(c *coder) {
	c.text(&p.key)
	c.text(&p.account)
}

// lineOr is the field's line, or the row's where the field is absent.
func (o opt[T]) lineOr(row int) int {
	if o.line > 0 {
		return int(o.line)
	}
	return row
}

// standing is what is to become of an account.
type standing uint8

const (
	missing standing = iota
	inFile
	inStore // only
)

// maxStanding bounds how many accounts are remembered at once.
const maxStanding = 1 << 16

// standingOf looks an account up. Most contacts share theirs with others.
func (p *planner) standingOf(account string) (standing, error) {
	s, known := p.standing[account]
	if known {
		return s, nil
	}
	listed, err := p.accountRows.has(account)
	if err != nil {
		return missing, err
	}
	if s = inFile; !listed {
		_, exists, err := find(p.dir.Account, p.ctx, account)
		if err != nil {
			return missing, err
		}
		if s = inStore; !exists {
			s = missing
		}
	}
	if len(p.standing) == maxStanding {
		clear(p.standing)
	}
	p.standing[strings.Clone(account)] = s
	return s, nil
}

// checkAccount sees to it that the account of a contact is going to exist.
func (p *planner) checkAccount(row *contact, _, after directory.Contact) error {
	s, err := p.standingOf(after.Account)
	line := row.account.lineOr(row.line)
	switch {
	case err != nil:
		return err
	case s == missing:
		p.problems.add(line, row.label(), "account", "no account has the id %s", quote(after.Account))
	case s == inStore && p.options.Prune:
		p.problems.add(line, row.label(), "account", "account %s is not in the file, so prune would remove it", quote(after.Account))
	}
	return nil
}

// claim marks what only one row may have as a row's. Where another row has it
// already, that is returned.
func claim[R any, P rowOf[R]](taken *spool.Map, what []byte, row P, rows *roster[R, P]) (first P, err error) {
	value, found, err := taken.Get(what)
	if err != nil {
		return nil, err
	}
	if found {
		at, _ := binary.Varint(value)
		return rows.at(at)
	}
	return nil, taken.Add(what, binary.AppendVarint(nil, row.head().place))
}

// claimPlace sees to it that nobody else is going to have the address in the
// account. Records that the file moves or prunes are not in the way, nor is a contact
// made at sign-in by somebody whose record gets the address only now: it goes.
func (p *planner) claimPlace(row *contact, before, after directory.Contact) error {
	at, line := placeOf(after), row.email.lineOr(row.line)
	first, err := claim(p.places, p.coder.encode(&at), row, p.contactRows)
	if err != nil {
		return err
	}
	if first != nil {
		p.problems.add(line, row.label(), "email", "%s has the same address in the same account (line %d)", first.label(), first.line)
		return nil
	}
	if before.ID != "" && placeOf(before) == at {
		return nil
	}
	holder, found, err := p.holder(at, after.ID)
	switch {
	case err != nil || !found:
		return err
	case holder.SelfRegistered:
		p.report.TakenOver++
		return cmp.Or(remove(p.removedContacts, holder.ID), p.contactRows.name(holder.ID, row.place))
	case p.options.Prune:
		return nil
	}
	p.problems.add(line, row.label(), "email", "contact %s in the directory has the same address in the same account; to change it, write its id", quote(holder.ID))
	return nil
}

// keepContact plans what is to be written of a contact.
func (p *planner) keepContact(row *contact, before, after directory.Contact, exists bool) error {
	owner := directory.PasswordOwner{Address: after.Email.Key(), Kind: directory.KindContact}
	newHash, err := p.setPassword(owner, before.Email, row.hash, row)
	if err != nil {
		return err
	}
	changed, err := p.contacts.keep((*plannedContact)(&before), (*plannedContact)(&after), exists)
	p.report.Contacts.add(!exists, changed || newHash)
	return err
}
