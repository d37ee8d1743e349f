package caddymodule

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// passwordWalks are what people do about their passwords, each about another
// person's.
var passwordWalks = []walk{
	{"forgotten, set anew, and changed", walkForgotten},
	{"a first password", walkFirstPassword},
	{"forgotten by somebody signed in", walkForgottenSignedIn},
}

// Passwords that people choose in the walks.
const (
	chosenPassword = "nine lamps along the harbour"
	laterPassword  = "ten lamps and a lighthouse"
)

// told is the mail about a new password that an act of the visitor caused.
func (b *tab) told(to string, act func()) {
	b.t.Helper()
	mail := b.mailed(to, act)
	if !strings.Contains(mail.Subject, "Your password for") || !strings.Contains(mail.Text, "127.0.0.1") && !strings.Contains(mail.Text, "::1") {
		b.t.Errorf("the mail is about %q:\n%s", mail.Subject, mail.Text)
	}
}

func walkForgotten(b *tab) {
	client := b.world.origin("client")
	elsewhere := b.chrome.visitor(b.t, b.world)
	elsewhere.begin(client+"/", "ann@acme.example").proveByCode("Ann@acme.example").choose("stay", "no").wants(200, "Remote-User: c-ann\n")

	b.begin(client+"/tickets", "ann@acme.example").choose("method", "password").wants(200, "Enter your password", "Forgot your password?")
	mail := b.mailed("Ann@acme.example", func() { b.choose("forgot", "yes").wants(200, "Check your mail") })
	b.fill("code", mail.Code()).submit().wants(200, "Choose a new password", "At least 15 characters")
	if !b.has(`form input[name="email"][autocomplete="username"][readonly]`) || b.value("email") != "ann@acme.example" ||
		!b.has(`form input[name="new_password"][autocomplete="new-password"]`) || b.has(`input[name="password"]`) {
		b.t.Errorf("the page's fields are not what password managers look for")
	}
	b.fill("new_password", "ann@acme.example").submit().wants(422, "There is a problem", "little more than your name")
	if got := b.value("new_password"); got != "" {
		b.t.Errorf("the password %q is shown again", got)
	}
	b.told("Ann@acme.example", func() { b.fill("new_password", chosenPassword).submit().wants(200, "Stay signed in?") })
	b.choose("stay", "no").at(client+"/tickets").wants(200, "Remote-User: c-ann\n", "X-Frontdesk-Method: email_token\n")
	elsewhere.visit(client+"/").wants(200, "Enter the email address")

	elsewhere.begin(client+"/", "ann@acme.example").choose("method", "password")
	elsewhere.fill("password", testPassword).submit().wants(422, "This password is not right")
	elsewhere.fill("password", chosenPassword).submit().choose("stay", "no").wants(200, "X-Frontdesk-Method: password\n")

	before := b.cookie()
	b.session("client").wants(200, "Your password was set on").choose("password", "change").wants(200, "Current password", "New password", "Cancel")
	b.click("a.cancel").wants(200, "Your session")
	b.choose("password", "change").fill("password", "wrong").fill("new_password", laterPassword).submit().wants(422, "This password is not right")
	b.told("Ann@acme.example", func() {
		b.fill("password", chosenPassword).fill("new_password", laterPassword).submit().wants(200, "Your session", "Your password is set.")
	})
	b.ended(before)
	elsewhere.visit(client+"/").wants(200, "Enter the email address")
	b.visit(client+"/").wants(200, "Remote-User: c-ann\n", "X-Frontdesk-Method: email_token\n")
}

func walkFirstPassword(b *tab) {
	client := b.world.origin("client")
	b.asTwo().session("client").wants(200, "You have no password yet.")
	mail := b.mailed("two@acme.example", func() { b.choose("password", "change").wants(200, "Check your mail") })
	b.visit(mail.Link()).wants(200, "Confirm your address").submit().wants(200, "Choose a new password")
	b.told("two@acme.example", func() { b.fill("new_password", chosenPassword).submit().wants(200, "Your password is set.") })
	b.back().wants(200, "Your password is set.")
	b.visit(client+"/").wants(200, "Remote-User: c-two-acme\n")
	other := b.chrome.visitor(b.t, b.world)
	other.begin(client+"/", "two@acme.example").choose("method", "password").fill("password", chosenPassword).submit()
	other.choose("stay", "no").choose("account", "borg").wants(200, "Remote-User: c-two-borg\n")
}

func walkForgottenSignedIn(b *tab) {
	b.asTech().session("tech").choose("password", "change").wants(200, "Forgot your password?")
	mail := b.mailed("tech@msp.example", func() { b.choose("forgot", "yes").wants(200, "Check your mail").lacks("Use another method") })
	b.back().wants(200, "Current password") // remembered after all, or not
	b.tab().visit(mail.Link()).wants(200, "Confirm your address").submit().wants(200, "Choose a new password").lacks("Current password").
		fill("new_password", chosenPassword).submit().wants(200, "Your password is set.")
	b.visit(b.world.origin("tech")+"/").wants(200, "Remote-User: m-tech\n", "X-Frontdesk-Method: password\n")
}

// TestBrowserSendsAPasswordAgain: a page that answered a form and is loaded again sends the
// form again. A password that was not judged, as there were too many before it, is of no use
// to whoever does so after its person signed out.
func TestBrowserSendsAPasswordAgain(t *testing.T) {
	w := newWorld(t)
	w.start()
	b, client := startChrome(t).visitor(t, w), w.origin("client")
	b.begin(client+"/", "ann@acme.example").choose("method", "password")
	for range 5 {
		b.fill("password", "wrong").submit()
	}
	b.fill("password", testPassword).submit().wants(429, "too many")
	other := b.tab()
	other.begin(client+"/", "ann@acme.example").proveByCode("Ann@acme.example").choose("stay", "no").wants(200, "Remote-User: c-ann\n")
	other.visit(client+"/frontdesk/sign-out").submit().wants(200, "You are signed out")
	b.navigate(chromedp.Reload()).wants(410, "Please start again")
}
