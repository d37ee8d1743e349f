package config

import (
	"errors"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/mail"
	"github.com/frontdesk-gateway/frontdesk/internal/password"
	"github.com/frontdesk-gateway/frontdesk/internal/provider"
)

// least is the smallest configuration that can be, changed by each of change.
func least(change ...func(*Config)) *Config {
	c := &Config{Platforms: map[string]*Platform{"client": {Origins: []string{"https://portal.msp.example"}}}}
	for _, f := range change {
		f(c)
	}
	return c
}

func withMicrosoft(c *Config) { c.Microsoft = &Microsoft{ClientID: "id", ClientSecret: "secret"} }

func withMail(c *Config) { c.Mail = &Mail{From: "desk@msp.example", Server: "smtp.msp.example:587"} }

// allLimits has a value of its own for each.
func allLimits() *Limits {
	return &Limits{
		WrongCodesPerMail: 6, WrongCodesPerPerson: 11, MailsPerPerson: 7, MailsPerPersonDaily: 31,
		WrongPasswordsPerPerson: 8, LongestWait: Duration(20 * time.Minute),
		FailuresPerClient: 61, NewContactsPerAccount: 501, UnknownAddressesPerClient: 62, UnknownAddressesOverall: 10002, SignInsPerClient: 1001, SignInsOverall: 50001, MailsOverall: 2001, FailuresOverall: 10001,
	}
}

func TestSettingsDefaults(t *testing.T) {
	got, err := least().Settings()
	if err != nil {
		t.Fatal(err)
	}
	want := &Settings{
		Prefix: "/frontdesk",
		Platforms: map[directory.Platform]PlatformSettings{
			directory.Client: {Origins: []Origin{{Scheme: "https", Host: "portal.msp.example"}}, Methods: []string{"password"}},
		},
		TokenLifetime: 10 * time.Minute,
		MinLength:     15,
		Hashing:       password.Options{Memory: 19456, Time: 2, Parallelism: 1},
		Limits: Limits{
			WrongCodesPerMail: 5, WrongCodesPerPerson: 10, MailsPerPerson: 5, MailsPerPersonDaily: 30,
			WrongPasswordsPerPerson: 5, LongestWait: Duration(15 * time.Minute),
			FailuresPerClient: 60, NewContactsPerAccount: 500, UnknownAddressesPerClient: 60, UnknownAddressesOverall: 10000, SignInsPerClient: 1000, SignInsOverall: 50000, MailsOverall: 2000, FailuresOverall: 10000,
		},
		Creation:   directory.CreationPolicy{Default: directory.CreateByDomain},
		Idle:       12 * time.Hour,
		Lifetime:   24 * time.Hour,
		Persistent: 30 * 24 * time.Hour,

		SessionCache: 100_000,
		Headers:      map[string]string{},
	}
	got.places = nil // derived: see TestSettingsLookups
	if !reflect.DeepEqual(got, want) {
		t.Errorf("settings\n%+v\nwant\n%+v", got, want)
	}
}

func TestSettingsWritten(t *testing.T) {
	c := &Config{
		Store:        &Store{Engine: "bolt", Path: "/var/lib/frontdesk.db"},
		Prefix:       "/sign-in/desk_1",
		SupportEmail: " Help@MSP.example ",
		Platforms: map[string]*Platform{
			"client": {Origins: []string{"https://Portal.MSP.example:443/", "http://localhost:8080"}, Methods: []string{"google", "password"}},
			"tech":   {Origins: []string{"https://tech.msp.example"}},
			"admin":  {Origins: []string{"https://tech.msp.example"}, Methods: []string{"email_token"}},
		},
		Microsoft: &Microsoft{ClientID: "id", ClientSecret: "secret", Tenant: "11111111-2222-4333-8444-55555555AAAA",
			MemberTenants: []string{"21111111-2222-4333-8444-55555555AAAA", "11111111-2222-4333-8444-55555555AAAA"}, Authority: "https://login.microsoftonline.us/", EndSession: true},
		OIDC: map[string]*OIDC{"google": {Issuer: "https://accounts.google.com", ClientID: "g", ClientSecret: "s", Label: "Google"},
			"keycloak": {Issuer: "https://id.example", ClientID: "k", ClientSecret: "s", EndSession: true}},
		Mail:            &Mail{From: "Desk <desk@msp.example>", Server: "localhost:25", TLS: "off", Username: "u", Password: "p"},
		EmailToken:      &EmailToken{Lifetime: Duration(5 * time.Minute)},
		Password:        &Password{MinLength: 8, Argon2id: &Argon2id{Memory: 12 * MiB, Iterations: 3, Parallelism: 4}, Concurrent: 2},
		Limits:          allLimits(),
		ContactCreation: &ContactCreation{Rule: "tenant", CatchAll: "acme"},
		Session:         &Session{Idle: Duration(time.Hour), Lifetime: Duration(2 * time.Hour), Persistent: Duration(72 * time.Hour), Cache: 5000},
		Brand:           &Brand{Name: "Desk", Logo: "/etc/logo.SVG", Accent: "0B5FFF"},
		Headers:         map[string]string{"remote-user": "X-User", "Remote-Name": "OFF"},
	}
	got, err := c.Settings()
	if err != nil {
		t.Fatal(err)
	}
	tech := Origin{Scheme: "https", Host: "tech.msp.example"}
	want := &Settings{
		Prefix:  "/sign-in/desk_1",
		Support: "Help@msp.example",
		Platforms: map[directory.Platform]PlatformSettings{
			directory.Client: {Origins: []Origin{{Scheme: "https", Host: "portal.msp.example"}, {Scheme: "http", Host: "localhost", Port: "8080"}}, Methods: []string{"google", "password"}},
			directory.Tech:   {Origins: []Origin{tech}, Methods: []string{"microsoft"}},
			directory.Admin:  {Origins: []Origin{tech}, Methods: []string{"email_token"}},
		},
		Providers: []provider.Config{
			{Name: "microsoft", Entra: true, ClientID: "id", ClientSecret: "secret", Authority: "https://login.microsoftonline.us", Tenant: "11111111-2222-4333-8444-55555555aaaa", EndSession: true},
			{Name: "google", Label: "Google", ClientID: "g", ClientSecret: "s", Issuer: "https://accounts.google.com"},
			{Name: "keycloak", Label: "keycloak", ClientID: "k", ClientSecret: "s", Issuer: "https://id.example", EndSession: true},
		},
		MemberTenants: directory.Tenants{{Tenant: "21111111-2222-4333-8444-55555555aaaa"}, {Tenant: "11111111-2222-4333-8444-55555555aaaa"}},
		Mail:          &mail.Config{From: "Desk <desk@msp.example>", Server: "localhost:25", TLS: mail.Off, Username: "u", Password: "p"},
		TokenLifetime: 5 * time.Minute,
		MinLength:     8,
		Hashing:       password.Options{Memory: 12288, Time: 3, Parallelism: 4, Concurrent: 2},
		Limits:        *allLimits(),
		Creation:      directory.CreationPolicy{Default: directory.CreateByTenant, CatchAll: "acme"},
		Idle:          time.Hour,
		Lifetime:      2 * time.Hour,
		Persistent:    72 * time.Hour,
		SessionCache:  5000,
		Brand:         Look{Name: "Desk", LogoFile: "/etc/logo.SVG", Accent: "#0b5fff"},
		Headers:       map[string]string{"Remote-User": "X-User", "Remote-Name": "OFF"},
	}
	got.places = nil // derived: see TestSettingsLookups
	if !reflect.DeepEqual(got, want) {
		t.Errorf("settings\n%+v\nwant\n%+v", got, want)
	}
}

// TestMemoryByIterations: who writes the iterations alone gets the memory that
// makes them strong enough.
func TestMemoryByIterations(t *testing.T) {
	for iterations, want := range map[int]int{0: 19 << 10, 1: 46 << 10, 2: 19 << 10, 3: 12 << 10, 4: 9 << 10, 5: 7 << 10, 32: 7 << 10} {
		s, err := least(withArgon2id(Argon2id{Iterations: iterations})).Settings()
		if err != nil || s.Hashing.Memory != want {
			t.Errorf("%d iterations: %v, %v, want %d KiB", iterations, s, err, want)
		}
	}
}

func TestDefaultMethods(t *testing.T) {
	tests := []struct {
		name     string
		platform directory.Platform
		change   []func(*Config)
		want     []string
	}{
		{"all three on client", directory.Client, []func(*Config){withMicrosoft, withMail}, []string{"microsoft", "email_token", "password"}},
		{"client without mail", directory.Client, []func(*Config){withMicrosoft}, []string{"microsoft", "password"}},
		{"client without anything", directory.Client, nil, []string{"password"}},
		{"microsoft alone on tech", directory.Tech, []func(*Config){withMicrosoft, withMail}, []string{"microsoft"}},
		{"microsoft alone on admin", directory.Admin, []func(*Config){withMicrosoft, withMail}, []string{"microsoft"}},
		{"further providers only by name", directory.Client, []func(*Config){func(c *Config) {
			c.OIDC = map[string]*OIDC{"google": {Issuer: "https://a.example", ClientID: "i", ClientSecret: "s"}}
		}}, []string{"password"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := least(tt.change...)
			c.Platforms = map[string]*Platform{string(tt.platform): {Origins: []string{"https://portal.msp.example"}}}
			s, err := c.Settings()
			if err != nil {
				t.Fatal(err)
			}
			if got := s.Platforms[tt.platform].Methods; !slices.Equal(got, tt.want) {
				t.Errorf("methods %v, want %v", got, tt.want)
			}
		})
	}
}

// TestOneProblem holds each rule to its exact error, and to naming the value
// that was refused, by which placeholders are told.
func TestOneProblem(t *testing.T) {
	for _, tt := range problems {
		t.Run(tt.name, func(t *testing.T) {
			_, err := least(tt.change).Settings()
			var errs Errors
			if !errors.As(err, &errs) {
				t.Fatalf("error %v, want Errors", err)
			}
			if len(errs) != 1 || errs[0].Error() != tt.want || errs[0].Value != tt.value {
				t.Errorf("error\n%v (value %q)\nwant\n%s (value %q)", err, errs[0].Value, tt.want, tt.value)
			}
		})
	}
}

func TestAllProblemsInTheOrderOfOptions(t *testing.T) {
	c := &Config{Prefix: "x", SupportEmail: "y", OIDC: map[string]*OIDC{"b": nil, "a": nil}, Headers: map[string]string{"B": "B", "A": "A"}}
	_, err := c.Settings()
	var errs Errors
	if !errors.As(err, &errs) {
		t.Fatalf("error %v, want Errors", err)
	}
	var got []string
	for _, e := range errs {
		got = append(got, e.Option)
	}
	want := []string{"prefix", "support_email", "oidc a issuer", "oidc a client_id", "oidc a client_secret",
		"oidc b issuer", "oidc b client_id", "oidc b client_secret", "platform", "headers A", "headers B"}
	if !slices.Equal(got, want) {
		t.Errorf("options %q, want %q", got, want)
	}
}

func TestSettingsLookups(t *testing.T) {
	c := least()
	c.Platforms["client"].Origins = []string{"https://portal.msp.example", "http://portal.localhost:8080"}
	c.Platforms["tech"] = &Platform{Origins: []string{"https://portal.msp.example"}, Methods: []string{"password"}}
	s, err := c.Settings()
	if err != nil {
		t.Fatal(err)
	}
	place, ok := s.Place("Portal.msp.example:443")
	if !ok || place.Name != "https://portal.msp.example" || !slices.Equal(place.Platforms, []directory.Platform{directory.Client, directory.Tech}) {
		t.Errorf("shared origin: %v, %v", place, ok)
	}
	if place, ok := s.Place("elsewhere.example"); ok {
		t.Errorf("a foreign host is found: %v", place)
	}
	if main, ok := s.Main(directory.Client); !ok || main.String() != "https://portal.msp.example" {
		t.Errorf("main origin of client: %v, %v", main, ok)
	}
	if main, ok := s.Main(directory.Admin); ok {
		t.Errorf("main origin of admin, which is not configured: %v", main)
	}
	if !s.At(directory.Client, "http://portal.localhost:8080") || s.At(directory.Tech, "http://portal.localhost:8080") {
		t.Error("the loopback origin is client's alone")
	}
	if !s.Loopback() {
		t.Error("a plain-http origin is not noticed")
	}
}

func TestCheckSite(t *testing.T) {
	c := least()
	c.Platforms["tech"] = &Platform{Origins: []string{"https://desk.msp.example", "https://tech.msp.example"}, Methods: []string{"password"}}
	c.Platforms["admin"] = &Platform{Origins: []string{"https://desk.msp.example"}, Methods: []string{"password"}}
	shared, err := c.Settings()
	if err != nil {
		t.Fatal(err)
	}
	lone, err := least().Settings()
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name     string
		settings *Settings
		platform directory.Platform
		want     string
	}{
		{"configured", lone, directory.Client, ""},
		{"not configured", lone, directory.Tech, "platform tech is not configured: add it to the global option frontdesk"},
		{"beside a shared origin", shared, directory.Client, ""},
		{"at a shared origin", shared, directory.Admin, "platform admin shares the origin https://desk.msp.example with another: write the directive without a platform"},
		{"at a shared origin and its own", shared, directory.Tech, "platform tech shares the origin https://desk.msp.example with another: write the directive without a platform"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := ""
			if err := tt.settings.CheckSite(tt.platform); err != nil {
				got = err.Error()
			}
			if got != tt.want {
				t.Errorf("error %q, want %q", got, tt.want)
			}
		})
	}
}
