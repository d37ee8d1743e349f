package provider_test

import (
	"bytes"
	"compress/flate"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"github.com/frontdesk-gateway/frontdesk/internal/provider"
	"github.com/frontdesk-gateway/frontdesk/internal/standin"
)

// Each TestAdvisoriesOf… does to this client of providers what broke another
// product, or what a library under it was found to take badly, by the ids of
// the advisories; docs/advisories.md says what went wrong there.

func TestAdvisoriesOfAuthentik(t *testing.T) {
	t.Run("CVE-2023-48228: verifier left out", verifierIsSent)
	t.Run("CVE-2023-48228: verifier of another", func(t *testing.T) { verifierOfAnother(t, verifier+"x") })
	t.Run("CVE-2024-23647: challenge left out", challengeIsSent)
	t.Run("CVE-2024-47077: token of another application", func(t *testing.T) {
		refused(t, map[string]any{"aud": "another-application"}, "audience")
		refused(t, map[string]any{"aud": []string{clientID, "another-application"}}, "azp")
		refused(t, map[string]any{"aud": []string{clientID, "another-application"}, "azp": "another-application"}, "azp")
	})
	t.Run("GHSA-cqj8-fxxf-9pg7: answer that was given for another request", func(t *testing.T) {
		refused(t, map[string]any{"nonce": "of-another-request"}, "nonce")
		refused(t, map[string]any{"nonce": nil}, "nonce")
	})
}

func TestAdvisoriesOfZitadel(t *testing.T) {
	t.Run("CVE-2024-29892: reserved claims set by others", claimsOfOthers)
}

// refused signs in with claims changed, which must be rejected.
func refused(t *testing.T, claims map[string]any, says string) {
	t.Helper()
	w := newWorld(t, standin.Forge{Token: func(token *standin.Token) { set(token.Claims, claims) }})
	_, err := w.signIn(w.provider(w.config(provider.TenantOrganizations)), request(), adaOID)
	expect(t, err, says)
}

// tokenRequest is what a sign-in sends to the token endpoint.
func tokenRequest(t *testing.T) (sent url.Values) {
	t.Helper()
	w := newWorld(t, standin.Forge{})
	w.inFront("/token", func(rw http.ResponseWriter, r *http.Request) {
		if err := r.ParseForm(); err != nil {
			t.Error(err)
		}
		sent = r.PostForm
		w.standin.ServeHTTP(rw, r)
	})
	if _, err := w.signIn(w.provider(w.config(tenantA)), request(), adaOID); err != nil {
		t.Fatal(err)
	}
	return sent
}

func verifierIsSent(t *testing.T) {
	if sent := tokenRequest(t); sent.Get("code_verifier") != verifier || sent.Get("redirect_uri") != callback {
		t.Errorf("the token request has %v", sent)
	}
}

func verifierOfAnother(t *testing.T, another string) {
	w := newWorld(t, standin.Forge{})
	p := w.provider(w.config(tenantA))
	r := request()
	response := authorize(t, t.Context(), p, r, adaOID)
	r.Verifier = another
	_, err := p.Exchange(t.Context(), r, response)
	expect(t, err, "invalid_grant")
}

// challengeIsSent with every request, and no request is made without what it
// is drawn from.
func challengeIsSent(t *testing.T) {
	w := newWorld(t, standin.Forge{})
	p := w.provider(w.config(tenantA))
	address, err := p.AuthCodeURL(t.Context(), request())
	if err != nil {
		t.Fatal(err)
	}
	challenge := sha256.Sum256([]byte(verifier))
	checkQuery(t, address, w.server.URL, map[string]string{"code_challenge": base64.RawURLEncoding.EncodeToString(challenge[:]), "code_challenge_method": "S256"})
	r := request()
	r.Verifier = ""
	if _, err := p.AuthCodeURL(t.Context(), r); err == nil {
		t.Error("a request without a challenge was made")
	}
}

// claimsOfOthers: whatever a token says besides, the identity is the same.
func claimsOfOthers(t *testing.T) {
	signIn := func(forge standin.Forge) provider.Identity {
		t.Helper()
		w := newWorld(t, forge)
		id, err := w.signIn(w.provider(w.config(tenantA)), request(), adaOID)
		if err != nil {
			t.Fatal(err)
		}
		id.Issuer = strings.TrimPrefix(id.Issuer, w.server.URL)
		return id
	}
	plain := signIn(standin.Forge{})
	loaded := signIn(standin.Forge{Token: func(token *standin.Token) {
		set(token.Claims, map[string]any{
			"groups": []string{"admins"}, "roles": []string{"admin"}, "platform": "admin", "entity": "member", "account_id": "acme", "id": "m-1", "Remote-User": "m-1", "Sub": "another", "OID": eveOID, "TID": tenantB,
		})
	}})
	if !reflect.DeepEqual(plain, loaded) {
		t.Errorf("became %+v, was %+v", loaded, plain)
	}
}

// encode is base64url of JSON by hand: what is sent here no library makes.
func encode(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

// bomb is a deflated megabyte of one character.
func bomb(t *testing.T) string {
	t.Helper()
	var packed bytes.Buffer
	w, err := flate.NewWriter(&packed, flate.BestCompression)
	if err == nil {
		_, err = w.Write(bytes.Repeat([]byte("x"), 1<<20))
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return base64.RawURLEncoding.EncodeToString(packed.Bytes())
}

// TestAdvisoriesOfGoJose: id_tokens are signed, in compact form; the library is
// asked for nothing else, and an encrypted one is refused before its parts are
// looked at.
func TestAdvisoriesOfGoJose(t *testing.T) {
	for name, token := range map[string]string{
		"CVE-2025-27144: dots without end":                       strings.Repeat(".", 200_000),
		"CVE-2025-27144: dots after a token":                     encode(`{"alg":"RS256"}`) + "." + encode("{}") + "." + strings.Repeat("x.", 100_000),
		"CVE-2024-28180: compressed content":                     encode(`{"alg":"dir","enc":"A128GCM","zip":"DEF"}`) + ".." + encode("123456789012") + "." + bomb(t) + "." + encode("1234567890123456"),
		"CVE-2026-34986: key wrapping without a key":             encode(`{"alg":"A128KW","enc":"A128GCM"}`) + ".." + encode("123456789012") + "." + encode("{}") + "." + encode("1234567890123456"),
		"GHSA-2c7c-3mj9-8fqh: iterations without end":            encode(`{"alg":"PBES2-HS256+A128KW","enc":"A128GCM","p2c":2147483647,"p2s":"AAAA"}`) + "." + encode("1234567890123456") + "." + encode("123456789012") + "." + encode("{}") + "." + encode("1234567890123456"),
		"CVE-2016-9122: signatures of several, by JSON":          `{"payload":"` + encode("{}") + `","signatures":[{"protected":"` + encode(`{"alg":"none"}`) + `","signature":""},{"protected":"` + encode(`{"alg":"RS256"}`) + `","signature":"AA"}]}`,
		"CVE-2016-9121: key agreement with a point of another's": encode(`{"alg":"ECDH-ES","enc":"A128GCM","epk":{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}}`) + ".." + encode("123456789012") + "." + encode("{}") + "." + encode("1234567890123456"),
		"CVE-2025-22868: token that is malformed only":           strings.Repeat(".", 1000) + "x",
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, standin.Forge{TokenResponse: func(r map[string]any) { r["id_token"] = token }})
			_, err := w.signIn(w.provider(w.config(provider.TenantOrganizations)), request(), adaOID)
			expect(t, err, "id_token")
		})
	}
}
