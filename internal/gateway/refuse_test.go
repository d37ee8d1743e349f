package gateway

import (
	"crypto/tls"
	"net/http"
	"strings"
	"testing"
)

// opening is what the opening of a WebSocket has on HTTP/1.1 (RFC 6455, 4.1).
func opening(r *http.Request) {
	r.Header.Set("Connection", "Upgrade")
	r.Header.Set("Upgrade", "websocket")
	r.Header.Set("Sec-Websocket-Version", "13")
	r.Header.Set("Sec-Websocket-Key", "dGhlIHNhbXBsZSBub25jZQ==")
}

// TestWebSockets: whose are let through, signed in or not, on public paths and
// others.
func TestWebSockets(t *testing.T) {
	const passes = 0
	for _, c := range []struct {
		name    string
		origins []string
		// answers at a public path, elsewhere, and at both signed in
		public, closed, publicSigned, closedSigned int
	}{
		{"this origin", []string{portal}, passes, 401, passes, passes},
		{"no origin", nil, passes, 401, 403, 403},
		{"another origin", []string{"https://evil.example"}, 403, 403, 403, 403},
		{"another origin of the platform", []string{alias}, 403, 403, 403, 403},
		{"another platform's origin", []string{techs}, 403, 403, 403, 403},
		{"another scheme", []string{"http://portal.msp.example"}, 403, 403, 403, 403},
		{"another port", []string{portal + ":8443"}, 403, 403, 403, 403},
		{"the same port, said", []string{portal + ":443"}, 403, 403, 403, 403},
		{"a page without an origin", []string{"null"}, 403, 403, 403, 403},
		{"empty", []string{""}, 403, 403, 403, 403},
		{"twice", []string{portal, portal}, 403, 403, 403, 403},
		{"one of two", []string{portal, "https://evil.example"}, 403, 403, 403, 403},
		{"a list", []string{portal + ", https://evil.example"}, 403, 403, 403, 403},
		{"a longer one", []string{portal + ".evil.example"}, 403, 403, 403, 403},
		{"another case", []string{"https://PORTAL.msp.example"}, 403, 403, 403, 403},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, at := range []struct {
				path   string
				signed bool
				want   int
			}{{"/health", false, c.public}, {"/", false, c.closed}, {"/health", true, c.publicSigned}, {"/", true, c.closedSigned}} {
				d := newDesk(t)
				change := []func(*http.Request){opening, func(r *http.Request) {
					if c.origins != nil {
						r.Header["Origin"] = c.origins
					}
				}}
				if at.signed {
					cookie, _ := d.signIn()
					change = append(change, with("Cookie", cookie))
				}
				got := d.do("GET", portal+at.path, change...)
				if passed := got.pass != nil; passed != (at.want == passes) {
					t.Fatalf("%s signed in %t: passed on %t, status %d", at.path, at.signed, passed, got.Code)
				}
				if at.want == passes {
					if (got.pass.facts() != nil) != at.signed || got.request.Header.Get("Upgrade") != "websocket" {
						t.Errorf("%s signed in %t: %+v, %v", at.path, at.signed, got.pass, got.request.Header)
					}
					continue
				}
				if got.wants(t, at.want); got.problem(t).Reference == "" && at.want == http.StatusForbidden {
					t.Errorf("%s signed in %t: no reference", at.path, at.signed)
				}
			}
		})
	}
}

// TestRefused: what goes to no portal and to no page, on any path, signed in or
// not: a page for people, a problem for programs.
func TestRefused(t *testing.T) {
	for _, c := range []struct {
		name, method string
		change       func(*http.Request)
		want         int
	}{
		{"method nobody knows", "PURGE", func(*http.Request) {}, http.StatusNotImplemented},
		{"method in another case", "get", func(*http.Request) {}, http.StatusNotImplemented},
		{"TRACE", "TRACE", func(*http.Request) {}, http.StatusNotImplemented},
		{"CONNECT", "CONNECT", func(*http.Request) {}, http.StatusNotImplemented},
		{"no path", "OPTIONS", func(r *http.Request) { r.URL.Path = "*" }, http.StatusBadRequest},
		{"early data", "PUT", func(r *http.Request) { r.TLS = &tls.ConnectionState{} }, http.StatusTooEarly},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, path := range []string{"/", "/health", "/frontdesk/whoami", "/frontdesk/sign-in"} {
				for _, signed := range []bool{false, true} {
					d := newDesk(t)
					cookie := ""
					if signed {
						cookie, _ = d.signIn()
					}
					asked := func(how ...func(*http.Request)) answer {
						return d.do("GET", portal+path, append(how, with("Cookie", cookie), func(r *http.Request) { r.Method = c.method }, c.change)...).wants(t, c.want)
					}
					asked().problem(t)
					if page := asked(navigating); !strings.HasPrefix(page.Header().Get("Content-Type"), "text/html") {
						t.Errorf("%s signed in %t: %v", path, signed, page.Header())
					}
				}
			}
		})
	}
}

// TestAddressOfThePortal: the portal hears how it was configured, however the
// request spelled it, and whatever a proxy said.
func TestAddressOfThePortal(t *testing.T) {
	for _, c := range []struct{ origin, host, authority, scheme string }{
		{portal, "portal.msp.example", "portal.msp.example", "https"},
		{portal, "PORTAL.msp.example:443", "portal.msp.example", "https"},
		{portal, "portal.msp.example:", "portal.msp.example", "https"},
		{alias, "Alias.msp.example:8443", "alias.msp.example:8443", "https"},
		{local, "portal.localhost:9080", "portal.localhost:9080", "http"},
	} {
		for _, trusted := range []bool{false, true} {
			d := newDesk(t)
			d.trusted = trusted
			got := d.do("GET", c.origin+"/health", func(r *http.Request) { r.Host = c.host }, with("X-Forwarded-Host", "evil.example"), with("X-Forwarded-Proto", "gopher"))
			if got.pass == nil || got.request.Host != c.authority {
				t.Errorf("%s: passed on %t, Host %q", c.host, got.pass != nil, got.request.Host)
			}
			if proto := got.request.Header.Get("X-Forwarded-Proto"); trusted && proto != c.scheme || !trusted && proto != "" {
				t.Errorf("%s from a trusted proxy %t: X-Forwarded-Proto %q", c.host, trusted, proto)
			}
			if host, ok := got.request.Header["X-Forwarded-Host"]; ok {
				t.Errorf("%s: X-Forwarded-Host %q", c.host, host)
			}
		}
	}
}
