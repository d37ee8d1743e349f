package caddymodule

// sessionWalks are what a person who is signed in does at /frontdesk/session
// and /frontdesk/sign-out.
var sessionWalks = []walk{
	{"who am I", walkWhoAmI},
	{"switch account", walkSwitchAccount},
	{"switch platform, and back", walkSwitchPlatform},
	{"switch to a platform that asks for another method", walkSwitchMethod},
	{"end another session", walkEndOther},
	{"sign out", walkSignOut},
	{"sign out everywhere", walkSignOutEverywhere},
}

// providerWalks lead on to the provider's own sign-out.
var providerWalks = []walk{
	{"sign out", walkProviderSignOut},
	{"sign out everywhere, from the session page", walkProviderSignOutEverywhere},
	{"sign out from another method", walkProviderNotConcerned},
}

// session opens the session page at a platform.
func (b *tab) session(platform string) *tab {
	b.t.Helper()
	return b.visit(b.world.origin(platform)+"/frontdesk/session").wants(200, "Your session")
}

// asTwo signs in the contact of two accounts, in the primary one.
func (b *tab) asTwo() *tab {
	b.t.Helper()
	b.begin(b.world.origin("client")+"/", "two@acme.example").proveByCode("two@acme.example")
	return b.choose("stay", "no").choose("account", "acme").wants(200, "Remote-User: c-two-acme\n")
}

// asTech signs in the member of tech.
func (b *tab) asTech() *tab {
	b.t.Helper()
	b.begin(b.world.origin("tech")+"/", "tech@msp.example").proveByPassword()
	return b.choose("stay", "no").wants(200, "Remote-User: m-tech\n")
}

// asBoth signs in the person who is contact and member, as the contact.
func (b *tab) asBoth() *tab {
	b.t.Helper()
	b.begin(b.world.origin("client")+"/", "both@msp.example").choose("platform", "client")
	b.choose("method", "microsoft").choose("person", oidBoth)
	return b.choose("stay", "no").wants(200, "Remote-User: c-both\n")
}

func walkWhoAmI(b *tab) {
	b.visit(b.world.origin("client")+"/frontdesk/session").wants(200, "Enter the email address")
	b.asTwo().session("client").wants(200, "Tova Two", "two@acme.example", "Client Portal", "Acme Widgets", "Contact", "Emailed code", "Borg & Sons", "In use")
	b.click("main a.main").at(b.world.origin("client")+"/").wants(200, "portal GET /\n")
}

func walkSwitchAccount(b *tab) {
	b.asTwo()
	before, cookie := received(b, "X-Frontdesk-Session"), b.cookie()
	b.session("client").choose("account", "borg").at(b.world.origin("client")+"/").wants(200, "Remote-User: c-two-borg\n", "X-Frontdesk-Account-Id: borg\n", "X-Frontdesk-Method: email_token\n")
	if after := received(b, "X-Frontdesk-Session"); after == before {
		b.t.Errorf("the session is still %s after the switch", after)
	}
	b.ended(cookie)
	b.back().wants(200, "Your session", "Borg & Sons")
}

func walkSwitchPlatform(b *tab) {
	b.begin(b.world.origin("client")+"/", "both@msp.example").choose("platform", "client")
	b.proveByCode("both@msp.example").choose("stay", "no").wants(200, "Remote-User: c-both\n")
	first := received(b, "X-Frontdesk-Session")

	b.session("client").choose("platform", "tech").at(b.world.origin("tech")+"/").wants(200, "Remote-User: m-both\n", "X-Frontdesk-Platform: tech\n", "X-Frontdesk-Method: email_token\n")
	if second := received(b, "X-Frontdesk-Session"); second == first {
		b.t.Errorf("two platforms share the session %s", first)
	}
	b.visit(b.world.origin("client")+"/").wants(200, "Remote-User: c-both\n", "X-Frontdesk-Session: "+first+"\n")

	b.session("tech").choose("platform", "client").at(b.world.origin("client")+"/").wants(200, "Remote-User: c-both\n", "X-Frontdesk-Account-Id: borg\n")
	if third := received(b, "X-Frontdesk-Session"); third == first {
		b.t.Errorf("the switch back kept the session %s", first)
	}
}

func walkSwitchMethod(b *tab) {
	b.begin(b.world.origin("tech")+"/", "both@msp.example").choose("platform", "tech").proveByPassword()
	b.choose("stay", "no").wants(200, "Remote-User: m-both\n", "X-Frontdesk-Method: password\n")
	b.session("tech").choose("platform", "admin").wants(200, "Pick who you are")
	b.choose("person", oidBoth).at(b.world.origin("admin")+"/").wants(200, "Remote-User: m-both\n", "X-Frontdesk-Platform: admin\n", "X-Frontdesk-Method: microsoft\n")
	b.visit(b.world.origin("tech")+"/").wants(200, "X-Frontdesk-Method: password\n")
}

func walkEndOther(b *tab) {
	other := b.chrome.visitor(b.t, b.world).asTech()
	b.asTech().session("tech").wants(200, "Your other sessions", "Tech Portal")
	b.click(`button[name="end"]`).wants(200, "Your session").lacks("Your other sessions")
	other.visit(b.world.origin("tech")+"/").wants(200, "Enter the email address")
	b.visit(b.world.origin("tech")+"/").wants(200, "Remote-User: m-tech\n")
}

func walkSignOut(b *tab) {
	tech := b.world.origin("tech")
	other := b.chrome.visitor(b.t, b.world).asTech()
	b.asTech()
	b.visit(tech+"/frontdesk/sign-out").wants(200, "Sign out?", "Ted Tech")
	b.visit(tech+"/").wants(200, "Remote-User: m-tech\n")
	b.visit(tech+"/frontdesk/sign-out").submit().wants(200, "You are signed out", "Your session in this browser has ended.")
	b.visit(tech+"/").wants(200, "Enter the email address")
	b.back().wants(200, "You are signed out")
	other.visit(tech+"/").wants(200, "Remote-User: m-tech\n")
}

func walkSignOutEverywhere(b *tab) {
	client, tech := b.world.origin("client"), b.world.origin("tech")
	other := b.chrome.visitor(b.t, b.world).asBoth()
	b.asBoth().session("client").choose("platform", "tech").at(tech+"/").wants(200, "Remote-User: m-both\n")
	b.session("tech").choose("everywhere", "yes").wants(200, "All your sessions have ended")
	for _, address := range []string{client + "/", tech + "/"} {
		b.visit(address).wants(200, "Enter the email address")
	}
	other.visit(client+"/").wants(200, "Enter the email address")
}

func walkProviderSignOut(b *tab) {
	client := b.world.origin("client")
	b.asBoth().visit(client+"/frontdesk/sign-out").wants(200, "You will be signed out of Microsoft in this browser, too.")
	b.submit().wants(200, "Which account do you want to sign out of?", "both@msp.example")
	b.tab().visit(client+"/").wants(200, "Enter the email address") // here the session has ended
	b.choose("person", oidBoth).at(client+"/frontdesk/sign-out").wants(200, "You are signed out", "Your session in this browser has ended.")
	b.signedOutThere()
}

func walkProviderSignOutEverywhere(b *tab) {
	b.asBoth().session("client").wants(200, "You will be signed out of Microsoft in this browser, too.")
	b.choose("everywhere", "yes").wants(200, "Which account do you want to sign out of?")
	b.choose("person", oidBoth).wants(200, "All your sessions have ended")
	b.signedOutThere()
}

// signedOutThere signs in again as far as the provider, which knows nobody.
func (b *tab) signedOutThere() {
	b.t.Helper()
	b.begin(b.world.origin("client")+"/", "both@msp.example").choose("platform", "client")
	b.choose("method", "microsoft").wants(200, "Pick who you are").lacks("signed in")
}

func walkProviderNotConcerned(b *tab) {
	tech := b.world.origin("tech")
	b.asTech().visit(tech+"/frontdesk/sign-out").wants(200, "Sign out?").lacks("Microsoft")
	b.submit().at(tech+"/frontdesk/sign-out").wants(200, "You are signed out")
}
