package gateway

import (
	"crypto/tls"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/frontdesk-gateway/frontdesk/internal/config"
	"github.com/frontdesk-gateway/frontdesk/internal/directory"
)

// lockedDown fails the test where an answer lets a browser do more than its
// kind needs.
func lockedDown(t *testing.T, got answer) {
	t.Helper()
	h := got.Header()
	want := map[string]string{"X-Content-Type-Options": "nosniff"}
	mediaType, _, _ := strings.Cut(h.Get("Content-Type"), ";")
	switch mediaType {
	case "text/html":
		want["Cache-Control"], want["Referrer-Policy"], want["Cross-Origin-Opener-Policy"] = "no-store", "origin", "same-origin"
		want["Cross-Origin-Embedder-Policy"] = "require-corp"
		checkPolicy(t, h)
		checkOwnOrigin(t, got.Body.String())
	case "application/json", "application/problem+json":
		want["Cache-Control"] = "no-store"
	case "text/css", "image/svg+xml":
		if csp := h.Get("Content-Security-Policy"); !strings.HasPrefix(csp, "default-src 'none';") || !strings.HasSuffix(csp, "; sandbox") || strings.Contains(csp, "script") {
			t.Errorf("%s %s: policy %q", got.request.Method, got.request.URL, csp)
		}
	case "application/jwk-set+json":
	case "": // a redirect
		want = map[string]string{"Cache-Control": "no-store"}
		if got.Code != http.StatusSeeOther || got.Body.Len() != 0 {
			t.Errorf("%s %s: %d of no type", got.request.Method, got.request.URL, got.Code)
		}
	default:
		t.Errorf("%s %s: answered as %s", got.request.Method, got.request.URL, mediaType)
	}
	if mediaType != "application/jwk-set+json" {
		want["Cross-Origin-Resource-Policy"] = "same-origin"
	}
	if "https://"+got.request.Host == portal {
		want["Strict-Transport-Security"] = "max-age=31536000"
	}
	for name, value := range want {
		if all := h.Values(name); !slices.Equal(all, []string{value}) {
			t.Errorf("%s %s, %d: %s is %q, want %q", got.request.Method, got.request.URL, got.Code, name, all, value)
		}
	}
	if open := h.Get("Access-Control-Allow-Origin"); open != "" && mediaType != "application/jwk-set+json" {
		t.Errorf("%s %s: readable by %s", got.request.Method, got.request.URL, open)
	}
}

// checkPolicy holds a page's CSP to these sources.
func checkPolicy(t *testing.T, h http.Header) {
	t.Helper()
	admitted := map[string][]string{
		"default-src": {"'none'"}, "style-src": {"'self'"}, "img-src": {"'self'"}, "base-uri": {"'none'"},
		"frame-ancestors": {"'none'", "'self'"}, "form-action": {"'self'", "'self' https:", "'self' https: http:"},
	}
	policies := h.Values("Content-Security-Policy")
	if len(policies) != 1 {
		t.Fatalf("policies %q", policies)
	}
	directives := strings.Split(policies[0], "; ")
	for _, directive := range directives {
		name, sources, _ := strings.Cut(directive, " ")
		if !slices.Contains(admitted[name], sources) && (name != "style-src" || !strings.HasPrefix(sources, "'sha256-")) {
			t.Errorf("policy %q: %s", policies[0], directive)
		}
	}
	if len(directives) != len(admitted) {
		t.Errorf("policy %q", policies[0])
	}
	if frames := h.Get("X-Frame-Options"); frames != "DENY" && frames != "SAMEORIGIN" {
		t.Errorf("X-Frame-Options %q", frames)
	}
}

// checkOwnOrigin fails for what a page loads, sends to or runs elsewhere.
func checkOwnOrigin(t *testing.T, page string) {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	for n := range root.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		if slices.Contains([]string{"script", "iframe", "object", "embed", "base"}, n.Data) {
			t.Errorf("an element %s", n.Data)
		}
		for _, a := range n.Attr {
			address, err := url.Parse(a.Val)
			switch a.Key {
			case "style":
				t.Errorf("%s has a style of its own", n.Data)
			case "href", "src", "action", "formaction", "srcset", "data", "poster":
				mail := n.Data == "a" && err == nil && address.Scheme == "mailto"
				if err != nil || !mail && address.IsAbs() && address.Scheme+"://"+address.Host != portal || !mail && !address.IsAbs() && address.Host != "" {
					t.Errorf("%s leads to %s", n.Data, a.Val)
				}
			}
			if strings.HasPrefix(a.Key, "on") {
				t.Errorf("%s has %s", n.Data, a.Key)
			}
		}
	}
}

// TestEveryAnswerIsLockedDown: each page, with each status, in each form.
func TestEveryAnswerIsLockedDown(t *testing.T) {
	d, o := newWalk(t)
	visitors, link := stops(t, d, o)
	seen := map[int]bool{}
	check := func(got answer) {
		t.Helper()
		if got.pass != nil {
			return
		}
		seen[got.Code] = true
		lockedDown(t, got)
	}
	cookies := func(v *visitor) func(*http.Request) {
		return func(r *http.Request) {
			for name, value := range v.cookies {
				r.AddCookie(&http.Cookie{Name: name, Value: value})
			}
		}
	}
	for _, v := range visitors {
		for _, how := range []func(*http.Request){navigating, func(*http.Request) {}, func(r *http.Request) { navigating(r); r.Header.Set("Sec-Fetch-Dest", "iframe") }} {
			for _, method := range []string{"GET", "HEAD", "PUT", "OPTIONS"} {
				for _, address := range []string{
					"/", "/frontdesk/", "/frontdesk/nothing", "/frontdesk/sign-in", "/frontdesk/sign-out", "/frontdesk/session", "/frontdesk/whoami", "/frontdesk/jwks.json", "/frontdesk/health",
					"/frontdesk/callback/microsoft", "/frontdesk/callback/x", "/frontdesk/assets/x", "/frontdesk/sign-in?ticket=x", "/frontdesk/sign-in?switch=x", "/frontdesk/sign-in?ask=x", "/frontdesk/session?grant=x",
					"/frontdesk/sign-in?journey=x", link[len(portal):], v.at[len(portal):],
				} {
					check(d.do(method, portal+address, how, cookies(v)))
				}
			}
		}
		for _, address := range []string{"/", v.at[len(portal):], "/frontdesk/sign-in", "/frontdesk/sign-out", "/frontdesk/session", "/frontdesk/sign-in?journey=x"} {
			for _, form := range []string{"", "step=x", "step=prove&code=1", "step=stay&stay=x", "step=account&account=x", "email=x", "email=x@nowhere.example", "account=x", "platform=x", "end=x", "a=%zz", strings.Repeat("x", maxForm+1)} {
				check(d.doBody("POST", portal+address, form, posting, cookies(v)))
			}
			check(d.doBody("POST", portal+address, "", posting, cookies(v), with("Origin", portal)))
			check(d.doBody("POST", portal+address, "", posting, cookies(v), func(r *http.Request) { r.TLS = &tls.ConnectionState{} }))
		}
	}
	for range 200 { // until there are too many
		check(d.doBody("POST", portal+"/frontdesk/sign-in", "email=x@nowhere.example", posting, cookies(visitors["email"])))
	}
	for _, how := range []func(*http.Request){navigating, func(*http.Request) {}} {
		misdirected := d.do("GET", "/", how, func(r *http.Request) { r.Host = "evil.example" })
		check(misdirected)
		d.store.fail(errors.New("input/output error"))
		for _, address := range []string{"/", "/frontdesk/sign-in", "/frontdesk/session", "/frontdesk/whoami", "/frontdesk/health"} {
			check(d.do("GET", portal+address, how, cookies(visitors["account"]), cookies(visitors["signed in"])))
		}
		d.store.err.Store(nil)
	}
	for _, status := range []int{200, 303, 400, 401, 403, 404, 405, 410, 413, 421, 422, 425, 429, 503} {
		if !seen[status] {
			t.Errorf("no answer with %d was looked at", status)
		}
	}
}

// TestRefusalsAreLockedDown: the pages of journeys that end, and of creation.
func TestRefusalsAreLockedDown(t *testing.T) {
	d, o := newWalk(t)
	if err := d.store.Edit(t.Context(), func(e directory.Editor) error {
		return e.PutContact(directory.Contact{ID: "c-off", Email: "off@acme.example", Account: "acme"})
	}); err != nil {
		t.Fatal(err)
	}
	for address, want := range map[string]int{"off@acme.example": 403, "new@acme.example": 200} {
		v := d.visitor(t)
		v.get(portal + "/")
		v.post("email", "email", address)
		v.post("method", "method", "email_token").shows(t, 200, `name="code"`)
		code, _ := o.newest(t)
		lockedDown(t, v.post("prove", "code", code).wants(t, want))
	}
}

// TestAssetsAreLockedDown: the operator's logo alone may style itself.
func TestAssetsAreLockedDown(t *testing.T) {
	logo := logoFile(t)
	d := newDesk(t, func(c *config.Config) { c.Brand = &config.Brand{Name: "Desk", Logo: logo, Accent: "#0b5fff"} })
	page := d.do("GET", portal+"/frontdesk/sign-in", navigating).wants(t, 200)
	lockedDown(t, page)
	assets := slices.Concat(stylesheet.FindAllStringSubmatch(page.Body.String(), -1), image.FindAllStringSubmatch(page.Body.String(), -1), [][]string{{"", "/frontdesk/assets/logo"}})
	for _, asset := range assets {
		got := d.do("GET", portal+asset[1]).wants(t, 200)
		lockedDown(t, got)
		if inline := strings.Contains(got.Header().Get("Content-Security-Policy"), "unsafe"); inline != (asset[1] == "/frontdesk/assets/logo") {
			t.Errorf("%s: %s", asset[1], got.Header().Get("Content-Security-Policy"))
		}
	}
	if len(assets) < 4 {
		t.Errorf("only %d assets", len(assets))
	}
}
