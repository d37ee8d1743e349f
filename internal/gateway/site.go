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
	Before *Judged
}

// arrival is a request on its way to the portal, and all that is decided of it. It
// says nothing to the visitor, and stays on the stack.
type arrival struct {
	*Site
	r             *http.Request
	client        Client
	request       passage.Request  // what it turned out to be
	own           bool             // below the prefix: for the pages here, which read the cookies themselves
	path          string           // below the prefix
	*config.Place                  // where a session must be from, and the platforms it may be for
	live          *session.Live    // nil: nobody is signed in
	session       *session.Session // the same, whole; on the pages here only
	now           time.Time        // where a cookie came: by which its session is judged
	err           error            // what could not be found out
	onward        *onward          // nil where it does not go on
}

// visit is an arrival that is answered here.
type visit struct {
	arrival
	w      response
	origin config.Origin      // the place's
	site   directory.Platform // the only one of its platforms, or empty
	query  url.Values         // of the visitor's address; on the pages here only
	named  *session.Secret    // what names the browser from now on, where it had no name; on the pages here only
}

// reply answers an arrival that does not go on.
type reply func(*visit)

// Handle decides one request. It returns how it passes, and where the portal
// answers it; nil where it is answered.
func (s *Site) Handle(w http.ResponseWriter, r *http.Request, client Client) (pass Pass, portal Portal) {
	a := arrival{Site: s, r: r, client: client}
	var v *visit
	defer func() {
		if cause := recover(); cause != nil {
			if v == nil {
				v = a.visit(w)
			}
			pass, portal = nil, nil
			v.panicked(cause)
		}
		if pass == nil {
			leaveBehind(r)
		}
	}()
	pass, reply := a.decide()
	if reply != nil {
		v = a.visit(w)
		reply(v)
		return nil, nil
	}
	a.onward.ResponseWriter = w
	return pass, a.onward
}

// visit begins to answer.
func (a *arrival) visit(w http.ResponseWriter) *visit {
	v := &visit{arrival: *a, w: response{ResponseWriter: w}}
	if v.Place == nil {
		return v
	}
	v.origin = v.Origin
	v.w.secure = !v.origin.Insecure()
	if len(v.Platforms) == 1 {
		v.site = v.Platforms[0]
	}
	return v
}

// decide returns the pass, or what is answered.
func (a *arrival) decide() (Pass, reply) {
	a.request = a.filter.Admit(a.r, a.client.Trusted)
	if below, ok := strings.CutPrefix(a.client.URL.Path, a.settings.Prefix); ok {
		a.path, a.own = strings.CutPrefix(below, "/")
	}
	located := a.locate()
	if a.own && a.path == "health" {
		return nil, (*visit).health
	}
	if !located {
		return nil, (*visit).misdirected
	}
	if reply := a.refusal(); reply != nil {
		return nil, reply
	}
	if !a.own || !isForAll(a.path) {
		if a.err = a.identify(); a.err != nil {
			return nil, (*visit).notFoundOut
		}
	}
	if a.own {
		return nil, func(v *visit) { v.page(v.path) }
	}
	return a.toPortal()
}

// locate finds the configured origin that the request is for.
func (a *arrival) locate() bool {
	place, ok := a.settings.Place(a.r.Host)
	if !ok || a.platform != "" && !slices.Contains(place.Platforms, a.platform) {
		return false
	}
	a.Place = place
	return true
}

// identify finds the session of the request, and takes the gateway's cookies
// off it. An error says that it could not be found out, or that no lifetime can
// be known, by which the pages here go too.
func (a *arrival) identify() (err error) {
	value, found := takeSessionCookie(a.r, a.Origin, a.own)
	if before := a.client.Before; before != nil && !a.own {
		value, found = before.cookie()
	}
	if found || a.own {
		if a.now, err = a.clock.Judge(); err != nil {
			return err
		}
	}
	if !found {
		return nil
	}
	if err = a.find(value); errors.Is(err, session.ErrNotFound) {
		return nil
	}
	return err
}

// find finds the session of a cookie, where it is good here. On the pages it does
// also for a browser that has left: see goOn.
func (a *arrival) find(value string) error {
	ctx := a.ctx()
	if a.own {
		ctx = context.WithoutCancel(ctx)
	}
	live, err := a.sessions.Lookup(ctx, sessionCookie(a.Origin), value)
	if err != nil || live.Origin() != a.Name || !slices.Contains(a.Platforms, live.Platform()) {
		return err
	}
	if a.own {
		whole, err := a.sessions.Whole(ctx, live)
		if err != nil {
			return err
		}
		a.session = &whole
	}
	a.live = live
	return nil
}

func (a *arrival) toPortal() (Pass, reply) {
	switch {
	case a.live != nil && a.request == passage.WebSocket && !a.fromHere():
		return nil, func(v *visit) { v.forbidden("a WebSocket without an origin") } // a program with a browser's cookie
	case a.live != nil:
		a.goesOn()
		return a.passAs(a.live)
	case a.isPublic():
		a.goesOn()
		return PassNobody, nil
	}
	return nil, (*visit).challenge
}

// isPublic reports whether a request needs no session: neither for its path, nor
// for the second one that WebDAV's COPY and MOVE name (RFC 4918, 10.3).
func (a *arrival) isPublic() bool {
	for _, destination := range a.r.Header["Destination"] {
		u, err := url.Parse(destination)
		if err != nil || u.Host != "" && !strings.EqualFold(u.Host, a.Authority) || !a.public.Match(u) {
			return false
		}
	}
	return a.public.Match(a.r.URL)
}

// goesOn tells the portal by which origin it is reached, as it was configured:
// reverse_proxy builds X-Forwarded-Host from Host, and X-Forwarded-Proto from
// the connection, unless a trusted proxy has set that.
func (a *arrival) goesOn() {
	a.onward = &onward{}
	a.r.Host = a.Authority
	if a.client.Trusted {
		a.r.Header["X-Forwarded-Proto"] = []string{a.Origin.Scheme}
	}
}

// passAs sets the identity of a person on the request.
func (a *arrival) passAs(live *session.Live) (Pass, reply) {
	values, assertion := &a.onward.values, ""
	live.Tell(values)
	if a.names.WantAssertion() {
		assertion, a.err = live.Assertion.Token(a.now, func(now time.Time) (string, error) {
			return identity.Sign(live.Facts(), a.issuer(live.Platform()), a.Name, a.keys, now)
		})
		if a.err != nil {
			return nil, (*visit).notFoundOut
		}
	}
	a.names.Set(a.r.Header, values, assertion)
	if staysOpen(a.r) {
		a.onward.stream = a.hold(a.ctx(), live, a.client.URL.Path)
	} else {
		a.onward.gateway, a.onward.r, a.onward.live = a.Gateway, a.r, live
	}
	return passOf(live), nil
}

// issuer is the platform's main origin.
func (a *arrival) issuer(p directory.Platform) string {
	main, ok := a.settings.Main(p)
	if !ok {
		return a.Name
	}
	return main.String()
}

func (a *arrival) ctx() context.Context { return a.r.Context() }
