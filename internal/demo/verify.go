package demo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
)

// clockSkew is how far the clocks of portal and gateway may be apart: what was signed
// just now is from the future where the portal's is behind.
const clockSkew = time.Minute

// Bounds of what is fetched.
const (
	maxKeySet  = 64 << 10 // bytes
	fetchAgain = 10 * time.Second
	keepKeys   = 24 * time.Hour // what is published no more must not count for longer
)

// verifier checks assertions as any portal can: against the keys that the
// gateway publishes.
type verifier struct {
	origin   string // the portal's, which is the issuer and the audience
	platform directory.Platform
	client   *http.Client
	now      func() time.Time

	mu      sync.Mutex
	keys    jose.JSONWebKeySet
	fetched time.Time
}

// verify returns the claims of an assertion. Where the error is not nil they
// are not to be believed.
func (v *verifier) verify(ctx context.Context, assertion string) (claims map[string]any, err error) {
	token, err := jwt.ParseSigned(assertion, []jose.SignatureAlgorithm{jose.ES256})
	if err != nil {
		return nil, fmt.Errorf("reading the assertion: %w", err)
	}
	key, err := v.key(ctx, token.Headers[0].KeyID)
	if err != nil {
		return nil, err
	}
	var registered jwt.Claims
	if err := token.Claims(key.Public(), &registered, &claims); err != nil {
		return nil, fmt.Errorf("checking the signature: %w", err)
	}
	if registered.Expiry == nil {
		return claims, errors.New("checking the claims: exp is missing")
	}
	expected := jwt.Expected{Issuer: v.origin, AnyAudience: jwt.Audience{v.origin}, Time: v.now()}
	if err := registered.ValidateWithLeeway(expected, clockSkew); err != nil {
		return claims, fmt.Errorf("checking the claims: %w", err)
	}
	if platform := claims["platform"]; platform != string(v.platform) {
		return claims, fmt.Errorf("checking the claims: platform is %v, not %s", platform, v.platform)
	}
	return claims, nil
}

// key finds a key by its id. An unknown one has the set fetched again, but not
// at every request: anybody can write a key id.
func (v *verifier) key(ctx context.Context, id string) (jose.JSONWebKey, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.now().Sub(v.fetched) >= keepKeys {
		v.keys = jose.JSONWebKeySet{}
	}
	if found := v.keys.Key(id); len(found) > 0 {
		return found[0], nil
	}
	if v.now().Sub(v.fetched) >= fetchAgain {
		if err := v.fetch(ctx); err != nil {
			return jose.JSONWebKey{}, fmt.Errorf("fetching the gateway's keys: %w", err)
		}
	}
	if found := v.keys.Key(id); len(found) > 0 {
		return found[0], nil
	}
	return jose.JSONWebKey{}, errors.New("the gateway publishes no key of that id")
}

func (v *verifier) keysURL() string { return v.origin + "/frontdesk/jwks.json" }

func (v *verifier) fetch(ctx context.Context) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, v.keysURL(), nil)
	if err != nil {
		return err
	}
	response, err := v.client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answered %s", v.keysURL(), response.Status)
	}
	var keys jose.JSONWebKeySet
	if err := json.NewDecoder(io.LimitReader(response.Body, maxKeySet)).Decode(&keys); err != nil {
		return err
	}
	v.keys, v.fetched = keys, v.now()
	return nil
}
