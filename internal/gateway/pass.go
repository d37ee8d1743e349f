package gateway

import (
	"strings"

	"github.com/frontdesk-gateway/frontdesk/internal/identity"
	"github.com/frontdesk-gateway/frontdesk/internal/session"
)

// Pass says that a request goes on to the portal. It gives the placeholders: the
// facts of the person, and a [Judged] under [JudgedPlaceholder]. Who is nobody has
// all of them, and empty. It is the same for all requests of a session.
type Pass func(key string) (value any, ok bool)

// Names of placeholders.
const (
	PlaceholderPrefix = "http.auth.user." // the fact's name follows
	JudgedPlaceholder = "http.frontdesk.judged"
)

// Judged is what a request that comes to an error is judged by once more: the
// session that it passed with.
type Judged struct{ live *session.Live } // nil: none

// String says nothing. [JudgedPlaceholder] is for the directive alone, but whoever
// writes a template, which may be the portal, can ask for any placeholder as text.
func (Judged) String() string { return "" }

// cookie is that of the session.
func (j Judged) cookie() (value string, found bool) {
	if j.live == nil {
		return "", false
	}
	return j.live.Cookie(), true
}

// PassNobody is the pass of who has no session.
var PassNobody = newPass(nil)

// newPass makes the pass of a session, or of nobody.
func newPass(live *session.Live) Pass {
	return func(key string) (any, bool) {
		if key == JudgedPlaceholder {
			return Judged{live}, true
		}
		name, ours := strings.CutPrefix(key, PlaceholderPrefix)
		if !ours {
			return nil, false
		}
		var told identity.Values
		if live != nil {
			live.Tell(&told)
		}
		value, ok := told.Fact(name)
		return value, ok
	}
}

// passOf returns the pass of a session, which is made once.
func passOf(live *session.Live) Pass {
	if pass, ok := live.Made.Load().(Pass); ok {
		return pass
	}
	pass := newPass(live)
	live.Made.Store(pass)
	return pass
}
