package provider

import (
	"context"
)

// identifyStandard reads a token that was checked. The userinfo endpoint
// (OpenID Connect Core, 5.3) is asked where the token says nothing about the
// address, or no name where one is wanted.
func (p *Provider) identifyStandard(ctx context.Context, m metadata, accessToken string, c idClaims, wantProfile bool) (Identity, error) {
	person := c.personClaims
	unproved := person.Email == "" || !person.EmailVerified.present
	unnamed := wantProfile && person.GivenName == "" && person.FamilyName == ""
	if !unproved {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, profilePause)
		defer cancel()
	}
	if m.UserInfoURL != "" && (unproved || unnamed) {
		more, err := p.userInfo(ctx, m, accessToken, c.Subject)
		if err != nil && unproved {
			return Identity{}, err
		}
		if err == nil {
			person = person.completed(more)
		}
	}
	id := Identity{Issuer: p.cfg.Issuer, Subject: c.Subject}
	if person.EmailVerified.isTrue {
		id.Verified = addresses(nil, nil, person.Email)
	}
	id.Claimed = addresses(nil, id.Verified, person.Email, person.Username, c.UPN)
	id.setNames(person)
	return id, nil
}

// completed takes from more what is not there yet. An address and its being
// verified come from one source, never one from each.
func (c personClaims) completed(more personClaims) personClaims {
	if !c.EmailVerified.present && more.Email != "" || c.Email == "" {
		c.Email, c.EmailVerified = more.Email, more.EmailVerified
	}
	for mine, theirs := range map[*text]text{&c.Username: more.Username, &c.Name: more.Name,
		&c.GivenName: more.GivenName, &c.FamilyName: more.FamilyName, &c.Phone: more.Phone} {
		if *mine == "" {
			*mine = theirs
		}
	}
	return c
}

// userInfo asks for the claims of the person that the access token is for,
// who must be the one of the id_token (OpenID Connect Core, 5.3.2).
func (p *Provider) userInfo(ctx context.Context, m metadata, accessToken, subject string) (personClaims, error) {
	var info struct {
		Subject string `json:"sub"`
		personClaims
	}
	if err := p.getJSON(ctx, m.UserInfoURL, accessToken, &info); err != nil {
		return personClaims{}, unavailable("userinfo", err)
	}
	if info.Subject != subject {
		return personClaims{}, rejected("userinfo: sub is not the id_token's")
	}
	return info.personClaims, nil
}
