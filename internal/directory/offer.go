package directory

import "slices"

// Entity is one contact or member as the journey and the portals see it.
type Entity struct {
	Kind        Kind
	ID          string
	Email       Address
	Name        string
	Groups      []string
	AccountID   string // contacts only
	AccountName string
}

// contacts returns the contacts that count: the active ones in active
// accounts or, with includeInactive, all.
func (p People) contacts(includeInactive bool) []Contact {
	var out []Contact
	for _, c := range p.Contacts {
		if includeInactive || c.Active && p.Accounts[c.Account].Active {
			out = append(out, c)
		}
	}
	return out
}

// Active reports whether anybody of the address may sign in at all.
func (p People) Active() bool {
	return len(p.contacts(false)) > 0 || p.Member != nil && p.Member.Active
}

// Effective is what the steps before the proof go by: the active entities, or
// all of them where none is active, so that a stranger cannot tell an address
// that was switched off (DESIGN.md, step 1).
func (p People) Effective() People {
	all := !p.Active()
	out := p
	out.Contacts = p.contacts(all)
	if p.Member != nil && !p.Member.Active && !all {
		out.Member = nil
	}
	return out
}

// Platforms returns the platforms that the entities open, in listing order.
func (p People) Platforms() []Platform {
	var out []Platform
	if len(p.Contacts) > 0 {
		out = append(out, Client)
	}
	for _, platform := range []Platform{Tech, Admin} {
		if p.Member != nil && p.Member.Opens(platform) {
			out = append(out, platform)
		}
	}
	return out
}

// KindOn is the kind of entity that opens a platform.
func KindOn(p Platform) Kind {
	if p == Client {
		return KindContact
	}
	return KindMember
}

// Needs are the methods that have to be admitted where one is to be used: an
// emailed token must not come in by way of the password that it set.
func (p People) Needs(method string, kind Kind) []string {
	if method == MethodPassword && p.Passwords[kind].Mailed {
		return []string{method, MethodEmailToken}
	}
	return []string{method}
}

// MethodsOn narrows the methods that a platform admits to those that the
// entities may use there: the union over the accounts of the contacts, and no
// password where none is set.
func (p People) MethodsOn(platform Platform, admitted []string) []string {
	kind := KindOn(platform)
	return filter(admitted, func(method string) bool {
		if _, set := p.Passwords[kind]; method == MethodPassword && !set {
			return false
		}
		needs := p.Needs(method, kind)
		return lists(admitted, needs) && (kind == KindMember || slices.ContainsFunc(p.Contacts, func(c Contact) bool {
			return p.Accounts[c.Account].Admits(needs...)
		}))
	})
}

// lists reports whether all of some methods are among others.
func lists(methods, some []string) bool {
	return !slices.ContainsFunc(some, func(m string) bool { return !slices.Contains(methods, m) })
}

// ContactEntity is the contact as portals see it.
func ContactEntity(c Contact, a Account) Entity {
	return Entity{Kind: KindContact, ID: c.ID, Email: c.Email, Name: c.DisplayName(),
		Groups: c.Groups, AccountID: a.ID, AccountName: a.Name}
}

// MemberEntity is the member as portals see it.
func MemberEntity(m Member) Entity {
	return Entity{Kind: KindMember, ID: m.ID, Email: m.Email, Name: m.DisplayName(), Groups: m.Groups}
}

func filter[T any](in []T, keep func(T) bool) []T {
	var out []T
	for _, v := range in {
		if keep(v) {
			out = append(out, v)
		}
	}
	return out
}
