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

// early are the directives that Caddy puts before frontdesk and that fill in
// their placeholders when they run. Matchers are asked at once by all.
var early = []string{"vars", "fs", "root", "redir", "method", "rewrite", "uri", "try_files", "basicauth", "basic_auth"}

// late are the others before it, which fill in theirs when there is somebody, or
// have none that depend on that.
var late = []string{
	"tracing", "map", "log_append", "skip_log", "log_skip", "log_name", "log_level", "header", "request_body", "timeouts",
}

// beside are those that Caddy puts after frontdesk, but before a block that has it,
// or among such blocks. A route comes last, and handle before it.
var beside = []string{"forward_auth", "request_header", "encode", "push", "intercept", "templates", "invoke", "handle", "route"}

// nobodyAskedFor refuses a directive that asks who is calling before frontdesk has
// found out. It would take everybody for nobody, or for whom they say they are, in
// silence: of a root of each account's own would come that of all accounts, and a
// redirection that keeps contacts out would let them in.
func nobodyAskedFor(h httpcaddyfile.Helper) error {
	site := directivesOf(h)
	who := asking{order: orderOf(h), renamed: newNames(h, site)}
	asks := who.tooEarly(site, false)
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
}

// in is what asks in a block: what does so around it, and what the block itself adds
// to that, or has mean something else.
func (who *asking) in(block []*directive) *asking {
	here := &asking{who.order, who.renamed, slices.Clone(who.filled), maps.Clone(who.matchers), false}
	if here.matchers == nil {
		here.matchers = map[string]bool{}
	}
	here.noteMaps(block)
	here.noteMatchers(block)
	return here
}

// tooEarly finds a directive of a block that asks, and runs before a frontdesk beside
// it, or in a block beside it, as its matcher does. Caddy runs early and late before
// frontdesk, unless the order says otherwise, but for what is literal.
func (who *asking) tooEarly(block []*directive, literal bool) *directive {
	who = who.in(block)
	last := len(block) - 1
	for last >= 0 && !block[last].holdsGateway() {
		last--
	}
	for i, d := range block[:last+1] {
		if literal && (i < last && who.askedBy(d) || i == last && who.chosenBy(d)) {
			return d
		}
		if !d.holdsGateway() {
			continue
		}
		if asks := who.tooEarly(d.inner, d.name.Text == "route"); asks != nil {
			return asks
		}
	}
	if literal || last < 0 {
		return nil
	}
	i := slices.IndexFunc(block, func(d *directive) bool {
		return who.before(d, block[last]) && who.askedBy(d) || isBeside(d, block[last]) && who.chosenBy(d)
	})
	if i < 0 {
		return nil
	}
	return block[i]
}

// before reports whether Caddy puts one directive before another, which is
// frontdesk or has it in its block.
func (who *asking) before(d, gateway *directive) bool {
	if len(who.order) > 0 {
		return goesBefore(who.order, d.name.Text, gateway.name.Text)
	}
	return slices.Contains(early, d.name.Text) || slices.Contains(late, d.name.Text)
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
// matcher.
func (who *asking) askedBy(d *directive) bool {
	return who.chosenBy(d) || slices.Contains(early, d.name.Text) && who.within(d)
}

// chosenBy reports whether the matcher of a directive asks.
func (who *asking) chosenBy(d *directive) bool {
	return d.unmatched && who.lost || len(d.args) > 0 && who.matchers[d.args[0]]
}

// within reports whether anything that is written for a directive asks.
func (who *asking) within(d *directive) bool {
	return slices.ContainsFunc(d.args, who.ask) ||
		slices.ContainsFunc(d.inner, func(line *directive) bool { return who.ask(line.name.Text) || who.within(line) })
}

// ask reports whether a text is filled in with who is calling, or is the name of a
// header that says so.
func (who *asking) ask(text string) bool {
	if strings.Contains(text, "{"+gateway.PlaceholderPrefix) || who.isHeader(text) {
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

// noteMatchers notes which of a block's matchers ask.
func (who *asking) noteMatchers(block []*directive) {
	for _, d := range block {
		if strings.HasPrefix(d.name.Text, "@") {
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
		args := d.args
		if len(args) > 0 && isMatcher(args[0]) {
			args = args[1:]
		}
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
