package mail

import (
	"strings"
	"testing"
)

func TestConfig(t *testing.T) {
	good := Config{From: "MSP Help Desk <desk@msp.example>", Server: "smtp.msp.example:587"}
	for name, c := range map[string]struct {
		change func(*Config)
		wrong  string // part of the error; empty: accepted
	}{
		"name and address":   {func(*Config) {}, ""},
		"address alone":      {func(c *Config) { c.From = "desk@msp.example" }, ""},
		"foreign name":       {func(c *Config) { c.From = "Hilfe für Sie <desk@msp.example>" }, ""},
		"IPv6":               {func(c *Config) { c.Server, c.TLS = "[::1]:25", Off }, ""},
		"off on loopback":    {func(c *Config) { c.Server, c.TLS = "mail.localhost:25", Off }, ""},
		"no from":            {func(c *Config) { c.From = "" }, "mail from: it is missing"},
		"from is a name":     {func(c *Config) { c.From = "Help Desk" }, "mail from:"},
		"two froms":          {func(c *Config) { c.From = "a@msp.example, b@msp.example" }, "mail from:"},
		"from without dot":   {func(c *Config) { c.From = "desk@localhost" }, "needs a dot"},
		"from injects":       {func(c *Config) { c.From = "\"a\r\nBcc: x\" <desk@msp.example>" }, "mail from:"},
		"is no server":       {func(c *Config) { c.Server = "smtp.msp.example" }, "write host:port"},
		"no host":            {func(c *Config) { c.Server = ":587" }, "write host:port"},
		"a URL":              {func(c *Config) { c.Server = "smtp://smtp.msp.example:587" }, "write host:port"},
		"port zero":          {func(c *Config) { c.Server = "smtp.msp.example:0" }, "is no server"},
		"port too large":     {func(c *Config) { c.Server = "smtp.msp.example:70000" }, "is no server"},
		"unknown mode":       {func(c *Config) { c.TLS = "ssl" }, "write starttls, implicit or off"},
		"off elsewhere":      {func(c *Config) { c.TLS = Off }, "mail smtp tls: off"},
		"password missing":   {func(c *Config) { c.Username = "desk" }, "go together"},
		"username missing":   {func(c *Config) { c.Password = "secret!" }, "go together"},
		"HELO is a sentence": {func(c *Config) { c.HELO = "hello there" }, "mail smtp helo"},
		"HELO injects":       {func(c *Config) { c.HELO = "a\r\nMAIL" }, "mail smtp helo"},
	} {
		t.Run(name, func(t *testing.T) {
			config := good
			c.change(&config)
			_, err := New(config, Options{})
			if c.wrong == "" && err != nil || c.wrong != "" && (err == nil || !strings.Contains(err.Error(), c.wrong)) {
				t.Errorf("got %v, want %q", err, c.wrong)
			}
			if err != nil && config.Password != "" && strings.Contains(err.Error(), config.Password) {
				t.Error("the error holds the password")
			}
		})
	}
}

func TestDefaultMode(t *testing.T) {
	for server, want := range map[string]TLSMode{"smtp.msp.example:587": StartTLS, "smtp.msp.example:465": Implicit, "localhost:25": StartTLS} {
		s, err := New(Config{From: "desk@msp.example", Server: server}, Options{})
		if err != nil || s.server.tls != want {
			t.Errorf("%s: got %q, %v, want %q", server, s.server.tls, err, want)
		}
	}
}
