package caddymodule

import (
	"testing"

	"github.com/frontdesk-gateway/frontdesk/internal/certified"
)

// TestCertifiedProvider signs in at npm's certified oidc-provider, through the
// whole gateway.
func TestCertifiedProvider(t *testing.T) {
	w := newWorld(t)
	issuers := certified.Start(t, certified.Install(t), certified.Client{
		ID: "desk", Secret: "hush", RedirectURI: w.origin("client") + "/frontdesk/callback/certified", AuthMethod: "client_secret_basic",
	})
	w.methods = "methods email_token password certified"
	for _, c := range []struct{ name, issuer string }{
		{"claims in userinfo", issuers.Conforming},
		{"claims in the id_token", issuers.InToken},
	} {
		t.Run(c.name, func(t *testing.T) {
			w.options = "oidc certified {\n issuer " + c.issuer + "\n client_id desk\n client_secret hush\n label \"Certified\"\n}"
			w.start()
			v := w.visitor()
			p := v.get(w.origin("client") + "/here")
			p = v.post(p, "email", "email", "ann@acme.example").wants(t, 200, "Certified", `value="certified"`)
			p = v.post(p, "method", "method", "certified").wants(t, 200, `name="stay"`)
			v.post(p, "stay", "stay", "no").wants(t, 200, "GET /here\n", "Remote-User: c-ann\n", "X-Frontdesk-Method: certified\n")
		})
	}
}
