package standin

import (
	"crypto/rand"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// authorization is a request to the authorize endpoint that names a client and
// one of its redirect URIs: only then may an answer be sent there.
type authorization struct {
	client      Client
	redirectURI string
	query       url.Values
}

// readAuthorization returns false after it has answered: with a page, never a
// redirect, since the address to redirect to is not to be trusted.
func (p *Provider) readAuthorization(w http.ResponseWriter, r *http.Request) (authorization, bool) {
	query := r.URL.Query()
	client, ok := p.client(query.Get("client_id"))
	if !ok {
		errorPage(w, "AADSTS700016: the application is not known here.")
		return authorization{}, false
	}
	redirectURI := query.Get("redirect_uri")
	if !slices.Contains(client.RedirectURIs, redirectURI) {
		errorPage(w, "AADSTS50011: the redirect URI is not one of those registered for the application.")
		return authorization{}, false
	}
	return authorization{client: client, redirectURI: redirectURI, query: query}, true
}

// problem is what is wrong with the rest of the request, as an error code and
// description; empty for nothing.
func (a authorization) problem() (code, description string) {
	scopes := strings.Fields(a.query.Get("scope"))
	challenge := a.query.Get("code_challenge")
	switch {
	case a.query.Get("response_type") != "code":
		return "unsupported_response_type", "AADSTS70016: response_type must be code."
	case !slices.Contains(scopes, "openid"):
		return "invalid_scope", "AADSTS70011: scope openid is missing."
	case a.query.Get("code_challenge_method") != "S256" || len(challenge) != 43:
		return "invalid_request", "AADSTS9002325: a PKCE challenge (S256) is required."
	case a.query.Get("nonce") == "":
		return "invalid_request", "AADSTS90014: nonce is missing."
	}
	return "", ""
}

func (p *Provider) client(id string) (Client, bool) {
	i := slices.IndexFunc(p.cfg.Clients, func(c Client) bool { return c.ID == id })
	if i < 0 {
		return Client{}, false
	}
	return p.cfg.Clients[i], true
}

// chooser shows the account chooser.
func (p *Provider) chooser(w http.ResponseWriter, r *http.Request) {
	a, ok := p.readAuthorization(w, r)
	if !ok {
		return
	}
	if code, description := a.problem(); code != "" {
		a.fail(w, r, code, description)
		return
	}
	hint := a.query.Get("login_hint")
	render(w, http.StatusOK, "chooser", chooserPage{
		Action: r.URL.RequestURI(),
		Hint:   hint,
		People: listing(p.offered(r.PathValue("tenant")), hint, p.signedIn(r)),
	})
}

// choose answers the chooser's form: field person is an object id, field
// cancel is the way out.
func (p *Provider) choose(w http.ResponseWriter, r *http.Request) {
	a, ok := p.readAuthorization(w, r)
	if !ok {
		return
	}
	if code, description := a.problem(); code != "" {
		a.fail(w, r, code, description)
		return
	}
	if r.PostFormValue("cancel") != "" {
		a.fail(w, r, "access_denied", "AADSTS65004: the person declined to sign in.")
		return
	}
	people := p.offered(r.PathValue("tenant"))
	i := slices.IndexFunc(people, func(q Person) bool { return q.ObjectID == r.PostFormValue("person") })
	if i < 0 {
		errorPage(w, "AADSTS50020: that account does not exist in this tenant.")
		return
	}
	p.grant(w, r, a, people[i])
}

func (p *Provider) grant(w http.ResponseWriter, r *http.Request, a authorization, person Person) {
	code := rand.Text()
	now := p.cfg.Now()
	g := grant{person: person, client: a.client, redirectURI: a.redirectURI,
		challenge: a.query.Get("code_challenge"), nonce: a.query.Get("nonce"),
		profile: slices.Contains(strings.Fields(a.query.Get("scope")), "User.Read"),
		expires: now.Add(codeLifetime)}
	if !keep(p, p.grants, code, g, func(g grant) bool { return !now.Before(g.expires) }) {
		a.fail(w, r, "temporarily_unavailable", "AADSTS90033: too many sign-ins are pending.")
		return
	}
	p.remember(w, person)
	a.answer(w, r, url.Values{"code": {code}})
}

func (a authorization) fail(w http.ResponseWriter, r *http.Request, code, description string) {
	a.answer(w, r, url.Values{"error": {code}, "error_description": {description}})
}

// answer sends the browser back with the parameters and its state.
func (a authorization) answer(w http.ResponseWriter, r *http.Request, parameters url.Values) {
	sendTo(w, r, a.redirectURI, a.query.Get("state"), parameters)
}

// sendTo sends the browser to an address of a client.
func sendTo(w http.ResponseWriter, r *http.Request, address, state string, parameters url.Values) {
	target, err := url.Parse(address)
	if err != nil {
		errorPage(w, "AADSTS50011: the redirect URI cannot be read.")
		return
	}
	query := target.Query()
	maps.Copy(query, parameters)
	if state != "" {
		query.Set("state", state)
	}
	target.RawQuery = query.Encode()
	http.Redirect(w, r, target.String(), http.StatusSeeOther)
}
