// Package gateway owns the way of a request: which origin it is for, whose it
// is, and whether it goes on to the portal, is sent to sign in, or is for one
// of the gateway's own pages. It speaks plain net/http; caddymodule fits it
// into Caddy.
//
// A request comes in by [Site.Handle]:
//
//	what no portal may see            removed, whatever comes next: package passage
//	/frontdesk/health                 answered on any host
//	Host is no configured origin      421
//	method, target, early data, or    refuse.go: 501, 400, 425, 403
//	a WebSocket's origin not admitted
//	below /frontdesk/                 pages.go: sign-in, session, callback, ...
//	session cookie is good            identity set, on to the portal
//	path is public                    on to the portal, without identity
//	otherwise                         challenge.go: to the sign-in, or 401
package gateway
