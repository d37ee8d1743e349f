package transfer

import (
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
)

// onto lays the fields that the file gives over a record, as of now.
func (a *account) onto(r directory.Account, now time.Time) directory.Account {
	a.name.into(&r.Name)
	a.domains.into(&r.Domains)
	a.method.into(&r.Methods)
	a.active.into(&r.Active)
	if a.tenants.state == given {
		r.Tenants = r.Tenants.Relist(a.tenants.value, now)
	}
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
