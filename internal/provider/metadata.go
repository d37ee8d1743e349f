package provider

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// metadata is the part of a discovery document (OpenID Connect Discovery 1.0,
// section 3; RFC 9207, section 3; OpenID Connect RP-Initiated Logout 1.0,
// section 2.1) that is used. It has passed check, but for EndSession, whatever
// its type: nobody's sign-in depends on it.
type metadata struct {
	oidc.ProviderConfig
	AuthMethods   []string `json:"token_endpoint_auth_methods_supported"`
	PromptValues  []string `json:"prompt_values_supported"`
	SendsIssuer   bool     `json:"authorization_response_iss_parameter_supported"`
	EndSession    any      `json:"end_session_endpoint"`
	GraphHost     string   `json:"msgraph_host"` // Entra's
	signatureAlgs []string
}

// asymmetric are the algorithms that an id_token may be signed with, where the
// provider's metadata names them.
var asymmetric = []string{oidc.RS256, oidc.RS384, oidc.RS512, oidc.ES256, oidc.ES384, oidc.ES512,
	oidc.PS256, oidc.PS384, oidc.PS512, oidc.EdDSA}

func (p *Provider) fetchMetadata(ctx context.Context) (metadata, error) {
	var m metadata
	url := strings.TrimSuffix(p.cfg.base(), "/") + "/.well-known/openid-configuration"
	if err := p.getJSON(ctx, url, "", &m); err != nil {
		return metadata{}, unavailable("discovery", err)
	}
	if err := m.check(p.cfg); err != nil {
		return metadata{}, unavailable("discovery: "+url, err)
	}
	return m, nil
}

func (m *metadata) check(cfg Config) error {
	if m.IssuerURL != cfg.issuer() {
		return fmt.Errorf("it names the issuer %q instead of %q", excerpt(m.IssuerURL), cfg.issuer())
	}
	endpoints := []string{m.AuthURL, m.TokenURL, m.JWKSURL}
	if m.UserInfoURL != "" {
		endpoints = append(endpoints, m.UserInfoURL)
	}
	for _, endpoint := range endpoints {
		if err := checkEndpoint(endpoint, cfg); err != nil {
			return err
		}
	}
	m.signatureAlgs = signatureAlgs(m.Algorithms, cfg.Entra)
	if len(m.signatureAlgs) == 0 {
		return errors.New("it names no signature algorithm that can be relied on")
	}
	return nil
}

// checkEndpoint holds what the metadata names to https, or to http on loopback
// for a provider that is spoken to so.
func checkEndpoint(endpoint string, cfg Config) error {
	if err := checkURL(endpoint, cfg.plainHTTP()); err != nil {
		return fmt.Errorf("endpoint %q: not a usable https address", excerpt(endpoint))
	}
	return nil
}

// signatureAlgs narrows what a provider signs with to what is accepted: RS256
// where it says nothing (OpenID Connect Core, 3.1.3.7) and alone for Entra.
func signatureAlgs(supported []string, entra bool) []string {
	if len(supported) == 0 {
		return []string{oidc.RS256}
	}
	var algs []string
	for _, alg := range supported {
		if slices.Contains(asymmetric, alg) && (!entra || alg == oidc.RS256) {
			algs = append(algs, alg)
		}
	}
	return algs
}

// endpoint chooses how the client authenticates, so that a code is never sent
// twice to find out: in the form for public clients and where the metadata
// leaves no other way, else by HTTP Basic (OpenID Connect Core, section 9).
func (m *metadata) endpoint(cfg Config) oauth2.Endpoint {
	style := oauth2.AuthStyleInHeader
	basic := len(m.AuthMethods) == 0 || slices.Contains(m.AuthMethods, "client_secret_basic")
	post := slices.Contains(m.AuthMethods, "client_secret_post")
	if cfg.Entra || cfg.ClientSecret == "" || post && !basic {
		style = oauth2.AuthStyleInParams
	}
	return oauth2.Endpoint{AuthURL: m.AuthURL, TokenURL: m.TokenURL, AuthStyle: style}
}
