package standin

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"net/http"
	"net/url"
)

// token redeems an authorization code (RFC 6749, 4.1.3; RFC 7636, 4.6). A code
// is spent by the first try, whatever comes of it.
func (p *Provider) token(w http.ResponseWriter, r *http.Request) {
	client, ok := p.authenticate(r)
	if !ok {
		writeError(w, http.StatusUnauthorized, "invalid_client", "AADSTS7000215: Invalid client secret provided.")
		return
	}
	if r.PostFormValue("grant_type") != "authorization_code" {
		writeError(w, http.StatusBadRequest, "unsupported_grant_type", "AADSTS70003: grant_type must be authorization_code.")
		return
	}
	g, ok := p.redeem(r.PostFormValue("code"))
	if !ok || g.client.ID != client.ID {
		writeError(w, http.StatusBadRequest, "invalid_grant", "AADSTS70008: The code has expired or was redeemed already.")
		return
	}
	if r.PostFormValue("redirect_uri") != g.redirectURI {
		writeError(w, http.StatusBadRequest, "invalid_grant", "AADSTS50011: The redirect URI is not the one of the authorization request.")
		return
	}
	sum := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
	if !equal(base64.RawURLEncoding.EncodeToString(sum[:]), g.challenge) {
		writeError(w, http.StatusBadRequest, "invalid_grant", "AADSTS501481: The code_verifier does not match the code_challenge.")
		return
	}
	p.issue(w, g)
}

// authenticate takes the secret from the form or, by HTTP Basic, from the
// header (RFC 6749, 2.3.1).
func (p *Provider) authenticate(r *http.Request) (Client, bool) {
	id, secret := r.PostFormValue("client_id"), r.PostFormValue("client_secret")
	if user, password, ok := r.BasicAuth(); ok {
		id, _ = url.QueryUnescape(user)
		secret, _ = url.QueryUnescape(password)
	}
	client, ok := p.client(id)
	return client, ok && equal(secret, client.Secret)
}

func (p *Provider) redeem(code string) (grant, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	g, ok := p.grants[code]
	delete(p.grants, code)
	return g, ok && p.cfg.Now().Before(g.expires)
}

func (p *Provider) issue(w http.ResponseWriter, g grant) {
	idToken, err := p.idToken(g)
	if err != nil {
		writeError(w, http.StatusInternalServerError, "server_error", "AADSTS90033: The token cannot be signed.")
		return
	}
	bearer := rand.Text()
	now := p.cfg.Now()
	token := accessToken{person: g.person, profile: g.profile, expires: now.Add(tokenLifetime)}
	if !keep(p, p.access, bearer, token, func(t accessToken) bool { return !now.Before(t.expires) }) {
		writeError(w, http.StatusServiceUnavailable, "temporarily_unavailable", "AADSTS90033: Too many tokens are out.")
		return
	}
	response := map[string]any{"token_type": "Bearer", "scope": "openid profile email",
		"expires_in": int(tokenLifetime.Seconds()), "access_token": bearer, "id_token": idToken}
	if p.cfg.Forge.TokenResponse != nil {
		p.cfg.Forge.TokenResponse(response)
	}
	writeJSON(w, http.StatusOK, response)
}

func equal(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
