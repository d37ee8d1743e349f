package caddymodule

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// refusalWalks end where the gateway says no, and go on from there.
var refusalWalks = []walk{
	{"a form posted without a session", walkFormPost},
	{"a frame without a session", walkFrame},
	{"a request of a script without a session", walkFetch},
	{"an unknown journey", walkUnknownJourney},
	{"another browser's journey", walkForeignJourney},
	{"cookies are not sent back", walkNoCookies},
	{"a form from another origin", walkForeignForm},
	{"a page that is not there", walkNotFound},
	{"an address that is no platform's", walkMisdirected},
}

// samplePages are public pages of the client's portal, by path.
var samplePages = map[string]string{
	"/assets/opener.html": "A page with an opener policy",
	"/assets/form.html":   `<form method="post" action="/save"><input name="note" value="kept"><button class="main">Save</button></form>`,
	"/assets/frame.html":  `<p>A page with a frame:</p><iframe src="/inside?x=1" width="600" height="500"></iframe>`,
	"/assets/worker.js": `oninstall = () => skipWaiting();
		onactivate = event => event.waitUntil(clients.claim());
		onfetch = event => event.respondWith(fetch(event.request));`,
	"/assets/changing-worker.js": `oninstall = () => skipWaiting();
		onactivate = event => event.waitUntil(clients.claim());
		onfetch = event => {
			if (new URL(event.request.url).pathname.startsWith("/frontdesk/")) return;
			event.respondWith(fetch(event.request, {cache: "no-cache"}));
		};`,
}

// servePages has the portals serve the sample pages, too.
func (w *world) servePages() {
	w.portal = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		body, ok := samplePages[r.URL.Path]
		if !ok {
			echoPortal(rw, r)
			return
		}
		if strings.HasSuffix(r.URL.Path, ".js") {
			rw.Header().Set("Content-Type", "text/javascript")
			rw.Header().Set("Service-Worker-Allowed", "/")
			io.WriteString(rw, body)
			return
		}
		if strings.HasSuffix(r.URL.Path, "/opener.html") {
			rw.Header().Set("Cross-Origin-Opener-Policy", "same-origin")
		}
		rw.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintf(rw, "<!doctype html><html lang=en><title>Sample</title><body><main>%s</main>", body)
	}))
	w.t.Cleanup(w.portal.Close)
}

func walkFormPost(b *tab) {
	client := b.world.origin("client")
	b.visit(client+"/assets/form.html").submit().wants(401, "You need to sign in", "What you sent was not stored.")
	b.click("main a.main").wants(200, "Enter the email address")
	b.fill("email", "ann@acme.example").submit().proveByPassword()
	b.choose("stay", "no").at(client+"/save").wants(200, "portal GET /save\n")
	b.visit(client+"/assets/form.html").submit().wants(200, "portal POST /save\n", "Remote-User: c-ann\n", "note=kept")
}

func walkFrame(b *tab) {
	client := b.world.origin("client")
	b.visit(client+"/assets/frame.html").wants(200, "A page with a frame:")
	frames, err := run(b.ctx, chromedp.Nodes(chromedp.CSS("iframe"), chromedp.AtLeast(1)))
	b.check(err)
	inside := chromedp.FromNode(frames[0])
	text, err := run(b.ctx, chromedp.Text(chromedp.CSS("main"), inside))
	b.check(err)
	if !strings.Contains(text, "You need to sign in") {
		b.t.Fatalf("the frame shows\n%s", text)
	}
	b.navigate(chromedp.Click(chromedp.CSS("a.main"), inside)).wants(200, "Enter the email address")
	b.fill("email", "ann@acme.example").submit().proveByPassword()
	b.choose("stay", "no").at(client+"/inside?x=1").wants(200, "Remote-User: c-ann\n")
}

func walkFetch(b *tab) {
	client := b.world.origin("client")
	b.visit(client + "/assets/form.html")
	const ask = `fetch('/api/items', {headers: {Accept: 'application/json, text/html'}}).then(async r =>
		[r.status, r.redirected, r.headers.get('Content-Type'), r.headers.get('WWW-Authenticate'), (await r.json()).sign_in].join(' '))`
	want := fmt.Sprintf(`401 false application/problem+json Frontdesk realm="%s" %s/frontdesk/sign-in`, client, client)
	if got := eval[string](b, ask); got != want {
		b.t.Errorf("a script gets\n%s\nwant\n%s", got, want)
	}
}

func walkUnknownJourney(b *tab) {
	b.visit(b.world.origin("client")+"/frontdesk/sign-in?journey=AAAAAAAAAAAAAAAAAAAAAAAAAA").wants(410, "Please start again")
	b.click("main a.main").wants(200, "Enter the email address")
}

func walkForeignJourney(b *tab) {
	b.begin(b.world.origin("client")+"/", "ann@acme.example").wants(200, "Use my password")
	other := b.chrome.visitor(b.t, b.world)
	other.visit(b.address()).wants(410, "Please start again").lacks("ann@acme.example")
}

func walkNoCookies(b *tab) {
	home := b.world.origin("client") + "/kept?x=1"
	b.visit(home).wants(200, "Enter the email address")
	call(b, network.ClearBrowserCookies, cdp.Empty{})
	b.fill("email", "ann@acme.example").submit().wants(403, "Cookies are needed to sign in")
	b.click("main a.main").wants(200, "Enter the email address")
	b.fill("email", "ann@acme.example").submit().proveByPassword()
	b.choose("stay", "no").at(home)
}

func walkForeignForm(b *tab) {
	client := b.world.origin("client")
	evil := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintf(w, `<!doctype html><title>Prize</title><main><form method="post" action="%s/frontdesk/sign-out"><button class="main">Win</button></form></main>`, client)
	}))
	b.t.Cleanup(evil.Close)
	b.begin(client+"/", "ann@acme.example").proveByPassword().choose("stay", "no")
	for _, address := range []string{evil.URL, "data:text/html," + url.PathEscape(fmt.Sprintf(`<main><form method="post" action="%s/frontdesk/sign-out"><button class="main">Win</button></form></main>`, client))} {
		b.visit(address).submit().wants(403, "This request was not accepted", "Reference")
		b.visit(client+"/").wants(200, "Remote-User: c-ann\n")
	}
}

func walkNotFound(b *tab) {
	b.visit(b.world.origin("client")+"/frontdesk/nothing").wants(404, "Page not found")
}

func walkMisdirected(b *tab) {
	b.visit(fmt.Sprintf("http://other.localhost:%d/", b.world.port)).wants(421, "This address is not ours")
}
