package gateway

import (
	"encoding/base64"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/session"
)

// Each TestAdvisoriesOf… attacks this gateway in the ways that broke another
// product, by the ids of its published advisories; docs/advisories.md says what
// went wrong there. What needs a real Caddy is in caddymodule.

// attacks are run by the advisories that they are named after.
type attacks map[string]func(*testing.T)

func (a attacks) run(t *testing.T) {
	for _, name := range slices.Sorted(maps.Keys(a)) {
		t.Run(name, a[name])
	}
}

// newcomer is an address that nobody has, and that a contact of acme could be
// created for.
const newcomer = "new@acme.example"

// newTown is a walk with more people: bob at acme, and off, who is switched off.
func newTown(t *testing.T) (*desk, *outbound) {
	t.Helper()
	d, o := newWalk(t)
	d.edit(func(e directory.Editor) error {
		if err := e.PutContact(directory.Contact{ID: "c-off", Email: "off@acme.example", Account: "acme"}); err != nil {
			return err
		}
		return e.PutContact(directory.Contact{ID: "c-bob", Email: "bob@acme.example", Account: "acme", Active: true})
	})
	return d, o
}

func (d *desk) edit(fn func(directory.Editor) error) {
	d.tb.Helper()
	if err := d.store.Edit(d.tb.Context(), fn); err != nil {
		d.tb.Fatal(err)
	}
}

// toCode goes as far as the page that asks for the code.
func (v *visitor) toCode(address string) answer {
	v.t.Helper()
	v.get(portal + "/")
	v.post("email", "email", address)
	return v.post("method", "method", "email_token").shows(v.t, 200, `name="code"`)
}

// proves goes as far as the step after the proof.
func (v *visitor) proves(o *outbound, address string) answer {
	v.t.Helper()
	v.toCode(address)
	code, _ := o.newest(v.t)
	return v.post("prove", "code", code)
}

// wantsNobody fails where the browser opens the portal.
func (v *visitor) wantsNobody() {
	v.t.Helper()
	if got := v.get(portal + "/"); got.pass != nil {
		v.t.Fatalf("the portal is open to %+v", got.pass.facts())
	}
}

// wantsNoSessions fails where a contact is signed in anywhere.
func (d *desk) wantsNoSessions(ids ...string) {
	d.tb.Helper()
	for _, id := range ids {
		if all, err := d.store.SessionsOf(d.tb.Context(), directory.KindContact, id); err != nil || len(all) > 0 {
			d.tb.Errorf("%d sessions of %s, %v", len(all), id, err)
		}
	}
}

// wantsUnknown fails where anybody bears an address.
func (d *desk) wantsUnknown(address string) {
	d.tb.Helper()
	if people, err := d.store.People(d.tb.Context(), address); err != nil || people.Known() {
		d.tb.Errorf("%s is borne by %+v, %v", address, people, err)
	}
}

// wantsPassword fails unless a password is the one that Ann signs in by.
func (d *desk) wantsPassword(t *testing.T, text string) {
	t.Helper()
	v := d.visitor(t)
	v.get(portal + "/")
	v.post("email", "email", "ann@acme.example")
	v.post("method", "method", "password")
	v.post("prove", "password", text).shows(t, 200, `name="stay"`)
}

// journeyOf is the id in the address of the page that is shown.
func (v *visitor) journeyOf() string {
	v.t.Helper()
	u, err := url.Parse(v.at)
	if err != nil || u.Query().Get("journey") == "" {
		v.t.Fatalf("no journey at %s: %v", v.at, err)
	}
	return u.Query().Get("journey")
}

// tokenOf is the secret of a mail's link.
func tokenOf(t *testing.T, link string) string {
	t.Helper()
	u, err := url.Parse(link)
	if err != nil || u.Query().Get("token") == "" {
		t.Fatalf("no token in %s: %v", link, err)
	}
	return u.Query().Get("token")
}

// leadsOut reports whether an answer sends the browser to an address that is
// not the site's own, as browsers read it.
func leadsOut(t *testing.T, a answer) bool {
	t.Helper()
	location := a.Header().Get("Location")
	if location == "" {
		return false
	}
	u, err := browserReads(location)
	if err != nil {
		t.Fatalf("%q: %v", location, err)
	}
	return u.Scheme+"://"+u.Host != portal || u.User != nil
}

// strangeCookies are what a session's cookie could be forged from, by what was
// done to it; there is none among them that was ever sealed here.
func strangeCookies(sealed string, s session.Session) map[string]string {
	middle := len(sealed) / 2
	flipped := "A"
	if sealed[middle] == 'A' {
		flipped = "B"
	}
	return map[string]string{
		"empty": "", "a character": "x", "not base64": "%%%", "a NUL": "%00", "quoted": `"` + sealed + `"`, "with a space": sealed + " x",
		"half": sealed[:middle], "one short": sealed[:len(sealed)-1], "one more": sealed + "A", "twice": sealed + sealed,
		"one character changed": sealed[:middle] + flipped + sealed[middle+1:], "endless": strings.Repeat("A", 64<<10),
		"the public id": s.ID, "the person": s.EntityID, "JSON": `{"id":"S1"}`, "a JWT": "eyJhbGciOiJub25lIn0.eyJzdWIiOiJjLWFubiJ9.",
	}
}

var (
	tokenField  = regexp.MustCompile(`name="token" value="[^"]*"`)
	tokenValue  = regexp.MustCompile(`name="form_token" value="([^"]*)"`)
	resendValue = regexp.MustCompile(`name="resend" value="([^"]*)"`)
	reference10 = regexp.MustCompile(`\b[A-Z2-7]{10}\b`)
	decoding    = base64.RawURLEncoding
)

// resendName names the mail that the page which is shown is about.
func resendName(t *testing.T, v *visitor) string {
	t.Helper()
	found := resendValue.FindStringSubmatch(v.get(v.at).Body.String())
	if found == nil {
		t.Fatalf("no button to send again at %s", v.at)
	}
	return found[1]
}

// plainPost is what a page's own form sends, for goroutines that may not fail
// the test.
func (d *desk) plainPost(address, form string, cookies map[string]string) int {
	r := httptest.NewRequest(http.MethodPost, address, strings.NewReader(form)).WithContext(d.tb.Context())
	posting(r)
	for name, value := range cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	d.addToken(r, form)
	visited := *r.URL
	w := httptest.NewRecorder()
	d.Handle(w, r, Client{URL: &visited, IP: "203.0.113.7"})
	return w.Code
}

// recipients are those of all mails, with how many each got.
func (o *outbound) recipients() map[string]int {
	o.mu.Lock()
	defer o.mu.Unlock()
	to := map[string]int{}
	for _, m := range o.sent {
		to[string(m.To)]++
	}
	return to
}
