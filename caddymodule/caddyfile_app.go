package caddymodule

import (
	"github.com/caddyserver/caddy/v2/caddyconfig"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile"

	"github.com/frontdesk-gateway/frontdesk/internal/config"
)

// parseGlobalOption configures the gateway from the global options. Syntax:
//
//	frontdesk {
//	    store <engine> [<path>]
//	    prefix <path>
//	    support_email <address>
//	    platform client|tech|admin <origins...> {
//	        methods <names...>
//	    }
//	    microsoft {
//	        client_id      <id>
//	        client_secret  <secret>
//	        tenant         organizations|common|<id>
//	        member_tenants <ids...>
//	        authority      <url>
//	        end_session
//	    }
//	    oidc <name> {
//	        issuer        <url>
//	        client_id     <id>
//	        client_secret <secret>
//	        label         <text>
//	        end_session
//	    }
//	    mail {
//	        from <sender>
//	        smtp <host:port> {
//	            tls starttls|implicit|off
//	            username <name>
//	            password <secret>
//	        }
//	    }
//	    email_token {
//	        lifetime <duration>
//	    }
//	    password {
//	        min_length <characters>
//	        argon2id {
//	            memory      <size>
//	            iterations  <number>
//	            parallelism <number>
//	        }
//	        concurrent <number>
//	    }
//	    limits {
//	        wrong_codes_per_mail         <number>
//	        wrong_codes_per_person       <number>
//	        mails_per_person             <number>
//	        mails_per_person_daily       <number>
//	        wrong_passwords_per_person   <number>
//	        longest_wait                 <duration>
//	        failures_per_client          <number>
//	        new_contacts_per_account     <number>
//	        unknown_addresses_per_client <number>
//	        unknown_addresses_overall    <number>
//	        sign_ins_per_client          <number>
//	        sign_ins_overall             <number>
//	        mails_overall                <number>
//	        failures_overall             <number>
//	    }
//	    contact_creation domain|tenant|tenant_and_domain|off {
//	        catch_all <account_id>
//	    }
//	    session {
//	        idle       <duration>
//	        lifetime   <duration>
//	        persistent <duration>
//	        cache      <number>
//	    }
//	    brand {
//	        name   <text>
//	        logo   <file>
//	        accent <colour>
//	    }
//	    headers {
//	        <name> <new_name>|off
//	    }
//	}
//
// platform is written once for each portal, at least once in all, and oidc
// once for each provider; everything else at most once. Values may hold the
// placeholders {env.NAME} and {file.PATH}. An accent that begins with # needs
// quotes, because # begins a comment.
func parseGlobalOption(d *caddyfile.Dispenser, existing any) (any, error) {
	d.Next() // consume option name
	if existing != nil {
		return nil, d.Err("frontdesk is written twice in the global options: write it once")
	}
	if d.NextArg() {
		return nil, d.Errf("frontdesk takes a block, not %q: write { } and the options in it", d.Val())
	}
	var c config.Config
	r := newOptionReader(d)
	if err := r.block("", appOptions(&c)); err != nil {
		return nil, err
	}
	_, err := c.Settings()
	if err := settled(err); err != nil {
		return nil, r.refusals(err)
	}
	return httpcaddyfile.App{Name: "frontdesk", Value: caddyconfig.JSON(c, nil)}, nil
}

func appOptions(c *config.Config) options {
	return options{
		"store":            storeOption(&c.Store),
		"prefix":           text(&c.Prefix, "prefix /frontdesk"),
		"support_email":    text(&c.SupportEmail, "support_email help@example.com"),
		"platform":         platformOption(&c.Platforms),
		"microsoft":        within(&c.Microsoft, microsoftOptions),
		"oidc":             oidcOption(&c.OIDC),
		"mail":             within(&c.Mail, mailOptions),
		"email_token":      within(&c.EmailToken, emailTokenOptions),
		"password":         within(&c.Password, passwordOptions),
		"limits":           within(&c.Limits, limitsOptions),
		"contact_creation": contactCreationOption(&c.ContactCreation),
		"session":          within(&c.Session, sessionOptions),
		"brand":            within(&c.Brand, brandOptions),
		"headers":          renamedHeaders(&c.Headers),
	}
}
