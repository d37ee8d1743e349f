package standin_test

import (
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/standin"
)

// browser keeps cookies and follows no redirect.
type browser struct {
	t   *testing.T
	p   *standin.Provider
	jar *cookiejar.Jar
}

func newBrowser(t *testing.T, p *standin.Provider) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &browser{t, p, jar}
}

func (b *browser) do(method, target string, form url.Values) *httptest.ResponseRecorder {
	b.t.Helper()
	r := httptest.NewRequest(method, base+target, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for _, c := range b.jar.Cookies(r.URL) {
		r.AddCookie(c)
	}
	w := httptest.NewRecorder()
	b.p.ServeHTTP(w, r)
	b.jar.SetCookies(r.URL, w.Result().Cookies())
	return w
}

// signIn returns the id_token.
func (b *browser) signIn(oid string) string {
	b.t.Helper()
	code := checkCallback(b.t, b.do("POST", authorizeURL("common", nil), url.Values{"person": {oid}}), "code", "")
	return decode(b.t, post(b.p, "/common/oauth2/v2.0/token", redemption(code, nil)))["id_token"].(string)
}

func (b *browser) signedIn() bool {
	b.t.Helper()
	return strings.Contains(b.do("GET", authorizeURL("common", nil), nil).Body.String(), "<small>signed in</small>")
}

func logoutURL(query url.Values) string { return "/common/oauth2/v2.0/logout?" + query.Encode() }

func TestSessionOfTheBrowser(t *testing.T) {
	p, clock := newStandin(t)
	b := newBrowser(t, p)
	if b.signedIn() {
		t.Error("a new browser is signed in")
	}
	b.signIn(oid)
	if !b.signedIn() || newBrowser(t, p).signedIn() {
		t.Error("not this browser alone is signed in")
	}
	clock.advance(24 * time.Hour)
	if b.signedIn() {
		t.Error("it is still signed in a day later")
	}
}

// TestLogout asks where it must, and then ends the browser's session.
func TestLogout(t *testing.T) {
	for name, test := range map[string]struct {
		query   url.Values // TOKEN and OTHER stand for id_tokens, of this person and of another
		asked   bool
		to      string // empty: a page here
		refused bool
	}{
		"nothing said":          {asked: true},
		"client":                {query: url.Values{"client_id": {"id"}, "post_logout_redirect_uri": {callback}}, asked: true, to: callback},
		"client and state":      {query: url.Values{"client_id": {"id"}, "post_logout_redirect_uri": {callback}, "state": {"s&t"}}, asked: true, to: callback + "&state=s%26t"},
		"token":                 {query: url.Values{"id_token_hint": {"TOKEN"}, "post_logout_redirect_uri": {callback}}, to: callback},
		"token and client":      {query: url.Values{"id_token_hint": {"TOKEN"}, "client_id": {"id"}, "post_logout_redirect_uri": {callback}}, to: callback},
		"token of somebody":     {query: url.Values{"id_token_hint": {"OTHER"}, "post_logout_redirect_uri": {callback}}, asked: true, to: callback},
		"token alone":           {query: url.Values{"id_token_hint": {"TOKEN"}}},
		"neither":               {query: url.Values{"post_logout_redirect_uri": {callback}}, refused: true},
		"unknown client":        {query: url.Values{"client_id": {"other"}, "post_logout_redirect_uri": {callback}}, refused: true},
		"another client":        {query: url.Values{"id_token_hint": {"TOKEN"}, "client_id": {"other"}, "post_logout_redirect_uri": {callback}}, refused: true},
		"unregistered":          {query: url.Values{"client_id": {"id"}, "post_logout_redirect_uri": {"http://attacker.example/"}}, refused: true},
		"nearly registered":     {query: url.Values{"client_id": {"id"}, "post_logout_redirect_uri": {callback + "&more=1"}}, refused: true},
		"unregistered, a token": {query: url.Values{"id_token_hint": {"TOKEN"}, "post_logout_redirect_uri": {"http://attacker.example/"}}, refused: true},
		"no token":              {query: url.Values{"id_token_hint": {"eyJ.eyJ.x"}, "post_logout_redirect_uri": {callback}}, refused: true},
	} {
		t.Run(name, func(t *testing.T) {
			p, _ := newStandin(t)
			other := newBrowser(t, p).signIn("2")
			b := newBrowser(t, p)
			token := b.signIn(oid)
			query := url.Values{}
			for name, values := range test.query {
				query.Set(name, strings.NewReplacer("TOKEN", token, "OTHER", other).Replace(values[0]))
			}
			w := b.do("GET", logoutURL(query), nil)
			if test.refused {
				if w.Code != http.StatusBadRequest || w.Header().Get("Location") != "" || !b.signedIn() {
					t.Errorf("%d to %q, signed in %t", w.Code, w.Header().Get("Location"), b.signedIn())
				}
				return
			}
			if asked := strings.Contains(w.Body.String(), `name="person"`); asked != test.asked || asked && !b.signedIn() {
				t.Fatalf("asked %t, want %t: %s", asked, test.asked, w.Body)
			}
			if test.asked {
				if b.do("POST", logoutURL(query), url.Values{"person": {"2"}}); !b.signedIn() {
					t.Error("somebody else's answer signed out")
				}
				w = b.do("POST", logoutURL(query), url.Values{"person": {oid}})
			}
			if b.signedIn() {
				t.Error("still signed in")
			}
			checkDeparture(t, w, test.to)
			checkDeparture(t, b.do("GET", logoutURL(query), nil), test.to) // nobody is signed in: nothing to ask
		})
	}
}

func checkDeparture(t *testing.T, w *httptest.ResponseRecorder, to string) {
	t.Helper()
	want := http.StatusOK
	if to != "" {
		want = http.StatusSeeOther
	}
	if w.Code != want || w.Header().Get("Location") != to {
		t.Errorf("%d to %q, want %d to %q", w.Code, w.Header().Get("Location"), want, to)
	}
}
