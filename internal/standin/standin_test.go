package standin_test

import (
	"encoding/json"
	"flag"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"github.com/frontdesk-gateway/frontdesk/internal/standin"
)

var update = flag.Bool("update", false, "write the golden files")

const (
	base     = "http://127.0.0.1:9402"
	tenant   = "aaaaaaaa-0000-4000-8000-000000000001"
	oid      = "11111111-0000-4000-8000-00000000000a"
	callback = "http://client.localhost:9400/frontdesk/callback/microsoft?fixed=1"
	verifier = "verifier-verifier-verifier-verifier-verifier-43"
)

type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func config(now func() time.Time) standin.Config {
	return standin.Config{BaseURL: base, Now: now,
		Clients: []standin.Client{{ID: "id", Secret: "secret", RedirectURIs: []string{callback}}},
		People: []standin.Person{
			{Tenant: tenant, ObjectID: oid, Name: "Ada <Lovelace>", Username: "ada@fabrikam.example", JobTitle: "Analyst",
				Email: "ada@fabrikam.example", EmailDomainVerified: true, Note: "at Fabrikam"},
			{Tenant: tenant, ObjectID: "2", Name: "Bob", Username: "bob@fabrikam.example"},
			{Tenant: standin.PersonalTenant, ObjectID: "3", Name: "Eve", Username: "eve@outlook.example"},
		}}
}

func newStandin(t *testing.T) (*standin.Provider, *clock) {
	t.Helper()
	c := &clock{now: time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)}
	p, err := standin.New(config(c.Now))
	if err != nil {
		t.Fatal(err)
	}
	return p, c
}

func authorizeURL(tenant string, change url.Values) string {
	query := url.Values{"client_id": {"id"}, "redirect_uri": {callback}, "response_type": {"code"},
		"scope": {"openid profile email User.Read"}, "state": {"st&te"}, "nonce": {"nonce"},
		"code_challenge_method": {"S256"}, "code_challenge": {oauth2.S256ChallengeFromVerifier(verifier)}}
	for name, values := range change {
		query[name] = values
	}
	return "/" + tenant + "/oauth2/v2.0/authorize?" + query.Encode()
}

func get(h http.Handler, target string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, target, nil))
	return w
}

func post(h http.Handler, target string, form url.Values) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodPost, target, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	h.ServeHTTP(w, r)
	return w
}

func TestChooser(t *testing.T) {
	p, _ := newStandin(t)
	w := get(p, authorizeURL("organizations", url.Values{"login_hint": {"BOB@fabrikam.example"}}))
	if w.Code != http.StatusOK || !strings.HasPrefix(w.Header().Get("Content-Security-Policy"), "default-src 'none'") {
		t.Errorf("%d %v", w.Code, w.Header())
	}
	const golden = "testdata/chooser.html"
	if *update {
		if err := os.WriteFile(golden, w.Body.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if w.Body.String() != string(want) {
		t.Errorf("the page is not that of %s:\n%s", golden, w.Body)
	}
}

func TestWhoIsOffered(t *testing.T) {
	p, _ := newStandin(t)
	for segment, want := range map[string][]string{
		"common": {"Ada", "Bob", "Eve"}, "organizations": {"Ada", "Bob"}, tenant: {"Ada", "Bob"}, standin.PersonalTenant: {"Eve"},
	} {
		page := get(p, authorizeURL(segment, nil)).Body.String()
		for _, name := range []string{"Ada", "Bob", "Eve"} {
			if got, want := strings.Contains(page, "<strong>"+name), strings.Contains(strings.Join(want, " "), name); got != want {
				t.Errorf("%s: %s offered: %t, want %t", segment, name, got, want)
			}
		}
	}
	if w := get(p, authorizeURL("cccccccc-0000-4000-8000-000000000003", nil)); w.Code != http.StatusBadRequest {
		t.Errorf("an unknown tenant got %d", w.Code)
	}
	if w := post(p, authorizeURL("organizations", nil), url.Values{"person": {"3"}}); w.Code != http.StatusBadRequest {
		t.Errorf("somebody who was not offered got %d", w.Code)
	}
}

func TestAuthorizeErrors(t *testing.T) {
	p, _ := newStandin(t)
	for name, test := range map[string]struct {
		change url.Values
		want   string // error at the callback; empty: a page here
	}{
		"unknown client":     {url.Values{"client_id": {"other"}}, ""},
		"unregistered":       {url.Values{"redirect_uri": {"http://attacker.example/"}}, ""},
		"nearly registered":  {url.Values{"redirect_uri": {callback + "&more=1"}}, ""},
		"no PKCE":            {url.Values{"code_challenge": nil}, "invalid_request"},
		"plain PKCE":         {url.Values{"code_challenge_method": {"plain"}}, "invalid_request"},
		"no nonce":           {url.Values{"nonce": nil}, "invalid_request"},
		"no openid":          {url.Values{"scope": {"email"}}, "invalid_scope"},
		"implicit":           {url.Values{"response_type": {"id_token"}}, "unsupported_response_type"},
		"cancelled by a key": {url.Values{}, "access_denied"},
	} {
		t.Run(name, func(t *testing.T) {
			w := post(p, authorizeURL("common", test.change), url.Values{"cancel": {"yes"}})
			if test.want == "" {
				if w.Code != http.StatusBadRequest || w.Header().Get("Location") != "" {
					t.Errorf("got %d to %q, want a page", w.Code, w.Header().Get("Location"))
				}
				return
			}
			checkCallback(t, w, "error", test.want)
		})
	}
}

func checkCallback(t *testing.T, w *httptest.ResponseRecorder, name, want string) string {
	t.Helper()
	location, err := w.Result().Location()
	if err != nil {
		t.Fatalf("%d: %v: %s", w.Code, err, w.Body)
	}
	query := location.Query()
	if query.Get("state") != "st&te" || query.Get("fixed") != "1" || location.Host != "client.localhost:9400" {
		t.Errorf("sent to %s", location)
	}
	if want != "" && query.Get(name) != want {
		t.Errorf("%s is %q, want %q", name, query.Get(name), want)
	}
	return query.Get(name)
}

func newCode(t *testing.T, p *standin.Provider, change url.Values) string {
	t.Helper()
	return checkCallback(t, post(p, authorizeURL("common", change), url.Values{"person": {oid}}), "code", "")
}

func redemption(code string, change url.Values) url.Values {
	form := url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {callback},
		"client_id": {"id"}, "client_secret": {"secret"}, "code_verifier": {verifier}}
	for name, values := range change {
		form[name] = values
	}
	return form
}

func TestToken(t *testing.T) {
	const endpoint = "/common/oauth2/v2.0/token"
	for name, test := range map[string]struct {
		change url.Values
		later  time.Duration
		want   string // error; empty: tokens
	}{
		"right":            {},
		"in time":          {later: 10*time.Minute - time.Second},
		"too late":         {later: 10 * time.Minute, want: "invalid_grant"},
		"wrong secret":     {change: url.Values{"client_secret": {"guess"}}, want: "invalid_client"},
		"no secret":        {change: url.Values{"client_secret": nil}, want: "invalid_client"},
		"wrong client":     {change: url.Values{"client_id": {"other"}}, want: "invalid_client"},
		"wrong verifier":   {change: url.Values{"code_verifier": {"another"}}, want: "invalid_grant"},
		"wrong redirect":   {change: url.Values{"redirect_uri": {"http://attacker.example"}}, want: "invalid_grant"},
		"wrong code":       {change: url.Values{"code": {"guess"}}, want: "invalid_grant"},
		"wrong grant type": {change: url.Values{"grant_type": {"password"}}, want: "unsupported_grant_type"},
	} {
		t.Run(name, func(t *testing.T) {
			p, clock := newStandin(t)
			code := newCode(t, p, nil)
			clock.advance(test.later)
			body := decode(t, post(p, endpoint, redemption(code, test.change)))
			if body["error"] != nilOr(test.want) {
				t.Fatalf("got %v", body)
			}
			if test.want == "" {
				again := decode(t, post(p, endpoint, redemption(code, nil)))
				if again["error"] != "invalid_grant" {
					t.Errorf("the code was good twice: %v", again)
				}
			}
		})
	}
}

func nilOr(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func decode(t *testing.T, w *httptest.ResponseRecorder) map[string]any {
	t.Helper()
	var body map[string]any
	if err := json.NewDecoder(w.Body).Decode(&body); err != nil {
		t.Fatal(err)
	}
	return body
}

func TestGraph(t *testing.T) {
	p, clock := newStandin(t)
	bearer := func(change url.Values) string {
		body := decode(t, post(p, "/common/oauth2/v2.0/token", redemption(newCode(t, p, change), nil)))
		return body["access_token"].(string)
	}
	full, narrow := bearer(nil), bearer(url.Values{"scope": {"openid profile email"}})
	me := func(token string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		r := httptest.NewRequest(http.MethodGet, "/v1.0/me?$select=jobTitle,businessPhones", nil)
		r.Header.Set("Authorization", "Bearer "+token)
		p.ServeHTTP(w, r)
		return w
	}
	w := me(full)
	if body, _ := io.ReadAll(w.Body); strings.TrimSpace(string(body)) != `{"businessPhones":[],"jobTitle":"Analyst"}` {
		t.Errorf("got %d %s", w.Code, body)
	}
	if w := me(narrow); w.Code != http.StatusForbidden {
		t.Errorf("without User.Read: %d, want 403", w.Code)
	}
	if w := me("guess"); w.Code != http.StatusUnauthorized {
		t.Errorf("a made-up token: %d, want 401", w.Code)
	}
	clock.advance(time.Hour)
	if w := me(full); w.Code != http.StatusUnauthorized {
		t.Errorf("an expired token: %d, want 401", w.Code)
	}
}

func TestDocuments(t *testing.T) {
	p, _ := newStandin(t)
	for segment, want := range map[string]string{
		"common": base + "/{tenantid}/v2.0", "organizations": base + "/{tenantid}/v2.0", tenant: base + "/" + tenant + "/v2.0",
	} {
		document := decode(t, get(p, "/"+segment+"/v2.0/.well-known/openid-configuration"))
		if document["issuer"] != want || document["msgraph_host"] != "127.0.0.1:9402" {
			t.Errorf("%s: issuer %v, Graph at %v", segment, document["issuer"], document["msgraph_host"])
		}
	}
	for path, want := range map[string]string{"/style.css": "text/css", "/mark.svg": "image/svg+xml"} {
		if w := get(p, path); w.Code != http.StatusOK || !strings.HasPrefix(w.Header().Get("Content-Type"), want) {
			t.Errorf("%s: %d %s", path, w.Code, w.Header().Get("Content-Type"))
		}
	}
}

func TestConfigIsChecked(t *testing.T) {
	for name, change := range map[string]func(*standin.Config){
		"no address":       func(c *standin.Config) { c.BaseURL = "stand-in" },
		"below a path":     func(c *standin.Config) { c.BaseURL += "/entra" },
		"nobody":           func(c *standin.Config) { c.People = nil },
		"no client":        func(c *standin.Config) { c.Clients = nil },
		"without a tenant": func(c *standin.Config) { c.People[0].Tenant = "" },
		"twice":            func(c *standin.Config) { c.People[1].ObjectID = oid },
	} {
		t.Run(name, func(t *testing.T) {
			cfg := config(time.Now)
			change(&cfg)
			if _, err := standin.New(cfg); err == nil {
				t.Error("it was taken")
			}
		})
	}
}
