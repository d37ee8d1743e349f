package journey

import (
	"slices"
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/emailtoken"
	"github.com/frontdesk-gateway/frontdesk/internal/session"
)

// door is what a proof may open: a contact in its account, or a member.
type door struct {
	platform directory.Platform
	account  *directory.Account // nil: a member's
	address  directory.Address
	links    directory.Links
	// others are the links of the address's other records, by provider.
	others func(provider string) directory.Links
	// opened says that it was, by a session's proofs: by which methods somebody may come
	// in today is not asked of links then.
	opened bool
}

func (f Facts) contactDoor(c directory.Contact, platform directory.Platform) door {
	account := f.People.Accounts[c.Account]
	return door{platform: platform, account: &account, address: c.Email, links: c.Links, others: func(provider string) directory.Links {
		return f.People.Others(directory.KindContact, c.ID, provider)
	}}
}

func (f Facts) memberDoor(m directory.Member, platform directory.Platform) door {
	return door{platform: platform, address: m.Email, links: m.Links, others: func(provider string) directory.Links {
		return f.People.Others(directory.KindMember, m.ID, provider)
	}}
}

// doors are those that the address has on a platform.
func (f Facts) doors(platform directory.Platform) (doors []door) {
	people := f.People.Effective()
	if directory.KindOn(platform) == directory.KindMember {
		if people.Member != nil {
			doors = append(doors, f.memberDoor(*people.Member, platform))
		}
		return doors
	}
	for _, c := range people.Contacts {
		doors = append(doors, f.contactDoor(c, platform))
	}
	return doors
}

// takes reports whether a method may be used at a door.
func (f Facts) takes(method string, d door) bool {
	needs := f.People.Needs(method, directory.KindOn(d.platform))
	admits := func(m string) bool { return slices.Contains(f.Settings.Platforms[d.platform].Methods, m) }
	return !slices.ContainsFunc(needs, func(m string) bool { return !admits(m) }) && (d.account == nil || d.account.Admits(needs...))
}

// opens returns the proof that opens a door.
func (f Facts) opens(proofs []session.Proof, d door) (session.Proof, bool) {
	for _, p := range preferred(proofs) {
		if f.takes(p.Method, d) && f.names(proofs, p, d) {
			return p, true
		}
	}
	return session.Proof{}, false
}

// preferred are the proofs in the order in which they are tried: an identity's,
// which can be linked, before the others, and of each the latest first.
func preferred(proofs []session.Proof) []session.Proof {
	var identities, others []session.Proof
	for _, p := range slices.Backward(proofs) {
		if p.OfIdentity() {
			identities = append(identities, p)
		} else {
			others = append(others, p)
		}
	}
	return append(identities, others...)
}

// names reports whether a proof says that the person is the one behind a door. What
// it takes of an identity, by whom the address is linked to:
//
//	                             to it                   to nobody         to another
//	the provider vouches         yes                     yes               no
//	a listed tenant says so      yes                     yes, if claimed   no
//	a mail that named it, too    yes                     yes, if claimed   yes, if claimed
//	none of these                if the link was proved  no                no
func (f Facts) names(proofs []session.Proof, p session.Proof, d door) bool {
	if !p.OfIdentity() {
		return p.Vouched && (p.Kind == "" || p.Kind == directory.KindOn(d.platform)) && !overtaken(proofs, p, d)
	}
	trusted := f.trusts(p, d)
	if d.account == nil && p.Method == directory.MethodMicrosoft && len(f.Settings.MemberTenants) > 0 && !trusted {
		return false // members come from these tenants only
	}
	confirmed := f.confirmed(proofs, p, d)
	link, linked := d.links.At(p.Method, d.address)
	switch {
	case linked && link.Identity == p.Identity:
		return link.Vouched && f.bears(link, d) || trusted || p.Vouched || confirmed
	case linked || f.bound(p, d):
		return p.Claimed && confirmed
	}
	return p.Claimed && (p.Vouched || trusted || confirmed)
}

// Stands reports whether what opened the entity of a session, which is among
// the people, names the person still: a tenant whose word it was may be listed
// no more. By which methods somebody may come in today is not asked, nor by which they
// were linked.
func (f Facts) Stands(s session.Session) bool {
	d := f.doorOf(s.Kind, s.EntityID, s.Platform)
	d.opened = true
	return slices.ContainsFunc(s.Proofs, func(p session.Proof) bool { return p.Method == s.Method && f.names(s.Proofs, p, d) })
}

// bears reports whether what a link rests on is admitted at a door: an emailed token
// must not come in by way of an identity that it linked elsewhere, or when it was
// admitted still.
func (f Facts) bears(l directory.Link, d door) bool {
	return !l.Mailed || d.opened || f.takes(directory.MethodEmailToken, d)
}

// trusts reports whether an identity's tenant is one whose word on addresses, given
// when it was, counts at a door.
func (f Facts) trusts(p session.Proof, d door) bool {
	if d.account == nil {
		return p.Method == directory.MethodMicrosoft && f.Settings.MemberTenants.Trust(p.Tenant, p.At)
	}
	return d.account.Tenants.Trust(p.Tenant, p.At)
}

// bound reports whether the address is known to be another identity's: claims
// alone never bind it again, since addresses are given to new people.
func (f Facts) bound(p session.Proof, d door) bool {
	return slices.ContainsFunc(d.others(p.Method), func(l directory.Link) bool { return l.Identity != p.Identity })
}

// confirmed reports whether an emailed token, where it is admitted, proved the
// address that an identity claims.
func (f Facts) confirmed(proofs []session.Proof, p session.Proof, d door) bool {
	return f.takes(directory.MethodEmailToken, d) && slices.ContainsFunc(proofs, func(other session.Proof) bool {
		return byEmail(other, p) && !overtaken(proofs, other, d)
	})
}

// byEmailToo reports whether an emailed token proved the address in the same
// journey as another proof was made in. One that came along from a session says
// nothing of who sits there today.
func byEmailToo(proofs []session.Proof, p session.Proof) bool {
	return slices.ContainsFunc(proofs, func(other session.Proof) bool { return byEmail(other, p) })
}

// byEmail reports whether another proof was made by a token that was mailed to confirm
// what a proof claims. One that was mailed before, or for an account that does not admit
// the provider, spoke of signing in alone, and may have been handed on by somebody who was
// told of no identity.
func byEmail(other, p session.Proof) bool {
	return other.Method == directory.MethodEmailToken && other.Purpose.Confirms == p.Method && other.Journey == p.Journey && !other.AsOf().Before(p.At)
}

// overtaken reports whether a proof was made by an identity's person before a
// door, or another one of the address, was linked to somebody else: whoever had
// the address before takes nothing back by a code that was theirs then, be it in
// a sign-in that they had begun, or by a switch from a session elsewhere.
func overtaken(proofs []session.Proof, p session.Proof, d door) bool {
	return slices.ContainsFunc(proofs, func(with session.Proof) bool {
		if !with.OfIdentity() || with.Journey != p.Journey {
			return false
		}
		links := d.others(with.Method)
		if link, linked := d.links.At(with.Method, d.address); linked {
			links = append(links, link)
		}
		return slices.ContainsFunc(links, func(l directory.Link) bool { return l.Identity != with.Identity && l.Since.After(p.AsOf()) })
	})
}

// sinceLinked is now, or when the address was linked last: that was before, also where
// the clock was ahead then.
func (f Facts) sinceLinked(now time.Time) time.Time {
	var links directory.Links
	for _, c := range f.People.Contacts {
		links = append(links, c.Links...)
	}
	if f.People.Member != nil {
		links = append(links, f.People.Member.Links...)
	}
	for _, l := range links {
		if l.Since.After(now) {
			now = l.Since
		}
	}
	return now
}

// Proved reports whether what was proved is enough to go on after step 3. A
// sign-in at a provider that only claims the address is not, see
// [Facts.Confirms], nor is the word of a tenant with an account that does not admit
// the provider: it leads nowhere else.
func (f Facts) Proved(proofs []session.Proof, platform directory.Platform) bool {
	if slices.ContainsFunc(proofs, func(p session.Proof) bool { return !p.OfIdentity() }) {
		return true
	}
	if !f.People.Known() {
		_, taken := f.creationAccount(proofs)
		return taken || slices.ContainsFunc(proofs, func(p session.Proof) bool { return p.Vouched })
	}
	return slices.ContainsFunc(f.doors(platform), func(d door) bool {
		return slices.ContainsFunc(proofs, func(p session.Proof) bool { return f.names(proofs, p, d) && (p.Vouched || f.takes(p.Method, d)) })
	})
}

// yetToCome is later than whatever has been proved or linked.
var yetToCome = time.Unix(1<<40, 0)

// Confirms reports whether an emailed token, which has to be admitted, would
// make proofs out of claims of the address.
func (f Facts) Confirms(proofs []session.Proof, platform directory.Platform) bool {
	if !slices.Contains(f.Settings.Platforms[platform].Methods, directory.MethodEmailToken) {
		return false
	}
	with := f.withCode(proofs, proofs[len(proofs)-1].Method)
	if !f.People.Known() {
		_, taken := f.creationAccount(with)
		// Who names no address has none confirmed where somebody bears it, and would tell by that.
		return taken && slices.ContainsFunc(proofs, func(p session.Proof) bool { return p.Claimed })
	}
	return slices.ContainsFunc(f.doors(platform), func(d door) bool {
		return slices.ContainsFunc(proofs, func(p session.Proof) bool { return f.takes(p.Method, d) && f.names(with, p, d) })
	})
}

// withCode are the proofs with one by a token that is mailed now to confirm what a
// provider claims.
func (f Facts) withCode(proofs []session.Proof, provider string) []session.Proof {
	return append(slices.Clone(proofs), session.Proof{
		Method: directory.MethodEmailToken, At: yetToCome, Journey: f.Journey, Purpose: emailtoken.Purpose{Confirms: provider}, Vouched: true,
	})
}

// confirmsAt is the provider whose claim an emailed token would have open a door that
// is closed to the proofs; empty where there is none. The mail has to name it: who is
// linked elsewhere alone would be asked for a code each time.
func (f Facts) confirmsAt(proofs []session.Proof, d door) string {
	for _, p := range preferred(proofs) {
		if p.OfIdentity() && f.takes(p.Method, d) && f.names(f.withCode(proofs, p.Method), p, d) {
			return p.Method
		}
	}
	return ""
}

// Adds reports whether a provider's proof, the last one, is worth keeping at a
// step: it opens something there or, at the first proof, can be confirmed.
// Where the account that was chosen asks for it, it must open that one: it
// would be asked for again, and a provider may answer again at once, without
// end.
func (f Facts) Adds(proofs []session.Proof, step Step) bool {
	p, before := proofs[len(proofs)-1], proofs[:len(proofs)-1]
	first := !f.Proved(before, step.Platform)
	if first && f.Confirms(proofs, step.Platform) {
		return true
	}
	if !f.People.Known() {
		return f.Proved(proofs, step.Platform)
	}
	return slices.ContainsFunc(f.doors(step.Platform), func(d door) bool {
		asked := step.Account.ID == "" || d.account != nil && d.account.ID == step.Account.ID
		return asked && f.takes(p.Method, d) && f.names(proofs, p, d)
	})
}
