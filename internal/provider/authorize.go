package provider

import (
	"context"
	"errors"
	"slices"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// Request is one authorization request, the same for [Provider.AuthCodeURL]
// and [Provider.Exchange]. State is opaque and unguessable; Nonce and Verifier
// are secrets of the browser that asks.
type Request struct {
	RedirectURI string
	State       string
	Nonce       string
	Verifier    string // RFC 7636, 4.1: 43 to 128 characters
	LoginHint   string // the address that was typed; may be empty
	// WantProfile asks for names, phone and job title as well: with Entra at
	// the price of the permission User.Read.
	WantProfile bool
	// ChooseAccount makes the provider ask who signs in, for people who came
	// back as somebody else.
	ChooseAccount bool
}

func (r Request) check() error {
	if r.RedirectURI == "" || r.State == "" || r.Nonce == "" {
		return errors.New("an authorization request needs redirect URI, state and nonce")
	}
	if len(r.Verifier) < 43 || len(r.Verifier) > 128 {
		return errors.New("a PKCE verifier has 43 to 128 characters")
	}
	return nil
}

// AuthCodeURL is the address at the provider to send the browser to. The error
// wraps [ErrUnavailable] where the provider's metadata cannot be had.
func (p *Provider) AuthCodeURL(ctx context.Context, r Request) (string, error) {
	if err := r.check(); err != nil {
		return "", err
	}
	m, err := p.metadata.usable(ctx)
	if err != nil {
		return "", err
	}
	options := []oauth2.AuthCodeOption{oidc.Nonce(r.Nonce), oauth2.S256ChallengeOption(r.Verifier)}
	if r.LoginHint != "" {
		options = append(options, oauth2.SetAuthURLParam("login_hint", r.LoginHint))
	}
	if prompt := p.prompt(m, r); prompt != "" {
		options = append(options, oauth2.SetAuthURLParam("prompt", prompt))
	}
	return p.oauth(m, r).AuthCodeURL(r.State, options...), nil
}

func (p *Provider) oauth(m metadata, r Request) *oauth2.Config {
	scopes := []string{oidc.ScopeOpenID, oidc.ScopeProfile, oidc.ScopeEmail}
	if p.cfg.Entra && r.WantProfile {
		scopes = append(scopes, "User.Read")
	}
	return &oauth2.Config{ClientID: p.cfg.ClientID, ClientSecret: p.cfg.ClientSecret,
		Endpoint: m.endpoint(p.cfg), RedirectURL: r.RedirectURI, Scopes: scopes}
}

// prompt is the value that lets people choose an account, empty where they
// need not: where an address is hinted, the provider's own session decides.
// Entra is asked for it without a hint too, since its single sign-on would
// otherwise take any account that happens to be signed in.
func (p *Provider) prompt(m metadata, r Request) string {
	if !r.ChooseAccount && (!p.cfg.Entra || r.LoginHint != "") {
		return ""
	}
	if p.cfg.Entra || len(m.PromptValues) == 0 {
		return "select_account"
	}
	for _, value := range []string{"select_account", "login"} {
		if slices.Contains(m.PromptValues, value) {
			return value
		}
	}
	return ""
}
