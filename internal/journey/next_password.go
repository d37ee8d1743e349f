package journey

import (
	"slices"

	"github.com/frontdesk-gateway/frontdesk/internal/session"
)

// holding are the proofs that hold still: one by a password that has changed
// since is none, whoever had it.
func (f Facts) holding(proofs []session.Proof) []session.Proof {
	return slices.DeleteFunc(slices.Clone(proofs), func(p session.Proof) bool { return !p.Holds(f.People.Passwords) })
}
