package standin

import (
	"net/http"
	"net/url"
	"slices"
)

// departure is a request to end the browser's session that names an address to
// go on to, or none.
type departure struct {
	to    string
	state string
	hint  idTokenHint
}

// logout ends the browser's session and sends the browser on (OpenID Connect
// RP-Initiated Logout 1.0). Without an id_token of the person who is signed in
// they are asked first (section 2), as Entra has them pick the account.
func (p *Provider) logout(w http.ResponseWriter, r *http.Request) {
	d, problem := p.readDeparture(r.URL.Query())
	if problem != "" {
		errorPage(w, problem)
		return
	}
	person := p.signedIn(r)
	if id := person.ObjectID; id != "" && d.hint.objectID != id && r.PostFormValue("person") != id {
		render(w, http.StatusOK, "logout", chooserPage{Action: r.URL.RequestURI(), People: listing([]Person{person}, "", person)})
		return
	}
	p.forget(w, r)
	if d.to == "" {
		render(w, http.StatusOK, "message", messagePage{Title: "You signed out", Text: "You can close this window."})
		return
	}
	sendTo(w, r, d.to, d.state, nil)
}

// readDeparture holds the address to go on to to those registered for the
// client, which client_id or the id_token names (section 3). As with Entra they
// are among the client's redirect URIs.
func (p *Provider) readDeparture(query url.Values) (d departure, problem string) {
	d = departure{to: query.Get("post_logout_redirect_uri"), state: query.Get("state")}
	id := query.Get("client_id")
	if raw := query.Get("id_token_hint"); raw != "" {
		var err error
		if d.hint, err = p.readHint(raw); err != nil || id != "" && id != d.hint.clientID {
			return d, "AADSTS50013: the id_token_hint is not an id_token of this application."
		}
		id = d.hint.clientID
	}
	if d.to == "" {
		return d, ""
	}
	client, ok := p.client(id)
	switch {
	case id == "":
		return d, "AADSTS900144: post_logout_redirect_uri needs client_id or id_token_hint."
	case !ok:
		return d, "AADSTS700016: the application is not known here."
	case !slices.Contains(client.RedirectURIs, d.to):
		return d, "AADSTS50011: the post-logout redirect URI is not one of those registered for the application."
	}
	return d, ""
}
