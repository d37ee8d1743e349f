package gateway

import (
	"strings"

	"github.com/frontdesk-gateway/frontdesk/internal/identity"
	"github.com/frontdesk-gateway/frontdesk/internal/session"
)

// Pass says that a request goes on to the portal. It is the same for all requests
// of a session: nobody changes it.
type Pass struct {
	// Facts are those of the person; nil on a public path without a session.
	Facts *identity.Facts
	// Placeholder gives the facts when something asks for them, and the pass
	// itself under [JudgedPlaceholder]. Who is nobody has all of them, and empty.
	Placeholder func(key string) (any, bool)

	cookie string // of the session, which was taken off the request; empty for nobody
}

// String says nothing. [JudgedPlaceholder] is for the directive alone, but whoever
// writes a template, which may be the portal, can ask for any placeholder as text.
func (*Pass) String() string { return "" }

// Names of placeholders.
const (
	PlaceholderPrefix = "http.auth.user." // the fact's name follows
	JudgedPlaceholder = "http.frontdesk.judged"
)

// PassNobody is the pass of who has no session.
var PassNobody = new(Pass).of(nil)

// of makes it the pass of a session, or of nobody.
func (p *Pass) of(live *session.Live) *Pass {
	if live != nil {
		p.Facts, p.cookie = &live.Facts, live.Cookie()
	}
	p.Placeholder = p.placeholder
	return p
}

func (p *Pass) placeholder(key string) (any, bool) {
	if key == JudgedPlaceholder {
		return p, true
	}
	name, ours := strings.CutPrefix(key, PlaceholderPrefix)
	if !ours {
		return nil, false
	}
	told := identity.Facts{}
	if p.Facts != nil {
		told = *p.Facts
	}
	value, ok := told.Placeholder(name)
	return value, ok
}

// person is what a site makes of a session once: all in one piece, for the garbage
// collector's sake.
type person struct {
	by    *Site
	stamp identity.Stamp
	pass  Pass
}

// personOf returns what the site has made of a session, which is good for one
// origin: the site changes with the configuration only.
func (s *Site) personOf(live *session.Live) *person {
	if p, ok := live.Made.Load().(*person); ok && p.by == s {
		return p
	}
	p := &person{by: s, stamp: identity.NewStamp(live.Facts, s.names)}
	p.pass.of(live)
	live.Made.Store(p)
	return p
}
