package gateway

import (
	"crypto/sha256"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/journey"
	"github.com/frontdesk-gateway/frontdesk/internal/store/bolt"
)

// stops are visitors who stopped at each step of a journey, and one who is
// signed in; and the address of the newest mail's link.
func stops(t *testing.T, d *desk, o *outbound) (visitors map[string]*visitor, link string) {
	t.Helper()
	if err := d.store.SetPassword(t.Context(), annsPassword, directory.Password{}.Successor("$hash", d.now)); err != nil {
		t.Fatal(err)
	}
	visitors = map[string]*visitor{}
	for _, stop := range []string{"email", "method", "password", "code", "stay", "account", "signed in"} {
		v := d.visitor(t)
		visitors[stop] = v
		v.get(portal+"/deep?x=1").shows(t, 200, `name="email"`)
		if stop == "email" {
			continue
		}
		v.post("email", "email", "ann@acme.example").shows(t, 200, `name="method"`)
		switch stop {
		case "method":
			continue
		case "password":
			v.post("method", "method", "password").shows(t, 200, `name="password"`)
			continue
		}
		v.post("method", "method", "email_token").shows(t, 200, `name="code"`)
		code, l := o.newest(t)
		if stop == "code" {
			link = l
			continue
		}
		v.post("prove", "code", code).shows(t, 200, `name="stay"`)
		if stop == "stay" {
			continue
		}
		v.post("stay", "stay", "no").shows(t, 200, `name="account"`)
		if stop == "signed in" {
			v.post("account", "account", "acme")
		}
	}
	return visitors, link
}

func journeyIn(t *testing.T, address string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return u.Query().Get("journey")
}

// TestGetChangesNothing: whatever a GET or HEAD asks for, the store's file stays
// as it is, but for the provider's answer in the browser that was sent there,
// and a ticket. Not even a body makes it do more.
func TestGetChangesNothing(t *testing.T) {
	file := filepath.Join(t.TempDir(), "frontdesk.db")
	s, err := bolt.Open(file, bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	d, o := newWalkOn(t, s)
	visitors, link := stops(t, d, o)
	asking := journeyIn(t, visitors["method"].at)
	if _, err := d.store.UpdateJourney(t.Context(), asking, func(j journey.Journey) (journey.Journey, error) {
		j.Method, j.Provider = "microsoft", &journey.Provider{Name: "microsoft", State: sha256.Sum256([]byte(asking + ".good"))}
		return j, nil
	}); err != nil {
		t.Fatal(err)
	}
	ticket := journey.Ticket{
		Hash: sha256.Sum256([]byte("secret")), Kind: journey.TicketEnter, Origin: portal, Expires: d.now.Add(time.Minute), Platform: directory.Client,
		Address: "ann@acme.example", Destination: "/",
	}
	if err := d.store.CreateTicket(t.Context(), ticket); err != nil {
		t.Fatal(err)
	}
	before := contents(t, file)
	unchanged := func(who, method, address string) {
		t.Helper()
		body := ""
		if method == http.MethodGet {
			body = "step=stay&stay=no&account=borg&everywhere=yes&email=bob%40acme.example&platform=tech&method=email_token&password=change"
		}
		visitors[who].request(method, address, body, navigating)
		if contents(t, file) != before {
			t.Fatalf("%s of %s by who is at %s changed the store", method, address, who)
		}
	}
	for who := range visitors {
		addresses := []string{
			"/", "/deep?x=1", "/health", "/frontdesk/", "/frontdesk/whoami", "/frontdesk/jwks.json", "/frontdesk/health", "/frontdesk/nothing", "/frontdesk/assets/logo",
			"/frontdesk/sign-in", "/frontdesk/sign-in?return=/x&again=yes&email=ann@acme.example", "/frontdesk/sign-out", "/frontdesk/sign-out?everywhere=yes&state=everywhere",
			"/frontdesk/session", "/frontdesk/session?account=borg", "/frontdesk/session?platform=tech", "/frontdesk/session?password=change", "/frontdesk/session?end=S1",
			"/frontdesk/session?grant=none", "/frontdesk/sign-in?ticket=none", "/frontdesk/sign-in?switch=none", "/frontdesk/sign-in?ask=none", "/frontdesk/sign-in?journey=none",
			"/frontdesk/callback/microsoft?code=x", "/frontdesk/callback/microsoft?code=x&state=" + asking, "/frontdesk/callback/microsoft?code=x&state=" + asking + ".bad",
		}
		if who != "method" {
			addresses = append(addresses, "/frontdesk/callback/microsoft?code=x&state="+asking+".good")
		}
		for _, of := range visitors {
			for _, step := range []string{"", "email", "platform", "enter", "method", "prove", "new_password", "create", "stay", "account", "done", "refused", "x"} {
				addresses = append(addresses, "/frontdesk/sign-in?stay=no&account=acme&method=password&step="+step+"&journey="+journeyIn(t, of.at))
			}
		}
		for _, address := range append(addresses, link[len(portal):]) {
			for _, method := range []string{http.MethodGet, http.MethodHead} {
				at := visitors[who].at
				unchanged(who, method, portal+address)
				visitors[who].at = at
			}
		}
		for _, address := range []string{"/frontdesk/sign-in?ticket=secret", "/frontdesk/session?grant=secret", "/frontdesk/callback/microsoft?code=x&state=" + asking + ".good"} {
			unchanged(who, http.MethodHead, portal+address)
		}
	}
	visitors["email"].get(portal + "/frontdesk/sign-in?ticket=secret")
	if spent := contents(t, file); spent == before {
		t.Error("a ticket changes nothing: this test would see no change")
	} else {
		before = spent
	}
	visitors["method"].get(portal + "/frontdesk/callback/microsoft?code=x&state=" + asking + ".good")
	if contents(t, file) == before {
		t.Error("a provider's answer changes nothing")
	}
}

func contents(t *testing.T, file string) string {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestHalfDoneIsNobody: at every step, to whoami, to the portal and to public
// paths; at the last, somebody.
func TestHalfDoneIsNobody(t *testing.T) {
	d, o := newWalk(t)
	visitors, _ := stops(t, d, o)
	for stop, v := range visitors {
		ask := func(path string) answer {
			return d.do("GET", portal+path, func(r *http.Request) {
				for name, value := range v.cookies {
					r.AddCookie(&http.Cookie{Name: name, Value: value})
				}
			})
		}
		whoami, home, public := ask("/frontdesk/whoami"), ask("/"), ask("/health")
		if stop == "signed in" {
			if whoami.Code != 200 || home.pass == nil || public.pass == nil || public.pass.facts() == nil {
				t.Errorf("signed in: whoami %d, portal %+v, public %+v", whoami.Code, home.pass, public.pass)
			}
			continue
		}
		if whoami.Code != 401 || home.pass != nil || home.Code != 401 {
			t.Errorf("at %s: whoami %d, portal %d", stop, whoami.Code, home.Code)
		}
		if public.pass == nil || public.pass.facts() != nil || public.request.Header.Get("Remote-User") != "" {
			t.Errorf("at %s: a public path passes as %+v", stop, public.pass)
		}
	}
}
