package demo

import (
	"crypto/ecdsa"
	"flag"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/identity"
)

var update = flag.Bool("update", false, "write the golden files anew")

func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs (go test -update writes it anew); got:\n%s", path, got)
	}
}

// testPortal is the tech portal with a gateway's keys at hand.
func testPortal(t *testing.T) (http.Handler, Addresses, *ecdsa.PrivateKey) {
	t.Helper()
	server := newKeyServer(t)
	key := server.publish(t, "k1")
	addresses := newAddresses(8080)
	gateway, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Transport: &http.Transport{Proxy: http.ProxyURL(gateway)}}
	return newPortal(directory.Tech, addresses, client, func() time.Time { return noon }), addresses, key
}

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

type fixedKey struct{ *ecdsa.PrivateKey }

func (k fixedKey) Signer() (string, *ecdsa.PrivateKey, error) { return "k1", k.PrivateKey, nil }

// signedIn puts a person on a request as the gateway does.
func signedIn(t *testing.T, r *http.Request, origin string, key *ecdsa.PrivateKey) {
	t.Helper()
	facts := identity.Facts{
		Entity: directory.Entity{Kind: directory.KindMember, ID: "m-1", Email: "zoe@northgate.example", Name: "Zoë <b>",
			Groups: []string{"Tickets", "Orders, up to 500"}},
		Platform: directory.Tech, Method: byPassword, Session: "s-1",
	}
	assertion, err := identity.Sign(facts, origin, origin, fixedKey{key}, noon)
	if err != nil {
		t.Fatal(err)
	}
	values := facts.Values()
	identity.NewNames(nil).Set(r.Header, &values, assertion)
}

func request(method, target, body string) *http.Request {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	r.Host = "tech.localhost:8080"
	r.RemoteAddr = "127.0.0.1:50000"
	r.Header.Set("User-Agent", "test")
	return r
}

func answer(h http.Handler, r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestPortalPages(t *testing.T) {
	portal, addresses, key := testPortal(t)
	for name, target := range map[string]string{"signed-in": "/queue/urgent?view=board&q=<b>", "public": "/status"} {
		t.Run(name, func(t *testing.T) {
			r := request(http.MethodGet, target, "")
			if name == "signed-in" {
				signedIn(t, r, addresses.Portals[directory.Tech], key)
			}
			w := answer(portal, r)
			if w.Code != http.StatusOK || !strings.HasPrefix(w.Header().Get("Content-Security-Policy"), "default-src 'none'") {
				t.Errorf("%d %v", w.Code, w.Header())
			}
			page := w.Body.String()
			if token := r.Header.Get(identity.HeaderAssertion); token != "" {
				page = strings.ReplaceAll(page, token, "ASSERTION") // a signature differs each time
			}
			golden(t, "testdata/portal-"+name+".html", page)
		})
	}
}

// TestForgedAssertion: a portal says so where the assertion is not the
// gateway's, whatever the headers say.
func TestForgedAssertion(t *testing.T) {
	portal, addresses, _ := testPortal(t)
	r := request(http.MethodGet, "/", "")
	signedIn(t, r, addresses.Portals[directory.Tech], newKeyServer(t).publish(t, "k1"))
	page := answer(portal, r).Body.String()
	if !strings.Contains(page, "Refused: checking the signature") || strings.Contains(page, "Signature verified") {
		t.Errorf("the page does not refuse it:\n%s", page)
	}
}

func TestPostedForm(t *testing.T) {
	portal, _, _ := testPortal(t)
	post := func(body string) *httptest.ResponseRecorder {
		r := request(http.MethodPost, "/echo", body)
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		return answer(portal, r)
	}
	if w := post("message=" + url.QueryEscape("<i>Grüße</i>")); !strings.Contains(w.Body.String(), "<strong>&lt;i&gt;Grüße&lt;/i&gt;</strong>") {
		t.Errorf("the form is not shown:\n%s", w.Body)
	}
	if w := post("message=" + strings.Repeat("a", maxForm)); w.Code != http.StatusBadRequest {
		t.Errorf("a form that is too large got %d", w.Code)
	}
}

func TestAPI(t *testing.T) {
	portal, addresses, key := testPortal(t)
	r := request(http.MethodGet, "/api/hello", "")
	signedIn(t, r, addresses.Portals[directory.Tech], key)
	const want = `{"message":"Hello, Zoë \u003cb\u003e","platform":"tech","user":"m-1"}`
	if w := answer(portal, r); strings.TrimSpace(w.Body.String()) != want || w.Header().Get("Content-Type") != "application/json" {
		t.Errorf("got %s, want %s", w.Body, want)
	}
}
