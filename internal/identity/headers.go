// Package identity owns what a portal is told: the facts about who is calling,
// the headers that carry them, and the signed assertion of the same facts
// (DESIGN.md, "What a portal receives"). That nothing else claims to be one of
// them is the work of package passage.
package identity

import (
	"slices"
	"strings"
)

// The headers under their default names.
const (
	HeaderUser         = "Remote-User"
	HeaderEmail        = "Remote-Email"
	HeaderName         = "Remote-Name"
	HeaderGroups       = "Remote-Groups"
	HeaderPlatform     = "X-Frontdesk-Platform"
	HeaderEntity       = "X-Frontdesk-Entity"
	HeaderAccountID    = "X-Frontdesk-Account-Id"
	HeaderAccountName  = "X-Frontdesk-Account-Name"
	HeaderMethod       = "X-Frontdesk-Method"
	HeaderSession      = "X-Frontdesk-Session"
	HeaderImpersonator = "X-Frontdesk-Impersonator"
	HeaderAssertion    = "X-Frontdesk-Assertion"
)

// The places of the headers in [HeaderNames].
const (
	atUser = iota
	atEmail
	atName
	atGroups
	atPlatform
	atEntity
	atAccountID
	atAccountName
	atMethod
	atSession
	atImpersonator
	atAssertion // the last one: it is no fact
)

// MostHeaders is how many headers a request gets at most.
const MostHeaders = len(headerNames)

// HeaderNames are the default names, in the order of DESIGN.md.
var HeaderNames = headerNames[:]

var headerNames = [...]string{
	atUser: HeaderUser, atEmail: HeaderEmail, atName: HeaderName, atGroups: HeaderGroups, atPlatform: HeaderPlatform, atEntity: HeaderEntity,
	atAccountID: HeaderAccountID, atAccountName: HeaderAccountName, atMethod: HeaderMethod, atSession: HeaderSession,
	atImpersonator: HeaderImpersonator, atAssertion: HeaderAssertion,
}

// IsHeader reports whether name is one of the default names, in any case.
func IsHeader(name string) bool {
	return slices.ContainsFunc(HeaderNames, func(h string) bool { return strings.EqualFold(h, name) })
}
