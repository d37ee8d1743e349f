package promise

import (
	"slices"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/session"
)

// Footing is what a record has sign-ins rest on: those of its address or, where it is
// an account, those of its contacts'. The zero one is that of no record.
type Footing struct {
	Address string // [directory.Address.Key]
	Account string // a contact's
	Active  bool
	Opens   []directory.Platform // a member's
	Tenants []string             // an account's: whose word on addresses counts
}

// AccountFooting is that of an account; the zero account is none.
func AccountFooting(a directory.Account) Footing {
	return Footing{Active: a.Active, Tenants: a.Tenants.IDs()}
}

// ContactFooting is that of a contact, but for its account's; the zero contact is none.
func ContactFooting(c directory.Contact) Footing {
	return Footing{Address: c.Email.Key(), Account: c.Account, Active: c.Active}
}

// MemberFooting is that of a member; the zero member is none.
func MemberFooting(m directory.Member) Footing {
	f := Footing{Address: m.Email.Key(), Active: m.Active}
	for _, p := range []directory.Platform{directory.Tech, directory.Admin} {
		if m.Opens(p) {
			f.Opens = append(f.Opens, p)
		}
	}
	return f
}

// Lost reports whether a change that leaves now of a record ends what was begun at the
// address that it bore before and at the one that it bears, or its contacts do: see
// [directory.Store].
func (f Footing) Lost(now Footing) bool {
	return f.Address != now.Address || f.Account != now.Account || f.Active != now.Active ||
		len(taken(f.Opens, now.Opens)) > 0 || len(taken(f.Tenants, now.Tenants)) > 0
}

// SwitchedOff reports whether a change that leaves now of an account ends all sessions of
// its contacts.
func (f Footing) SwitchedOff(now Footing) bool { return f.Active && !now.Active }

// Unlisted tells which sessions of an account's contacts end with a change that leaves now
// of the account: those with a proof by a tenant that it lists no more; nil where it lists
// all that it did.
func (f Footing) Unlisted(now Footing) func(session.Session) bool {
	unlisted := taken(f.Tenants, now.Tenants)
	if len(unlisted) == 0 {
		return nil
	}
	from := func(p session.Proof) bool { return slices.Contains(unlisted, p.Tenant) }
	return func(s session.Session) bool { return slices.ContainsFunc(s.Proofs, from) }
}

// taken is what there is no more.
func taken[T comparable](before, now []T) (gone []T) {
	for _, v := range before {
		if !slices.Contains(now, v) {
			gone = append(gone, v)
		}
	}
	return gone
}
