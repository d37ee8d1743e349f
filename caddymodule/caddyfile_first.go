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
// frontdesk beside it does. Blocks count by where they stand. Caddy goes by the
// order, but for what is literal; an empty one is its own, which is right.
func overtaking(block []*directive, literal bool, order []string) (first caddyfile.Token, found bool) {
	gateway := slices.IndexFunc(block, isGateway)
	for i, d := range block {
		before := literal && i < gateway || !literal && gateway >= 0 && goesBefore(order, d.name.Text, block[gateway].name.Text)
		if before {
			if all := d.unjudged(answers, "intercept"); len(all) > 0 { // what stands in that comes after an answer
				return all[0], true
			}
		}
		if first, found := overtaking(d.inner, d.name.Text == "route", order); found {
			return first, true
		}
	}
	return first, false
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
