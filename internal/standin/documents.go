package standin

import (
	"encoding/base64"
	"math/big"
	"net/http"
	"net/url"
	"strings"
)

const issuerTemplate = "{tenantid}"

func (p *Provider) issuer(tenant string) string { return p.cfg.BaseURL + "/" + tenant + "/v2.0" }

// firstSegment is the tenant of a path, for the paths that have one.
func firstSegment(path string) (string, bool) {
	segment, rest, found := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	return segment, found && rest != "" && segment != "v1.0"
}

// discovery answers as Entra does: multi-tenant documents name a template as
// their issuer.
func (p *Provider) discovery(w http.ResponseWriter, r *http.Request) {
	tenant := r.PathValue("tenant")
	issuer := p.issuer(tenant)
	if tenant == "common" || tenant == "organizations" {
		issuer = p.issuer(issuerTemplate)
	}
	base, _ := url.Parse(p.cfg.BaseURL)
	endpoints := p.cfg.BaseURL + "/" + tenant + "/oauth2/v2.0"
	document := map[string]any{
		"issuer":                                issuer,
		"authorization_endpoint":                endpoints + "/authorize",
		"token_endpoint":                        endpoints + "/token",
		"end_session_endpoint":                  endpoints + "/logout",
		"jwks_uri":                              p.cfg.BaseURL + "/" + tenant + "/discovery/v2.0/keys",
		"token_endpoint_auth_methods_supported": []string{"client_secret_post", "private_key_jwt", "client_secret_basic"},
		"response_modes_supported":              []string{"query"},
		"response_types_supported":              []string{"code"},
		"subject_types_supported":               []string{"pairwise"},
		"scopes_supported":                      []string{"openid", "profile", "email", "offline_access"},
		"id_token_signing_alg_values_supported": []string{"RS256"},
		"code_challenge_methods_supported":      []string{"S256"},
		"msgraph_host":                          base.Host,
	}
	if p.cfg.Forge.Discovery != nil {
		p.cfg.Forge.Discovery(document)
	}
	writeJSON(w, http.StatusOK, document)
}

// keys answers with the one key. As in Entra's sets it names the issuers that
// it signs for.
func (p *Provider) keys(w http.ResponseWriter, _ *http.Request) {
	keys := []map[string]any{{
		"kty": "RSA", "use": "sig", "kid": p.keyID,
		"n":      base64.RawURLEncoding.EncodeToString(p.key.N.Bytes()),
		"e":      base64.RawURLEncoding.EncodeToString(big.NewInt(int64(p.key.E)).Bytes()),
		"issuer": p.issuer(issuerTemplate),
	}}
	if p.cfg.Forge.Keys != nil {
		p.cfg.Forge.Keys(keys)
	}
	writeJSON(w, http.StatusOK, map[string]any{"keys": keys})
}

// me is Graph's answer about the person whom an access token is for.
func (p *Provider) me(w http.ResponseWriter, r *http.Request) {
	bearer, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	p.mu.Lock()
	token, ok := p.access[bearer]
	p.mu.Unlock()
	if !ok || !p.cfg.Now().Before(token.expires) {
		writeJSON(w, http.StatusUnauthorized, map[string]any{"error": map[string]any{"code": "InvalidAuthenticationToken"}})
		return
	}
	if !token.profile {
		writeJSON(w, http.StatusForbidden, map[string]any{"error": map[string]any{"code": "Authorization_RequestDenied"}})
		return
	}
	profile := selected(graphUser(token.person), r.URL.Query().Get("$select"))
	if p.cfg.Forge.Profile != nil {
		p.cfg.Forge.Profile(profile)
	}
	writeJSON(w, http.StatusOK, profile)
}

func graphUser(person Person) map[string]any {
	orNull := func(s string) any {
		if s == "" {
			return nil
		}
		return s
	}
	phones := []string{}
	if person.Phone != "" {
		phones = append(phones, person.Phone)
	}
	return map[string]any{
		"id": person.ObjectID, "displayName": person.Name, "userPrincipalName": person.Username,
		"givenName": orNull(person.GivenName), "surname": orNull(person.FamilyName),
		"jobTitle": orNull(person.JobTitle), "businessPhones": phones, "mobilePhone": nil,
	}
}

// selected keeps the members that OData's $select names.
func selected(user map[string]any, names string) map[string]any {
	if names == "" {
		return user
	}
	out := map[string]any{}
	for name := range strings.SplitSeq(names, ",") {
		if value, ok := user[strings.TrimSpace(name)]; ok {
			out[name] = value
		}
	}
	return out
}
