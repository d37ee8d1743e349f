package journey_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/config"
	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/journey"
	"github.com/frontdesk-gateway/frontdesk/internal/limit"
	"github.com/frontdesk-gateway/frontdesk/internal/mail"
	"github.com/frontdesk-gateway/frontdesk/internal/password"
	"github.com/frontdesk-gateway/frontdesk/internal/provider"
	"github.com/frontdesk-gateway/frontdesk/internal/session"
	"github.com/frontdesk-gateway/frontdesk/internal/standin"
	"github.com/frontdesk-gateway/frontdesk/internal/store"
	"github.com/frontdesk-gateway/frontdesk/internal/store/memory"
	"github.com/frontdesk-gateway/frontdesk/loginui"
)

const (
	authority   = "http://127.0.0.1:9402"
	tenantAcme  = "11111111-1111-4111-8111-111111111111"
	tenantOther = "22222222-2222-4222-8222-222222222222"
	plain       = "correct horse battery staple"
)

// People at the provider, by object id.
const (
	oidAnn   = "aaaaaaaa-0000-4000-8000-000000000001"
	oidNew   = "aaaaaaaa-0000-4000-8000-000000000002"
	oidTwo   = "aaaaaaaa-0000-4000-8000-000000000003"
	oidLoose = "aaaaaaaa-0000-4000-8000-000000000004" // two@acme.example, that nobody vouches for, of tenantAcme
	oidAlien = "aaaaaaaa-0000-4000-8000-000000000005" // ann@acme.example, that nobody vouches for, of tenantOther
	oidOnly  = "aaaaaaaa-0000-4000-8000-000000000006" // only@acme.example, that nobody vouches for, of tenantOther
	oidAgain = "aaaaaaaa-0000-4000-8000-000000000007" // ann@acme.example, vouched for: a new person with an old address
)

var providerPeople = []standin.Person{
	{Tenant: tenantAcme, ObjectID: oidAnn, Username: "ann@acme.example", Email: "ann@acme.example", Name: "Ann Archer", EmailDomainVerified: true},
	{Tenant: tenantAcme, ObjectID: oidNew, Username: "new@acme.example", Email: "new@acme.example", Name: "Nell New", GivenName: "Nell", FamilyName: "New", EmailDomainVerified: true},
	{Tenant: tenantAcme, ObjectID: oidTwo, Username: "two@acme.example", Email: "two@acme.example", Name: "Tova Two", EmailDomainVerified: true},
	{Tenant: tenantAcme, ObjectID: oidLoose, Username: "two@acme.example", Email: "two@acme.example", Name: "Tova Loose"},
	{Tenant: tenantOther, ObjectID: oidAlien, Username: "ann@acme.example", Email: "ann@acme.example", Name: "Not Ann"},
	{Tenant: tenantOther, ObjectID: oidOnly, Username: "only@acme.example", Email: "only@acme.example", Name: "Olly"},
	{Tenant: tenantAcme, ObjectID: oidAgain, Username: "ann@acme.example", Email: "ann@acme.example", Name: "Ann Again", EmailDomainVerified: true},
}

// outbound records mails instead of sending them.
type outbound struct {
	mu      sync.Mutex
	sent    []mail.Message
	result  error // of sending
	refuses error // to take a mail
	silent  bool  // takes mails and does not say what became of them
	waiting []func(error)
}

func (o *outbound) Enqueue(m mail.Message, done func(error)) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.refuses != nil {
		return o.refuses
	}
	o.sent = append(o.sent, m)
	if o.silent {
		o.waiting = append(o.waiting, done)
		return nil
	}
	result := o.result
	go done(result)
	return nil
}

func (o *outbound) count() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.sent)
}

var (
	codeInMail = regexp.MustCompile(`\b(\d{4}) (\d{4})\b`)
	linkInMail = regexp.MustCompile(`https?://\S+[?&]token=(\S+)`)
)

// newest returns code and link's secret of the newest mail.
func (o *outbound) newest(t *testing.T) (code, link string) {
	t.Helper()
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.sent) == 0 {
		t.Fatal("no mail was sent")
	}
	text := o.sent[len(o.sent)-1].Text
	c, l := codeInMail.FindStringSubmatch(text), linkInMail.FindStringSubmatch(text)
	if c == nil || l == nil {
		t.Fatalf("no code or link in\n%s", text)
	}
	return c[1] + c[2], l[1]
}

// handlerTransport is an http.RoundTripper that calls a handler.
type handlerTransport struct{ http.Handler }

func (h handlerTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result(), nil
}

// desk is the service among real parts, but for the mail server.
type desk struct {
	*journey.Service
	t     *testing.T
	store store.Store
	mails *outbound
	log   *bytes.Buffer // what an operator reads
	idp   *standin.Provider

	mu  sync.Mutex
	now time.Time
}

func (d *desk) clock() time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.now
}

func (d *desk) advance(by time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.now = d.now.Add(by)
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	return newDeskOn(t, memory.New())
}

func newDeskOn(t *testing.T, s store.Store) *desk {
	t.Helper()
	d := emptyDesk(t, s, newSettings(t))
	d.startProvider(providerPeople)
	d.fill()
	return d
}

// newPages reads the pages and texts, once.
var newPages = sync.OnceValues(loginui.New)

// emptyDesk is a desk without providers, and whose store is as it came.
func emptyDesk(t *testing.T, s store.Store, settings *config.Settings) *desk {
	t.Helper()
	d := &desk{t: t, store: s, mails: &outbound{}, now: time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)}
	pages, err := newPages()
	if err != nil {
		t.Fatal(err)
	}
	d.log = &bytes.Buffer{}
	log := slog.New(slog.NewTextHandler(d.log, nil))
	living, err := session.NewManager(session.Options{Store: d.store, Capacity: 1000, Idle: settings.Idle, Now: d.clock, Lifetime: settings.Lifetime, Persistent: settings.Persistent,
		Stands: func(s session.Session, people directory.People) bool {
			return journey.Facts{Settings: settings, People: people}.Stands(s)
		}})
	if err != nil {
		t.Fatal(err)
	}
	d.Service = &journey.Service{
		Settings: settings, Store: d.store, Directory: d.store, Sessions: d.store, Living: living, Providers: map[string]*provider.Provider{},
		Passwords: password.New(password.Options{Memory: 64, Time: 1, Queue: 100}), Outbound: d.mails, Mails: pages,
		Limits: limit.Limiter{Store: d.store, Now: d.clock, Log: log}, Now: d.clock, Log: log,
	}
	return d
}

func newSettings(t *testing.T) *config.Settings {
	t.Helper()
	settings, err := (&config.Config{
		SupportEmail: "help@msp.example",
		Platforms: map[string]*config.Platform{
			"client": {Origins: []string{"https://portal.msp.example"}},
			"tech":   {Origins: []string{"https://tech.msp.example"}, Methods: []string{"microsoft", "email_token", "password"}},
			"admin":  {Origins: []string{"https://admin.msp.example"}, Methods: []string{"microsoft"}},
		},
		Microsoft: &config.Microsoft{ClientID: "frontdesk", ClientSecret: "hush", Authority: authority},
		OIDC:      map[string]*config.OIDC{"other": {Issuer: authority + "/other", ClientID: "frontdesk", ClientSecret: "hush"}},
		Mail:      &config.Mail{From: "desk@msp.example", Server: "localhost:25", TLS: "off"},
	}).Settings()
	if err != nil {
		t.Fatal(err)
	}
	return settings
}

// startProvider begins, or begins anew with other people.
func (d *desk) startProvider(people []standin.Person) {
	d.t.Helper()
	var err error
	d.idp, err = standin.New(standin.Config{
		BaseURL: authority, People: people, Now: d.clock,
		Clients: []standin.Client{{ID: "frontdesk", Secret: "hush", RedirectURIs: []string{
			"https://portal.msp.example/frontdesk/callback/microsoft", "https://tech.msp.example/frontdesk/callback/microsoft", "https://admin.msp.example/frontdesk/callback/microsoft",
		}}},
	})
	if err != nil {
		d.t.Fatal(err)
	}
	d.through(handlerTransport{d.idp})
}

// through has the providers be spoken to by a transport.
func (d *desk) through(transport http.RoundTripper) {
	d.t.Helper()
	for _, cfg := range d.Settings.Providers {
		p, err := provider.New(cfg, provider.Options{HTTPClient: &http.Client{Transport: transport}, Now: d.clock, Logger: d.Log})
		if err != nil {
			d.t.Fatal(err)
		}
		d.Providers[cfg.Name] = p
	}
}

// annOwner is whose the password of Ann, the contact, is.
var annOwner = directory.PasswordOwner{Address: "ann@acme.example", Kind: directory.KindContact}

// fill puts people into the store.
func (d *desk) fill() {
	d.t.Helper()
	hash, err := d.Passwords.Hash(d.t.Context(), plain)
	if err != nil {
		d.t.Fatal(err)
	}
	d.edit(func(e directory.Editor) error {
		var errs []error
		for _, a := range []directory.Account{
			{ID: "acme", Name: "Acme", Domains: []string{"acme.example"}, Tenants: directory.Tenants{{Tenant: tenantAcme}}, Active: true},
			{ID: "borg", Name: "Borg", Domains: []string{"borg.example"}, Active: true},
			{ID: "strict", Name: "Strict", Methods: []string{"microsoft"}, Active: true},
		} {
			errs = append(errs, e.PutAccount(a))
		}
		for _, c := range []directory.Contact{
			{ID: "c-ann", Email: "Ann@acme.example", Name: "Ann", Account: "acme", Active: true},
			{ID: "c-two-borg", Email: "two@acme.example", Account: "borg", Active: true},
			{ID: "c-two-acme", Email: "two@acme.example", Account: "acme", Primary: true, Active: true},
			{ID: "c-two-strict", Email: "two@acme.example", Account: "strict", Active: true},
			{ID: "c-both", Email: "both@acme.example", Account: "acme", Active: true},
			{ID: "c-only", Email: "only@acme.example", Account: "strict", Active: true},
			{ID: "c-off", Email: "off@acme.example", Account: "acme"},
		} {
			errs = append(errs, e.PutContact(c))
		}
		errs = append(errs,
			e.PutMember(directory.Member{ID: "m-both", Email: "both@acme.example", Active: true}),
			e.SetPassword(annOwner, directory.Password{}.Successor(hash, d.now)),
			e.SetPassword(directory.PasswordOwner{Address: "both@acme.example", Kind: directory.KindMember}, directory.Password{}.Successor(hash, d.now)))
		return errors.Join(errs...)
	})
}

func (d *desk) edit(fn func(directory.Editor) error) {
	d.t.Helper()
	if err := d.store.Edit(d.t.Context(), fn); err != nil {
		d.t.Fatal(err)
	}
}

// contacts returns those of an address.
func (d *desk) contacts(address string) []directory.Contact {
	d.t.Helper()
	people, err := d.store.People(d.t.Context(), address)
	if err != nil {
		d.t.Fatal(err)
	}
	return people.Contacts
}

// browser is a new browser at a platform's site.
func (d *desk) browser(p directory.Platform) journey.Visit {
	d.t.Helper()
	origin, ok := d.Settings.Main(p)
	if !ok {
		d.t.Fatalf("no origin of %s", p)
	}
	return journey.Visit{Browser: session.NewSecret(), Origin: origin, Site: p, ClientIP: "203.0.113.7", UserAgent: "Firefox"}
}

// begin is step 1, which must go on.
func (d *desk) begin(v journey.Visit, address string) journey.Outcome {
	d.t.Helper()
	out, err := d.Begin(d.t.Context(), v, address, "/deep?x=1")
	if err != nil || out.Problem != nil {
		d.t.Fatalf("beginning with %s: %v, %+v", address, err, out.Problem)
	}
	return out
}

// post answers a step; a problem with the form is the caller's to judge.
func (d *desk) post(v journey.Visit, id string, step journey.StepName, form journey.Form) journey.Outcome {
	d.t.Helper()
	out, err := d.Answer(d.t.Context(), v, id, step, form)
	if err != nil {
		d.t.Fatalf("answering %s: %v", step, err)
	}
	return out
}

// wants fails unless the outcome is a step without a problem.
func (d *desk) wants(out journey.Outcome, step journey.StepName) journey.Outcome {
	d.t.Helper()
	if out.Problem != nil || out.Step.Name != step {
		d.t.Fatalf("step %s, problem %+v, refusal %q; want step %s", out.Step.Name, out.Problem, out.Step.Refusal, step)
	}
	return out
}

// wantsEnded fails unless a journey that is answered is gone.
func (d *desk) wantsEnded(v journey.Visit, id string, step journey.StepName, form journey.Form) {
	d.t.Helper()
	if out, err := d.Answer(d.t.Context(), v, id, step, form); !errors.Is(err, journey.ErrNotFound) {
		d.t.Errorf("step %s, began %+v, %v; want the sign-in to have ended", out.Step.Name, out.Started, err)
	}
}

// wantsProblem fails unless the outcome is the same page with a problem.
func (d *desk) wantsProblem(out journey.Outcome, field, key string) {
	d.t.Helper()
	if out.Problem == nil || out.Problem.Field != field || out.Problem.Key != "problem."+key {
		d.t.Fatalf("problem %+v at step %s, want %s at %q", out.Problem, out.Step.Name, key, field)
	}
}

// askForCode goes as far as the page that asks for the code.
func (d *desk) askForCode(v journey.Visit, address string) (id string) {
	d.t.Helper()
	out := d.begin(v, address)
	if out.Step.Name == journey.StepMethod {
		out = d.post(v, out.Journey.ID, journey.StepMethod, journey.Form{Method: directory.MethodEmailToken})
	}
	d.wants(out, journey.StepProve)
	return out.Journey.ID
}

// prove goes as far as the step after the proof.
func (d *desk) prove(v journey.Visit, address string) journey.Outcome {
	d.t.Helper()
	id := d.askForCode(v, address)
	code, _ := d.mails.newest(d.t)
	return d.post(v, id, journey.StepProve, journey.Form{Code: code})
}

// signIn goes to the end.
func (d *desk) signIn(v journey.Visit, address, stay string, account string) journey.Outcome {
	d.t.Helper()
	out := d.wants(d.prove(v, address), journey.StepStay)
	out = d.post(v, out.Journey.ID, journey.StepStay, journey.Form{Stay: stay})
	if account != "" {
		out = d.post(v, out.Journey.ID, journey.StepAccount, journey.Form{Account: account})
	}
	if out.Started == nil {
		d.t.Fatalf("no session at step %s, %+v", out.Step.Name, out.Problem)
	}
	return out
}

// toProvider chooses microsoft and returns the journey's id and the address
// that the browser is sent to.
func (d *desk) toProvider(v journey.Visit, address string) (id, location string) {
	d.t.Helper()
	out := d.begin(v, address)
	if out.Location == "" {
		out = d.post(v, out.Journey.ID, journey.StepMethod, journey.Form{Method: directory.MethodMicrosoft})
	}
	if !strings.HasPrefix(out.Location, authority+"/") {
		d.t.Fatalf("sent to %q at step %s", out.Location, out.Step.Name)
	}
	return out.Journey.ID, out.Location
}

// pick chooses a person at the provider and returns what comes back.
func (d *desk) pick(location, person string) journey.Callback {
	d.t.Helper()
	form := url.Values{"person": {person}}
	if person == "" {
		form = url.Values{"cancel": {"yes"}}
	}
	r := httptest.NewRequest(http.MethodPost, location, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	d.idp.ServeHTTP(w, r)
	back, err := w.Result().Location()
	if err != nil {
		d.t.Fatalf("the provider answered %d: %v\n%s", w.Code, err, w.Body)
	}
	q := back.Query()
	return journey.Callback{Provider: "microsoft", State: q.Get("state"), Response: provider.Response{
		Code: q.Get("code"), Issuer: q.Get("iss"), Error: q.Get("error"), ErrorDescription: q.Get("error_description"),
	}}
}

// sessions returns those of an entity.
func (d *desk) sessions(kind directory.Kind, id string) []session.Session {
	d.t.Helper()
	all, err := d.store.SessionsOf(d.t.Context(), kind, id)
	if err != nil {
		d.t.Fatal(err)
	}
	return all
}

func (d *desk) stored(id string) journey.Journey {
	d.t.Helper()
	j, err := d.store.Journey(d.t.Context(), id)
	if err != nil {
		d.t.Fatal(err)
	}
	return j
}

// parameter takes one out of an address.
func parameter(t *testing.T, location, name string) string {
	t.Helper()
	u, err := url.Parse(location)
	if err != nil || u.Query().Get(name) == "" {
		t.Fatalf("no %s in %q: %v", name, location, err)
	}
	return u.Query().Get(name)
}

// atOnce calls fn n times in parallel.
func atOnce(n int, fn func(i int)) {
	var wg sync.WaitGroup
	ready := make(chan struct{})
	for i := range n {
		wg.Go(func() {
			<-ready
			fn(i)
		})
	}
	close(ready)
	wg.Wait()
}

func another(code string) string {
	if code == "00000000" {
		return "11111111"
	}
	return fmt.Sprintf("%08d", 0)
}

// resend is the form that asks for another mail in place of the newest one.
func (d *desk) resend(id string) journey.Form {
	d.t.Helper()
	j, err := d.store.Journey(d.t.Context(), id)
	if err != nil {
		d.t.Fatal(err)
	}
	return journey.Form{Resend: j.Token.Name()}
}
