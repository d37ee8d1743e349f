package gateway

import (
	"cmp"
	"crypto/rand"
	"errors"
	"net/http"
	"strings"
	"unicode"

	"github.com/frontdesk-gateway/frontdesk/internal/journey"
	"github.com/frontdesk-gateway/frontdesk/internal/passage"
	"github.com/frontdesk-gateway/frontdesk/loginui"
)

// route is one of the gateway's own paths, below the prefix.
type route struct {
	get  func(*visit) // also for HEAD
	post func(*visit)
	data bool // for programs, and for what a page loads: not for people alone
	// session says that what is posted acts on the session at hand.
	session bool
}

var routes = map[string]route{
	"sign-in":   {get: (*visit).getSignIn, post: (*visit).postSignIn},
	"sign-out":  {get: (*visit).getSignOut, post: (*visit).postSignOut, session: true},
	"session":   {get: (*visit).getSession, post: (*visit).postSession, session: true},
	"whoami":    {get: (*visit).whoami, data: true},
	"jwks.json": {get: (*visit).jwks, data: true},
}

// isForAll reports whether a path below the prefix answers the same to
// everybody, whoever they are: so it needs neither store nor clock, and a page
// that says that these are out of order still has its style.
func isForAll(path string) bool { return path == "jwks.json" || strings.HasPrefix(path, "assets/") }

// page answers a request below the prefix.
func (v *visit) page(path string) {
	if !v.acceptSize() {
		return
	}
	v.query = v.client.URL.Query()
	if passage.Early(v.r) && acts(path) {
		v.tooEarly()
		return
	}
	if name, ok := strings.CutPrefix(path, "assets/"); ok {
		v.dispatch(route{get: func(v *visit) { v.asset(name) }, data: true})
		return
	}
	if name, ok := strings.CutPrefix(path, "callback/"); ok && v.journeys.Providers[name] != nil {
		v.dispatch(route{get: func(v *visit) { v.callback(name) }})
		return
	}
	route, ok := routes[path]
	if !ok {
		v.message(http.StatusNotFound, loginui.Message{Key: "not_found", Link: "/", LinkKey: "action.back_to_portal"})
		return
	}
	v.dispatch(route)
}

// acts reports whether the page at a path does something on GET: spends a
// provider's answer, a ticket or a grant.
func acts(path string) bool {
	return strings.HasPrefix(path, "callback/") || path == "sign-in" || path == "session"
}

func (v *visit) dispatch(route route) {
	switch method := v.r.Method; {
	case method == http.MethodGet || method == http.MethodHead:
		if route.data || v.acceptVisit() {
			route.get(v)
		}
	case method == http.MethodPost && route.post != nil:
		if v.acceptVisit() && v.acceptPost(route) {
			route.post(v)
		}
	default:
		allow := "GET, HEAD"
		if route.post != nil {
			allow += ", POST"
		}
		v.w.Header().Set("Allow", allow)
		v.message(http.StatusMethodNotAllowed, loginui.Message{Key: "method_not_allowed"})
	}
}

// mayAct reports whether a GET may do what its address says. A HEAD, which link
// checkers send, would spend a ticket or a provider's answer, and so would a
// browser that only looks ahead: it asks again when the person does.
func (v *visit) mayAct() bool {
	switch {
	case v.r.Method == http.MethodHead:
		v.w.Header().Set("Allow", http.MethodGet)
		v.message(http.StatusMethodNotAllowed, loginui.Message{Key: "method_not_allowed"})
	case isSpeculative(v.r):
		v.turnAway(http.StatusTooEarly, "early", "Ask again when the person goes there")
	default:
		return true
	}
	return false
}

// acceptVisit refuses scripts and frames, which no page here is for. A script of
// a portal's page is of this very origin, so that Origin does not tell it from a
// person: it would read the journeys and sessions of who is signed in, or choose
// their first password. What it opens in a window is out of its reach
// (Cross-Origin-Opener-Policy), unless the portal's own page is cross-origin
// isolated; and what it submits there is no form of these pages (acceptForm).
func (v *visit) acceptVisit() bool {
	if saysNothing(v.r) || inWholeWindow(v.r) {
		return true
	}
	ref := v.refused("a script or a frame", clip(v.r.Header.Get("Sec-Fetch-Mode")+", "+v.r.Header.Get("Sec-Fetch-Dest")))
	if isDocument(v.r) {
		v.message(http.StatusForbidden, loginui.Message{Key: "method_not_allowed", Reference: ref})
	} else {
		v.problem(http.StatusForbidden, problemDetails{Title: "Only people in a whole window open this", Reference: ref})
	}
	return false
}

// acceptPost refuses what did not come from a page of this very origin, and
// what is no form, before it is read; and then what is not one of the forms here.
func (v *visit) acceptPost(r route) bool {
	if !v.fromOwnPage() {
		v.message(http.StatusForbidden, loginui.Message{Key: "forbidden_origin", Reference: v.refused("a form from another origin", clip(v.r.Header.Get("Origin")))})
		return false
	}
	return v.parseForm() && v.acceptForm(r)
}

func (v *visit) parseForm() bool {
	v.r.Body = http.MaxBytesReader(v.w.ResponseWriter, v.r.Body, maxForm)
	var err error = http.ErrNotSupported
	if isForm(v.r) {
		err = v.r.ParseForm()
	}
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		v.message(http.StatusRequestEntityTooLarge, loginui.Message{Key: "too_large"})
	case err != nil:
		v.message(http.StatusBadRequest, loginui.Message{Key: "expired", Link: v.signInURL("/"), LinkKey: "action.start_again"})
	}
	return err == nil
}

// crossOrigin judges what a browser says of a request's origin (Sec-Fetch-Site).
var crossOrigin http.CrossOriginProtection

// fromOwnPage reports whether a post comes from a page of this very origin:
// scheme, host and port are exactly those that are configured, which
// [http.CrossOriginProtection] alone does not ask for, and the browser does not
// say otherwise. Old ones say nothing; "none" is said of what a person does
// outside of all pages. SameSite cookies are the second line.
func (v *visit) fromOwnPage() bool {
	site := v.r.Header.Get("Sec-Fetch-Site")
	return v.fromHere() && site != "none" && (site == "" || crossOrigin.Check(v.r) == nil)
}

// frame is what surrounds every page.
func (v *visit) frame(formLeaves bool) loginui.Frame {
	return loginui.Frame{
		Brand: v.brand, Prefix: v.settings.Prefix, Support: string(v.settings.Support),
		FormLeaves: formLeaves, Loopback: v.settings.Loopback(), Standalone: v.standalone,
	}
}

// render answers with a page that may have forms.
func (v *visit) render(status int, formLeaves bool, page loginui.Page) {
	frame := v.frame(formLeaves)
	var err error
	if frame.FormToken, err = v.formToken(); err != nil {
		v.unavailable(err)
		return
	}
	v.write(status, frame, page)
}

func (v *visit) write(status int, frame loginui.Frame, page loginui.Page) {
	err := v.pages.Write(&v.w, v.r, status, frame, page)
	switch {
	case err == nil:
	case v.w.begun:
		v.log.Info("a page was not received whole", "error", err)
	default:
		v.noPage(err)
	}
}

// message answers with a page that only says something.
func (v *visit) message(status int, m loginui.Message) {
	v.write(status, v.frame(false), v.referenced(status, m))
}

// referenced gives a failure page the reference by which it is found in the
// log.
func (v *visit) referenced(status int, m loginui.Message) loginui.Message {
	if m.Reference == "" && status >= http.StatusBadRequest {
		m.Reference = v.failed(status, m.Key)
	}
	return m
}

// failed logs a failure page and returns its reference.
func (v *visit) failed(status int, page string) string {
	ref := reference()
	v.log.Info("answered with a failure page", "page", page, "status", status, "path", clip(v.client.URL.Path), "client_ip", v.client.IP, "reference", ref)
	return ref
}

// reference draws the short id by which a failure page is found in the log.
func reference() string { return rand.Text()[:10] }

// refused logs a request that was turned away and returns its reference.
func (v *visit) refused(why string, detail any) string {
	ref := reference()
	v.log.Warn("refused "+why, "detail", detail, "path", clip(v.client.URL.Path), "client_ip", v.client.IP, "reference", ref)
	return ref
}

// maxLogged bounds what of a stranger's words goes into the log, in bytes.
const maxLogged = 200

// clip makes a stranger's words fit for the log: short, and without what would
// change how a terminal shows the line (control characters, which not every
// format escapes, and marks of direction, which hardly any does).
func clip(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return unicode.ReplacementChar
	}, s[:min(len(s), maxLogged)])
}

// misdirected answers for a host that is no configured origin (RFC 9110,
// 15.5.20). It says nothing about those that are.
func (v *visit) misdirected() {
	v.w.Header().Set("Cache-Control", "no-store")
	if isDocument(v.r) {
		frame := v.frame(false)
		frame.Standalone = true // there are no assets on such a host
		v.write(http.StatusMisdirectedRequest, frame, v.referenced(http.StatusMisdirectedRequest, loginui.Message{Key: "misdirected"}))
		return
	}
	v.problem(http.StatusMisdirectedRequest, problemDetails{Title: "This host is not served here"})
}

// fail answers an error of the journey.
func (v *visit) fail(err error) {
	var other *journey.OtherAddressError
	var tooMany *journey.TooManyError
	switch {
	case errors.As(err, &tooMany):
		v.retryAfter(tooMany.Wait)
		v.message(http.StatusTooManyRequests, loginui.Message{
			Key: "too_many", Args: map[string]string{"wait": tooMany.Wait.String()}, Link: cmp.Or(tooMany.Back, v.signInURL("/")), LinkKey: "action.back",
		})
	case errors.As(err, &other):
		v.message(http.StatusForbidden, loginui.Message{
			Key: "other_address", Args: map[string]string{"typed": string(other.Typed), "proved": string(other.Proved)},
			Reference: v.refused("another address", err), Link: v.signInAgainURL(other.Destination), LinkKey: "action.start_again",
		})
	case errors.Is(err, journey.ErrRefused):
		v.message(http.StatusForbidden, loginui.Message{
			Key: "switch_refused", Reference: v.refused("a switch", err), Link: v.sessionPath(), LinkKey: "action.to_session",
		})
	case errors.Is(err, journey.ErrNotFound):
		v.expired()
	default:
		v.unavailable(err)
	}
}

// expired answers for a journey that is over or somebody else's. A browser
// that is signed in goes on to the portal: a session beats a stale journey.
func (v *visit) expired() {
	if v.session != nil {
		v.redirect(v.origin.String() + "/")
		return
	}
	v.message(http.StatusGone, loginui.Message{Key: "expired", Link: v.signInURL("/"), LinkKey: "action.start_again"})
}

// redirect answers with 303 to an address that was built from configuration.
func (v *visit) redirect(location string) {
	v.w.Header().Set("Cache-Control", "no-store")
	v.w.Header().Set("Location", location)
	v.w.WriteHeader(http.StatusSeeOther)
}

func (v *visit) asset(name string) {
	if name == "logo" && v.brand.Logo {
		// Firefox applies the policy of an image to the image itself, and nearly
		// every drawing program styles SVG inline: without it logos turn black.
		v.file(v.logo.mediaType, v.logo.body, "public, max-age=3600", "default-src 'none'; style-src 'unsafe-inline'; sandbox")
		return
	}
	mediaType, body, ok := v.pages.Asset(name)
	if !ok {
		v.message(http.StatusNotFound, loginui.Message{Key: "not_found", Link: "/", LinkKey: "action.back_to_portal"})
		return
	}
	v.file(mediaType, body, "public, max-age=31536000, immutable", "default-src 'none'; sandbox")
}

// file answers with a file that pages load. It may hold scripts, as a logo in
// SVG does; opened by itself it must not run them.
func (v *visit) file(mediaType string, body []byte, caching, policy string) {
	h := v.w.Header()
	h.Set("Content-Type", mediaType)
	h.Set("Cache-Control", caching)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", policy)
	v.w.WriteHeader(http.StatusOK)
	if v.r.Method != http.MethodHead {
		_, _ = v.w.Write(body) // nothing is left to do where the client is gone
	}
}
