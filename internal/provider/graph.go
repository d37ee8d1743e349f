package provider

import (
	"context"
	"fmt"
	"net/url"
	"slices"
)

// graphHosts are Microsoft Graph's, one for each cloud.
// https://learn.microsoft.com/graph/deployments
var graphHosts = []string{"graph.microsoft.com", "graph.microsoft.us", "dod-graph.microsoft.us",
	"microsoftgraph.chinacloudapi.cn"}

// graphProfile is the part of Graph's user resource that is asked for.
type graphProfile struct {
	GivenName      text  `json:"givenName"`
	Surname        text  `json:"surname"`
	JobTitle       text  `json:"jobTitle"`
	BusinessPhones texts `json:"businessPhones"`
	MobilePhone    text  `json:"mobilePhone"`
}

// addGraphProfile fills in what Graph knows of the person. It is a courtesy: a
// failure costs these fields and nothing else.
func (p *Provider) addGraphProfile(ctx context.Context, m metadata, accessToken string, id *Identity) {
	ctx, cancel := context.WithTimeout(ctx, profilePause)
	defer cancel()
	var profile graphProfile
	address, err := p.graphURL(m)
	if err == nil {
		err = p.getJSON(ctx, address, accessToken, &profile)
	}
	if err != nil {
		p.log.Warn("profile cannot be read", "error", err)
		return
	}
	phones := slices.Concat(profile.BusinessPhones, texts{profile.MobilePhone})
	for field, found := range map[*string]texts{&id.GivenName: {profile.GivenName},
		&id.FamilyName: {profile.Surname}, &id.JobTitle: {profile.JobTitle}, &id.Phone: phones} {
		if i := slices.IndexFunc(found, func(t text) bool { return t != "" }); i >= 0 {
			*field = string(found[i])
		}
	}
}

// graphURL takes the host from the metadata, but only a known one, or, for an
// authority on loopback, that authority's own: the access token goes there.
func (p *Provider) graphURL(m metadata) (string, error) {
	u := url.URL{Scheme: "https", Host: m.GraphHost, Path: "/v1.0/me",
		RawQuery: "$select=givenName,surname,jobTitle,businessPhones,mobilePhone"}
	if slices.Contains(graphHosts, m.GraphHost) {
		return u.String(), nil
	}
	authority, err := url.Parse(p.cfg.Authority)
	if err == nil && p.cfg.plainHTTP() && m.GraphHost == authority.Host {
		u.Scheme = "http"
		return u.String(), nil
	}
	return "", fmt.Errorf("msgraph_host %q is not Microsoft Graph's", excerpt(m.GraphHost))
}
