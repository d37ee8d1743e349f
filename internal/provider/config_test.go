package provider_test

import (
	"strings"
	"testing"

	"github.com/frontdesk-gateway/frontdesk/internal/provider"
)

func TestNew(t *testing.T) {
	entra := func(authority, tenant string) provider.Config {
		return provider.Config{Name: "microsoft", ClientID: "id", Entra: true, Authority: authority, Tenant: tenant}
	}
	oidc := func(issuer string) provider.Config {
		return provider.Config{Name: "google", Label: "Google", ClientID: "id", Issuer: issuer}
	}
	for name, test := range map[string]struct {
		cfg  provider.Config
		says string // part of the error; empty: it is taken
	}{
		"default authority":     {entra("", "organizations"), ""},
		"sovereign cloud":       {entra("https://login.microsoftonline.us/", "common"), ""},
		"tenant id":             {entra("", tenantA), ""},
		"tenant id, upper case": {entra("", strings.ToUpper(tenantA)), ""},
		"tenant a domain":       {entra("", "fabrikam.example"), "write organizations, common or a tenant id"},
		"tenant consumers":      {entra("", "consumers"), "tenant"},
		"tenant missing":        {entra("", ""), "tenant"},
		"tenant a path":         {entra("", "../common"), "tenant"},
		"authority over http":   {entra("http://login.example", "common"), "https"},
		"authority on loopback": {entra("http://127.0.0.1:9402", "common"), ""},
		"authority a host":      {entra("login.microsoftonline.com", "common"), "write an address"},
		"issuer":                {oidc("https://accounts.google.com"), ""},
		"issuer with slash":     {oidc("https://tenant.auth.example/"), ""},
		"issuer on localhost":   {oidc("http://id.localhost:8080/realm"), ""},
		"issuer over http":      {oidc("http://localhost.attacker.example"), "https"},
		"issuer missing":        {oidc(""), "issuer"},
		"issuer with query":     {oidc("https://id.example?x=y"), "query"},
		"issuer with fragment":  {oidc("https://id.example/#"), "fragment"},
		"issuer with user":      {oidc("https://user@id.example"), "credentials"},
		"no client":             {provider.Config{Name: "x", Issuer: "https://id.example"}, "client_id"},
		"no name":               {provider.Config{ClientID: "id", Issuer: "https://id.example"}, "name"},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := provider.New(test.cfg, provider.Options{})
			switch {
			case test.says == "" && err != nil:
				t.Errorf("refused: %v", err)
			case test.says == "" && (p.Name() != test.cfg.Name || p.Label() != test.cfg.Label):
				t.Errorf("name %q, label %q", p.Name(), p.Label())
			case test.says != "" && (err == nil || !strings.Contains(err.Error(), test.says)):
				t.Errorf("got %v, want a word of %q", err, test.says)
			}
		})
	}
}
