package caddymodule

import (
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"
)

// secretsOf are what a visitor's cookies hold.
func (v *visitor) secretsOf(t *testing.T) (secrets []string) {
	t.Helper()
	portal, err := url.Parse(v.world.origin("client"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range v.client.Jar.Cookies(portal) {
		if c.Name != "frontdesk-method" {
			secrets = append(secrets, c.Value)
		}
	}
	return secrets
}

// TestLogHoldsNoSecrets: by none of the methods, right or wrong, does the
// gateway's log tell anything that somebody could sign in with.
func TestLogHoldsNoSecrets(t *testing.T) {
	w, logs := loggedWorld(t)
	home := w.origin("client") + "/"
	const wrong = "a wrong passphrase of mine"
	secrets := []string{testPassword, wrong}

	v := w.visitor()
	p := v.post(v.get(home), "email", "email", "ann@acme.example")
	p = v.post(p, "method", "method", "password")
	p = v.post(p, "prove", "password", wrong).wants(t, http.StatusUnprocessableEntity)
	secrets = append(secrets, v.secretsOf(t)...)
	p = v.post(p, "prove", "password", testPassword)
	v.post(p, "stay", "stay", "yes").wants(t, 200, "Remote-User: c-ann\n")
	secrets = append(secrets, v.secretsOf(t)...)

	v = w.visitor()
	p = v.post(v.get(home), "email", "email", "ann@acme.example")
	p = v.post(p, "method", "method", "email_token")
	mail := w.mail("Ann@acme.example")
	link, err := url.Parse(mail.Link())
	if err != nil {
		t.Fatal(err)
	}
	secrets = append(secrets, mail.Code(), link.Query().Get("token"))
	v.get(mail.Link()).wants(t, 200)
	p = v.post(p, "prove", "code", "00000000").wants(t, http.StatusUnprocessableEntity)
	v.post(v.post(p, "prove", "code", mail.Code()), "stay", "stay", "no").wants(t, 200, "Remote-User: c-ann\n")
	secrets = append(secrets, v.secretsOf(t)...)
	v.postTo(w.origin("client")+"/frontdesk/sign-out", url.Values{"everywhere": {"yes"}}).wants(t, 200)

	v = w.visitor()
	callback := v.pickedCallback(v.toMicrosoft("ann@acme.example"), oidAnn)
	_, state, _ := strings.Cut(callback.Query().Get("state"), ".")
	secrets = append(secrets, callback.Query().Get("code"), state)
	v.get(callback.String()).wants(t, 200)
	v.get(callback.String())
	secrets = append(secrets, v.secretsOf(t)...)

	for name, file := range logs {
		if strings.HasPrefix(name, "ours_") { // the access log is Caddy's, and holds addresses
			checkNoSecrets(t, name, file, secrets)
		}
	}
}

// checkNoSecrets looks for each secret in a log of what was done.
func checkNoSecrets(t *testing.T, name, file string, secrets []string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !regexp.MustCompile(`(?s)sign-in attempt failed.*signed in.*signed out`).Match(text) {
		t.Errorf("%s: the sign-ins are not in it:\n%s", name, text)
	}
	for _, secret := range secrets {
		if len(secret) < 8 {
			t.Fatalf("%q is no secret", secret)
		}
		if strings.Contains(string(text), secret) {
			t.Errorf("%s tells %q", name, secret)
		}
	}
}
