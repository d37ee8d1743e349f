package caddymodule

import (
	"net/http"
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
