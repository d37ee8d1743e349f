package caddymodule

import (
	"fmt"
	"net"
	"net/http"
	"net/http/fcgi"
	"slices"
	"strings"
	"testing"
)

// TestFastCGI: FastCGI turns every header into a variable, - into _, without a
// word on which of two with one name wins, and REMOTE_USER is Caddy's id of who
// is signed in.
func TestFastCGI(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go fcgi.Serve(l, http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		var lines []string
		for name, values := range r.Header { // of the variables HTTP_*
			lines = append(lines, fmt.Sprintf("%s: %q", name, values))
		}
		for name, value := range fcgi.ProcessEnv(r) {
			if name == "REMOTE_USER" || name == "AUTH_TYPE" {
				lines = append(lines, name+"="+value)
			}
		}
		slices.Sort(lines)
		fmt.Fprintln(rw, "portal", r.Method, r.Host)
		fmt.Fprintln(rw, strings.Join(lines, "\n"))
	}))
	w := newWorld(t)
	w.global = `servers {
		expected_underscore_headers remote_user x_frontdesk_* x_forwarded_user
	}`
	cgi := fmt.Sprintf("http://cgi.localhost:%d", w.port)
	w.origins = " " + cgi
	w.sites = fmt.Sprintf("%s {\n\tfrontdesk client {\n\t\tpublic /public\n\t}\n\treverse_proxy %s {\n\t\ttransport fastcgi {\n\t\t\troot %s\n\t\t}\n\t}\n}\n", cgi, l.Addr(), t.TempDir())
	w.start()
	v := w.visitor()
	p := v.get(cgi + "/x")
	p = v.post(p, "email", "email", "ann@acme.example")
	p = v.post(p, "method", "method", "password")
	p = v.post(p, "prove", "password", testPassword)
	v.post(p, "stay", "stay", "no").wants(t, 200, `Remote-User: ["c-ann"]`, "REMOTE_USER=c-ann")
	for _, c := range []struct {
		name, path string
		signedIn   bool
		identity   []string
	}{
		{"signed in", "/x", true, []string{`Remote-User: ["c-ann"]`, "REMOTE_USER=c-ann", `X-Frontdesk-Account-Id: ["acme"]`}},
		{"on a public path", "/public", false, []string{"REMOTE_USER=\n"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			asker := w.visitor()
			if c.signedIn {
				asker = v
			}
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, cgi+c.path, nil)
			if err != nil {
				t.Fatal(err)
			}
			for _, name := range []string{
				"Remote-User", "Remote_User", "remote~user", "X_Frontdesk_Impersonator", "X-Frontdesk-Impersonator", "X_Forwarded_User", "X-Forwarded-User", "Proxy", "X-Real-Ip", "Forwarded",
				"Content~Length", "Connection~",
			} {
				r.Header[name] = []string{"evil"}
			}
			asker.do(r).wants(t, 200, append(c.identity, `X-Forwarded-For: ["127.0.0.1"]`)...).lacks(t, "Impersonator", "Forwarded-User", "Proxy:", "X-Real-Ip", "~Length")
			if got := asker.do(r); strings.Contains(strings.ReplaceAll(got.body, `Connection~: ["evil"]`, ""), "evil") {
				t.Errorf("received\n%s", got.body)
			}
		})
	}
}
