package gateway

import (
	"cmp"
	"encoding/json"
	"mime"
	"net/http"
	"strconv"
	"strings"

	"github.com/frontdesk-gateway/frontdesk/loginui"
)

// challenge answers a request that needs a session and has none (DESIGN.md,
// "What a browser sees").
func (v *visit) challenge() {
	h := v.w.Header()
	h.Set("Cache-Control", "no-store")
	h.Add("Vary", "Cookie, Accept, Sec-Fetch-Mode, Sec-Fetch-Dest, Upgrade-Insecure-Requests")
	if isNavigation(v.r) {
		h.Set("Location", v.signInURL(v.destination()))
		v.w.WriteHeader(http.StatusSeeOther)
		return
	}
	if isDocument(v.r) {
		v.setAuthenticate()
		v.message(http.StatusUnauthorized, loginui.Message{
			Key: "unauthorized", Link: v.signInURL(v.destination()), LinkKey: "action.sign_in", WholeWindow: true,
		})
		return
	}
	v.unauthorized()
}

// unauthorized tells a program that nobody is signed in, and where to go.
func (v *visit) unauthorized() {
	v.setAuthenticate()
	v.problem(http.StatusUnauthorized, problemDetails{
		Title: "Sign-in required", Detail: "There is no session. Send the person to sign_in.",
		SignIn: v.origin.String() + v.settings.Prefix + "/sign-in",
	})
}

// setAuthenticate names the challenge (RFC 9110, 11.6.1).
func (v *visit) setAuthenticate() {
	v.w.Header().Set("WWW-Authenticate", `Frontdesk realm="`+v.origin.String()+`"`)
}

// isNavigation reports whether a person's browser goes to an address in a
// whole window.
func isNavigation(r *http.Request) bool {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return false
	}
	if saysNothing(r) {
		return acceptsHTML(r) && r.Header.Get("Upgrade") == ""
	}
	return inWholeWindow(r) || isPassedOn(r)
}

// saysNothing reports whether a request has no word on how it was made (Fetch
// Metadata): old browsers and programs.
func saysNothing(r *http.Request) bool {
	return r.Header.Get("Sec-Fetch-Mode") == "" && r.Header.Get("Sec-Fetch-Dest") == ""
}

// inWholeWindow reports whether a browser says that a person goes to an address
// in a whole window. Where a service worker passes a navigation on, the
// destination is lost (Fetch, "new Request"), and in most browsers the mode is
// not (see [isPassedOn]): no script of a page can ask in that mode. Chromium 76 to
// 79 names no destination, and frames in a mode of their own, nested-navigate.
func inWholeWindow(r *http.Request) bool {
	dest := r.Header.Get("Sec-Fetch-Dest")
	return r.Header.Get("Sec-Fetch-Mode") == "navigate" && (dest == "document" || dest == "empty" || dest == "")
}

// isPassedOn reports whether a service worker passes on where a person goes, and
// the mode is lost as well: by Firefox always, by others where the worker changes
// anything (Fetch, "new Request"). What is left is what browsers ask for with
// navigations alone (Upgrade Insecure Requests, 3.2.1). A script can write that,
// too: it may decide how somebody is told to sign in, never what they are shown.
func isPassedOn(r *http.Request) bool {
	return r.Header.Get("Sec-Fetch-Mode") == "same-origin" && r.Header.Get("Sec-Fetch-Dest") == "empty" &&
		r.Header.Get("Upgrade-Insecure-Requests") == "1"
}

// isSpeculative reports whether a browser asks before the person does, who may
// never: it prefetches or prerenders (Speculation Rules, "Sec-Purpose"; older
// ones say "Purpose").
func isSpeculative(r *http.Request) bool {
	return strings.HasPrefix(r.Header.Get("Sec-Purpose"), "prefetch") || r.Header.Get("Purpose") == "prefetch"
}

// isDocument reports whether the answer is shown as a page: after a form's
// post, or in a frame.
func isDocument(r *http.Request) bool {
	if mode := r.Header.Get("Sec-Fetch-Mode"); mode != "" || r.Header.Get("Sec-Fetch-Dest") != "" {
		return mode == "navigate" || isPassedOn(r)
	}
	return acceptsHTML(r) && r.Header.Get("Upgrade") == ""
}

// acceptsHTML reports whether text/html is named in Accept, with a weight above
// 0 (RFC 9110, 12.5.1). No browser sends a long one: it names nothing.
func acceptsHTML(r *http.Request) bool {
	left := maxAccept
	for _, line := range r.Header.Values("Accept") {
		if left -= len(line); left < 0 {
			return false
		}
		for part := range strings.SplitSeq(line, ",") {
			mediaType, params, err := mime.ParseMediaType(part)
			if err != nil || mediaType != "text/html" {
				continue
			}
			weight, err := strconv.ParseFloat(cmp.Or(params["q"], "1"), 64)
			return err == nil && weight > 0
		}
	}
	return false
}

// problemDetails is the body for programs (RFC 9457).
type problemDetails struct {
	Type      string `json:"type"`
	Title     string `json:"title"`
	Status    int    `json:"status"`
	Detail    string `json:"detail,omitempty"`
	SignIn    string `json:"sign_in,omitempty"`
	Reference string `json:"reference,omitempty"`
}

func (v *visit) problem(status int, p problemDetails) {
	p.Type, p.Status = "about:blank", status
	v.json(status, "application/problem+json", "no-store", p)
}

// json answers programs. caching goes before what the server may have set for
// the portal's answers.
func (v *visit) json(status int, contentType, caching string, body any) {
	data, err := json.Marshal(body)
	if err != nil {
		v.noPage(err)
		return
	}
	h := v.w.Header()
	h.Set("Content-Type", contentType)
	h.Set("Cache-Control", caching)
	h.Set("X-Content-Type-Options", "nosniff")
	v.w.WriteHeader(status)
	if v.r.Method != http.MethodHead {
		_, _ = v.w.Write(append(data, '\n')) // nothing is left to do where the client is gone
	}
}
