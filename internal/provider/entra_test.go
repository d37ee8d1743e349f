package provider_test

import (
	"errors"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/provider"
	"github.com/frontdesk-gateway/frontdesk/internal/standin"
)

func TestEntraIdentity(t *testing.T) {
	w := newWorld(t, standin.Forge{})
	p := w.provider(w.config(provider.TenantCommon))
	issuer := func(tenant string) string { return w.server.URL + "/" + tenant + "/v2.0" }
	for name, test := range map[string]struct {
		oid  string
		want provider.Identity
	}{
		"domain verified": {adaOID, provider.Identity{Issuer: issuer(tenantA), Subject: adaOID, Tenant: tenantA,
			Verified: []directory.Address{"Ada@fabrikam.example"}, Name: "Ada Lovelace"}},
		"verified addresses": {bobOID, provider.Identity{Issuer: issuer(tenantB), Subject: bobOID, Tenant: tenantB,
			Verified: []directory.Address{"bob@contoso.example", "robert@contoso.example"}, Name: "Bob"}},
		"nothing vouched for": {eveOID, provider.Identity{Issuer: issuer(standin.PersonalTenant), Subject: eveOID, Tenant: standin.PersonalTenant,
			Claimed: []directory.Address{"ada@fabrikam.example", "eve@outlook.example"}, Name: "Eve"}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := w.signIn(p, request(), test.oid)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, test.want) {
				t.Errorf("got  %+v\nwant %+v", got, test.want)
			}
		})
	}
}

// Which spellings of Entra's claims make an address verified.
func TestEntraVerified(t *testing.T) {
	for name, test := range map[string]struct {
		claims   map[string]any // of a token that says nothing else about addresses
		verified []directory.Address
		claimed  []directory.Address
	}{
		"xms_edov true":       {map[string]any{"email": "a@b.example", "xms_edov": true}, []directory.Address{"a@b.example"}, nil},
		"xms_edov false":      {map[string]any{"email": "a@b.example", "xms_edov": false}, nil, []directory.Address{"a@b.example"}},
		"xms_edov 1":          {map[string]any{"email": "a@b.example", "xms_edov": 1}, nil, []directory.Address{"a@b.example"}},
		"xms_edov text 1":     {map[string]any{"email": "a@b.example", "xms_edov": "1"}, nil, []directory.Address{"a@b.example"}},
		"xms_edov text true":  {map[string]any{"email": "a@b.example", "xms_edov": "true"}, nil, []directory.Address{"a@b.example"}},
		"xms_edov elsewhere":  {map[string]any{"upn": "a@b.example", "xms_edov": true}, nil, []directory.Address{"a@b.example"}},
		"xms_edov other case": {map[string]any{"email": "a@b.example", "XMS_EDOV": true}, nil, []directory.Address{"a@b.example"}},
		"email_verified":      {map[string]any{"email": "a@b.example", "email_verified": true}, nil, []directory.Address{"a@b.example"}},
		"email a list":        {map[string]any{"email": []string{"a@b.example"}, "xms_edov": true}, nil, nil},
		"email no address":    {map[string]any{"email": "A <a@b.example>", "xms_edov": true}, nil, nil},
		"primary a text":      {map[string]any{"verified_primary_email": "a@b.example"}, nil, nil},
		"primary mixed":       {map[string]any{"verified_primary_email": []any{7, "a@b.example", nil}}, []directory.Address{"a@b.example"}, nil},
		"username":            {map[string]any{"preferred_username": "a@b.example"}, nil, []directory.Address{"a@b.example"}},
		"username no address": {map[string]any{"preferred_username": "+1 555 0100"}, nil, nil},
		"twice":               {map[string]any{"email": "a@b.example", "upn": "A@B.example", "verified_primary_email": []string{"a@b.example"}}, []directory.Address{"a@b.example"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, standin.Forge{Token: func(token *standin.Token) {
				for _, claim := range []string{"email", "xms_edov", "preferred_username"} {
					delete(token.Claims, claim)
				}
				set(token.Claims, test.claims)
			}})
			got, err := w.signIn(w.provider(w.config(tenantA)), request(), adaOID)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got.Verified, test.verified) || !reflect.DeepEqual(got.Claimed, test.claimed) {
				t.Errorf("verified %q, claimed %q; want %q and %q", got.Verified, got.Claimed, test.verified, test.claimed)
			}
		})
	}
}

func set(in, values map[string]any) {
	for name, value := range values {
		if value == nil {
			delete(in, name)
		} else {
			in[name] = value
		}
	}
}

// TestEntraGuests: who only is invited into a tenant is none of its people.
func TestEntraGuests(t *testing.T) {
	for name, test := range map[string]struct {
		idp    any
		tenant string
	}{
		"none":                     {nil, tenantA},
		"the issuer":               {nil, tenantA},
		"the tenant by older name": {"https://sts.windows.net/" + tenantA + "/", tenantA},
		"the same in China":        {"https://sts.chinacloudapi.cn/" + tenantA + "/", tenantA},
		"a partner named like it":  {"https://saml.partner.example/" + tenantA, ""},
		"no tenant":                {"https://sts.windows.net/", ""},
		"another tenant":           {"https://sts.windows.net/" + tenantB + "/", ""},
		"a personal account":       {"live.com", ""},
		"another provider":         {"google.com", ""},
		"one-time codes":           {"mail", ""},
		"a tenant that ends in it": {"https://sts.windows.net/0" + tenantA, ""},
		"the tenant among others":  {"https://sts.windows.net/" + tenantA + "/" + tenantB, ""},
		"empty":                    {"", ""},
		"no text":                  {[]string{"https://sts.windows.net/" + tenantA + "/"}, ""},
		"the tenant in upper case": {"https://sts.windows.net/" + strings.ToUpper(tenantA) + "/", ""},
	} {
		t.Run(name, func(t *testing.T) {
			forged := newWorld(t, standin.Forge{Token: func(token *standin.Token) {
				if name == "the issuer" {
					test.idp = token.Claims["iss"]
				}
				set(token.Claims, map[string]any{"idp": test.idp})
			}})
			got, err := forged.signIn(forged.provider(forged.config(tenantA)), request(), adaOID)
			if err != nil {
				t.Fatal(err)
			}
			if got.Tenant != test.tenant || got.Subject != adaOID {
				t.Errorf("tenant %q, want %q; %+v", got.Tenant, test.tenant, got)
			}
		})
	}
}

func TestEntraTenants(t *testing.T) {
	for name, test := range map[string]struct {
		tenant string // configured
		claims map[string]string
		want   error
	}{
		"common, personal":          {provider.TenantCommon, map[string]string{"tid": standin.PersonalTenant}, nil},
		"common, organization":      {provider.TenantCommon, map[string]string{"tid": tenantB}, nil},
		"organizations":             {provider.TenantOrganizations, map[string]string{"tid": tenantB}, nil},
		"organizations, personal":   {provider.TenantOrganizations, map[string]string{"tid": standin.PersonalTenant}, provider.ErrRejected},
		"common, domain as tid":     {provider.TenantCommon, map[string]string{"tid": "fabrikam.example"}, provider.ErrRejected},
		"common, tid in upper case": {provider.TenantCommon, map[string]string{"tid": strings.ToUpper(tenantA)}, provider.ErrRejected},
		"common, empty tid":         {provider.TenantCommon, map[string]string{"tid": ""}, provider.ErrRejected},
		"common, tid a path":        {provider.TenantCommon, map[string]string{"tid": tenantA + "/.."}, provider.ErrRejected},
		"one tenant":                {tenantA, map[string]string{"tid": tenantA}, nil},
		"one tenant, another":       {tenantA, map[string]string{"tid": tenantB}, provider.ErrRejected},
		"one tenant, other issuer":  {tenantA, map[string]string{"tid": tenantA, "iss": tenantB}, provider.ErrRejected},
		"one tenant, other tid":     {tenantA, map[string]string{"tid": tenantB, "iss": tenantA}, provider.ErrRejected},
	} {
		t.Run(name, func(t *testing.T) {
			var w *world
			w = newWorld(t, standin.Forge{Token: func(token *standin.Token) {
				issuer := test.claims["iss"]
				if issuer == "" {
					issuer = test.claims["tid"]
				}
				token.Claims["tid"] = test.claims["tid"]
				token.Claims["iss"] = w.server.URL + "/" + issuer + "/v2.0"
			}})
			_, err := w.signIn(w.provider(w.config(test.tenant)), request(), adaOID)
			if !errors.Is(err, test.want) {
				t.Errorf("got %v, want %v", err, test.want)
			}
		})
	}
}

func TestGraphProfile(t *testing.T) {
	named := provider.Identity{Name: "Ada Lovelace", GivenName: "Ada", FamilyName: "Lovelace", Phone: "+44 20 5550 100", JobTitle: "Analyst"}
	unnamed := provider.Identity{Name: "Ada Lovelace"}
	for name, test := range map[string]struct {
		unwanted bool
		forge    standin.Forge
		graph    http.HandlerFunc
		want     provider.Identity
		asked    int
	}{
		"wanted":       {want: named, asked: 1},
		"not wanted":   {unwanted: true, want: unnamed},
		"graph down":   {graph: status(http.StatusServiceUnavailable), want: unnamed, asked: 1},
		"graph huge":   {graph: endless, want: unnamed, asked: 1},
		"graph leaves": {graph: redirect("http://127.0.0.2/v1.0/me"), want: unnamed, asked: 1},
		"other host": {want: unnamed, forge: standin.Forge{Discovery: func(document map[string]any) {
			document["msgraph_host"] = "graph.microsoft.com.attacker.example"
		}}},
		"mistyped": {asked: 1, forge: standin.Forge{Profile: func(profile map[string]any) {
			set(profile, map[string]any{"givenName": 7, "surname": []string{"x"}, "jobTitle": "a\nb", "businessPhones": "none", "mobilePhone": "+1 555"})
		}}, want: provider.Identity{Name: "Ada Lovelace", Phone: "+1 555"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, test.forge)
			w.inFront("/v1.0/me", test.graph)
			r := request()
			r.WantProfile = !test.unwanted
			got, err := w.signIn(w.provider(w.config(tenantA)), r, adaOID)
			if err != nil {
				t.Fatal(err)
			}
			texts := provider.Identity{Name: got.Name, GivenName: got.GivenName, FamilyName: got.FamilyName, Phone: got.Phone, JobTitle: got.JobTitle}
			if !reflect.DeepEqual(texts, test.want) {
				t.Errorf("got %+v, want %+v", texts, test.want)
			}
			if w.count("me") != test.asked {
				t.Errorf("Graph was asked %d times, want %d", w.count("me"), test.asked)
			}
		})
	}
}
