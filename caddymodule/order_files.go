package caddymodule

import (
	"slices"
	"strings"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp/fileserver"

	"github.com/frontdesk-gateway/frontdesk/internal/gateway"
)

// fixed begin the placeholders that do not repeat what was asked for.
var fixed = []string{"http.error.status_", "http.intercept.status_", "http.request.host", "env.", gateway.PlaceholderPrefix}

// files is which file requests come to that go through routes.
type files struct {
	rewritten bool // not the one that was asked for, whatever that was
	pages     bool // what a matcher has found is none that was asked for
}

// rewrite notes the path that a rewrite leads to; empty leaves the one there is.
func (f *files) rewrite(to string) {
	if to != "" {
		f.rewritten = !slices.ContainsFunc(placeholders(to), func(name string) bool {
			return !isFixed(name) && !(f.pages && strings.HasPrefix(name, "http.matchers.file."))
		})
	}
}

// match notes what the matchers of a route look for among the files.
func (f *files) match(sets [][]any) {
	var sought []string
	for _, matcher := range slices.Concat(sets...) {
		switch m := matcher.(type) {
		case *fileserver.MatchFile:
			if sought = append(sought, m.TryFiles...); len(m.TryFiles) == 0 {
				sought = append(sought, "{http.request.uri.path}")
			}
		case *caddyhttp.MatchExpression:
			if strings.Contains(m.Expr, "file(") {
				sought = append(sought, "{"+m.Expr+"}")
			}
		}
	}
	if len(sought) > 0 {
		f.pages = !slices.ContainsFunc(placeholders(strings.Join(sought, "\n")), func(name string) bool { return !isFixed(name) })
	}
}

func isFixed(placeholder string) bool {
	return slices.ContainsFunc(fixed, func(prefix string) bool { return strings.HasPrefix(placeholder, prefix) })
}

// placeholders are the names of those in a text.
func placeholders(text string) (names []string) {
	for _, rest := range strings.SplitAfter(text, "{")[1:] {
		name, _, _ := strings.Cut(rest, "}")
		names = append(names, name)
	}
	return names
}
