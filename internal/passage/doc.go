// Package passage owns what of a stranger's request may go on to a portal. A
// portal believes its headers; here stands what is taken off a request before
// anything is decided or set ([Filter.Admit]), and what no portal is asked.
//
//	rule                          where        what becomes of it
//	identity headers, ours        names.go     removed, always
//	identity headers, others'     names.go     removed, always
//	host, path, method overrides  names.go     removed, always
//	hop-by-hop headers            names.go     removed, always
//	client address, scheme, ...   names.go     removed, unless from a trusted proxy in its one spelling
//	headers with a meaning in     names.go     kept in their one spelling, removed in any other
//	HTTP itself
//	trailers                      filter.go    removed, always
//	Connection, Upgrade           upgrade.go   removed, but for a WebSocket's
//	methods                       method.go    those that are registered; else 501
//	CONNECT                       upgrade.go   501, but for a WebSocket's on HTTP/2 and HTTP/3
//	request target                target.go    a path; else 400
//	early data (0-RTT)            method.go    safe methods; else 425
//	WebSockets                    upgrade.go   from the site's own origin; else 403
//
// "Spelling": CGI and its heirs hand a header to a program under a name in
// which several headers become one, see [Fold]. A name that is judged here is
// judged in all its spellings.
//
// A trusted proxy (Caddy's trusted_proxies) vouches for where a request comes
// from: address, scheme, certificate. It does not vouch for who is calling,
// which only the gateway says, nor for what is asked, which the gateway has
// judged: load balancers hand on headers of that kind from anybody.
//
// What reverse_proxy does afterwards to a request that was let through is
// written down as tests, in caddymodule/portal_*_test.go.
package passage
