package identity_test

import (
	"crypto/ecdsa"
	"encoding/json"
	"errors"
	"maps"
	"reflect"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/identity"
	"github.com/frontdesk-gateway/frontdesk/internal/keyring"
	"github.com/frontdesk-gateway/frontdesk/internal/store/memory"
)

const issuer, audience = "https://portal.msp.example", "https://other.msp.example:8443"

var noon = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)

func newRing(t *testing.T) *keyring.Ring {
	t.Helper()
	ring, err := keyring.Open(t.Context(), memory.New(), time.Hour, func() time.Time { return noon })
	if err != nil {
		t.Fatal(err)
	}
	return ring
}

// claimsOf verifies an assertion as a portal does: with the published keys.
func claimsOf(t *testing.T, ring *keyring.Ring, token string) map[string]any {
	t.Helper()
	parsed, err := jwt.ParseSigned(token, []jose.SignatureAlgorithm{jose.ES256})
	if err != nil {
		t.Fatal(err)
	}
	set, claims := ring.JWKS(), map[string]any{}
	if err := parsed.Claims(&set, &claims); err != nil {
		t.Fatalf("verifying: %v", err)
	}
	if typ := parsed.Headers[0].ExtraHeaders["typ"]; typ != "JWT" {
		t.Errorf("typ %v", typ)
	}
	return claims
}

func TestAssertionClaims(t *testing.T) {
	ring := newRing(t)
	contact := identity.Facts{
		Entity: directory.Entity{Kind: directory.KindContact, ID: "c-1", Email: "Ann@acme.example", Name: "Änn 100%",
			Groups: []string{"a,b", "50% off"}, AccountID: "acme", AccountName: "Söhne"},
		Platform: directory.Client, Method: "email_token", Session: "S1", Impersonator: "m-9",
	}
	member := identity.Facts{Entity: directory.Entity{Kind: directory.KindMember, ID: "m-1", Email: "t@msp.example", Name: "T"}, Platform: directory.Tech, Method: "microsoft", Session: "S2"}
	registered := func(sub string) map[string]any {
		return map[string]any{"iss": issuer, "aud": audience, "sub": sub, "iat": float64(noon.Unix()), "exp": float64(noon.Add(5 * time.Minute).Unix())}
	}
	for _, c := range []struct {
		name  string
		facts identity.Facts
		want  map[string]any
	}{
		{"contact, in plain text", contact, map[string]any{
			"id": "c-1", "email": "Ann@acme.example", "name": "Änn 100%", "platform": "client", "entity": "contact", "account_id": "acme",
			"account_name": "Söhne", "groups": []any{"a,b", "50% off"}, "method": "email_token", "session": "S1", "impersonator": "m-9",
		}},
		{"member, without what is empty", member, map[string]any{
			"id": "m-1", "email": "t@msp.example", "name": "T", "platform": "tech", "entity": "member", "method": "microsoft", "session": "S2",
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var a identity.Assertion
			token, err := a.Token(noon, signing(c.facts, ring))
			if err != nil {
				t.Fatal(err)
			}
			maps.Copy(c.want, registered(c.facts.ID))
			got := claimsOf(t, ring, token)
			if aud, ok := got["aud"].([]any); ok && len(aud) == 1 { // RFC 7519, 4.1.3: either form
				got["aud"] = aud[0]
			}
			if !reflect.DeepEqual(got, c.want) {
				t.Errorf("claims\n%v\nwant\n%v", show(got), show(c.want))
			}
		})
	}
}

// signing signs facts with a ring's key.
func signing(f identity.Facts, keys identity.Signer) func(time.Time) (string, error) {
	return func(now time.Time) (string, error) { return identity.Sign(f, issuer, audience, keys, now) }
}

func show(claims map[string]any) string {
	text, err := json.MarshalIndent(claims, "", " ")
	if err != nil {
		return err.Error()
	}
	return string(text)
}

func TestAssertionRenewal(t *testing.T) {
	ring := newRing(t)
	for _, c := range []struct {
		name  string
		after time.Duration
		fresh bool
	}{
		{"at once", 0, false},
		{"before half of its life", identity.AssertionLife/2 - 1, false},
		{"at half of its life", identity.AssertionLife / 2, true},
		{"long after", time.Hour, true},
		{"the clock was set back", -time.Second, true},
		{"the clock was set back far", -time.Hour, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			var a identity.Assertion
			first, err := a.Token(noon, signing(identity.Facts{}, ring))
			if err != nil {
				t.Fatal(err)
			}
			at := noon.Add(c.after)
			second, err := a.Token(at, signing(identity.Facts{}, ring))
			if err != nil {
				t.Fatal(err)
			}
			if (first != second) != c.fresh {
				t.Errorf("renewed: %t, want %t", first != second, c.fresh)
			}
			exp := claimsOf(t, ring, second)["exp"].(float64)
			if left := time.Unix(int64(exp), 0).Sub(at); left < identity.AssertionLife/2 || left > identity.AssertionLife {
				t.Errorf("sent with %s left", left)
			}
		})
	}
}

type brokenSigner struct{ err error }

func (s brokenSigner) Signer() (string, *ecdsa.PrivateKey, error) { return "", nil, s.err }

func TestAssertionWithoutKey(t *testing.T) {
	var a identity.Assertion
	want := errors.New("no key")
	if token, err := a.Token(noon, signing(identity.Facts{}, brokenSigner{want})); token != "" || !errors.Is(err, want) {
		t.Errorf("%q, %v", token, err)
	}
	if token, err := a.Token(noon, signing(identity.Facts{}, newRing(t))); token == "" || err != nil {
		t.Errorf("the failure stayed: %q, %v", token, err)
	}
}

// TestAssertionAtOnce: requests that come together share one signature. Signing
// is slowed, so that those that would sign for themselves are caught at it.
func TestAssertionAtOnce(t *testing.T) {
	sign, signatures := signing(identity.Facts{}, newRing(t)), atomic.Int32{}
	slow := func(now time.Time) (string, error) {
		signatures.Add(1)
		time.Sleep(20 * time.Millisecond)
		return sign(now)
	}
	var a identity.Assertion
	tokens := make([]string, 50)
	var wg sync.WaitGroup
	for i := range tokens {
		wg.Go(func() {
			var err error
			if tokens[i], err = a.Token(noon, slow); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := signatures.Load(); n != 1 || len(slices.Compact(tokens)) != 1 {
		t.Errorf("one session's assertion was signed %d times", n)
	}
}
