package caddymodule

import (
	"slices"
	"strings"

	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile"

	"github.com/frontdesk-gateway/frontdesk/internal/gateway"
	"github.com/frontdesk-gateway/frontdesk/internal/identity"
)

// early are the directives that Caddy puts before frontdesk and that fill in
// their placeholders when they run. Others before it, such as map and log_append,
// do so when there is somebody. Matchers are asked at once by all.
var early = []string{"vars", "fs", "root", "redir", "method", "rewrite", "uri", "try_files", "basicauth", "basic_auth"}

// nobodyAskedFor refuses a directive that asks who is calling before frontdesk has
// found out. It would take everybody for nobody, or for whom they say they are, in
// silence: of a root of each account's own would come that of all accounts, and a
// redirection that keeps contacts out would let them in.
func nobodyAskedFor(h httpcaddyfile.Helper) error {
	before := slices.DeleteFunc(slices.Clone(early), func(name string) bool { return !runsBefore(h, name) })
	if asks, found := askedEarly(segmentsOf(h), before); found {
		return h.Errf("%s runs before frontdesk, at %s:%d, and cannot know who is calling: write both into a route, frontdesk first",
			asks.Text, asks.File, asks.Line)
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

// ask notes a directive that asks for a person. In a route they run as they are
// written.
func (s *scope) ask(by caddyfile.Token) {
	if s.by.Text != "route" || !s.judged {
		s.asking = append(s.asking, by)
	}
}

// askedEarly finds a directive that asks for a person and runs before frontdesk,
// but for those of handle_errors: somebody may be known there.
func askedEarly(segments []caddyfile.Segment, before []string) (asks caddyfile.Token, found bool) {
	scopes, matchers := []scope{{}}, matchersOfPersons(segments)
	for _, segment := range segments {
		if len(segment) > 0 && segment[0].Text == "handle_errors" {
			continue
		}
		eachToken(segment, func(token, lead caddyfile.Token, first bool) {
			here := &scopes[len(scopes)-1]
			switch {
			case token.Text == "{":
				scopes = append(scopes, scope{by: lead})
			case first && token.Text == "}" && len(scopes) > 1:
				if here.judged && len(here.asking) > 0 && !found {
					asks, found = here.asking[0], true
				}
				judged := here.judged
				scopes = scopes[:len(scopes)-1]
				scopes[len(scopes)-1].judged = scopes[len(scopes)-1].judged || judged
			case first && token.Text == "frontdesk":
				here.judged = true
			case !asksForPerson(token.Text) && !matchers[token.Text]:
			case slices.Contains(before, lead.Text):
				here.ask(lead)
			case slices.Contains(before, here.by.Text): // a line of its block
				scopes[len(scopes)-2].ask(here.by)
			}
		})
	}
	if whole := scopes[0]; whole.judged && len(whole.asking) > 0 && !found {
		return whole.asking[0], true
	}
	return asks, found
}

// matchersOfPersons are the names of the matchers that ask for a person.
func matchersOfPersons(segments []caddyfile.Segment) map[string]bool {
	names := map[string]bool{}
	for _, segment := range segments {
		var blocks []string
		eachToken(segment, func(token, lead caddyfile.Token, first bool) {
			switch {
			case token.Text == "{":
				blocks = append(blocks, lead.Text)
			case first && token.Text == "}" && len(blocks) > 0:
				blocks = blocks[:len(blocks)-1]
			case asksForPerson(token.Text):
				for _, name := range append(slices.Clone(blocks), lead.Text) {
					names[name] = names[name] || strings.HasPrefix(name, "@")
				}
			}
		})
	}
	return names
}

// asksForPerson reports whether a text is filled in with who is calling, or is the
// name of a header that says so.
func asksForPerson(text string) bool {
	if strings.Contains(text, "{"+gateway.PlaceholderPrefix) || identity.IsHeader(text) {
		return true
	}
	for _, prefix := range []string{"{header.", "{http.request.header."} {
		if _, rest, found := strings.Cut(text, prefix); found {
			name, _, _ := strings.Cut(rest, "}")
			return identity.IsHeader(name)
		}
	}
	return false
}
