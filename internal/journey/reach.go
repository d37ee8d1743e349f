package journey

import (
	"context"
	"slices"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/session"
)

// Reach is what is recorded about the person behind a session: about all of
// the address, where that was proved.
func (s *Service) Reach(ctx context.Context, from session.Session) (directory.People, error) {
	people, err := s.Directory.People(ctx, from.Address.Key())
	return Facts{Settings: s.Settings, People: people}.reached(people, from.Proofs), err
}

// EndUnfinished ends what the person behind a session has begun elsewhere and not
// finished: what was proved there, or mailed, must not become a session after
// they signed out of all that there are.
func (s *Service) EndUnfinished(ctx context.Context, of session.Session) error {
	people, err := s.Directory.People(ctx, of.Address.Key())
	if err != nil || !people.Bears(of.Kind, of.EntityID) {
		return err
	}
	f := Facts{Settings: s.Settings, People: people}
	all, reached := f.addressProved(of.Proofs), f.reached(people, of.Proofs)
	theirs := func(p session.Proof) bool {
		return slices.ContainsFunc(of.Proofs, func(own session.Proof) bool { return p.OfIdentity() && p.Identity == own.Identity })
	}
	return s.Store.EndJourneys(ctx, of.Address.Key(), func(j Journey) bool {
		return all || slices.ContainsFunc(j.Proofs, theirs) || f.leadsTo(reached, j)
	})
}

// EndUnfinishedHere ends what was begun with the address of a session in the
// browser at hand, and not finished: it must not be there for whoever comes next
// at it, after the person signed out.
func (s *Service) EndUnfinishedHere(ctx context.Context, v Visit, of session.Session) error {
	return s.Store.EndJourneys(ctx, of.Address.Key(), func(j Journey) bool { return j.Browser == v.browser() })
}

// reached narrows people, all or some of those of the address, to whom the
// proofs say that the person is. An identity for which only a tenant vouches is
// nobody else at that address: the administrator of one customer must not see,
// or sign out, what a consultant has with another.
func (f Facts) reached(people directory.People, proofs []session.Proof) directory.People {
	if f.addressProved(proofs) {
		return people
	}
	named := func(d door) bool {
		return slices.ContainsFunc(proofs, func(p session.Proof) bool { return f.names(proofs, p, d) })
	}
	people.Contacts = slices.DeleteFunc(slices.Clone(people.Contacts), func(c directory.Contact) bool {
		return !named(f.contactDoor(c, directory.Client))
	})
	if people.Member != nil && !named(f.memberDoor(*people.Member, directory.Tech)) {
		people.Member = nil
	}
	return people
}

// leadsTo reports whether a journey can enter as none but some of the address's
// records, whatever proves it. The account that was chosen does not matter: that
// choice can be taken back.
func (f Facts) leadsTo(some directory.People, j Journey) bool {
	people := f.People.Effective()
	platforms := f.platforms(people)
	if len(platforms) == 0 {
		return false
	}
	if platform, known := choosePlatform(j, platforms); known {
		platforms = []directory.Platform{platform}
	}
	return !slices.ContainsFunc(platforms, func(p directory.Platform) bool {
		if directory.KindOn(p) == directory.KindMember {
			return some.Member == nil
		}
		return slices.ContainsFunc(people.Contacts, func(c directory.Contact) bool { return !some.Bears(directory.KindContact, c.ID) })
	})
}

// addressProved reports whether the address as such was proved: now, or when
// one of its records was linked to the identity.
func (f Facts) addressProved(proofs []session.Proof) bool {
	return slices.ContainsFunc(proofs, func(p session.Proof) bool {
		same := func(links directory.Links, address directory.Address) bool {
			link, linked := links.At(p.Method, address)
			return linked && link.Vouched && link.Identity == p.Identity
		}
		return !p.OfIdentity() || p.Vouched || f.People.Member != nil && same(f.People.Member.Links, f.People.Member.Email) ||
			slices.ContainsFunc(f.People.Contacts, func(c directory.Contact) bool { return same(c.Links, c.Email) })
	})
}
