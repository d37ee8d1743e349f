package gateway

import (
	"net/http"

	"github.com/frontdesk-gateway/frontdesk/internal/identity"
)

// whoami answers who is signed in, for programs on the same origin.
func (v *visit) whoami() {
	v.w.Header().Add("Vary", "Cookie")
	if v.live == nil {
		v.unauthorized()
		return
	}
	v.json(http.StatusOK, "application/json", "no-store", whoamiOf(v.live.Facts))
}

// whoamiOf are the facts under the placeholders' names; groups are a list, and
// an empty fact is left out.
func whoamiOf(f identity.Facts) map[string]any {
	body := map[string]any{}
	for _, fact := range f.Placeholders() {
		if fact.Value != "" {
			body[fact.Name] = fact.Value
		}
	}
	if len(f.Groups) > 0 {
		body["groups"] = f.Groups
	}
	return body
}

// jwks publishes the keys that assertions are verified with (RFC 7517).
func (v *visit) jwks() {
	v.w.Header().Set("Access-Control-Allow-Origin", "*") // the keys are public
	v.w.shared = true
	v.json(http.StatusOK, "application/jwk-set+json", "public, max-age=3600", v.keys.JWKS())
}
