package gateway

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/config"
	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/identity"
	"github.com/frontdesk-gateway/frontdesk/internal/passage"
	"github.com/frontdesk-gateway/frontdesk/internal/session"
)

// Site stands in front of one site.
type Site struct {
	*Gateway
	platform directory.Platform // empty: all that share the origin
	public   PublicPaths
	names    *identity.Names
	filter   *passage.Filter
}

// Client is what the server knows of a request beside the request.
type Client struct {
	URL    *url.URL // as the visitor sent it, before any rewrite
	Target string   // the same as it stood in the request line (RFC 9112, 3.2)
	IP     string   // of the client, as the server trusts it
	// Trusted says that the request came from a proxy whose word on where it
	// comes from is taken.
	Trusted bool
	// Before is how the request passed before it came to an error, where it did:
	// it is back, in parts as it was sent, in parts as it was made to pass. It is
	// judged anew, by the session that it had.
	Before *Pass
}

// Pass says that a request goes on to the portal.
type Pass struct {
	// Facts are those of the person; nil on a public path without a session.
	Facts *identity.Facts
	// Stream is the request where it may stay open for long; nil for others, and
	// without a session.
	Stream *Stream

	cookie string // of the session, which was taken off the request
}

// visit is a request at a configured origin.
type visit struct {
	*Site
	w             response
	r             *http.Request
	client        Client
	own           bool               // below the prefix: for the pages here, which read the cookies themselves
	request       passage.Request    // what it turned out to be
	*config.Place                    // where a session must be from, and the platforms it may be for
	origin        config.Origin      // the place's
	site          directory.Platform // the only one of its platforms, or empty
	live          *session.Live      // nil: nobody is signed in
	cookie        string             // its cookie's value
	query         url.Values         // of the visitor's address; on the pages here only
	named         *session.Secret    // what names the browser from now on, where it had no name; on the pages here only
}

// Handle decides one request. It returns nil where it answered it.
func (s *Site) Handle(w http.ResponseWriter, r *http.Request, client Client) (pass *Pass) {
	v := &visit{Site: s, w: response{ResponseWriter: w}, r: r, client: client}
	defer func() {
		if cause := recover(); cause != nil {
			pass = nil
			v.panicked(cause)
		}
	}()
	if pass = v.decide(); pass == nil {
		leaveBehind(r)
	}
	return pass
}

func (v *visit) decide() *Pass {
	v.request = v.filter.Admit(v.r, v.client.Trusted)
	var path string
	path, v.own = strings.CutPrefix(v.client.URL.Path, v.settings.Prefix+"/")
	located := v.locate()
	if v.own && path == "health" {
		v.health()
		return nil
	}
	if !located {
		v.misdirected()
		return nil
	}
	if v.refuses() {
		return nil
	}
	if !v.own || !isForAll(path) {
		if err := v.identify(); err != nil {
			v.unavailable(err)
			return nil
		}
	}
	if v.own {
		v.page(path)
		return nil
	}
	return v.toPortal()
}

// locate finds the configured origin that the request is for.
func (v *visit) locate() bool {
	place, ok := v.settings.Place(v.r.Host)
	if !ok || v.platform != "" && !slices.Contains(place.Platforms, v.platform) {
		return false
	}
	v.Place, v.origin = place, place.Origin
	v.w.secure = !v.origin.Insecure()
	if len(place.Platforms) == 1 {
		v.site = place.Platforms[0]
	}
	return true
}

// identify finds the session of the request, and takes the gateway's cookies
// off it. An error says that it could not be found out, or that no lifetime can
// be known, by which the pages here go too.
func (v *visit) identify() error {
	value, found := takeSessionCookie(v.r, v.origin, v.own)
	if before := v.client.Before; before != nil && !v.own {
		value, found = before.cookie, before.cookie != ""
	}
	if found || v.own {
		if err := v.clock.Check(); err != nil {
			return err
		}
	}
	if !found {
		return nil
	}
	name := sessionCookie(v.origin)
	live, err := v.sessions.Lookup(v.r.Context(), name, value)
	if errors.Is(err, session.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if live.Origin == v.Name && slices.Contains(v.Platforms, live.Platform) {
		v.live, v.cookie = live, value
	}
	return nil
}

func (v *visit) toPortal() *Pass {
	switch {
	case v.live != nil && v.request == passage.WebSocket && !v.fromHere():
		v.forbidden("a WebSocket without an origin") // a program with a browser's cookie
		return nil
	case v.live != nil:
		v.address()
		return v.passAs(v.live)
	case v.isPublic():
		v.address()
		return &Pass{}
	}
	v.challenge()
	return nil
}

// isPublic reports whether a request needs no session: neither for its path, nor
// for the second one that WebDAV's COPY and MOVE name (RFC 4918, 10.3).
func (v *visit) isPublic() bool {
	for _, destination := range v.r.Header["Destination"] {
		u, err := url.Parse(destination)
		if err != nil || u.Host != "" && !strings.EqualFold(u.Host, v.Authority) || !v.public.Match(u) {
			return false
		}
	}
	return v.public.Match(v.r.URL)
}

// address tells the portal by which origin it is reached, as it was configured:
// reverse_proxy builds X-Forwarded-Host from Host, and X-Forwarded-Proto from
// the connection, unless a trusted proxy has set that.
func (v *visit) address() {
	v.r.Host = v.Authority
	if v.client.Trusted {
		v.r.Header["X-Forwarded-Proto"] = []string{v.origin.Scheme}
	}
}

// passAs sets the identity of a person on the request.
func (v *visit) passAs(live *session.Live) *Pass {
	stamp, assertion := live.Stamp(v.names), ""
	if stamp.WantsAssertion() {
		var err error
		assertion, err = live.Assertion.Token(v.clock.Now(), func(now time.Time) (string, error) {
			return identity.Sign(live.Facts, v.issuer(live.Platform), v.Name, v.keys, now)
		})
		if err != nil {
			v.unavailable(err)
			return nil
		}
	}
	stamp.Set(v.r.Header, assertion)
	pass := &Pass{Facts: &live.Facts, cookie: v.cookie}
	if staysOpen(v.r) {
		pass.Stream = v.hold(live)
	}
	return pass
}

// issuer is the platform's main origin.
func (v *visit) issuer(p directory.Platform) string {
	main, ok := v.settings.Main(p)
	if !ok {
		return v.Name
	}
	return main.String()
}

func (v *visit) ctx() context.Context { return v.r.Context() }
