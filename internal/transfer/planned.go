package transfer

import (
	"bytes"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/spool"
)

// The directory's records as they are kept aside until they are written.
type (
	plannedAccount directory.Account
	plannedContact directory.Contact
	plannedMember  directory.Member
)

func (a *plannedAccount) code(c *coder) {
	c.text(&a.ID)
	c.text(&a.Name)
	codeTexts(c, &a.Domains)
	codeTexts(c, &a.Methods)
	codeList(c, (*[]directory.Listing)(&a.Tenants), func(c *coder, l *directory.Listing) {
		c.text(&l.Tenant)
		c.time(&l.Since)
	})
	codeText(c, &a.ContactCreation)
	c.flag(&a.Active)
}

func (r *plannedContact) code(c *coder) {
	codeText(c, &r.Email)
	for _, s := range []*string{&r.ID, &r.Name, &r.GivenName, &r.FamilyName, &r.Phone, &r.JobTitle, &r.Account} {
		c.text(s)
	}
	codeTexts(c, &r.Groups)
	for _, b := range []*bool{&r.Primary, &r.Active, &r.SelfRegistered} {
		c.flag(b)
	}
	c.time(&r.Created)
	codeLinks(c, &r.Links)
}

func (m *plannedMember) code(c *coder) {
	codeText(c, &m.Email)
	c.text(&m.ID)
	c.text(&m.Name)
	codeTexts(c, &m.Platforms)
	codeTexts(c, &m.Groups)
	c.flag(&m.Active)
	codeLinks(c, &m.Links)
}

func codeLinks(c *coder, links *directory.Links) {
	codeList(c, (*[]directory.Link)(links), func(c *coder, l *directory.Link) {
		for _, s := range []*string{&l.Provider, &l.Identity.Issuer, &l.Identity.Subject, &l.Address} {
			c.text(s)
		}
		c.flag(&l.Vouched)
		c.flag(&l.Mailed)
		c.time(&l.Since)
	})
}

// keeper plans the records of one kind.
type keeper struct {
	planned       *spool.Log
	before, after coder
}

// keep plans to write a record, unless it exists as it is. It returns whether
// there is anything to write. No list and an empty one are the same.
func (k *keeper) keep(before, after coded, exists bool) (changed bool, err error) {
	was, is := k.before.encode(before), k.after.encode(after)
	if changed = !bytes.Equal(was, is); changed || !exists {
		_, err = k.planned.Append(is)
	}
	return changed, err
}

// plannedPassword is what a file gives as an address's password, and what comes
// of it.
type plannedPassword struct {
	line     int32
	given    string
	isNew    bool // it is not what is set
	gets     bool // the row gets the address
	password directory.Password
}

func (p *plannedPassword) code(c *coder) {
	line := int64(p.line)
	c.number(&line)
	p.line = int32(line) // #nosec G115 -- it was one
	c.text(&p.given)
	c.flag(&p.isNew)
	c.flag(&p.gets)
	c.text(&p.password.Hash)
	c.time(&p.password.Changed)
	c.flag(&p.password.MustChange)
	c.flag(&p.password.Mailed)
	imported := string(p.password.Imported[:])
	c.text(&imported)
	copy(p.password.Imported[:], imported)
}

// rename is a contact that goes on under another id.
type rename struct{ old, id string }

func (r *rename) code(c *coder) {
	c.text(&r.old)
	c.text(&r.id)
}

func ownerKey(o directory.PasswordOwner) []byte { return []byte(string(o.Kind) + " " + o.Address) }

func ownerOf(key []byte) directory.PasswordOwner {
	kind, address, _ := bytes.Cut(key, []byte{' '})
	return directory.PasswordOwner{Address: string(address), Kind: directory.Kind(kind)}
}
