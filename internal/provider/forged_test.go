package provider_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/provider"
	"github.com/frontdesk-gateway/frontdesk/internal/standin"
)

// Every way to forge a token or a key set, against a multi-tenant provider
// that would take the same token unforged.
func TestForgedTokens(t *testing.T) {
	claims := func(values map[string]any) standin.Forge {
		return standin.Forge{Token: func(token *standin.Token) { set(token.Claims, values) }}
	}
	key := func(values map[string]any) standin.Forge {
		return standin.Forge{Keys: func(keys []map[string]any) { set(keys[0], values) }}
	}
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	now := newClock().Now()
	at := func(d time.Duration) int64 { return now.Add(d).Unix() }

	for name, test := range map[string]struct {
		forge standin.Forge
		says  string // part of the error's text; empty: the token is accepted
	}{
		"unforged": {standin.Forge{}, ""},

		"iss of another provider":  {claims(map[string]any{"iss": "https://login.attacker.example/" + tenantA + "/v2.0"}), "key may not sign"},
		"iss missing":              {claims(map[string]any{"iss": nil}), "key may not sign"},
		"iss a list":               {claims(map[string]any{"iss": []string{"x"}}), "cannot unmarshal"},
		"iss the template":         {claims(map[string]any{"iss": "{tenantid}"}), "key may not sign"},
		"tid of another tenant":    {claims(map[string]any{"tid": tenantB}), "key may not sign"},
		"tid missing":              {claims(map[string]any{"tid": nil}), "key may not sign"},
		"tid no GUID":              {claims(map[string]any{"tid": "fabrikam.example"}), "key may not sign"},
		"tid a number":             {claims(map[string]any{"tid": 7}), "cannot unmarshal"},
		"tid in upper case":        {claims(map[string]any{"tid": strings.ToUpper(tenantA)}), "key may not sign"},
		"oid missing":              {claims(map[string]any{"oid": nil}), "oid"},
		"oid no GUID":              {claims(map[string]any{"oid": "ada"}), "oid"},
		"sub missing":              {claims(map[string]any{"sub": nil}), "sub"},
		"sub too long":             {claims(map[string]any{"sub": strings.Repeat("x", 257)}), "sub"},
		"sub a number":             {claims(map[string]any{"sub": 7}), "cannot unmarshal"},
		"sub half a character":     {claims(map[string]any{"sub": json.RawMessage(`"ada\ud800"`)}), "no line of Unicode"},
		"sub with a byte of none":  {claims(map[string]any{"sub": "ada\xff"}), "no line of Unicode"},
		"sub with a NUL":           {claims(map[string]any{"sub": "ada\x00"}), "no line of Unicode"},
		"sub of another alphabet":  {claims(map[string]any{"sub": "дж-a|da@x/é"}), ""},
		"aud of another client":    {claims(map[string]any{"aud": "another"}), "audience"},
		"aud missing":              {claims(map[string]any{"aud": nil}), "audience"},
		"aud a number":             {claims(map[string]any{"aud": 7}), "cannot unmarshal"},
		"aud of several":           {claims(map[string]any{"aud": []string{clientID, "another"}}), "azp"},
		"aud of several, for us":   {claims(map[string]any{"aud": []string{clientID, "another"}, "azp": clientID}), ""},
		"azp of another client":    {claims(map[string]any{"azp": "another"}), "azp"},
		"nonce of another browser": {claims(map[string]any{"nonce": "another"}), "nonce"},
		"nonce missing":            {claims(map[string]any{"nonce": nil}), "nonce"},
		"nonce in another case":    {claims(map[string]any{"nonce": nil, "Nonce": nonce}), "nonce"},

		"exp passed":        {claims(map[string]any{"exp": at(-3 * time.Minute)}), "expired"},
		"exp within skew":   {claims(map[string]any{"exp": at(-time.Minute)}), ""},
		"exp missing":       {claims(map[string]any{"exp": nil}), "exp"},
		"exp a text":        {claims(map[string]any{"exp": "99999999999"}), "cannot unmarshal"},
		"exp out of range":  {claims(map[string]any{"exp": 1e300}), "range"},
		"exp of no integer": {claims(map[string]any{"exp": float64(at(time.Hour)) + .5}), ""},
		"iat to come":       {claims(map[string]any{"iat": at(3 * time.Minute)}), "iat"},
		"iat within skew":   {claims(map[string]any{"iat": at(time.Minute)}), ""},
		"iat missing":       {claims(map[string]any{"iat": nil}), "iat"},
		"nbf to come":       {claims(map[string]any{"nbf": at(3 * time.Minute)}), "nbf"},
		"nbf missing":       {claims(map[string]any{"nbf": nil}), ""},
		"at_hash wrong":     {claims(map[string]any{"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"}), "access token hash"},

		"key of another issuer": {key(map[string]any{"issuer": "https://login.attacker.example/{tenantid}/v2.0"}), "key may not sign"},
		"key without issuer":    {key(map[string]any{"issuer": nil}), "key may not sign"},
		"key of another kid":    {key(map[string]any{"kid": "another"}), "no key"},
		"key for another alg":   {key(map[string]any{"alg": "RS512"}), "no key"},
		"key of its alg":        {key(map[string]any{"alg": "RS256"}), ""},

		"alg none": {standin.Forge{Token: func(token *standin.Token) {
			token.Header["alg"], token.Sign = "none", standin.SignNone
		}}, "algorithm"},
		"signature taken off": {standin.Forge{Token: func(token *standin.Token) { token.Sign = standin.SignNone }}, "no key"},
		"another key, same kid": {standin.Forge{Token: func(token *standin.Token) {
			token.Sign = standin.SignRS256(other)
		}}, "no key"},
		"kid unknown":  {standin.Forge{Token: func(token *standin.Token) { token.Header["kid"] = "another" }}, "no key"},
		"kid left out": {standin.Forge{Token: func(token *standin.Token) { delete(token.Header, "kid") }}, ""},
		"critical header unknown": {standin.Forge{Token: func(token *standin.Token) {
			token.Header["crit"], token.Header["exotic"] = []string{"exotic"}, true
		}}, "no key"},
		"embedded key": {standin.Forge{Token: func(token *standin.Token) {
			token.Header["jwk"] = map[string]any{"kty": "RSA", "e": "AQAB", "n": "AQAB"}
			token.Sign = standin.SignRS256(other)
		}}, "no key"},

		"id_token missing":  {standin.Forge{TokenResponse: func(r map[string]any) { delete(r, "id_token") }}, "no id_token"},
		"id_token no text":  {standin.Forge{TokenResponse: func(r map[string]any) { r["id_token"] = 7 }}, "no id_token"},
		"id_token no token": {standin.Forge{TokenResponse: func(r map[string]any) { r["id_token"] = "a.b.c" }}, "malformed"},
		"id_token JSON": {standin.Forge{TokenResponse: func(r map[string]any) {
			parts := strings.Split(r["id_token"].(string), ".")
			r["id_token"] = `{"payload":"` + parts[1] + `","protected":"` + parts[0] + `","signature":"` + parts[2] + `"}`
		}}, "verify signature"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, test.forge)
			_, err := w.signIn(w.provider(w.config(provider.TenantOrganizations)), request(), adaOID)
			expect(t, err, test.says)
		})
	}
}

func expect(t *testing.T, err error, says string) {
	t.Helper()
	switch {
	case says == "" && err != nil:
		t.Errorf("refused: %v", err)
	case says != "" && !errors.Is(err, provider.ErrRejected):
		t.Errorf("got %v, want ErrRejected", err)
	case says != "" && !strings.Contains(err.Error(), says):
		t.Errorf("got %v, want a word of %q", err, says)
	}
}

// Keys that can be broken sign for nobody, also where the provider itself
// publishes them.
func TestShortKeys(t *testing.T) {
	for name, test := range map[string]struct {
		bits int
		want error
	}{"1024": {1024, provider.ErrUnavailable}, "2040": {2040, provider.ErrUnavailable}, "2048": {2048, nil}} {
		t.Run(name, func(t *testing.T) {
			key, err := rsa.GenerateKey(rand.Reader, test.bits)
			if err != nil {
				t.Fatal(err)
			}
			w := newWorld(t, standin.Forge{
				Keys: func(keys []map[string]any) {
					keys[0]["n"] = base64.RawURLEncoding.EncodeToString(key.N.Bytes())
					keys[0]["e"] = base64.RawURLEncoding.EncodeToString(big.NewInt(int64(key.E)).Bytes())
				},
				Token: func(token *standin.Token) { token.Sign = standin.SignRS256(key) },
			})
			if _, err := w.signIn(w.provider(w.config(tenantA)), request(), adaOID); !errors.Is(err, test.want) {
				t.Errorf("got %v, want %v", err, test.want)
			}
		})
	}
}

// The public key taken for a shared secret, in all the forms it is handed
// around in, and though the metadata should name HS256.
func TestAlgorithmConfusion(t *testing.T) {
	var w *world
	forms := map[string]func(*rsa.PublicKey) []byte{
		"DER": x509.MarshalPKCS1PublicKey,
		"PEM": func(k *rsa.PublicKey) []byte {
			return pem.EncodeToMemory(&pem.Block{Type: "RSA PUBLIC KEY", Bytes: x509.MarshalPKCS1PublicKey(k)})
		},
		"modulus": func(k *rsa.PublicKey) []byte { return k.N.Bytes() },
	}
	for name, form := range forms {
		t.Run(name, func(t *testing.T) {
			w = newWorld(t, standin.Forge{
				Discovery: func(document map[string]any) {
					document["id_token_signing_alg_values_supported"] = []string{"none", "HS256", "RS256"}
				},
				Token: func(token *standin.Token) {
					token.Header["alg"], token.Sign = "HS256", standin.SignHS256(form(w.standin.PublicKey()))
				},
			})
			_, err := w.signIn(w.provider(w.config(tenantA)), request(), adaOID)
			expect(t, err, "algorithm")
		})
	}
}

// A tenant's own key set may leave the issuer of its keys out, but not name
// another.
func TestKeyIssuerOfOneTenant(t *testing.T) {
	for name, test := range map[string]struct{ issuer, tenant, says string }{
		"none":                   {"", tenantA, ""},
		"none, token of another": {"", tenantB, "not admitted"},
		"template":               {"BASE/{tenantid}/v2.0", tenantA, ""},
		"concrete":               {"BASE/" + tenantA + "/v2.0", tenantA, ""},
		"another tenant":         {"BASE/" + tenantB + "/v2.0", tenantA, "key may not sign"},
	} {
		t.Run(name, func(t *testing.T) {
			var w *world
			w = newWorld(t, standin.Forge{
				Keys:  func(keys []map[string]any) { keys[0]["issuer"] = strings.Replace(test.issuer, "BASE", w.server.URL, 1) },
				Token: func(token *standin.Token) { token.Claims["tid"] = test.tenant },
			})
			_, err := w.signIn(w.provider(w.config(tenantA)), request(), adaOID)
			expect(t, err, test.says)
		})
	}
}
