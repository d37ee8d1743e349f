package caddymodule

import (
	"net/http"
	"testing"

	"golang.org/x/crypto/bcrypt"
)

// signInAt signs Ann in by password, and returns what the portal there answers.
func (v *visitor) signInAt(origin string) page {
	v.t.Helper()
	p := v.begins(origin, "ann@acme.example")
	p = v.post(p, "method", "method", "password")
	p = v.post(p, "prove", "password", testPassword)
	return v.post(p, "stay", "stay", "no")
}

// TestNamesOfOtherSites: a portal that stands behind two sites, and tells people
// apart by the names that each gives them, receives neither name from a client.
func TestNamesOfOtherSites(t *testing.T) {
	w := newWorld(t)
	other := "http://other.localhost:" + portOf(w)
	w.origins = " " + other
	w.public = "headers {\n\t\t\tRemote-User X-Customer\n\t\t}"
	w.sites = other + " {\n\tfrontdesk client {\n\t\tpublic /public\n\t\theaders {\n\t\t\tRemote-User X-Staff\n\t\t}\n\t}\n\treverse_proxy " + w.portal.Listener.Addr().String() + "\n}\n"
	w.start()
	v := w.visitor()
	v.signInAt(w.origin("client")).wants(t, 200, "X-Customer: c-ann\n")
	for _, c := range []struct {
		name, address string
		asker         *visitor
		kept          string
	}{
		{"signed in", w.origin("client") + "/x", v, "X-Customer: c-ann\n"},
		{"on a public path", w.origin("client") + "/public", w.visitor(), "portal GET"},
		{"on a public path of the other", other + "/public", w.visitor(), "portal GET"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, c.address, nil)
			if err != nil {
				t.Fatal(err)
			}
			for _, name := range []string{"X-Customer", "X-Staff", "X_Staff", "X~Customer"} {
				r.Header[name] = []string{"evil"}
			}
			c.asker.do(r).wants(t, 200, c.kept).lacks(t, "evil")
		})
	}
}

// withAuthorization sends the same with each request.
type withAuthorization struct {
	http.RoundTripper
	name, password string
}

func (a withAuthorization) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.SetBasicAuth(a.name, a.password)
	return a.RoundTripper.RoundTrip(r)
}

// TestPlaceholdersAfterBasicAuth, which comes first and sets the same one: its
// name is nobody's here.
func TestPlaceholdersAfterBasicAuth(t *testing.T) {
	hash, err := bcrypt.GenerateFromPassword([]byte("gate"), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t)
	gated := "http://gated.localhost:" + portOf(w)
	w.origins = " " + gated
	w.sites = gated + " {\n\tbasic_auth {\n\t\tboss " + string(hash) + "\n\t}\n\tfrontdesk client {\n\t\tpublic /public\n\t}\n\treverse_proxy " + fastCGIPortal(t) + " {\n\t\ttransport fastcgi\n\t\theader_up X-Caller [{http.auth.user.id}]\n\t}\n}\n"
	w.start()
	v, stranger := w.visitor(), w.visitor()
	for _, browser := range []*visitor{v, stranger} {
		browser.client.Transport = withAuthorization{browser.client.Transport, "boss", "gate"}
	}
	v.signInAt(gated).wants(t, 200, "HTTP_X_CALLER=[c-ann]\n", "REMOTE_USER=c-ann\n").lacks(t, "boss")
	v.get(gated+"/public").wants(t, 200, "HTTP_X_CALLER=[c-ann]\n", "REMOTE_USER=c-ann\n").lacks(t, "boss")
	stranger.get(gated+"/public").wants(t, 200, "HTTP_X_CALLER=[]\n").lacks(t, "boss", "c-ann")
}
