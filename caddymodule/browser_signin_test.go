package caddymodule

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/chromedp/cdproto/network"

	"github.com/frontdesk-gateway/frontdesk/internal/outbox"
)

// signInWalks are ways through the six steps that end at a portal, or short of
// it for a reason.
var signInWalks = []walk{
	{"emailed code", walkCode},
	{"emailed link, in the browser that asked", walkLink},
	{"emailed link, in another browser", walkLinkElsewhere},
	{"password", walkPassword},
	{"microsoft", walkMicrosoft},
	{"microsoft: cancelled, then another person", walkMicrosoftOther},
	{"new contact, by code", walkCreateByCode},
	{"new contact, by microsoft", walkCreateByMicrosoft},
	{"two accounts", walkAccounts},
	{"an account that asks for another method", walkAccountMethod},
	{"contact and member, entered at another origin", walkPlatforms},
	{"member", walkMember},
	{"member of tech alone, at admin", walkMemberElsewhere},
	{"unknown address", walkUnknown},
	{"stay signed in: yes", walkStay},
	{"stay signed in: no", walkStayNot},
}

// mailed returns the mail that an act of the visitor caused.
func (b *tab) mailed(to string, act func()) outbox.Mail {
	b.t.Helper()
	last := 0
	if mails := b.world.outbox.Mails(); len(mails) > 0 {
		last = mails[0].ID
	}
	act()
	ctx, cancel := context.WithTimeout(b.t.Context(), patience)
	defer cancel()
	mail, err := b.world.outbox.Wait(ctx, func(m outbox.Mail) bool { return m.ID > last && strings.Contains(m.To, to) })
	if err != nil {
		b.t.Fatalf("waiting for a mail to %s: %v", to, err)
	}
	return mail
}

// begin answers step 1 at an address of a portal.
func (b *tab) begin(address, email string) *tab {
	b.t.Helper()
	b.visit(address).wants(200, "Enter the email address you use at work.")
	return b.fill("email", email).submit()
}

// proveByCode goes on from the choice of methods to step 5.
func (b *tab) proveByCode(email string) *tab {
	b.t.Helper()
	mail := b.mailed(email, func() { b.choose("method", "email_token").wants(200, "Check your mail") })
	return b.fill("code", mail.Code()).submit()
}

// proveByPassword does so with the password that the sample people share.
func (b *tab) proveByPassword() *tab {
	b.t.Helper()
	return b.choose("method", "password").fill("password", testPassword).submit()
}

func walkCode(b *tab) {
	deep := b.world.origin("client") + "/tickets/7?sort=new&q=a%2Fb+c&u=%C3%BC&e="
	b.begin(deep, " ann@ACME.example ").wants(200, "Sign in to Client Portal", "Continue with Microsoft", "Email me a code", "Use my password")
	mail := b.mailed("Ann@acme.example", func() { b.choose("method", "email_token").wants(200, "We have sent a code to ann@acme.example") })
	b.fill("code", "0000 0000").submit().wants(422, "There is a problem", "This code is not right.")
	b.fill("code", "  "+mail.Code()+" ").submit().wants(200, "Stay signed in?")
	b.choose("stay", "no").at(deep).wants(200, "portal GET /tickets/7?sort=new&q=a%2Fb+c&u=%C3%BC&e=\n",
		"Remote-User: c-ann\n", "Remote-Email: Ann@acme.example\n", "Remote-Name: Ann Archer\n", "Remote-Groups: users,a%2Cb\n",
		"X-Frontdesk-Platform: client\n", "X-Frontdesk-Entity: contact\n", "X-Frontdesk-Account-Id: acme\n", "X-Frontdesk-Account-Name: Acme Widgets\n",
		"X-Frontdesk-Method: email_token\n", "X-Frontdesk-Session: ", "X-Frontdesk-Assertion: ")
	b.lacks("Cookie:", "frontdesk=")
}

func walkLink(b *tab) {
	home := b.world.origin("client") + "/linked"
	b.begin(home, "ann@acme.example")
	mail := b.mailed("Ann@acme.example", func() { b.choose("method", "email_token").wants(200, "Check your mail") })
	second := b.tab()
	second.visit(mail.Link()).wants(200, "Finish signing in", "Press the button")
	second.submit().wants(200, "Stay signed in?")
	b.submit().wants(200, "Your answer was for an earlier step. Go on here.", "Stay signed in?")
	second.choose("stay", "no").at(home).wants(200, "Remote-User: c-ann\n", "X-Frontdesk-Method: email_token\n")
	b.choose("stay", "yes").at(home).wants(200, "Remote-User: c-ann\n")
	second.visit(mail.Link()).at(home).wants(200, "Remote-User: c-ann\n")
}

func walkLinkElsewhere(b *tab) {
	b.begin(b.world.origin("client")+"/", "ann@acme.example")
	mail := b.mailed("Ann@acme.example", func() { b.choose("method", "email_token") })
	phone := b.chrome.visitor(b.t, b.world)
	phone.visit(mail.Link()).wants(200, "Use the code instead", "This link works only in the browser in which it was asked for.")
	if phone.has("form, button, input, main a") {
		b.t.Error("the page in another browser has more than words")
	}
	phone.visit(b.world.origin("client")+"/").wants(200, "Enter the email address")
	b.fill("code", mail.Code()).submit().wants(200, "Stay signed in?")
}

func walkPassword(b *tab) {
	b.begin(b.world.origin("client")+"/", "ann@acme.example")
	b.choose("method", "password").wants(200, "Enter your password")
	if !b.has(`form input[name="email"][autocomplete="username"][readonly]`) || b.value("email") != "ann@acme.example" || !b.has(`form input[name="password"][autocomplete="current-password"]`) {
		b.t.Error("the form is not one that password managers fill")
	}
	b.fill("password", "wrong").submit().wants(422, "There is a problem", "This password is not right")
	if got := b.value("password"); got != "" {
		b.t.Errorf("the page shows the wrong password %q again", got)
	}
	if !b.has(".problem:focus") {
		b.t.Error("the problem does not have the focus")
	}
	b.fill("password", testPassword).submit().wants(200, "Stay signed in?")
	b.choose("stay", "no").wants(200, "Remote-User: c-ann\n", "X-Frontdesk-Method: password\n")
}

func walkMicrosoft(b *tab) {
	b.begin(b.world.origin("client")+"/m", "ann@acme.example")
	b.choose("method", "microsoft").wants(200, "Pick who you are")
	b.choose("person", oidAnn).wants(200, "Stay signed in?")
	b.choose("stay", "no").wants(200, "portal GET /m\n", "Remote-User: c-ann\n", "X-Frontdesk-Method: microsoft\n")
}

func walkMicrosoftOther(b *tab) {
	b.begin(b.world.origin("client")+"/m", "ann@acme.example")
	b.choose("method", "microsoft").choose("cancel", "yes").wants(200, "The sign-in was cancelled.", "Use my password")
	b.choose("method", "microsoft").choose("person", oidMixed).wants(403, "That was another address", "ann@acme.example", "mixed@acme.example", "Reference")
	b.click("main a.main").wants(200, "Enter the email address")
}

func walkCreateByCode(b *tab) {
	b.begin(b.world.origin("client")+"/new", "first@acme.example").wants(200, "Email me a code").lacks("password")
	b.proveByCode("first@acme.example").wants(200, "Tell us who you are", "Acme Widgets")
	b.fill("family_name", "First").submit().wants(422, "First name is missing.")
	if got := b.value("family_name"); got != "First" {
		b.t.Errorf("what was typed is gone: %q", got)
	}
	b.fill("given_name", "Fay").fill("phone", "+1 555 0100").fill("job_title", "CEO").submit().wants(200, "Stay signed in?")
	b.choose("stay", "no").wants(200, "portal GET /new\n", "Remote-Name: Fay First\n", "Remote-Email: first@acme.example\n", "X-Frontdesk-Account-Id: acme\n")
}

func walkCreateByMicrosoft(b *tab) {
	b.begin(b.world.origin("client")+"/new", "newcomer@acme.example")
	b.choose("method", "microsoft").choose("person", oidNew).wants(200, "Check your details")
	for name, want := range map[string]string{"given_name": "Nell", "family_name": "New", "phone": "+49 30 123456", "job_title": "Engineer"} {
		if got := b.value(name); got != want {
			b.t.Errorf("%s is filled with %q, want %q", name, got, want)
		}
	}
	b.fill("given_name", "Nelly").submit().wants(200, "Stay signed in?")
	b.choose("stay", "no").wants(200, "Remote-Name: Nelly New\n", "X-Frontdesk-Method: microsoft\n")
}

func walkAccounts(b *tab) {
	b.begin(b.world.origin("client")+"/x", "two@acme.example")
	b.proveByCode("two@acme.example").choose("stay", "no").wants(200, "Choose an account", "Main account")
	offered := eval[[]string](b, `Array.from(document.querySelectorAll('button[name=account]'), b => b.value)`)
	if !slices.Equal(offered, []string{"acme", "borg"}) {
		b.t.Errorf("offered are %q, want the primary contact's account first", offered)
	}
	b.choose("account", "borg").wants(200, "portal GET /x\n", "Remote-User: c-two-borg\n", "X-Frontdesk-Account-Id: borg\n")
}

func walkAccountMethod(b *tab) {
	b.begin(b.world.origin("client")+"/", "mixed@acme.example")
	b.proveByCode("mixed@acme.example").choose("stay", "no")
	b.choose("account", "strict").wants(200, "Pick who you are")
	b.choose("cancel", "yes").wants(200, "Strict Ltd asks for one of the methods below.")
	b.choose("method", "microsoft").choose("person", oidMixed).wants(200, "Remote-User: c-mix-strict\n", "X-Frontdesk-Method: microsoft\n")
}

func walkPlatforms(b *tab) {
	b.begin(b.world.origin("client")+"/deep?x=1", "both@msp.example").wants(200, "Client Portal", "Tech Portal", "Admin Portal")
	b.choose("platform", "tech").wants(200, "Sign in to Tech Portal", "Use my password")
	if !strings.HasPrefix(b.address(), b.world.origin("tech")+"/") {
		b.t.Fatalf("the proof is asked for at %s", b.address())
	}
	b.proveByPassword().wants(200, "Stay signed in?")
	b.choose("stay", "no").at(b.world.origin("tech")+"/").wants(200, "portal GET /\n", "Remote-User: m-both\n", "X-Frontdesk-Platform: tech\n", "X-Frontdesk-Entity: member\n", "Remote-Groups: dispatch\n")
	b.lacks("X-Frontdesk-Account")
	b.visit(b.world.origin("client")+"/").wants(200, "Enter the email address")
}

func walkMember(b *tab) {
	b.begin(b.world.origin("tech")+"/queue?mine=1", "tech@msp.example").wants(200, "Sign in to Tech Portal")
	b.proveByPassword().choose("stay", "no").at(b.world.origin("tech")+"/queue?mine=1").wants(200, "Remote-User: m-tech\n", "X-Frontdesk-Platform: tech\n")
}

func walkMemberElsewhere(b *tab) {
	b.begin(b.world.origin("admin")+"/settings", "tech@msp.example").wants(200, "Sign in to Tech Portal")
	b.proveByPassword().choose("stay", "no").at(b.world.origin("tech")+"/").wants(200, "Remote-User: m-tech\n")
}

func walkUnknown(b *tab) {
	b.begin(b.world.origin("client")+"/", "x@nowhere.example").wants(422, "There is a problem",
		"Your email address hasn't been registered and we're not able to automatically create an account for you. Send us an email at help@msp.example so we can create an account for you.")
	if got := b.value("email"); got != "x@nowhere.example" {
		b.t.Errorf("what was typed is gone: %q", got)
	}
	b.fill("email", "not an address").submit().wants(422, "Enter an email address in the form name@example.com.")
	b.fill("email", "ann@acme.example").submit().wants(200, "Choose how you want to sign in.")
}

// plainCookie is the name of the session's cookie on a loopback origin.
const plainCookie = "frontdesk"

// cookie is the session's cookie at the client platform.
func (b *tab) cookie() *network.Cookie {
	b.t.Helper()
	cookies := call(b, network.GetCookies, network.GetCookiesParams{URLs: []string{b.world.origin("client")}}).Cookies
	i := slices.IndexFunc(cookies, func(c *network.Cookie) bool { return c.Name == plainCookie })
	if i < 0 {
		b.t.Fatalf("there is no session cookie among %d", len(cookies))
	}
	return cookies[i]
}

func walkStay(b *tab) {
	b.begin(b.world.origin("client")+"/", "ann@acme.example").proveByPassword().wants(200, "30 days")
	before := time.Now()
	b.choose("stay", "yes").wants(200, "Remote-User: c-ann\n")
	after := time.Now()
	const days, rounding = 30 * 24 * time.Hour, 2 * time.Second
	c := b.cookie()
	expires := time.Unix(int64(c.Expires), 0)
	if c.Session || expires.Before(before.Add(days-rounding)) || expires.After(after.Add(days+rounding)) {
		b.t.Errorf("the cookie expires on %s, want 30 days from %s", expires, before)
	}
	if !c.HTTPOnly || c.Secure || c.SameSite != network.CookieSameSiteLax || c.Path != "/" || c.Domain != "client.localhost" {
		b.t.Errorf("the cookie is %+v", c)
	}
}

func walkStayNot(b *tab) {
	b.begin(b.world.origin("client")+"/", "ann@acme.example").proveByPassword()
	b.choose("stay", "no").wants(200, "Remote-User: c-ann\n")
	if c := b.cookie(); !c.Session || !c.HTTPOnly {
		b.t.Errorf("the cookie is %+v", c)
	}
}
