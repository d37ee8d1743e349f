package caddymodule

import (
	"reflect"
	"slices"
	"strings"

	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile"
)

// What a directive needs to know of the site that it stands in. The helper
// exports none of it.

// siteToken is one of a Caddyfile, with what Caddy's own keeps to itself.
type siteToken struct {
	caddyfile.Token
	quoted  bool     // a brace that is quoted is text
	ends    int      // the line of its end
	imports []string // by which it came here
}

// onLineOf reports whether a token stands on the line of the one before it. What is
// imported stands on the lines of where it is from, and more than once.
func (t siteToken) onLineOf(before siteToken) bool {
	return t.File == before.File && t.Line <= before.ends && slices.Equal(t.imports, before.imports)
}

func (t siteToken) opens() bool  { return t.Text == "{" && !t.quoted }
func (t siteToken) closes() bool { return t.Text == "}" && !t.quoted }

// segmentsOf are the directives of a site with their blocks, as they are
// written.
func segmentsOf(h httpcaddyfile.Helper) (segments [][]siteToken) {
	site := siteSegments(h)
	for i := range length(site) {
		var segment []siteToken
		for j := range length(site.Index(i)) {
			segment = append(segment, tokenOf(site.Index(i).Index(j)))
		}
		segments = append(segments, segment)
	}
	return segments
}

// tokenOf copies what tells a token from others.
func tokenOf(v reflect.Value) (t siteToken) {
	if v.Kind() != reflect.Struct {
		return t
	}
	imports := v.FieldByName("imports")
	for i := range length(imports) {
		t.imports = append(t.imports, imports.Index(i).String())
	}
	if file, line, text := v.FieldByName("File"), v.FieldByName("Line"), v.FieldByName("Text"); line.Kind() == reflect.Int {
		t.File, t.Line, t.Text = file.String(), int(line.Int()), text.String()
	}
	t.ends = t.Line + strings.Count(t.Text, "\n")
	if quote := v.FieldByName("wasQuoted"); quote.CanInt() {
		t.quoted = quote.Int() != 0
		if quote.Int() == '<' { // a heredoc, whose first and last line are not in its text
			t.ends += 2
		}
	}
	return t
}

// directive is a directive of a site, with the arguments and the block that are
// written behind its name.
type directive struct {
	name  caddyfile.Token
	args  []string
	inner []*directive

	// unmatched says that the matcher is not among args any more: of what stands in
	// the site itself Caddy takes it out of these very tokens when it comes to the
	// directive, which leaves the last one twice.
	unmatched bool
}

// directivesOf are the directives of a site.
func directivesOf(h httpcaddyfile.Helper) (site []*directive) {
	for _, segment := range segmentsOf(h) {
		if len(segment) > 0 {
			site = append(site, directiveOf(segment))
		}
	}
	return site
}

// directiveOf takes a directive and its block apart.
func directiveOf(segment []siteToken) *directive {
	whole := &directive{name: segment[0].Token}
	if n := len(segment); n > 2 {
		end, before := segment[n-1], segment[n-2]
		whole.unmatched = end.Text == before.Text && end.File == before.File && end.Line == before.Line
	}
	last, within := whole, []*directive(nil)
	for i, token := range segment[1:] {
		first := !token.onLineOf(segment[i])
		switch {
		case token.opens():
			within = append(within, last)
		case first && token.closes() && len(within) > 0:
			within = within[:len(within)-1]
		case first && len(within) > 0:
			block := within[len(within)-1]
			last = &directive{name: token.Token}
			block.inner = append(block.inner, last)
		default:
			last.args = append(last.args, token.Text)
		}
	}
	return whole
}

// isGateway reports whether a directive is frontdesk itself.
func isGateway(d *directive) bool { return d.name.Text == "frontdesk" }

// unjudged are the directives of a kind, this one or in its block, that have no
// frontdesk beside them, nor beside a block that they stand in. Blocks of the names
// in but are left out.
func (d *directive) unjudged(kind func(*directive) bool, but ...string) (all []caddyfile.Token) {
	if kind(d) {
		return []caddyfile.Token{d.name}
	}
	if slices.Contains(but, d.name.Text) || slices.ContainsFunc(d.inner, isGateway) {
		return nil
	}
	for _, inner := range d.inner {
		all = append(all, inner.unjudged(kind, but...)...)
	}
	return all
}

func length(v reflect.Value) int {
	if v.Kind() != reflect.Slice {
		return 0
	}
	return v.Len()
}

// siteOf identifies the site that a directive stands in, 0 where it cannot be
// told. BlockState alone does not: outside of blocks all sites share it.
func siteOf(h httpcaddyfile.Helper) uintptr {
	if site := siteSegments(h); site.Kind() == reflect.Slice {
		return site.Pointer()
	}
	return 0
}

func siteSegments(h httpcaddyfile.Helper) reflect.Value {
	site := reflect.ValueOf(h).FieldByName("parentBlock")
	if site.Kind() != reflect.Struct {
		return reflect.Value{}
	}
	return site.FieldByName("Segments")
}
