package provider

import (
	"context"
	"crypto/subtle"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/json"
	"golang.org/x/oauth2"
)

// verify checks the id_token of a token response (OpenID Connect Core,
// 3.1.3.7): signature, algorithm and access token by go-oidc, and every claim
// here, from a reading of the payload that knows neither coercion nor
// case-folded or repeated names.
func (p *Provider) verify(ctx context.Context, m metadata, token *oauth2.Token, nonce string) (idClaims, error) {
	raw, err := rawIDToken(token)
	if err != nil {
		return idClaims{}, rejected("%w", err)
	}
	keys := &tokenKeys{provider: p, algs: joseAlgs(m.signatureAlgs)}
	verifier := oidc.NewVerifier(p.cfg.issuer(), keys, &oidc.Config{
		ClientID:             p.cfg.ClientID,
		SupportedSigningAlgs: m.signatureAlgs,
		SkipIssuerCheck:      true, // checkIssuer: Entra's depends on the tenant
		SkipExpiryCheck:      true, // checkTimes: the same skew in both directions
	})
	idToken, err := verifier.Verify(ctx, raw)
	if keys.err != nil {
		return idClaims{}, keys.err
	}
	if err != nil {
		return idClaims{}, rejected("id_token: %s", excerpt(err.Error()))
	}
	if idToken.AccessTokenHash != "" {
		if err := idToken.VerifyAccessToken(token.AccessToken); err != nil {
			return idClaims{}, rejected("id_token: %w", err)
		}
	}
	return p.checkClaims(idToken, nonce)
}

func joseAlgs(names []string) []jose.SignatureAlgorithm {
	algs := make([]jose.SignatureAlgorithm, len(names))
	for i, name := range names {
		algs[i] = jose.SignatureAlgorithm(name)
	}
	return algs
}

func (p *Provider) checkClaims(idToken *oidc.IDToken, nonce string) (idClaims, error) {
	var payload json.RawMessage
	var claims idClaims
	if err := idToken.Claims(&payload); err != nil {
		return idClaims{}, rejected("id_token: %w", err)
	}
	if err := json.Unmarshal(payload, &claims); err != nil {
		return idClaims{}, rejected("id_token: %s", excerpt(err.Error()))
	}
	checks := []error{
		p.checkIssuer(claims),
		p.checkAudience(claims),
		checkSubject(claims),
		checkNonce(claims, nonce),
		checkTimes(claims, p.now()),
	}
	if err := errors.Join(checks...); err != nil {
		return idClaims{}, rejected("id_token: %w", err)
	}
	return claims, nil
}

// checkAudience wants this client and no other: a token for several is
// accepted only where it names this one as the party it was issued to.
func (p *Provider) checkAudience(c idClaims) error {
	if !slices.Contains(c.Audience, p.cfg.ClientID) {
		return errors.New("aud is not this client")
	}
	if c.Authorized != nil && *c.Authorized != p.cfg.ClientID || c.Authorized == nil && len(c.Audience) > 1 {
		return errors.New("azp is not this client")
	}
	return nil
}

// checkSubject refuses, beside the length, what may have stood for something
// else: whatever is no Unicode is read as one and the same character, so that two
// people would become one.
func checkSubject(c idClaims) error {
	if c.Subject == "" || len(c.Subject) > maxText {
		return errors.New("sub is missing or too long")
	}
	if strings.ContainsFunc(c.Subject, func(r rune) bool { return r == unicode.ReplacementChar || unicode.IsControl(r) }) {
		return errors.New("sub is no line of Unicode")
	}
	return nil
}

func checkNonce(c idClaims, nonce string) error {
	if subtle.ConstantTimeCompare([]byte(c.Nonce), []byte(nonce)) != 1 {
		return errors.New("nonce is not the browser's")
	}
	return nil
}

func checkTimes(c idClaims, now time.Time) error {
	if c.Expires == nil || c.IssuedAt == nil {
		return errors.New("exp or iat is missing")
	}
	if !now.Before(time.Time(*c.Expires).Add(clockSkew)) {
		return errors.New("it has expired")
	}
	latest := now.Add(clockSkew)
	if time.Time(*c.IssuedAt).After(latest) {
		return errors.New("iat lies in the future")
	}
	if c.NotBefore != nil && time.Time(*c.NotBefore).After(latest) {
		return errors.New("nbf lies in the future")
	}
	return nil
}
