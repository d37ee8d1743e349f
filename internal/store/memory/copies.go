package memory

import (
	"slices"
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/emailtoken"
	"github.com/frontdesk-gateway/frontdesk/internal/journey"
	"github.com/frontdesk-gateway/frontdesk/internal/keyring"
	"github.com/frontdesk-gateway/frontdesk/internal/limit"
	"github.com/frontdesk-gateway/frontdesk/internal/session"
)

// Each record is copied on its way in and on its way out.

func copyAccount(a directory.Account) directory.Account {
	a.Domains = slices.Clone(a.Domains)
	a.Tenants = copyTenants(a.Tenants)
	a.Methods = slices.Clone(a.Methods)
	return a
}

func copyTenants(tenants directory.Tenants) directory.Tenants {
	tenants = slices.Clone(tenants)
	for i := range tenants {
		tenants[i].Since = utc(tenants[i].Since)
	}
	return tenants
}

func copyContact(c directory.Contact) directory.Contact {
	c.Groups = slices.Clone(c.Groups)
	c.Created, c.Links = utc(c.Created), copyLinks(c.Links)
	return c
}

func copyMember(m directory.Member) directory.Member {
	m.Platforms = slices.Clone(m.Platforms)
	m.Groups, m.Links = slices.Clone(m.Groups), copyLinks(m.Links)
	return m
}

func copyLinks(links directory.Links) directory.Links {
	links = slices.Clone(links)
	for i := range links {
		links[i].Since = utc(links[i].Since)
	}
	return links
}

func copySession(s session.Session) session.Session {
	s.Proofs = copyProofs(s.Proofs)
	s.Created, s.Began, s.Expires, s.LastUsed = utc(s.Created), utc(s.Began), utc(s.Expires), utc(s.LastUsed)
	return s
}

func copyProofs(proofs []session.Proof) []session.Proof {
	proofs = slices.Clone(proofs)
	for i := range proofs {
		p := &proofs[i]
		p.At, p.Purpose, p.PasswordSet = utc(p.At), copyPurpose(p.Purpose), utc(p.PasswordSet)
	}
	return proofs
}

func copyJourney(j journey.Journey) journey.Journey {
	j.Proofs = copyProofs(j.Proofs)
	j.Token = copyOf(j.Token)
	if j.Token != nil {
		j.Token.Expires, j.Token.Purpose = utc(j.Token.Expires), copyPurpose(j.Token.Purpose)
	}
	j.Provider = copyOf(j.Provider)
	j.From = copyOf(j.From)
	j.Created, j.Expires, j.Began, j.Ends = utc(j.Created), utc(j.Expires), utc(j.Began), utc(j.Ends)
	return j
}

func copyPurpose(p emailtoken.Purpose) emailtoken.Purpose {
	p.Made, p.Replaces = utc(p.Made), utc(p.Replaces)
	return p
}

func copyTicket(t journey.Ticket) journey.Ticket {
	t.Expires = utc(t.Expires)
	return t
}

func copyKeys(keys []keyring.Key) []keyring.Key {
	keys = slices.Clone(keys)
	for i, k := range keys {
		keys[i].Material = slices.Clone(k.Material)
		keys[i].Created, keys[i].Active, keys[i].Retired = utc(k.Created), utc(k.Active), utc(k.Retired)
	}
	return keys
}

func copyCounter(c limit.Counter) limit.Counter {
	c.Last, c.Before, c.Reset = utc(c.Last), utc(c.Before), utc(c.Reset)
	return c
}

func copyOf[T any](p *T) *T {
	if p == nil {
		return nil
	}
	v := *p
	return &v
}

// utc drops the zone and the monotonic clock.
func utc(t time.Time) time.Time { return t.Round(0).UTC() }
