package caddymodule

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp/headers"
	maphandler "github.com/caddyserver/caddy/v2/modules/caddyhttp/map"

	"github.com/frontdesk-gateway/frontdesk/internal/gateway"
	"github.com/frontdesk-gateway/frontdesk/internal/identity"
)

const headerPlaceholder = "http.request.header."

// late are the handlers that fill in their texts when there is somebody, and those
// whose routes are looked at themselves.
var late = []string{"tracing", "map", "log_append", "timeouts", "encode", "intercept", "templates", "subroute", "invoke", "frontdesk"}

// asking finds what asks who is calling before frontdesk has found out. It would
// take everybody for nobody, or for whom they say they are: of a root of each
// account's own would come that of all accounts, and a redirection that keeps
// contacts out would let them in.
type asking struct {
	names  map[string]bool // new ones of headers, in lower case
	failed bool            // after an error somebody may be known, but headers may be as they were sent
	filled []string        // placeholders that come of who is calling
	found  string
}

func (who asking) afterError() asking { return asking{names: who.names, failed: true} }

// note notes what a text asks for.
func (who *asking) note(what string, by *route, text string) {
	if asked := who.asked(text); asked != "" && who.found == "" {
		who.found = what + " asks for " + asked + " before frontdesk has found out who is calling" + by.matcher()
	}
}

// asked finds a placeholder that says who is calling.
func (who *asking) asked(text string) string {
	for _, name := range placeholders(text) {
		header, ofHeader := strings.CutPrefix(name, headerPlaceholder)
		if !who.failed && strings.HasPrefix(name, gateway.PlaceholderPrefix) || slices.Contains(who.filled, name) ||
			ofHeader && (identity.IsHeader(header) || who.names[strings.ToLower(header)]) {
			return "{" + name + "}"
		}
	}
	return ""
}

// textOf is what a handler fills in when its turn comes, with the placeholders that
// it makes of that for those after it.
func textOf(handler any) (text string, fills []string) {
	switch h := handler.(type) {
	case *caddyhttp.VarsMiddleware: // what log_name sets is no text
		for name, value := range *h {
			value, _ := value.(string)
			text += name + " " + value + "\n"
		}
		return text, nil
	case *headers.Handler:
		if h.Response != nil && (h.Response.Deferred || h.Response.Require != nil) {
			return jsonOf(h.Request), nil
		}
	case *maphandler.Handler:
		for _, to := range h.Destinations { // those of a provisioned one have no braces
			fills = append(fills, strings.Trim(to, "{}"))
		}
		return jsonOf(h), fills
	}
	if slices.Contains(late, nameOf(handler)) {
		return "", nil
	}
	return jsonOf(handler), nil
}

// textOfMatchers is what matchers fill in, with the headers that they look at as
// placeholders.
func textOfMatchers(sets [][]any) (text string) {
	for _, matcher := range slices.Concat(sets...) {
		var names []string
		switch m := matcher.(type) {
		case *caddyhttp.MatchNot: // a provisioned one has no JSON
			text += textOfMatchers(matchersOf(m.MatcherSetsRaw, m.MatcherSets))
		case *caddyhttp.MatchHeader:
			names = slices.Collect(maps.Keys(*m))
		case *caddyhttp.MatchHeaderRE:
			names = slices.Collect(maps.Keys(*m))
		case *caddyhttp.MatchExpression:
			names = strings.FieldsFunc(m.Expr, func(r rune) bool { return r == '\'' || r == '"' })
		}
		for _, name := range names {
			text += "{" + headerPlaceholder + name + "} {" + name + "}" // an expression can name either
		}
		text += jsonOf(matcher)
	}
	return text
}

// jsonOf is a module as JSON, empty where it has none.
func jsonOf(module any) string {
	text, err := json.Marshal(module)
	if err != nil {
		return ""
	}
	return string(text)
}
