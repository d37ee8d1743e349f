package config

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
)

// Error is one value that cannot be: which option, what is wrong, and what to
// write instead.
type Error struct {
	// Option is the path of the option as an operator writes it, blocks first:
	// "platform client methods".
	Option string
	Reason string
	// Value is the text that was refused, where there is one: it may hold a
	// placeholder that is only known when the configuration is loaded.
	Value string
}

func (e *Error) Error() string { return e.Option + ": " + e.Reason }

// Errors are all that is wrong with a configuration, in its own order.
type Errors []*Error

func (e Errors) Error() string {
	lines := make([]string, len(e))
	for i, err := range e {
		lines[i] = err.Error()
	}
	return strings.Join(lines, "\n")
}

// checker collects what is wrong.
type checker struct {
	errs     Errors
	config   *Config
	settings Settings
}

// Settings parses the configuration. The error is of type [Errors].
func (c *Config) Settings() (*Settings, error) {
	k := &checker{config: c}
	k.store()
	k.prefix()
	k.support()
	k.providers()
	k.mail()
	k.platforms()
	k.emailToken()
	k.password()
	k.limits()
	k.creation()
	k.session()
	k.brand()
	k.settings.Headers = k.headers("headers", c.Headers)
	if len(k.errs) > 0 {
		return nil, k.errs
	}
	k.settings.setPlaces()
	return &k.settings, nil
}

func (k *checker) refuse(option, value, reason string, args ...any) {
	k.errs = append(k.errs, &Error{Option: option, Value: value, Reason: fmt.Sprintf(reason, args...)})
}

func (k *checker) require(option, value, example string) {
	if value == "" {
		k.refuse(option, "", "is missing: write %s", example)
	}
}

func (k *checker) store() {
	if s := k.config.Store; s != nil && s.Engine != "" && s.Engine != "bolt" {
		k.refuse("store", s.Engine, "unknown engine %q: write bolt and a path", s.Engine)
	}
}

var prefixForm = regexp.MustCompile(`^(/[a-z0-9][a-z0-9_-]*)+$`)

func (k *checker) prefix() {
	k.settings.Prefix = defaultPrefix
	switch p := k.config.Prefix; {
	case p == "":
	case len(p) > maxName:
		k.refuse("prefix", p, "it has more than %d characters: write a shorter one", maxName)
	case prefixForm.MatchString(p):
		k.settings.Prefix = p
	default:
		k.refuse("prefix", p, "%q is no path of lower-case letters, digits, - and _: write one like /frontdesk", p)
	}
}

func (k *checker) support() {
	s := k.config.SupportEmail
	if s == "" {
		return
	}
	address, err := directory.ParseAddress(s)
	if err != nil {
		k.refuse("support_email", s, "%q: %v; write one like help@example.com", s, err)
	}
	k.settings.Support = address
}

func (k *checker) emailToken() {
	k.settings.TokenLifetime = defaultTokenLifetime
	if t := k.config.EmailToken; t != nil {
		k.settings.TokenLifetime = k.span("email_token lifetime", t.Lifetime, defaultTokenLifetime, time.Minute, maxTokenLifetime)
	}
}

func (k *checker) creation() {
	k.settings.Creation = directory.CreationPolicy{Default: directory.CreateByDomain}
	c := k.config.ContactCreation
	if c == nil {
		return
	}
	k.settings.Creation.CatchAll = c.CatchAll
	if c.Rule == "" {
		return
	}
	rule, err := directory.ParseCreationRule(c.Rule)
	if err != nil {
		k.refuse("contact_creation", c.Rule, "%v", err)
	}
	k.settings.Creation.Default = rule
}

func (k *checker) session() {
	s := k.config.Session
	if s == nil {
		s = &Session{}
	}
	k.settings.Idle = k.span("session idle", s.Idle, defaultIdle, time.Minute, maxLifetime)
	k.settings.Lifetime = k.span("session lifetime", s.Lifetime, defaultLifetime, time.Minute, maxLifetime)
	k.settings.Persistent = k.span("session persistent", s.Persistent, defaultPersistent, time.Minute, maxLifetime)
	k.settings.SessionCache = k.number("session cache", s.Cache, 100_000, 1000, 10_000_000)
	if k.settings.Idle > k.settings.Lifetime && s.Idle != 0 {
		k.refuse("session idle", "", "%v is longer than lifetime, %v: write a shorter one", s.Idle, Duration(k.settings.Lifetime))
	}
}

func (k *checker) span(option string, d Duration, fallback, least, most time.Duration) time.Duration {
	switch v := time.Duration(d); {
	case v == 0:
		return fallback
	case v < least || v > most:
		k.refuse(option, d.String(), "%v is out of bounds: write %v to %v", d, Duration(least), Duration(most))
		return fallback
	default:
		return v
	}
}

func (k *checker) number(option string, n, fallback, least, most int) int {
	switch {
	case n == 0:
		return fallback
	case n < least || n > most:
		k.refuse(option, fmt.Sprint(n), "%d is out of bounds: write %d to %d", n, least, most)
		return fallback
	}
	return n
}

func or(value, fallback string) string {
	if value == "" {
		return fallback
	}
	return value
}
