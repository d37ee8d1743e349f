package demo

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
)

// keyServer publishes keys as the gateway does, and counts how often it is
// asked.
type keyServer struct {
	*httptest.Server
	keys    jose.JSONWebKeySet
	fetches int
}

func newKeyServer(t *testing.T) *keyServer {
	s := new(keyServer)
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.fetches++
		if r.URL.Path != "/frontdesk/jwks.json" {
			http.NotFound(w, r)
			return
		}
		_ = json.NewEncoder(w).Encode(s.keys)
	}))
	t.Cleanup(s.Close)
	return s
}

// publish makes a key and publishes it.
func (s *keyServer) publish(t *testing.T, id string) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	s.keys.Keys = append(s.keys.Keys, jose.JSONWebKey{Key: &key.PublicKey, KeyID: id, Algorithm: "ES256", Use: "sig"})
	return key
}

func signed(t *testing.T, algorithm jose.SignatureAlgorithm, key any, id string, claims any) string {
	t.Helper()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: algorithm, Key: key}, (&jose.SignerOptions{}).WithHeader("kid", id))
	if err != nil {
		t.Fatal(err)
	}
	token, err := jwt.Signed(signer).Claims(claims).Serialize()
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func TestVerify(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	server := newKeyServer(t)
	key, other := server.publish(t, "k1"), server.publish(t, "k2")
	claims := func(change map[string]any) map[string]any {
		c := map[string]any{"iss": server.URL, "aud": []string{server.URL}, "sub": "ada", "exp": now.Add(time.Minute).Unix(), "iat": now.Unix(), "platform": "tech"}
		for name, value := range change {
			c[name] = value
		}
		return c
	}
	right := signed(t, jose.ES256, key, "k1", claims(nil))
	header, rest, _ := strings.Cut(right, ".")
	payload, signature, _ := strings.Cut(rest, ".")
	for name, test := range map[string]struct{ token, want string }{
		"right":            {right, ""},
		"changed":          {header + "." + strings.ToUpper(payload) + "." + signature, "checking the signature"},
		"no signature":     {header + "." + payload + ".", "checking the signature"},
		"another key":      {signed(t, jose.ES256, other, "k1", claims(nil)), "checking the signature"},
		"unknown key":      {signed(t, jose.ES256, key, "k3", claims(nil)), "no key of that id"},
		"secret for a key": {signed(t, jose.HS256, []byte(strings.Repeat("k", 32)), "k1", claims(nil)), "unexpected signature algorithm"},
		"another issuer":   {signed(t, jose.ES256, key, "k1", claims(map[string]any{"iss": "http://tech.localhost"})), "(iss)"},
		"another audience": {signed(t, jose.ES256, key, "k1", claims(map[string]any{"aud": "http://tech.localhost"})), "(aud)"},
		"another platform": {signed(t, jose.ES256, key, "k1", claims(map[string]any{"platform": "client"})), "platform is client, not tech"},
		"no platform":      {signed(t, jose.ES256, key, "k1", claims(map[string]any{"platform": nil})), "platform is <nil>, not tech"},
		"expired":          {signed(t, jose.ES256, key, "k1", claims(map[string]any{"exp": now.Add(-clockSkew - time.Second).Unix()})), "(exp)"},
		"a clock ahead":    {signed(t, jose.ES256, key, "k1", claims(map[string]any{"iat": now.Add(clockSkew).Unix()})), ""},
		"of the future":    {signed(t, jose.ES256, key, "k1", claims(map[string]any{"iat": now.Add(clockSkew + time.Second).Unix()})), "(iat)"},
		"without an end":   {signed(t, jose.ES256, key, "k1", claims(map[string]any{"exp": nil})), "exp is missing"},
		"no token":         {"hello", "reading the assertion"},
	} {
		t.Run(name, func(t *testing.T) {
			v := &verifier{origin: server.URL, platform: directory.Tech, client: server.Client(), now: func() time.Time { return now }}
			got, err := v.verify(t.Context(), test.token)
			if test.want == "" && (err != nil || got["sub"] != "ada") {
				t.Errorf("%v, %v; want the claims of ada", got, err)
			}
			if test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
				t.Errorf("error %v, want %q", err, test.want)
			}
		})
	}
}

// TestKeysAreCached: keys are fetched once, again for a key that is new, but
// not again and again for one that does not exist.
func TestKeysAreCached(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	server := newKeyServer(t)
	server.publish(t, "k1")
	v := &verifier{origin: server.URL, client: server.Client(), now: func() time.Time { return now }}
	look := func(id string, found bool, fetches int) {
		t.Helper()
		if _, err := v.key(t.Context(), id); (err == nil) != found || server.fetches != fetches {
			t.Errorf("%s: error %v after %d fetches; want found %t after %d", id, err, server.fetches, found, fetches)
		}
	}
	look("k1", true, 1)
	look("k1", true, 1)
	server.publish(t, "k2")
	look("k2", false, 1)
	now = now.Add(fetchAgain)
	look("k2", true, 2)
	look("k1", true, 2)
	server.Close()
	now = now.Add(fetchAgain)
	look("k3", false, 2)
	look("k1", true, 2)
}

// TestKeysAreForgotten: a key that is published no more counts for a day at most,
// also where no other is asked for, or none can be fetched.
func TestKeysAreForgotten(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	server := newKeyServer(t)
	server.publish(t, "k1")
	server.publish(t, "k2")
	v := &verifier{origin: server.URL, client: server.Client(), now: func() time.Time { return now }}
	look := func(id string, found bool) {
		t.Helper()
		if _, err := v.key(t.Context(), id); (err == nil) != found {
			t.Errorf("%s at %s: %v", id, now, err)
		}
	}
	look("k1", true)
	server.keys.Keys = server.keys.Keys[1:]
	now = now.Add(keepKeys - time.Second)
	look("k1", true)
	now = now.Add(time.Second)
	look("k1", false)
	look("k2", true)
	server.Close()
	now = now.Add(keepKeys)
	look("k2", false)
}
