package caddymodule

import (
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
)

// stay has a visitor see redirects instead of following them.
func (v *visitor) stay() *visitor {
	v.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return v
}

func (v *visitor) follow() *visitor {
	v.client.CheckRedirect = nil
	return v
}

// raw sends a request as it is written, and returns the whole answer.
func (w *world) raw(request string) string {
	w.t.Helper()
	conn, err := net.Dial("tcp", "127.0.0.1:"+portOf(w))
	if err != nil {
		w.t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
		w.t.Fatal(err)
	}
	if _, err := io.WriteString(conn, request); err != nil {
		w.t.Fatal(err)
	}
	answer, err := io.ReadAll(conn)
	if err != nil {
		w.t.Fatal(err)
	}
	return string(answer)
}

// TestSwitchDoesNotOutliveItsSession: a switch that waits for a method holds
// the session's proofs, and must not become a session when that lets nobody in
// any more.
func TestSwitchDoesNotOutliveItsSession(t *testing.T) {
	for _, c := range []struct {
		name string
		end  func(*testing.T, *visitor)
	}{
		{"sign-out", func(t *testing.T, v *visitor) {
			v.postTo(v.world.origin("client")+"/frontdesk/sign-out", url.Values{}).wants(t, 200)
		}},
		{"sign-out everywhere, elsewhere", func(t *testing.T, v *visitor) {
			other := v.world.visitor()
			p := other.signInByCode(t, v.world.origin("client")+"/", "mixed@acme.example")
			other.post(other.post(p, "stay", "stay", "no"), "account", "account", "acme").wants(t, 200, "Remote-User: c-mix-acme")
			other.postTo(v.world.origin("client")+"/frontdesk/sign-out", url.Values{"everywhere": {"yes"}}).wants(t, 200)
		}},
		{"the address is another's", func(t *testing.T, _ *visitor) {
			importNow(t, `{"contacts": [{"id": "c-mix-acme", "email": "moved@acme.example"}, {"id": "c-mix-strict", "email": "moved@acme.example"}]}`)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			w.start()
			v := w.visitor()
			p := v.signInByCode(t, w.origin("client")+"/", "mixed@acme.example")
			p = v.post(p, "stay", "stay", "no")
			v.post(p, "account", "account", "acme").wants(t, 200, "Remote-User: c-mix-acme")
			begun := v.stay().postTo(w.origin("client")+"/frontdesk/session", url.Values{"account": {"strict"}})
			provider, err := begun.Location()
			if err != nil {
				t.Fatal(err)
			}
			id, _, _ := strings.Cut(provider.Query().Get("state"), ".")
			c.end(t, v.follow())
			v.postTo(w.origin("client")+"/frontdesk/sign-in?journey="+id, url.Values{"step": {"account"}, "account": {"acme"}}).wants(t, 410)
			v.get(w.origin("client")+"/").wants(t, 200, `name="email"`)
		})
	}
}

// TestPasswordOpensItsKindOnly: it belongs to an address and a kind of entity.
func TestPasswordOpensItsKindOnly(t *testing.T) {
	w := newWorld(t)
	hash := regexp.MustCompile(`\$argon2id[^"]*`).FindString(peopleFile)
	w.importPeople(`{"contacts": [{"id": "c-pw", "email": "pw@msp.example", "account": "borg", "password_hash": "` + hash + `"}],
		"members": [{"id": "m-pw", "email": "pw@msp.example"}]}`)
	w.start()
	v := w.visitor()
	p := v.get(w.origin("client") + "/")
	p = v.post(p, "email", "email", "pw@msp.example")
	p = v.post(p, "platform", "platform", "client")
	p = v.post(p, "method", "method", "password")
	p = v.post(p, "prove", "password", testPassword)
	v.post(p, "stay", "stay", "no").wants(t, 200, "Remote-User: c-pw")
	v.postTo(w.origin("client")+"/frontdesk/session", url.Values{"platform": {"tech"}}).
		wants(t, 200, `name="method"`).lacks(t, "Remote-User", `value="password"`)
}

// TestProviderRequestTellsNothing: what is asked of Microsoft is seen by
// people, and is the same for known, inactive and new addresses.
func TestProviderRequestTellsNothing(t *testing.T) {
	w := newWorld(t)
	w.start()
	scopes := map[string]bool{}
	for _, address := range []string{"two@acme.example", "off@acme.example", "unknown@acme.example"} {
		v := w.visitor()
		p := v.get(w.origin("client") + "/")
		p = v.post(p, "email", "email", address)
		location, err := v.stay().post(p, "method", "method", "microsoft").Location()
		if err != nil {
			t.Fatal(err)
		}
		scopes[location.Query().Get("scope")] = true
	}
	if len(scopes) != 1 {
		t.Errorf("scopes differ: %v", scopes)
	}
}

// TestSignOutEndsWhatTheCookieNames, also while that opens nothing.
func TestSignOutEndsWhatTheCookieNames(t *testing.T) {
	w := newWorld(t)
	w.start()
	v := w.visitor()
	v.enters(w.origin("tech"), "tech@msp.example")
	importNow(t, `{"members": [{"id": "m-tech", "platforms": ["admin"]}]}`) // lets nobody in, but is not ended
	v.get(w.origin("tech")+"/frontdesk/sign-out").wants(t, 200, `method="post"`)
	portal, err := url.Parse(w.origin("tech"))
	if err != nil {
		t.Fatal(err)
	}
	thief := w.visitor()
	thief.client.Jar.SetCookies(portal, v.client.Jar.Cookies(portal))
	v.postTo(w.origin("tech")+"/frontdesk/sign-out", url.Values{}).wants(t, 200, "You are signed out")
	importNow(t, `{"members": [{"id": "m-tech", "platforms": ["tech"]}]}`)
	thief.get(w.origin("tech")+"/").wants(t, 200, `name="email"`)
}

// TestLinkAfterAnotherMethod: the mail's link is good whatever was chosen
// since.
func TestLinkAfterAnotherMethod(t *testing.T) {
	w := newWorld(t)
	w.start()
	v := w.visitor()
	p := v.get(w.origin("client") + "/")
	p = v.post(p, "email", "email", "ann@acme.example")
	p = v.post(p, "method", "method", "email_token").wants(t, 200, `name="code"`)
	link := w.mail("Ann@acme.example").Link()
	for _, other := range []string{"", "password"} {
		p = v.post(p, "method", "method", other)
		v.get(link).wants(t, 200, `name="token"`)
	}
	opened := v.get(link)
	token := regexp.MustCompile(`name="token" value="([^"]*)"`).FindStringSubmatch(opened.body)
	if token == nil {
		t.Fatal("the link's page has no button")
	}
	v.post(opened, "prove", "token", token[1]).wants(t, 200, `name="stay"`)
}

func TestDestinationIsKeptAsItWasSent(t *testing.T) {
	w := newWorld(t)
	w.start()
	for _, c := range []struct{ target, want string }{
		{`/x?p=C:\dir`, `/x?p=C:\dir`},
		{`/a%2Fb|c?x=1`, `/a%2Fb|c?x=1`},
		{`/x?a='"<>{}|^`, `/x?a='"<>{}|^`},
		{`//evil.example/x`, `/`},
		{`/\evil.example`, `/`},
		{`/x\..\y`, `/`},
	} {
		answer := w.raw("GET " + c.target + " HTTP/1.1\r\nHost: client.localhost:" + portOf(w) + "\r\nAccept: text/html\r\nConnection: close\r\n\r\n")
		if want := "\r\nLocation: /frontdesk/sign-in?return=" + url.QueryEscape(c.want) + "\r\n"; !strings.Contains(answer, want) {
			t.Errorf("%s: no %q in %s", c.target, want, answer)
		}
	}
}

func TestEncodedSlashIsNotPublic(t *testing.T) {
	w := newWorld(t)
	w.start()
	for _, c := range []struct {
		target string
		public bool
	}{
		{"/public", true}, {"/assets/x", true}, {"/%70ublic", false}, {"/assets%2fx", false}, {"/assets%2Fa%2Fb", false}, {"/assets/a%5cb", false},
		{"/assets/../x", false}, {"/assets//x", false}, {"//public", false}, {"/PUBLIC", false}, {"/public/", false},
	} {
		answer := w.raw("GET " + c.target + " HTTP/1.1\r\nHost: client.localhost:" + portOf(w) + "\r\nConnection: close\r\n\r\n")
		if got := strings.Contains(answer, "portal GET"); got != c.public {
			t.Errorf("%s: public %t, want %t", c.target, got, c.public)
		}
	}
}

// TestHeadSpendsNothing: link checkers send it.
func TestHeadSpendsNothing(t *testing.T) {
	w := newWorld(t)
	w.start()
	v := w.visitor()
	p := v.get(w.origin("client") + "/")
	p = v.post(p, "email", "email", "both@msp.example")
	location := v.stay().post(p, "platform", "platform", "tech").Header.Get("Location")
	r, err := http.NewRequestWithContext(t.Context(), http.MethodHead, location, nil)
	if err != nil {
		t.Fatal(err)
	}
	v.do(r).wants(t, 405)
	v.follow().get(location).wants(t, 200, `name="method"`)
}

// TestDoubleClickOnResendSendsOneMail.
func TestDoubleClickOnResendSendsOneMail(t *testing.T) {
	w := newWorld(t)
	w.start()
	v := w.visitor()
	p := v.get(w.origin("client") + "/")
	p = v.post(p, "email", "email", "ann@acme.example")
	p = v.post(p, "method", "method", "email_token")
	first := w.code("Ann@acme.example")
	button := regexp.MustCompile(`name="resend" value="([^"]*)"`).FindStringSubmatch(p.body)
	if button == nil {
		t.Fatal("the page has no button to send again")
	}
	done := make(chan page)
	for range 3 {
		go func() { done <- v.post(p, "prove", "resend", button[1]) }()
	}
	for range 3 {
		if got := <-done; got.StatusCode != 200 {
			t.Errorf("status %d", got.StatusCode)
		}
	}
	p = v.get(p.Request.URL.String())
	v.post(p, "prove", "code", w.code("Ann@acme.example")).wants(t, 200, `name="stay"`)
	if mails := w.outbox.Mails(); len(mails) != 2 || mails[0].Code() == first {
		t.Errorf("%d mails", len(mails))
	}
}

// TestFailurePagesHaveAReference by which they are found in the log.
func TestFailurePagesHaveAReference(t *testing.T) {
	w := newWorld(t)
	w.start()
	v := w.visitor()
	for _, c := range []struct {
		path   string
		status int
	}{{"/frontdesk/nothing", 404}, {"/frontdesk/sign-in?journey=none", 410}, {"/frontdesk/sign-in?ticket=none", 410}} {
		v.get(w.origin("client")+c.path).wants(t, c.status, "Reference")
	}
}

// TestSignOutEverywhereIsThePersons: the address went to somebody else since.
func TestSignOutEverywhereIsThePersons(t *testing.T) {
	w := newWorld(t)
	w.start()
	home := w.origin("client") + "/"
	moved, other := w.visitor(), w.visitor()
	moved.signIn(t)
	other.signIn(t)
	importNow(t, `{"contacts": [{"id": "c-ann", "email": "annie@acme.example"}, {"id": "c-new", "email": "ann@acme.example", "account": "acme"}]}`)
	heir := w.visitor()
	heir.post(heir.signInByCode(t, home, "ann@acme.example"), "stay", "stay", "no").wants(t, 200, "Remote-User: c-new\n")
	moved.postTo(w.origin("client")+"/frontdesk/sign-out", url.Values{"everywhere": {"yes"}}).wants(t, 200)
	heir.get(home).wants(t, 200, "Remote-User: c-new\n")
	importNow(t, `{"contacts": [{"id": "c-new", "email": "new@acme.example"}, {"id": "c-ann", "email": "ann@acme.example"}]}`)
	other.get(home).wants(t, 200, `name="email"`)
}

// TestSigningInAgainEndsADormantSession: one that opens nothing at the moment.
func TestSigningInAgainEndsADormantSession(t *testing.T) {
	w := newWorld(t)
	w.start()
	tech := w.origin("tech")
	v, thief := w.visitor(), w.visitor()
	v.enters(tech, "tech@msp.example")
	portal, err := url.Parse(tech)
	if err != nil {
		t.Fatal(err)
	}
	thief.client.Jar.SetCookies(portal, v.client.Jar.Cookies(portal))
	importNow(t, `{"members": [{"id": "m-tech", "platforms": ["admin"]}]}`)
	v.goesOn(v.post(v.begins(tech, "both@msp.example"), "platform", "platform", "tech"))
	importNow(t, `{"members": [{"id": "m-tech", "platforms": ["tech"]}]}`)
	thief.get(tech+"/").wants(t, 200, `name="email"`)
}

// TestAnotherAddressEndsForGood: what rested on the address before does not come
// back with it.
func TestAnotherAddressEndsForGood(t *testing.T) {
	w := newWorld(t)
	w.start()
	home := w.origin("client") + "/"
	v := w.visitor()
	asMicrosoft(v)
	importNow(t, `{"contacts": [{"id": "c-ann", "email": "annie@acme.example"}]}`)
	importNow(t, `{"contacts": [{"id": "c-ann", "email": "ann@acme.example"}]}`)
	v.get(home).wants(t, 200, `name="email"`)
	d, err := runningDesk()
	if err != nil {
		t.Fatal(err)
	}
	if result, err := d.unlink(t.Context(), unlinkRequest{Kind: directory.KindContact, ID: "c-ann"}); err != nil || result.removed != 0 {
		t.Errorf("%d links came back: %v", result.removed, err)
	}
}

// TestCodeAfterAnotherMethodInAnotherTab.
func TestCodeAfterAnotherMethodInAnotherTab(t *testing.T) {
	w := newWorld(t)
	w.start()
	v := w.visitor()
	p := v.get(w.origin("client") + "/")
	p = v.post(p, "email", "email", "ann@acme.example")
	first := v.post(p, "method", "method", "email_token").wants(t, 200, `name="code"`)
	v.post(first, "method", "method", "password").wants(t, 200, `name="password"`)
	v.post(first, "prove", "code", w.code("Ann@acme.example")).wants(t, 200, `name="stay"`)
}

// TestSignOutWithTheCookieTwice ends both.
func TestSignOutWithTheCookieTwice(t *testing.T) {
	w := newWorld(t)
	w.start()
	v := w.visitor()
	v.signIn(t)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.origin("client")+"/frontdesk/sign-out", strings.NewReader(""))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", w.origin("client"))
	r.AddCookie(&http.Cookie{Name: "frontdesk", Value: "x"}) // beside the jar's
	v.stay().do(r).wants(t, 303)
	portal, err := url.Parse(w.origin("client"))
	if err != nil {
		t.Fatal(err)
	}
	thief := w.visitor()
	thief.client.Jar.SetCookies(portal, v.client.Jar.Cookies(portal))
	thief.get(w.origin("client")+"/").wants(t, 200, `name="email"`)
}

// TestDoubleClickOnSwitch: browsers drop the first answer, and the cookie in
// it; the second must not sign the person out.
func TestDoubleClickOnSwitch(t *testing.T) {
	w := newWorld(t)
	w.start()
	v := w.visitor()
	p := v.post(v.signInByCode(t, w.origin("client")+"/", "two@acme.example"), "stay", "stay", "no")
	v.post(p, "account", "account", "acme").wants(t, 200, "Remote-User: c-two-acme")
	portal, err := url.Parse(w.origin("client"))
	if err != nil {
		t.Fatal(err)
	}
	before := v.client.Jar.Cookies(portal)
	first, second, other := w.visitor(), w.visitor(), w.visitor()
	for _, click := range []*visitor{first, second} {
		click.client.Jar.SetCookies(portal, before)
		click.postTo(w.origin("client")+"/frontdesk/session", url.Values{"account": {"borg"}}).wants(t, 200, "Remote-User: c-two-borg")
	}
	for _, c := range before { // in a browser of another name it is just an old cookie
		if c.Name == "frontdesk" {
			other.client.Jar.SetCookies(portal, []*http.Cookie{c})
		}
	}
	other.postTo(w.origin("client")+"/frontdesk/session", url.Values{"account": {"borg"}}).wants(t, 200, `name="email"`)
	v.get(w.origin("client")+"/").wants(t, 200, `name="email"`) // the replaced one is dead
}
