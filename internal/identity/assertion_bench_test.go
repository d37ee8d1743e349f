package identity_test

import (
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/identity"
	"github.com/frontdesk-gateway/frontdesk/internal/keyring"
	"github.com/frontdesk-gateway/frontdesk/internal/store/memory"
)

// BenchmarkAssertion is what the signed assertion costs: to us when it is made
// and when it is kept, and to a portal that verifies it.
func BenchmarkAssertion(b *testing.B) {
	ring, err := keyring.Open(b.Context(), memory.New(), time.Hour, func() time.Time { return noon })
	if err != nil {
		b.Fatal(err)
	}
	sign := signing(identity.Facts{
		Entity: directory.Entity{Kind: directory.KindContact, ID: "c-1", Email: "ann@acme.example", Name: "Ann Archer",
			Groups: []string{"buyers", "approvers"}, AccountID: "acme", AccountName: "Acme Widgets"},
		Platform: directory.Client, Method: "email_token", Session: "S1",
	}, ring)
	b.Run("sign", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := sign(noon); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("kept", func(b *testing.B) {
		b.ReportAllocs()
		var kept identity.Assertion
		for b.Loop() {
			if _, err := kept.Token(noon, sign); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("verify", func(b *testing.B) {
		token, err := sign(noon)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportAllocs()
		set := ring.JWKS()
		for b.Loop() {
			var claims map[string]any
			parsed, err := jwt.ParseSigned(token, []jose.SignatureAlgorithm{jose.ES256})
			if err != nil {
				b.Fatal(err)
			}
			if err := parsed.Claims(&set, &claims); err != nil {
				b.Fatal(err)
			}
		}
	})
}
