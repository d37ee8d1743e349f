package gateway

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/config"
	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/journey"
	"github.com/frontdesk-gateway/frontdesk/internal/password"
	"github.com/frontdesk-gateway/frontdesk/internal/provider"
	"github.com/frontdesk-gateway/frontdesk/internal/session"
	"github.com/frontdesk-gateway/frontdesk/internal/standin"
	"github.com/frontdesk-gateway/frontdesk/internal/store"
)

// newEntra starts a stand-in that offers this end_session_endpoint, in which
// BASE is its own address; nil: none.
func newEntra(t *testing.T, endpoint any) *httptest.Server {
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	base := "http://" + server.Listener.Addr().String()
	if s, ok := endpoint.(string); ok {
		endpoint = strings.Replace(s, "BASE", base, 1)
	}
	entra, err := standin.New(standin.Config{
		BaseURL: base, People: []standin.Person{{Tenant: "t", ObjectID: "o"}}, Clients: []standin.Client{{ID: "id"}},
		Forge: standin.Forge{Discovery: func(document map[string]any) { document["end_session_endpoint"] = endpoint }},
	})
	if err != nil {
		t.Fatal(err)
	}
	server.Config.Handler = entra
	server.Start()
	t.Cleanup(server.Close)
	return server
}

// endingAt has the Microsoft sign-in at an address end sessions there, and a
// further provider, of another client; a third, plain, does not.
func endingAt(authority string) func(*config.Config) {
	return func(c *config.Config) {
		c.Microsoft.Authority, c.Microsoft.EndSession = authority, true
		c.OIDC = map[string]*config.OIDC{
			"further": {Issuer: authority + "/t/v2.0", ClientID: "another", ClientSecret: "secret", EndSession: true},
			"plain":   {Issuer: authority, ClientID: "id", ClientSecret: "secret"},
		}
	}
}

// provedBy changes a session to one with proofs by these methods: a password is
// the one that was set when the session was made.
func provedBy(methods ...string) func(*session.Session) {
	return func(s *session.Session) {
		s.Proofs = nil
		for _, method := range methods {
			s.Proofs = append(s.Proofs, session.Proof{Method: method, At: s.Created, Kind: directory.KindContact, PasswordSet: s.Created, Vouched: true})
			s.Method = method
		}
	}
}

// toProvider is where Microsoft's client has the stand-in at base end its
// session, and send the browser back to the sign-out page of site.
func toProvider(base, site, state string) string {
	query := url.Values{"client_id": {"id"}, "post_logout_redirect_uri": {site + "/sign-out"}}
	if state != "" {
		query.Set("state", state)
	}
	return base + "/logout?" + query.Encode()
}

func TestSignOutAtTheProvider(t *testing.T) {
	const own = portal + "/frontdesk/sign-out"
	for _, c := range []struct {
		name     string
		proofs   []string
		endpoint any  // nil: none is offered
		off      bool // without the option
		down     bool
		all      bool   // sign out everywhere
		client   string // at the provider; empty: Microsoft's
		left     string // the state that names the others
		want     string // empty: to the provider
	}{
		{name: "with the option", proofs: []string{"microsoft"}, endpoint: "BASE/logout"},
		{name: "without it", proofs: []string{"microsoft"}, endpoint: "BASE/logout", off: true, want: own},
		{name: "everywhere", proofs: []string{"microsoft"}, endpoint: "BASE/logout", all: true},
		{name: "everywhere without it", proofs: []string{"microsoft"}, endpoint: "BASE/logout", off: true, all: true, want: own + "?state=STATE"},
		{name: "first of two proofs", proofs: []string{"microsoft", "email_token"}, endpoint: "BASE/logout"},
		{name: "second of two proofs", proofs: []string{"password", "microsoft"}, endpoint: "BASE/logout"},
		{name: "last of two providers", proofs: []string{"microsoft", "further"}, endpoint: "BASE/logout", client: "another", left: "~microsoft"},
		{name: "last of two providers, the other way", proofs: []string{"further", "microsoft", "email_token"}, endpoint: "BASE/logout", left: "~further"},
		{name: "last of two providers, twice", proofs: []string{"microsoft", "further", "microsoft", "further"}, endpoint: "BASE/logout", client: "another", left: "~microsoft"},
		{name: "two providers, everywhere", proofs: []string{"microsoft", "further"}, endpoint: "BASE/logout", all: true, client: "another", left: "~microsoft"},
		{name: "two providers that are down", proofs: []string{"microsoft", "further"}, endpoint: "BASE/logout", down: true, want: own + "?still_at=further&still_at=microsoft"},
		{name: "beside a provider without it", proofs: []string{"microsoft", "plain"}, endpoint: "BASE/logout"},
		{name: "emailed token only", proofs: []string{"email_token"}, endpoint: "BASE/logout", want: own},
		{name: "password only, everywhere", proofs: []string{"password"}, endpoint: "BASE/logout", all: true, want: own + "?state=STATE"},
		{name: "another provider only", proofs: []string{"plain"}, endpoint: "BASE/logout", want: own},
		{name: "a provider that is no longer there", proofs: []string{"gone"}, endpoint: "BASE/logout", want: own},
		{name: "provider down", proofs: []string{"microsoft"}, endpoint: "BASE/logout", down: true, want: own + "?still_at=microsoft"},
		{name: "provider down, everywhere", proofs: []string{"microsoft"}, endpoint: "BASE/logout", down: true, all: true, want: own + "?state=STATE&still_at=microsoft"},
		{name: "emailed token only, provider down", proofs: []string{"email_token"}, endpoint: "BASE/logout", down: true, want: own},
		{name: "endpoint missing", proofs: []string{"microsoft"}, want: own + "?still_at=microsoft"},
		{name: "endpoint over http", proofs: []string{"microsoft"}, endpoint: "http://id.example/logout", want: own + "?still_at=microsoft"},
		{name: "endpoint of another scheme", proofs: []string{"microsoft"}, endpoint: "javascript:alert(1)", want: own + "?still_at=microsoft"},
	} {
		t.Run(c.name, func(t *testing.T) {
			entra := newEntra(t, c.endpoint)
			d := newDesk(t, endingAt(entra.URL), func(conf *config.Config) { conf.Microsoft.EndSession = !c.off })
			if c.down {
				entra.Close()
			}
			form, want := url.Values{}, toProvider(entra.URL, portal+"/frontdesk", c.left)
			if c.all {
				form.Set("everywhere", "yes")
				want = toProvider(entra.URL, portal+"/frontdesk", "STATE"+c.left)
			}
			if c.client != "" {
				want = strings.Replace(want, "client_id=id", "client_id="+c.client, 1)
			}
			if c.want != "" {
				want = c.want
			}
			if err := d.store.SetPassword(t.Context(), annsPassword, directory.Password{}.Successor("$hash", d.now)); err != nil {
				t.Fatal(err)
			}
			cookie, here := d.signIn(provedBy(c.proofs...))
			_, other := d.signIn(func(s *session.Session) { s.ID = "S2" })
			browser := session.NewSecret()
			cookie += "; " + d.sealed(secureBrowserName, browser)
			got := d.doBody("POST", portal+"/frontdesk/sign-out", form.Encode(), posting, with("Cookie", cookie)).wants(t, 303)
			want = strings.Replace(want, "STATE", stateOf(browser, portal, d.now.Unix()), 1)
			if location := got.Header().Get("Location"); location != want {
				t.Errorf("sent to %s\nwant    %s", location, want)
			}
			if dropped := got.Header().Get("Set-Cookie"); !strings.HasPrefix(dropped, "__Host-frontdesk=; Path=/; Max-Age=0;") {
				t.Errorf("Set-Cookie %q", dropped)
			}
			d.wantsEnded(here, true)
			d.wantsEnded(other, c.all)
		})
	}
}

// TestSignOutAtTheOtherProvider: where the last of two providers is down, the other one
// is asked, and the page says so of the last.
func TestSignOutAtTheOtherProvider(t *testing.T) {
	entra, down := newEntra(t, "BASE/logout"), newEntra(t, "BASE/logout")
	d := newDesk(t, endingAt(entra.URL), func(c *config.Config) { c.OIDC["further"].Issuer = down.URL + "/t/v2.0" })
	down.Close()
	cookie, here := d.signIn(provedBy("microsoft", "further"))
	got := d.doBody("POST", portal+"/frontdesk/sign-out", "", posting, with("Cookie", cookie)).wants(t, 303)
	if location, want := got.Header().Get("Location"), toProvider(entra.URL, portal+"/frontdesk", "~further"); location != want {
		t.Errorf("sent to %s\nwant    %s", location, want)
	}
	d.wantsEnded(here, true)
}

func (d *desk) wantsEnded(s session.Session, want bool) {
	d.tb.Helper()
	if _, err := d.store.Session(d.tb.Context(), s.Key); errors.Is(err, session.ErrNotFound) != want {
		d.tb.Errorf("session %s: %v; ended, want %t", s.ID, err, want)
	}
}

// TestSignOutReturnsToItsOrigin: the way back is built from configuration.
func TestSignOutReturnsToItsOrigin(t *testing.T) {
	entra := newEntra(t, "BASE/logout")
	d := newDesk(t, endingAt(entra.URL), func(c *config.Config) { c.Prefix = "/desk" })
	for _, origin := range []string{portal, alias} {
		cookie, _ := d.signIn(provedBy("microsoft"), func(s *session.Session) { s.ID, s.Origin = origin, origin })
		got := d.doBody("POST", origin+"/desk/sign-out?post_logout_redirect_uri=https://evil.example", "", posting,
			func(r *http.Request) { r.Header.Set("Origin", origin) }, with("Cookie", cookie)).wants(t, 303)
		if location := got.Header().Get("Location"); location != toProvider(entra.URL, origin+"/desk", "") {
			t.Errorf("at %s: sent to %s", origin, location)
		}
	}
}

// TestSignOutOfNothing: where the session has ended nothing tells whose others there are. What
// cannot be done is not offered, since who lost a telephone would rely on it.
func TestSignOutOfNothing(t *testing.T) {
	d := newDesk(t)
	cookie, s := d.signIn()
	_, other := d.signIn(func(s *session.Session) { s.ID = "S2" })
	v := d.visitor(t).holding(cookie)
	if err := d.store.EndSessions(t.Context(), s.Key); err != nil {
		t.Fatal(err)
	}
	if body := v.get(portal+"/frontdesk/sign-out").shows(t, 200, "Other sessions of yours go on").Body.String(); strings.Contains(body, "everywhere\"") {
		t.Error(body)
	}
	v.post("").shows(t, 200, "You are signed out")
	d.wantsEnded(other, false)
}

// TestSignOutTwice: the second click of a double click, which finds no session,
// leads where the first did; so does one with the cookie gone already. Browsers show
// what the last one leads to.
func TestSignOutTwice(t *testing.T) {
	for _, c := range []struct {
		name   string
		proofs []string // the account of the session admits the first
		client string   // at the provider; empty: no provider
		left   string
	}{
		{"microsoft", []string{"microsoft"}, "id", ""},
		{"emailed token", []string{"email_token"}, "", ""},
		{"a provider beside another method", []string{"email_token", "microsoft"}, "id", ""},
		{"another method beside a provider", []string{"microsoft", "email_token"}, "id", ""},
		{"two providers", []string{"microsoft", "further"}, "another", "~microsoft"},
		{"two providers, the first one again", []string{"microsoft", "further", "microsoft"}, "id", "~further"},
	} {
		t.Run(c.name, func(t *testing.T) {
			entra := newEntra(t, "BASE/logout")
			d := newDesk(t, endingAt(entra.URL))
			d.edit(func(e directory.Editor) error {
				if err := e.PutAccount(directory.Account{ID: "borg", Name: "Borg", Active: true, Methods: c.proofs[:1]}); err != nil {
					return err
				}
				return e.PutContact(directory.Contact{ID: "c-borg", Email: "ann@acme.example", Name: "Ann", Account: "borg", Active: true})
			})
			want := portal + "/frontdesk/sign-out"
			if c.client != "" {
				want = strings.Replace(toProvider(entra.URL, portal+"/frontdesk", c.left), "client_id=id", "client_id="+c.client, 1)
			}
			cookie, _ := d.signIn(provedBy(c.proofs...))
			v := d.visitor(t).holding(cookie)
			v.get(portal+"/frontdesk/session").shows(t, 200, `value="borg"`)
			if v.post("", "account", "borg").pass == nil {
				t.Fatal("not switched")
			}
			all := fmt.Sprintf("%s=%s; %s=%s", secureSessionName, v.cookies[secureSessionName], secureMethodName, v.cookies[secureMethodName])
			for _, cookies := range []string{all, all, secureMethodName + "=" + v.cookies[secureMethodName]} {
				got := d.doBody("POST", portal+"/frontdesk/sign-out", "", posting, with("Cookie", cookies)).wants(t, 303)
				if location := got.Header().Get("Location"); location != want {
					t.Errorf("with %s: sent to %s, want %s", cookies, location, want)
				}
			}
		})
	}
}

// TestSignOutByAMadeUpMethod: what a browser remembers leads to providers alone.
func TestSignOutByAMadeUpMethod(t *testing.T) {
	d := newDesk(t, endingAt(newEntra(t, "BASE/logout").URL))
	for _, value := range []string{"x", "x~x~", "~", "microsoft", "email_token~https://evil.example"} {
		got := d.doBody("POST", portal+"/frontdesk/sign-out", "", posting, with("Cookie", secureMethodName+"="+value)).wants(t, 303)
		if location := got.Header().Get("Location"); location != portal+"/frontdesk/sign-out" {
			t.Errorf("with %s: sent to %s", value, location)
		}
	}
}

// TestSessionDecidesTheSignOut: what the browser remembers of others counts
// only where no session does.
func TestSessionDecidesTheSignOut(t *testing.T) {
	d := newDesk(t, endingAt(newEntra(t, "BASE/logout").URL))
	cookie, _ := d.signIn()
	got := d.doBody("POST", portal+"/frontdesk/sign-out", "", posting, with("Cookie", cookie+"; "+secureMethodName+"=microsoft~microsoft")).wants(t, 303)
	if location := got.Header().Get("Location"); location != portal+"/frontdesk/sign-out" {
		t.Errorf("sent to %s", location)
	}
}

// silentProvider never answers.
type silentProvider struct{}

func (silentProvider) RoundTrip(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

// TestSignOutBesideASilentProvider: it is waited for, but not for long, and
// only once the session here has ended. The bubble's clock runs at once.
func TestSignOutBesideASilentProvider(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, endingAt("https://login.msp.example"))
		silent, err := provider.New(d.settings.Providers[0], provider.Options{HTTPClient: &http.Client{Transport: silentProvider{}}, Logger: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		d.journeys.Providers[directory.MethodMicrosoft] = silent
		cookie, here := d.signIn(provedBy("microsoft"))
		began := time.Now()
		go func() {
			time.Sleep(time.Second)
			d.wantsEnded(here, true)
		}()
		got := d.doBody("POST", portal+"/frontdesk/sign-out", "", posting, with("Cookie", cookie)).wants(t, 303)
		if took := time.Since(began); took != 2*time.Second {
			t.Errorf("it took %v", took)
		}
		if location := got.Header().Get("Location"); location != portal+"/frontdesk/sign-out?still_at=microsoft" {
			t.Errorf("sent to %s", location)
		}
		time.Sleep(time.Minute) // the request to the provider ends by itself
	})
}

// TestSignOutPages say where a sign-out goes on to, and admit it in their CSP.
// Who is signed in finds the way back.
func TestSignOutPages(t *testing.T) {
	const says = "You will be signed out of <bdi>Microsoft</bdi> in this browser"
	for _, c := range []struct {
		name   string
		option bool
		proof  string
		last   string // method that the browser remembers
		live   bool
		says   bool
		leaves bool
	}{
		{"with the option", true, "microsoft", "", true, true, true},
		{"without it", false, "microsoft", "microsoft", true, false, false},
		{"emailed token", true, "email_token", "microsoft", true, false, true},
		{"session that lets nobody in", true, "microsoft", "microsoft", false, true, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t, func(conf *config.Config) { conf.Microsoft.EndSession = c.option })
			cookie, _ := d.signIn(provedBy(c.proof), func(s *session.Session) {
				if !c.live {
					s.Expires = d.now
				}
			})
			cookies := with("Cookie", cookie+"; "+secureMethodName+"="+c.last+"~"+c.last)
			page := d.do("GET", portal+"/frontdesk/sign-out", navigating, cookies).wants(t, 200)
			if got := strings.Contains(page.Body.String(), says); got != c.says {
				t.Errorf("it says so: %t, want %t\n%s", got, c.says, page.Body)
			}
			if got := strings.Contains(page.Header().Get("Content-Security-Policy"), "form-action 'self' https:"); got != c.leaves {
				t.Errorf("it admits other sites: %t, want %t", got, c.leaves)
			}
			if got := strings.Contains(page.Body.String(), `<a href="/">Back to the portal</a>`); got != c.live {
				t.Errorf("it leads back to the portal: %t, want %t", got, c.live)
			}
			if !c.live {
				return
			}
			page = d.do("GET", portal+"/frontdesk/session", navigating, cookies).wants(t, 200)
			if got := strings.Contains(page.Body.String(), says); got != c.says {
				t.Errorf("the session's page says so: %t, want %t", got, c.says)
			}
		})
	}
}

// TestSignedOutPage says what ended, whoever sent the browser there.
func TestSignedOutPage(t *testing.T) {
	const (
		here  = "Your session in this browser has ended."
		all   = "All your sessions have ended"
		still = "You may still be signed in to <bdi>Microsoft</bdi>"
	)
	browser, other, now := session.NewSecret(), session.NewSecret(), newDesk(t).now.Unix()
	ended := stateOf(browser, portal, now)
	for query, c := range map[string]struct {
		says  string
		still bool
	}{
		"":                                      {here, false},
		"?state=" + ended:                       {all, false},
		"?still_at=microsoft&state=" + ended:    {all, true},
		"?state=everywhere":                     {here, false},
		"?state=" + strings.ToLower(ended):      {here, false},
		"?state=" + ended + "x":                 {here, false},
		"?state=" + stateOf(other, portal, now): {here, false},
		"?state=" + stateOf(session.Secret{}, portal, now):                        {here, false},
		"?state=" + stateOf(browser, techs, now):                                  {here, false},
		"?state=" + stateOf(browser, portal, now+1):                               {here, false},
		"?state=" + stateOf(browser, portal, now-int64(saidFor/time.Second)+1):    {all, false},
		"?state=" + stateOf(browser, portal, now-int64(saidFor/time.Second)):      {here, false},
		"?state=" + strings.Replace(ended, fmt.Sprint(now), fmt.Sprint(now-1), 1): {here, false},
		"?state=other":                         {here, false},
		"?still_at=microsoft":                  {here, true},
		"?state=everywhere&still_at=microsoft": {here, true},
		"?state=~microsoft":                    {here, true},
		"?state=" + ended + "~microsoft":       {all, true},
		"?state=" + ended + "~plain~x~":        {all, false},
		"?state=~x~microsoft~microsoft":        {here, true},
		"?state=~":                             {here, false},
		"?still_at=x&still_at=microsoft":       {here, true},
		"?still_at=plain":                      {here, false},
		"?still_at=password":                   {here, false},
		"?still_at=x":                          {here, false},
	} {
		d := newDesk(t, endingAt("https://login.msp.example"))
		cookie := with("Cookie", d.sealed(secureBrowserName, browser))
		body := d.do("GET", portal+"/frontdesk/sign-out"+query, navigating, cookie).shows(t, 200, "You are signed out", c.says).Body.String()
		if strings.Contains(body, still) != c.still || (strings.Count(body, "You may still") == 1) != c.still {
			t.Errorf("%q: it warns, want %t\n%s", query, c.still, body)
		}
		if strings.Contains(d.do("GET", portal+"/frontdesk/sign-out"+query, navigating).Body.String(), all) {
			t.Errorf("%q: it says so in a browser without a name", query)
		}
	}
}

// TestSignOutEverywhereSaysSo where it is true: some session told whose they
// are. A browser that has had no name so far is told as well.
func TestSignOutEverywhereSaysSo(t *testing.T) {
	const all = "All your sessions have ended"
	d := newDesk(t)
	cookie, _ := d.signIn()
	v := d.visitor(t)
	v.holding(cookie)
	v.get(portal + "/frontdesk/sign-out")
	v.post("", "everywhere", "yes").shows(t, 200, all)
	v.at = portal + "/frontdesk/sign-out"
	if body := v.post("", "everywhere", "yes").shows(t, 200, "You are signed out").Body.String(); strings.Contains(body, all) {
		t.Error("it says so of nobody")
	}
}

// TestSignOutEverywhereEndsUnfinished: what was proved, or mailed, in another
// browser that waits at its last step becomes no session afterwards.
func TestSignOutEverywhereEndsUnfinished(t *testing.T) {
	for _, c := range []struct{ name, everywhere string }{{"everywhere", "yes"}, {"here alone", ""}} {
		t.Run(c.name, func(t *testing.T) {
			d, o := newWalk(t)
			toCode := func() (*visitor, string) {
				v := d.visitor(t)
				v.get(portal + "/")
				v.post("email", "email", "Ann@acme.example")
				v.post("method", "method", "email_token").shows(t, 200, `name="code"`)
				code, _ := o.newest(t)
				return v, code
			}
			waits, code := toCode()
			waits.post("prove", "code", code).shows(t, 200, `name="stay"`)
			waits.post("stay", "stay", "yes").shows(t, 200, `name="account"`)
			mailed, code := toCode()

			cookie, s := d.signIn()
			d.doBody("POST", portal+"/frontdesk/sign-out", "everywhere="+c.everywhere, posting, with("Cookie", cookie)).wants(t, 303)
			d.wantsEnded(s, true)
			if c.everywhere == "" {
				mailed.post("prove", "code", code).shows(t, 200, `name="stay"`)
				if waits.post("account", "account", "acme").pass == nil {
					t.Error("it ended with another session")
				}
				return
			}
			mailed.post("prove", "code", code).wants(t, 410)
			waits.post("account", "account", "acme").wants(t, 410)
		})
	}
}

// TestSignOutEndsUnfinishedHere: what the person proved in a second tab and did not
// finish is not there for whoever comes next at this browser.
func TestSignOutEndsUnfinishedHere(t *testing.T) {
	for _, everywhere := range []string{"", "yes"} {
		t.Run("everywhere="+everywhere, func(t *testing.T) {
			d, o := newWalk(t)
			v := d.visitor(t)
			toStay := func(address string) string {
				v.at = portal + "/frontdesk/sign-in?return=%2F"
				v.post("email", "email", address)
				v.post("method", "method", "email_token").shows(t, 200, `name="code"`)
				code, _ := o.newest(t)
				v.post("prove", "code", code).shows(t, 200, `name="stay"`)
				return v.at
			}
			v.get(portal + "/")
			waits, second := toStay("Ann@acme.example"), toStay("ann@acme.example")
			v.at = second
			v.post("stay", "stay", "no").shows(t, 200, `name="account"`)
			if v.post("account", "account", "acme").pass == nil {
				t.Fatal("not signed in")
			}
			v.get(portal+"/frontdesk/sign-out").shows(t, 200, `name="everywhere"`)
			v.post("", "everywhere", everywhere).shows(t, 200, "You are signed out")
			v.get(waits).wants(t, 410)
			v.at = waits
			v.post("stay", "stay", "no").wants(t, 410)
		})
	}
}

// TestSignOutFailsInTheMidst: whichever change of a sign-out fails, who signs out once more
// has ended all of it.
func TestSignOutFailsInTheMidst(t *testing.T) {
	for failing := range 2 {
		t.Run(fmt.Sprint("change ", failing), func(t *testing.T) {
			d, o := newWalk(t)
			v := d.visitor(t)
			v.get(portal + "/frontdesk/sign-in?return=%2F")
			v.post("email", "email", "Ann@acme.example")
			v.post("method", "method", "email_token").shows(t, 200, `name="code"`)
			waits := v.at
			s := v.signsInByCode(o)
			v.get(portal+"/frontdesk/sign-out").shows(t, 200, `name="everywhere"`)
			d.store.Store = &oneFailure{Store: d.store.Store, left: failing}
			v.post("", "everywhere", "").wants(t, 503)
			d.wantsEnded(s, false)
			v.post("", "everywhere", "").shows(t, 200, "You are signed out")
			d.wantsEnded(s, true)
			v.get(waits).wants(t, 410)
		})
	}
}

// oneFailure fails one change of a sign-out, after some that do not.
type oneFailure struct {
	store.Store
	left int
}

func (s *oneFailure) unless(change func() error) error {
	if s.left--; s.left == -1 {
		return errors.New("no space left on device")
	}
	return change()
}

func (s *oneFailure) EndJourneys(ctx context.Context, browser session.Browser) error {
	return s.unless(func() error { return s.Store.EndJourneys(ctx, browser) })
}

func (s *oneFailure) EndSessions(ctx context.Context, keys ...session.Key) error {
	return s.unless(func() error { return s.Store.EndSessions(ctx, keys...) })
}

// TestSignOutOfWhatCannotBeRead: whichever look at the session fails, nobody is told that
// they are signed out.
func TestSignOutOfWhatCannotBeRead(t *testing.T) {
	for _, everywhere := range []string{"", "yes"} {
		t.Run("everywhere="+everywhere, func(t *testing.T) {
			for failing := 0; ; failing++ {
				d, _ := newWalk(t)
				cookie, s := d.signIn()
				v := d.visitor(t).holding(cookie)
				v.get(portal+"/frontdesk/sign-out").shows(t, 200, `name="everywhere"`)
				click := "everywhere=" + everywhere + "&form_token=" + d.tokenOf(v)
				reads := &oneUnread{Store: d.store.Store, left: failing}
				d.store.Store = reads
				got := v.request("POST", portal+"/frontdesk/sign-out", click, func(r *http.Request) { posting(r); r.Header.Del(ownForm) })
				d.store.Store = reads.Store
				if reads.left >= 0 {
					got.shows(t, 200, "You are signed out")
					d.wantsEnded(s, true)
					if failing < 2 {
						t.Errorf("the session was looked at %d times", failing)
					}
					return
				}
				got.wants(t, 503)
				d.wantsEnded(s, false)
			}
		})
	}
}

// oneUnread fails one look at a session, after some that do not.
type oneUnread struct {
	store.Store
	left int
}

func (s *oneUnread) Session(ctx context.Context, key session.Key) (session.Session, error) {
	if s.left--; s.left == -1 {
		return session.Session{}, errors.New("input/output error")
	}
	return s.Store.Session(ctx, key)
}

// TestSignOutEverywhereOfTwo: where somebody planted a second cookie, all sessions of both
// people end.
func TestSignOutEverywhereOfTwo(t *testing.T) {
	d := newDesk(t)
	if err := d.store.Edit(t.Context(), func(e directory.Editor) error {
		return e.PutContact(directory.Contact{ID: "c-bob", Email: "bob@acme.example", Account: "acme", Active: true})
	}); err != nil {
		t.Fatal(err)
	}
	bob := func(id string) func(*session.Session) {
		return func(s *session.Session) { s.ID, s.EntityID, s.Address = id, "c-bob", "bob@acme.example" }
	}
	own, first := d.signIn()
	_, second := d.signIn(func(s *session.Session) { s.ID = "S2" })
	planted, third := d.signIn(bob("S3"))
	_, fourth := d.signIn(bob("S4"))
	cookies := own + "; " + planted + "; " + d.browserOf()
	page := d.do("GET", portal+"/frontdesk/sign-out", navigating, with("Cookie", cookies)).shows(t, 200, `name="everywhere"`)
	form := "everywhere=yes&form_token=" + tokenValue.FindStringSubmatch(page.Body.String())[1]
	d.doBody("POST", portal+"/frontdesk/sign-out", form, posting, func(r *http.Request) { r.Header.Del(ownForm) }, with("Cookie", cookies)).wants(t, 303)
	for _, s := range []session.Session{first, second, third, fourth} {
		d.wantsEnded(s, true)
	}
}

// TestSignOutRightAfterASwitch: who clicks on a switch and signs out before its answer is
// there, by the cookie of the session that it replaced, is signed out of the one in its
// place.
func TestSignOutRightAfterASwitch(t *testing.T) {
	for _, c := range []struct {
		name, everywhere string
		midst            bool // the switch comes in the midst of signing out
	}{{"here", "", false}, {"everywhere", "yes", false}, {"here, at once", "", true}, {"everywhere, at once", "yes", true}} {
		t.Run(c.name, func(t *testing.T) {
			d, _ := newWalk(t)
			cookie, s := d.signIn(func(s *session.Session) { s.EntityID = "c-borg" })
			_, other := d.signIn(func(s *session.Session) { s.ID = "S2" })
			v := d.visitor(t).holding(cookie)
			v.get(portal+"/frontdesk/session").shows(t, 200, `value="acme"`)
			switching, kept := &visitor{t: t, desk: d, cookies: maps.Clone(v.cookies), at: v.at}, d.store.Store
			clicks := func() {
				d.store.Store = kept
				if switching.post("", "account", "acme").pass == nil {
					t.Fatal("not switched")
				}
			}
			if d.store.Store = (&busyStore{Store: kept, ending: clicks}); !c.midst {
				clicks()
			}
			v.at = portal + "/frontdesk/sign-out"
			v.post("", "everywhere", c.everywhere).shows(t, 200, "You are signed out")
			d.wantsEnded(s, true)
			d.wantsEnded(other, c.everywhere != "")
			switching.get(portal+"/").shows(t, 200, `name="email"`)
		})
	}
}

// TestEndRightAfterASwitch: who clicks on a switch, and before its answer is there on the end
// of another session, by the cookie of the session that the switch replaced, ends it.
func TestEndRightAfterASwitch(t *testing.T) {
	d, _ := newWalk(t)
	cookie, s := d.signIn(func(s *session.Session) { s.EntityID = "c-borg" })
	_, other := d.signIn(func(s *session.Session) { s.ID = "S2" })
	_, third := d.signIn(func(s *session.Session) { s.ID = "S3" })
	v := d.visitor(t).holding(cookie)
	v.get(portal+"/frontdesk/session").shows(t, 200, `value="acme"`)
	switching := &visitor{t: t, desk: d, cookies: maps.Clone(v.cookies), at: v.at}
	if switching.post("", "account", "acme").pass == nil {
		t.Fatal("not switched")
	}
	if v.post("", "end", "S2").pass == nil {
		t.Error("the browser is not where the switch leads")
	}
	d.wantsEnded(s, true)
	d.wantsEnded(other, true)
	d.wantsEnded(third, false)
	elsewhere := d.visitor(t) // another browser, with the same cookie
	elsewhere.get(portal + "/")
	elsewhere.holding(cookie).at = portal + "/frontdesk/session"
	elsewhere.post("", "end", "S3").shows(t, 200, `name="email"`)
	d.wantsEnded(third, false)
}

// busyStore has something else be done just before somebody is signed out.
type busyStore struct {
	store.Store
	ending func()
}

func (s *busyStore) EndSessions(ctx context.Context, keys ...session.Key) error {
	s.ending()
	return s.Store.EndSessions(ctx, keys...)
}

func (s *busyStore) EndAt(ctx context.Context, address string, choose func(directory.People, []session.Session) journey.Ending) error {
	s.ending()
	return s.Store.EndAt(ctx, address, choose)
}

// TestSignOutEverywhereWhileRenamed: an import that gives a record of the person another id,
// which those who sign out may have to wait for, leaves no session of it behind.
func TestSignOutEverywhereWhileRenamed(t *testing.T) {
	for name, renamed := range map[string]string{"the session's own": "c-ann", "another": "c-borg"} {
		t.Run(name, func(t *testing.T) {
			d, _ := newWalk(t)
			cookie, here := d.signIn()
			_, same := d.signIn(func(s *session.Session) { s.ID = "S2" })
			_, other := d.signIn(func(s *session.Session) { s.ID, s.EntityID = "S3", "c-borg" })
			waits := journey.Journey{ID: "waits", Address: here.Address, Proofs: here.Proofs, Expires: d.now.Add(time.Hour)}
			if err := d.store.CreateJourney(t.Context(), waits); err != nil {
				t.Fatal(err)
			}
			kept := d.store.Store
			d.store.Store = &busyStore{Store: kept, ending: func() {
				if err := kept.Edit(t.Context(), func(e directory.Editor) error { return e.RenameContact(renamed, "c-imported") }); err != nil {
					t.Fatal(err)
				}
			}}
			d.doBody("POST", portal+"/frontdesk/sign-out", "everywhere=yes", posting, with("Cookie", cookie)).wants(t, 303)
			for _, s := range []session.Session{here, same, other} {
				d.wantsEnded(s, true)
			}
			if _, err := kept.Journey(t.Context(), waits.ID); !errors.Is(err, journey.ErrNotFound) {
				t.Errorf("what is not finished: %v", err)
			}
		})
	}
}

// TestSignOutOfWhoHasLeft: a browser that is closed right after the click has
// signed out, or ended another session.
func TestSignOutOfWhoHasLeft(t *testing.T) {
	for _, c := range []struct{ path, form, ends string }{
		{"sign-out", "", "S1"},
		{"sign-out", "everywhere=yes", "S1"},
		{"sign-out", "everywhere=yes", "S2"},
		{"session", "end=S2", "S2"},
	} {
		t.Run(c.path+" "+c.form+" "+c.ends, func(t *testing.T) {
			d := newDesk(t)
			_, other := d.signIn(func(s *session.Session) { s.ID = "S2" })
			cookie, s := d.signIn()
			d.do("GET", portal+"/", with("Cookie", cookie)) // in memory from now on
			ctx, leave := context.WithCancel(t.Context())
			left := &leavingStore{Store: d.store.Store, leave: leave}
			d.store.Store = left
			d.doBody("POST", portal+"/frontdesk/"+c.path, c.form, posting, with("Cookie", cookie), func(r *http.Request) { *r = *r.WithContext(ctx) })
			key := map[string]session.Key{s.ID: s.Key, other.ID: other.Key}[c.ends]
			if _, err := left.Store.Session(t.Context(), key); !errors.Is(err, session.ErrNotFound) || ctx.Err() == nil {
				t.Errorf("the session: %v; left: %v", err, ctx.Err())
			}
		})
	}
}

// leavingStore has the browser leave while sessions are read, and makes no change
// for who has left.
type leavingStore struct {
	store.Store
	leave func()
}

func (s *leavingStore) Session(ctx context.Context, key session.Key) (session.Session, error) {
	s.leave()
	return s.Store.Session(ctx, key)
}

func (s *leavingStore) SessionsOf(ctx context.Context, kind directory.Kind, id string) ([]session.Session, error) {
	s.leave()
	return s.Store.SessionsOf(ctx, kind, id)
}

func (s *leavingStore) EndSessions(ctx context.Context, keys ...session.Key) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return s.Store.EndSessions(ctx, keys...)
}

func (s *leavingStore) EndAt(ctx context.Context, address string, choose func(directory.People, []session.Session) journey.Ending) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return s.Store.EndAt(ctx, address, choose)
}

// TestSignOutEndsWhatWasTyped: a browser that loads the answer to a form again sends the
// form again. What the person had typed and was not judged, in a sign-in that they left for
// another one, signs in nobody who comes next at this browser, from wherever they sign out.
func TestSignOutEndsWhatWasTyped(t *testing.T) {
	here := func(t *testing.T, v *visitor, _ session.Session) {
		v.get(portal+"/frontdesk/sign-out").shows(t, 200, `name="everywhere"`)
		v.post("", "everywhere", "").shows(t, 200, "You are signed out")
	}
	elsewhere := func(t *testing.T, d *desk) *visitor {
		cookie, _ := d.signIn()
		return d.visitor(t).holding(cookie)
	}
	everywhere := func(t *testing.T, v *visitor, _ session.Session) {
		other := elsewhere(t, v.desk)
		other.get(portal + "/frontdesk/sign-out")
		other.post("", "everywhere", "yes").shows(t, 200, "You are signed out")
	}
	for _, c := range []struct {
		name  string
		alone bool // nobody signs in at this browser
		leave func(t *testing.T, v *visitor, s session.Session)
	}{
		{name: "here", leave: here},
		{name: "here, of a session that had ended elsewhere", leave: func(t *testing.T, v *visitor, s session.Session) {
			v.get(portal+"/frontdesk/sign-out").shows(t, 200, `name="everywhere"`)
			if err := v.desk.store.EndSessions(t.Context(), s.Key); err != nil {
				t.Fatal(err)
			}
			v.post("", "everywhere", "").shows(t, 200, "You are signed out")
		}},
		{name: "everywhere, of a session that had ended elsewhere", leave: func(t *testing.T, v *visitor, s session.Session) {
			v.get(portal+"/frontdesk/sign-out").shows(t, 200, `name="everywhere"`)
			if err := v.desk.store.EndSessions(t.Context(), s.Key); err != nil {
				t.Fatal(err)
			}
			v.post("", "everywhere", "yes").shows(t, 200, "You are signed out")
		}},
		{name: "of that session, from another browser", leave: func(t *testing.T, v *visitor, s session.Session) {
			other := elsewhere(t, v.desk)
			other.get(portal+"/frontdesk/session").shows(t, 200, s.ID)
			other.post("", "end", s.ID)
		}},
		{name: "everywhere, from another browser", leave: everywhere},
		{name: "everywhere, from another browser, where nobody signed in here", alone: true, leave: everywhere},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, o := newWalk(t)
			v := d.toPassword(t, password.New(password.Options{Memory: 64, Time: 1}))
			for range 5 {
				v.post("prove", "password", "wrong")
			}
			v.post("prove", "password", plain).wants(t, 429)
			unjudged, typed := v.at, "step=prove&password="+url.QueryEscape(plain)+"&form_token="+d.tokenOf(v)
			again := func() answer {
				return v.request("POST", unjudged, typed, func(r *http.Request) { posting(r); r.Header.Del(ownForm) })
			}
			again().wants(t, 429)
			var s session.Session
			if !c.alone {
				s = v.signsInByCode(o)
			}
			d.now = d.now.Add(time.Minute)
			c.leave(t, v, s)

			again().wants(t, 410)
			v.get(unjudged).wants(t, 410)
			v.at = unjudged
			v.post("prove", "password", plain).wants(t, 410)
			v.get(portal + "/frontdesk/sign-in?return=%2F") // who begins anew is as welcome as before
			v.post("email", "email", "ann@acme.example").shows(t, 200, `name="method"`)
			v.post("method", "method", "password")
			v.post("prove", "password", plain).shows(t, 200, `name="stay"`)
		})
	}
}

// signsInByCode begins anew and ends with a session, which it returns.
func (v *visitor) signsInByCode(o *outbound) session.Session {
	v.t.Helper()
	v.get(portal + "/frontdesk/sign-in?return=%2F")
	v.post("email", "email", "ann@acme.example")
	v.post("method", "method", "email_token")
	code, _ := o.newest(v.t)
	v.post("prove", "code", code)
	v.post("stay", "stay", "no")
	if v.post("account", "account", "acme").pass == nil {
		v.t.Fatal("not signed in")
	}
	all, err := v.desk.store.SessionsOf(v.t.Context(), directory.KindContact, "c-ann")
	if err != nil || len(all) != 1 {
		v.t.Fatal(all, err)
	}
	return all[0]
}

// tokenOf is the token of the forms that a visitor is shown.
func (d *desk) tokenOf(v *visitor) string {
	d.tb.Helper()
	found := tokenValue.FindStringSubmatch(v.trail[len(v.trail)-1].Body.String())
	if found == nil {
		d.tb.Fatal("the page has no form")
	}
	return found[1]
}

// TestSignOutClickedTwice: a second click on the page's button, which the browser sends when
// the first one's answer has taken the cookie, leads where the first one did.
func TestSignOutClickedTwice(t *testing.T) {
	d, _ := newWalk(t)
	cookie, _ := d.signIn()
	v := d.visitor(t).holding(cookie)
	v.get(portal+"/frontdesk/sign-out").shows(t, 200, `name="everywhere"`)
	click := "everywhere=&form_token=" + d.tokenOf(v)
	for range 2 {
		v.request("POST", portal+"/frontdesk/sign-out", click, func(r *http.Request) { posting(r); r.Header.Del(ownForm) }).shows(t, 200, "You are signed out")
	}
}

// TestSignOutOfWhatIsOver: a form of another page signs nobody out, not of a session either
// that lets nobody in at the moment.
func TestSignOutOfWhatIsOver(t *testing.T) {
	d := newDesk(t)
	cookie, s := d.signIn(func(s *session.Session) { s.Expires = d.now.Add(-time.Second) })
	d.doBody("POST", portal+"/frontdesk/sign-out", "form_token=x", posting, func(r *http.Request) { r.Header.Del(ownForm) },
		with("Cookie", cookie+"; "+d.browserOf())).wants(t, 403)
	d.wantsEnded(s, false)
}

// TestSignOutOfNobody: who has no session has nothing to sign out of, which is no mistake of
// theirs: the page says so, whatever the form was of. What was begun in the browser goes on.
func TestSignOutOfNobody(t *testing.T) {
	d, o := newWalk(t)
	v := d.visitor(t)
	v.proves(o, "ann@acme.example").shows(t, 200, `name="stay"`)
	waits, token := v.at, d.tokenOf(v)
	for _, token := range []string{token, "of-another-name"} {
		v.request("POST", portal+"/frontdesk/sign-out", "everywhere=yes&form_token="+token, func(r *http.Request) { posting(r); r.Header.Del(ownForm) }).shows(t, 200, "You are signed out")
	}
	v.get(waits).shows(t, 200, `name="stay"`)
	v.cookies = map[string]string{}
	v.request("POST", portal+"/frontdesk/sign-out", "form_token="+token, func(r *http.Request) { posting(r); r.Header.Del(ownForm) }).shows(t, 200, "You are signed out")
}

// TestSignOutAfterALostAnswer: a sign-in whose last answer never came, so that the person began
// another one, is not handed to who loads its page again after they signed out.
func TestSignOutAfterALostAnswer(t *testing.T) {
	d, o := newWalk(t)
	v := d.visitor(t)
	v.get(portal + "/frontdesk/sign-in?return=%2F")
	v.post("email", "email", "ann@acme.example")
	v.post("method", "method", "email_token")
	code, _ := o.newest(t)
	v.post("prove", "code", code)
	v.post("stay", "stay", "no")
	before, last, form := maps.Clone(v.cookies), v.at, "step=account&account=borg&form_token="+d.tokenOf(v)
	again := func() answer {
		return v.request("POST", last, form, func(r *http.Request) { posting(r); r.Header.Del(ownForm) })
	}
	if again().pass == nil {
		t.Fatal("not signed in")
	}
	v.cookies = before
	v.signsInByCode(o)
	v.get(portal+"/frontdesk/sign-out").shows(t, 200, `name="everywhere"`)
	v.post("", "everywhere", "").shows(t, 200, "You are signed out")
	again().wants(t, 410)
}
