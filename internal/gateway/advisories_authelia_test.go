package gateway

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
)

func TestAdvisoriesOfAuthelia(t *testing.T) {
	attacks{
		"CVE-2021-29456: sign-out leads anywhere":                      signOutLeadsNowhereElse,
		"CVE-2025-24806: two names of one person counted apart":        spellingsAreCountedAsOne,
		"CVE-2026-33525: parameters reflected into pages":              parametersAreNotReflected,
		"CVE-2026-47203: passwords counted apart at another way in":    noOtherWayIn,
		"GHSA-x883-2vmg-xwf7: changed groups take effect with a delay": groupsChangeAtOnce,
	}.run(t)
}

// signOutLeadsNowhereElse, signed in or not, by GET or by the form.
func signOutLeadsNowhereElse(t *testing.T) {
	for _, name := range []string{"rd", "return", "redirect", "redirect_uri", "post_logout_redirect", "post_logout_redirect_uri", "state", "still_at", "next", "url"} {
		for _, to := range []string{"https://evil.example/", "//evil.example/", `/\evil.example/`, "javascript:alert(1)"} {
			d := newDesk(t)
			cookie, _ := d.signIn()
			query := "?" + name + "=" + url.QueryEscape(to)
			if got := d.do("GET", portal+"/frontdesk/sign-out"+query, navigating, with("Cookie", cookie)).wants(t, 200); leadsOut(t, got) {
				t.Errorf("GET %s leads to %s", query, got.Header().Get("Location"))
			}
			got := d.doBody("POST", portal+"/frontdesk/sign-out"+query, query[1:], posting, with("Cookie", cookie)).wants(t, 303)
			if location := got.Header().Get("Location"); location != portal+"/frontdesk/sign-out" {
				t.Errorf("POST %s leads to %s", query, location)
			}
		}
	}
}

// spellings of Ann's address that are hers.
var spellings = []string{"ann@acme.example", "ANN@acme.example", " ann@ACME.example ", "Ann@Acme.Example.", "ann@ａｃｍｅ.example", "aNN@acme。example", "ann@acme.example\t"}

// spellingsAreCountedAsOne: the free tries at a password are the person's, however
// their address is written and in whatever browser.
func spellingsAreCountedAsOne(t *testing.T) {
	d, _ := newTown(t)
	d.withPassword(t, present)
	for i, spelling := range spellings {
		v := d.visitor(t)
		v.get(portal + "/")
		v.post("email", "email", spelling).shows(t, 200, `name="method"`)
		v.post("method", "method", "password")
		want := http.StatusUnprocessableEntity
		if i >= d.settings.Limits.WrongPasswordsPerPerson {
			want = http.StatusTooManyRequests
		}
		v.post("prove", "password", "wrong").wants(t, want)
	}
}

// noOtherWayIn: a password is taken by the form alone, where it is counted.
func noOtherWayIn(t *testing.T) {
	d, _ := newTown(t)
	d.withPassword(t, present)
	basic := func(r *http.Request) { r.SetBasicAuth("ann@acme.example", present) }
	for name, change := range map[string]func(*http.Request){
		"Authorization": basic,
		"Proxy-Authorization": func(r *http.Request) {
			basic(r)
			r.Header.Set("Proxy-Authorization", r.Header.Get("Authorization"))
			r.Header.Del("Authorization")
		},
		"Bearer": with("Authorization", "Bearer S1"),
	} {
		for _, path := range []string{"/", "/frontdesk/whoami", "/frontdesk/session"} {
			if got := d.do("GET", portal+path, change); got.pass != nil || got.Code == http.StatusOK {
				t.Errorf("%s at %s: passed on %t, status %d", name, path, got.pass != nil, got.Code)
			}
		}
	}
	if got := d.do("GET", portal+"/health", basic); got.pass == nil || got.pass.facts() != nil {
		t.Errorf("on a public path: %+v", got.pass)
	}
}

func groupsChangeAtOnce(t *testing.T) {
	d := newDesk(t)
	cookie, _ := d.signIn()
	for _, c := range []struct {
		groups []string
		want   string
	}{{[]string{"admins"}, "admins"}, {nil, ""}, {[]string{"users"}, "users"}} {
		d.edit(func(e directory.Editor) error {
			return e.PutContact(directory.Contact{ID: "c-ann", Email: "ann@acme.example", Account: "acme", Groups: c.groups, Active: true})
		})
		if got := d.do("GET", portal+"/", with("Cookie", cookie)); got.pass == nil || got.request.Header.Get("Remote-Groups") != c.want {
			t.Errorf("groups %v: status %d, header %q", c.groups, got.Code, got.request.Header.Get("Remote-Groups"))
		}
	}
}
