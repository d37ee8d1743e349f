package caddymodule

import (
	"slices"
	"strings"

	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile"

	"github.com/frontdesk-gateway/frontdesk/internal/gateway"
)

// early are the directives that Caddy puts before frontdesk and that fill in
// their placeholders when they run. Others before it, such as map and log_append,
// do so when there is somebody.
var early = []string{"vars", "fs", "root", "redir", "method", "rewrite", "uri", "try_files"}

// nobodyAskedFor refuses a directive that asks who is calling before frontdesk has
// found out. It would take everybody for nobody in silence: of a root of each
// account's own would come that of all accounts.
func nobodyAskedFor(h httpcaddyfile.Helper) error {
	before := slices.DeleteFunc(slices.Clone(early), func(name string) bool { return !runsBefore(h, name) })
	if asks, found := askedEarly(segmentsOf(h), before); found {
		return h.Errf("%s runs before frontdesk, at %s:%d, and finds the placeholders %s* empty: write both into a route, frontdesk first",
			asks.Text, asks.File, asks.Line, gateway.PlaceholderPrefix)
	}
	return nil
}

// runsBefore reports whether Caddy puts a directive before frontdesk: it does with
// all of early, unless the global option order says otherwise.
func runsBefore(h httpcaddyfile.Helper, name string) bool {
	order, ok := h.Option("order").([]string)
	return !ok || slices.Index(order, name) < slices.Index(order, "frontdesk")
}

// scope is a block of directives: what of it asks too early, if frontdesk stands
// in it, or in a block of it, which runs later still.
type scope struct {
	by     caddyfile.Token // the directive whose block it is
	judged bool
	asking []caddyfile.Token
}

// askedEarly finds a directive that asks for a person and runs before frontdesk. In
// a route they run as they are written; in handle_errors somebody may be known.
func askedEarly(segments []caddyfile.Segment, before []string) (asks caddyfile.Token, found bool) {
	scopes := []scope{{}}
	for _, segment := range segments {
		if len(segment) > 0 && segment[0].Text == "handle_errors" {
			continue
		}
		var lead caddyfile.Token // first of its line
		for i, token := range segment {
			here, first := &scopes[len(scopes)-1], i == 0 || token.Line != segment[i-1].Line || token.File != segment[i-1].File
			if first {
				lead = token
			}
			switch {
			case token.Text == "{":
				scopes = append(scopes, scope{by: lead})
			case first && token.Text == "}" && len(scopes) > 1:
				if here.judged && len(here.asking) > 0 {
					return here.asking[0], true
				}
				judged := here.judged
				scopes = scopes[:len(scopes)-1]
				if judged {
					scopes[len(scopes)-1].judged = true
				}
			case first && token.Text == "frontdesk":
				here.judged = true
			case !strings.Contains(token.Text, "{"+gateway.PlaceholderPrefix):
			case slices.Contains(before, lead.Text) && (here.by.Text != "route" || !here.judged):
				here.asking = append(here.asking, lead)
			case slices.Contains(before, here.by.Text) && len(scopes) > 1: // a line of its block
				outer := &scopes[len(scopes)-2]
				if outer.by.Text != "route" || !outer.judged {
					outer.asking = append(outer.asking, here.by)
				}
			}
		}
	}
	if whole := scopes[0]; whole.judged && len(whole.asking) > 0 {
		return whole.asking[0], true
	}
	return asks, false
}
