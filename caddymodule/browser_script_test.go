package caddymodule

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/preload"
	"github.com/chromedp/chromedp"
)

// scriptWalks have scripts of a portal's page, which are of the gateway's own
// origin, do what somebody would who got a script of theirs into a portal; and
// what portals do for good reasons.
var scriptWalks = []walk{
	{"a first password that nobody asked for", walkScriptedPassword},
	{"forms that a script submits in the window", walkSubmittedForms},
	{"forms with the token of a name that a script planted", walkPlantedName},
	{"what comes after the sign-in does not see its addresses", walkHistory},
	{"a window opened at the session page", walkOpenedWindow},
	{"looking ahead", walkLookingAhead},
	{"a service worker that passes everything on", walkServiceWorker},
	{"a service worker that changes what it passes on", walkChangingWorker},
}

// walkScriptedPassword: somebody without a password would have one that a
// stranger knows.
func walkScriptedPassword(b *tab) {
	b.begin(b.world.origin("client")+"/", "two@acme.example").proveByCode("two@acme.example")
	b.choose("stay", "no").choose("account", "acme").wants(200, "Remote-User: c-two-acme\n")
	const ask = `fetch('/frontdesk/%s', %s).then(async r => r.status + ' ' + r.url + ' ' + (await r.text()))`
	const post = `{method: 'POST', headers: {'Content-Type': 'application/x-www-form-urlencoded'}, body: '%s'}`
	for path, how := range map[string]string{
		"session":                  fmt.Sprintf(post, "password=change"),
		"session?":                 fmt.Sprintf(post, "account=borg"),
		"sign-out":                 fmt.Sprintf(post, "everywhere=yes"),
		"sign-in?return=%2F":       fmt.Sprintf(post, "step=email&email=ann@acme.example"),
		"session?read":             "{}",
		"sign-out?read":            "{}",
		"sign-in?read":             "{mode: 'no-cors', headers: {Accept: 'text/html'}}",
		"sign-in?journey=x&read":   "{mode: 'same-origin'}",
		"callback/microsoft?state": "{}",
	} {
		got := eval[string](b, fmt.Sprintf(ask, path, how))
		if !strings.HasPrefix(got, "403 ") || strings.Contains(got, "two@acme.example") || strings.Contains(got, "journey=") && !strings.Contains(path, "journey=") {
			b.t.Errorf("%s with %s: %s", path, how, got)
		}
	}
	if got := eval[string](b, `fetch('/frontdesk/whoami').then(async r => r.status + ' ' + (await r.json()).id)`); got != "200 c-two-acme" {
		b.t.Errorf("afterwards: %s", got)
	}
	if got := eval[string](b, "document.cookie"); got != "" {
		b.t.Errorf("a script sees the cookies %q", got)
	}
}

// walkSubmittedForms: a script cannot read the pages, and whatever form it has the
// browser send from the portal's page is none of theirs.
func walkSubmittedForms(b *tab) {
	client := b.world.origin("client")
	b.begin(client+"/", "two@acme.example").proveByCode("two@acme.example")
	b.choose("stay", "no").choose("account", "acme").wants(200, "Remote-User: c-two-acme\n")
	for path, fields := range map[string]string{
		"session":            "account=borg",
		"session?a":          "platform=tech",
		"session?b":          "password=change",
		"sign-out":           "everywhere=yes",
		"sign-in?return=%2F": "step=email&email=ann@acme.example",
	} {
		b.visit(client+"/home").send(path, fields).wants(http.StatusForbidden, "The form was not on a page that we showed to this browser")
	}
	b.visit(client+"/home").wants(200, "Remote-User: c-two-acme\n")
}

// send has a script of the page on show submit a form of its own making.
func (b *tab) send(path, fields string) *tab {
	b.t.Helper()
	return b.navigate(chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`(() => {
		const form = document.createElement('form');
		form.method = 'post';
		form.action = '/frontdesk/%s';
		for (const [name, value] of new URLSearchParams('%s')) {
			const field = document.createElement('input');
			[field.name, field.value] = [name, value];
			form.append(field);
		}
		document.body.append(form);
		form.submit();
	})()`, path, fields)))
}

// walkPlantedName: who stays signed in has no browser's name after the browser was
// closed, and a script can give it one of which it knows the token.
func walkPlantedName(b *tab) {
	client := b.world.origin("client")
	b.begin(client+"/", "two@acme.example").proveByCode("two@acme.example")
	b.choose("stay", "yes").choose("account", "acme").wants(200, "Remote-User: c-two-acme\n")
	name, token := b.world.visitor().named(client)
	call(b, network.DeleteCookies, network.DeleteCookiesParams{Name: name.Name, URL: client})
	b.visit(client + "/home").plant(name)
	for path, fields := range map[string]string{
		"session":   "account=borg",
		"session?a": "platform=tech",
		"session?b": "password=change",
		"sign-out":  "everywhere=yes",
	} {
		b.visit(client+"/home").send(path, fields+"&form_token="+token).wants(http.StatusForbidden, "The form was not on a page that we showed to this browser")
	}
	eval[string](b, `document.cookie = 'frontdesk=x; path=/frontdesk/sign-out'`)
	b.visit(client+"/home").send("sign-out", "everywhere=yes&form_token="+token).wants(http.StatusForbidden, "The form was not on a page that we showed to this browser")
	b.visit(client+"/home").wants(200, "Remote-User: c-two-acme\n")
	b.session("client").choose("account", "borg").wants(200, "Remote-User: c-two-borg\n")
}

// named is what a browser gets that comes to a site: its name, and the token of
// the forms there.
func (v *visitor) named(origin string) (*http.Cookie, string) {
	v.t.Helper()
	p := v.get(origin+"/frontdesk/sign-in").wants(v.t, 200)
	if cookies := p.Cookies(); len(cookies) == 1 {
		return cookies[0], formToken(p.body)
	}
	v.t.Fatalf("cookies %v", p.Cookies())
	return nil, ""
}

// plant has a script of the page on show set a cookie.
func (b *tab) plant(c *http.Cookie) {
	b.t.Helper()
	attributes := "; path=/"
	if c.Secure {
		attributes += "; secure"
	}
	eval[string](b, fmt.Sprintf("document.cookie = %q", c.Name+"="+c.Value+attributes))
}

// walkHistory: the addresses of the sign-in's pages name the journey, and hold
// the token of the mail's link. The portal gets them by no way.
func walkHistory(b *tab) {
	client := b.world.origin("client")
	b.begin(client+"/home", "ann@acme.example")
	mail := b.mailed("Ann@acme.example", func() { b.choose("method", "email_token").wants(200, "Check your mail") })
	b.visit(mail.Link()).submit().choose("stay", "no").at(client+"/home").wants(200, "Remote-User: c-ann\n", "Referer: "+client+"/\n").lacks("journey=", "token=")
	b.session("client").choose("password", "change").wants(200, "Choose a new password")
	b.back().wants(200, "Your session")
	b.back().at(client + "/home")
	const seen = `navigation.entries().map(e => e.url).concat(document.referrer, performance.getEntriesByType('navigation').map(e => e.name)).filter(url => url).join(' ')`
	if got := eval[string](b, seen); strings.Contains(got, "/frontdesk/") || !strings.Contains(got, client+"/home") {
		b.t.Errorf("a script sees %s", got)
	}
}

// walkOpenedWindow: the window is out of reach of the script that opened it, also
// where the portal's pages have the opener policy of the gateway's, as those of
// many frameworks do.
func walkOpenedWindow(b *tab) {
	client := b.world.origin("client")
	b.asAnn(client + "/")
	const open = `new Promise(done => {
		const opened = window.open('/frontdesk/session'), timer = setInterval(() => {
			try {
				const title = opened.document.title;
				if (!title && !opened.closed) return; // closed: as a window looks that was taken away
				done('reached ' + title);
			} catch (e) { done(e.name) }
			clearInterval(timer);
		}, 10);
	})`
	for _, page := range []string{"/", "/assets/opener.html"} {
		b.visit(client + page)
		if got := eval[string](b, open); got != "SecurityError" {
			b.t.Errorf("a script of %s %s", page, got)
		}
	}
}

// walkLookingAhead: a ticket is spent by the person's visit alone.
func walkLookingAhead(b *tab) {
	elsewhere := b.world.visitor()
	p := elsewhere.get(b.world.origin("tech") + "/")
	p = elsewhere.post(p, "email", "email", "both@msp.example")
	ticket := elsewhere.stay().post(p, "platform", "platform", "client").wants(b.t, http.StatusSeeOther).Header.Get("Location")

	b.visit(b.world.origin("client") + "/assets/form.html")
	call(b, preload.Enable, cdp.Empty{})
	for _, rules := range []string{"prefetch", "prerender"} {
		speculate := chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`(() => {
			const rules = document.createElement('script');
			rules.type = 'speculationrules';
			rules.text = JSON.stringify({%q: [{urls: [%q], eagerness: 'immediate'}]});
			document.head.append(rules);
		})()`, rules, ticket))
		var err error
		if rules == "prefetch" {
			_, err = run(b.ctx, chromedp.WaitEvent(preload.PrefetchStatusUpdated, func(e preload.EventPrefetchStatusUpdated) bool { return e.Status == preload.IngStatusFailure }, speculate))
		} else {
			_, err = run(b.ctx, chromedp.WaitEvent(preload.PrerenderStatusUpdated, func(e preload.EventPrerenderStatusUpdated) bool { return e.Status == preload.IngStatusFailure }, speculate))
		}
		b.check(err)
	}
	b.visit(ticket).wants(200, "both@msp.example", "Choose how you want to sign in.")
}

// walkServiceWorker: navigations that such a portal passes on say less of
// themselves, and lead to the sign-in and through it all the same.
func walkServiceWorker(b *tab) {
	client := b.world.origin("client")
	b.register("worker.js")
	b.begin(client+"/deep?x=1", "ann@acme.example").proveByPassword()
	b.choose("stay", "no").at(client+"/deep?x=1").wants(200, "Remote-User: c-ann\n", "Sec-Fetch-Dest: empty\n")
	b.visit(client+"/frontdesk/sign-out").submit().wants(200, "You are signed out")
}

// walkChangingWorker: where the worker changes anything, not even the mode is left,
// as in Firefox always. The pages here it has to leave alone.
func walkChangingWorker(b *tab) {
	client := b.world.origin("client")
	b.register("changing-worker.js")
	b.begin(client+"/deep?x=1", "ann@acme.example").proveByPassword()
	b.choose("stay", "no").at(client+"/deep?x=1").wants(200, "Remote-User: c-ann\n", "Sec-Fetch-Mode: same-origin\n")
	b.visit(client+"/frontdesk/sign-out").submit().wants(200, "You are signed out")
}

// register has a portal's page install a service worker for the whole site.
func (b *tab) register(script string) {
	b.t.Helper()
	b.visit(b.world.origin("client") + "/assets/form.html")
	eval[chromedp.Void](b, fmt.Sprintf(`navigator.serviceWorker.register('/assets/%s', {scope: '/'}).then(() => new Promise(ready => {
		if (navigator.serviceWorker.controller) ready();
		navigator.serviceWorker.oncontrollerchange = () => ready();
	}))`, script))
}
