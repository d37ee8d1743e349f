package gateway

import (
	"net/http"

	"github.com/frontdesk-gateway/frontdesk/internal/passage"
	"github.com/frontdesk-gateway/frontdesk/loginui"
)

// refusal answers what neither a portal nor a page here is asked; nil for the
// rest.
func (a *arrival) refusal() reply {
	switch a.request {
	case passage.UnknownMethod:
		return func(v *visit) {
			v.turnAway(http.StatusNotImplemented, "method_not_allowed", "This method is not known here")
		}
	case passage.BadTarget:
		return func(v *visit) {
			v.turnAway(http.StatusBadRequest, "not_found", "The request's target is no path")
		}
	case passage.TooEarly:
		return (*visit).tooEarly
	case passage.WebSocket:
		if len(a.r.Header["Origin"]) > 0 && !a.fromHere() {
			return func(v *visit) { v.forbidden("a WebSocket from another origin") }
		}
	}
	return nil
}

// fromHere reports whether a request comes from a page of this very origin:
// browsers name it in Origin, with scheme and port.
func (a *arrival) fromHere() bool {
	origins := a.r.Header["Origin"]
	return len(origins) == 1 && origins[0] == a.Name
}

// tooEarly answers what could be a replay: browsers ask again once the
// handshake is done (RFC 8470, 5.2).
func (v *visit) tooEarly() {
	v.turnAway(http.StatusTooEarly, "early", "Ask again when the TLS handshake is done")
}

// forbidden answers what another site's page, or a program, may not do in the
// name of who is signed in. Only programs read it.
func (v *visit) forbidden(what string) {
	v.problem(http.StatusForbidden, problemDetails{
		Title: "Only pages of this origin open WebSockets here", Reference: v.refused(what, clip(v.r.Header.Get("Origin"))),
	})
}

// turnAway answers a page to people, and a problem to programs.
func (v *visit) turnAway(status int, key, title string) {
	if isDocument(v.r) {
		v.message(status, loginui.Message{Key: key})
		return
	}
	v.problem(status, problemDetails{Title: title})
}
