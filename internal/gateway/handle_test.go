package gateway

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/frontdesk-gateway/frontdesk/internal/config"
	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/session"
	"github.com/frontdesk-gateway/frontdesk/internal/store/memory"
)

// TestHosts: 421 for what is no configured origin, or another site's.
func TestHosts(t *testing.T) {
	for _, c := range []struct {
		host   string
		served bool
	}{
		{"portal.msp.example", true},
		{"portal.msp.example:443", true},
		{"PORTAL.msp.example", true},
		{"alias.msp.example:8443", true},
		{"portal.localhost:9080", true},
		{"portal.msp.example:8443", false},
		{"portal.msp.example:80", false},
		{"alias.msp.example", false},
		{"portal.localhost", false},
		{"portal.msp.example.", false},
		{"portal.msp.example.evil.example", false},
		{"evil.example", false},
		{"tech.msp.example", false}, // another platform's
		{"127.0.0.1", false},
		{"[::1]", false},
		{"", false},
		{"portal.msp.example:443:443", false},
	} {
		t.Run(c.host, func(t *testing.T) {
			d := newDesk(t)
			cookie, _ := d.signIn()
			for _, path := range []string{"/", "/health", "/frontdesk/whoami"} {
				got := d.do("GET", path, with("Cookie", cookie), func(r *http.Request) { r.Host = c.host })
				if misdirected := got.pass == nil && got.Code == http.StatusMisdirectedRequest; misdirected == c.served {
					t.Errorf("%s: passed on %t, status %d", path, got.pass != nil, got.Code)
				}
				if !c.served && strings.Contains(got.Body.String(), "msp.example") {
					t.Errorf("%s tells of the hosts that are served: %s", path, got.Body)
				}
			}
		})
	}
}

// TestChallenge: who has no session is sent to sign in, or told 401 in a form
// that fits the request.
func TestChallenge(t *testing.T) {
	const redirect, page, problem = "redirect", "page", "problem"
	fetch := func(mode, dest string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set("Sec-Fetch-Mode", mode); r.Header.Set("Sec-Fetch-Dest", dest) }
	}
	html := with("Accept", "text/html, */*;q=0.1")
	fromHere, insecure := with("Origin", portal), with("Upgrade-Insecure-Requests", "1")
	for _, c := range []struct {
		name   string
		method string
		change []func(*http.Request)
		want   string
	}{
		{"navigation", "GET", []func(*http.Request){navigating}, redirect},
		{"navigation by way of a service worker", "GET", []func(*http.Request){navigating, fetch("navigate", "empty")}, redirect},
		{"navigation by way of a service worker in Firefox", "GET", []func(*http.Request){fetch("same-origin", "empty"), html, insecure}, redirect},
		{"navigation by HEAD", "HEAD", []func(*http.Request){navigating}, redirect},
		{"old browser", "GET", []func(*http.Request){html}, redirect},
		{"old browser, second in Accept", "GET", []func(*http.Request){with("Accept", "application/json, text/html;q=0.5")}, redirect},
		{"old browser, second line of Accept", "GET", []func(*http.Request){with("Accept", "image/png"), with("Accept", "text/html")}, redirect},
		{"text/html refused by q=0", "GET", []func(*http.Request){with("Accept", "text/html;q=0, */*")}, problem},
		{"text/html refused by q=0.000", "GET", []func(*http.Request){with("Accept", "text/html;q=0.000")}, problem},
		{"anything accepted", "GET", []func(*http.Request){with("Accept", "*/*")}, problem},
		{"no headers", "GET", nil, problem},
		{"a browser's name decides nothing", "GET", []func(*http.Request){with("User-Agent", "Mozilla/5.0")}, problem},
		{"fetch", "GET", []func(*http.Request){fetch("cors", "empty")}, problem},
		{"fetch that accepts HTML", "GET", []func(*http.Request){fetch("cors", "empty"), html}, problem},
		{"same-origin fetch that accepts HTML", "GET", []func(*http.Request){fetch("same-origin", "empty"), html}, problem},
		{"XHR", "GET", []func(*http.Request){with("X-Requested-With", "XMLHttpRequest"), with("Accept", "application/json")}, problem},
		{"image", "GET", []func(*http.Request){fetch("no-cors", "image")}, problem},
		{"prefetch of Firefox", "GET", []func(*http.Request){fetch("no-cors", "empty"), html, with("Sec-Purpose", "prefetch")}, problem},
		{"worker", "GET", []func(*http.Request){fetch("same-origin", "worker")}, problem},
		{"service worker", "GET", []func(*http.Request){fetch("same-origin", "serviceworker"), with("Service-Worker", "script")}, problem},
		{"event stream", "GET", []func(*http.Request){fetch("cors", "empty"), with("Accept", "text/event-stream")}, problem},
		{"WebSocket", "GET", []func(*http.Request){fetch("websocket", "websocket"), opening, fromHere}, problem},
		{"WebSocket of Firefox", "GET", []func(*http.Request){fetch("websocket", "empty"), opening, fromHere}, problem},
		{"WebSocket of an old browser", "GET", []func(*http.Request){opening, fromHere, html}, problem},
		{"WebSocket of a program", "GET", []func(*http.Request){opening}, problem},
		{"what only looks like a WebSocket", "GET", []func(*http.Request){with("Upgrade", "websocket"), html}, redirect},
		{"iframe", "GET", []func(*http.Request){fetch("navigate", "iframe"), html}, page},
		{"object", "GET", []func(*http.Request){fetch("navigate", "object")}, page},
		{"form post", "POST", []func(*http.Request){navigating}, page},
		{"form post by way of a service worker in Firefox", "POST", []func(*http.Request){fetch("same-origin", "empty"), html, insecure, fromHere}, page},
		{"form post of an old browser", "POST", []func(*http.Request){html}, page},
		{"preflight", "OPTIONS", []func(*http.Request){fetch("cors", "empty"), with("Access-Control-Request-Method", "PUT")}, problem},
		{"DELETE by a program", "DELETE", nil, problem},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := newDesk(t).do(c.method, portal+"/tickets/7?sort=new&q=a%2Fb+c", c.change...)
			h := got.Header()
			if h.Get("Cache-Control") != "no-store" || !strings.Contains(h.Get("Vary"), "Sec-Fetch-Mode") {
				t.Errorf("headers %v", h)
			}
			if c.want == redirect {
				got.wants(t, http.StatusSeeOther)
				if l := h.Get("Location"); l != "/frontdesk/sign-in?return=%2Ftickets%2F7%3Fsort%3Dnew%26q%3Da%252Fb%2Bc" {
					t.Errorf("sent to %s", l)
				}
				return
			}
			got.wants(t, http.StatusUnauthorized)
			if a := h.Get("WWW-Authenticate"); a != `Frontdesk realm="`+portal+`"` || h.Get("Location") != "" {
				t.Errorf("WWW-Authenticate %q, Location %q", a, h.Get("Location"))
			}
			if c.want == problem {
				if p := got.problem(t); p.SignIn != portal+"/frontdesk/sign-in" {
					t.Errorf("sign_in %q", p.SignIn)
				}
				return
			}
			if body := got.Body.String(); !strings.HasPrefix(h.Get("Content-Type"), "text/html") || !strings.Contains(body, `target="_top"`) || !strings.Contains(body, "/frontdesk/sign-in?return=") {
				t.Errorf("%s\n%s", h.Get("Content-Type"), body)
			}
		})
	}
}

// TestIdentityHeaders: nothing that came from outside survives, on any path,
// and who is signed in is named.
func TestIdentityHeaders(t *testing.T) {
	spoof := func(r *http.Request) {
		r.Header["Remote-User"] = []string{"evil"}
		r.Header["remote_email"] = []string{"evil"}
		r.Header["X-Frontdesk-Impersonator"] = []string{"evil"}
		r.Header["X_frontdesk_Account-Id"] = []string{"evil"}
		r.Header["Connection"] = []string{"Remote-User, X-Frontdesk-Assertion"}
		r.Trailer = http.Header{"Remote-Groups": nil}
	}
	for _, path := range []string{"/", "/health", "/assets/app.js"} {
		d := newDesk(t)
		cookie, _ := d.signIn()
		got := d.do("GET", portal+path, spoof, with("Cookie", cookie))
		if got.pass == nil || got.pass.facts() == nil || got.pass.facts().ID != "c-ann" {
			t.Fatalf("%s: %+v", path, got.pass)
		}
		h := got.request.Header
		for name, want := range map[string]string{
			"Remote-User": "c-ann", "Remote-Email": "ann@acme.example", "Remote-Name": "Ann", "Remote-Groups": "users,a%2Cb", "X-Frontdesk-Platform": "client",
			"X-Frontdesk-Entity": "contact", "X-Frontdesk-Account-Id": "acme", "X-Frontdesk-Account-Name": "Acme & S%C3%B6hne", "X-Frontdesk-Method": "email_token", "X-Frontdesk-Session": "S1",
		} {
			if v := h[name]; len(v) != 1 || v[0] != want {
				t.Errorf("%s: %s is %q, want %q", path, name, v, want)
			}
		}
		for name, values := range h {
			if slices.Contains(values, "evil") {
				t.Errorf("%s: %s came through", path, name)
			}
		}
		if h.Get("Connection") != "" || len(got.request.Trailer) != 0 {
			t.Errorf("%s: %v, trailers %v", path, h, got.request.Trailer)
		}
	}
	for _, path := range []string{"/health", "/assets/app.js"} {
		got := newDesk(t).do("GET", portal+path, spoof)
		if got.pass == nil || got.pass.facts() != nil {
			t.Fatalf("%s without a session: %+v", path, got.pass)
		}
		for name := range got.request.Header {
			if strings.Contains(strings.ToLower(name), "remote") || strings.Contains(strings.ToLower(name), "frontdesk") {
				t.Errorf("%s without a session: %s", path, name)
			}
		}
	}
}

// TestAssertionHeader: it verifies with the keys of jwks.json, for the origin
// of the request.
func TestAssertionHeader(t *testing.T) {
	d := newDesk(t)
	cookie, _ := d.signIn(func(s *session.Session) { s.Origin = alias })
	got := d.do("GET", alias+"/", with("Cookie", cookie))
	if got.pass == nil {
		t.Fatalf("status %d", got.Code)
	}
	parsed, err := jwt.ParseSigned(got.request.Header.Get("X-Frontdesk-Assertion"), []jose.SignatureAlgorithm{jose.ES256})
	if err != nil {
		t.Fatal(err)
	}
	published := d.do("GET", portal+"/frontdesk/jwks.json").wants(t, http.StatusOK)
	var set jose.JSONWebKeySet
	if err := json.Unmarshal(published.Body.Bytes(), &set); err != nil {
		t.Fatal(err)
	}
	var claims jwt.Claims
	if err := parsed.Claims(&set, &claims); err != nil {
		t.Fatal(err)
	}
	if claims.Issuer != portal || !claims.Audience.Contains(alias) || len(claims.Audience) != 1 || claims.Subject != "c-ann" {
		t.Errorf("claims %+v", claims)
	}
}

func TestRenamedHeaders(t *testing.T) {
	d := newDesk(t, func(c *config.Config) {
		c.Headers = map[string]string{"Remote-User": "X-User", "X-Frontdesk-Assertion": "off"}
	})
	cookie, _ := d.signIn()
	got := d.do("GET", portal+"/", with("Cookie", cookie), with("Remote-User", "evil"), with("X_User", "evil"))
	h := got.request.Header
	if got.pass == nil || h.Get("X-User") != "c-ann" || h.Get("Remote-User") != "" || h.Get("X-Frontdesk-Assertion") != "" || h["X_user"] != nil {
		t.Errorf("headers %v", h)
	}
}

// TestSessionIsOfOneOrigin: a cookie that found its way to another host is
// nobody's there.
func TestSessionIsOfOneOrigin(t *testing.T) {
	for name, change := range map[string]func(*session.Session){
		"another origin of the platform": func(s *session.Session) { s.Origin = alias },
		"another platform's origin":      func(s *session.Session) { s.Origin = techs },
		"another platform":               func(s *session.Session) { s.Platform = directory.Tech },
	} {
		d := newDesk(t)
		cookie, _ := d.signIn(change)
		if got := d.do("GET", portal+"/", navigating, with("Cookie", cookie)); got.pass != nil {
			t.Errorf("%s: passed on", name)
		}
	}
	d := newDesk(t)
	cookie, _ := d.signIn(func(s *session.Session) { s.Origin = local })
	if got := d.do("GET", local+"/", with("Cookie", cookie)); got.pass != nil {
		t.Error("a __Host- cookie counted on plain http")
	}
}

// TestRevokedAtOnce: sign-out and revocation hold for the very next request.
func TestRevokedAtOnce(t *testing.T) {
	d := newDesk(t)
	cookie, s := d.signIn()
	if got := d.do("GET", portal+"/", with("Cookie", cookie)); got.pass == nil {
		t.Fatalf("status %d", got.Code)
	}
	if err := d.store.EndSessions(t.Context(), s.Key); err != nil {
		t.Fatal(err)
	}
	d.do("GET", portal+"/", with("Cookie", cookie)).wants(t, http.StatusUnauthorized)
}

// TestStoreFailure: 503 and a reference, never a sign-in page, never the
// portal.
func TestStoreFailure(t *testing.T) {
	for _, path := range []string{"/", "/health", "/frontdesk/whoami", "/frontdesk/sign-in", "/frontdesk/session"} {
		for name, how := range map[string]func(*http.Request){"page": navigating, "program": func(*http.Request) {}} {
			d := newDesk(t)
			cookie, _ := d.signIn()
			d.store.fail(errors.New("input/output error"))
			got := d.do("GET", portal+path, how, with("Cookie", cookie)).wants(t, http.StatusServiceUnavailable)
			if got.Header().Get("Retry-After") == "" || got.Header().Get("Location") != "" {
				t.Errorf("%s for a %s: %v", path, name, got.Header())
			}
			if strings.Contains(got.Body.String(), "input/output") {
				t.Errorf("%s for a %s tells the cause", path, name)
			}
			reference := logged(d.log.String())
			if reference == "" || !strings.Contains(got.Body.String(), reference) {
				t.Errorf("%s for a %s: no reference %q in\n%s", path, name, reference, got.Body)
			}
		}
	}
}

// logged is the last reference in a log.
func logged(log string) string {
	_, reference, _ := strings.Cut(log[max(strings.LastIndex(log, "reference="), 0):], "reference=")
	reference, _, _ = strings.Cut(reference, "\n")
	return reference
}

func putTed(e directory.Editor) error {
	return e.PutMember(directory.Member{ID: "m-ted", Email: "ted@msp.example", Active: true})
}

// tedFrom makes a session that of member Ted, by a tenant that vouches for his address.
func tedFrom(tenant string) func(*session.Session) {
	return func(s *session.Session) {
		s.ID, s.Kind, s.EntityID, s.Address = tenant, directory.KindMember, "m-ted", "ted@msp.example"
		s.Platform, s.Origin, s.Method = directory.Tech, techs, directory.MethodMicrosoft
		s.Proofs = []session.Proof{{Method: directory.MethodMicrosoft, At: s.Created, Identity: directory.Identity{Issuer: tenant, Subject: "ted"}, Tenant: tenant, Vouched: true, Claimed: true}}
	}
}

// TestMemberTenantListedNoMore: a reload that takes a tenant off the list of the
// members' ends the sessions that were opened from there, and no others.
func TestMemberTenantListedNoMore(t *testing.T) {
	const kept, gone = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"
	s := memory.New()
	from := func(tenants ...string) *desk {
		d := newDeskOn(t, s, func(c *config.Config) { c.Microsoft.MemberTenants = tenants })
		d.Site = d.Site.Gateway.Site(directory.Tech, PublicPaths{}, nil)
		return d
	}
	before := from(kept, gone)
	if err := s.Edit(t.Context(), putTed); err != nil {
		t.Fatal(err)
	}
	stays, _ := before.signIn(tedFrom(kept))
	ends, _ := before.signIn(tedFrom(gone))
	for name, c := range map[string]struct {
		d      *desk
		cookie string
		want   int
	}{
		"listed":                    {before, ends, http.StatusOK},
		"listed still":              {from(kept), stays, http.StatusOK},
		"listed no more":            {from(kept), ends, http.StatusUnauthorized},
		"none is, and all may come": {from(), ends, http.StatusOK},
	} {
		t.Run(name, func(t *testing.T) {
			c.d.do(http.MethodGet, techs+"/frontdesk/whoami", with("Cookie", c.cookie)).wants(t, c.want)
		})
	}
}
