package gateway

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/config"
	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/session"
)

func TestAdvisoriesOfAuthentik(t *testing.T) {
	attacks{
		"CVE-2022-23555: token of one flow taken in another":           linkOfAnotherJourney,
		"CVE-2022-46145: accounts created by a flow open to strangers": createUnproved,
		"CVE-2022-46172: accounts created by who is signed in":         createSignedIn,
		"CVE-2023-26481: recovery link sets anybody's password":        recoveryOfAnother,
		"CVE-2023-39522: recovery tells who is known":                  recoveryTellsNothing,
		"CVE-2024-21637: redirect to a script":                         scriptAsDestination,
		"CVE-2024-52289: dots of an origin match any character":        dotsOfAnOrigin,
		"CVE-2025-29928: deleted sessions go on":                       deletedSessionsEnd,
		"CVE-2025-52553: link good in any browser":                     linkInAnotherBrowser,
		"CVE-2025-64708: expired until cleaned up":                     expiredIsOverAtOnce,
		"CVE-2026-25748: malformed cookie passes for a session":        malformedCookies,
		"CVE-2026-41569: origin judged by its beginning":               beginningOfAnOrigin,
		"CVE-2026-42849: parameters reflected into pages":              parametersAreNotReflected,
		"CVE-2026-49443: stage passed by an empty POST":                emptyPosts,
		"CVE-2026-54730: stage passed without what it asks for":        stepsWithoutTheirAnswer,
		"GHSA-qgqp-xh8r-v73r: code sent where the request says":        recipientOfTheRequest,
		"Cure53 ATH-01-008: password in the address":                   passwordInTheAddress,
		"Cure53 ATH-01-009: change of session by GET":                  changeByGET,
	}.run(t)
}

func linkOfAnotherJourney(t *testing.T) {
	d, o := newTown(t)
	v, thief := d.visitor(t), d.visitor(t)
	v.toCode("ann@acme.example")
	code, link := o.newest(t)
	thief.toCode("bob@acme.example")
	thief.post("prove", "token", tokenOf(t, link)).wants(t, 422)
	thief.post("prove", "code", code).wants(t, 422)
	thief.wantsNobody()
	v.post("prove", "token", tokenOf(t, link)).shows(t, 200, `name="stay"`)
}

// createUnproved posts the details of a contact before the address was proved.
func createUnproved(t *testing.T) {
	d, _ := newTown(t)
	v := d.visitor(t)
	details := []string{"given_name", "New", "family_name", "Comer", "email", newcomer}
	v.get(portal + "/")
	v.post("create", details...)
	v.get(portal + "/")
	v.post("email", "email", newcomer).shows(t, 200, `name="method"`)
	v.post("create", details...).shows(t, 200, `name="method"`)
	v.post("method", "method", "email_token").shows(t, 200, `name="code"`)
	v.post("create", details...).shows(t, 200, `name="code"`)
	v.post("stay", "stay", "yes").shows(t, 200, `name="code"`)
	v.wantsNobody()
	d.wantsUnknown(newcomer)
}

// createSignedIn posts them to all pages that somebody who is signed in has.
func createSignedIn(t *testing.T) {
	d, o := newTown(t)
	v := d.visitor(t)
	v.proves(o, "bob@acme.example").shows(t, 200, `name="stay"`)
	last := v.at
	v.post("stay", "stay", "no")
	for _, page := range []string{last, portal + "/frontdesk/session", portal + "/frontdesk/sign-in"} {
		form := url.Values{"step": {"create"}, "given_name": {"New"}, "family_name": {"Comer"}, "email": {newcomer}, "account": {"acme"}}
		v.request("POST", page, form.Encode(), posting)
	}
	d.wantsUnknown(newcomer)
}

// recoveryOfAnother takes the link of one person's forgotten password, and names
// another wherever a form could.
func recoveryOfAnother(t *testing.T) {
	d, o := newTown(t)
	d.withPassword(t, present)
	v := d.visitor(t)
	v.get(portal + "/")
	v.post("email", "email", "bob@acme.example")
	v.post("method", "method", "email_token")
	v.post("email", "email", "ann@acme.example", "address", "ann@acme.example")
	code, _ := o.newest(t)
	v.post("prove", "code", code, "email", "ann@acme.example", "forgot", "yes")
	v.post("new_password", "new_password", fresh, "email", "ann@acme.example", "address", "ann@acme.example", "entity", "c-ann")
	v.wantsNobody()
	d.wantsPassword(t, present)
}

// recoveryTellsNothing: known, switched off and new addresses get the same pages
// all the way to the mail, and the same words for a wrong code.
func recoveryTellsNothing(t *testing.T) {
	d, _ := newTown(t)
	var first []string
	for _, address := range []string{"bob@acme.example", "off@acme.example", newcomer} {
		v := d.visitor(t)
		v.get(portal + "/")
		seen := []string{v.seen(v.post("email", "email", address), address)}
		seen = append(seen, v.seen(v.post("method", "method", "email_token"), address))
		seen = append(seen, v.seen(v.post("prove", "code", "00000000"), address))
		seen = append(seen, v.seen(v.post("prove", "forgot", "yes"), address))
		if first == nil {
			first = seen
		}
		for i := range seen {
			if seen[i] != first[i] {
				t.Errorf("page %d for %s differs from the first\n%s\n%s", i, address, seen[i], first[i])
			}
		}
	}
}

// seen is what a page tells apart from what is drawn anew for each journey.
func (v *visitor) seen(a answer, address string) string {
	v.t.Helper()
	text := strings.NewReplacer(address, "ADDRESS", v.journeyOf(), "JOURNEY", url.QueryEscape(address), "ADDRESS").Replace(a.Body.String())
	return http.StatusText(a.Code) + tokenValue.ReplaceAllString(resendValue.ReplaceAllString(text, `name="resend"`), `name="form_token"`)
}

func scriptAsDestination(t *testing.T) {
	for _, destination := range []string{
		"javascript:alert(1)", "JavaScript:alert(1)", "java\tscript:alert(1)", "/javascript:alert(1)", "data:text/html,<script>1</script>",
		"vbscript:x", "//javascript:alert(1)", "\x01javascript:alert(1)",
	} {
		d, o := newTown(t)
		v := d.visitor(t)
		v.get(portal + "/frontdesk/sign-in?return=" + url.QueryEscape(destination))
		v.post("email", "email", "bob@acme.example")
		v.post("method", "method", "email_token")
		code, _ := o.newest(t)
		v.post("prove", "code", code).shows(t, 200, `name="stay"`)
		got := v.post("stay", "stay", "no")
		if got.pass == nil || got.request.URL.Path != "/" && got.request.URL.Path != destination {
			t.Errorf("%q: status %d at %s", destination, got.Code, got.request.URL)
		}
	}
}

// dotsOfAnOrigin are hosts that a regular expression made of an origin admits.
func dotsOfAnOrigin(t *testing.T) {
	d := newDesk(t)
	cookie, _ := d.signIn()
	for _, host := range []string{"portalxmsp.example", "portal.mspxexample", "portalxmspxexample", "xportal.msp.example", "portal.msp.examples"} {
		d.do("GET", "https://"+host+"/", with("Cookie", cookie)).wants(t, http.StatusMisdirectedRequest)
		d.doBody("POST", portal+"/frontdesk/sign-out", "", posting, with("Cookie", cookie), func(r *http.Request) { r.Header.Set("Origin", "https://"+host) }).
			wants(t, http.StatusForbidden)
	}
	if got := d.do("GET", portal+"/", with("Cookie", cookie)); got.pass == nil {
		t.Error("signed out from another origin")
	}
}

// deletedSessionsEnd for their cookie at once, whoever ends them and however.
func deletedSessionsEnd(t *testing.T) {
	for name, end := range map[string]func(d *desk, s session.Session){
		"by another session": func(d *desk, s session.Session) {
			here, _ := d.signIn(func(s *session.Session) { s.ID = "S2" })
			d.doBody("POST", portal+"/frontdesk/session", "end="+s.ID, posting, with("Cookie", here)).wants(t, 303)
		},
		"person switched off": func(d *desk, _ session.Session) {
			d.edit(func(e directory.Editor) error {
				return e.PutContact(directory.Contact{ID: "c-ann", Email: "ann@acme.example", Account: "acme"})
			})
		},
		"person deleted": func(d *desk, _ session.Session) {
			d.edit(func(e directory.Editor) error { return e.DeleteContact("c-ann") })
		},
		"person made anew": func(d *desk, _ session.Session) {
			d.edit(func(e directory.Editor) error { return e.DeleteContact("c-ann") })
			d.edit(func(e directory.Editor) error {
				return e.PutContact(directory.Contact{ID: "c-ann", Email: "ann@acme.example", Account: "acme", Active: true})
			})
		},
	} {
		d := newDesk(t)
		cookie, s := d.signIn()
		if got := d.do("GET", portal+"/", with("Cookie", cookie)); got.pass == nil {
			t.Fatalf("%s: status %d before", name, got.Code)
		}
		end(d, s)
		if got := d.do("GET", portal+"/", with("Cookie", cookie)); got.pass != nil || got.Code != http.StatusUnauthorized {
			t.Errorf("%s: passed on %t, status %d", name, got.pass != nil, got.Code)
		}
	}
}

// linkInAnotherBrowser: seen over a shoulder, or in a shared screen.
func linkInAnotherBrowser(t *testing.T) {
	d, o := newTown(t)
	v, thief := d.visitor(t), d.visitor(t)
	v.toCode("bob@acme.example")
	code, link := o.newest(t)
	thief.get(portal + "/") // to be named
	if body := thief.get(link).wants(t, 200).Body.String(); tokenField.MatchString(body) {
		t.Errorf("the page has a button\n%s", body)
	}
	thief.post("prove", "token", tokenOf(t, link)).wants(t, 410)
	thief.post("prove", "code", code).wants(t, 410)
	thief.wantsNobody()
	v.get(link).shows(t, 200, `name="token"`)
}

// expiredIsOverAtOnce: nothing is swept here.
func expiredIsOverAtOnce(t *testing.T) {
	t.Run("code and link", func(t *testing.T) {
		d, o := newTown(t)
		v := d.visitor(t)
		v.toCode("bob@acme.example")
		code, link := o.newest(t)
		d.now = d.now.Add(d.settings.TokenLifetime)
		v.post("prove", "code", code).shows(t, 422, `name="code"`)
		v.post("prove", "token", tokenOf(t, link)).wants(t, 422)
		v.wantsNobody()
	})
	t.Run("session", func(t *testing.T) {
		d := newDesk(t)
		cookie, s := d.signIn(func(s *session.Session) { s.Expires = d.now.Add(time.Minute) })
		d.now = s.Expires
		d.do("GET", portal+"/", with("Cookie", cookie)).wants(t, http.StatusUnauthorized)
	})
	t.Run("ticket", func(t *testing.T) {
		d, _ := newTown(t)
		d.edit(func(e directory.Editor) error {
			return e.PutMember(directory.Member{ID: "m-bob", Email: "bob@acme.example", Active: true})
		})
		v := d.visitor(t)
		v.get(portal + "/")
		v.post("email", "email", "bob@acme.example").shows(t, 200, `name="platform"`)
		away := v.post("platform", "platform", "tech").Header().Get("Location")
		d.now = d.now.Add(time.Minute)
		at := d.Gateway.Site(directory.Tech, PublicPaths{}, nil)
		(&desk{Site: at, tb: t, store: d.store, log: d.log}).do("GET", away, navigating).wants(t, http.StatusGone)
	})
}

// malformedCookies: not a session, never the portal, and never an error that
// somebody could take for a pass.
func malformedCookies(t *testing.T) {
	d := newDesk(t)
	cookie, s := d.signIn()
	name, sealed, _ := strings.Cut(cookie, "=")
	for what, value := range strangeCookies(sealed, s) {
		for _, path := range []string{"/", "/deep?x=1"} {
			if got := d.do("GET", portal+path, with("Cookie", name+"="+value)); got.pass != nil || got.Code != http.StatusUnauthorized {
				t.Errorf("%s: passed on %t, status %d", what, got.pass != nil, got.Code)
			}
		}
		if got := d.do("GET", portal+"/health", with("Cookie", name+"="+value)); got.pass == nil || got.pass.facts() != nil {
			t.Errorf("%s: on a public path %+v, status %d", what, got.pass, got.Code)
		}
	}
}

// beginningOfAnOrigin are addresses that begin as an origin does.
func beginningOfAnOrigin(t *testing.T) {
	d := newDesk(t)
	cookie, _ := d.signIn()
	for _, like := range []string{
		portal + ".evil.example", portal + "@evil.example", portal + ":443@evil.example", portal + ":8443", portal + "evil.example", portal + "/.evil.example",
	} {
		got := d.do("GET", portal+"/frontdesk/sign-in?return="+url.QueryEscape(like+"/"), navigating, with("Cookie", cookie)).wants(t, http.StatusSeeOther)
		if location := got.Header().Get("Location"); location != portal+"/" {
			t.Errorf("return=%s: sent to %s", like, location)
		}
		d.doBody("POST", portal+"/frontdesk/sign-out", "", posting, with("Cookie", cookie), func(r *http.Request) { r.Header.Set("Origin", like) }).wants(t, http.StatusForbidden)
	}
}

// parametersAreNotReflected: whatever a link of a stranger's names.
func parametersAreNotReflected(t *testing.T) {
	const hostile = `"'><script>alert(1)</script><img src=x onerror=alert(1)>{{.}}{env.HOME}`
	d := newDesk(t, func(c *config.Config) { c.Microsoft.EndSession = true })
	for _, path := range []string{
		"sign-in?return=X", "sign-in?return=/X", "sign-in?journey=X", "sign-in?journey=X&step=X", "sign-in?journey=X&token=X", "sign-in?ticket=X", "sign-in?switch=X",
		"sign-in?ask=X", "sign-in?again=X", "sign-out?state=X&still_at=X", "session?grant=X&password=X", "X", "assets/X",
		"callback/microsoft?state=X&error=X&error_description=X&iss=X", "callback/microsoft?code=X",
	} {
		got := d.do("GET", portal+"/frontdesk/"+strings.ReplaceAll(path, "X", url.QueryEscape(hostile)), navigating, with("Cookie", d.browserOf()), with("Accept-Language", hostile))
		for _, part := range []string{"<script", "<img src=x", "javascript:"} {
			if strings.Contains(got.Body.String(), part) {
				t.Errorf("%s: %q in\n%s", path, part, got.Body)
			}
		}
		if csp := got.Header().Get("Content-Security-Policy"); got.Body.Len() > 0 && (!strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "unsafe")) {
			t.Errorf("%s: CSP %q", path, csp)
		}
	}
}

// emptyPosts answer each step of the order with nothing, before the proof.
func emptyPosts(t *testing.T) {
	d, _ := newTown(t)
	v := d.visitor(t)
	v.toCode("bob@acme.example")
	at := v.at
	for _, step := range []string{"", "email", "platform", "enter", "method", "prove", "new_password", "create", "stay", "account", "done", "refused", "x"} {
		v.at = at
		v.post(step)
		v.request("POST", at, "", posting)
		v.wantsNobody()
	}
	d.wantsNoSessions("c-bob")
}

// stepsWithoutTheirAnswer answer them with what later steps ask for.
func stepsWithoutTheirAnswer(t *testing.T) {
	d, _ := newTown(t)
	d.withPassword(t, present)
	v := d.visitor(t)
	v.get(portal + "/")
	v.post("email", "email", "ann@acme.example").shows(t, 200, `name="method"`)
	at := v.at
	for _, method := range []string{"", "password", "email_token"} {
		for _, step := range []string{"method", "prove", "stay", "account", "done"} {
			v.at = at
			v.post("method", "method", method)
			v.post(step, "method", method, "code", "", "token", "", "password", "", "stay", "yes", "account", "acme", "verified", "true", "proved", "yes")
			v.wantsNobody()
		}
	}
	d.wantsNoSessions("c-ann", "c-borg")
}

// recipientOfTheRequest names another address where the mail is asked for.
func recipientOfTheRequest(t *testing.T) {
	d, o := newTown(t)
	v := d.visitor(t)
	v.get(portal + "/")
	v.post("email", "email", "bob@acme.example")
	for _, field := range []string{"email", "to", "address", "recipient", "phone"} {
		v.post("method", "method", "email_token", field, "eve@evil.example").shows(t, 200, `name="code"`)
		v.post("prove", field, "eve@evil.example", "resend", resendName(t, v))
	}
	for to, n := range o.recipients() {
		if to != "bob@acme.example" {
			t.Errorf("%d mails to %s", n, to)
		}
	}
}

// passwordInTheAddress: no form of ours puts it there, and none is read there.
func passwordInTheAddress(t *testing.T) {
	d, _ := newTown(t)
	d.withPassword(t, present)
	v := d.visitor(t)
	v.get(portal + "/")
	v.post("email", "email", "ann@acme.example")
	page := v.post("method", "method", "password").shows(t, 200, `name="password"`).Body.String()
	if forms := strings.Count(page, "<form"); forms == 0 || strings.Count(page, `method="post"`) != forms {
		t.Errorf("a form does not post\n%s", page)
	}
	at := v.at
	v.get(at + "&password=" + url.QueryEscape(present))
	v.at = at + "&step=prove&password=" + url.QueryEscape(present)
	v.request("POST", v.at, "step=prove", posting).wants(t, 422)
	v.wantsNobody()
}

// changeByGET: a link in a stranger's page signs nobody out and switches
// nothing.
func changeByGET(t *testing.T) {
	d := newDesk(t)
	cookie, s := d.signIn()
	_, other := d.signIn(func(s *session.Session) { s.ID = "S2" })
	for _, path := range []string{
		"sign-out", "sign-out?everywhere=yes", "session?end=S2", "session?account=borg", "session?platform=tech", "session?password=change", "sign-in?email=bob@acme.example&step=email",
	} {
		for _, method := range []string{"GET", "HEAD"} {
			d.do(method, portal+"/frontdesk/"+path, navigating, with("Cookie", cookie))
		}
	}
	d.wantsEnded(s, false)
	d.wantsEnded(other, false)
	if got := d.do("GET", portal+"/", with("Cookie", cookie)); got.pass == nil || got.pass.facts().Session != s.ID {
		t.Errorf("status %d, %+v", got.Code, got.pass)
	}
}
