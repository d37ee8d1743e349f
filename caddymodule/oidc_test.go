package caddymodule

import (
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/frontdesk-gateway/frontdesk/internal/certified"
	"github.com/frontdesk-gateway/frontdesk/internal/directory"
)

// TestCertifiedProvider signs in at npm's certified oidc-provider, through the
// whole gateway, and out again.
func TestCertifiedProvider(t *testing.T) {
	w := newWorld(t)
	issuers := certified.Start(t, certified.Install(t), certified.Client{
		ID: "desk", Secret: "hush", RedirectURI: w.origin("client") + "/frontdesk/callback/certified", AuthMethod: "client_secret_basic",
		PostLogoutURI: w.origin("client") + "/frontdesk/sign-out",
	})
	w.methods = "methods email_token password certified"
	for _, c := range []struct{ name, issuer string }{
		{"claims in userinfo", issuers.Conforming},
		{"claims in the id_token", issuers.InToken},
	} {
		t.Run(c.name, func(t *testing.T) {
			w.certified(c.issuer)
			w.visitor().signInCertified(t)
		})
	}
	t.Run("signing out here alone", func(t *testing.T) {
		w.certified(issuers.InToken)
		v := w.visitor()
		v.signInCertified(t)
		v.post(v.signOutPage(), "").wants(t, 200, "Your session in this browser has ended.")
		if answer := v.askSilently(issuers.InToken); answer.Get("code") == "" {
			t.Errorf("the provider's session ended, too: %v", answer)
		}
	})
	for _, c := range []struct {
		name, says string
		fields     []string
	}{
		{"signing out there, too", "Your session in this browser has ended.", nil},
		{"signing out everywhere, and there", "All your sessions have ended", []string{"everywhere", "yes"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w.certified(issuers.InToken, "end_session")
			v := w.visitor()
			v.signInCertified(t)
			if answer := v.askSilently(issuers.InToken); answer.Get("code") == "" {
				t.Fatalf("the provider keeps no session: %v", answer)
			}
			asks := v.post(v.signOutPage().wants(t, 200, "You will be signed out of <bdi>Certified</bdi>"), "", c.fields...)
			asks.wants(t, 200, "Do you want to sign-out from "+strings.TrimPrefix(issuers.InToken, "http://"))
			done := v.confirm(asks).wants(t, 200, "You are signed out", c.says).lacks(t, "You may still")
			if at := done.Request.URL; at.Path != "/frontdesk/sign-out" || at.Host != strings.TrimPrefix(w.origin("client"), "http://") {
				t.Errorf("landed at %s", at)
			}
			v.get(w.origin("client")+"/").wants(t, 200, `name="email"`)
			if answer := v.askSilently(issuers.InToken); answer.Get("error") != "login_required" {
				t.Errorf("the provider does not ask for a sign-in: %v", answer)
			}
		})
	}
}

// certified runs the gateway with the certified provider, and these further
// options. Its person is unlinked: at another issuer they are somebody else.
func (w *world) certified(issuer string, options ...string) {
	w.t.Helper()
	w.options = "oidc certified {\n issuer " + issuer + "\n client_id desk\n client_secret hush\n label \"Certified\"\n " + strings.Join(options, "\n ") + "\n}"
	w.start()
	d, err := runningDesk()
	if err == nil {
		_, err = d.unlink(w.t.Context(), unlinkRequest{Kind: directory.KindContact, ID: "c-ann"})
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

func (v *visitor) signInCertified(t *testing.T) {
	t.Helper()
	p := v.get(v.world.origin("client") + "/here")
	p = v.post(p, "email", "email", "ann@acme.example").wants(t, 200, "Certified", `value="certified"`)
	p = v.post(p, "method", "method", "certified").wants(t, 200, `name="stay"`)
	v.post(p, "stay", "stay", "no").wants(t, 200, "GET /here\n", "Remote-User: c-ann\n", "X-Frontdesk-Method: certified\n")
}

func (v *visitor) signOutPage() page {
	v.t.Helper()
	return v.get(v.world.origin("client")+"/frontdesk/sign-out").wants(v.t, 200, "Sign out?")
}

// askSilently asks the provider for a code without a word to the person
// (OpenID Connect Core, 3.1.2.1), and returns the answer: it has one for who is
// signed in there alone.
func (v *visitor) askSilently(issuer string) url.Values {
	v.t.Helper()
	query := url.Values{"client_id": {"desk"}, "response_type": {"code"}, "scope": {"openid"}, "prompt": {"none"},
		"redirect_uri":   {v.world.origin("client") + "/frontdesk/callback/certified"},
		"code_challenge": {strings.Repeat("x", 43)}, "code_challenge_method": {"S256"}}
	answer, err := v.stay().get(issuer + "/auth?" + query.Encode()).Location()
	v.follow()
	if err != nil {
		v.t.Fatal(err)
	}
	return answer.Query()
}

var (
	confirmAction = regexp.MustCompile(`<form id="op.logoutForm" method="post" action="([^"]+)"`)
	confirmSecret = regexp.MustCompile(`name="xsrf" value="([^"]+)"`)
)

// confirm says yes to the certified provider's question.
func (v *visitor) confirm(asks page) page {
	v.t.Helper()
	action, secret := confirmAction.FindStringSubmatch(asks.body), confirmSecret.FindStringSubmatch(asks.body)
	if action == nil || secret == nil {
		v.t.Fatalf("no form in\n%s", asks.body)
	}
	return v.postTo(action[1], url.Values{"xsrf": {secret[1]}, "logout": {"yes"}})
}
