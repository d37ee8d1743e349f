package gateway

import (
	"net/http/httptest"
	"slices"
	"testing"
)

// TestStrictTransport: every answer at an https origin has browsers keep to https,
// unless the operator has said for how long; none at any other host does, where
// it would be said of what is not ours.
func TestStrictTransport(t *testing.T) {
	const ours, theirs = "max-age=31536000", "max-age=63072000; includeSubDomains; preload"
	for _, c := range []struct {
		name, address, set, want string
	}{
		{"a page", portal + "/frontdesk/sign-in", "", ours},
		{"another origin of the platform", alias + "/frontdesk/sign-in", "", ours},
		{"the sign-in's address", portal + "/", "", ours},
		{"a problem", portal + "/frontdesk/whoami", "", ours},
		{"health", portal + "/frontdesk/health", "", ours},
		{"keys", portal + "/frontdesk/jwks.json", "", ours},
		{"a page that is not there", portal + "/frontdesk/assets/x", "", ours},
		{"set by the operator", portal + "/frontdesk/sign-in", theirs, theirs},
		{"switched off by the operator", portal + "/frontdesk/sign-in", "max-age=0", "max-age=0"},
		{"plain http on loopback", local + "/frontdesk/sign-in", "", ""},
		{"health on another host", "https://other.example/frontdesk/health", "", ""},
		{"another host", "https://other.example/", "", ""},
		{"what goes on to the portal", portal + "/health", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, w := newDesk(t), httptest.NewRecorder()
			if c.set != "" {
				w.Header().Set("Strict-Transport-Security", c.set)
			}
			r := httptest.NewRequest("GET", c.address, nil)
			visited := *r.URL
			d.Handle(w, r, Client{URL: &visited, Target: r.RequestURI})
			var want []string
			if c.want != "" {
				want = []string{c.want}
			}
			if got := w.Header()["Strict-Transport-Security"]; !slices.Equal(got, want) {
				t.Errorf("%q, want %q", got, want)
			}
		})
	}
}
