package caddymodule

import (
	"net/url"
	"strings"
)

// destinationWalks try where a browser goes that is sent to a destination.
var destinationWalks = []walk{
	{"nothing leads elsewhere, or back", walkHostileReturns},
	{"what the browser asked for comes out", walkAskedFor},
}

func (b *tab) asAnn(address string) *tab {
	b.t.Helper()
	b.begin(address, "ann@acme.example").proveByPassword()
	return b.choose("stay", "no").wants(200, "Remote-User: c-ann\n")
}

// walkHostileReturns has somebody who is signed in open links to the sign-in
// with every sort of way to another host or to the gateway's own pages.
func walkHostileReturns(b *tab) {
	client := b.world.origin("client")
	b.asAnn(client + "/")
	for _, way := range []string{
		"/", "//", "///", `/\`, "/\t/", "/\n\\", "/./", "/.//", "/..", "/../", "/x/../", "/x/%2e%2e/", "/x/.%2E/", "/x//../../", "/x/..//", "/frontdesk//../",
		"/x/../frontdesk//../", "/x/../frontdesk//%2e./", "/%2f", "/%5c", "/x/..;/", "/;/../", "https://", "https:/", "https:", `\\`, "@", "?", "#", "",
	} {
		for _, where := range []string{"frontdesk/sign-out", "frontdesk", "frontdesk//../sign-out", "%66rontdesk/./session", "evil.example/x", "evil.example:80/../x", "javascript:alert(1)"} {
			b.visit(client + "/frontdesk/sign-in?return=" + url.QueryEscape(way+where))
			at, err := url.Parse(b.address())
			b.check(err)
			if at.Scheme+"://"+at.Host != client || at.Path == "/frontdesk" || strings.HasPrefix(at.Path, "/frontdesk/") {
				b.t.Errorf("%q led to %s", way+where, at)
			}
		}
	}
}

// walkAskedFor has the browser, which rewrites addresses in its own way, ask for
// some: what it asked for is where it lands.
func walkAskedFor(b *tab) {
	client := b.world.origin("client")
	for _, asked := range []string{"/a/../b//c/./%2e%2e/d?x=a%2Fb+c&y='\"<>`", "/ü?ü=ü#part", "/x?", "/%0d%0ax?%00", "/a%2Fb;c=d?return=//evil.example"} {
		tab := b.chrome.visitor(b.t, b.world)
		want := eval[string](b.visit(client+"/frontdesk/sign-in"), "new URL(`"+strings.ReplaceAll(asked, "`", "%60")+"`, location).href")
		asked, _, _ := strings.Cut(want, "#")
		tab.asAnn(want)
		if got, _, _ := strings.Cut(tab.address(), "#"); got != asked {
			b.t.Errorf("landed at %s, want %s", got, asked)
		}
	}
}
