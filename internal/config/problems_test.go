package config

import (
	"strings"
	"time"
)

func withOIDC(name string, o OIDC) func(*Config) {
	return func(c *Config) { c.OIDC = map[string]*OIDC{name: &o} }
}

func withMS(change func(*Microsoft)) func(*Config) {
	return func(c *Config) { withMicrosoft(c); change(c.Microsoft) }
}

func withSMTP(change func(*Mail)) func(*Config) {
	return func(c *Config) { withMail(c); change(c.Mail) }
}

func withOrigins(origins ...string) func(*Config) {
	return func(c *Config) { c.Platforms["client"].Origins = origins }
}

func withMethods(methods ...string) func(*Config) {
	return func(c *Config) { c.Platforms["client"].Methods = methods }
}

func withSession(s Session) func(*Config) { return func(c *Config) { c.Session = &s } }

func withBrand(b Brand) func(*Config) { return func(c *Config) { c.Brand = &b } }

func withHeaders(h map[string]string) func(*Config) { return func(c *Config) { c.Headers = h } }

func withLimits(l Limits) func(*Config) { return func(c *Config) { c.Limits = &l } }

func withArgon2id(a Argon2id) func(*Config) {
	return func(c *Config) { c.Password = &Password{Argon2id: &a} }
}

const (
	tenant   = "11111111-2222-4333-8444-555555555555"
	personal = "9188040d-6c67-4c5b-b112-36a304b66dad"
)

// problems are configurations of which one value cannot be.
var problems = []struct {
	name   string
	change func(*Config)
	value  string
	want   string
}{
	{"engine", func(c *Config) { c.Store = &Store{Engine: "etcd"} }, "etcd", `store: unknown engine "etcd": write bolt and a path`},

	{"prefix without slash", func(c *Config) { c.Prefix = "desk" }, "desk", `prefix: "desk" is no path of lower-case letters, digits, - and _: write one like /frontdesk`},
	{"prefix with slash at its end", func(c *Config) { c.Prefix = "/desk/" }, "/desk/", `prefix: "/desk/" is no path of lower-case letters, digits, - and _: write one like /frontdesk`},
	{"prefix long", func(c *Config) { c.Prefix = "/" + strings.Repeat("d", 64) }, "/" + strings.Repeat("d", 64), "prefix: it has more than 64 characters: write a shorter one"},
	{"oidc label", withOIDC("google", OIDC{Issuer: "https://a.example", ClientID: "i", ClientSecret: "s", Label: strings.Repeat("ä", 65)}), strings.Repeat("ä", 65), "oidc google label: it has more than 64 characters, or control characters: write a shorter, plain one"},
	{"oidc label of two lines", withOIDC("google", OIDC{Issuer: "https://a.example", ClientID: "i", ClientSecret: "s", Label: "a\nb"}), "a\nb", "oidc google label: it has more than 64 characters, or control characters: write a shorter, plain one"},
	{"prefix root", func(c *Config) { c.Prefix = "/" }, "/", `prefix: "/" is no path of lower-case letters, digits, - and _: write one like /frontdesk`},
	{"prefix upper case", func(c *Config) { c.Prefix = "/Desk" }, "/Desk", `prefix: "/Desk" is no path of lower-case letters, digits, - and _: write one like /frontdesk`},
	{"prefix dots", func(c *Config) { c.Prefix = "/.." }, "/..", `prefix: "/.." is no path of lower-case letters, digits, - and _: write one like /frontdesk`},

	{"support address", func(c *Config) { c.SupportEmail = "help" }, "help", `support_email: "help": not an email address: it needs exactly one @; write one like help@example.com`},

	{"no platform", func(c *Config) { c.Platforms = nil }, "", "platform: none is configured: write at least one, like platform client https://portal.example.com"},
	{"platform unknown", func(c *Config) { c.Platforms["Client"] = &Platform{} }, "Client", `platform Client: unknown platform "Client": write client, tech or admin`},
	{"platform without origin", func(c *Config) { c.Platforms["client"] = nil }, "", "platform client: its origin is missing: write one like https://portal.example.com"},
	{"origin", withOrigins("portal.msp.example"), "portal.msp.example", `platform client: "portal.msp.example" is no origin: write it like https://portal.example.com`},
	{"origin twice", withOrigins("https://a.example", "https://A.example:443"), "https://A.example:443", `platform client: "https://A.example:443" is written twice: write each origin once`},
	{"origins of one host", withOrigins("https://a.example", "https://a.example:8443"), "https://a.example:8443", "platform client: https://a.example and https://a.example:8443 differ only in scheme or port, which cookies ignore: give them different hosts"},
	{"origins of one host on two platforms", func(c *Config) {
		c.Platforms["admin"] = &Platform{Origins: []string{"https://portal.msp.example:8443"}, Methods: []string{"password"}}
	}, "https://portal.msp.example:8443", "platform admin: https://portal.msp.example and https://portal.msp.example:8443 differ only in scheme or port, which cookies ignore: give them different hosts"},

	{"method unknown", withMethods("sms"), "sms", `platform client methods: unknown method "sms": write password, or the name of an oidc block`},
	{"method twice", withMethods("password", "password"), "password", `platform client methods: "password" is written twice: write each method once`},
	{"method microsoft not configured", withMethods("microsoft", "password"), "microsoft", "platform client methods: microsoft is not configured: add a microsoft block, or leave the method out"},
	{"method email_token without mail", withMethods("email_token", "password"), "email_token", "platform client methods: email_token needs a mail server: add a mail block, or leave the method out"},
	{"no method left", func(c *Config) { c.Platforms["tech"] = &Platform{Origins: []string{"https://tech.msp.example"}} }, "", "platform tech methods: none is left: microsoft, the default here, is not configured; add a microsoft block, or write methods"},

	{"microsoft client id", withMS(func(m *Microsoft) { m.ClientID = "" }), "", "microsoft client_id: is missing: write client_id and the application's id"},
	{"microsoft client secret", withMS(func(m *Microsoft) { m.ClientSecret = "" }), "", "microsoft client_secret: is missing: write client_secret {env.NAME} or {file.PATH}"},
	{"microsoft tenant", withMS(func(m *Microsoft) { m.Tenant = "consumers" }), "consumers", `microsoft tenant: "consumers" is no tenant: write organizations, common, or a tenant's id`},
	{"microsoft member tenant", withMS(func(m *Microsoft) { m.MemberTenants = []string{tenant, "msp.example"} }), "msp.example", `microsoft member_tenants: "msp.example": not an Entra tenant id; write it as 11111111-2222-4333-8444-555555555555`},
	{"microsoft member tenant of everybody", withMS(func(m *Microsoft) { m.MemberTenants = []string{personal} }), personal, `microsoft member_tenants: "` + personal + `": the tenant of all personal Microsoft accounts, which is nobody's; write that of a company`},
	{"microsoft member tenants without the only one", withMS(func(m *Microsoft) { m.Tenant, m.MemberTenants = tenant, []string{"2" + tenant[1:]} }), "2" + tenant[1:], `microsoft member_tenants: without ` + tenant + ` no member can sign in there, since tenant admits that one only: write it here, or tenant organizations`},
	{"microsoft authority plain", withMS(func(m *Microsoft) { m.Authority = "http://login.example" }), "http://login.example", `microsoft authority: "http://login.example": plain http is for loopback (localhost, *.localhost, 127.0.0.1): write https`},
	{"microsoft authority query", withMS(func(m *Microsoft) { m.Authority = "https://login.example?" }), "https://login.example?", `microsoft authority: "https://login.example?" is no address: write it like https://login.example.com`},
	{"microsoft authority credentials", withMS(func(m *Microsoft) { m.Authority = "https://a:b@login.example" }), "https://a:b@login.example", `microsoft authority: "https://a:b@login.example" is no address: write it like https://login.example.com`},

	{"oidc name", withOIDC("Google", OIDC{Issuer: "https://a.example", ClientID: "i", ClientSecret: "s"}), "Google", `oidc Google: "Google" cannot name a provider: take lower-case letters, digits, - and _, and none of microsoft, email_token, password`},
	{"oidc name taken", withOIDC("microsoft", OIDC{Issuer: "https://a.example", ClientID: "i", ClientSecret: "s"}), "microsoft", `oidc microsoft: "microsoft" cannot name a provider: take lower-case letters, digits, - and _, and none of microsoft, email_token, password`},
	{"oidc issuer missing", withOIDC("google", OIDC{ClientID: "i", ClientSecret: "s"}), "", "oidc google issuer: is missing: write issuer and the provider's https address"},
	{"oidc client id missing", withOIDC("google", OIDC{Issuer: "https://a.example", ClientSecret: "s"}), "", "oidc google client_id: is missing: write client_id and the id the provider gave"},
	{"oidc client secret missing", withOIDC("google", OIDC{Issuer: "https://a.example", ClientID: "i"}), "", "oidc google client_secret: is missing: write client_secret {env.NAME} or {file.PATH}"},
	{"oidc issuer scheme", withOIDC("google", OIDC{Issuer: "ftp://a.example", ClientID: "i", ClientSecret: "s"}), "ftp://a.example", `oidc google issuer: "ftp://a.example": the scheme must be https`},
	{"oidc issuer host", withOIDC("google", OIDC{Issuer: "https://", ClientID: "i", ClientSecret: "s"}), "https://", `oidc google issuer: "https://": the host is missing`},

	{"mail sender missing", withSMTP(func(m *Mail) { m.From = "" }), "", `mail from: is missing: write from "MSP Help Desk <desk@msp.example>"`},
	{"mail sender", withSMTP(func(m *Mail) { m.From = "Desk desk@msp.example" }), "Desk desk@msp.example", `mail from: "Desk desk@msp.example" is no sender: write it like "MSP Help Desk <desk@msp.example>"`},
	{"mail sender's domain", withSMTP(func(m *Mail) { m.From = "desk@msp" }), "desk@msp", `mail from: "desk@msp" is no sender: write it like "MSP Help Desk <desk@msp.example>"`},
	{"mail server missing", withSMTP(func(m *Mail) { m.Server = "" }), "", "mail smtp: is missing: write smtp smtp.example.com:587"},
	{"mail server without port", withSMTP(func(m *Mail) { m.Server = "smtp.msp.example" }), "smtp.msp.example", `mail smtp: "smtp.msp.example" needs host and port, like smtp.example.com:587`},
	{"mail server without host", withSMTP(func(m *Mail) { m.Server = ":587" }), ":587", `mail smtp: ":587" needs host and port, like smtp.example.com:587`},
	{"mail server's port", withSMTP(func(m *Mail) { m.Server = "smtp.msp.example:70000" }), "smtp.msp.example:70000", `mail smtp: "smtp.msp.example:70000" needs host and port, like smtp.example.com:587`},
	{"mail tls", withSMTP(func(m *Mail) { m.TLS = "on" }), "on", `mail smtp tls: unknown value "on": write starttls, implicit, or off`},
	{"mail tls off elsewhere", withSMTP(func(m *Mail) { m.TLS = "off" }), "smtp.msp.example:587", "mail smtp tls: off is for a server on loopback: write starttls or implicit for smtp.msp.example"},
	{"mail user missing", withSMTP(func(m *Mail) { m.Password = "p" }), "", "mail smtp username: is missing beside password: write username and the account's name"},
	{"mail password missing", withSMTP(func(m *Mail) { m.Username = "u" }), "", "mail smtp password: is missing beside username: write password {env.NAME} or {file.PATH}"},

	{"token's life too short", func(c *Config) { c.EmailToken = &EmailToken{Lifetime: Duration(time.Second)} }, "1s", "email_token lifetime: 1s is out of bounds: write 1m to 30m"},
	{"token's life too long", func(c *Config) { c.EmailToken = &EmailToken{Lifetime: Duration(31 * time.Minute)} }, "31m", "email_token lifetime: 31m is out of bounds: write 1m to 30m"},
	{"password too short", func(c *Config) { c.Password = &Password{MinLength: 7} }, "7", "password min_length: 7 is out of bounds: write 8 to 64"},
	{"password too long", func(c *Config) { c.Password = &Password{MinLength: 65} }, "65", "password min_length: 65 is out of bounds: write 8 to 64"},
	{"argon2id memory, two iterations", withArgon2id(Argon2id{Memory: 19*MiB - 1}), "19922943B", "password argon2id memory: 19922943B is out of bounds with iterations 2: write 19MiB to 256MiB"},
	{"argon2id memory, one iteration", withArgon2id(Argon2id{Memory: 45 * MiB, Iterations: 1}), "45MiB", "password argon2id memory: 45MiB is out of bounds with iterations 1: write 46MiB to 256MiB"},
	{"argon2id memory, five iterations", withArgon2id(Argon2id{Memory: 7*MiB - KiB, Iterations: 5}), "7167KiB", "password argon2id memory: 7167KiB is out of bounds with iterations 5: write 7MiB to 204MiB"},
	{"argon2id memory large", withArgon2id(Argon2id{Memory: 257 * MiB}), "257MiB", "password argon2id memory: 257MiB is out of bounds with iterations 2: write 19MiB to 256MiB"},
	{"argon2id memory negative", withArgon2id(Argon2id{Memory: -19 * MiB}), "-19MiB", "password argon2id memory: -19MiB is out of bounds with iterations 2: write 19MiB to 256MiB"},
	{"argon2id iterations", withArgon2id(Argon2id{Iterations: 33}), "33", "password argon2id iterations: 33 is out of bounds: write 1 to 32"},
	{"argon2id iterations negative", withArgon2id(Argon2id{Iterations: -1}), "-1", "password argon2id iterations: -1 is out of bounds: write 1 to 32"},
	{"argon2id parallelism", withArgon2id(Argon2id{Parallelism: 17}), "17", "password argon2id parallelism: 17 is out of bounds: write 1 to 16"},
	{"passwords at once", func(c *Config) { c.Password = &Password{Concurrent: 257} }, "257", "password concurrent: 257 is out of bounds: write 1 to 256"},

	{"wrong codes of a mail", withLimits(Limits{WrongCodesPerMail: 11}), "11", "limits wrong_codes_per_mail: 11 is out of bounds: write 1 to 10"},
	{"wrong codes of a mail negative", withLimits(Limits{WrongCodesPerMail: -1}), "-1", "limits wrong_codes_per_mail: -1 is out of bounds: write 1 to 10"},
	{"wrong codes of a person", withLimits(Limits{WrongCodesPerPerson: 101}), "101", "limits wrong_codes_per_person: 101 is out of bounds: write 3 to 100"},
	{"mails to a person", withLimits(Limits{MailsPerPerson: 101}), "101", "limits mails_per_person: 101 is out of bounds: write 1 to 100"},
	{"mails to a person daily", withLimits(Limits{MailsPerPersonDaily: 1001}), "1001", "limits mails_per_person_daily: 1001 is out of bounds: write 1 to 1000"},
	{"wrong passwords of a person", withLimits(Limits{WrongPasswordsPerPerson: 101}), "101", "limits wrong_passwords_per_person: 101 is out of bounds: write 3 to 100"},
	{"wrong passwords of a person few", withLimits(Limits{WrongPasswordsPerPerson: 2}), "2", "limits wrong_passwords_per_person: 2 is out of bounds: write 3 to 100"},
	{"longest wait short", withLimits(Limits{LongestWait: Duration(29 * time.Second)}), "29s", "limits longest_wait: 29s is out of bounds: write 30s to 1h"},
	{"longest wait long", withLimits(Limits{LongestWait: Duration(61 * time.Minute)}), "1h1m", "limits longest_wait: 1h1m is out of bounds: write 30s to 1h"},
	{"failures of a client", withLimits(Limits{FailuresPerClient: 9}), "9", "limits failures_per_client: 9 is out of bounds: write 10 to 100000"},
	{"new contacts of an account", withLimits(Limits{NewContactsPerAccount: -1}), "-1", "limits new_contacts_per_account: -1 is out of bounds: write 1 to 1000000"},
	{"unknown addresses of a client", withLimits(Limits{UnknownAddressesPerClient: 9}), "9", "limits unknown_addresses_per_client: 9 is out of bounds: write 10 to 100000"},
	{"sign-ins of a client", withLimits(Limits{SignInsPerClient: 9}), "9", "limits sign_ins_per_client: 9 is out of bounds: write 10 to 1000000"},
	{"sign-ins overall", withLimits(Limits{SignInsOverall: 999}), "999", "limits sign_ins_overall: 999 is out of bounds: write 1000 to 10000000"},
	{"unknown addresses overall", withLimits(Limits{UnknownAddressesOverall: 99}), "99", "limits unknown_addresses_overall: 99 is out of bounds: write 100 to 1000000"},
	{"more wrong codes of a mail than of a person", withLimits(Limits{WrongCodesPerMail: 5, WrongCodesPerPerson: 4}), "5", "limits wrong_codes_per_mail: 5 is more than wrong_codes_per_person, which is 4, so that it could never be reached: write 4 or less, or more for wrong_codes_per_person"},
	{"more mails than in a day", withLimits(Limits{MailsPerPerson: 31}), "31", "limits mails_per_person: 31 is more than mails_per_person_daily, which is 30, so that it could never be reached: write 30 or less, or more for mails_per_person_daily"},
	{"more failures of a client than overall", withLimits(Limits{FailuresPerClient: 101, FailuresOverall: 100}), "101", "limits failures_per_client: 101 is more than failures_overall, which is 100, so that it could never be reached: write 100 or less, or more for failures_overall"},
	{"more unknown addresses of a client than overall", withLimits(Limits{UnknownAddressesPerClient: 10_001}), "10001", "limits unknown_addresses_per_client: 10001 is more than unknown_addresses_overall, which is 10000, so that it could never be reached: write 10000 or less, or more for unknown_addresses_overall"},
	{"more sign-ins of a client than overall", withLimits(Limits{SignInsPerClient: 50_001}), "50001", "limits sign_ins_per_client: 50001 is more than sign_ins_overall, which is 50000, so that it could never be reached: write 50000 or less, or more for sign_ins_overall"},
	{"mails overall", withLimits(Limits{MailsOverall: 99}), "99", "limits mails_overall: 99 is out of bounds: write 100 to 1000000"},
	{"failures overall", withLimits(Limits{FailuresOverall: 1_000_001}), "1000001", "limits failures_overall: 1000001 is out of bounds: write 100 to 1000000"},

	{"creation rule", func(c *Config) { c.ContactCreation = &ContactCreation{Rule: "on"} }, "on", `contact_creation: unknown rule "on": write domain, tenant, tenant_and_domain or off`},

	{"idle negative", withSession(Session{Idle: Duration(-time.Hour)}), "-1h", "session idle: -1h is out of bounds: write 1m to 365d"},
	{"lifetime too long", withSession(Session{Lifetime: Duration(366 * 24 * time.Hour)}), "366d", "session lifetime: 366d is out of bounds: write 1m to 365d"},
	{"persistent too short", withSession(Session{Persistent: Duration(59 * time.Second)}), "59s", "session persistent: 59s is out of bounds: write 1m to 365d"},
	{"cache negative", withSession(Session{Cache: -1}), "-1", "session cache: -1 is out of bounds: write 1000 to 10000000"},
	{"cache too small", withSession(Session{Cache: 999}), "999", "session cache: 999 is out of bounds: write 1000 to 10000000"},
	{"cache too large", withSession(Session{Cache: 10_000_001}), "10000001", "session cache: 10000001 is out of bounds: write 1000 to 10000000"},
	{"idle longer than lifetime", withSession(Session{Idle: Duration(2 * time.Hour), Lifetime: Duration(90 * time.Minute)}), "", "session idle: 2h is longer than lifetime, 1h30m: write a shorter one"},

	{"brand name long", withBrand(Brand{Name: strings.Repeat("ä", 65)}), strings.Repeat("ä", 65), "brand name: it has more than 64 characters, or control characters: write a shorter, plain one"},
	{"brand name of two lines", withBrand(Brand{Name: "a\nb"}), "a\nb", "brand name: it has more than 64 characters, or control characters: write a shorter, plain one"},
	{"accent", withBrand(Brand{Accent: "#fff"}), "#fff", `brand accent: "#fff" is no colour: write it like "#0b5fff"`},
	{"logo", withBrand(Brand{Logo: "logo.gif"}), "logo.gif", `brand logo: "logo.gif" is no picture that browsers show: name an svg, png, jpg or webp file`},

	{"header unknown", withHeaders(map[string]string{"Remote-Phone": "X-Phone"}), "Remote-Phone", `headers Remote-Phone: "Remote-Phone" is no header that Frontdesk sends: write one of Remote-User, Remote-Email, Remote-Name, Remote-Groups, X-Frontdesk-Platform, X-Frontdesk-Entity, X-Frontdesk-Account-Id, X-Frontdesk-Account-Name, X-Frontdesk-Method, X-Frontdesk-Session, X-Frontdesk-Impersonator, X-Frontdesk-Assertion`},
	{"header's name", withHeaders(map[string]string{"Remote-User": "X User"}), "X User", `headers Remote-User: "X User" cannot name a header: write letters, digits and -`},
	{"header's name empty", withHeaders(map[string]string{"Remote-User": ""}), "", `headers Remote-User: "" cannot name a header: write letters, digits and -`},
	{"header of HTTP", withHeaders(map[string]string{"Remote-User": "authorization"}), "authorization", `headers Remote-User: "authorization" has a meaning in HTTP or to proxies: write another name, like X-User`},
	{"header of HTTP by underscores", withHeaders(map[string]string{"Remote-User": "Proxy_Authorization"}), "Proxy_Authorization", `headers Remote-User: "Proxy_Authorization" has a meaning in HTTP or to proxies: write another name, like X-User`},
	{"header twice", withHeaders(map[string]string{"Remote-User": "X-User", "remote-user": "X-Other"}), "X-Other", "headers remote-user: Remote-User is written twice: write each header once"},
	{"two headers under one name", withHeaders(map[string]string{"Remote-User": "X-Who", "Remote-Email": "x_who"}), "X_who", `headers Remote-Email: Remote-User and Remote-Email would share the name "X_who": give each its own`},
	{"header under another's name", withHeaders(map[string]string{"Remote-User": "Remote-Email"}), "Remote-Email", `headers Remote-User: Remote-User and Remote-Email would share the name "Remote-Email": give each its own`},
}
