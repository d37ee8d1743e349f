package config

import (
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/provider"
)

// builtIn are the methods that are no further provider's name.
var builtIn = []string{directory.MethodMicrosoft, directory.MethodEmailToken, directory.MethodPassword}

func (k *checker) providers() {
	if m := k.config.Microsoft; m != nil {
		k.microsoft(m)
	}
	for _, name := range slices.Sorted(maps.Keys(k.config.OIDC)) {
		k.oidc(name, k.config.OIDC[name])
	}
}

func (k *checker) microsoft(m *Microsoft) {
	k.require("microsoft client_id", m.ClientID, "client_id and the application's id")
	k.require("microsoft client_secret", m.ClientSecret, "client_secret {env.NAME} or {file.PATH}")
	p := provider.Config{Name: directory.MethodMicrosoft, Entra: true, ClientID: m.ClientID, ClientSecret: m.ClientSecret,
		Tenant: or(strings.ToLower(m.Tenant), "organizations"), Authority: or(m.Authority, defaultAuthority), EndSession: m.EndSession}
	if p.Tenant != "organizations" && p.Tenant != "common" && !directory.IsGUID(p.Tenant) {
		k.refuse("microsoft tenant", m.Tenant, "%q is no tenant: write organizations, common, or a tenant's id", m.Tenant)
	}
	k.base("microsoft authority", p.Authority)
	var members []string
	for _, written := range m.MemberTenants {
		tenant, err := directory.ParseTenant(written)
		if err != nil {
			k.refuse("microsoft member_tenants", written, "%q: %v", written, err)
		}
		members = append(members, tenant)
	}
	k.memberTenants(m, members, p.Tenant)
	k.settings.MemberTenants = k.settings.MemberTenants.Relist(members, time.Time{})
	p.Authority = strings.TrimSuffix(p.Authority, "/")
	k.settings.Providers = append(k.settings.Providers, p)
}

// memberTenants refuses a list that no member could come from: a single tenant
// admits its own accounts and guests alone.
func (k *checker) memberTenants(m *Microsoft, members []string, tenant string) {
	if len(members) > 0 && directory.IsGUID(tenant) && !slices.Contains(members, tenant) {
		k.refuse("microsoft member_tenants", strings.Join(m.MemberTenants, " "), "without %s no member can sign in there, since tenant admits that one only: write it here, or tenant organizations", tenant)
	}
}

func (k *checker) oidc(name string, o *OIDC) {
	option := "oidc " + name
	if !directory.IsMethodName(name) || slices.Contains(builtIn, name) {
		k.refuse(option, name, "%q cannot name a provider: take lower-case letters, digits, - and _, and none of %s", name, strings.Join(builtIn, ", "))
	}
	if o == nil {
		o = &OIDC{}
	}
	k.require(option+" issuer", o.Issuer, "issuer and the provider's https address")
	k.require(option+" client_id", o.ClientID, "client_id and the id the provider gave")
	k.require(option+" client_secret", o.ClientSecret, "client_secret {env.NAME} or {file.PATH}")
	k.shortLine(option+" label", o.Label)
	if o.Issuer != "" {
		k.base(option+" issuer", o.Issuer)
	}
	k.settings.Providers = append(k.settings.Providers, provider.Config{Name: name, Label: or(o.Label, name),
		Issuer: o.Issuer, ClientID: o.ClientID, ClientSecret: o.ClientSecret, EndSession: o.EndSession})
}

// base checks the address of a provider.
func (k *checker) base(option, value string) {
	u, err := url.Parse(value)
	if err != nil || u.User != nil || strings.ContainsAny(value, "?#") {
		k.refuse(option, value, "%q is no address: write it like https://login.example.com", value)
		return
	}
	if err := checkBase(strings.ToLower(u.Scheme), u.Hostname()); err != nil {
		k.refuse(option, value, "%q: %v", value, err)
	}
}
