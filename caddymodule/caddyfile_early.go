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
	site := directivesOf(h)
	matchers := map[string]bool{}
	noteMatchers(site, matchers)
	if asks, found := askedEarly(site, false, orderOf(h), matchers); found {
		return h.Errf("%s runs before frontdesk, at %s:%d, and cannot know who is calling: write both into a route, frontdesk first",
			asks.Text, asks.File, asks.Line)
	}
	return nil
}

// askedEarly finds a directive of a block that asks for a person before a frontdesk
// beside it, or in a block beside it, has found out. Caddy runs all of early before
// frontdesk, unless the order says otherwise, but for what is literal.
func askedEarly(block []*directive, literal bool, order []string, matchers map[string]bool) (asks caddyfile.Token, found bool) {
	last := len(block) - 1
	for last >= 0 && !block[last].holdsGateway() {
		last--
	}
	if last < 0 {
		return asks, false
	}
	for i, d := range block {
		before := literal && i < last || !literal && (len(order) == 0 || goesBefore(order, d.name.Text, block[last].name.Text))
		if before && slices.Contains(early, d.name.Text) && d.asks(matchers) {
			return d.name, true
		}
		if !d.holdsGateway() {
			continue
		}
		if asks, found := askedEarly(d.inner, d.name.Text == "route", order, matchers); found {
			return asks, true
		}
	}
	return asks, false
}

// holdsGateway reports whether a directive is frontdesk, or has it in its block. In
// handle_errors somebody may be known already.
func (d *directive) holdsGateway() bool {
	return isGateway(d) || d.name.Text != "handle_errors" && slices.ContainsFunc(d.inner, (*directive).holdsGateway)
}

// asks reports whether a directive is filled in with who is calling, or is for
// those whom one of these matchers chooses.
func (d *directive) asks(matchers map[string]bool) bool {
	return slices.ContainsFunc(d.args, func(text string) bool { return asksForPerson(text) || matchers[text] }) ||
		slices.ContainsFunc(d.inner, func(line *directive) bool { return asksForPerson(line.name.Text) || line.asks(matchers) })
}

// noteMatchers notes the names of the matchers that ask for a person.
func noteMatchers(block []*directive, names map[string]bool) {
	for _, d := range block {
		if strings.HasPrefix(d.name.Text, "@") && d.asks(nil) {
			names[d.name.Text] = true
		}
		noteMatchers(d.inner, names)
	}
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
