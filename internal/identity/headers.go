// Package identity owns what a portal is told: the facts about who is calling,
// the headers that carry them, the signed assertion of the same facts, and the
// removal of everything that claims to be one of them (DESIGN.md, "What a
// portal receives").
package identity

import (
	"bytes"
	"net/http"
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

// HeaderNames are the default names, in the order of DESIGN.md.
var HeaderNames = []string{
	HeaderUser, HeaderEmail, HeaderName, HeaderGroups, HeaderPlatform, HeaderEntity, HeaderAccountID,
	HeaderAccountName, HeaderMethod, HeaderSession, HeaderImpersonator, HeaderAssertion,
}

// IsHeader reports whether name is one of the default names, in any case.
func IsHeader(name string) bool {
	return slices.ContainsFunc(HeaderNames, func(h string) bool { return strings.EqualFold(h, name) })
}

// Fold maps a header's name to the form in which portals' languages confuse
// it with others: CGI and its heirs (RFC 3875, 4.1.18) know upper case and
// underscores only, and some turn every other character into an underscore.
func Fold(name string) string { return string(fold(nil, name)) }

// fold appends the folded name to to.
func fold(to []byte, name string) []byte {
	for _, c := range []byte(name) {
		switch {
		case c >= 'A' && c <= 'Z':
			c += 'a' - 'A'
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9':
		default:
			c = '-'
		}
		to = append(to, c)
	}
	return to
}

// reserved are the names that HTTP itself gives a meaning (RFC 9110), the
// hop-by-hop ones among them, and those that carry a client's address.
var reserved = []string{
	"accept", "accept-charset", "accept-encoding", "accept-language", "age", "allow", "authorization", "cache-control", "connection",
	"content-encoding", "content-language", "content-length", "content-location", "content-range", "content-type", "cookie", "date",
	"expect", "forwarded", "from", "host", "if-match", "if-modified-since", "if-none-match", "if-range", "if-unmodified-since",
	"keep-alive", "max-forwards", "origin", "pragma", "proxy-authenticate", "proxy-authorization", "proxy-connection", "range",
	"referer", "set-cookie", "te", "trailer", "transfer-encoding", "upgrade", "user-agent", "vary", "via", "www-authenticate",
	"x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip",
}

// Reserved reports whether a header may not be renamed to name.
func Reserved(name string) bool {
	fold := Fold(name)
	return slices.Contains(reserved, fold) || strings.HasPrefix(fold, "sec-")
}

// Stripper removes from requests every header that could be taken for one of
// the gateway's own.
type Stripper struct {
	names map[string]bool // folded
}

// NewStripper strips the default names and those they are renamed to.
func NewStripper(renamed ...map[string]string) *Stripper {
	s := &Stripper{names: map[string]bool{}}
	for _, name := range HeaderNames {
		s.names[Fold(name)] = true
	}
	for _, names := range renamed {
		for _, to := range names {
			if !strings.EqualFold(to, "off") {
				s.names[Fold(to)] = true
			}
		}
	}
	return s
}

const ownPrefix = "x-frontdesk-"

// owns reports whether a name, in whatever spelling, is the gateway's.
func (s *Stripper) owns(name string) bool {
	var room [64]byte // on the stack: this runs for every header of every request
	folded := fold(room[:0], name)
	return bytes.HasPrefix(folded, []byte(ownPrefix)) || s.names[string(folded)]
}

// Strip removes the gateway's headers from a request: from its header, and from
// the Connection header's list, whose names a proxy would remove after they
// were set. Trailers are dropped whole: their names and values come with the
// end of the body, after everything was decided (RFC 9110, 6.5.1 lets an
// intermediary do so).
func (s *Stripper) Strip(r *http.Request) {
	for name := range r.Header {
		if s.owns(name) {
			delete(r.Header, name)
		}
	}
	r.Trailer = nil
	s.stripConnection(r.Header)
}

// stripConnection keeps of the Connection options those that mean something
// here: a client could otherwise have the proxy remove what was set
// (RFC 9110, 7.6.1).
func (s *Stripper) stripConnection(h http.Header) {
	values, ok := h["Connection"]
	if !ok {
		return
	}
	var kept []string
	for _, value := range values {
		for option := range strings.SplitSeq(value, ",") {
			option = strings.TrimSpace(option)
			if strings.EqualFold(option, "upgrade") || strings.EqualFold(option, "close") || strings.EqualFold(option, "keep-alive") {
				kept = append(kept, option)
			}
		}
	}
	if len(kept) == 0 {
		delete(h, "Connection")
		return
	}
	h["Connection"] = []string{strings.Join(kept, ", ")}
}
