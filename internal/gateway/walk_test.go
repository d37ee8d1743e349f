package gateway

import (
	"html"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/config"
	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/mail"
	"github.com/frontdesk-gateway/frontdesk/internal/session"
	"github.com/frontdesk-gateway/frontdesk/internal/standin"
	"github.com/frontdesk-gateway/frontdesk/internal/store"
	"github.com/frontdesk-gateway/frontdesk/internal/store/memory"
)

// outbound keeps the newest mail instead of sending it.
type outbound struct {
	mu   sync.Mutex
	text string
	sent []mail.Message
}

func (o *outbound) Enqueue(m mail.Message, done func(error)) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.text, o.sent = m.Text, append(o.sent, m)
	go done(nil)
	return nil
}

var (
	codeInMail = regexp.MustCompile(`\b(\d{4}) (\d{4})\b`)
	linkInMail = regexp.MustCompile(`https://\S+token=\S+`)
)

func (o *outbound) newest(t *testing.T) (code, link string) {
	t.Helper()
	o.mu.Lock()
	defer o.mu.Unlock()
	c, l := codeInMail.FindStringSubmatch(o.text), linkInMail.FindString(o.text)
	if c == nil || l == "" {
		t.Fatalf("no code or link in\n%s", o.text)
	}
	return c[1] + c[2], l
}

// visitor is a browser without scripts at the client's site.
type visitor struct {
	t       *testing.T
	desk    *desk
	cookies map[string]string
	agent   string   // User-Agent
	trail   []answer // all that it got, redirects included
	at      string   // the address of the page that it shows
}

func (d *desk) visitor(t *testing.T) *visitor {
	return &visitor{t: t, desk: d, cookies: map[string]string{}}
}

// holding gives the visitor a cookie.
func (v *visitor) holding(cookie string) *visitor {
	name, value, _ := strings.Cut(cookie, "=")
	v.cookies[name] = value
	return v
}

// request makes one and follows redirects on the site, as a browser does.
func (v *visitor) request(method, address, body string, how func(*http.Request)) answer {
	v.t.Helper()
	for range 10 {
		got := v.desk.doBody(method, address, body, how, func(r *http.Request) {
			r.Header.Set("User-Agent", v.agent)
			for name, value := range v.cookies {
				r.AddCookie(&http.Cookie{Name: name, Value: value})
			}
		})
		v.trail = append(v.trail, got)
		for _, c := range got.Result().Cookies() {
			v.cookies[c.Name] = c.Value
		}
		v.at = address
		if got.pass != nil || got.Code != http.StatusSeeOther {
			return got
		}
		next, err := got.request.URL.Parse(got.Header().Get("Location"))
		if err != nil || next.Scheme+"://"+next.Host != portal {
			return got // to another origin
		}
		method, address, body, how = "GET", next.String(), "", navigating
	}
	v.t.Fatal("redirected without end")
	return answer{}
}

func (v *visitor) get(address string) answer {
	v.t.Helper()
	return v.request("GET", address, "", navigating)
}

// post answers the form of the page that is shown.
func (v *visitor) post(step string, fields ...string) answer {
	v.t.Helper()
	form := url.Values{"step": {step}}
	for i := 0; i < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	return v.request("POST", v.at, form.Encode(), posting)
}

// wantsForgotten fails unless the browser was told to forget the portal's pages, or
// was not, since this was asked before.
func (v *visitor) wantsForgotten(want bool) {
	v.t.Helper()
	told := slices.ContainsFunc(v.trail, func(got answer) bool { return got.Header().Get("Clear-Site-Data") == `"cache"` })
	if told != want {
		v.t.Errorf("told to forget the pages: %t", told)
	}
	v.trail = nil
}

// shows fails unless the answer is a page with all of the texts.
func (a answer) shows(t *testing.T, status int, texts ...string) answer {
	t.Helper()
	a.wants(t, status)
	for _, text := range texts {
		if !strings.Contains(a.Body.String(), text) {
			t.Fatalf("no %s in\n%s", text, a.Body)
		}
	}
	return a
}

func newWalk(t *testing.T) (*desk, *outbound) {
	t.Helper()
	return newWalkOn(t, memory.New())
}

func newWalkOn(t *testing.T, s store.Store) (*desk, *outbound) {
	t.Helper()
	d, o := newDeskOn(t, s), &outbound{}
	d.journeys.Outbound = o
	err := d.store.Edit(t.Context(), func(e directory.Editor) error {
		if err := e.PutAccount(directory.Account{ID: "borg", Name: "Borg", Active: true}); err != nil {
			return err
		}
		return e.PutContact(directory.Contact{ID: "c-borg", Email: "ann@acme.example", Name: "Ann", Account: "borg", Active: true})
	})
	if err != nil {
		t.Fatal(err)
	}
	return d, o
}

// TestWalk is a whole journey, by forms alone, to the portal and out again.
func TestWalk(t *testing.T) {
	d, o := newWalk(t)
	v := d.visitor(t)
	v.get(portal+"/deep?x=1").shows(t, 200, `name="email"`, `autocomplete="username"`)
	v.post("email", "email", "nobody@nowhere.example").shows(t, 422, `value="nobody@nowhere.example"`, "help@msp.example")
	v.post("email", "email", " ANN@acme.example").shows(t, 200, `name="method"`, `value="email_token"`, `value="microsoft"`)
	v.post("method", "method", "email_token").shows(t, 200, `name="code"`, `autocomplete="one-time-code"`)
	v.post("prove", "code", "x").shows(t, 422, `name="code"`)
	code, _ := o.newest(t)
	v.post("prove", "code", code).shows(t, 200, `name="stay"`)
	v.post("stay", "stay", "no").shows(t, 200, `name="account"`, "Acme &amp; S")
	v.wantsForgotten(false)
	portalPage := v.post("account", "account", "borg")
	if portalPage.pass == nil || portalPage.pass.facts().ID != "c-borg" || portalPage.request.URL.RequestURI() != "/deep?x=1" {
		t.Fatalf("status %d at %s", portalPage.Code, portalPage.request.URL)
	}
	v.wantsForgotten(true) // whoever was here before may have closed the browser, cookies and all

	first := portalPage.pass.facts().Session
	v.get(portal+"/frontdesk/session").shows(t, 200, "ann@acme.example", `value="acme"`)
	v.wantsForgotten(false)
	switched := v.post("", "account", "acme")
	v.wantsForgotten(true)
	if switched.pass == nil || switched.pass.facts().ID != "c-ann" || switched.pass.facts().Session == first {
		t.Fatalf("after the switch: status %d, %+v", switched.Code, switched.pass)
	}
	if all, err := d.store.SessionsOf(t.Context(), directory.KindContact, "c-borg"); err != nil || len(all) != 0 {
		t.Errorf("the session before goes on: %d, %v", len(all), err)
	}
	if got := v.get(portal + "/frontdesk/sign-in?return=/x"); got.pass == nil || got.request.URL.Path != "/x" {
		t.Errorf("who is signed in was asked to sign in: %d", got.Code)
	}
	v.get(portal+"/frontdesk/sign-out").shows(t, 200, `method="post"`)
	v.post("").wants(t, 200)
	v.get(portal+"/").shows(t, 200, `name="email"`)
}

// TestSwitchTwice: the second click of a double click on a switch, whose first answer
// the browser drops, has it forget the pages of the account before as that one did.
func TestSwitchTwice(t *testing.T) {
	d, _ := newWalk(t)
	cookie, _ := d.signIn(func(s *session.Session) { s.EntityID = "c-borg" })
	v := d.visitor(t).holding(cookie)
	v.get(portal+"/frontdesk/session").shows(t, 200, `value="acme"`)
	twice := &visitor{t: t, desk: d, cookies: maps.Clone(v.cookies), at: v.at}
	first, second := v.post("", "account", "acme"), twice.post("", "account", "acme")
	if first.pass == nil || second.pass == nil || second.pass.facts().ID != "c-ann" || second.pass.facts().Session != first.pass.facts().Session {
		t.Fatalf("status %d, then %d", first.Code, second.Code)
	}
	v.wantsForgotten(true)
	twice.wantsForgotten(true)
}

// TestLinkSpendsNothing until its button is pressed, in the browser that asked;
// any other is told where to type the code, and is signed in nowhere.
func TestLinkSpendsNothing(t *testing.T) {
	d, o := newWalk(t)
	v := d.visitor(t)
	v.get(portal + "/")
	v.post("email", "email", "ann@acme.example")
	v.post("method", "method", "email_token").shows(t, 200, `name="code"`)
	code, link := o.newest(t)
	u, err := url.Parse(link)
	if err != nil {
		t.Fatal(err)
	}
	id, token := u.Query().Get("journey"), u.Query().Get("token")

	scanner := d.visitor(t)
	for range 3 {
		body := scanner.get(link).shows(t, 200).Body.String()
		if strings.Contains(body, code) || strings.Contains(body, "ann@acme.example") || strings.Contains(body, `name="token"`) {
			t.Fatalf("another browser sees\n%s", body)
		}
	}
	scanner.cookies[secureBrowserName] = strings.TrimPrefix(d.sealed(secureBrowserName, session.NewSecret()), secureBrowserName+"=")
	scanner.post("prove", "token", token).wants(t, 410)
	scanner.post("prove", "code", code).wants(t, 410)

	for range 3 {
		v.get(link).shows(t, 200, `name="token"`, `method="post"`)
	}
	if j, err := d.store.Journey(t.Context(), id); err != nil || len(j.Proofs) != 0 || j.Token == nil {
		t.Fatalf("looking at the link changed the journey: %+v, %v", j, err)
	}
	v.post("prove", "token", token).shows(t, 200, `name="stay"`)
	if j, err := d.store.Journey(t.Context(), id); err != nil || len(j.Proofs) != 1 || j.Token != nil {
		t.Fatalf("journey %+v, %v", j, err)
	}
}

// TestJourneyOfAnotherBrowser is none.
func TestJourneyOfAnotherBrowser(t *testing.T) {
	d, _ := newWalk(t)
	v, other := d.visitor(t), d.visitor(t)
	v.get(portal + "/")
	v.post("email", "email", "ann@acme.example").shows(t, 200, `name="method"`)
	other.get(v.at).wants(t, 410)
}

// TestAnotherAddress: who comes back from the provider as somebody else starts
// again with the same destination, and the provider asks who it is.
func TestAnotherAddress(t *testing.T) {
	const tenant, oid = "11111111-1111-4111-8111-111111111111", "aaaaaaaa-0000-4000-8000-000000000001"
	server := httptest.NewUnstartedServer(nil)
	base := "http://" + server.Listener.Addr().String()
	entra, err := standin.New(standin.Config{
		BaseURL: base, People: []standin.Person{{Tenant: tenant, ObjectID: oid, Username: "bob@acme.example"}},
		Clients: []standin.Client{{ID: "id", Secret: "secret", RedirectURIs: []string{portal + "/frontdesk/callback/microsoft"}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	server.Config.Handler = entra
	server.Start()
	t.Cleanup(server.Close)

	d := newDesk(t, func(c *config.Config) {
		c.Microsoft.Authority, c.Platforms["client"].Methods = base, []string{"microsoft"}
	})
	d.now = time.Now() // the stand-in's
	v := d.visitor(t)
	v.get(portal + "/deep?x=1")
	away := v.post("email", "email", "ann@acme.example").Header().Get("Location")
	if !strings.HasPrefix(away, base) || strings.Contains(away, "prompt=") {
		t.Fatalf("sent to %q", away)
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	picked, err := client.PostForm(away, url.Values{"person": {oid}})
	if err != nil {
		t.Fatal(err)
	}
	picked.Body.Close()
	page := v.get(picked.Header.Get("Location")).shows(t, 403, "ann@acme.example", "bob@acme.example").Body.String()
	link := regexp.MustCompile(`href="(/frontdesk/sign-in[^"]+)"`).FindStringSubmatch(page)
	if link == nil {
		t.Fatalf("no way on in\n%s", page)
	}
	v.get(portal+html.UnescapeString(link[1])).shows(t, 200, `name="email"`)
	v.post("email", "email", "not an address").shows(t, 422, `name="email"`)
	again := v.post("email", "email", "ann@acme.example").Header().Get("Location")
	if !strings.Contains(again, "prompt=select_account") {
		t.Errorf("sent to %q", again)
	}
	state, err := url.Parse(again)
	if err != nil {
		t.Fatal(err)
	}
	id, _, _ := strings.Cut(state.Query().Get("state"), ".")
	if j, err := d.store.Journey(t.Context(), id); err != nil || j.Destination != "/deep?x=1" {
		t.Errorf("destination %q, %v", j.Destination, err)
	}
}
