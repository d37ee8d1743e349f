package gateway

import (
	"fmt"
	"net/http"

	"github.com/frontdesk-gateway/frontdesk/internal/identity"
	"github.com/frontdesk-gateway/frontdesk/internal/keyring"
)

// whoami answers who is signed in, for programs on the same origin.
func (v *visit) whoami() {
	v.w.Header().Add("Vary", "Cookie")
	if v.live == nil {
		v.unauthorized()
		return
	}
	v.json(http.StatusOK, "application/json", "no-store", v.facts())
}

// facts are those of the person under the placeholders' names; groups are a list,
// and an empty fact is left out.
func (v *visit) facts() map[string]any {
	var told identity.Values
	v.live.Tell(&told)
	body := map[string]any{}
	for _, name := range identity.FactNames {
		if fact, _ := told.Fact(name); fact != "" {
			body[name] = fact
		}
	}
	if groups := told.Facts().Groups; len(groups) > 0 {
		body["groups"] = groups
	}
	return body
}

// jwks publishes the keys that assertions are verified with (RFC 7517).
func (v *visit) jwks() {
	v.w.Header().Set("Access-Control-Allow-Origin", "*") // the keys are public
	v.w.shared = true
	v.json(http.StatusOK, "application/jwk-set+json", fmt.Sprintf("public, max-age=%.f", keyring.KeySetMaxAge.Seconds()), v.keys.JWKS())
}
