package maildomain

import (
	"bufio"
	"os"
	"sort"
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

// TestList checks what refresh.sh makes: a line that is not in the form of
// directory.ParseDomain would never be found.
func TestList(t *testing.T) {
	file, err := os.Open("public.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var domains []string
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
	if len(domains) < 5000 || !sort.StringsAreSorted(domains) {
		t.Errorf("the list has %d domains, sorted: %v", len(domains), sort.StringsAreSorted(domains))
	}
}
