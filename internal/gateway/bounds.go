package gateway

import (
	"mime"
	"net/http"

	"github.com/frontdesk-gateway/frontdesk/loginui"
)

// Bounds of what the gateway's own pages read of a request, in bytes: each is
// applied before what it bounds is parsed (docs/operating.md, "Sizes").
// What goes on to a portal is the server's to bound, and the portal's.
const (
	maxForm      = 16 << 10 // a posted form
	maxQuery     = 32 << 10 // of the address: a destination of maxDestination may come percent-encoded
	maxCookies   = 64 << 10 // all cookies of the site, the portal's among them
	maxMediaType = 256      // Content-Type
	maxAccept    = 4 << 10  // Accept
	maxCallback  = 4 << 10  // each parameter of a provider's answer
	maxLinkToken = 64       // a mailed link's secret has 43
)

// acceptSize refuses a request whose address or cookies are too large to be
// parsed.
func (v *visit) acceptSize() bool {
	cookies := 0
	for _, line := range v.r.Header["Cookie"] {
		cookies += len(line)
	}
	switch {
	case max(len(v.client.URL.RawQuery), len(v.r.URL.RawQuery)) > maxQuery:
		v.message(http.StatusRequestURITooLong, loginui.Message{Key: "address_too_long", Link: v.signInURL("/"), LinkKey: "action.start_again"})
	case cookies > maxCookies:
		v.message(http.StatusRequestHeaderFieldsTooLarge, loginui.Message{Key: "cookies_too_large"})
	default:
		return true
	}
	return false
}

// isForm reports whether a body is that of an HTML form.
func isForm(r *http.Request) bool {
	typed := r.Header.Get("Content-Type")
	if len(typed) > maxMediaType {
		return false
	}
	mediaType, _, err := mime.ParseMediaType(typed)
	return err == nil && mediaType == "application/x-www-form-urlencoded"
}
