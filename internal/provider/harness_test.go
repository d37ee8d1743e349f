package provider_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/provider"
	"github.com/frontdesk-gateway/frontdesk/internal/standin"
)

const (
	tenantA  = "aaaaaaaa-0000-4000-8000-000000000001"
	tenantB  = "bbbbbbbb-0000-4000-8000-000000000002"
	adaOID   = "11111111-0000-4000-8000-00000000000a"
	bobOID   = "22222222-0000-4000-8000-00000000000b"
	eveOID   = "33333333-0000-4000-8000-00000000000e"
	callback = "https://portal.msp.example/frontdesk/callback/microsoft"

	clientID     = "99999999-0000-4000-8000-000000000009"
	clientSecret = "s3cret/with+odd=characters&such"
	verifier     = "verifier-verifier-verifier-verifier-verifier-43"
	nonce        = "nonce-of-the-browser"
	state        = "state-of-the-journey"
)

var people = []standin.Person{
	{Tenant: tenantA, ObjectID: adaOID, Username: "ada@fabrikam.example", Name: "Ada Lovelace", GivenName: "Ada",
		FamilyName: "Lovelace", JobTitle: "Analyst", Phone: "+44 20 5550 100", Email: "Ada@Fabrikam.example", EmailDomainVerified: true},
	{Tenant: tenantB, ObjectID: bobOID, Username: "bob@contoso.example", Name: "Bob", Email: "bob@contoso.example",
		VerifiedPrimary: []string{"bob@contoso.example"}, VerifiedSecondary: []string{"robert@contoso.example", "BOB@contoso.example"}},
	{Tenant: standin.PersonalTenant, ObjectID: eveOID, Username: "eve@outlook.example", Name: "Eve", Email: "ada@fabrikam.example"},
}

// clock is a time that moves when it is told to.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)} }

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

// world is a stand-in on loopback and what stands in front of it.
type world struct {
	t       *testing.T
	clock   *clock
	standin *standin.Provider
	server  *httptest.Server

	mu    sync.Mutex
	front func(w http.ResponseWriter, r *http.Request) bool // answers in the stand-in's place
	hits  map[string]int                                    // by the last segment of the path
}

func newWorld(t *testing.T, forge standin.Forge) *world {
	t.Helper()
	w := &world{t: t, clock: newClock(), hits: map[string]int{}}
	w.server = httptest.NewServer(w)
	t.Cleanup(w.server.Close)
	var err error
	w.standin, err = standin.New(standin.Config{BaseURL: w.server.URL, People: people, Now: w.clock.Now, Forge: forge,
		Clients: []standin.Client{{ID: clientID, Secret: clientSecret, RedirectURIs: []string{callback}}}})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *world) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	w.mu.Lock()
	w.hits[r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]]++
	front := w.front
	w.mu.Unlock()
	if front == nil || !front(rw, r) {
		w.standin.ServeHTTP(rw, r)
	}
}

// inFront puts f in front of the stand-in for paths that end in suffix; nil
// takes it away.
func (w *world) inFront(suffix string, f http.HandlerFunc) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.front = func(rw http.ResponseWriter, r *http.Request) bool {
		if f == nil || !strings.HasSuffix(r.URL.Path, suffix) {
			return false
		}
		f(rw, r)
		return true
	}
}

func (w *world) count(segment string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.hits[segment]
}

func (w *world) config(tenant string) provider.Config {
	return provider.Config{Name: "microsoft", Entra: true, Authority: w.server.URL, Tenant: tenant,
		ClientID: clientID, ClientSecret: clientSecret}
}

func (w *world) provider(cfg provider.Config) *provider.Provider {
	w.t.Helper()
	p, err := provider.New(cfg, provider.Options{Now: w.clock.Now, Logger: slog.New(slog.NewTextHandler(io.Discard, nil))})
	if err != nil {
		w.t.Fatal(err)
	}
	return p
}

func request() provider.Request {
	return provider.Request{RedirectURI: callback, State: state, Nonce: nonce, Verifier: verifier, LoginHint: "ada@fabrikam.example"}
}

// authorize goes through the chooser as a person and returns what reached the
// callback.
func authorize(t *testing.T, ctx context.Context, p *provider.Provider, r provider.Request, oid string) provider.Response {
	t.Helper()
	address, err := p.AuthCodeURL(ctx, r)
	if err != nil {
		t.Fatal(err)
	}
	form := url.Values{"person": {oid}}
	if oid == "" {
		form = url.Values{"cancel": {"yes"}}
	}
	stay := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := stay.PostForm(address, form)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	location, err := resp.Location()
	if err != nil {
		body, _ := io.ReadAll(resp.Body)
		t.Fatalf("authorize: %s: %s", resp.Status, body)
	}
	return arrived(t, location)
}

func arrived(t *testing.T, location *url.URL) provider.Response {
	t.Helper()
	query := location.Query()
	if got := query.Get("state"); got != state {
		t.Fatalf("state %q came back", got)
	}
	return provider.Response{Code: query.Get("code"), Issuer: query.Get("iss"),
		Error: query.Get("error"), ErrorDescription: query.Get("error_description")}
}

func (w *world) signIn(p *provider.Provider, r provider.Request, oid string) (provider.Identity, error) {
	w.t.Helper()
	resp := authorize(w.t, w.t.Context(), p, r, oid)
	id, err := p.Exchange(w.t.Context(), r, resp)
	w.noSecrets(err, resp.Code)
	return id, err
}

// noSecrets holds an error to the promise that it tells nothing.
func (w *world) noSecrets(err error, more ...string) {
	w.t.Helper()
	if err == nil {
		return
	}
	for _, secret := range append(more, clientSecret, verifier, nonce, "eyJ") {
		if secret != "" && strings.Contains(err.Error(), secret) {
			w.t.Errorf("the error holds the secret %q: %v", secret, err)
		}
	}
}

func replaceBase(s, base string) string { return strings.Replace(s, "BASE", base, 1) }
