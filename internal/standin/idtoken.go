package standin

import (
	"crypto"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"

	"github.com/go-jose/go-jose/v4"
)

// Token is an id_token about to be signed. [Forge.Token] may change any of it.
type Token struct {
	Header map[string]any
	Claims map[string]any
	Sign   Signer
}

// Signer makes a signature over a token's signing input (RFC 7515, 5.1).
type Signer func(input []byte) ([]byte, error)

// SignRS256 signs as Entra does.
func SignRS256(key *rsa.PrivateKey) Signer {
	return func(input []byte) ([]byte, error) {
		sum := sha256.Sum256(input)
		return rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	}
}

// SignHS256 authenticates by a secret: with a public key as the secret, the
// classic confusion of algorithms.
func SignHS256(secret []byte) Signer {
	return func(input []byte) ([]byte, error) {
		mac := hmac.New(sha256.New, secret)
		mac.Write(input)
		return mac.Sum(nil), nil
	}
}

// SignNone leaves the signature empty.
func SignNone([]byte) ([]byte, error) { return nil, nil }

// PublicKey is the key that id_tokens are verified with.
func (p *Provider) PublicKey() *rsa.PublicKey { return &p.key.PublicKey }

func (p *Provider) idToken(g grant) (string, error) {
	token := &Token{
		Header: map[string]any{"typ": "JWT", "alg": "RS256", "kid": p.keyID},
		Claims: p.claims(g),
		Sign:   SignRS256(p.key),
	}
	if p.cfg.Forge.Token != nil {
		p.cfg.Forge.Token(token)
	}
	return token.compact()
}

// claims are those of Entra's v2.0 id_tokens.
// https://learn.microsoft.com/entra/identity-platform/id-token-claims-reference
func (p *Provider) claims(g grant) map[string]any {
	now := p.cfg.Now().Unix()
	pairwise := sha256.Sum256([]byte(g.client.ID + " " + g.person.ObjectID))
	claims := map[string]any{
		"ver": "2.0", "iss": p.issuer(g.person.Tenant), "aud": g.client.ID,
		"sub": base64.RawURLEncoding.EncodeToString(pairwise[:]),
		"tid": g.person.Tenant, "oid": g.person.ObjectID,
		"iat": now, "nbf": now, "exp": now + int64(tokenLifetime.Seconds()), "nonce": g.nonce,
		"name": g.person.Name, "preferred_username": g.person.Username,
	}
	if g.person.Email != "" {
		claims["email"] = g.person.Email
	}
	if g.person.EmailDomainVerified {
		claims["xms_edov"] = true
	}
	if len(g.person.VerifiedPrimary) > 0 {
		claims["verified_primary_email"] = g.person.VerifiedPrimary
	}
	if len(g.person.VerifiedSecondary) > 0 {
		claims["verified_secondary_email"] = g.person.VerifiedSecondary
	}
	return claims
}

// compact serializes by hand what no library would sign.
func (t *Token) compact() (string, error) {
	header, err := json.Marshal(t.Header)
	if err != nil {
		return "", err
	}
	claims, err := json.Marshal(t.Claims)
	if err != nil {
		return "", err
	}
	input := base64.RawURLEncoding.EncodeToString(header) + "." + base64.RawURLEncoding.EncodeToString(claims)
	signature, err := t.Sign([]byte(input))
	if err != nil {
		return "", err
	}
	return input + "." + base64.RawURLEncoding.EncodeToString(signature), nil
}

// idTokenHint is what an id_token tells of when it was issued; it may have
// expired since (OpenID Connect RP-Initiated Logout 1.0, section 2).
type idTokenHint struct {
	clientID string
	objectID string
}

// readHint takes tokens with our own signature alone.
func (p *Provider) readHint(raw string) (idTokenHint, error) {
	token, err := jose.ParseSignedCompact(raw, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		return idTokenHint{}, err
	}
	payload, err := token.Verify(p.PublicKey())
	if err != nil {
		return idTokenHint{}, err
	}
	var claims struct {
		Audience string `json:"aud"`
		Object   string `json:"oid"`
	}
	err = json.Unmarshal(payload, &claims)
	return idTokenHint{clientID: claims.Audience, objectID: claims.Object}, err
}
