package caddymodule

import (
	"slices"

	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile"
)

// nothingComesFirst refuses a site where a request reaches the portal before
// frontdesk, with the identity headers that its client sent. Caddy orders what
// stands in a site or a handle, but not what stands in a route; and the global
// option order moves frontdesk behind the blocks of a site easily, as by the usual
// `before reverse_proxy`.
func nothingComesFirst(h httpcaddyfile.Helper) error {
	if first, found := overtaking(directivesOf(h), false, orderOf(h)); found {
		return h.Errf("%s, at %s:%d, comes before frontdesk, and lets everybody by: in a route, write frontdesk above it; where the global option order puts it there, have that say frontdesk before forward_auth; what is to be open is listed by public",
			first.Text, first.File, first.Line)
	}
	return nil
}

// overtaking finds a directive of a block that answers for the portal before a
// frontdesk beside it does, or before a block beside it that has it. Before such a
// block it may have a matcher, which tells portals apart. Caddy goes by the order,
// but for what is literal; an empty one is its own, which is right but for blocks.
func overtaking(block []*directive, literal bool, order []string) (first caddyfile.Token, found bool) {
	for j, gateway := range block {
		if !gateway.holdsGateway() {
			continue
		}
		for i, d := range block {
			if !comesFirst(d, gateway, i < j, literal, order) {
				continue
			}
			if all := d.unjudged(answers, "intercept"); len(all) > 0 && (isGateway(gateway) || d.answersAll()) { // what stands in that comes after an answer
				return all[0], true
			}
		}
	}
	for _, d := range block {
		if first, found := overtaking(d.inner, d.name.Text == "route", order); found {
			return first, true
		}
	}
	return first, false
}

// comesFirst reports whether a request goes through one directive before it comes to
// another, which is frontdesk or has it in its block; written says whether that
// stands above it. Of blocks of handle a request takes one, and of others that are
// not literal Caddy puts those with a matcher first.
func comesFirst(d, gateway *directive, written, literal bool, order []string) bool {
	a, b := ordered(d.name.Text), ordered(gateway.name.Text)
	switch {
	case a == "handle" && b == "handle":
		return false
	case !literal && a == b && d.hasMatcher() != gateway.hasMatcher():
		return d.hasMatcher()
	case literal || a == b:
		return written
	case len(order) > 0:
		return goesBefore(order, a, b)
	}
	return slices.Contains(ahead, a) || isBeside(d, gateway)
}

// orderOf is the order of directives that the global option of that name makes;
// empty without it.
func orderOf(h httpcaddyfile.Helper) []string {
	order, _ := h.Option("order").([]string)
	return order
}

func goesBefore(order []string, a, b string) bool {
	at := slices.Index(order, ordered(a))
	return at >= 0 && at < slices.Index(order, ordered(b))
}

// ordered is the name that Caddy orders a directive by.
func ordered(name string) string {
	if name == "handle_path" {
		return "handle"
	}
	return name
}

// answers reports whether a directive is what a portal is reached by. forward_auth
// only asks; files that a matcher chooses are what the operator leaves open.
func answers(d *directive) bool {
	switch d.name.Text {
	case "forward_auth":
		return false
	case "file_server":
		return !d.unmatched && (len(d.args) == 0 || d.args[0] == "*" || !isMatcher(d.args[0]))
	}
	return isProxy(d)
}

// answersAll reports whether no request that comes to a directive goes on to what
// stands behind it. One of invoke may.
func (d *directive) answersAll() bool {
	if d.hasMatcher() || d.holdsGateway() {
		return false
	}
	if d.name.Text == "route" || ordered(d.name.Text) == "handle" {
		return slices.ContainsFunc(d.inner, (*directive).answersAll)
	}
	return answers(d) && d.name.Text != "invoke"
}

func (d *directive) hasMatcher() bool {
	return d.unmatched || len(d.args) > 0 && d.args[0] != "*" && isMatcher(d.args[0])
}
