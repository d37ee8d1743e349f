package gateway

import (
	"encoding/base64"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/session"
)

// TestFormsOfOtherPages: a portal's page can have a form sent in a window by a
// script, with all that a browser sends with one of ours but the token. It changes
// nothing.
func TestFormsOfOtherPages(t *testing.T) {
	mine, other := session.NewSecret(), session.NewSecret()
	forms := map[string]struct{ path, form string }{
		"another address":     {"sign-in", "step=email&email=mallory@acme.example"},
		"another account":     {"session", "account=borg"},
		"another platform":    {"session", "platform=tech"},
		"a new password":      {"session", "password=change"},
		"another session":     {"session", "end=S2"},
		"sign out":            {"sign-out", ""},
		"sign out everywhere": {"sign-out", "everywhere=yes"},
	}
	for token, value := range map[string]string{
		"none":                   "",
		"made up":                "form_token=x&",
		"cut short":              "form_token=" + formTokenOf(mine, portal)[:42] + "&",
		"of another browser":     "form_token=" + formTokenOf(other, portal) + "&",
		"of another origin":      "form_token=" + formTokenOf(mine, alias) + "&",
		"of no browser":          "form_token=" + formTokenOf(session.Secret{}, portal) + "&",
		"for another purpose":    "form_token=" + base64.RawURLEncoding.EncodeToString(browserMAC(mine, "signed out everywhere", portal)) + "&",
		"behind an empty one":    "form_token=&form_token=" + formTokenOf(mine, portal) + "&",
		"in the address instead": "?",
	} {
		for name, f := range forms {
			t.Run(token+": "+name, func(t *testing.T) {
				d, _ := newWalk(t)
				cookie, s := d.signIn()
				_, second := d.signIn(func(s *session.Session) { s.ID = "S2" })
				address, form := portal+"/frontdesk/"+f.path, value+f.form
				if value == "?" {
					address, form = address+"?form_token="+formTokenOf(mine, portal), f.form
				}
				got := d.doBody("POST", address, form, posting, func(r *http.Request) { r.Header.Del(ownForm) },
					with("Cookie", cookie+"; "+d.sealed(secureBrowserName, mine))).wants(t, 403)
				if set := got.Header()["Set-Cookie"]; set != nil {
					t.Errorf("Set-Cookie %q", set)
				}
				for _, key := range []session.Key{s.Key, second.Key} {
					if _, err := d.store.Session(t.Context(), key); err != nil {
						t.Errorf("a session ended: %v", err)
					}
				}
				if all, err := d.store.SessionsOf(t.Context(), directory.KindContact, "c-borg"); err != nil || len(all) > 0 {
					t.Errorf("%d sessions began: %v", len(all), err)
				}
				if again := d.do("GET", portal+"/", with("Cookie", cookie)); again.pass == nil || again.pass.facts().ID != "c-ann" {
					t.Errorf("after it: status %d", again.Code)
				}
			})
		}
	}
}

// TestFormsWithPlantedName: the browser has a name that a script gave it, with
// whose token the script posts what acts on the session.
func TestFormsWithPlantedName(t *testing.T) {
	planted := session.NewSecret()
	for token, value := range map[string]string{
		"of the name":                    formTokenOf(planted, portal),
		"of the name and no sign-in":     sessionFormTokenOf(planted, portal, session.Session{}),
		"of the name and another's":      sessionFormTokenOf(planted, portal, session.Session{Proofs: []session.Proof{{Journey: "JS1"}}}),
		"of the name and nothing behind": formTokenOf(planted, portal) + ".",
	} {
		for _, f := range []struct{ path, form string }{
			{"session", "account=borg"}, {"session", "platform=tech"}, {"session", "password=change"}, {"session", "end=S2"},
			{"sign-out", ""}, {"sign-out", "everywhere=yes"},
		} {
			t.Run(token+": "+f.path+" "+f.form, func(t *testing.T) {
				d, _ := newWalk(t)
				cookie, s := d.signIn()
				_, second := d.signIn(func(s *session.Session) { s.ID = "S2" })
				d.doBody("POST", portal+"/frontdesk/"+f.path, f.form+"&form_token="+value, posting, func(r *http.Request) { r.Header.Del(ownForm) },
					with("Cookie", cookie+"; "+d.sealed(secureBrowserName, planted))).shows(t, 403, "The form was not on a page that we showed")
				for _, key := range []session.Key{s.Key, second.Key} {
					if _, err := d.store.Session(t.Context(), key); err != nil {
						t.Errorf("a session ended: %v", err)
					}
				}
			})
		}
	}
}

// TestFormsWithPlantedNameAndSession: a script that plants a second cookie of the session's
// name, be it Partitioned, has nobody be signed in. The session is there still, and its
// form takes what its pages alone have.
func TestFormsWithPlantedNameAndSession(t *testing.T) {
	planted := session.NewSecret()
	for _, c := range []struct {
		name, form  string
		mine, first bool // the planted session is one of the script's own; it comes first
	}{
		{"nobody's", "", false, true},
		{"nobody's, everywhere", "everywhere=yes", false, true},
		{"the script's own", "", true, true},
		{"the script's own, everywhere", "everywhere=yes", true, true},
		{"the script's own, which comes second", "", true, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, _ := newWalk(t)
			cookie, s := d.signIn()
			second, token := secureSessionName+"=x", formTokenOf(planted, portal)
			if c.mine {
				var own session.Session
				second, own = d.signIn(func(s *session.Session) { s.ID = "S9" })
				token = sessionFormTokenOf(planted, portal, own)
			}
			cookies := second + "; " + cookie
			if !c.first {
				cookies = cookie + "; " + second
			}
			cookies += "; " + d.sealed(secureBrowserName, planted)
			signOut := func(token string) answer {
				return d.doBody("POST", portal+"/frontdesk/sign-out", c.form+"&form_token="+token, posting, func(r *http.Request) { r.Header.Del(ownForm) }, with("Cookie", cookies))
			}
			signOut(token).shows(t, 403, "The form was not on a page that we showed")
			d.wantsEnded(s, false)
			got := d.do("GET", portal+"/frontdesk/sign-out", navigating, with("Cookie", cookies))
			shown := tokenValue.FindStringSubmatch(got.shows(t, 200, `name="everywhere"`).Body.String())
			signOut(shown[1]).wants(t, 303)
			d.wantsEnded(s, true)
		})
	}
}

// TestTabsOpenedAtOnce: browsers open the tabs of the day before at once, and each
// is given a name for the browser, of which the last one stays. Step 1 in another
// is asked again, with what was typed and to the same destination.
func TestTabsOpenedAtOnce(t *testing.T) {
	d, _ := newWalk(t)
	v := d.visitor(t)
	one := portal + "/frontdesk/sign-in?return=%2Fone%3Fx%3D1"
	first := tokenValue.FindStringSubmatch(v.get(portal+"/one?x=1").shows(t, 200, `name="email"`).Body.String())
	delete(v.cookies, secureBrowserName) // the second was asked for before the first was there
	v.get(portal+"/two").shows(t, 200, `name="email"`)
	v.request("POST", one, "step=email&email=ann%40acme.example&form_token="+first[1], func(r *http.Request) { posting(r); r.Header.Del(ownForm) }).
		shows(t, 403, "This was sent from a page that no longer counts", `value="ann@acme.example"`, `action="/frontdesk/sign-in?return=%2Fone%3Fx%3D1"`, "Reference")
	v.post("email", "email", "ann@acme.example").shows(t, 200, `name="method"`)
	id := v.journeyOf()
	if j, err := d.store.Journey(t.Context(), id); err != nil || j.Destination != "/one?x=1" {
		t.Errorf("destination %q, %v", j.Destination, err)
	}

	cookie, _ := d.signIn() // in the second tab meanwhile
	v.cookies[secureSessionName] = cookie[len(secureSessionName)+1:]
	v.request("POST", one, "step=email&email=ann%40acme.example&form_token="+first[1], func(r *http.Request) { posting(r); r.Header.Del(ownForm) }).
		shows(t, 403, "The form was not on a page that we showed", `href="/frontdesk/sign-in?return=%2Fone%3Fx%3D1"`)
}

// TestFormsOutliveSwitches: a page in another tab goes on being good when the
// session behind it was replaced; signing out must always work.
func TestFormsOutliveSwitches(t *testing.T) {
	d, _ := newWalk(t)
	v := d.visitor(t)
	cookie, before := d.signIn()
	v.cookies[secureSessionName] = cookie[len(secureSessionName)+1:]
	token := tokenValue.FindStringSubmatch(v.get(portal + "/frontdesk/session").Body.String())
	v.post("", "account", "borg")
	if token == nil || v.cookies[secureSessionName] == cookie[len(secureSessionName)+1:] {
		t.Fatalf("token %v; not switched", token)
	}
	sent := v.request("POST", portal+"/frontdesk/sign-out", "form_token="+token[1], func(r *http.Request) { posting(r); r.Header.Del(ownForm) })
	sent.shows(t, 200, "You are signed out")
	if _, err := d.store.Session(t.Context(), before.Key); !errors.Is(err, session.ErrNotFound) {
		t.Errorf("the session before the switch: %v", err)
	}
	v.get(portal+"/").shows(t, 200, `name="email"`)
}

// TestFormAfterTheBrowserForgot: a persistent session outlives the browser's name
// when the browser is closed. A page from before has the person see it anew, and
// the new one works.
func TestFormAfterTheBrowserForgot(t *testing.T) {
	d := newDesk(t)
	cookie, s := d.signIn(func(s *session.Session) { s.Persistent, s.Expires = true, d.now.Add(48*time.Hour) })
	for _, path := range []string{"session", "sign-out", "sign-in"} {
		page := portal + "/frontdesk/" + path
		got := d.doBody("POST", page, "everywhere=yes&form_token="+formTokenOf(session.NewSecret(), portal), posting,
			func(r *http.Request) { r.Header.Del(ownForm) }, with("Cookie", cookie)).wants(t, 303)
		if to := got.Header().Get("Location"); to != page {
			t.Errorf("%s: sent to %s", path, to)
		}
	}
	v := d.visitor(t)
	v.cookies[secureSessionName] = cookie[len(secureSessionName)+1:]
	v.get(portal+"/frontdesk/sign-out").shows(t, 200, `name="form_token"`)
	v.post("").shows(t, 200, "You are signed out")
	if _, err := d.store.Session(t.Context(), s.Key); !errors.Is(err, session.ErrNotFound) {
		t.Errorf("the session: %v", err)
	}
}
