package promise

import (
	"slices"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
)

// Footing is what a record has sign-ins of its address rest on, but for a contact's
// account being switched on. The zero one is that of no record.
type Footing struct {
	Address string // [directory.Address.Key]
	Account string // a contact's
	Active  bool
	Opens   []directory.Platform // a member's
}

// ContactFooting is that of a contact; the zero contact is none.
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
// address that it bore before: see [directory.Store].
func (f Footing) Lost(now Footing) bool {
	return f.Address != now.Address || f.Account != now.Account || f.Active && !now.Active ||
		slices.ContainsFunc(f.Opens, func(p directory.Platform) bool { return !slices.Contains(now.Opens, p) })
}
