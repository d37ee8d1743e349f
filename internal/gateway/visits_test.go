package gateway

import (
	"crypto/sha256"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/journey"
)

// TestPagesAreForPeople: the scripts of a portal's pages are of the same origin
// as the pages here, and get nothing from them, whatever the method. What
// browsers without Fetch Metadata ask for cannot be told apart.
func TestPagesAreForPeople(t *testing.T) {
	from := func(mode, dest string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set("Sec-Fetch-Mode", mode); r.Header.Set("Sec-Fetch-Dest", dest) }
	}
	for _, c := range []struct {
		name   string
		how    func(*http.Request)
		served bool
	}{
		{"a person", func(*http.Request) {}, true},
		{"an old browser", from("", ""), true},
		{"by way of a service worker", from("navigate", "empty"), true},
		{"Chromium before destinations", from("navigate", ""), true},
		{"a frame of Chromium before destinations", from("nested-navigate", ""), false},
		{"fetch", from("cors", "empty"), false},
		{"fetch in the mode same-origin", from("same-origin", "empty"), false},
		{"fetch that looks like a navigation by way of a service worker in Firefox", func(r *http.Request) {
			from("same-origin", "empty")(r)
			r.Header.Set("Accept", "text/html")
			r.Header.Set("Upgrade-Insecure-Requests", "1")
		}, false},
		{"fetch in the mode no-cors", from("no-cors", "empty"), false},
		{"an iframe", from("navigate", "iframe"), false},
		{"a frame", from("navigate", "frame"), false},
		{"a fenced frame", from("navigate", "fencedframe"), false},
		{"an object", from("navigate", "object"), false},
		{"an embed", from("navigate", "embed"), false},
		{"an image", from("no-cors", "image"), false},
		{"a mode alone", from("cors", ""), false},
		{"a destination alone", from("", "document"), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, request := range []string{
				"GET sign-in", "HEAD sign-in", "GET sign-out", "GET session", "GET session?grant=x", "GET sign-in?ticket=x", "GET sign-in?switch=x", "GET sign-in?ask=x", "GET sign-in?journey=x",
				"GET callback/microsoft?state=x", "POST sign-in", "POST sign-out", "POST session",
			} {
				d := newDesk(t)
				cookie, s := d.signIn()
				method, path, _ := strings.Cut(request, " ")
				got := d.do(method, portal+"/frontdesk/"+path, posting, with("Cookie", cookie+"; "+d.browserOf()), c.how)
				if served := got.Code != http.StatusForbidden; got.pass != nil || served != c.served {
					t.Errorf("%s: %d", request, got.Code)
				}
				_, err := d.store.Session(t.Context(), s.Key)
				if ended := err != nil; ended != (c.served && request == "POST sign-out") {
					t.Errorf("%s: the session: %v", request, err)
				}
			}
			for _, path := range []string{"whoami", "jwks.json", "health", "assets/logo"} {
				if got := newDesk(t).do("GET", portal+"/frontdesk/"+path, c.how); got.Code == http.StatusForbidden {
					t.Errorf("%s: %d", path, got.Code)
				}
			}
		})
	}
}

// TestLookingAhead: what a browser asks for before the person does spends
// nothing; the person may go there still. Pages that do nothing may be looked at.
func TestLookingAhead(t *testing.T) {
	for _, c := range []struct {
		name, header, value string
		ahead               bool
	}{
		{"the person", "Sec-Purpose", "", false},
		{"prefetch", "Sec-Purpose", "prefetch", true},
		{"prerender", "Sec-Purpose", "prefetch;prerender", true},
		{"prefetch by way of a proxy", "Sec-Purpose", "prefetch;anonymous-client-ip", true},
		{"prefetch of an old browser", "Purpose", "prefetch", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t)
			cookie, _ := d.signIn()
			ticket := journey.Ticket{
				Hash: sha256.Sum256([]byte("secret")), Kind: journey.TicketEnter, Origin: portal, Expires: d.now.Add(time.Minute), Platform: directory.Client,
				Address: "ann@acme.example", Destination: "/",
			}
			if err := d.store.CreateTicket(t.Context(), ticket); err != nil {
				t.Fatal(err)
			}
			for _, path := range []string{"sign-in?ticket=secret", "sign-in?switch=x", "sign-in?ask=x", "session?grant=x", "callback/microsoft?state=x"} {
				got := d.do("GET", portal+"/frontdesk/"+path, navigating, with(c.header, c.value), with("Cookie", cookie+"; "+d.browserOf()))
				if ahead := got.Code == http.StatusTooEarly; got.pass != nil || ahead != c.ahead {
					t.Errorf("%s: %d", path, got.Code)
				}
			}
			d.do("GET", portal+"/frontdesk/sign-in", navigating, with(c.header, c.value)).wants(t, 200)
			again := d.do("GET", portal+"/frontdesk/sign-in?ticket=secret", navigating)
			if left := again.Code == http.StatusSeeOther; left != c.ahead {
				t.Errorf("the ticket afterwards: %d", again.Code)
			}
		})
	}
}
