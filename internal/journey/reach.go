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

// ownersBehind are all entities of the person behind a session: its own, and,
// where that still bears the address, all that are in their reach.
func (f Facts) ownersBehind(of session.Session) []session.Owner {
	if reached := f.reached(f.People, of.Proofs); reached.Bears(of.Kind, of.EntityID) {
		return session.OwnersOf(reached)
	}
	return []session.Owner{{Kind: of.Kind, ID: of.EntityID}}
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
