package loginui

import (
	"fmt"
	"net/http"
	"strconv"
)

// Write answers req with page and status. On an error of the template nothing was written
// and the caller can still answer; HEAD gets the headers alone.
func (r *Renderer) Write(w http.ResponseWriter, req *http.Request, status int, frame Frame, page Page) error {
	texts := r.catalogue.match(req.Header.Get("Accept-Language"))
	body, err := r.render(frame, texts, page)
	if err != nil {
		return err
	}
	r.setHeaders(w.Header(), frame, page)
	w.Header().Set("Content-Language", texts.tag.String())
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	if req.Method == http.MethodHead {
		return nil
	}
	if _, err := w.Write(body); err != nil {
		return fmt.Errorf("writing page %s: %w", page.template(), err)
	}
	return nil
}

// setHeaders locks a page down: nothing is stored, sniffed, embedded or
// loaded from elsewhere. The address, which names a journey and may hold a
// mail's link, is kept from the portal that comes next, which is of this very
// origin: from its Referer, and from its scripts, which see the history of their
// window where the policy is any other than "origin" or "no-referrer" (HTML,
// "navigation.entries()"), though what they go back to is named to them all the
// same. That one would make the Origin of our forms null. Firefox looks at the policy
// of the page that the portal's was come to from instead: the first page of a portal
// after one of ours sees no address, the next one all.
// The embedder policy takes the page out of the reach of a portal's page that
// opened it, and that has the same opener policy, but not this one, too (HTML,
// "matching opener policies").
func (r *Renderer) setHeaders(h http.Header, frame Frame, page Page) {
	ancestors, frameOptions := "'none'", "DENY"
	if frameable(page) {
		ancestors, frameOptions = "'self'", "SAMEORIGIN"
	}
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src "+r.assets.styleSource(frame)+"; img-src 'self'; frame-ancestors "+
		ancestors+"; base-uri 'none'; form-action "+formAction(frame))
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Embedder-Policy", "require-corp")
	h.Set("X-Frame-Options", frameOptions)
	h.Add("Vary", "Accept-Language")
}

// frameable reports whether a page may stand in a frame of its own origin:
// only a message whose one link leads out of it, which would otherwise be
// hidden from the very people it is for.
func frameable(page Page) bool {
	message, ok := page.(Message)
	return ok && message.WholeWindow
}

// formAction names where the forms of a page may end (see [Frame.FormLeaves]).
func formAction(frame Frame) string {
	switch {
	case !frame.FormLeaves:
		return "'self'"
	case frame.Loopback:
		return "'self' https: http:"
	}
	return "'self' https:"
}
