package caddymodule

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// TestBrowserForgets: once somebody has signed out, or switched the account, the
// back button asks the server again and shows no portal's page of before: neither
// one that the browser kept alive for it, nor one from its cache, though the portal
// allowed both.
func TestBrowserForgets(t *testing.T) {
	w := newWorld(t)
	w.scheme = "https"
	w.start()
	w.awaitCertificates()
	for name, disabled := range map[string]string{"pages kept alive": "Translate", "the cache alone": "Translate,BackForwardCache"} {
		t.Run(name, func(t *testing.T) {
			c := startChrome(t, chromedp.Flag("disable-features", disabled), chromedp.Flag("ignore-certificate-errors-spki-list", w.authorityPin()))
			b, home := c.visitor(t, w), w.origin("client")+"/home"
			b.asAnn(home)
			b.visit(home+"?further").wants(200, "Remote-User: c-ann\n")
			b.visit(w.origin("client")+"/frontdesk/sign-out").submit().wants(200, "You are signed out")
			b.back().wants(200, "You are signed out")
			for range 2 {
				b.back().wants(200, "Enter the email address").lacks("Remote-User")
			}

			two := c.visitor(t, w)
			two.asTwo().session("client").choose("account", "borg").wants(200, "Remote-User: c-two-borg\n")
			two.back().wants(200, "Your session")
			two.back().at(w.origin("client")+"/").wants(200, "Remote-User: c-two-borg\n")
		})
	}
}

// TestBrowserForgetsWhoClosedIt: who closed the browser and did not sign out has left
// pages in its cache, and no cookie there tells of them. They are shown to nobody who
// signs in next, though the portal lets browsers keep them for a time.
func TestBrowserForgetsWhoClosedIt(t *testing.T) {
	w := newWorld(t)
	w.scheme = "https"
	w.origins = " " + w.origin("alias")
	w.sites = fmt.Sprintf("%s {\n\tfrontdesk client\n\treverse_proxy %s {\n\t\theader_down Cache-Control \"private, max-age=600\"\n\t}\n}\n", w.origin("alias"), w.portal.Listener.Addr())
	w.start()
	w.awaitCertificates("alias")
	c := startChrome(t, chromedp.Flag("ignore-certificate-errors-spki-list", w.authorityPin()))
	b, alias := c.visitor(t, w), w.origin("alias")
	b.asAnn(alias+"/").visit(alias+"/home").wants(200, "Remote-User: c-ann\n")
	for _, cookie := range call(b, network.GetCookies, network.GetCookiesParams{URLs: []string{alias}}).Cookies {
		if cookie.Session {
			call(b, network.DeleteCookies, network.DeleteCookiesParams{Name: cookie.Name, URL: alias})
		}
	}
	b.visit(alias+"/frontdesk/sign-in").fill("email", "two@acme.example").submit().proveByCode("two@acme.example")
	b.choose("stay", "no").choose("account", "acme").wants(200, "Remote-User: c-two-acme\n")
	b.visit(alias+"/home").wants(200, "Remote-User: c-two-acme\n")
}

// TestNamePlantedBeforeSignIn: a script of a portal, on a public page say, gives
// the browser the name of somebody else's, who has begun a sign-in; what a person
// proves here would be theirs.
func TestNamePlantedBeforeSignIn(t *testing.T) {
	w := newWorld(t)
	w.scheme = "https"
	w.servePages()
	w.start()
	w.awaitCertificates()
	c := startChrome(t, chromedp.Flag("ignore-certificate-errors-spki-list", w.authorityPin()))
	b, client, stranger := c.visitor(t, w), w.origin("client"), w.visitor()
	name, _ := stranger.named(client)
	p := stranger.get(client + "/")
	p = stranger.post(p, "email", "email", "ann@acme.example")
	p = stranger.post(p, "method", "method", "password").wants(t, 200, "Enter your password")

	b.visit(client + "/assets/form.html").plant(name)
	b.visit(p.Request.URL.String()).wants(410, "Please start again")
	b.asAnn(client + "/")
}

// TestSecondSessionCookie: a script of a portal can plant one beside the session's, which
// keeps out who is there. It goes with the next sign-in and sign-out, so that nobody is kept
// out for good.
func TestSecondSessionCookie(t *testing.T) {
	w := newWorld(t)
	w.scheme = "https"
	w.start()
	w.awaitCertificates()
	c := startChrome(t, chromedp.Flag("ignore-certificate-errors-spki-list", w.authorityPin()))
	b, client := c.visitor(t, w), w.origin("client")
	plant := func() {
		eval[string](b, "document.cookie = '__Host-frontdesk=\"; path=/; secure; partitioned; max-age=1000000'") // Go reads no such value
	}
	b.asAnn(client + "/home")
	plant()
	b.visit(client+"/home").wants(200, "Enter the email address")
	b.asAnn(client+"/home").wants(200, "Remote-User: c-ann\n")
	plant()
	b.visit(client+"/frontdesk/sign-out").submit().wants(200, "You are signed out")
	b.visit(client+"/frontdesk/sign-out").wants(200, "You are signed out")
	plant()
	b.asAnn(client+"/home").wants(200, "Remote-User: c-ann\n")
}

// authorityPin names the key of Caddy's own authority to the browser: what it
// has issued is trusted wholly then, where ignored errors would switch off what
// browsers do at https alone.
func (w *world) authorityPin() string {
	w.t.Helper()
	text, err := os.ReadFile(filepath.Join(filepath.Dir(w.store), "caddy", "pki", "authorities", "local", "intermediate.crt"))
	if err != nil {
		w.t.Fatal(err)
	}
	block, _ := pem.Decode(text)
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		w.t.Fatal(err)
	}
	pin := sha256.Sum256(certificate.RawSubjectPublicKeyInfo)
	return base64.StdEncoding.EncodeToString(pin[:])
}
