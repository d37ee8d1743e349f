package caddymodule

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestBeside: a portal that is reached without the directive, too, is told of in the log.
func TestBeside(t *testing.T) {
	atHome(t)
	for _, c := range []struct{ name, sites, told string }{
		{"behind it alone", "portal.msp.example {\nfrontdesk client\nhandle /a/* {\nreverse_proxy 127.0.0.1:8080\n}\nreverse_proxy 127.0.0.1:8080\n}", ""},
		{"in another block", "portal.msp.example {\nhandle /api/* {\nreverse_proxy 127.0.0.1:8080\n}\nhandle {\nfrontdesk client\nreverse_proxy 127.0.0.1:8080\n}\n}",
			`at 127.0.0.1:8080 is behind frontdesk, and is reached without it, too: `},
		{"one of several", "portal.msp.example {\nhandle /api/* {\nreverse_proxy 127.0.0.1:8081 127.0.0.1:8082\n}\nhandle {\nfrontdesk client\nreverse_proxy 127.0.0.1:8080 127.0.0.1:8081\n}\n}", "the portal at 127.0.0.1:8081 is behind"},
		{"another portal", "portal.msp.example {\nhandle /api/* {\nreverse_proxy 127.0.0.1:8081\n}\nhandle {\nfrontdesk client\nreverse_proxy 127.0.0.1:8080\n}\n}", ""},
		{"in another site", "portal.msp.example {\nfrontdesk client\nreverse_proxy 127.0.0.1:8080\n}\napi.msp.example {\nreverse_proxy 127.0.0.1:8080\n}", "the portal at 127.0.0.1:8080 is behind"},
		{"asked by forward_auth", "portal.msp.example {\nroute {\nforward_auth 127.0.0.1:8080 {\nuri /may\n}\nfrontdesk client\nreverse_proxy 127.0.0.1:8080\n}\n}", ""},
		{"judged there as well", "portal.msp.example {\nhandle /api/* {\nfrontdesk client {\npublic /api/*\n}\nreverse_proxy 127.0.0.1:8080\n}\nhandle {\nfrontdesk client\nreverse_proxy 127.0.0.1:8080\n}\n}", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			log := filepath.Join(t.TempDir(), "log")
			checkOrdered(t, validateSites("log {\noutput file "+log+" {\nmode 0600\n}\nformat console\n}\n", c.sites), "")
			text, err := os.ReadFile(log)
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Contains(string(text), "is reached without it"); got != (c.told != "") || !strings.Contains(string(text), c.told) {
				t.Errorf("want %q in\n%s", c.told, text)
			}
		})
	}
}
