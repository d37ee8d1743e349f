// Package config owns what an operator writes: its form as JSON, the rules
// that hold for it, and the settings that come of it. The Caddyfile is read by
// caddymodule into the same form, so that a rule stands in one place.
package config

import "time"

// Config is the configuration of the gateway (DESIGN.md, "What an operator
// writes"). Every value that is a text may hold the
// placeholders {env.NAME} and {file.PATH}.
type Config struct {
	// Where people, sessions and keys are kept.
	Store *Store `json:"store,omitempty"`

	// Path below which the gateway's own pages live on every site.
	// Default: `/frontdesk`.
	Prefix string `json:"prefix,omitempty"`

	// Address that people are told to write to when they cannot sign in.
	// Default: none, and the pages say so in other words.
	SupportEmail string `json:"support_email,omitempty"`

	// The portals, by platform: `client`, `tech`, `admin`. At least one.
	Platforms map[string]*Platform `json:"platforms,omitempty"`

	// Sign-in with Microsoft Entra.
	Microsoft *Microsoft `json:"microsoft,omitempty"`

	// Further OpenID providers, by the name that `methods` lists and the
	// callback's path ends in: lower-case letters, digits, - and _.
	OIDC map[string]*OIDC `json:"oidc,omitempty"`

	// The mail server. Without it nobody can sign in by emailed token.
	Mail *Mail `json:"mail,omitempty"`

	// Sign-in by a link and code sent by mail.
	EmailToken *EmailToken `json:"email_token,omitempty"`

	// Sign-in by password.
	Password *Password `json:"password,omitempty"`

	// How often something may be tried.
	Limits *Limits `json:"limits,omitempty"`

	// When an unknown address may become a contact.
	ContactCreation *ContactCreation `json:"contact_creation,omitempty"`

	// How long people stay signed in.
	Session *Session `json:"session,omitempty"`

	// How the pages and mails look.
	Brand *Brand `json:"brand,omitempty"`

	// New names for the headers that portals receive, by default name; `off`
	// drops one.
	Headers map[string]string `json:"headers,omitempty"`
}

// Store says where things are kept.
type Store struct {
	// The engine: `bolt`, one file on this machine. Default: `bolt`.
	Engine string `json:"engine,omitempty"`

	// The engine's file. Default: `frontdesk/frontdesk.db` below Caddy's data
	// directory.
	Path string `json:"path,omitempty"`
}

// Platform is one portal.
type Platform struct {
	// The origins at which it is reached, the main one first: scheme and host,
	// and a port where it is not the scheme's own. Required.
	Origins []string `json:"origins,omitempty"`

	// The sign-in methods it admits: `microsoft`, `email_token`, `password`, or
	// the name of a further provider. The best first. Default: `microsoft` on
	// tech and admin; on client all of the three that are configured.
	Methods []string `json:"methods,omitempty"`
}

// Microsoft is the application registered with Microsoft Entra.
type Microsoft struct {
	// Application (client) id. Required.
	ClientID string `json:"client_id,omitempty"`

	// Client secret. Required.
	ClientSecret string `json:"client_secret,omitempty"`

	// Who may sign in: `organizations` (work and school accounts of every
	// tenant), `common` (personal accounts too), or one tenant's id.
	// Default: `organizations`.
	Tenant string `json:"tenant,omitempty"`

	// The tenants that members come from. Where it is set, members sign in from
	// nowhere else, and being of one of them proves a member's address. Where
	// tenant is an id, it has to be among them.
	// Default: none, and a member's address must be proved by itself.
	MemberTenants []string `json:"member_tenants,omitempty"`

	// Base address of the identity service, for sovereign clouds.
	// Default: `https://login.microsoftonline.com`.
	Authority string `json:"authority,omitempty"`

	// Whether signing out of a session that Microsoft proved goes on to
	// Microsoft, which ends its own in the browser (OpenID Connect RP-Initiated
	// Logout 1.0). Register `ORIGIN/frontdesk/sign-out` among the redirect
	// addresses then, for every origin. Default: false, and that session goes on.
	EndSession bool `json:"end_session,omitempty"`
}

// OIDC is a further OpenID provider.
type OIDC struct {
	// Issuer, as the provider's discovery document names it. Required.
	Issuer string `json:"issuer,omitempty"`

	// Client id. Required.
	ClientID string `json:"client_id,omitempty"`

	// Client secret. Required.
	ClientSecret string `json:"client_secret,omitempty"`

	// What its button says after "Continue with". Default: the name.
	Label string `json:"label,omitempty"`

	// Whether signing out of a session that the provider proved goes on to the
	// provider, which ends its own in the browser (OpenID Connect RP-Initiated
	// Logout 1.0), where its discovery document names an `end_session_endpoint`
	// that does without an `id_token_hint`. Register `ORIGIN/frontdesk/sign-out`
	// there as a post-logout redirect address, for every origin. Default: false,
	// and that session goes on.
	EndSession bool `json:"end_session,omitempty"`
}

// Mail is the mail server and the sender.
type Mail struct {
	// Sender: an address, or a name with the address in angle brackets.
	// Required.
	From string `json:"from,omitempty"`

	// Host and port of the SMTP server. Required.
	Server string `json:"server,omitempty"`

	// `starttls`, `implicit`, or `off`, for a server on loopback only.
	// Default: `implicit` on port 465, else `starttls`.
	TLS string `json:"tls,omitempty"`

	// User name for the SMTP server, with Password. Default: none is sent.
	Username string `json:"username,omitempty"`

	// Password for the SMTP server.
	Password string `json:"password,omitempty"`
}

// EmailToken is the emailed link and code.
type EmailToken struct {
	// How long they are good for, 1 to 30 minutes. Default: `10m`.
	Lifetime Duration `json:"lifetime,omitempty"`
}

// ContactCreation is the rule for accounts that set none.
type ContactCreation struct {
	// `domain`, `tenant`, `tenant_and_domain` or `off`. Default: `domain`.
	Rule string `json:"rule,omitempty"`

	// Id of the account that takes those for whom no account, or more than one,
	// remains. It takes only addresses whose domain some account lists.
	// Default: nobody is created then.
	CatchAll string `json:"catch_all,omitempty"`
}

// Session is how long people stay signed in, each from a minute to 365 days, and
// how many of them are kept in memory.
type Session struct {
	// Time without a request after which a session ends, unless the person
	// chose to stay signed in; not longer than Lifetime. Default: `12h`.
	Idle Duration `json:"idle,omitempty"`

	// Longest life of a session, unless the person chose to stay signed in.
	// Default: `24h`.
	Lifetime Duration `json:"lifetime,omitempty"`

	// Longest life of a session where they did. Default: `30d`.
	Persistent Duration `json:"persistent,omitempty"`

	// How many sessions that are in use are kept in memory, 1000 to 10000000, for
	// about 2.5 KiB each: 250 MiB for 100000. No memory is taken for those that nobody
	// uses. With more in use than that, those that are used least are read from the
	// store with each of their requests, and an assertion is signed for each.
	// Default: 100000.
	Cache int `json:"cache,omitempty"`
}

// Brand is the operator's look.
type Brand struct {
	// The operator's name, at most 64 characters. Default: `Frontdesk`.
	Name string `json:"name,omitempty"`

	// File with the logo: svg, png, jpg or webp, at most 512 KiB. Default: a
	// small mark.
	Logo string `json:"logo,omitempty"`

	// Colour of buttons and links: `#rrggbb`, or `rrggbb`. Default: a blue.
	Accent string `json:"accent,omitempty"`
}

// Defaults and bounds of times.
const (
	defaultPrefix        = "/frontdesk"
	defaultAuthority     = "https://login.microsoftonline.com"
	defaultTokenLifetime = 10 * time.Minute
	maxTokenLifetime     = 30 * time.Minute
	defaultIdle          = 12 * time.Hour
	defaultLifetime      = 24 * time.Hour
	defaultPersistent    = 30 * 24 * time.Hour
	maxLifetime          = 365 * 24 * time.Hour
)
