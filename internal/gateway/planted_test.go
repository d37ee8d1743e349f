package gateway

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/journey"
	"github.com/frontdesk-gateway/frontdesk/internal/keyring"
	"github.com/frontdesk-gateway/frontdesk/internal/session"
	"github.com/frontdesk-gateway/frontdesk/internal/store/memory"
)

// spoilt are the values that can be made of a cookie's without the key.
func spoilt(value string) map[string]string {
	out := map[string]string{
		"empty": "", "a space": " ", "doubled in itself": value + value, "with an end": value + "A", "with a beginning": "A" + value, "quoted": `"` + value + `"`, "padded": value + "=",
		"without its end": value[:len(value)-1], "without its beginning": value[1:], "half": value[:len(value)/2], "in lower case": strings.ToLower(value),
		"very long": strings.Repeat(value, 50), "percent-encoded": "%41" + value[1:], "with a line of base64": strings.Replace(value, "-", "+", 1) + "+",
	}
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_="
	for i := range value {
		for j, c := range []byte(alphabet) {
			if atEnd := i > len(value)-4; value[i] != c && (atEnd || j%16 == i%16) { // base64 may not use the last bits
				out[fmt.Sprintf("with %c at %d", c, i)] = value[:i] + string(c) + value[i+1:]
			}
		}
	}
	return out
}

// TestSpoiltCookies: no value but the one that was given out names a session or
// a browser, not by a single character.
func TestSpoiltCookies(t *testing.T) {
	d, o := newWalk(t)
	visitors, _ := stops(t, d, o)
	in, half := visitors["signed in"], visitors["method"]
	good := in.cookies[secureSessionName]
	for how, value := range spoilt(good) {
		if got := d.do("GET", portal+"/", with("Cookie", secureSessionName+"="+value)); got.pass != nil {
			t.Errorf("the session's, %s: passed on", how)
		}
	}
	if got := d.do("GET", portal+"/", with("Cookie", secureSessionName+"="+good)); got.pass == nil {
		t.Error("the session's as it was: not passed on")
	}
	good = half.cookies[secureBrowserName]
	for how, value := range spoilt(good) {
		if how == "quoted" {
			continue // another spelling of the same (RFC 6265, 4.1.1), which the library reads
		}
		if got := d.do("GET", half.at, navigating, with("Cookie", secureBrowserName+"="+value)); got.Code != http.StatusGone {
			t.Errorf("the browser's, %s: %d", how, got.Code)
		}
	}
	for _, second := range []string{good, "x", ""} { // one of the two was planted, and nobody knows which
		for _, values := range [][2]string{{good, second}, {second, good}} {
			cookies := secureBrowserName + "=" + values[0] + "; " + secureBrowserName + "=" + values[1]
			if got := d.do("GET", half.at, navigating, with("Cookie", cookies)); got.Code != http.StatusGone {
				t.Errorf("the browser's, twice: %d with %s", got.Code, cookies)
			}
		}
	}
	d.do("GET", half.at, navigating, with("Cookie", secureBrowserName+"="+good)).shows(t, 200, `name="method"`)
}

// TestForeignCookies: a cookie that was sealed by this gateway for something
// else, by another, or by a key that is no longer accepted.
func TestForeignCookies(t *testing.T) {
	d := newDesk(t)
	cookie, s := d.signIn()
	_, value, _ := strings.Cut(cookie, "=")
	secret := session.NewSecret()
	seal := func(r *keyring.Ring, name string, content []byte) string {
		t.Helper()
		sealed, err := r.Seal(name, content)
		if err != nil {
			t.Fatal(err)
		}
		return sealed
	}
	another, err := keyring.Open(t.Context(), memory.New(), time.Hour, func() time.Time { return d.now })
	if err != nil {
		t.Fatal(err)
	}
	for name, foreign := range map[string]string{
		"the browser's, as the session's":   seal(d.keys, secureBrowserName, secret[:]),
		"of plain http":                     seal(d.keys, plainSessionName, secret[:]),
		"of a session that never was":       seal(d.keys, secureSessionName, secret[:]),
		"another gateway's":                 seal(another, secureSessionName, secret[:]),
		"the session's public id":           seal(d.keys, secureSessionName, []byte(s.ID)),
		"the store's key of the session":    seal(d.keys, secureSessionName, s.Key[:]),
		"nothing, sealed":                   seal(d.keys, secureSessionName, nil),
		"too much, sealed":                  seal(d.keys, secureSessionName, bytes.Repeat(secret[:], 2)),
		"the public id, bare":               s.ID,
		"the good one under the other name": "x; " + plainSessionName + "=" + value,
	} {
		if got := d.do("GET", portal+"/", with("Cookie", secureSessionName+"="+foreign)); got.pass != nil {
			t.Errorf("%s: passed on", name)
		}
	}
	if got := d.do("GET", portal+"/", with("Cookie", cookie)); got.pass == nil {
		t.Error("the good one: not passed on")
	}
	d.retireKeys()
	if got := d.do("GET", portal+"/", with("Cookie", cookie)); got.pass != nil {
		t.Error("sealed by a retired key: passed on")
	}
}

// retireKeys has other keys seal cookies, and the ones before forgotten.
func (d *desk) retireKeys() {
	d.tb.Helper()
	fresh := memory.New()
	if _, err := keyring.Open(d.tb.Context(), fresh, time.Hour, func() time.Time { return d.now }); err != nil {
		d.tb.Fatal(err)
	}
	others, err := fresh.Keys(d.tb.Context())
	if err != nil {
		d.tb.Fatal(err)
	}
	if _, err := d.store.UpdateKeys(d.tb.Context(), func([]keyring.Key) ([]keyring.Key, error) { return others, nil }); err != nil {
		d.tb.Fatal(err)
	}
	if err := d.keys.Rotate(d.tb.Context()); err != nil {
		d.tb.Fatal(err)
	}
}

// TestRetiredKeyNamesNoBrowser either, so no journey goes on.
func TestRetiredKeyNamesNoBrowser(t *testing.T) {
	d, o := newWalk(t)
	visitors, _ := stops(t, d, o)
	d.retireKeys()
	visitors["stay"].get(visitors["stay"].at).wants(t, http.StatusGone)
	visitors["stay"].post("stay", "stay", "no").wants(t, http.StatusForbidden)
}

// TestReplayedCookies: the one of a session that ended, in whatever way.
func TestReplayedCookies(t *testing.T) {
	for name, end := range map[string]func(*testing.T, *desk, *visitor){
		"by signing out": func(t *testing.T, d *desk, v *visitor) {
			v.at = portal + "/frontdesk/sign-out"
			v.post("").wants(t, 200)
		},
		"by a switch": func(t *testing.T, d *desk, v *visitor) {
			v.at = portal + "/frontdesk/session"
			v.post("", "account", "borg")
		},
		"by its time":       func(t *testing.T, d *desk, v *visitor) { d.now = d.now.Add(d.settings.Lifetime) },
		"by another's hand": func(t *testing.T, d *desk, v *visitor) { d.disable("c-ann") },
	} {
		t.Run(name, func(t *testing.T) {
			d, o := newWalk(t)
			visitors, _ := stops(t, d, o)
			v := visitors["signed in"]
			replayed := secureSessionName + "=" + v.cookies[secureSessionName] + "; " + secureBrowserName + "=" + v.cookies[secureBrowserName]
			if got := d.do("GET", portal+"/", with("Cookie", replayed)); got.pass == nil {
				t.Fatal("nobody was signed in")
			}
			end(t, d, v)
			for _, path := range []string{"/", "/frontdesk/whoami"} {
				d.do("GET", portal+path, with("Cookie", replayed)).wants(t, http.StatusUnauthorized)
			}
		})
	}
}

func (d *desk) disable(contact string) {
	d.tb.Helper()
	if err := d.store.Edit(d.tb.Context(), func(e directory.Editor) error {
		return e.PutContact(directory.Contact{ID: contact, Email: "ann@acme.example", Account: "acme"})
	}); err != nil {
		d.tb.Fatal(err)
	}
}

// TestPlantedAddresses: what a stranger began does not go on in the browser of
// somebody who opens the stranger's address (login CSRF), signed in or not; and
// nothing of it is told there.
func TestPlantedAddresses(t *testing.T) {
	d, o := newWalk(t)
	strangers, link := stops(t, d, o)
	planted := map[string]string{
		"the link of the mail": link, "with a callback": portal + "/frontdesk/callback/microsoft?code=x&state=" + journeyIn(t, strangers["method"].at) + ".x",
	}
	for stop, v := range strangers {
		if stop != "email" && stop != "signed in" {
			planted["at "+stop] = v.at
		}
	}
	_, other := d.signIn(func(s *session.Session) { s.ID, s.EntityID, s.Address = "S9", "c-borg", "ann@acme.example" })
	for _, kind := range []journey.TicketKind{journey.TicketSwitch, journey.TicketGrant, journey.TicketAsk} {
		parameter := map[journey.TicketKind]string{journey.TicketSwitch: "sign-in?switch=", journey.TicketGrant: "session?grant=", journey.TicketAsk: "sign-in?ask="}[kind]
		planted["with a ticket to "+string(kind)] = portal + "/frontdesk/" + parameter + d.ticket(journey.Ticket{
			Kind: kind, Origin: portal, Platform: directory.Client, Session: other.Key, Browser: session.Browser{1}, Onward: techs,
		})
	}
	for name, address := range planted {
		for _, signedIn := range []bool{false, true} {
			victim := d.visitor(t)
			victim.get(portal + "/frontdesk/sign-in")
			if signedIn {
				cookie, _ := d.signIn(func(s *session.Session) { s.ID = "S" + name })
				_, victim.cookies[secureSessionName], _ = strings.Cut(cookie, "=")
			}
			before := victim.cookies[secureSessionName]
			got := victim.get(address)
			if body := got.Body.String(); strings.Contains(body, "c-borg") || !signedIn && strings.Contains(body, "ann@acme.example") || strings.Contains(body, `name="token"`) || strings.Contains(body, `name="stay"`) {
				t.Errorf("%s: the victim sees\n%s", name, body)
			}
			if got.pass != nil && got.pass.facts().ID != "c-ann" || got.pass != nil && !signedIn {
				t.Errorf("%s: passed on as %+v", name, got.pass.facts())
			}
			if strings.Contains(address, "/session?") {
				continue // what is posted there is the victim's own
			}
			for step, field := range map[string]string{"stay": "stay", "account": "account", "prove": "code", "method": "method"} {
				victim.at = address
				if posted := victim.post(step, field, map[string]string{"stay": "no", "account": "acme", "code": "00000000", "method": "password"}[field]); posted.pass != nil && !signedIn {
					t.Errorf("%s: posting %s signed the victim in", name, step)
				}
			}
			if after := victim.cookies[secureSessionName]; after != before {
				t.Errorf("%s: the victim has another session", name)
			}
		}
	}
}

// ticket keeps a ticket and returns its secret.
func (d *desk) ticket(t journey.Ticket) string {
	d.tb.Helper()
	secret := string(t.Kind) + "-secret"
	t.Hash, t.Expires = sha256.Sum256([]byte(secret)), d.now.Add(time.Minute)
	if err := d.store.CreateTicket(d.tb.Context(), t); err != nil {
		d.tb.Fatal(err)
	}
	return secret
}

// TestSessionBeatsAStaleJourney on the page of every step, read or posted.
func TestSessionBeatsAStaleJourney(t *testing.T) {
	for _, browser := range []string{"of the same name", "that lost its name"} {
		d, o := newWalk(t)
		visitors, _ := stops(t, d, o)
		for stop, v := range visitors {
			if stop == "email" || stop == "signed in" {
				continue
			}
			at := v.at
			d.endJourney(journeyIn(t, at))
			v.get(at).wants(t, http.StatusGone)
			cookie, _ := d.signIn(func(s *session.Session) { s.ID = "S" + stop })
			_, v.cookies[secureSessionName], _ = strings.Cut(cookie, "=")
			if browser != "of the same name" {
				delete(v.cookies, secureBrowserName)
			}
			if got := v.get(at); got.pass == nil || v.at != portal+"/" {
				t.Errorf("browser %s at %s: %d at %s", browser, stop, got.Code, v.at)
			}
			v.at = at
			if got := v.post(stop, "stay", "no", "code", "1"); got.pass == nil || v.at != portal+"/" {
				t.Errorf("browser %s posting at %s: %d at %s", browser, stop, got.Code, v.at)
			}
		}
	}
}

// endJourney has a journey expire.
func (d *desk) endJourney(id string) {
	d.tb.Helper()
	if _, err := d.store.UpdateJourney(d.tb.Context(), id, func(j journey.Journey) (journey.Journey, error) {
		j.Expires = d.now
		return j, nil
	}); err != nil {
		d.tb.Fatal(err)
	}
}
