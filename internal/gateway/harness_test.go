package gateway

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/config"
	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/identity"
	"github.com/frontdesk-gateway/frontdesk/internal/journey"
	"github.com/frontdesk-gateway/frontdesk/internal/password"
	"github.com/frontdesk-gateway/frontdesk/internal/session"
	"github.com/frontdesk-gateway/frontdesk/internal/store"
	"github.com/frontdesk-gateway/frontdesk/internal/store/memory"
)

const (
	portal = "https://portal.msp.example"
	alias  = "https://alias.msp.example:8443"
	techs  = "https://tech.msp.example"
	local  = "http://portal.localhost:9080"
)

// failingStore can be made to fail.
type failingStore struct {
	store.Store
	err atomic.Pointer[error]
}

func (s *failingStore) fail(err error) { s.err.Store(&err) }

func (s *failingStore) failure() error {
	if err := s.err.Load(); err != nil {
		return *err
	}
	return nil
}

func (s *failingStore) Check(ctx context.Context) error {
	if err := s.failure(); err != nil {
		return err
	}
	return s.Store.Check(ctx)
}

func (s *failingStore) Session(ctx context.Context, key session.Key) (session.Session, error) {
	if err := s.failure(); err != nil {
		return session.Session{}, err
	}
	return s.Store.Session(ctx, key)
}

func (s *failingStore) Holder(ctx context.Context, key session.Key) (session.Session, directory.People, error) {
	if err := s.failure(); err != nil {
		return session.Session{}, directory.People{}, err
	}
	return s.Store.Holder(ctx, key)
}

func (s *failingStore) Journey(ctx context.Context, id string) (journey.Journey, error) {
	if err := s.failure(); err != nil {
		return journey.Journey{}, err
	}
	return s.Store.Journey(ctx, id)
}

func (s *failingStore) People(ctx context.Context, key string) (directory.People, error) {
	if err := s.failure(); err != nil {
		return directory.People{}, err
	}
	return s.Store.People(ctx, key)
}

// logbook keeps what is logged.
type logbook struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *logbook) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logbook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// desk is a gateway in front of the client's site.
type desk struct {
	*Site
	tb    testing.TB
	store *failingStore
	kept  store.Store                     // what the store keeps, whatever else it does
	shown map[session.Key]session.Session // whose pages a browser may be at
	log   *logbook
	now   time.Time
	// trusted says that requests come from a trusted proxy.
	trusted bool
}

// newDesk makes a gateway; change has the last word on the configuration.
func newDesk(tb testing.TB, change ...func(*config.Config)) *desk {
	tb.Helper()
	return newDeskOn(tb, memory.New(), change...)
}

func newDeskOn(tb testing.TB, s store.Store, change ...func(*config.Config)) *desk {
	tb.Helper()
	return newDeskBy(tb, s, opened, settingsOf(tb, change...))
}

// opened is when a desk is.
var opened = time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)

func settingsOf(tb testing.TB, change ...func(*config.Config)) *config.Settings {
	tb.Helper()
	c := &config.Config{
		SupportEmail: "help@msp.example",
		Platforms: map[string]*config.Platform{
			"client": {Origins: []string{portal, alias, local}},
			"tech":   {Origins: []string{techs}},
		},
		Microsoft: &config.Microsoft{ClientID: "id", ClientSecret: "secret", Authority: "https://login.msp.example"},
		Mail:      &config.Mail{From: "desk@msp.example", Server: "localhost:25", TLS: "off"},
	}
	for _, f := range change {
		f(c)
	}
	settings, err := c.Settings()
	if err != nil {
		tb.Fatal(err)
	}
	if c.Password == nil {
		settings.Hashing = password.Options{Memory: 64, Time: 1}
	}
	return settings
}

func newDeskBy(tb testing.TB, s store.Store, now time.Time, settings *config.Settings) *desk {
	tb.Helper()
	d := &desk{tb: tb, store: &failingStore{Store: s}, kept: s, shown: map[session.Key]session.Session{}, log: &logbook{}, now: now}
	g, err := New(tb.Context(), Options{
		Settings: settings, Store: d.store, Log: slog.New(slog.NewTextHandler(d.log, &slog.HandlerOptions{Level: slog.LevelDebug})), Now: func() time.Time { return d.now },
	})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { g.Close(context.Background()) })
	public, err := ParsePublic([]string{"/health", "/assets/*"})
	if err != nil {
		tb.Fatal(err)
	}
	d.Site = g.Site(directory.Client, public, settings.Headers)
	d.fill()
	return d
}

func (d *desk) fill() {
	d.tb.Helper()
	err := d.store.Edit(d.tb.Context(), func(e directory.Editor) error {
		if err := e.PutAccount(directory.Account{ID: "acme", Name: "Acme & Söhne", Domains: []string{"acme.example"}, Active: true}); err != nil {
			return err
		}
		return e.PutContact(directory.Contact{ID: "c-ann", Email: "ann@acme.example", Name: "Ann", Account: "acme", Groups: []string{"users", "a,b"}, Active: true})
	})
	if err != nil {
		d.tb.Fatal(err)
	}
}

// signIn leaves a session behind and returns its cookie as a browser sends it.
func (d *desk) signIn(change ...func(*session.Session)) (cookie string, s session.Session) {
	d.tb.Helper()
	secret := session.NewSecret()
	s = session.Session{
		Key: secret.Key(), ID: "S1", Kind: directory.KindContact, EntityID: "c-ann", Address: "ann@acme.example", Platform: directory.Client,
		Origin: portal, Method: directory.MethodEmailToken, Proofs: []session.Proof{{Method: directory.MethodEmailToken, At: d.now, Journey: rand.Text(), Vouched: true}},
		Created: d.now, Expires: d.now.Add(24 * time.Hour), LastUsed: d.now,
	}
	for _, f := range change {
		f(&s)
	}
	j := journey.Journey{ID: "J" + s.ID, Address: s.Address, Created: d.now, Expires: d.now.Add(time.Hour)}
	if err := d.store.CreateJourney(d.tb.Context(), j); err != nil {
		d.tb.Fatal(err)
	}
	if err := d.store.FinishJourney(d.tb.Context(), j.ID, s); err != nil {
		d.tb.Fatal(err)
	}
	d.shown[s.Key] = s
	return d.sealed(secureSessionName, secret), s
}

// sealed is a cookie of the gateway's, as it stands in the Cookie header.
func (d *desk) sealed(name string, secret session.Secret) string {
	d.tb.Helper()
	value, err := d.keys.Seal(name, secret[:])
	if err != nil {
		d.tb.Fatal(err)
	}
	return name + "=" + value
}

// browserOf is a browser that has been to the site.
func (d *desk) browserOf() string { return d.sealed(secureBrowserName, session.NewSecret()) }

// with sets a header; an empty value removes it.
func with(name, value string) func(*http.Request) {
	return func(r *http.Request) {
		if value == "" {
			r.Header.Del(name)
			return
		}
		r.Header.Add(name, value)
	}
}

// navigating is what a browser sends when a person goes somewhere.
func navigating(r *http.Request) {
	r.Header.Set("Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8")
	r.Header.Set("Sec-Fetch-Mode", "navigate")
	r.Header.Set("Sec-Fetch-Dest", "document")
}

// ownForm marks a post as that of a form on a page that the browser was shown: do
// takes it off, and puts the page's token into the form.
const ownForm = "Own-Form"

// ownFormSize is what that adds to a form, in bytes.
const ownFormSize = len("form_token=&") + 43

// posting is what a browser sends with a form of the page itself.
func posting(r *http.Request) {
	navigating(r)
	r.Header.Set(ownForm, "yes")
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", portal)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
}

// answer is what Handle did.
type answer struct {
	*httptest.ResponseRecorder
	pass    Pass
	portal  Portal
	request *http.Request
}

// do hands a request to the site; address is whole.
func (d *desk) do(method, address string, change ...func(*http.Request)) answer {
	d.tb.Helper()
	return d.doBody(method, address, "", change...)
}

func (d *desk) doBody(method, address, body string, change ...func(*http.Request)) answer {
	d.tb.Helper()
	r := httptest.NewRequest(method, address, strings.NewReader(body)).WithContext(d.tb.Context())
	for _, f := range change {
		f(r)
	}
	d.addToken(r, body)
	w := httptest.NewRecorder()
	w.Header().Set("Cache-Control", "public, max-age=600") // by the server's configuration, for the portal's answers
	visited := *r.URL
	pass, portal := d.Handle(w, r, Client{URL: &visited, Target: r.RequestURI, IP: "203.0.113.7", Trusted: d.trusted})
	return answer{w, pass, portal, r}
}

// addToken does with the form of an own page what browsers do: it has the page's
// token, and who was shown the page has a name.
func (d *desk) addToken(r *http.Request, body string) {
	own := r.Header.Get(ownForm) != ""
	r.Header.Del(ownForm)
	place, ok := d.settings.Place(r.Host)
	if !own || !ok {
		return
	}
	name := browserCookie(place.Origin)
	if len(r.CookiesNamed(name)) == 0 {
		r.Header.Set("Cookie", strings.TrimPrefix(r.Header.Get("Cookie")+"; "+d.sealed(name, session.NewSecret()), "; "))
	}
	if secret, ok := d.keys.Open(name, r.CookiesNamed(name)[0].Value); ok {
		form := "form_token=" + d.tokenFor(session.Secret(secret), place.Origin, r) + "&" + body
		r.Body, r.ContentLength = io.NopCloser(strings.NewReader(form)), int64(len(form))
	}
}

// tokenFor is the token of the page that a browser was shown before a post.
func (d *desk) tokenFor(browser session.Secret, o config.Origin, r *http.Request) string {
	for _, cookie := range r.CookiesNamed(sessionCookie(o)) {
		key, _ := d.sessions.Key(cookie.Name, cookie.Value)
		if s, err := d.kept.Session(d.tb.Context(), key); err == nil {
			d.shown[key] = s
		}
		if s, shown := d.shown[key]; shown { // also where it has ended since
			return sessionFormTokenOf(browser, o.String(), s)
		}
	}
	return formTokenOf(browser, o.String())
}

// judged is what a pass says that it was given for.
func (p Pass) judged() Judged {
	value, _ := p(JudgedPlaceholder)
	return value.(Judged)
}

// facts are those of the person that a pass is of; nil for nobody.
func (p Pass) facts() *identity.Facts {
	live := p.judged().live
	if live == nil {
		return nil
	}
	facts := live.Facts()
	return &facts
}

// wants fails unless the gateway answered with a status.
func (a answer) wants(tb testing.TB, status int) answer {
	tb.Helper()
	if a.pass != nil || a.Code != status {
		tb.Fatalf("passed on %t, status %d, want %d\n%s", a.pass != nil, a.Code, status, a.Body)
	}
	return a
}

// problem reads an answer for programs.
func (a answer) problem(tb testing.TB) problemDetails {
	tb.Helper()
	var p problemDetails
	if err := json.Unmarshal(a.Body.Bytes(), &p); err != nil || a.Header().Get("Content-Type") != "application/problem+json" {
		tb.Fatalf("%s: %v\n%s", a.Header().Get("Content-Type"), err, a.Body)
	}
	if p.Status != a.Code || p.Type != "about:blank" || p.Title == "" {
		tb.Errorf("problem %+v with status %d", p, a.Code)
	}
	return p
}

func logoFile(tb testing.TB) string {
	tb.Helper()
	name := filepath.Join(tb.TempDir(), "logo.svg")
	if err := os.WriteFile(name, []byte(`<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>`), 0o600); err != nil {
		tb.Fatal(err)
	}
	return name
}
