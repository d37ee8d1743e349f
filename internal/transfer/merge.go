package transfer

import (
	"reflect"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
)

// onto lays the fields that the file gives over a record.
func (a *account) onto(r directory.Account) directory.Account {
	a.name.into(&r.Name)
	a.domains.into(&r.Domains)
	a.tenants.into(&r.Tenants)
	a.method.into(&r.Methods)
	a.active.into(&r.Active)
	if a.rule.state == given {
		r.ContactCreation = directory.CreationRule(a.rule.value)
	}
	return r
}

func (c *contact) onto(r directory.Contact) directory.Contact {
	c.name.into(&r.Name)
	c.givenName.into(&r.GivenName)
	c.lastName.into(&r.FamilyName)
	c.phone.into(&r.Phone)
	c.jobTitle.into(&r.JobTitle)
	c.account.into(&r.Account)
	c.groups.into(&r.Groups)
	c.primary.into(&r.Primary)
	c.active.into(&r.Active)
	c.selfRegistered.into(&r.SelfRegistered)
	if c.email.state == given {
		r.Email = directory.Address(c.email.value)
	}
	return r
}

func (m *member) onto(r directory.Member) directory.Member {
	m.name.into(&r.Name)
	m.groups.into(&r.Groups)
	m.active.into(&r.Active)
	if m.email.state == given {
		r.Email = directory.Address(m.email.value)
	}
	if m.platforms.state == given {
		r.Platforms = nil
		for _, p := range m.platforms.value {
			r.Platforms = append(r.Platforms, directory.Platform(p))
		}
	}
	return r
}

func sameAccount(a, b directory.Account) bool {
	for _, r := range []*directory.Account{&a, &b} {
		r.Domains, r.Tenants, r.Methods = orNil(r.Domains), orNil(r.Tenants), orNil(r.Methods)
	}
	return reflect.DeepEqual(a, b)
}

func sameContact(a, b directory.Contact) bool {
	a.Created = b.Created // no file gives it
	a.Groups, b.Groups = orNil(a.Groups), orNil(b.Groups)
	return reflect.DeepEqual(a, b)
}

func sameMember(a, b directory.Member) bool {
	a.Groups, b.Groups = orNil(a.Groups), orNil(b.Groups)
	a.Platforms, b.Platforms = orNil(a.Platforms), orNil(b.Platforms)
	return reflect.DeepEqual(a, b)
}

// orNil makes no difference between no list and an empty one.
func orNil[T any](list []T) []T {
	if len(list) == 0 {
		return nil
	}
	return list
}
