package provider

import (
	"context"
	"errors"
	"net/url"
)

// EndsSession reports whether a sign-out goes on to the provider, as its
// operator wants it. Whether the provider takes part shows at the sign-out.
func (p *Provider) EndsSession() bool { return p.cfg.EndSession }

// EndSessionURL is the address at which the provider ends its session in the
// browser that is sent there, and sends it back to redirectURI, which is
// registered there, with state, unless that is empty (OpenID Connect
// RP-Initiated Logout 1.0, sections 2 and 3). The error wraps [ErrUnavailable]
// where the provider's metadata cannot be had or names no usable address.
//
// There is no id_token_hint, because provider tokens are not kept: a provider
// must then ask the person first (section 2), and some refuse. There is no
// logout_hint either: Entra's is a claim that is not kept (login_hint), and its
// documentation warns of using an address.
func (p *Provider) EndSessionURL(ctx context.Context, redirectURI, state string) (string, error) {
	m, err := p.metadata.usable(ctx)
	if err != nil {
		return "", err
	}
	u, err := m.endSession(p.cfg)
	if err != nil {
		return "", unavailable("end of session", err)
	}
	query := u.Query()
	query.Set("client_id", p.cfg.ClientID)
	query.Set("post_logout_redirect_uri", redirectURI)
	if state != "" {
		query.Set("state", state)
	}
	u.RawQuery = query.Encode()
	return u.String(), nil
}

func (m *metadata) endSession(cfg Config) (*url.URL, error) {
	endpoint, _ := m.EndSession.(string)
	if endpoint == "" {
		return nil, errors.New("the provider offers no end_session_endpoint")
	}
	if err := checkEndpoint(endpoint, cfg); err != nil {
		return nil, err
	}
	return url.Parse(endpoint)
}
