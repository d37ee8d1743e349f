package caddymodule

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
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

// nobodyAskedFor refuses a directive that asks who is calling before frontdesk has
// found out. It would take everybody for nobody, or for whom they say they are, in
// silence: of a root of each account's own would come that of all accounts, and a
// redirection that keeps contacts out would let them in.
func nobodyAskedFor(h httpcaddyfile.Helper) error {
	site := directivesOf(h)
	who := asking{order: orderOf(h), renamed: newNames(h, site), matchers: map[string]bool{}}
	who.noteMaps(site)
	who.noteMatchers(site)
	if asks, found := who.tooEarly(site, false); found {
		return h.Errf("%s runs before frontdesk, at %s:%d, and cannot know who is calling: write both into a route, frontdesk first",
			asks.Text, asks.File, asks.Line)
	}
	return nil
}

// asking is what asks who is calling, beside the placeholders and the headers'
// default names.
type asking struct {
	order    []string        // of directives, where it is not Caddy's own
	renamed  []string        // new names of headers
	filled   []string        // placeholders that map fills in with who is calling, braces and all
	matchers map[string]bool // that ask
}

// tooEarly finds a directive of a block that asks, and runs before a frontdesk beside
// it, or in a block beside it. Caddy runs early and late before frontdesk, unless
// the order says otherwise, but for what is literal.
func (who *asking) tooEarly(block []*directive, literal bool) (asks caddyfile.Token, found bool) {
	last := len(block) - 1
	for last >= 0 && !block[last].holdsGateway() {
		last--
	}
	for i, d := range block[:last+1] {
		if literal && i < last && who.askedBy(d) {
			return d.name, true
		}
		if !d.holdsGateway() {
			continue
		}
		if asks, found := who.tooEarly(d.inner, d.name.Text == "route"); found {
			return asks, true
		}
	}
	if literal || last < 0 {
		return asks, false
	}
	i := slices.IndexFunc(block, func(d *directive) bool { return who.before(d, block[last]) && who.askedBy(d) })
	if i < 0 {
		return asks, false
	}
	return block[i].name, true
}

// before reports whether Caddy puts one directive before another, which is
// frontdesk or has it in its block.
func (who *asking) before(d, gateway *directive) bool {
	if len(who.order) > 0 {
		return goesBefore(who.order, d.name.Text, gateway.name.Text)
	}
	return slices.Contains(early, d.name.Text) || slices.Contains(late, d.name.Text)
}

// holdsGateway reports whether a directive is frontdesk, or has it in its block. In
// handle_errors somebody may be known already.
func (d *directive) holdsGateway() bool {
	return isGateway(d) || d.name.Text != "handle_errors" && slices.ContainsFunc(d.inner, (*directive).holdsGateway)
}

// askedBy reports whether a directive asks when its turn comes: all do by their
// matcher.
func (who *asking) askedBy(d *directive) bool {
	return len(d.args) > 0 && who.matchers[d.args[0]] || slices.Contains(early, d.name.Text) && who.within(d)
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
		if _, rest, found := strings.Cut(text, prefix); found {
			name, _, _ := strings.Cut(rest, "}")
			return who.isHeader(name)
		}
	}
	return false
}

func (who *asking) isHeader(name string) bool {
	return identity.IsHeader(name) || slices.ContainsFunc(who.renamed, func(to string) bool { return strings.EqualFold(to, name) })
}

// noteMatchers notes the names of the matchers that ask.
func (who *asking) noteMatchers(block []*directive) {
	for _, d := range block {
		if strings.HasPrefix(d.name.Text, "@") && who.within(d) {
			who.matchers[d.name.Text] = true
		}
		who.noteMatchers(d.inner)
	}
}

// noteMaps notes what the maps of a site fill in with who is calling, each for
// those after it: what comes after the matcher, if there is one, and the source.
func (who *asking) noteMaps(block []*directive) {
	for _, d := range block {
		who.noteMaps(d.inner)
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
