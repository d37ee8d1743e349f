package gateway

import (
	"bytes"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/config"
	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/journey"
	"github.com/frontdesk-gateway/frontdesk/internal/session"
)

// TestMethods: each page answers its methods only, and says which they are.
func TestMethods(t *testing.T) {
	d := newDesk(t)
	for _, c := range []struct {
		path, method string
		status       int
		allow        string
	}{
		{"sign-in", "GET", 200, ""},
		{"sign-in", "HEAD", 200, ""},
		{"sign-in", "PUT", 405, "GET, HEAD, POST"},
		{"sign-in", "OPTIONS", 405, "GET, HEAD, POST"},
		{"sign-out", "GET", 200, ""},
		{"sign-out", "DELETE", 405, "GET, HEAD, POST"},
		{"session", "GET", 303, ""},
		{"session", "PATCH", 405, "GET, HEAD, POST"},
		{"whoami", "POST", 405, "GET, HEAD"},
		{"jwks.json", "POST", 405, "GET, HEAD"},
		{"callback/microsoft", "POST", 405, "GET, HEAD"},
		{"callback/microsoft", "GET", 410, ""},
		{"callback/google", "GET", 404, ""},
		{"callback/", "GET", 404, ""},
		{"health", "POST", 405, "GET, HEAD"},
		{"assets/nothing.css", "GET", 404, ""},
		{"assets/logo", "GET", 404, ""},
		{"", "GET", 404, ""},
		{"sign-in/", "GET", 404, ""},
		{"Sign-In", "GET", 404, ""},
		{"../health", "GET", 404, ""},
		{"nothing", "GET", 404, ""},
	} {
		t.Run(c.method+" "+c.path, func(t *testing.T) {
			got := d.do(c.method, portal+"/frontdesk/"+c.path, func(r *http.Request) {
				if c.method != "HEAD" && c.method != "GET" {
					posting(r)
				}
			}).wants(t, c.status)
			if a := got.Header().Get("Allow"); a != c.allow {
				t.Errorf("Allow %q, want %q", a, c.allow)
			}
			if c.method == "HEAD" && got.Body.Len() != 0 {
				t.Errorf("a body of %d bytes", got.Body.Len())
			}
		})
	}
}

// TestOwnPathsNeverReachThePortal: whoever is signed in.
func TestOwnPathsNeverReachThePortal(t *testing.T) {
	d := newDesk(t)
	cookie, _ := d.signIn()
	for _, path := range []string{"/frontdesk/", "/frontdesk/nothing", "/%66rontdesk/nothing", "/frontdesk//", "/frontdesk/../frontdesk/x"} {
		if got := d.do("GET", portal+path, with("Cookie", cookie)); got.pass != nil {
			t.Errorf("%s was passed on", path)
		}
	}
}

// TestPosts: a form counts only when it comes from a page of this very origin.
func TestPosts(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*http.Request)
		status int
	}{
		{"of this page", func(*http.Request) {}, 422},
		{"without Sec-Fetch-Site", with("Sec-Fetch-Site", ""), 422},
		{"without Origin", with("Origin", ""), 403},
		{"Origin null", func(r *http.Request) { r.Header.Set("Origin", "null") }, 403},
		{"another host", func(r *http.Request) { r.Header.Set("Origin", "https://evil.example") }, 403},
		{"another scheme", func(r *http.Request) { r.Header.Set("Origin", "http://portal.msp.example") }, 403},
		{"another port", func(r *http.Request) { r.Header.Set("Origin", portal+":8443") }, 403},
		{"the default port spelled out", func(r *http.Request) { r.Header.Set("Origin", portal+":443") }, 403},
		{"upper case", func(r *http.Request) { r.Header.Set("Origin", "https://PORTAL.msp.example") }, 403},
		{"another configured origin", func(r *http.Request) { r.Header.Set("Origin", techs) }, 403},
		{"a sub-domain", func(r *http.Request) { r.Header.Set("Origin", "https://x.portal.msp.example") }, 403},
		{"two Origins", with("Origin", portal), 403},
		{"two Origins in one", func(r *http.Request) { r.Header.Set("Origin", portal+" "+portal) }, 403},
		{"Sec-Fetch-Site: cross-site", func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }, 403},
		{"Sec-Fetch-Site: same-site", func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "same-site") }, 403},
		{"Sec-Fetch-Site: none", func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "none") }, 403},
		{"Sec-Fetch-Site in another case", func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "Same-Origin") }, 403},
		{"Sec-Fetch-Site made up", func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "x") }, 403},
		{"two Sec-Fetch-Sites", func(r *http.Request) { r.Header["Sec-Fetch-Site"] = []string{"cross-site", "same-origin"} }, 403},
		{"Origin with a path", func(r *http.Request) { r.Header.Set("Origin", portal+"/") }, 403},
		{"Origin with a dot", func(r *http.Request) { r.Header.Set("Origin", portal+".") }, 403},
		{"Origin that begins so", func(r *http.Request) { r.Header.Set("Origin", portal+".evil.example") }, 403},
		{"Origin with a user", func(r *http.Request) { r.Header.Set("Origin", "https://u@portal.msp.example") }, 403},
		{"Referer alone", func(r *http.Request) { r.Header.Del("Origin"); r.Header.Set("Referer", portal+"/frontdesk/sign-in") }, 403},
		{"another origin of the platform", func(r *http.Request) { r.Header.Set("Origin", alias) }, 403},
		{"the default port spelled out in Host", func(r *http.Request) { r.Host += ":443" }, 422},
		{"the same, of an old browser", func(r *http.Request) { r.Host += ":443"; r.Header.Del("Sec-Fetch-Site") }, 422},
		{"no browser's cookie", func(r *http.Request) { r.Header.Del("Cookie"); r.Header.Del(ownForm) }, 403},
		{"a form of another page", func(r *http.Request) { r.Header.Del(ownForm) }, 403},
		{"a form of another page, of an old browser", func(r *http.Request) { r.Header.Del(ownForm); r.Header.Del("Sec-Fetch-Site") }, 403},
		{"JSON", func(r *http.Request) { r.Header.Set("Content-Type", "application/json") }, 400},
		{"multipart", func(r *http.Request) { r.Header.Set("Content-Type", "multipart/form-data; boundary=x") }, 400},
		{"no type", with("Content-Type", ""), 400},
		{"plain text", func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") }, 400},
		{"a type that begins so", func(r *http.Request) { r.Header.Set("Content-Type", "application/x-www-form-urlencoded2") }, 400},
		{"a type with a broken parameter", func(r *http.Request) { r.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset") }, 400},
		{"another case", func(r *http.Request) { r.Header.Set("Content-Type", "Application/X-WWW-Form-Urlencoded") }, 422},
		{"a charset", func(r *http.Request) {
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=UTF-16")
		}, 422},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t)
			got := d.doBody("POST", portal+"/frontdesk/sign-in?return=/deep", "email=x%40nowhere.example", posting, with("Cookie", d.browserOf()), c.change).wants(t, c.status)
			if !strings.HasPrefix(got.Header().Get("Content-Type"), "text/html") {
				t.Errorf("answered as %s", got.Header().Get("Content-Type"))
			}
		})
	}
}

func TestPostBodies(t *testing.T) {
	for _, c := range []struct {
		name, body string
		status     int
	}{
		{"as large as can be", "email=" + strings.Repeat("x", maxForm-6-ownFormSize), 422},
		{"too large", "email=" + strings.Repeat("x", maxForm-5-ownFormSize), 413},
		{"broken escape", "email=%zz", 400},
		{"empty", "", 422},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t)
			d.doBody("POST", portal+"/frontdesk/sign-in", c.body, posting, with("Cookie", d.browserOf())).wants(t, c.status)
		})
	}
}

// TestFieldsComeFromTheBody: an address cannot fill in a form.
func TestFieldsComeFromTheBody(t *testing.T) {
	d := newDesk(t)
	got := d.doBody("POST", portal+"/frontdesk/sign-in?email=ann@acme.example", "", posting, with("Cookie", d.browserOf())).wants(t, 422)
	if strings.Contains(got.Body.String(), "ann@acme.example") {
		t.Error("the field was read from the address")
	}
}

// TestFailuresHaveAReference that the log has too.
func TestFailuresHaveAReference(t *testing.T) {
	d := newDesk(t)
	got := d.doBody("POST", portal+"/frontdesk/sign-in", "email=x", posting, func(r *http.Request) { r.Header.Set("Origin", "https://evil.example") }).wants(t, 403)
	reference := logged(d.log.String())
	if reference == "" || !strings.Contains(got.Body.String(), "Reference") || !strings.Contains(got.Body.String(), reference) {
		t.Errorf("no reference %q in\n%s", reference, got.Body)
	}
}

// TestPageHeaders: what browsers may do with a page.
func TestPageHeaders(t *testing.T) {
	d := newDesk(t)
	cookie, _ := d.signIn()
	for path, status := range map[string]int{"sign-in": 303, "session": 200, "sign-out": 200, "nothing": 404, "callback/microsoft": 303} {
		got := d.do("GET", portal+"/frontdesk/"+path, navigating, with("Cookie", cookie)).wants(t, status)
		h := got.Header()
		if h.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: Cache-Control %q", path, h.Get("Cache-Control"))
		}
		if status == 303 {
			continue
		}
		csp := h.Get("Content-Security-Policy")
		for _, want := range []string{"default-src 'none'", "style-src 'self'", "img-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", "form-action"} {
			if !strings.Contains(csp, want) {
				t.Errorf("%s: CSP %q has no %s", path, csp, want)
			}
		}
		for name, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "Referrer-Policy": "origin", "Cross-Origin-Resource-Policy": "same-origin", "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp",
			"Content-Type": "text/html; charset=utf-8",
		} {
			if got := h.Get(name); got != want {
				t.Errorf("%s: %s %q, want %q", path, name, got, want)
			}
		}
	}
}

func TestWhoami(t *testing.T) {
	d := newDesk(t)
	cookie, _ := d.signIn()
	got := d.do("GET", portal+"/frontdesk/whoami", with("Cookie", cookie)).wants(t, 200)
	var body map[string]any
	if err := json.Unmarshal(got.Body.Bytes(), &body); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"id": "c-ann", "email": "ann@acme.example", "name": "Ann", "platform": "client", "entity": "contact", "account_id": "acme",
		"account_name": "Acme & Söhne", "groups": []any{"users", "a,b"}, "method": "email_token", "session": "S1",
	}
	if !reflect.DeepEqual(body, want) {
		t.Errorf("body %v, want %v", body, want)
	}
	h := got.Header()
	if h.Get("Content-Type") != "application/json" || h.Get("Cache-Control") != "no-store" || h.Get("Vary") != "Cookie" || h.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("headers %v", h)
	}
	for name, how := range map[string]func(*http.Request){"program": func(*http.Request) {}, "page": navigating} {
		got := d.do("GET", portal+"/frontdesk/whoami", how).wants(t, 401)
		if p := got.problem(t); p.SignIn != portal+"/frontdesk/sign-in" || got.Header().Get("WWW-Authenticate") == "" {
			t.Errorf("%s: %+v, %v", name, p, got.Header())
		}
	}
}

func TestJWKS(t *testing.T) {
	d := newDesk(t)
	got := d.do("GET", portal+"/frontdesk/jwks.json").wants(t, 200)
	if caching := got.Header().Get("Cache-Control"); caching != "public, max-age=3600" {
		t.Errorf("Cache-Control: %s", caching)
	}
	var body struct {
		Keys []map[string]string `json:"keys"`
	}
	if err := json.Unmarshal(got.Body.Bytes(), &body); err != nil || len(body.Keys) != 1 {
		t.Fatalf("%v: %s", err, got.Body)
	}
	key := body.Keys[0]
	if key["kty"] != "EC" || key["crv"] != "P-256" || key["alg"] != "ES256" || key["use"] != "sig" || key["kid"] == "" || key["d"] != "" {
		t.Errorf("key %v", key)
	}
	if h := got.Header(); h.Get("Access-Control-Allow-Origin") != "*" || h["Cross-Origin-Resource-Policy"] != nil || h.Get("Content-Type") != "application/jwk-set+json" {
		t.Errorf("headers %v", h)
	}
}

func TestHealth(t *testing.T) {
	d := newDesk(t)
	health := func(host string) (answer, map[string]any) {
		t.Helper()
		got := d.do("GET", "/frontdesk/health", func(r *http.Request) { r.Host = host })
		var body map[string]any
		if err := json.Unmarshal(got.Body.Bytes(), &body); err != nil || got.pass != nil {
			t.Fatalf("%v: %s", err, got.Body)
		}
		return got, body
	}
	for _, host := range []string{"portal.msp.example", "127.0.0.1:8080", "anything.example", ""} {
		if got, body := health(host); got.Code != 200 || body["status"] != "ok" || body["down"] != nil || got.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%q: %d %v", host, got.Code, body)
		}
	}
	d.probes.bad["email_token"], d.probes.bad["microsoft"] = true, true
	if got, body := health("x"); got.Code != 200 || !reflect.DeepEqual(body["down"], []any{"email_token", "microsoft"}) {
		t.Errorf("methods down: %d %v", got.Code, body)
	}
	d.store.fail(http.ErrServerClosed)
	got, body := health("x")
	if got.Code != 503 || body["status"] == "ok" || got.Header().Get("Retry-After") == "" || strings.Contains(got.Body.String(), "closed") {
		t.Errorf("store failed: %d %s", got.Code, got.Body)
	}
	d.store.err.Store(nil)
	if got, _ := health("x"); got.Code != 200 {
		t.Errorf("store back: %d", got.Code)
	}
}

// TestTooEarly: what could be a replay of early data changes nothing
// (RFC 8470).
func TestTooEarly(t *testing.T) {
	for _, c := range []struct {
		method, path string
		early        bool
	}{
		{"POST", "sign-in", true},
		{"POST", "sign-out", true},
		{"POST", "session", true},
		{"GET", "sign-in?ticket=x", true},
		{"GET", "session?grant=x", true},
		{"GET", "callback/microsoft?state=x", true},
		{"GET", "whoami", false},
		{"GET", "jwks.json", false},
		{"GET", "sign-out", false},
	} {
		for _, done := range []bool{false, true} {
			d := newDesk(t)
			got := d.do(c.method, portal+"/frontdesk/"+c.path, posting, func(r *http.Request) { r.TLS = &tls.ConnectionState{HandshakeComplete: done} })
			if early := got.Code == http.StatusTooEarly; early != (c.early && !done) {
				t.Errorf("%s %s with the handshake done %t: %d", c.method, c.path, done, got.Code)
			}
		}
	}
}

var stylesheet = regexp.MustCompile(`href="(/frontdesk/assets/[^"]+\.css)"`)

var image = regexp.MustCompile(`(?:href|src)="(/frontdesk/assets/[^"]+\.svg)"`)

func TestAssets(t *testing.T) {
	logo := logoFile(t)
	d := newDesk(t, func(c *config.Config) { c.Brand = &config.Brand{Name: "Desk", Logo: logo, Accent: "#0b5fff"} })
	page := d.do("GET", portal+"/frontdesk/sign-in", navigating).wants(t, 200)
	sheets := stylesheet.FindAllStringSubmatch(page.Body.String(), -1)
	if len(sheets) == 0 {
		t.Fatalf("no style sheet in\n%s", page.Body)
	}
	for _, sheet := range sheets {
		h := d.do("GET", portal+sheet[1]).wants(t, 200).Header()
		if h.Get("Cache-Control") != "public, max-age=31536000, immutable" || !strings.HasPrefix(h.Get("Content-Type"), "text/css") || h.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: %v", sheet[1], h)
		}
	}
	got := d.do("GET", portal+"/frontdesk/assets/logo").wants(t, 200)
	h := got.Header()
	if h.Get("Content-Type") != "image/svg+xml" || h.Get("Cache-Control") != "public, max-age=3600" || !bytes.Contains(got.Body.Bytes(), []byte("<svg")) {
		t.Errorf("logo: %v", h)
	}
	if csp := h.Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") || !strings.Contains(csp, "sandbox") || strings.Contains(csp, "script") {
		t.Errorf("a logo that holds a script is served under %q", csp)
	}
	if head := d.do("HEAD", portal+"/frontdesk/assets/logo").wants(t, 200); head.Body.Len() != 0 {
		t.Error("HEAD has a body")
	}
}

// TestSignOut ends the session in the store and takes the cookie away; a GET
// does neither.
func TestSignOut(t *testing.T) {
	d := newDesk(t)
	cookie, s := d.signIn()
	d.do("GET", portal+"/frontdesk/sign-out?everywhere=yes", navigating, with("Cookie", cookie)).wants(t, 200)
	if _, err := d.store.Session(t.Context(), s.Key); err != nil {
		t.Fatalf("a GET signed out: %v", err)
	}
	got := d.doBody("POST", portal+"/frontdesk/sign-out", "", posting, with("Cookie", cookie))
	if got.Code >= 400 {
		t.Fatalf("status %d", got.Code)
	}
	if cleared := got.Header().Get("Clear-Site-Data"); cleared != `"cache"` {
		t.Errorf("Clear-Site-Data %s", cleared)
	}
	plain := d.doBody("POST", local+"/frontdesk/sign-out", "", posting, func(r *http.Request) { r.Header.Set("Origin", local) }).wants(t, 303)
	if cleared := plain.Header()["Clear-Site-Data"]; cleared != nil {
		t.Errorf("at plain http, where browsers complain of it: Clear-Site-Data %s", cleared)
	}
	if dropped := got.Header().Get("Set-Cookie"); !strings.HasPrefix(dropped, "__Host-frontdesk=; Path=/; Max-Age=0; HttpOnly; Secure") {
		t.Errorf("Set-Cookie %q", dropped)
	}
	d.do("GET", portal+"/", with("Cookie", cookie)).wants(t, 401)
}

// TestSignOutEverywhere ends all sessions of the address, and nobody else's.
func TestSignOutEverywhere(t *testing.T) {
	d := newDesk(t)
	err := d.store.Edit(t.Context(), func(e directory.Editor) error {
		if err := e.PutContact(directory.Contact{ID: "c-bob", Email: "bob@acme.example", Account: "acme", Active: true}); err != nil {
			return err
		}
		return e.PutMember(directory.Member{ID: "m-ann", Email: "Ann@acme.example", Active: true})
	})
	if err != nil {
		t.Fatal(err)
	}
	here, _ := d.signIn()
	_, there := d.signIn(func(s *session.Session) { s.ID = "S2" })
	_, tech := d.signIn(func(s *session.Session) {
		s.ID, s.Kind, s.EntityID, s.Platform, s.Origin = "S3", directory.KindMember, "m-ann", directory.Tech, techs
	})
	bob, _ := d.signIn(func(s *session.Session) { s.ID, s.EntityID, s.Address = "S4", "c-bob", "bob@acme.example" })
	d.doBody("POST", portal+"/frontdesk/sign-out", "everywhere=yes", posting, with("Cookie", here))
	for _, s := range []session.Session{there, tech} {
		if _, err := d.store.Session(t.Context(), s.Key); err == nil {
			t.Errorf("session %s goes on", s.ID)
		}
	}
	if got := d.do("GET", portal+"/", with("Cookie", bob)); got.pass == nil {
		t.Error("somebody else was signed out")
	}
}

// TestEndOther ends one's own session only.
func TestEndOther(t *testing.T) {
	d := newDesk(t)
	if err := d.store.Edit(t.Context(), func(e directory.Editor) error {
		return e.PutContact(directory.Contact{ID: "c-bob", Email: "bob@acme.example", Account: "acme", Active: true})
	}); err != nil {
		t.Fatal(err)
	}
	here, _ := d.signIn()
	_, other := d.signIn(func(s *session.Session) { s.ID = "S2" })
	_, bob := d.signIn(func(s *session.Session) { s.ID, s.EntityID, s.Address = "S3", "c-bob", "bob@acme.example" })
	for _, id := range []string{"S3", "S2", "nothing", ""} {
		d.doBody("POST", portal+"/frontdesk/session", url.Values{"end": {id}}.Encode(), posting, with("Cookie", here)).wants(t, 303)
	}
	if _, err := d.store.Session(t.Context(), other.Key); err == nil {
		t.Error("the other session goes on")
	}
	if _, err := d.store.Session(t.Context(), bob.Key); err != nil {
		t.Errorf("somebody else's session: %v", err)
	}
}

// TestManySessions: of however many sessions a person has, the page lists those that
// were used last. Otherwise a script that signs in again and again has a page of
// hundreds of kilobytes to ask for, each time for as much work as fifty others.
func TestManySessions(t *testing.T) {
	d := newDesk(t)
	here, _ := d.signIn()
	for i := range mostListed + 7 {
		d.signIn(func(s *session.Session) {
			s.ID, s.LastUsed = fmt.Sprintf("OTHER-%03d", i), d.now.Add(-time.Duration(i)*time.Minute)
			s.Created = d.now.Add(-10 * time.Hour)
		})
	}
	page := d.do("GET", portal+"/frontdesk/session", navigating, with("Cookie", here)).wants(t, 200).Body.String()
	listed := regexp.MustCompile(`OTHER-(\d+)`).FindAllString(page, -1)
	if len(listed) != mostListed || listed[0] != "OTHER-000" || listed[mostListed-1] != fmt.Sprintf("OTHER-%03d", mostListed-1) {
		t.Errorf("%d are listed: %v", len(listed), listed)
	}
	if !strings.Contains(page, "used longer ago: <bdi>7</bdi>.") {
		t.Errorf("nothing is said of the others:\n%s", page)
	}
	d.doBody("POST", portal+"/frontdesk/session", url.Values{"end": {listed[0]}}.Encode(), posting, with("Cookie", here)).wants(t, 303)
	if page = d.do("GET", portal+"/frontdesk/session", navigating, with("Cookie", here)).wants(t, 200).Body.String(); !strings.Contains(page, "used longer ago: <bdi>6</bdi>.") {
		t.Errorf("one is ended:\n%s", page)
	}
}

// TestSignInByCookie: the last step hands the browser a cookie, and the portal
// is where it was asked for.
func TestSignInByCookie(t *testing.T) {
	for _, c := range []struct{ stay, maxAge string }{{"no", ""}, {"yes", "Max-Age=2592000"}} {
		d := newDesk(t)
		browser := session.NewSecret()
		origin, _ := d.settings.Main(directory.Client)
		visit := journey.Visit{Browser: browser, Origin: origin, Site: directory.Client}
		out, err := d.journeys.Begin(t.Context(), visit, "ann@acme.example", "/deep?x=1")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := d.store.UpdateJourney(t.Context(), out.Journey.ID, func(j journey.Journey) (journey.Journey, error) {
			j.Proofs = []session.Proof{{Method: directory.MethodEmailToken, Vouched: true}}
			j.Version++
			return j, nil
		}); err != nil {
			t.Fatal(err)
		}
		form := url.Values{"step": {"stay"}, "stay": {c.stay}}.Encode()
		got := d.doBody("POST", portal+"/frontdesk/sign-in?journey="+out.Journey.ID, form, posting, with("Cookie", d.sealed(secureBrowserName, browser))).wants(t, 303)
		set := got.Header().Get("Set-Cookie")
		if got.Header().Get("Location") != portal+"/deep?x=1" || !strings.Contains(set, "; HttpOnly; Secure; SameSite=Lax") || strings.Contains(set, "Max-Age") != (c.maxAge != "") || !strings.Contains(set, c.maxAge) {
			t.Errorf("stay %s: sent to %s with %q", c.stay, got.Header().Get("Location"), set)
		}
		cookie, _, _ := strings.Cut(set, ";")
		if passed := d.do("GET", portal+"/deep?x=1", with("Cookie", cookie)); passed.pass == nil || passed.pass.facts().ID != "c-ann" {
			t.Errorf("stay %s: the cookie opens nothing", c.stay)
		}
		d.doBody("POST", portal+"/frontdesk/sign-in?journey="+out.Journey.ID, form, posting, with("Cookie", d.browserOf())).wants(t, 410)
	}
}

// TestCallbackParameters: none may come twice or be over-long.
func TestCallbackParameters(t *testing.T) {
	d := newDesk(t)
	for _, query := range []string{"state=a&state=b", "code=" + strings.Repeat("c", maxCallback+1), "", "state=x"} {
		d.do("GET", portal+"/frontdesk/callback/microsoft?"+query, navigating, with("Cookie", d.browserOf())).wants(t, 410)
	}
}

// TestSweep removes what expired, in as many batches as it takes.
func TestSweep(t *testing.T) {
	d := newDesk(t)
	for i := range sweepMost + 10 {
		j := journey.Journey{ID: fmt.Sprint("J", i), Created: d.now, Expires: d.now}
		if err := d.store.CreateJourney(t.Context(), j); err != nil {
			t.Fatal(err)
		}
	}
	d.now = d.now.Add(1)
	if err := d.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n, err := d.store.SweepJourneys(t.Context(), d.now, 1); n != 0 || err != nil {
		t.Errorf("%d are left, %v", n, err)
	}
}

// TestSweepSparesWhatIsInUse: the last use that the store knows of may be almost a
// minute older than the last one.
func TestSweepSparesWhatIsInUse(t *testing.T) {
	d := newDesk(t, func(c *config.Config) { c.Session = &config.Session{Idle: config.Duration(time.Minute)} })
	cookie, _ := d.signIn()
	use := func() {
		t.Helper()
		if d.do("GET", portal+"/", navigating, with("Cookie", cookie)).pass == nil {
			t.Fatal("a session that is in use has ended")
		}
	}
	for range 5 {
		use()
		if err := d.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		d.now = d.now.Add(59 * time.Second)
		use()
		d.now = d.now.Add(2 * time.Second)
		if err := d.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	d.now = d.now.Add(2 * time.Minute)
	if err := d.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if left, err := d.store.SessionsOf(t.Context(), directory.KindContact, "c-ann"); len(left) != 0 || err != nil {
		t.Errorf("left: %v, %v", left, err)
	}
}

// TestNoRequestPanics: odd requests are answered.
func TestNoRequestPanics(t *testing.T) {
	d := newDesk(t)
	for _, u := range []*url.URL{{Path: "*"}, {}, {Opaque: "portal.msp.example:443"}, {Path: "/frontdesk/assets/"}, {Path: "/frontdesk/sign-in", RawQuery: "%zz&;=&return=%"}} {
		r := httptest.NewRequest("GET", portal+"/", nil)
		r.URL = u
		if pass, _ := d.Handle(httptest.NewRecorder(), r, Client{URL: u}); pass != nil {
			t.Errorf("%+v was passed on", u)
		}
	}
}
