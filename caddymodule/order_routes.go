package caddymodule

import (
	"cmp"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp/fileserver"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp/intercept"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp/reverseproxy"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp/rewrite"
)

// route is one of Caddy's as the check of their order reads it.
type route struct {
	match     [][]any  // sets of matchers; none for every request
	hosts     []string // that it is for; none where a set has no matcher of hosts
	whole     bool     // it is for all that these are asked
	needsPath bool     // but for none without a path
	site      bool     // hosts tell it from others of its list
	partly    bool     // it is for some hosts only of the site that is looked at
	group     string
	lists     map[string]int // of the server, that have routes of a group, by its name
	terminal  bool
	steps     []step
	asks      string // what its matchers fill in
}

// step is a handler of a route, with the routes that it has itself.
type step struct {
	name      string
	gateway   bool     // frontdesk
	holds     bool     // is frontdesk, or has it at any depth
	proxy     bool     // hands requests on
	scripts   bool     // to FastCGI: php_fastcgi rewrites all that it finds no file for so that the matcher there takes them
	upstreams []string // there, where they are known
	goesOn    bool     // but only asks: after a good answer, or without a file, the request goes on
	falls     bool     // some go on behind it: goesOn, or after another answer, or early hints
	to        string   // path that it rewrites to; empty: it leaves the one there is
	within    []*route
	errors    []*route // for requests that fail within
	responses []*route // for what somebody else has answered
	asks      string   // what it fills in when its turn comes
	fills     []string // placeholders that it makes of that
}

// proxy is what reverse_proxy can do, and so what is built on it.
type proxy interface {
	caddy.CleanerUpper
	FinalizeUnmarshalCaddyfile(httpcaddyfile.Helper) error
}

// routeReader reads the routes of a server. When a handler is provisioned, those of
// the routes before its own are, too, and have lost their JSON; of all others there
// is nothing but that.
type routeReader struct {
	named    map[string]*caddyhttp.Route
	names    map[string]bool // that sites give to the headers, in lower case
	lists    map[string]int  // that have routes of a group, by its name
	invoking []string        // names on the way here, of routes that could invoke themselves
}

// list reads a list of routes. Hosts tell sites apart in a server's own, and where
// a route is terminal.
func (n routeReader) list(list caddyhttp.RouteList, ofServer bool) (all []*route) {
	for i := range list {
		all = append(all, n.route(&list[i]))
	}
	for i, r := range all {
		if r.group != "" && !slices.ContainsFunc(all[:i], func(other *route) bool { return other.group == r.group }) {
			n.lists[r.group]++
		}
		r.site = ofServer || r.terminal
		if ofServer && r.whole {
			r.match = nil
		}
	}
	return all
}

func (n routeReader) route(of *caddyhttp.Route) *route {
	r := &route{match: matchersOf(of.MatcherSetsRaw, of.MatcherSets), group: of.Group, lists: n.lists, terminal: of.Terminal}
	for i, set := range r.match {
		r.needsPath = r.needsPath || slices.ContainsFunc(set, takesPaths)
		r.match[i] = slices.DeleteFunc(set, takesAll)
	}
	if slices.ContainsFunc(r.match, func(set []any) bool { return len(set) == 0 }) {
		r.match = nil // such a set matches
	}
	r.hosts, r.asks = hostsOf(r.match), textOfMatchers(r.match)
	r.whole = len(r.hosts) > 0 && !slices.ContainsFunc(r.match, func(set []any) bool { return len(set) > 1 })
	for _, handler := range of.Handlers {
		r.steps = append(r.steps, n.step(handler))
	}
	for _, text := range of.HandlersRaw {
		var named struct{ Handler string }
		if json.Unmarshal(text, &named) == nil {
			r.steps = append(r.steps, n.step(moduleOf("http.handlers."+named.Handler, text)))
		}
	}
	return r
}

func (n routeReader) step(handler any) step {
	s := step{name: nameOf(handler)}
	s.asks, s.fills = textOf(handler)
	switch h := handler.(type) {
	case *Handler:
		s.gateway = true
		for _, to := range h.Headers {
			n.names[strings.ToLower(to)] = true
		}
	case *caddyhttp.Subroute:
		s.within = n.list(h.Routes, false)
		if h.Errors != nil {
			s.errors = n.list(h.Errors.Routes, false)
		}
	case *caddyhttp.Invoke:
		if to := n.named[h.Name]; to != nil && !slices.Contains(n.invoking, h.Name) {
			s.within = routeReader{n.named, n.names, n.lists, append(slices.Clip(n.invoking), h.Name)}.list(caddyhttp.RouteList{*to}, false)
		}
	case *intercept.Intercept:
		s.responses, _, _ = n.responses(h.HandleResponse)
	case *reverseproxy.Handler:
		var transport struct{ Protocol string }
		s.proxy, s.scripts = true, nameOf(h.Transport) == "fastcgi" || json.Unmarshal(h.TransportRaw, &transport) == nil && transport.Protocol == "fastcgi"
		s.responses, s.goesOn, s.falls = n.responses(h.HandleResponse)
		for _, upstream := range h.Upstreams {
			if upstream != nil { // else Caddy itself fails in a moment
				s.upstreams = append(s.upstreams, caddy.NewReplacer().ReplaceKnown(upstream.Dial, ""))
			}
		}
	case proxy:
		s.proxy = true
	case *fileserver.FileServer:
		s.goesOn, s.falls = h.PassThru, h.PassThru
	case *caddyhttp.StaticResponse:
		s.falls = mayHint(h.StatusCode.String())
	case *rewrite.Rewrite:
		s.to, _, _ = strings.Cut(h.URI, "?")
	}
	s.holds = s.gateway || slices.ContainsFunc(slices.Concat(s.within, s.errors, s.responses), (*route).holds)
	return s
}

// responses reads the routes for what somebody else has answered, whether a request
// goes on after every good answer, as it does behind forward_auth, and whether one may
// after any.
func (n routeReader) responses(all []caddyhttp.ResponseHandler) (routes []*route, goesOn, falls bool) {
	decided := false
	for _, one := range all {
		list, match := n.list(one.Routes, false), cmp.Or(one.Match, new(caddyhttp.ResponseMatcher))
		routes = append(routes, list...)
		falls = falls || one.StatusCode == "" && !ends(list)
		if some := match.StatusCode == nil || slices.ContainsFunc(match.StatusCode, func(status int) bool { return status == 2 || status/100 == 2 }); !some || decided {
			continue
		}
		every := len(match.Headers) == 0 && (match.StatusCode == nil || slices.Contains(match.StatusCode, 2))
		goesOn, decided = every && one.StatusCode == "" && !slices.ContainsFunc(list, (*route).stops), true
	}
	return routes, goesOn, falls
}

// stops reports whether a route may keep a request from going on, as all handlers
// may that are not known to hand it on.
func (r *route) stops() bool {
	return r.terminal || slices.ContainsFunc(r.steps, func(s step) bool {
		return !slices.Contains([]string{"vars", "headers", "map", "rewrite", "log_append", "copy_response_headers", "subroute"}, s.name) ||
			slices.ContainsFunc(s.within, (*route).stops)
	})
}

func (r *route) holds() bool {
	return slices.ContainsFunc(r.steps, func(s step) bool { return s.holds })
}

// chooses reports whether a route is for some requests only.
func (r *route) chooses() bool { return len(r.match) > 0 || r.group != "" || r.partly }

// isForSuffixes reports whether a route is for what ends in some way, as *.php.
func (r *route) isForSuffixes() bool {
	return !slices.ContainsFunc(slices.Concat(r.match...), func(matcher any) bool {
		paths, ok := matcher.(*caddyhttp.MatchPath)
		return !ok || slices.ContainsFunc(*paths, func(path string) bool { return !strings.HasPrefix(path, "*") })
	})
}

// skips reports whether requests may pass a route over, as those have to that took one
// of its group in another list: Caddy knows a group by its name alone.
func (r *route) skips() bool { return r.lists[r.group] > 1 }

// ends reports whether nothing goes on behind what a route takes.
func (r *route) ends() bool { return ends([]*route{{steps: r.steps, terminal: r.terminal}}) }

func ends(list []*route) bool {
	f := flow{passed: true}
	f.routes(list, true)
	return !f.passed
}

// mayHint reports whether a status of an answer may be that of early hints, which Caddy
// sends and goes on. That of an error or of another answer is none.
func mayHint(status string) bool {
	code, _ := strconv.Atoi(status)
	return code == http.StatusEarlyHints || slices.ContainsFunc(placeholders(status), func(name string) bool { return !strings.HasSuffix(name, ".status_code") })
}

// matcher says by JSON what leads to a route, if that is short.
func (r *route) matcher() string {
	if text := r.matchJSON(); len(r.match) > 0 && len(text) <= 100 {
		return ", with the matcher " + text
	}
	return ""
}

func (r *route) matchJSON() string {
	var sets []map[string]any
	for _, set := range r.match {
		named := map[string]any{}
		for _, matcher := range set {
			named[nameOf(matcher)] = matcher
		}
		sets = append(sets, named)
	}
	return jsonOf(sets)
}

func nameOf(module any) string {
	if m, ok := module.(caddy.Module); ok {
		return m.CaddyModule().ID.Name()
	}
	return "a module"
}

func matchersOf(raw []caddy.ModuleMap, provisioned []caddyhttp.MatcherSet) (sets [][]any) {
	for _, set := range provisioned {
		sets = append(sets, slices.Clone([]any(set)))
	}
	for _, texts := range raw {
		var set []any
		for name, text := range texts {
			set = append(set, moduleOf("http.matchers."+name, text))
		}
		sets = append(sets, set)
	}
	return sets
}

// takesAll reports whether a matcher is one of paths that takes all.
func takesAll(matcher any) bool {
	paths, ok := matcher.(*caddyhttp.MatchPath)
	return takesPaths(matcher) || ok && slices.Contains(*paths, "*")
}

// takesPaths reports whether a matcher is one of paths that takes all, but no request
// without a path.
func takesPaths(matcher any) bool {
	paths, ok := matcher.(*caddyhttp.MatchPath)
	return ok && slices.Contains(*paths, "/*") && !slices.Contains(*paths, "*")
}

// moduleOf reads a module, but does not have it prepare itself. Where that fails, and
// Caddy itself does not refuse it in a moment, its text has to do.
func moduleOf(id string, text json.RawMessage) any {
	info, err := caddy.GetModule(id)
	if err != nil {
		return text
	}
	module := info.New()
	if json.Unmarshal(text, &module) != nil {
		return text
	}
	if hosts, ok := module.(*caddyhttp.MatchHost); ok && hosts.Provision(caddy.Context{}) != nil { // they are spelt in one way then
		return text
	}
	return module
}

// hostsOf are the hosts of sets of matchers that all name some, with what the
// environment says in place of its placeholders.
func hostsOf(sets [][]any) (hosts []string) {
	replacer := caddy.NewReplacer()
	for _, set := range sets {
		before := len(hosts)
		for _, matcher := range set {
			switch of := matcher.(type) {
			case *caddyhttp.MatchHost:
				hosts = append(hosts, *of...)
			case caddyhttp.MatchHost: // of redirections that Caddy adds
				hosts = append(hosts, of...)
			}
		}
		if len(hosts) == before {
			return nil
		}
		for i, host := range hosts[before:] {
			if hosts[before+i] = strings.ToLower(replacer.ReplaceKnown(host, "")); strings.Contains(hosts[before+i], "{") {
				return nil // each request says which
			}
		}
	}
	return hosts
}
