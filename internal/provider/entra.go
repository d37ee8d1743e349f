package provider

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
)

// tenantPlaceholder stands for the tenant id in the issuer that Entra's
// multi-tenant metadata and keys name.
const tenantPlaceholder = "{tenantid}"

// tokenServices are whom Entra's older tokens, and idp still, name as the issuer,
// followed by the tenant: everywhere but in China, and there.
var tokenServices = []string{"https://sts.windows.net", "https://sts.chinacloudapi.cn"}

// issuerOf is a template filled in, or the issuer itself where it is none.
func issuerOf(template, tenant string) string {
	return strings.ReplaceAll(template, tenantPlaceholder, tenant)
}

// Admits reports whether an issuer can be this provider's, before its
// tenant is known from a token.
func (p *Provider) Admits(issuer string) bool {
	if !p.cfg.multiTenant() {
		return issuer == p.cfg.issuer()
	}
	prefix, suffix, _ := strings.Cut(p.cfg.issuer(), tenantPlaceholder)
	tenant, ok := strings.CutPrefix(issuer, prefix)
	if !ok {
		return false
	}
	tenant, ok = strings.CutSuffix(tenant, suffix)
	return ok && p.checkTenant(tenant) == nil
}

// checkIssuer compares iss exactly; for Entra with the issuer of the token's
// own tenant, which must be one that may sign in.
// https://learn.microsoft.com/entra/identity-platform/access-tokens#validate-the-issuer
func (p *Provider) checkIssuer(c idClaims) error {
	if p.cfg.Entra {
		if err := p.checkTenant(c.Tenant); err != nil {
			return err
		}
		if !directory.IsGUID(c.Object) {
			return errors.New("oid is no object id")
		}
	}
	want := p.cfg.issuer()
	if p.cfg.multiTenant() {
		want = issuerOf(want, c.Tenant)
	}
	if c.Issuer != want {
		return fmt.Errorf("iss is %q instead of %q", excerpt(c.Issuer), want)
	}
	return nil
}

func (p *Provider) checkTenant(tenant string) error {
	switch {
	case !directory.IsGUID(tenant):
		return errors.New("tid is no tenant id")
	case p.cfg.Tenant == TenantOrganizations && tenant == directory.PersonalTenant:
		return errors.New("personal accounts are not admitted")
	case directory.IsGUID(p.cfg.Tenant) && tenant != p.cfg.Tenant:
		return fmt.Errorf("tenant %s is not admitted", tenant)
	}
	return nil
}

// identifyEntra reads a token that was checked. An administrator of any tenant
// can write any address into email, upn and preferred_username, so that only
// what Entra itself vouches for counts: an email whose domain's owner it has
// verified, and the verified addresses of the account.
// https://learn.microsoft.com/entra/identity-platform/migrate-off-email-claim-authorization
func identifyEntra(c idClaims) Identity {
	id := Identity{Issuer: c.Issuer, Subject: c.Object, Tenant: c.Tenant}
	if c.isGuest() {
		id.Tenant = "" // whose word would count, but not for what a guest's home writes
	}
	if c.EmailDomainOwned.isTrue {
		id.Verified = addresses(id.Verified, nil, c.Email)
	}
	id.Verified = addresses(id.Verified, nil, c.VerifiedPrimary...)
	id.Verified = addresses(id.Verified, nil, c.VerifiedSecondary...)
	id.Claimed = addresses(nil, id.Verified, c.Email, c.Username, c.UPN)
	id.setNames(c.personClaims)
	return id
}

// isGuest reports whether an account is another tenant's, or none's, that the
// token's tenant has invited: idp names where it lives, and is left out or the
// same as the issuer for accounts of the tenant's own. A federated partner chooses
// its name itself, and may have it end in any tenant.
// https://learn.microsoft.com/entra/identity-platform/id-token-claims-reference
func (c idClaims) isGuest() bool {
	home, isText := c.IdentityProvider.(string)
	service, ofTenant := strings.CutSuffix(strings.TrimSuffix(home, "/"), "/"+c.Tenant)
	own := isText && (home == c.Issuer || ofTenant && slices.Contains(tokenServices, service))
	return c.IdentityProvider != nil && !own
}

func (id *Identity) setNames(c personClaims) {
	id.Name, id.GivenName, id.FamilyName = string(c.Name), string(c.GivenName), string(c.FamilyName)
	id.Phone = string(c.Phone)
}
