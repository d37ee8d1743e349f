package gateway

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"

	"github.com/frontdesk-gateway/frontdesk/internal/config"
	"github.com/frontdesk-gateway/frontdesk/internal/passage"
	"github.com/frontdesk-gateway/frontdesk/internal/rescue"
	"github.com/frontdesk-gateway/frontdesk/loginui"
)

// response is what is answered here; the portal gets the server's own. It notes
// that an answer was begun: no other can take its place.
type response struct {
	http.ResponseWriter
	begun  bool
	secure bool // the request's origin is https
	shared bool // other origins may load this
}

func (w *response) WriteHeader(status int) {
	w.begin()
	w.ResponseWriter.WriteHeader(status)
}

func (w *response) Write(p []byte) (int, error) {
	w.begin()
	return w.ResponseWriter.Write(p)
}

// begin sets what holds for every answer, whatever it is. How long browsers keep
// to https is the operator's to say, who may want it for all of their hosts; a
// handler before this one has said it then.
func (w *response) begin() {
	if w.begun {
		return
	}
	w.begun = true
	h := w.Header()
	if !w.shared {
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
	}
	if w.secure && h["Strict-Transport-Security"] == nil {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
}

// unavailable answers where something that must be known could not be found
// out: never as for a stranger, never by letting the request through.
func (v *visit) unavailable(err error) {
	v.closed(v.undecided(err))
}

// notFoundOut is unavailable for what the arrival was decided by.
func (v *visit) notFoundOut() { v.unavailable(v.err) }

// undecided logs why a request could not be decided and returns its reference. Who
// leaves is no failure: anybody could raise the operator's alarm by it.
func (v *visit) undecided(err error) string {
	ref := reference()
	facts := append(causes(err), "path", clip(v.client.URL.Path), "client_ip", v.client.IP, "reference", ref)
	if left := v.ctx().Err(); left != nil && errors.Is(err, left) {
		v.log.Info("a request was left before it was decided", facts...)
		return ref
	}
	v.log.Error("a request could not be decided", facts...)
	return ref
}

// causes are an error as the log has it: with the stack, where it was a panic.
func causes(err error) []any {
	if p, panicked := errors.AsType[*rescue.Panic](err); panicked {
		return []any{"error", err, "stack", string(p.Stack)}
	}
	return []any{"error", err}
}

// Closed answers for a gateway that is not open yet.
type Closed struct{ site *Site }

// NewClosed makes one. It needs no store.
func NewClosed(settings *config.Settings, log *slog.Logger) (*Closed, error) {
	pages, err := loginui.New()
	if err != nil {
		return nil, err
	}
	brand := loginui.Brand{Name: settings.Brand.Name, Accent: settings.Brand.Accent}
	return &Closed{&Site{Gateway: &Gateway{settings: settings, log: log, pages: pages, brand: brand, standalone: true}}}, nil
}

var errNotOpen = errors.New("the store is not open yet")

// Answer answers a request with 503. A handler around this one may hand it on
// nevertheless, so that it loses what any other does: headers are the names that
// sites gave to the gateway's.
func (c *Closed) Answer(w http.ResponseWriter, r *http.Request, client Client, headers ...map[string]string) {
	a := arrival{Site: c.site, r: r, client: client}
	defer leaveBehind(r)
	passage.NewFilter(append(headers, c.site.settings.Headers)...).Admit(r, client.Trusted)
	a.locate()
	v := a.visit(w)
	if client.URL.Path == v.settings.Prefix+"/health" {
		v.unhealthy("not ready", errNotOpen)
		return
	}
	v.unavailable(errNotOpen)
}

// retryAfter is how soon a request that could not be decided is tried again, in
// seconds.
const retryAfter = "2"

func (v *visit) closed(ref string) {
	v.w.Header().Set("Retry-After", retryAfter)
	if isDocument(v.r) {
		v.message(http.StatusServiceUnavailable, loginui.Message{Key: "unavailable", Reference: ref})
		return
	}
	v.problem(http.StatusServiceUnavailable, problemDetails{Title: "Temporarily unavailable", Reference: ref})
}

// panicked answers where the work on a request ended in a panic. Of an answer
// that was being made nothing is left; one that was begun is broken off, so that
// nobody takes a part for the whole.
func (v *visit) panicked(cause any) {
	if cause == http.ErrAbortHandler {
		panic(cause)
	}
	ref := v.undecided(rescue.New(cause))
	if v.w.begun {
		panic(http.ErrAbortHandler)
	}
	for _, name := range []string{"Allow", "Content-Length", "Location", "Set-Cookie", "WWW-Authenticate"} {
		v.w.Header().Del(name)
	}
	if err := rescue.Do(func() error { v.closed(ref); return nil }); err != nil {
		v.plain(ref)
	}
}

// noPage answers where a page cannot be made.
func (v *visit) noPage(err error) { v.plain(v.undecided(fmt.Errorf("making a page: %w", err))) }

// plain is the last resort: it needs nothing that can fail.
func (v *visit) plain(ref string) {
	if v.w.begun {
		panic(http.ErrAbortHandler)
	}
	h := v.w.Header()
	h.Del("Set-Cookie")
	h.Set("Cache-Control", "no-store")
	h.Set("Retry-After", retryAfter)
	http.Error(&v.w, "Temporarily unavailable. Reference: "+ref, http.StatusServiceUnavailable)
}
