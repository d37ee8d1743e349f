package config

import (
	"maps"
	"slices"
)

// Resolve replaces every text of the configuration by what replace makes of
// it: where the placeholders are resolved. The errors, of type [Errors], name
// the option of each text that replace failed on.
func (c *Config) Resolve(replace func(string) (string, error)) error {
	var errs Errors
	apply := func(option string, texts ...*string) {
		for _, text := range texts {
			resolved, err := replace(*text)
			if err != nil {
				errs = append(errs, &Error{Option: option, Value: *text, Reason: err.Error()})
				continue
			}
			*text = resolved
		}
	}
	c.texts(apply)
	if len(errs) > 0 {
		return errs
	}
	return nil
}

// texts visits every text of the configuration with its option.
func (c *Config) texts(visit func(option string, texts ...*string)) {
	visit("prefix", &c.Prefix)
	visit("support_email", &c.SupportEmail)
	if s := c.Store; s != nil {
		visit("store", &s.Engine, &s.Path)
	}
	for _, name := range slices.Sorted(maps.Keys(c.Platforms)) {
		p := c.Platforms[name]
		if p == nil {
			continue
		}
		visitAll(visit, "platform "+name, p.Origins)
		visitAll(visit, "platform "+name+" methods", p.Methods)
	}
	if m := c.Microsoft; m != nil {
		visit("microsoft client_id", &m.ClientID)
		visit("microsoft client_secret", &m.ClientSecret)
		visit("microsoft tenant", &m.Tenant)
		visit("microsoft authority", &m.Authority)
		visitAll(visit, "microsoft member_tenants", m.MemberTenants)
	}
	for _, name := range slices.Sorted(maps.Keys(c.OIDC)) {
		o := c.OIDC[name]
		if o == nil {
			continue
		}
		visit("oidc "+name+" issuer", &o.Issuer)
		visit("oidc "+name+" client_id", &o.ClientID)
		visit("oidc "+name+" client_secret", &o.ClientSecret)
		visit("oidc "+name+" label", &o.Label)
	}
	c.otherTexts(visit)
}

func (c *Config) otherTexts(visit func(option string, texts ...*string)) {
	if m := c.Mail; m != nil {
		visit("mail from", &m.From)
		visit("mail smtp", &m.Server)
		visit("mail smtp tls", &m.TLS)
		visit("mail smtp username", &m.Username)
		visit("mail smtp password", &m.Password)
	}
	if cc := c.ContactCreation; cc != nil {
		visit("contact_creation", &cc.Rule)
		visit("contact_creation catch_all", &cc.CatchAll)
	}
	if b := c.Brand; b != nil {
		visit("brand name", &b.Name)
		visit("brand logo", &b.Logo)
		visit("brand accent", &b.Accent)
	}
	for _, name := range slices.Sorted(maps.Keys(c.Headers)) {
		to := c.Headers[name]
		visit("headers "+name, &to)
		c.Headers[name] = to
	}
}

func visitAll(visit func(string, ...*string), option string, texts []string) {
	for i := range texts {
		visit(option, &texts[i])
	}
}
