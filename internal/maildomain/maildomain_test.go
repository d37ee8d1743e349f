package maildomain

import (
	"bufio"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
)

func TestPublic(t *testing.T) {
	tests := map[string]bool{
		"gmail.com":      true,
		"outlook.com":    true,
		"icloud.com":     true,
		"web.de":         true,
		"0-mail.com":     true, // the first of the list
		"tuta.io":        true,
		"posteo.net":     true,
		"mailbox.org":    true, // the package lacks this and the next three
		"tutamail.com":   true,
		"tutanota.com":   true,
		"hey.com":        true,
		"example.com":    false,
		"acme.example":   false,
		"mail.gmail.com": false, // sub-domains do not count
		"":               false,
		"# Made by":      false,
	}
	for domain, want := range tests {
		if got := Public(domain); got != want {
			t.Errorf("Public(%q) = %v, want %v", domain, got, want)
		}
	}
}

// TestList checks what refresh.sh makes.
func TestList(t *testing.T) {
	if domains := domainsOf(t, "public.txt"); len(domains) < 5000 {
		t.Errorf("the list has %d domains", len(domains))
	}
}

// TestMore: what was added by hand is no more than what the package lacks.
func TestMore(t *testing.T) {
	listed := domainsOf(t, "public.txt")
	for _, domain := range domainsOf(t, "more.txt") {
		if slices.Contains(listed, domain) {
			t.Errorf("%s stands in public.txt: take it out of more.txt", domain)
		}
	}
}

// domainsOf are the domains of a file, sorted and in the form of
// directory.ParseDomain: others would never be found.
func domainsOf(t *testing.T, path string) (domains []string) {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		domain := lines.Text()
		if strings.HasPrefix(domain, "#") {
			continue
		}
		if parsed, err := directory.ParseDomain(domain); err != nil || parsed != domain {
			t.Errorf("%q reads as %q, %v", domain, parsed, err)
		}
		domains = append(domains, domain)
	}
	if !slices.IsSorted(domains) {
		t.Errorf("%s is not sorted", path)
	}
	return domains
}
