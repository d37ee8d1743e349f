package provider

import (
	"context"
	"errors"
	"fmt"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
)

// Response is what came to the callback, whose state the caller has checked.
type Response struct {
	Code             string
	Issuer           string // RFC 9207, "iss"; empty: none was sent
	Error            string
	ErrorDescription string
}

// Identity is who signed in at the provider.
type Identity struct {
	// Issuer and Subject name the person for good: Subject is Entra's oid, and
	// sub elsewhere.
	Issuer  string
	Subject string
	Tenant  string // Entra's tid, a lower-case GUID; empty elsewhere
	// Verified are the addresses that the provider vouches for. Claimed are
	// others that it names, which prove nothing by themselves.
	Verified []directory.Address
	Claimed  []directory.Address

	GivenName, FamilyName, Name, Phone, JobTitle string
}

// maxCode bounds an authorization code, in bytes. Entra's have some 1,500.
const maxCode = 8 << 10

// Exchange finishes a sign-in: it redeems the code and returns who the token,
// checked in full, says it was. The error wraps [ErrCancelled], [ErrRejected]
// or [ErrUnavailable].
func (p *Provider) Exchange(ctx context.Context, r Request, resp Response) (Identity, error) {
	if err := r.check(); err != nil {
		return Identity{}, err
	}
	m, err := p.metadata.usable(ctx)
	if err != nil {
		return Identity{}, err
	}
	if err := p.checkResponse(m, resp); err != nil {
		return Identity{}, err
	}
	ctx, cancel := context.WithTimeout(oidc.ClientContext(ctx, p.client), 3*requestTimeout)
	defer cancel()
	token, err := p.oauth(m, r).Exchange(ctx, resp.Code, oauth2.VerifierOption(r.Verifier))
	if err != nil {
		return Identity{}, tokenError(err, resp.Code, r.Verifier, p.cfg.ClientSecret)
	}
	claims, err := p.verify(ctx, m, token, r.Nonce)
	if err != nil {
		return Identity{}, err
	}
	if resp.Issuer != "" && resp.Issuer != claims.Issuer {
		return Identity{}, rejected("response and token name different issuers")
	}
	return p.identify(ctx, m, token.AccessToken, claims, r.WantProfile)
}

// checkResponse comes before the code is sent anywhere: a response that
// another provider made is turned away (RFC 9207, 2.4).
func (p *Provider) checkResponse(m metadata, resp Response) error {
	switch {
	case resp.Issuer == "" && m.SendsIssuer:
		return rejected("authorization response: iss is missing")
	case resp.Issuer != "" && !p.Admits(resp.Issuer):
		return rejected("authorization response: iss %q is another provider's", excerpt(resp.Issuer))
	case resp.Error != "":
		return responseError(resp.Error, resp.ErrorDescription)
	case resp.Code == "" || len(resp.Code) > maxCode:
		return rejected("authorization response: no usable code")
	}
	return nil
}

func (p *Provider) identify(ctx context.Context, m metadata, accessToken string, claims idClaims, wantProfile bool) (Identity, error) {
	if !p.cfg.Entra {
		return p.identifyStandard(ctx, m, accessToken, claims, wantProfile)
	}
	id := identifyEntra(claims)
	if wantProfile {
		p.addGraphProfile(ctx, m, accessToken, &id)
	}
	return id, nil
}

// rawIDToken takes the id_token out of a token response.
func rawIDToken(token *oauth2.Token) (string, error) {
	raw, ok := token.Extra("id_token").(string)
	if !ok || raw == "" {
		return "", errors.New("the token response has no id_token")
	}
	if len(raw) > maxIDToken {
		return "", fmt.Errorf("the id_token has more than %d bytes", maxIDToken)
	}
	return raw, nil
}
