package provider

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strings"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
)

// DefaultAuthority is Entra's global cloud.
const DefaultAuthority = "https://login.microsoftonline.com"

// Values of [Config.Tenant] that are no tenant id.
const (
	TenantCommon        = "common"        // any organization, and personal accounts
	TenantOrganizations = "organizations" // any organization
)

// Config is what an operator says about one provider.
type Config struct {
	Name  string // "microsoft", or the operator's name: part of the callback's path
	Label string // for the button; may be empty

	ClientID     string
	ClientSecret string

	// Entra chooses between the two kinds: Authority and Tenant, or Issuer.
	Entra     bool
	Authority string // default: DefaultAuthority
	Tenant    string // TenantCommon, TenantOrganizations or a tenant id
	Issuer    string // of any other provider, exactly as its tokens spell it

	EndSession bool // who signs out of a session that it proved is signed out there too
}

// normalized fills in defaults and refuses what cannot work. The errors say
// what to write, in the words of the operator's file.
func (c Config) normalized() (Config, error) {
	if c.Name == "" {
		return c, errors.New("a provider needs a name")
	}
	if c.ClientID == "" {
		return c, fmt.Errorf("%s: client_id is missing", c.Name)
	}
	if c.Entra {
		return c.normalizedEntra()
	}
	if err := checkURL(c.Issuer, loopbackHTTP(c.Issuer)); err != nil {
		return c, fmt.Errorf("%s: issuer %q: %w", c.Name, c.Issuer, err)
	}
	if strings.Contains(c.Issuer, "?") {
		return c, fmt.Errorf("%s: issuer %q: write it without a query", c.Name, c.Issuer)
	}
	return c, nil
}

func (c Config) normalizedEntra() (Config, error) {
	if c.Authority == "" {
		c.Authority = DefaultAuthority
	}
	c.Authority = strings.TrimRight(c.Authority, "/")
	if err := checkURL(c.Authority, loopbackHTTP(c.Authority)); err != nil {
		return c, fmt.Errorf("%s: authority %q: %w", c.Name, c.Authority, err)
	}
	c.Tenant = strings.ToLower(c.Tenant)
	if c.Tenant != TenantCommon && c.Tenant != TenantOrganizations && !directory.IsGUID(c.Tenant) {
		return c, fmt.Errorf("%s: tenant %q: write organizations, common or a tenant id", c.Name, c.Tenant)
	}
	return c, nil
}

// base is the address that discovery hangs below, and for all but Entra the
// issuer.
func (c Config) base() string {
	if c.Entra {
		return c.Authority + "/" + c.Tenant + "/v2.0"
	}
	return c.Issuer
}

// issuer is what the metadata must name: for a multi-tenant Entra authority a
// template, for everything else the issuer itself.
func (c Config) issuer() string {
	if c.multiTenant() {
		return c.Authority + "/" + tenantPlaceholder + "/v2.0"
	}
	return c.base()
}

// multiTenant reports whether the issuer is a template.
func (c Config) multiTenant() bool { return c.Entra && !directory.IsGUID(c.Tenant) }

// plainHTTP reports whether the provider may be spoken to over plain HTTP: it
// was configured so, on loopback.
func (c Config) plainHTTP() bool { return loopbackHTTP(c.base()) }

// checkURL holds an address to https, or http on loopback where that is
// allowed, with a host and without credentials or fragment.
func checkURL(raw string, allowLoopbackHTTP bool) error {
	u, err := url.Parse(raw)
	if err != nil {
		return errors.New("write an address such as https://login.example.com")
	}
	if u.Host == "" || u.User != nil || u.Fragment != "" || strings.Contains(raw, "#") {
		return errors.New("write an address such as https://login.example.com, without credentials or fragment")
	}
	if u.Scheme == "https" || allowLoopbackHTTP && loopbackHTTP(raw) {
		return nil
	}
	return errors.New("write https: plain http is for loopback only")
}

func loopbackHTTP(raw string) bool {
	u, err := url.Parse(raw)
	if err != nil || u.Scheme != "http" {
		return false
	}
	host := strings.ToLower(u.Hostname())
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.IsLoopback()
}
