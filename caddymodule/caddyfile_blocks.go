package caddymodule

import (
	"github.com/frontdesk-gateway/frontdesk/internal/config"
)

// storeOption reads the engine and its path.
func storeOption(to **config.Store) option {
	return func(r *optionReader, path string) (err error) {
		if err := r.once(path); err != nil {
			return err
		}
		s := new(config.Store)
		if s.Engine, err = r.word(path, "store bolt and a path"); err != nil {
			return err
		}
		if r.NextArg() {
			s.Path = r.Val()
		}
		*to = s
		return r.plain(path)
	}
}

// platformOption reads one portal: its name, its origins, its block.
func platformOption(to *map[string]*config.Platform) option {
	return func(r *optionReader, path string) error {
		name, path, err := r.named(path, "platform client https://portal.example.com")
		if err != nil {
			return err
		}
		p := &config.Platform{Origins: r.RemainingArgs()}
		put(to, name, p)
		return r.block(path, options{"methods": list(&p.Methods, "methods microsoft email_token password")})
	}
}

// oidcOption reads one provider: its name and its block.
func oidcOption(to *map[string]*config.OIDC) option {
	return func(r *optionReader, path string) error {
		name, path, err := r.named(path, "oidc google and a block")
		if err != nil {
			return err
		}
		if r.NextArg() {
			return r.Errf("%s: %q is one value too many", path, r.Val())
		}
		o := new(config.OIDC)
		put(to, name, o)
		return r.block(path, options{
			"issuer":        text(&o.Issuer, "issuer https://accounts.example.com"),
			"client_id":     text(&o.ClientID, "client_id and the id the provider gave"),
			"client_secret": text(&o.ClientSecret, "client_secret {env.NAME} or {file.PATH}"),
			"label":         text(&o.Label, `label "Example"`),
			"end_session":   written(&o.EndSession),
		})
	}
}

// named reads the name that tells an option from others of its kind; it
// becomes part of the path.
func (r *optionReader) named(kind, example string) (name, path string, err error) {
	name, err = r.word(kind, example)
	if err != nil {
		return "", "", err
	}
	path = kind + " " + name
	return name, path, r.once(path)
}

func put[T any](to *map[string]*T, name string, value *T) {
	if *to == nil {
		*to = map[string]*T{}
	}
	(*to)[name] = value
}

func microsoftOptions(m *config.Microsoft) options {
	return options{
		"client_id":      text(&m.ClientID, "client_id and the application's id"),
		"client_secret":  text(&m.ClientSecret, "client_secret {env.NAME} or {file.PATH}"),
		"tenant":         text(&m.Tenant, "tenant organizations, common or a tenant's id"),
		"member_tenants": list(&m.MemberTenants, "member_tenants and one tenant's id or more"),
		"authority":      text(&m.Authority, "authority https://login.microsoftonline.com"),
		"end_session":    written(&m.EndSession),
	}
}

func mailOptions(m *config.Mail) options {
	return options{
		"from": text(&m.From, `from "MSP Help Desk <desk@msp.example>"`),
		"smtp": func(r *optionReader, path string) (err error) {
			if err := r.once(path); err != nil {
				return err
			}
			if m.Server, err = r.word(path, "smtp smtp.example.com:587"); err != nil {
				return err
			}
			if r.NextArg() {
				return r.Errf("%s: %q is one value too many", path, r.Val())
			}
			return r.block(path, smtpOptions(m))
		},
	}
}

func smtpOptions(m *config.Mail) options {
	return options{
		"tls":      text(&m.TLS, "tls starttls, implicit or off"),
		"username": text(&m.Username, "username and the account's name"),
		"password": text(&m.Password, "password {env.NAME} or {file.PATH}"),
	}
}

func emailTokenOptions(t *config.EmailToken) options {
	return options{"lifetime": parsed(&t.Lifetime, "lifetime 10m", config.ParseDuration)}
}

func passwordOptions(p *config.Password) options {
	return options{
		"min_length": number(&p.MinLength, "min_length 15"),
		"argon2id":   within(&p.Argon2id, argon2idOptions),
		"concurrent": number(&p.Concurrent, "concurrent 2"),
	}
}

func argon2idOptions(a *config.Argon2id) options {
	return options{
		"memory":      parsed(&a.Memory, "memory 19MiB", config.ParseSize),
		"iterations":  number(&a.Iterations, "iterations 2"),
		"parallelism": number(&a.Parallelism, "parallelism 1"),
	}
}

func limitsOptions(l *config.Limits) options {
	return options{
		"wrong_codes_per_mail":         number(&l.WrongCodesPerMail, "wrong_codes_per_mail 5"),
		"wrong_codes_per_person":       number(&l.WrongCodesPerPerson, "wrong_codes_per_person 10"),
		"mails_per_person":             number(&l.MailsPerPerson, "mails_per_person 5"),
		"mails_per_person_daily":       number(&l.MailsPerPersonDaily, "mails_per_person_daily 30"),
		"wrong_passwords_per_person":   number(&l.WrongPasswordsPerPerson, "wrong_passwords_per_person 5"),
		"longest_wait":                 parsed(&l.LongestWait, "longest_wait 15m", config.ParseDuration),
		"failures_per_client":          number(&l.FailuresPerClient, "failures_per_client 60"),
		"new_contacts_per_account":     number(&l.NewContactsPerAccount, "new_contacts_per_account 500"),
		"unknown_addresses_per_client": number(&l.UnknownAddressesPerClient, "unknown_addresses_per_client 60"),
		"unknown_addresses_overall":    number(&l.UnknownAddressesOverall, "unknown_addresses_overall 10000"),
		"sign_ins_per_client":          number(&l.SignInsPerClient, "sign_ins_per_client 1000"),
		"sign_ins_overall":             number(&l.SignInsOverall, "sign_ins_overall 50000"),
		"mails_overall":                number(&l.MailsOverall, "mails_overall 2000"),
		"failures_overall":             number(&l.FailuresOverall, "failures_overall 10000"),
	}
}

func contactCreationOption(to **config.ContactCreation) option {
	return func(r *optionReader, path string) (err error) {
		if err := r.once(path); err != nil {
			return err
		}
		c := new(config.ContactCreation)
		if c.Rule, err = r.word(path, "contact_creation domain, tenant, tenant_and_domain or off"); err != nil {
			return err
		}
		if r.NextArg() {
			return r.Errf("%s: %q is one value too many", path, r.Val())
		}
		*to = c
		return r.block(path, options{"catch_all": text(&c.CatchAll, "catch_all and an account's id")})
	}
}

func sessionOptions(s *config.Session) options {
	return options{
		"idle":       parsed(&s.Idle, "idle 12h", config.ParseDuration),
		"lifetime":   parsed(&s.Lifetime, "lifetime 24h", config.ParseDuration),
		"persistent": parsed(&s.Persistent, "persistent 30d", config.ParseDuration),
		"cache":      number(&s.Cache, "cache 100000"),
	}
}

func brandOptions(b *config.Brand) options {
	return options{
		"name":   text(&b.Name, `name "MSP Help Desk"`),
		"logo":   text(&b.Logo, "logo /etc/frontdesk/logo.svg"),
		"accent": text(&b.Accent, `accent "#0b5fff", in quotes because # begins a comment`),
	}
}
