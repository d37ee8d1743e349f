package caddymodule

import (
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// lookWalks reach each page once, and look at it.
var lookWalks = []walk{
	{"steps with a code", lookAtCode},
	{"steps with a password", lookAtPassword},
	{"steps with a new password", lookAtNewPassword},
	{"steps with a provider", lookAtProvider},
	{"session", lookAtSession},
	{"refusals", lookAtRefusals},
	{"in German, whose words are longer", lookAtGerman},
}

// looks are the ways a page is looked at: the widths of a phone, of a desk, and
// of a page enlarged four times (WCAG 2.2, 1.4.10).
var looks = []struct {
	name          string
	width, height int64
	scheme        string
}{
	{"phone-light", 390, 844, "light"},
	{"phone-dark", 390, 844, "dark"},
	{"desk-light", 1280, 800, "light"},
	{"desk-dark", 1280, 800, "dark"},
	{"narrow", 320, 640, "light"},
}

// look judges the page in every look, and keeps pictures (go test -artifacts).
func (b *tab) look(name string) *tab {
	b.t.Helper()
	b.chrome.loadAxe(b.t)
	for _, look := range looks {
		call(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{
				{Name: "prefers-color-scheme", Value: look.scheme},
				{Name: "prefers-reduced-motion", Value: "reduce"}, // else colours are judged while they change
			},
		})
		b.do(chromedp.EmulateViewport(look.width, look.height))
		if width := eval[int64](b, "document.documentElement.scrollWidth"); width > look.width {
			b.t.Errorf("%s, %s: the page is %d px wide", name, look.name, width)
		}
		for _, violation := range b.violations() {
			b.t.Errorf("%s, %s: %s", name, look.name, violation)
		}
		b.shoot(name + "-" + look.name)
	}
	return b
}

// violations are the breaches of WCAG 2.2, levels A and AA, that axe-core finds.
func (b *tab) violations() []string {
	b.t.Helper()
	const rules = `axe.run(document, {runOnly: {type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']}})
		.then(found => found.violations.flatMap(v => v.nodes.map(n => v.id + ' at ' + n.target + ': ' + n.failureSummary)))`
	if !eval[bool](b, "'axe' in window") {
		eval[chromedp.Void](b, b.chrome.axe)
	}
	return eval[[]string](b, rules)
}

// loadAxe installs the locked axe-core, once. It needs npm.
func (c *chrome) loadAxe(t *testing.T) {
	t.Helper()
	if c.axe != "" {
		return
	}
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(filepath.Join("testdata", "axe"))); err != nil {
		t.Fatal(err)
	}
	npm := exec.CommandContext(t.Context(), "npm", "ci", "--ignore-scripts")
	npm.Dir = dir
	if out, err := npm.CombinedOutput(); err != nil {
		t.Fatalf("npm ci: %v\n%s", err, out)
	}
	source, err := os.ReadFile(filepath.Join(dir, "node_modules", "axe-core", "axe.min.js"))
	if err != nil {
		t.Fatal(err)
	}
	c.axe = string(source)
}

func lookAtCode(b *tab) {
	b.visit(b.world.origin("client") + "/").look("email")
	b.fill("email", "x@nowhere.example").submit().look("email-unregistered")
	b.fill("email", "two@acme.example").submit().look("method")
	mail := b.mailed("two@acme.example", func() { b.choose("method", "email_token").wants(200, "We have sent").look("code") })
	b.fill("code", "1234").submit().look("code-wrong")
	b.chrome.visitor(b.t, b.world).visit(mail.Link()).look("link-elsewhere")
	b.tab().visit(mail.Link()).look("link")
	b.fill("code", mail.Code()).submit().look("stay")
	b.choose("stay", "no").look("account")
	b.choose("account", "acme").wants(200, "Remote-User: c-two-acme\n")
}

func lookAtPassword(b *tab) {
	b.begin(b.world.origin("client")+"/", "both@msp.example").look("platform")
	b.choose("platform", "tech").choose("method", "password").look("password")
	b.fill("password", "wrong").submit().look("password-wrong")
	other := b.tab()
	other.visit(b.address()).wants(200, "Enter your password")
	b.fill("password", testPassword).submit()
	other.fill("password", testPassword).submit().wants(200, "Your answer was for an earlier step.").look("stay-notice")
}

func lookAtNewPassword(b *tab) {
	b.asTech().session("tech").choose("password", "change").look("new-password")
	b.fill("password", testPassword).fill("new_password", "short").submit().look("new-password-short")
	mail := b.mailed("tech@msp.example", func() { b.choose("forgot", "yes").look("code-for-a-password") })
	b.visit(mail.Link()).look("link-for-a-password").submit().look("new-password-alone")
	b.fill("new_password", chosenPassword).submit().wants(200, "Your password is set.").look("session-password-set")
}

func lookAtProvider(b *tab) {
	b.begin(b.world.origin("client")+"/", "newcomer@acme.example").choose("method", "microsoft").look("standin")
	b.choose("cancel", "yes").look("method-cancelled")
	b.choose("method", "microsoft").choose("person", oidNew).look("create-confirm")
	b.fill("given_name", "").submit().wants(422, "First name is missing.").look("create-problem")
	other := b.chrome.visitor(b.t, b.world)
	other.begin(b.world.origin("client")+"/", "ann@acme.example").choose("method", "microsoft").choose("person", oidMixed).look("other-address")
	third := b.chrome.visitor(b.t, b.world)
	third.begin(b.world.origin("client")+"/", "mixed@acme.example").proveByCode("mixed@acme.example")
	third.choose("stay", "no").choose("account", "strict").choose("cancel", "yes").look("method-account")
	fourth := b.chrome.visitor(b.t, b.world)
	fourth.begin(b.world.origin("client")+"/", "fresh@acme.example").proveByCode("fresh@acme.example").look("create")
}

func lookAtSession(b *tab) {
	b.chrome.visitor(b.t, b.world).asBoth()
	b.asBoth().session("client").look("session")
	b.chrome.visitor(b.t, b.world).asTwo().session("client").look("session-accounts")
	b.visit(b.world.origin("client") + "/frontdesk/sign-out").look("sign-out")
	b.submit().look("signed-out")
}

func lookAtRefusals(b *tab) {
	client := b.world.origin("client")
	b.visit(client + "/assets/form.html").submit().look("unauthorized")
	b.visit(client + "/frontdesk/sign-in?journey=AAAAAAAAAAAAAAAAAAAAAAAAAA").look("expired")
	b.visit(client + "/frontdesk/nothing").look("not-found")
	b.visit(fmt.Sprintf("http://other.localhost:%d/", b.world.port)).look("misdirected")
	b.visit(client+"/frontdesk/sign-in?return="+strings.Repeat("x", 33<<10)).wants(414, "This address is too long").look("address-too-long")
	other := b.chrome.visitor(b.t, b.world)
	other.begin(client+"/", "off@acme.example").proveByCode("off@acme.example").wants(403, "Your access is switched off").look("inactive")
	other.visit("data:text/html," + url.PathEscape(`<main><form method="post" action="`+client+`/frontdesk/sign-out"><button class="main">Win</button></form></main>`))
	other.submit().wants(403, "This request was not accepted").look("forbidden")
	other.visit(client + "/assets/form.html")
	kept := eval[int](other, `for (let i = 0; i < 20; i++) document.cookie = 'bomb' + i + '=' + 'x'.repeat(4000) + '; path=/'; document.cookie.length`)
	if kept < 64<<10 { // reading waits for what was set
		other.t.Fatalf("the browser keeps %d bytes of cookies", kept)
	}
	other.visit(client+"/frontdesk/sign-in").wants(431, "Your browser sent too many cookies").look("cookies-too-large")
}

func lookAtGerman(b *tab) {
	client := b.world.origin("client")
	b.inGerman().visit(client + "/").look("de-email")
	b.fill("email", "x@nowhere.example").submit().look("de-email-unregistered")
	b.fill("email", "two@acme.example").submit().look("de-method")
	mail := b.mailed("two@acme.example", func() { b.choose("method", "email_token").wants(200, "Code").look("de-code") })
	b.fill("code", "1234").submit().look("de-code-wrong")
	b.fill("code", mail.Code()).submit().look("de-stay")
	b.choose("stay", "no").look("de-account")
	b.choose("account", "acme").wants(200, "Remote-User: c-two-acme\n")
	b.visit(client + "/frontdesk/session").look("de-session")
	b.choose("password", "change").look("de-new-password")
	b.visit(client + "/frontdesk/sign-out").look("de-sign-out")
	b.submit().look("de-signed-out")
	b.visit(client + "/assets/form.html").submit().look("de-unauthorized")
	b.visit(client + "/frontdesk/nothing").look("de-not-found")
}

// inGerman has the browser ask for German.
func (b *tab) inGerman() *tab {
	b.t.Helper()
	call(b, network.SetExtraHTTPHeaders, network.SetExtraHTTPHeadersParams{Headers: network.Headers{"Accept-Language": "de"}})
	return b
}
