package gateway

import (
	"strings"

	"github.com/frontdesk-gateway/frontdesk/internal/identity"
	"github.com/frontdesk-gateway/frontdesk/internal/session"
)

// Pass says that a request goes on to the portal. It is the same for all requests
// of a session that do not stay open: nobody changes it.
type Pass struct {
	// Facts are those of the person; nil on a public path without a session.
	Facts *identity.Facts
	// Stream is the request where it may stay open for long; nil for others, and
	// without a session.
	Stream *Stream
	// Placeholder gives the facts when something asks for them, and the pass
	// itself under [JudgedPlaceholder]. Who is nobody has all of them, and empty.
	Placeholder func(key string) (any, bool)

	cookie string // of the session, which was taken off the request; empty for nobody
}

// Names of placeholders.
const (
	PlaceholderPrefix = "http.auth.user." // the fact's name follows
	JudgedPlaceholder = "http.frontdesk.judged"
)

// PassNobody is the pass of who has no session.
var PassNobody = newPass(nil, nil)

// newPass makes the pass of a session, or of nobody.
func newPass(live *session.Live, stream *Stream) *Pass {
	pass, told := &Pass{Stream: stream}, &identity.Facts{}
	if live != nil {
		pass.Facts, pass.cookie, told = &live.Facts, live.Cookie(), &live.Facts
	}
	pass.Placeholder = func(key string) (any, bool) {
		if key == JudgedPlaceholder {
			return pass, true
		}
		name, ours := strings.CutPrefix(key, PlaceholderPrefix)
		if !ours {
			return nil, false
		}
		value, ok := told.Placeholder(name)
		return value, ok
	}
	return pass
}

// person is what a site makes of a session once.
type person struct {
	stamp *identity.Stamp
	pass  *Pass // of requests that do not stay open
}

// personOf returns what the site has made of a session.
func (s *Site) personOf(live *session.Live) *person {
	return live.Made(s, func() any {
		return &person{identity.NewStamp(live.Facts, *s.names), newPass(live, nil)}
	}).(*person)
}
