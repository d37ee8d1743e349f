package directory

import (
	"context"
	"slices"
	"time"
)

// Identity names a person at an OpenID provider for good: no other one ever
// gets the same two values (OpenID Connect Core, 2 and 5.7). For Entra the
// issuer holds the tenant and Subject is oid.
type Identity struct {
	Issuer  string
	Subject string
}

// Link binds an entity to an identity: whoever signs in as it is the entity,
// whatever address the provider names then, and nobody else at that provider
// is.
type Link struct {
	Provider string // name of the sign-in method
	Identity Identity
	// Address is the key of the address that the record had. A record that gets
	// another address may have got another person: the link goes then.
	Address string
	// Vouched says that the address was proved when the link was made. Without
	// that it rests on the tenant's being listed, and holds only while it is.
	Vouched bool
	// Mailed says that an emailed token alone proved it: the link opens what admits
	// those, and nothing else.
	Mailed bool
	Since  time.Time
}

// Links are those of one record.
type Links []Link

// At returns the link at a provider that holds for the record's address.
func (ls Links) At(provider string, address Address) (Link, bool) {
	i := slices.IndexFunc(ls, func(l Link) bool { return l.Provider == provider && l.Address == address.Key() })
	if i < 0 {
		return Link{}, false
	}
	return ls[i], true
}

// Of returns the links that were made for an address.
func (ls Links) Of(address Address) Links {
	return filter(ls, func(l Link) bool { return l.Address == address.Key() })
}

// With returns the links with one in place of what stood at its provider.
func (ls Links) With(l Link) Links { return append(ls.Without(l.Provider), l) }

// Without returns the links but for those at a provider; all are left out for
// an empty name.
func (ls Links) Without(provider string) Links {
	return filter(ls, func(l Link) bool { return provider != "" && l.Provider != provider })
}

// Others are the links that address's other records of one kind have at a
// provider, and by which the address was proved: they say whose it is.
func (p People) Others(kind Kind, id, provider string) (others Links) {
	if kind == KindMember {
		return nil // the only one
	}
	for _, c := range p.Contacts {
		if link, ok := c.Links.At(provider, c.Email); ok && link.Vouched && c.ID != id {
			others = append(others, link)
		}
	}
	return others
}

// LinksOf are those of a record; ErrNotFound where there is no such record.
func LinksOf(ctx context.Context, r Reader, kind Kind, id string) (Links, error) {
	if kind == KindMember {
		m, err := r.Member(ctx, id)
		return m.Links, err
	}
	c, err := r.Contact(ctx, id)
	return c.Links, err
}

// ChangeLinks makes one atomic change to the links of a record; what change
// returns as an error is returned, wrapped by nothing. ErrNotFound where there
// is no such record.
func ChangeLinks(ctx context.Context, s Store, kind Kind, id string, change func(Links) (Links, error)) error {
	return s.Edit(ctx, func(e Editor) error {
		if kind == KindMember {
			m, err := e.Member(ctx, id)
			if err == nil {
				m.Links, err = change(m.Links)
			}
			if err != nil {
				return err
			}
			return e.PutMember(m)
		}
		c, err := e.Contact(ctx, id)
		if err == nil {
			c.Links, err = change(c.Links)
		}
		if err != nil {
			return err
		}
		return e.PutContact(c)
	})
}
