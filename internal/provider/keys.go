package provider

import (
	"context"
	"crypto/rsa"
	"errors"
	"slices"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/json"
)

// signingKey is a public key of the provider's key set. issuer is Entra's
// extension: the issuer, or the template of issuers, that the key may sign for.
type signingKey struct {
	jose.JSONWebKey
	issuer string
}

// fits reports whether the key may have made a signature.
func (k signingKey) fits(header jose.Header) bool {
	return (header.KeyID == "" || k.KeyID == header.KeyID) &&
		(k.Algorithm == "" || k.Algorithm == header.Algorithm)
}

func (k signingKey) tooShort() bool {
	public, ok := k.Key.(*rsa.PublicKey)
	return ok && public.N.BitLen() < minRSA
}

func (p *Provider) fetchKeys(ctx context.Context) ([]signingKey, error) {
	m, err := p.metadata.usable(ctx)
	if err != nil {
		return nil, err
	}
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := p.getJSON(ctx, m.JWKSURL, "", &set); err != nil {
		return nil, unavailable("key set", err)
	}
	keys := parseKeys(set.Keys)
	if len(keys) == 0 {
		return nil, unavailable("key set", errors.New("no key to verify signatures with"))
	}
	return keys, nil
}

// minRSA is the least size of an RSA key, in bits (RFC 7518, 3.3 and 3.5).
const minRSA = 2048

// parseKeys leaves out what cannot verify a signature, or not so that it can be
// relied on: secrets, private keys, keys for encryption, of unknown kinds (RFC
// 7517, section 5), and too short.
func parseKeys(set []json.RawMessage) []signingKey {
	var keys []signingKey
	for _, raw := range set {
		var key signingKey
		var more struct {
			Issuer string `json:"issuer"`
		}
		if json.Unmarshal(raw, &key.JSONWebKey) != nil || json.Unmarshal(raw, &more) != nil {
			continue
		}
		if key.Valid() && key.IsPublic() && key.Use != "enc" && !key.tooShort() {
			key.issuer = more.Issuer
			keys = append(keys, key)
		}
	}
	return keys
}

// tokenKeys is the [oidc.KeySet] for one token. The library flattens the error
// of a key set to text, so what matters of it is kept here.
type tokenKeys struct {
	provider *Provider
	algs     []jose.SignatureAlgorithm
	err      error // the keys could not be had
}

// VerifySignature returns the payload if one of the provider's keys made the
// signature and may sign for the issuer that the payload names.
func (t *tokenKeys) VerifySignature(ctx context.Context, jwt string) ([]byte, error) {
	jws, err := jose.ParseSignedCompact(jwt, t.algs)
	if err != nil {
		return nil, err
	}
	header := jws.Signatures[0].Protected
	keys, err := t.candidates(ctx, header)
	if err != nil {
		t.err = err
		return nil, err
	}
	err = errors.New("no key of the provider made it")
	for _, key := range keys {
		payload, failed := jws.Verify(key.JSONWebKey)
		if failed != nil {
			continue
		}
		if err = t.provider.checkKeyScope(key, payload); err == nil {
			return payload, nil
		}
	}
	return nil, err
}

// candidates are the keys that a token's header points to. The set is fetched
// again for a key not seen before (OpenID Connect Core, 10.1.1), but no more
// often than every [rotationPause].
func (t *tokenKeys) candidates(ctx context.Context, header jose.Header) ([]signingKey, error) {
	keys, err := t.provider.keys.usable(ctx)
	if err != nil {
		return nil, err
	}
	fits := func(k signingKey) bool { return k.fits(header) }
	if !slices.ContainsFunc(keys, fits) {
		if keys, err = t.provider.keys.fresh(ctx, rotationPause); err != nil {
			return nil, err
		}
	}
	return slices.DeleteFunc(slices.Clone(keys), func(k signingKey) bool { return !fits(k) }), nil
}

// checkKeyScope holds a key to the issuers it may sign for. Where one
// authority serves many tenants every key says so itself; where the issuer is
// fixed, a key that says nothing is the issuer's.
func (p *Provider) checkKeyScope(key signingKey, payload []byte) error {
	if !p.cfg.Entra || key.issuer == "" && !p.cfg.multiTenant() {
		return nil
	}
	var claims idClaims
	if err := json.Unmarshal(payload, &claims); err != nil {
		return err
	}
	if key.issuer == "" || issuerOf(key.issuer, claims.Tenant) != claims.Issuer {
		return errors.New("its key may not sign for its issuer")
	}
	return nil
}
