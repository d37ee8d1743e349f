package caddymodule

import "testing"

func TestNearest(t *testing.T) {
	known := []string{"headers", "mail", "methods", "min_length", "oidc", "support_email", "tls"}
	for name, want := range map[string]string{
		"suport_email": "support_email",
		"supportemail": "support_email",
		"header":       "headers",
		"method":       "methods",
		"minlength":    "min_length",
		"odic":         "oidc",
		"tsl":          "tls",
		"mial":         "mail",
		"Mail":         "mail",
		"colour":       "",
		"x":            "",
		"":             "",
	} {
		if got := nearest(name, known); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}

func TestEditDistance(t *testing.T) {
	tests := []struct {
		a, b string
		want int
	}{{"", "", 0}, {"", "abc", 3}, {"abc", "", 3}, {"abc", "abc", 0}, {"abc", "abd", 1}, {"abc", "acb", 1}, {"abc", "ab", 1}, {"kitten", "sitting", 3}, {"ca", "abc", 3}}
	for _, tt := range tests {
		if got := editDistance(tt.a, tt.b); got != tt.want {
			t.Errorf("%q to %q: %d, want %d", tt.a, tt.b, got, tt.want)
		}
	}
}
