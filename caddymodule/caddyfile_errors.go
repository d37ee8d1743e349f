package caddymodule

import (
	"reflect"
	"slices"

	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile"
)

// proxies are the directives that hand a request on.
var proxies = []string{"reverse_proxy", "php_fastcgi", "forward_auth", "invoke"}

// inErrors reports whether a directive stands in its site's handle_errors.
func inErrors(h httpcaddyfile.Helper) bool {
	here := tokenOf(reflect.ValueOf(h.Token()))
	return slices.ContainsFunc(errorBlocks(h), func(block []siteToken) bool {
		return slices.ContainsFunc(block, func(t siteToken) bool {
			return t.File == here.File && t.Line == here.Line && t.Text == here.Text && slices.Equal(t.imports, here.imports)
		})
	})
}

// errorsAreJudged refuses a site whose handle_errors hands on what nobody has
// judged: an error of a handler before the directive leads there, with the headers
// and cookies that the client sent.
func errorsAreJudged(h httpcaddyfile.Helper) error {
	for _, block := range errorBlocks(h) {
		if proxy, found := unjudged(block); found {
			return h.Errf("handle_errors hands requests on by %s, at %s:%d, that came to an error before frontdesk: write the same frontdesk into handle_errors, too",
				proxy.Text, proxy.File, proxy.Line)
		}
	}
	return nil
}

// unjudged finds a directive that hands requests on and has no frontdesk beside
// it, nor beside a block that it stands in.
func unjudged(block []siteToken) (proxy caddyfile.Token, found bool) {
	if handsOn := directiveOf(block).unjudged(isProxy); len(handsOn) > 0 {
		return handsOn[0], true
	}
	return proxy, false
}

func isProxy(d *directive) bool { return slices.Contains(proxies, d.name.Text) }

func errorBlocks(h httpcaddyfile.Helper) [][]siteToken {
	return slices.DeleteFunc(segmentsOf(h), func(s []siteToken) bool { return len(s) == 0 || s[0].Text != "handle_errors" })
}
