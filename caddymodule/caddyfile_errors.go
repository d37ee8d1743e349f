package caddymodule

import (
	"slices"

	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile"
)

// proxies are the directives that hand a request on.
var proxies = []string{"reverse_proxy", "php_fastcgi", "forward_auth", "invoke"}

// inErrors reports whether a directive stands in its site's handle_errors.
func inErrors(h httpcaddyfile.Helper) bool {
	here := h.Token()
	return slices.ContainsFunc(errorBlocks(h), func(block caddyfile.Segment) bool {
		return slices.ContainsFunc(block, func(t caddyfile.Token) bool {
			return t.File == here.File && t.Line == here.Line && t.Text == here.Text
		})
	})
}

// errorsAreJudged refuses a site whose handle_errors hands on what nobody has
// judged: an error of a handler before the directive leads there, with the headers
// and cookies that the client sent.
func errorsAreJudged(h httpcaddyfile.Helper) error {
	for _, block := range errorBlocks(h) {
		first := directives(block)
		proxy := slices.IndexFunc(first, func(t caddyfile.Token) bool { return slices.Contains(proxies, t.Text) })
		judged := slices.ContainsFunc(first, func(t caddyfile.Token) bool { return t.Text == "frontdesk" })
		if proxy >= 0 && !judged {
			return h.Errf("handle_errors hands requests on by %s, at %s:%d, that came to an error before frontdesk: write the same frontdesk into handle_errors, too",
				first[proxy].Text, first[proxy].File, first[proxy].Line)
		}
	}
	return nil
}

func errorBlocks(h httpcaddyfile.Helper) []caddyfile.Segment {
	return slices.DeleteFunc(segmentsOf(h), func(s caddyfile.Segment) bool { return len(s) == 0 || s[0].Text != "handle_errors" })
}

// directives are the tokens of a block that begin a line.
func directives(block caddyfile.Segment) (first []caddyfile.Token) {
	for i, token := range block[1:] {
		if before := block[i]; token.Line != before.Line || token.File != before.File {
			first = append(first, token)
		}
	}
	return first
}
