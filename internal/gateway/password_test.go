package gateway

import (
	"errors"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/password"
	"github.com/frontdesk-gateway/frontdesk/internal/session"
)

const (
	present = "correct horse battery staple"
	fresh   = "a phrase that nobody has yet"
)

// withPassword gives the contacts of ann@acme.example a password.
func (d *desk) withPassword(t *testing.T, text string) {
	t.Helper()
	d.passwordOf(t, text, time.Hour)
}

// passwordOf is withPassword for one that was set so long ago.
func (d *desk) passwordOf(t *testing.T, text string, age time.Duration) {
	t.Helper()
	hash, err := password.New(password.Options{Memory: 64, Time: 1}).Hash(t.Context(), text)
	if err != nil {
		t.Fatal(err)
	}
	owner := directory.PasswordOwner{Address: "ann@acme.example", Kind: directory.KindContact}
	if err := d.store.SetPassword(t.Context(), owner, directory.Password{}.Successor(hash, d.now.Add(-age))); err != nil {
		t.Fatal(err)
	}
}

// byPassword signs in at an account.
func (v *visitor) byPassword(text, account string) answer {
	v.t.Helper()
	v.get(portal + "/")
	v.post("email", "email", "ann@acme.example")
	v.post("method", "method", "password").shows(v.t, 200, `autocomplete="current-password"`)
	v.post("prove", "password", text).shows(v.t, 200, `name="stay"`)
	v.post("stay", "stay", "no").shows(v.t, 200, `name="account"`)
	got := v.post("account", "account", account)
	if got.pass == nil {
		v.t.Fatalf("status %d\n%s", got.Code, got.Body)
	}
	return got
}

// TestForgottenPassword by forms alone: the pages, and nothing typed shown again.
func TestForgottenPassword(t *testing.T) {
	d, o := newWalk(t)
	d.withPassword(t, present)
	v := d.visitor(t)
	v.get(portal + "/deep")
	v.post("email", "email", "ann@acme.example")
	v.post("method", "method", "password").shows(t, 200, `name="forgot" value="yes"`)
	v.post("prove", "forgot", "yes").shows(t, 200, `name="code"`, ">Continue</button>", `name="step" value="method"`)
	code, link := o.newest(t)
	v.get(link).shows(t, 200, "Confirm your address", ">Continue</button>")
	v.post("prove", "code", code).shows(t, 200, "Choose a new password", `autocomplete="username"`, `value="ann@acme.example"`, `autocomplete="new-password"`, "At least 15 characters", "Use another address")
	short := v.post("new_password", "new_password", "short phrase").shows(t, 422, "Choose one of at least 15 characters.", `aria-invalid="true"`)
	if strings.Contains(short.Body.String(), "short phrase") || strings.Contains(short.Body.String(), `autocomplete="current-password"`) {
		t.Errorf("the page shows what was typed, or asks for the present password\n%s", short.Body)
	}
	v.post("new_password", "new_password", fresh).shows(t, 200, `name="stay"`)
	v.post("stay", "stay", "no")
	if got := v.post("account", "account", "acme"); got.pass == nil || got.request.URL.Path != "/deep" || got.pass.facts().Method != directory.MethodEmailToken {
		t.Errorf("status %d at %s, %+v", got.Code, got.request.URL, got.pass)
	}
	d.visitor(t).byPassword(fresh, "borg")
}

// TestChangePassword from the session's page and back to it, where the other
// sessions are over.
func TestChangePassword(t *testing.T) {
	d, _ := newWalk(t)
	d.withPassword(t, present)
	v, other := d.visitor(t), d.visitor(t)
	first := v.byPassword(present, "borg").pass.facts().Session
	other.byPassword(present, "acme")
	v.get(portal+"/frontdesk/session").shows(t, 200, `name="password" value="change"`, "Change password", "4 March 2026, 04:06 UTC", "Your other sessions")
	v.post("", "password", "change").shows(t, 200, `autocomplete="current-password"`, `autocomplete="new-password"`, `href="/frontdesk/session"`, ">Cancel</a>", `name="forgot" value="yes"`)
	v.post("new_password", "password", "wrong", "new_password", fresh).shows(t, 422, "This password is not right")
	before, page := maps.Clone(v.cookies), v.at
	v.post("new_password", "password", present, "new_password", fresh).shows(t, 200, "Your password is set.", "4 March 2026, 05:06 UTC")
	if v.at != portal+"/frontdesk/session?password=set" {
		t.Errorf("landed at %s", v.at)
	}
	if got := v.get(portal + "/"); got.pass == nil || got.pass.facts().ID != "c-borg" || got.pass.facts().Session == first || got.pass.facts().Method != directory.MethodPassword {
		t.Errorf("status %d, %+v", got.Code, got.pass)
	}
	other.get(portal+"/").shows(t, 200, `name="email"`)

	twice := &visitor{t: t, desk: d, cookies: before, at: page} // a second click: the first answer is lost
	twice.post("new_password", "password", present, "new_password", fresh).shows(t, 200, "Your password is set.")
	if got := twice.get(portal + "/"); got.pass == nil || got.pass.facts().ID != "c-borg" {
		t.Errorf("after a second click: status %d", got.Code)
	}
}

// TestPasswordSetIsSaid only where it is true.
func TestPasswordSetIsSaid(t *testing.T) {
	d, _ := newWalk(t)
	d.passwordOf(t, present, 4*time.Minute)
	cookie, _ := d.signIn()
	says := func(query string) bool {
		body := d.do("GET", portal+"/frontdesk/session"+query, navigating, with("Cookie", cookie)).wants(t, 200).Body.String()
		return strings.Contains(body, "Your password is set.")
	}
	if !says("?password=set") || says("") {
		t.Error("it is said unasked, or not at all")
	}
	d.now = d.now.Add(56 * time.Minute)
	if says("?password=set") {
		t.Error("an hour afterwards it is said still")
	}
	without := newDesk(t)
	cookie, _ = without.signIn()
	without.do("GET", portal+"/frontdesk/session?password=set", navigating, with("Cookie", cookie)).shows(t, 200, "You have no password yet.", "Set a password")
}

// TestPasswordOfMore: when the password of an address was set is told to nobody for
// whom only the tenant of one of its accounts vouches.
func TestPasswordOfMore(t *testing.T) {
	const tenant = "11111111-1111-4111-8111-111111111111"
	for _, tt := range []struct {
		name    string
		tenants directory.Tenants // of the other account
		told    bool
	}{{"who may be somebody else elsewhere", nil, false}, {"who is all of them", directory.Tenants{{Tenant: tenant}}, true}} {
		t.Run(tt.name, func(t *testing.T) {
			d, _ := newWalk(t)
			d.passwordOf(t, present, 4*time.Minute)
			err := d.store.Edit(t.Context(), func(e directory.Editor) error {
				return errors.Join(e.PutAccount(directory.Account{ID: "acme", Name: "Acme", Tenants: directory.Tenants{{Tenant: tenant}}, Active: true}),
					e.PutAccount(directory.Account{ID: "borg", Name: "Borg", Tenants: tt.tenants, Active: true}))
			})
			if err != nil {
				t.Fatal(err)
			}
			cookie, _ := d.signIn(func(s *session.Session) {
				s.Method = directory.MethodMicrosoft
				s.Proofs = []session.Proof{{Method: s.Method, At: s.Created, Identity: directory.Identity{Issuer: "https://id.example", Subject: "ann"}, Tenant: tenant, Claimed: true}}
			})
			page := d.do("GET", portal+"/frontdesk/session?password=set", navigating, with("Cookie", cookie)).shows(t, 200, "Change password")
			for _, words := range []string{"Your password was set on", "Your password is set."} {
				if strings.Contains(page.Body.String(), words) != tt.told {
					t.Errorf("%q, want it said: %t\n%s", words, tt.told, page.Body)
				}
			}
		})
	}
}

// TestPasswordIsNotOffered where it is not admitted; a form posted all the same
// is refused.
func TestPasswordIsNotOffered(t *testing.T) {
	d := newDesk(t)
	err := d.store.Edit(t.Context(), func(e directory.Editor) error {
		return e.PutAccount(directory.Account{ID: "acme", Name: "Acme", Methods: []string{"microsoft", "email_token"}, Active: true})
	})
	if err != nil {
		t.Fatal(err)
	}
	cookie, _ := d.signIn()
	page := d.do("GET", portal+"/frontdesk/session", navigating, with("Cookie", cookie)).wants(t, 200)
	if strings.Contains(page.Body.String(), `name="password"`) {
		t.Errorf("the page offers a password\n%s", page.Body)
	}
	d.doBody("POST", portal+"/frontdesk/session", "password=change", posting, with("Cookie", cookie), with("Cookie", d.browserOf())).shows(t, 403, "This is not open to you")
}

// TestRequiredPassword says whose wish it is.
func TestRequiredPassword(t *testing.T) {
	d, _ := newWalk(t)
	d.withPassword(t, present)
	owner := directory.PasswordOwner{Address: "ann@acme.example", Kind: directory.KindContact}
	p, err := d.store.Password(t.Context(), owner)
	if err != nil {
		t.Fatal(err)
	}
	p.MustChange = true
	if err := d.store.SetPassword(t.Context(), owner, p); err != nil {
		t.Fatal(err)
	}
	v := d.visitor(t)
	v.get(portal + "/")
	v.post("email", "email", "ann@acme.example")
	v.post("method", "method", "password")
	page := v.post("prove", "password", present).shows(t, 200, "You have been asked to choose another password", `name="new_password"`)
	if strings.Contains(page.Body.String(), `name="password"`) || strings.Contains(page.Body.String(), "forgot") {
		t.Errorf("the page asks for more than the new password\n%s", page.Body)
	}
	v.post("new_password", "new_password", present).shows(t, 422, "This is the password you have now.")
	v.post("new_password", "new_password", fresh).shows(t, 200, `name="stay"`)
}
