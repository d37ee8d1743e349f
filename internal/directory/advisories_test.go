package directory

import "testing"

// TestAdvisoriesOfNet: a domain has one spelling in ASCII (RFC 5890, 2.3.2.1).
// Were xn--acme- taken for acme, whoever owns the one would be of the other's
// account, or its address be somebody else's.
func TestAdvisoriesOfNet(t *testing.T) {
	t.Run("CVE-2026-39821: xn-- before what is ASCII already", func(t *testing.T) {
		for _, domain := range []string{"xn--acme-.example", "XN--acme-.example", "xn--acme.example", "acme.xn--example-", "xn--.example", "xn---.example", "ｘn--acme-.example"} {
			if got, err := ParseAddress("ann@" + domain); err == nil {
				t.Errorf("%s is %s", domain, got)
			}
			if got, err := ParseDomain(domain); err == nil {
				t.Errorf("%s is %s", domain, got)
			}
		}
	})
	// It is taken for what it would decode to. That is harmless where nothing is
	// compared, kept or mailed to in any other form than the one that comes out.
	t.Run("golang/go 81116: not ASCII after xn--", func(t *testing.T) {
		for _, domain := range []string{"xn--が-.example", "xn--é.example", "xn--ａcme-.example"} {
			got, err := ParseDomain(domain)
			if err != nil {
				continue
			}
			if again, err := ParseDomain(got); err != nil || again != got {
				t.Errorf("%s became %s, and that %s, %v", domain, got, again, err)
			}
			if a, err := ParseAddress("ann@" + domain); err != nil || a.Domain() != got {
				t.Errorf("%s became %s, %v; want %s", domain, a, err, got)
			}
		}
	})
}
