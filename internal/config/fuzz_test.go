package config

import (
	"encoding/json"
	"errors"
	"iter"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/http/httpguts"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/identity"
	"github.com/frontdesk-gateway/frontdesk/internal/mail"
	"github.com/frontdesk-gateway/frontdesk/internal/passage"
	"github.com/frontdesk-gateway/frontdesk/internal/provider"
)

// configurations are what FuzzSettings begins with.
var configurations = []string{
	`{"platforms":{"client":{"origins":["https://portal.msp.example","https://b.example:8443"],"methods":["microsoft","email_token","password","google"]},
		"tech":{"origins":["https://tech.msp.example"],"methods":["password"]},"admin":{"origins":["https://tech.msp.example"]}},
	"store":{"engine":"bolt","path":"/x"},"prefix":"/desk","support_email":"help@msp.example",
	"microsoft":{"client_id":"i","client_secret":"s","tenant":"11111111-2222-4333-8444-555555555555","member_tenants":["11111111-2222-4333-8444-555555555555"],"authority":"https://login.microsoftonline.us/","end_session":true},
	"oidc":{"google":{"issuer":"https://accounts.google.com","client_id":"i","client_secret":"s","label":"Google"}},
	"mail":{"from":"MSP Help Desk <desk@msp.example>","server":"smtp.msp.example:587","tls":"starttls","username":"u","password":"p"},
	"email_token":{"lifetime":"10m"},"password":{"min_length":15,"argon2id":{"memory":"19MiB","iterations":2,"parallelism":1},"concurrent":2},
	"limits":{"wrong_codes_per_mail":5,"longest_wait":"15m"},"contact_creation":{"rule":"tenant","catch_all":"a"},
	"session":{"idle":"12h","lifetime":"24h","persistent":"30d"},"brand":{"name":"MSP","accent":"#0b5fff","logo":"a.svg"},"headers":{"Remote-User":"X-User","remote-groups":"off"}}`,
	`{"platforms":{"client":{"origins":["http://localhost:8080"]},"tech":null},"oidc":{"x":null,"":{}},"mail":{"from":"a@b.example","server":"[::1]:465","tls":"off"}}`,
	`{"platforms":{"client":{"origins":["https://A.example","https://a.example:443/","http://127.0.0.1"]}},"headers":{"Remote-User":"Host","Remote-Name":"remote_user","x":"y"}}`,
	`{"platforms":{"client":{"origins":["https://a.example"]}},"oidc":{"idp":{"issuer":"http://[::ffff:127.0.0.1]","client_id":"i","client_secret":"s"}},"session":{"idle":1,"lifetime":-1,"persistent":"400d"}}`,
	`{"platforms":{"client":{"origins":["https://a.example"],"methods":["microsoft"]}},"microsoft":{"client_id":"i","client_secret":"s","tenant":"COMMON","authority":"HTTPS://h//"}}`,
	`{"platforms":{"client":{"origins":["https://A.example","https://a.example:443/"]}}}`,
	`{"platforms":{"client":{"origins":["https://a.example"]}},"session":{"idle":1},"mail":{"from":"a@b.example","server":"h:25"}}`,
	`{}`,
}

// FuzzSettings: every configuration is settings or a list of options with what
// is wrong with each; what is accepted suits those who are given it, and means
// the same when it is written and read again.
func FuzzSettings(f *testing.F) {
	for _, seed := range configurations {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var c Config
		if json.Unmarshal(text, &c) != nil {
			return
		}
		if err := c.Resolve(func(s string) (string, error) { return s, nil }); err != nil {
			t.Fatal(err)
		}
		settings, err := c.Settings()
		if err != nil {
			checkErrors(t, err)
			return
		}
		checkSettings(t, settings)
		written, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		var again Config
		if err := json.Unmarshal(written, &again); err != nil {
			t.Fatalf("%s: %v", written, err)
		}
		if s, err := again.Settings(); err != nil || !reflect.DeepEqual(s, settings) {
			t.Errorf("%s: %v, %+v, want %+v", written, err, s, settings)
		}
	})
}

// configured are how many texts the first of the configurations has.
const configured = 34

// FuzzText puts any text in the place of one of a whole configuration.
func FuzzText(f *testing.F) {
	for _, seed := range []string{"/desk", " :25", "help@msp.example", "bolt", "/x", "HTTPS://A.example:0443/", "http://[::1]:80", "microsoft", "id", "hush", "common", "https://login.example///",
		"11111111-2222-4333-8444-55555555555F", "http://localhost", "https://h/%41?", "MSP <desk@msp.example>", "\"a\u2028b\" <desk@msp.example>", "localhost:25", "h\u00e9:25", "[::1%25lo]:1", "off", "tenant", "\u202e", "#ABCDEF", "a.PNG", "X-User"} {
		for at := range uint(configured) {
			f.Add(at, seed)
		}
	}
	f.Fuzz(func(t *testing.T, at uint, text string) {
		var c Config
		if err := json.Unmarshal([]byte(configurations[0]), &c); err != nil {
			t.Fatal(err)
		}
		n := uint(0)
		c.texts(func(_ string, texts ...*string) {
			for _, place := range texts {
				if n == at%configured {
					*place = text
				}
				n++
			}
		})
		if n != configured {
			t.Fatalf("there are %d texts", n)
		}
		settings, err := c.Settings()
		if err != nil {
			checkErrors(t, err)
			return
		}
		checkSettings(t, settings)
	})
}

// checkErrors holds a refusal to the form that operators are shown.
func checkErrors(t *testing.T, err error) {
	t.Helper()
	var found Errors
	if !errors.As(err, &found) || len(found) == 0 {
		t.Fatalf("%T: %v", err, err)
	}
	for _, e := range found {
		if e.Option == "" || len(e.Reason) < 10 {
			t.Errorf("%q: %q", e.Option, e.Reason)
		}
	}
}

func checkSettings(t *testing.T, s *Settings) {
	t.Helper()
	for _, cfg := range s.Providers {
		if _, err := provider.New(cfg, provider.Options{}); err != nil {
			t.Errorf("the provider refuses: %v", err)
		}
	}
	if s.Mail != nil {
		if _, err := mail.New(*s.Mail, mail.Options{}); err != nil {
			t.Errorf("mail refuses: %v", err)
		}
	}
	for platform, own := range s.Platforms {
		if err := s.CheckSite(platform); err != nil && !strings.Contains(err.Error(), "shares the origin") {
			t.Error(err)
		}
		for i, origin := range own.Origins {
			if slices.Contains(own.Origins[:i], origin) {
				t.Errorf("%s stands there twice", origin)
			}
			place, ok := s.Place(strings.ToUpper(origin.HostPort()))
			if !ok || place.Origin != origin || !slices.Contains(place.Platforms, platform) {
				t.Errorf("%s is not found: %+v", origin, place)
			}
		}
		if len(own.Origins) == 0 || len(own.Methods) == 0 {
			t.Errorf("%s: %+v", platform, own)
		}
	}
	if s.Prefix[0] != '/' || strings.HasSuffix(s.Prefix, "/") || s.Idle < time.Minute || s.Lifetime < s.Idle || s.Persistent <= 0 || s.TokenLifetime < time.Minute || s.MinLength < 8 {
		t.Errorf("%+v", s)
	}
	if s.Support != "" {
		if _, err := directory.ParseAddress(string(s.Support)); err != nil {
			t.Errorf("support %q", s.Support)
		}
	}
	checkNames(t, s.Headers)
}

// checkNames holds the names that a portal's headers have to those that HTTP
// can carry, and that no portal confuses.
func checkNames(t *testing.T, renamed map[string]string) {
	t.Helper()
	seen := map[string]bool{}
	for name := range sentNames(renamed) {
		if !httpguts.ValidHeaderFieldName(name) || http.CanonicalHeaderKey(name) != name || passage.Reserved(name) || seen[passage.Fold(name)] {
			t.Errorf("a portal would receive %q: %v", name, renamed)
		}
		seen[passage.Fold(name)] = true
	}
}

// sentNames are the names under which a portal receives something.
func sentNames(renamed map[string]string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, name := range identity.NewNames(renamed) {
			if name != "" && !yield(name) {
				return
			}
		}
	}
}

// FuzzHeaders: what is accepted are names that HTTP can carry and that no
// portal confuses, and all that come in under them are stripped.
func FuzzHeaders(f *testing.F) {
	for _, seed := range [][4]string{{"Remote-User", "Host", "Remote-Name", "off"}, {"Remote-User", "X-User", "Remote-Name", "off"}, {"remote-user", "Remote_Email", "Remote-Email", "X-Mail"}, {"Remote-User", "Host", "X", "Y"},
		{"Remote-User", "x_frontdesk_entity", "X-Frontdesk-Entity", "OFF"}, {"Remote-User", "-", "REMOTE-USER", "é"}, {"Remote-User", "Remote-Name", "Remote-Name", "Remote-User"}} {
		f.Add(seed[0], seed[1], seed[2], seed[3])
	}
	f.Fuzz(func(t *testing.T, name, to, another, toAnother string) {
		written := map[string]string{name: to, another: toAnother}
		renamed, err := CheckHeaders("headers", written)
		if err != nil {
			checkErrors(t, err)
			return
		}
		checkNames(t, renamed)
		r := &http.Request{Method: http.MethodGet, URL: &url.URL{Path: "/"}, Header: http.Header{}}
		for sent := range sentNames(renamed) {
			r.Header[sent], r.Header[strings.ReplaceAll(sent, "-", "_")] = []string{"evil"}, []string{"evil"}
		}
		if passage.NewFilter(renamed).Admit(r, true); len(r.Header) > 0 {
			t.Errorf("%v: %v is left", written, r.Header)
		}
	})
}

// FuzzParseDuration: what is accepted is positive, and means the same when it
// is written and read again, also as JSON.
func FuzzParseDuration(f *testing.F) {
	for _, seed := range []string{"10m", "12h", "30d", "1h0m5s", "90s", "36500d", "36501d", "-1d", "0", "1ns", "2562047h47m16.854775807s", "+5d", "1.5h", "05d"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		d, err := ParseDuration(in)
		if err != nil {
			return
		}
		again, err := ParseDuration(d.String())
		if d <= 0 || err != nil || again != d {
			t.Fatalf("%q is %d, written %s, and read %d, %v", in, d, d, again, err)
		}
		var decoded Duration
		text, err := json.Marshal(in)
		if err != nil || json.Unmarshal(text, &decoded) != nil || decoded != d {
			t.Fatalf("%s is %d, want %d, %v", text, decoded, d, err)
		}
	})
}
