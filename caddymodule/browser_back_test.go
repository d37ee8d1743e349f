package caddymodule

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// backWalks go back, forth and twice: every step can be answered anew for as
// long as nothing was proved by it.
var backWalks = []walk{
	{"back to another address", walkBackToEmail},
	{"back to another method", walkBackToMethod},
	{"back to another platform", walkBackToPlatform},
	{"back after the proof", walkBackAfterProof},
	{"back after the end", walkBackAfterEnd},
	{"two tabs, two addresses", walkTwoTabs},
	{"a last step pressed twice", walkDoubleClick},
	{"a last step whose answer was lost", walkLostAnswer},
	{"a stale page of an earlier step", walkStale},
}

func walkBackToEmail(b *tab) {
	b.begin(b.world.origin("client")+"/e", "two@acme.example").wants(200, "two@acme.example")
	b.back().wants(200, "Enter the email address")
	b.fill("email", "ann@acme.example").submit().wants(200, "ann@acme.example", "Use my password").lacks("two@acme.example")
	b.click("a.restart").wants(200, "Enter the email address")
	b.fill("email", "ann@acme.example").submit().proveByPassword()
	b.choose("stay", "no").at(b.world.origin("client")+"/e").wants(200, "Remote-User: c-ann\n")
}

func walkBackToMethod(b *tab) {
	b.begin(b.world.origin("client")+"/", "ann@acme.example")
	mail := b.mailed("Ann@acme.example", func() { b.choose("method", "email_token").wants(200, "Check your mail") })
	b.back().wants(200, "Choose how you want to sign in.")
	b.choose("method", "password").wants(200, "Enter your password")
	b.click(`form:has(input[name="step"][value="method"]) button`).wants(200, "Choose how you want to sign in.")
	b.choose("method", "microsoft").wants(200, "Pick who you are")
	b.back().wants(200, "Choose how you want to sign in.")
	b.choose("method", "email_token").wants(200, "Check your mail")
	b.fill("code", mail.Code()).submit().wants(200, "Stay signed in?") // the first mail's: no second one was needed
}

func walkBackToPlatform(b *tab) {
	b.begin(b.world.origin("client")+"/p", "both@msp.example")
	b.choose("platform", "tech").wants(200, "Sign in to Tech Portal")
	b.back().wants(200, "Where do you want to go?")
	b.choose("platform", "admin").wants(200, "Pick who you are")
	b.back().wants(200, "Where do you want to go?")
	b.choose("platform", "client").wants(200, "Choose how you want to sign in.")
	b.choose("method", "microsoft").choose("person", oidBoth).choose("stay", "no").at(b.world.origin("client")+"/p").wants(200, "Remote-User: c-both\n")
}

func walkBackAfterProof(b *tab) {
	b.begin(b.world.origin("client")+"/", "two@acme.example")
	b.proveByCode("two@acme.example").wants(200, "Stay signed in?")
	b.back().wants(200, "Stay signed in?") // what was proved stays proved
	b.choose("stay", "yes").wants(200, "Choose an account")
	b.back().wants(200, "Stay signed in?")
	b.choose("stay", "no").wants(200, "Choose an account")
	b.choose("account", "acme").wants(200, "Remote-User: c-two-acme\n")
	if !b.cookie().Session {
		b.t.Error("the first answer to step 5 was kept, not the last")
	}
}

func walkBackAfterEnd(b *tab) {
	home := b.world.origin("client") + "/home?tab=2"
	b.begin(home, "ann@acme.example").proveByPassword()
	b.choose("stay", "no").at(home)
	for range 4 { // steps 5, 3, 3 and 1
		b.back().at(home).wants(200, "Remote-User: c-ann\n")
	}
}

func walkTwoTabs(b *tab) {
	client := b.world.origin("client")
	other := b.tab()
	b.begin(client+"/one", "ann@acme.example")
	other.begin(client+"/two", "two@acme.example")
	b.proveByPassword().wants(200, "ann@acme.example")
	other.proveByCode("two@acme.example").wants(200, "two@acme.example")
	b.choose("stay", "no").at(client+"/one").wants(200, "Remote-User: c-ann\n")
	first := b.cookie()
	other.choose("stay", "no").choose("account", "acme").at(client+"/two").wants(200, "Remote-User: c-two-acme\n")
	b.visit(client+"/one").wants(200, "Remote-User: c-two-acme\n")
	b.ended(first)
}

// ended fails the test where a session's cookie is still good.
func (b *tab) ended(cookie *network.Cookie) {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), http.MethodGet, b.world.origin("client")+"/", nil)
	b.check(err)
	r.AddCookie(&http.Cookie{Name: cookie.Name, Value: cookie.Value})
	b.world.visitor().do(r).wants(b.t, 200, `name="email"`)
}

func walkDoubleClick(b *tab) {
	home := b.world.origin("client") + "/d"
	b.begin(home, "ann@acme.example").proveByPassword()
	at := eval[struct{ X, Y, Width, Height float64 }](b, fmt.Sprintf("document.querySelector(%q).getBoundingClientRect().toJSON()", button("stay", "no")))
	click := chromedp.MouseClickXY(at.X+at.Width/2, at.Y+at.Height/2)
	b.do(click, click, chromedp.WaitVisible(chromedp.CSS("pre"))) // what the portal answers
	b.at(home).wants(200, "Remote-User: c-ann\n")
}

func walkLostAnswer(b *tab) {
	home := b.world.origin("client") + "/lost"
	b.begin(home, "ann@acme.example").proveByPassword()
	again := b.tab()
	again.visit(b.address()).wants(200, "Stay signed in?")
	b.choose("stay", "no").at(home)
	session := received(b, "X-Frontdesk-Session")
	call(b, network.DeleteCookies, network.DeleteCookiesParams{Name: plainCookie, URL: home})
	again.choose("stay", "no").at(home).wants(200, "Remote-User: c-ann\n", "X-Frontdesk-Session: "+session+"\n")

	third := b.tab()
	third.visit(b.world.origin("client")+"/frontdesk/sign-out").submit().wants(200, "You are signed out")
	third.visit(home).wants(200, "Enter the email address")
}

// received is a header that the portal on show received.
func received(b *tab, header string) string {
	b.t.Helper()
	_, rest, found := strings.Cut(b.text(), "\n"+header+": ")
	if !found {
		b.t.Fatalf("the portal received no %s:\n%s", header, b.text())
	}
	value, _, _ := strings.Cut(rest, "\n")
	return value
}

func walkStale(b *tab) {
	b.begin(b.world.origin("client")+"/", "ann@acme.example").wants(200, "Use my password")
	stale := b.tab()
	stale.visit(b.address()).wants(200, "Use my password")
	b.proveByPassword().wants(200, "Stay signed in?")
	stale.choose("method", "email_token").wants(200, "Your answer was for an earlier step. Go on here.", "Stay signed in?")
	stale.choose("stay", "no").wants(200, "Remote-User: c-ann\n", "X-Frontdesk-Method: password\n")
}
