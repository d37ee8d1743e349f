package caddymodule

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
)

// order checks the routes of a server as Caddy runs them, wherever they were
// written: nothing may lead to a portal before the frontdesk that stands in front of
// it, and nothing ask for the person whom that is still to find out. Else a portal
// would stand open in silence.
type order struct {
	server string
	hosts  []string // of the site at hand
	again  bool     // what failed may come here once more, with the groups that it took before
}

// checkOrder checks a server, where the headers have further names. It tells of what
// may be meant.
func checkOrder(server *caddyhttp.Server, headers map[string]string) (told []string, err error) {
	reader := routeReader{named: server.NamedRoutes, names: map[string]bool{}, lists: map[string]int{}}
	for _, to := range headers {
		reader.names[strings.ToLower(to)] = true
	}
	var failed []*route
	sites := reader.list(server.Routes, true)
	if server.Errors != nil {
		failed = reader.list(server.Errors.Routes, true)
	}
	o := order{server: fmt.Sprintf("server %s (%s)", server.Name(), strings.Join(server.Listen, ", "))}
	if err := o.list(sites, asking{names: reader.names}); err != nil {
		return nil, err
	}
	if err := o.list(failed, asking{names: reader.names}.afterError()); err != nil {
		return nil, err
	}
	return o.beside(sites, failed), o.sitesErrors(sites, failed)
}

func (o order) errorf(format string, args ...any) error {
	where := o.server
	if len(o.hosts) > 0 {
		where += ", " + strings.Join(o.hosts, ", ")
	}
	return fmt.Errorf("%s: %w", where, fmt.Errorf(format, args...))
}

// list checks the way to each frontdesk of a list, and then within what has it.
func (o order) list(list []*route, who asking) error {
	for j, r := range list {
		here := o
		if len(r.hosts) > 0 {
			here.hosts = r.hosts
		}
		for i, s := range r.steps {
			if !s.holds {
				continue
			}
			if r.needsPath {
				return here.errorf("frontdesk is behind the matcher of paths /*, which is not for requests without a path (GET *, an address that ends with its host, or one of which a rewrite left nothing): they would come past it; write no matcher in its place, nor a path of the site's address")
			}
			if r.skips() {
				return here.errorf("the group %q is in another list of routes, too, and a request that takes one there comes past frontdesk here: give it another name; Caddy itself gives one to handle and to rewrite of a named route, too, so in a Caddyfile import a snippet in place of what is invoked", r.group)
			}
			if err := here.way(list[:j], r, i, who); err != nil {
				return err
			}
		}
	}
	return nil
}

// way checks what comes before a handler that is frontdesk, or has it.
func (o order) way(earlier []*route, r *route, i int, who asking) error {
	f, gateway := flow{clean: true, asking: who}, r.steps[i]
	var before []*route
	for _, e := range earlier {
		switch {
		case e.isAnotherSite(o.hosts, earlier):
		case e.group != "" && e.group == r.group && len(e.match) > 0: // a request takes one of a group, but is held to the matchers
			before = append(before, &route{match: e.match, asks: e.asks})
		default:
			here := *e
			here.partly = len(e.hosts) > 0 && (len(o.hosts) == 0 || slices.ContainsFunc(o.hosts, func(host string) bool { return !e.isFor(host) }))
			before = append(before, &here)
		}
	}
	f.routes(append(before, &route{match: r.match, asks: r.asks}, &route{steps: r.steps[:i]}), true)
	f.answer() // as frontdesk does, whom it does not let by
	for _, p := range f.portals() {
		// Before a block that has it, portals are told apart, but then by matchers. One
		// that all come to and go on behind is no such block, unless its list ends there: it
		// stands for frontdesk.
		handsOn := p.proxy && !p.goesOn
		first := (gateway.gateway || gateway.onlyJudges() && !r.chooses() && !r.terminal || p.always) && (handsOn || p.always && p.name == "file_server")
		if first || p.answers && (p.proxy || p.files) {
			return o.comesFirst(p.step, p.by.matcher())
		}
	}
	for _, errors := range f.failing {
		if err := o.judged(errors); err != nil {
			return err
		}
		o.again = o.again || !ends(errors)
	}
	if o.again && r.group != "" {
		return o.errorf("a subroute before frontdesk has routes for errors that let some go on: what failed behind it comes there once more, and past the group %q if it took a route of that before; have an answer to all end them", r.group)
	}
	if f.found != "" {
		return o.errorf("%s: put frontdesk first, in a Caddyfile by writing both into a route", f.found)
	}
	if f.passed && !who.failed && (!f.clean || !r.chooses() && gateway.judges()) {
		return o.errorf("requests come through frontdesk twice: write it once, in the site or in blocks of which a request takes one")
	}
	return o.inside(gateway, f.asking)
}

func (o order) comesFirst(s step, matcher string) error {
	return o.errorf("%s comes before frontdesk, and lets everybody by%s: put frontdesk first, in a Caddyfile above it in a route; where the global option order puts it there, have that say frontdesk before forward_auth; what is to be open is listed by public", s.name, matcher)
}

// inside checks the routes that a handler has itself. To a frontdesk among those for
// what a portal has answered it comes too late.
func (o order) inside(s step, who asking) error {
	if slices.ContainsFunc(s.responses, (*route).holds) {
		return o.comesFirst(s, "")
	}
	if err := o.judged(s.errors); err != nil {
		return err
	}
	return cmp.Or(o.list(s.within, who), o.list(s.errors, who.afterError()))
}

// judged refuses routes for errors that hand on what nobody has judged: an error of a
// handler before frontdesk leads there, with the headers and cookies that the client
// sent. Nor may they give out the file that was asked for, but by a rewrite another one,
// as a page about the error.
func (o order) judged(failed []*route) error {
	f := flow{clean: true}
	f.routes(failed, true)
	f.answer()
	for _, p := range f.portals() {
		const where = "where errors are handled, %s before frontdesk%s: put the same frontdesk before it, in a Caddyfile into handle_errors"
		switch {
		case p.proxy:
			return o.errorf(where, p.name+" hands requests on that failed", p.by.matcher())
		case p.files:
			return o.errorf(where+", or a rewrite that leads all of them to the page that is to be shown", p.name+" gives out files that were asked for by requests that failed", p.by.matcher())
		}
	}
	return nil
}

// sitesErrors looks at the errors of each site that has frontdesk. Those of a site
// that has no routes for them come to those of a wider one, but not to those of
// another before it that takes by its path what comes to them.
func (o order) sitesErrors(sites, failed []*route) error {
	for _, host := range hostsIn(sites, failed) {
		here := of(host, sites)
		first := slices.IndexFunc(here, (*route).holds)
		if len(failed) == 0 || first < 0 {
			continue
		}
		errors := slices.DeleteFunc(of(host, failed), func(r *route) bool {
			return slices.ContainsFunc(here[:first], func(site *route) bool {
				return site.terminal && len(r.match) > 0 && strings.EqualFold(site.matchJSON(), r.matchJSON())
			})
		})
		if o.hosts = []string{host}; host == "" {
			o.hosts = nil
		}
		if err := o.judged(errors); err != nil {
			return err
		}
	}
	return nil
}

// hostsIn are the hosts that lists name, with an empty one for all others.
func hostsIn(lists ...[]*route) []string {
	hosts := []string{""}
	for _, r := range slices.Concat(lists...) {
		hosts = append(hosts, r.hosts...)
	}
	return hosts
}

// of are the routes of a list that requests for a host come to.
func of(host string, list []*route) (all []*route) {
	for _, r := range list {
		if len(r.hosts) > 0 && !r.isFor(host) {
			continue
		}
		if all = append(all, r); r.terminal && !r.chooses() {
			break
		}
	}
	return all
}

// isAnotherSite reports whether a route is for hosts that a site is not for. Of a site
// that is for them, too, being wider, it has to be apart: it or others before that site
// take all that its hosts are asked. Else what it hands on, or does not match, comes there.
func (r *route) isAnotherSite(hosts []string, earlier []*route) bool {
	site := &route{hosts: hosts}
	if len(r.hosts) == 0 || slices.ContainsFunc(hosts, r.isFor) {
		return false
	}
	return !slices.ContainsFunc(r.hosts, func(host string) bool {
		return (len(hosts) == 0 || site.isFor(host)) && !slices.ContainsFunc(earlier, func(other *route) bool {
			return r.site && other.whole && other.isFor(host) && !slices.ContainsFunc(hosts, other.isFor) && other.ends()
		})
	})
}

// isFor reports whether a route's matchers take a host, or pattern, for theirs. An empty
// one stands for all others, which * is not for: it is for one label.
func (r *route) isFor(host string) bool {
	return host != "" && slices.ContainsFunc(r.hosts, func(pattern string) bool {
		return pattern == host || strings.Contains(pattern, "*") && slices.EqualFunc(strings.Split(pattern, "."), strings.Split(host, "."),
			func(a, b string) bool { return a == "*" || strings.EqualFold(a, b) })
	})
}
