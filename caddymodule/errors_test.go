package caddymodule

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"golang.org/x/crypto/bcrypt"
)

// TestErrorRoutes: an error leads into handle_errors with what was set on the
// request, or, where it came before the directive, with what the client sent.
// The directive there judges the one and lets the other pass.
func TestErrorRoutes(t *testing.T) {
	hash, err := bcrypt.GenerateFromPassword([]byte("right"), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t)
	portal := "reverse_proxy " + w.portal.Listener.Addr().String()
	directive := "\n\tfrontdesk client {\n\t\tpublic /public /assets/* /down/public\n\t}\n"
	w.startWith("\n\tfrontdesk client {\n\t\tpublic /public /assets/*\n\t\t\n\t}\n\t"+portal+"\n", directive+
		"\tbasic_auth /locked/* {\n\t\tanybody "+string(hash)+"\n\t}\n"+
		"\thandle /down/* {\n\t\treverse_proxy 127.0.0.1:1\n\t}\n"+
		"\thandle {\n\t\t"+portal+"\n\t}\n"+
		"\thandle_errors {"+directive+"\t"+portal+"\n\t}\n")
	evil := http.Header{"Remote-User": {"evil"}, "X-Frontdesk-Entity": {"evil"}, "X-Forwarded-User": {"evil"}, "Connection": {"X-Frontdesk-Account-Id"}}
	ask := func(v *visitor, path string) page {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.origin("client")+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header = evil.Clone()
		return v.do(r)
	}
	stranger, ann := w.visitor(), w.visitor()
	ann.signIn(t)
	for _, c := range []struct {
		name, path string
		by         *visitor
		wants      []string
	}{
		{"before the directive, a stranger", "/locked/x", stranger, []string{`name="email"`}},
		{"before the directive, signed in", "/locked/x", ann, []string{"portal GET /locked/x", "Remote-User: c-ann\n", "X-Frontdesk-Account-Id: acme\n"}},
		{"after it, a stranger", "/down/x", stranger, []string{`name="email"`}},
		{"after it, signed in", "/down/x", ann, []string{"portal GET /down/x", "Remote-User: c-ann\n", "X-Frontdesk-Entity: contact\n", "X-Frontdesk-Account-Id: acme\n"}},
		{"after it, on a public path", "/down/public", stranger, []string{"portal GET /down/public"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			ask(c.by, c.path).wants(t, 200, c.wants...).lacks(t, "evil", "frontdesk=", "frontdesk-browser")
		})
	}
}

// TestErrorRoutesNameThePerson: also where a handler before the directive, in
// handle_errors, knows somebody by another name.
func TestErrorRoutesNameThePerson(t *testing.T) {
	hash, err := bcrypt.GenerateFromPassword([]byte("right"), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t)
	portal := "reverse_proxy " + w.portal.Listener.Addr().String()
	w.startWith("\t"+portal+"\n", "\treverse_proxy 127.0.0.1:1\n\thandle_errors {\n\tbasic_auth {\n\tanybody "+string(hash)+"\n\t}\n\tfrontdesk client\n\t"+
		portal+" {\n\theader_up X-Who {http.auth.user.id}\n\t}\n\t}\n")
	ann := w.visitor()
	ann.signInAt(w.origin("client"))
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.origin("client")+"/x", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.SetBasicAuth("anybody", "right")
	ann.do(r).wants(t, 200, "Remote-User: c-ann\n", "X-Who: c-ann\n")
}

// TestErrorRoutesOpenNothing: Caddy takes a request into handle_errors at the
// address that it came with, before any rewrite, and into that of another site,
// where that covers the host. What was let through as nobody's, or of another
// platform, is not let through there for that alone.
func TestErrorRoutesOpenNothing(t *testing.T) {
	w := newWorld(t)
	portal := "reverse_proxy " + w.portal.Listener.Addr().String()
	directive := "\n\tfrontdesk client {\n\t\tpublic /open /app/both\n\t}\n"
	w.origins = fmt.Sprintf(" http://more.localhost:%d", w.port)
	w.sites = fmt.Sprintf("http://more.localhost:%d {\n\turi strip_prefix /app"+directive+"\treverse_proxy 127.0.0.1:1\n"+
		"\thandle_errors {"+directive+"\t"+portal+"\n\t}\n}\n"+
		"http://*.localhost:%d {\n\tfrontdesk client\n\thandle_errors {\n\tfrontdesk client\n\t"+portal+"\n\t}\n}\n", w.port, w.port)
	w.startWith("\tfrontdesk tech \n\t"+portal+"\n", "\tfrontdesk tech {\n\t\tpublic /hook\n\t}\n\treverse_proxy 127.0.0.1:1\n")
	more := fmt.Sprintf("http://more.localhost:%d", w.port)
	stranger, ann, tom := w.visitor(), w.visitor(), w.visitor()
	ann.signInAt(more)
	p := tom.post(tom.begins(w.origin("tech"), "tech@msp.example"), "method", "method", "password")
	tom.post(tom.post(p, "prove", "password", testPassword), "stay", "stay", "no")
	for _, c := range []struct {
		name, address string
		by            *visitor
		status        int
		wants         string
	}{
		{"rewritten to a public path", more + "/app/open", stranger, 200, `name="email"`},
		{"the same, signed in", more + "/app/open", ann, 200, "Remote-User: c-ann\n"},
		{"public there, too", more + "/app/both", stranger, 200, `name="email"`},
		{"public at another site", w.origin("tech") + "/hook", stranger, 421, ""},
		{"signed in at another platform", w.origin("tech") + "/x", tom, 421, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := c.by.get(c.address).wants(t, c.status, c.wants)
			if c.by != ann {
				got.lacks(t, "portal GET")
			}
		})
	}
}

// fallingPortal is down for every request, and does before what out has for it.
func fallingPortal(t *testing.T) (address string, out chan<- func()) {
	t.Helper()
	events := make(chan func(), 1)
	down := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		select {
		case end := <-events:
			end()
		default:
		}
		panic(http.ErrAbortHandler)
	}))
	t.Cleanup(down.Close)
	return down.Listener.Addr().String(), events
}

// TestErrorRoutesJudgeAnew: Caddy takes a request into handle_errors with the
// method and the host that it came with, and so do handlers that copy it. What the
// directive refuses or sets, it does there, too, and by the session as it is then.
func TestErrorRoutesJudgeAnew(t *testing.T) {
	t.Setenv("OTEL_TRACES_EXPORTER", "none")
	w := newWorld(t)
	down, out := fallingPortal(t)
	portal := w.portal.Listener.Addr().String()
	w.startWith("\n\tfrontdesk client {\n\t\tpublic /public /assets/*\n\t\t\n\t}\n\treverse_proxy "+portal+"\n", "\n\ttracing\n\tmethod /any GET\n\tfrontdesk client\n"+
		"\treverse_proxy "+down+"\n"+
		"\thandle_errors {\n\t\tfrontdesk client {\n\t\t\tpublic /open\n\t\t}\n\t\treverse_proxy "+portal+" {\n\t\t\theader_up X-Who {http.auth.user.id}\n\t\t}\n\t}\n")
	host := "client.localhost:" + portOf(w)
	for _, c := range []struct {
		name, line, host string
		ends             bool // the session, while the portal is asked
		wants            []string
	}{
		{"host", "GET /x", strings.ToUpper(host), false, []string{"HTTP/1.1 200", "X-Forwarded-Host: " + host + "\n", "Remote-User: c-ann\n", "X-Who: c-ann\n"}},
		{"method", "TRACE /any", host, false, []string{"HTTP/1.1 501"}},
		{"unknown method", "BREW /any", host, false, []string{"HTTP/1.1 501"}},
		{"ended, on a public path", "GET /open", host, true, []string{"HTTP/1.1 200", "X-Who: \n"}},
		{"ended", "GET /x", host, true, []string{"HTTP/1.1 401"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			ann := w.visitor()
			ann.signInAt(w.origin("client"))
			cookies := ann.cookieLine()
			if c.ends {
				out <- func() { ann.signsOut("yes") }
			}
			answer := w.askAt(c.host, c.line, cookies, "Remote-User: evil")
			for _, want := range c.wants {
				if !strings.Contains(answer, want) {
					t.Errorf("no %q in\n%s", want, answer)
				}
			}
			if c.ends && strings.Contains(answer, "Remote-User") || strings.Contains(answer, "evil") {
				t.Errorf("somebody, in\n%s", answer)
			}
		})
	}
}
