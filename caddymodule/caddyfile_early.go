package caddymodule

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile"

	"github.com/frontdesk-gateway/frontdesk/internal/config"
	"github.com/frontdesk-gateway/frontdesk/internal/gateway"
	"github.com/frontdesk-gateway/frontdesk/internal/identity"
)

// ahead are the directives that Caddy puts before frontdesk. Matchers are asked at
// once by all.
var ahead = []string{
	"tracing", "map", "vars", "fs", "root", "log_append", "skip_log", "log_skip", "log_name", "log_level", "header", "request_body", "timeouts",
	"redir", "method", "rewrite", "uri", "try_files", "basicauth", "basic_auth",
}

// beside are those that Caddy puts after frontdesk, but before a block that has it,
// or among such blocks. A route comes last, and handle before it.
var beside = []string{"forward_auth", "request_header", "encode", "push", "intercept", "templates", "invoke", "handle", "route"}

// late are those that fill in their placeholders when there is somebody, or have
// none that depend on that. All others do when they run, but for header, which can
// put it off.
var late = []string{
	"tracing", "map", "log_append", "skip_log", "log_skip", "log_name", "log_level", "timeouts", "encode", "intercept", "templates",
}

// nobodyAskedFor refuses a directive that asks who is calling before frontdesk has
// found out. It would take everybody for nobody, or for whom they say they are, in
// silence: of a root of each account's own would come that of all accounts, and a
// redirection that keeps contacts out would let them in.
func nobodyAskedFor(h httpcaddyfile.Helper) error {
	site := directivesOf(h)
	who := asking{order: orderOf(h), renamed: newNames(h, site)}
	asks := who.tooEarly(site, false)
	for _, d := range site {
		if d.name.Text == "handle_errors" && asks == nil {
			asks = (&asking{order: who.order, renamed: who.renamed, inErrors: true}).tooEarly(d.inner, false)
		}
	}
	if asks == nil {
		return nil
	}
	hint := ""
	if asks.unmatched {
		hint = "; if its matcher does not ask, write frontdesk above it, or remove the matchers that ask and are not used"
	}
	return h.Errf("%s runs before frontdesk, at %s:%d, and cannot know who is calling: write both into a route, frontdesk first%s",
		asks.name.Text, asks.name.File, asks.name.Line, hint)
}

// asking is what asks who is calling, beside the placeholders and the headers'
// default names.
type asking struct {
	order    []string        // of directives, where it is not Caddy's own
	renamed  []string        // new names of headers
	filled   []string        // placeholders that map fills in with who is calling, braces and all
	matchers map[string]bool // that ask
	lost     bool            // one of them is named nowhere: by a directive that is unmatched
	inErrors bool            // where somebody may be known already, but the headers may be as they were sent
}

// in is what asks in a block: what does so around it, and what the block itself adds
// to that, or has mean something else.
func (who *asking) in(block []*directive) *asking {
	here := &asking{who.order, who.renamed, slices.Clone(who.filled), maps.Clone(who.matchers), false, who.inErrors}
	if here.matchers == nil {
		here.matchers = map[string]bool{}
	}
	here.noteMaps(block)
	here.noteMatchers(block)
	return here
}

// tooEarly finds a directive of a block that asks, and runs before a frontdesk beside
// it, or in a block beside it, as its matcher does. Caddy goes by the order, but for
// what is literal.
func (who *asking) tooEarly(block []*directive, literal bool) *directive {
	who = who.in(block)
	for j, gateway := range block {
		if !gateway.holdsGateway() {
			continue
		}
		for i, d := range block {
			if literal && i <= j && who.chosenBy(d) || comesFirst(d, gateway, i < j, literal, who.order) && who.askedBy(d) {
				return d
			}
			if !literal && isBeside(d, gateway) && who.chosenBy(d) {
				return d
			}
		}
		if asks := who.tooEarly(gateway.inner, gateway.name.Text == "route"); asks != nil {
			return asks
		}
	}
	return nil
}

// isBeside reports whether a directive is one of beside, before a block that has
// frontdesk, or is such a block.
func isBeside(d, gateway *directive) bool {
	at := slices.Index(beside, ordered(d.name.Text))
	return !isGateway(gateway) && at >= 0 && at <= slices.Index(beside, ordered(gateway.name.Text))
}

// holdsGateway reports whether a directive is frontdesk, or has it in its block. In
// handle_errors somebody may be known already.
func (d *directive) holdsGateway() bool {
	return isGateway(d) || d.name.Text != "handle_errors" && slices.ContainsFunc(d.inner, (*directive).holdsGateway)
}

// askedBy reports whether a directive asks when its turn comes: all do by their
// matcher, and a block by what it holds. What is within a block with frontdesk is
// judged there.
func (who *asking) askedBy(d *directive) bool {
	switch {
	case who.chosenBy(d):
		return true
	case d.holdsGateway() || isNamedMatcher(d) || slices.Contains(late, d.name.Text):
		return false
	case d.name.Text == "header":
		return who.inHeader(d)
	case d.name.Text == "route" || ordered(d.name.Text) == "handle":
		return slices.ContainsFunc(d.inner, who.in(d.inner).askedBy)
	}
	return who.within(d)
}

// chosenBy reports whether the matcher of a directive asks.
func (who *asking) chosenBy(d *directive) bool {
	return d.unmatched && who.lost || len(d.args) > 0 && who.matchers[d.args[0]]
}

// inHeader reports whether a header asks when its turn comes. What it takes away or
// sets with > is put off until the answer, and so is then the rest of its block; what
// it sets with ? is by itself.
func (who *asking) inHeader(d *directive) bool {
	putsOff := func(field string) bool { return strings.HasPrefix(field, "-") || strings.HasPrefix(field, ">") }
	if args := d.settings(); len(args) > 0 {
		return !putsOff(args[0]) && !strings.HasPrefix(args[0], "?") && slices.ContainsFunc(args, who.ask)
	}
	return !slices.ContainsFunc(d.inner, func(line *directive) bool {
		return putsOff(line.name.Text) || line.name.Text == "defer" || line.name.Text == "match"
	}) && slices.ContainsFunc(d.inner, func(line *directive) bool {
		return !strings.HasPrefix(line.name.Text, "?") && slices.ContainsFunc(line.args, who.ask)
	})
}

// settings are the arguments behind the matcher, if there is one.
func (d *directive) settings() []string {
	if len(d.args) > 0 && isMatcher(d.args[0]) {
		return d.args[1:]
	}
	return d.args
}

// within reports whether anything that is written for a directive asks.
func (who *asking) within(d *directive) bool {
	return slices.ContainsFunc(d.args, who.ask) ||
		slices.ContainsFunc(d.inner, func(line *directive) bool { return who.ask(line.name.Text) || who.within(line) })
}

// ask reports whether a text is filled in with who is calling, or is the name of a
// header that says so.
func (who *asking) ask(text string) bool {
	if !who.inErrors && strings.Contains(text, "{"+gateway.PlaceholderPrefix) || who.isHeader(text) {
		return true
	}
	if slices.ContainsFunc(who.filled, func(placeholder string) bool { return strings.Contains(text, placeholder) }) {
		return true
	}
	for _, prefix := range []string{"{header.", "{http.request.header."} {
		for _, rest := range strings.Split(text, prefix)[1:] {
			if name, _, _ := strings.Cut(rest, "}"); who.isHeader(name) {
				return true
			}
		}
	}
	if !strings.Contains(text, "header(") && !strings.Contains(text, "header_regexp(") { // in an expression
		return false
	}
	return slices.ContainsFunc(strings.FieldsFunc(text, func(r rune) bool { return r == '\'' || r == '"' }), who.isHeader)
}

func (who *asking) isHeader(name string) bool {
	return identity.IsHeader(name) || slices.ContainsFunc(who.renamed, func(to string) bool { return strings.EqualFold(to, name) })
}

// isNamedMatcher reports whether a directive is none, but names a matcher.
func isNamedMatcher(d *directive) bool { return strings.HasPrefix(d.name.Text, "@") }

// noteMatchers notes which of a block's matchers ask.
func (who *asking) noteMatchers(block []*directive) {
	for _, d := range block {
		if isNamedMatcher(d) {
			asks := who.within(d)
			who.matchers[d.name.Text] = asks
			who.lost = who.lost || asks && !slices.ContainsFunc(block, func(other *directive) bool { return other.names(d.name.Text) })
		}
	}
}

// names reports whether a directive, or one in its block, names a matcher.
func (d *directive) names(matcher string) bool {
	return len(d.args) > 0 && d.args[0] == matcher || slices.ContainsFunc(d.inner, func(inner *directive) bool { return inner.names(matcher) })
}

// noteMaps notes what the maps of a block fill in with who is calling, each for
// those after it: what comes after the matcher, if there is one, and the source.
// Blocks of handle are left out, of which a request takes one.
func (who *asking) noteMaps(block []*directive) {
	for _, d := range block {
		if ordered(d.name.Text) != "handle" {
			who.noteMaps(d.inner)
		}
		if d.name.Text != "map" || !who.within(d) {
			continue
		}
		args := d.settings()
		for _, to := range args[min(1, len(args)):] {
			if strings.HasPrefix(to, "{") {
				who.filled = append(who.filled, to)
			}
		}
	}
}

// newNames are the names that portals receive the headers as, for all sites
// or for this one.
func newNames(h httpcaddyfile.Helper, site []*directive) (names []string) {
	if app, ok := h.Option("frontdesk").(httpcaddyfile.App); ok {
		var c config.Config
		if json.Unmarshal(app.Value, &c) == nil { // or else the load stops by itself
			names = slices.Collect(maps.Values(c.Headers))
		}
	}
	names = append(names, namesWithin(site)...)
	return slices.DeleteFunc(names, func(to string) bool { return strings.EqualFold(to, "off") })
}

func namesWithin(block []*directive) (names []string) {
	for _, d := range block {
		if identity.IsHeader(d.name.Text) && len(d.args) > 0 {
			names = append(names, d.args[0])
		}
		names = append(names, namesWithin(d.inner)...)
	}
	return names
}
