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
	t.Setenv("NAME", "127.0.0.1")
	for _, c := range []struct{ name, sites, told string }{
		{"behind it alone", "portal.msp.example {\nfrontdesk client\nhandle /a/* {\nreverse_proxy 127.0.0.1:8080\n}\nreverse_proxy 127.0.0.1:8080\n}", ""},
		{"in another block", "portal.msp.example {\nhandle /api/* {\nreverse_proxy 127.0.0.1:8080\n}\nhandle {\nfrontdesk client\nreverse_proxy 127.0.0.1:8080\n}\n}",
			`at 127.0.0.1:8080 is behind frontdesk, and is reached without it, too: `},
		{"one of several", "portal.msp.example {\nhandle /api/* {\nreverse_proxy 127.0.0.1:8081 127.0.0.1:8082\n}\nhandle {\nfrontdesk client\nreverse_proxy 127.0.0.1:8080 127.0.0.1:8081\n}\n}", "the portal at 127.0.0.1:8081 is behind"},
		{"another portal", "portal.msp.example {\nhandle /api/* {\nreverse_proxy 127.0.0.1:8081\n}\nhandle {\nfrontdesk client\nreverse_proxy 127.0.0.1:8080\n}\n}", ""},
		{"in another site", "portal.msp.example {\nfrontdesk client\nreverse_proxy 127.0.0.1:8080\n}\napi.msp.example {\nreverse_proxy 127.0.0.1:8080\n}", "the portal at 127.0.0.1:8080 is behind"},
		{"asked by forward_auth", "portal.msp.example {\nroute {\nforward_auth 127.0.0.1:8080 {\nuri /may\n}\nfrontdesk client\nreverse_proxy 127.0.0.1:8080\n}\n}", ""},
		{"asked by forward_auth behind it, with a site of its own", "portal.msp.example {\nfrontdesk client\nhandle /a/* {\nforward_auth 127.0.0.1:9091 {\nuri /may\n}\nreverse_proxy 127.0.0.1:8080\n}\n}\nauth.msp.example {\nreverse_proxy 127.0.0.1:9091\n}", ""},
		{"behind blocks that all have it", "portal.msp.example {\nhandle /api/* {\nfrontdesk client {\npublic /api/*\n}\n}\nhandle {\nfrontdesk client\n}\nreverse_proxy 127.0.0.1:8080\n}", ""},
		{"behind blocks that all have it, or answer", "*.msp.example {\n@portal host portal.msp.example\nhandle @portal {\nfrontdesk client\n}\n@tech host tech.msp.example\nhandle @tech {\nfrontdesk tech\n}\nhandle {\nabort\n}\nreverse_proxy 127.0.0.1:8080\n}", ""},
		{"behind blocks some of which have it", "portal.msp.example {\nhandle /api/* {\nheader X-Api yes\n}\nhandle {\nfrontdesk client\n}\nreverse_proxy 127.0.0.1:8080\n}", "the portal at 127.0.0.1:8080 is behind"},
		{"behind blocks that have it, for some", "portal.msp.example {\nhandle /a/* {\nfrontdesk client\n}\nhandle /b/* {\nfrontdesk client\n}\nreverse_proxy 127.0.0.1:8080\n}", "the portal at 127.0.0.1:8080 is behind"},
		{"behind a block whose portal does not answer all", "portal.msp.example {\nhandle /a/* {\nreverse_proxy 127.0.0.1:8081 {\n@missing status 404\nhandle_response @missing {\nheader X-From app\n}\n}\n}\nhandle {\nfrontdesk client\n}\nreverse_proxy 127.0.0.1:8080\n}", "the portal at 127.0.0.1:8080 is behind"},
		{"behind a block whose portal's answers are shown", "portal.msp.example {\nhandle /a/* {\nreverse_proxy 127.0.0.1:8081 {\n@missing status 404\nhandle_response @missing {\nerror 404\n}\nhandle_response {\ncopy_response 200\n}\n}\n}\nhandle /c/* {\nreverse_proxy 127.0.0.1:8081 {\n@missing status 404\nreplace_status @missing 200\n}\n}\nhandle /b/* {\nerror 410\n}\nhandle {\nfrontdesk client\n}\nreverse_proxy 127.0.0.1:8080\n}", ""},
		{"behind a block that hints at what is to come", "portal.msp.example {\nhandle /a/* {\nrespond 103\n}\nhandle {\nfrontdesk client\n}\nreverse_proxy 127.0.0.1:8080\n}", "the portal at 127.0.0.1:8080 is behind"},
		{"behind a block that may hint at what is to come", "portal.msp.example {\nhandle /a/* {\nrespond x {query.status}\n}\nhandle {\nfrontdesk client\n}\nreverse_proxy 127.0.0.1:8080\n}", "the portal at 127.0.0.1:8080 is behind"},
		{"behind a hint behind frontdesk", "portal.msp.example {\nhandle /api/* {\nreverse_proxy 127.0.0.1:8080\n}\nhandle {\nfrontdesk client\nrespond 103\nreverse_proxy 127.0.0.1:8080\n}\n}", "the portal at 127.0.0.1:8080 is behind"},
		{"behind a block that says what became of it", "portal.msp.example {\nhandle /a/* {\nrespond 410\n}\nhandle /b/* {\nrespond x {err.status_code}\n}\nhandle {\nfrontdesk client\n}\nreverse_proxy 127.0.0.1:8080\n}", ""},
		{"for errors of another site", "portal.msp.example {\nfrontdesk client\nreverse_proxy 127.0.0.1:8080\n}\nstatus.msp.example {\nreverse_proxy 127.0.0.1:8081\nhandle_errors {\nreverse_proxy 127.0.0.1:8080\n}\n}", "the portal at 127.0.0.1:8080 is behind"},
		{"for errors, and in another site", "portal.msp.example {\nfrontdesk client\nreverse_proxy 127.0.0.1:8080\nhandle_errors {\nfrontdesk client\nreverse_proxy 127.0.0.1:8081\n}\n}\nstatus.msp.example {\nreverse_proxy 127.0.0.1:8081\n}", "the portal at 127.0.0.1:8081 is behind"},
		{"for errors, judged there as well", "portal.msp.example {\nfrontdesk client\nreverse_proxy 127.0.0.1:8080\nhandle_errors {\nfrontdesk client\nreverse_proxy 127.0.0.1:8080\n}\n}", ""},
		{"for answers of another site's", "portal.msp.example {\nfrontdesk client\nreverse_proxy 127.0.0.1:8080\n}\nstatus.msp.example {\nintercept {\n@missing status 404\nhandle_response @missing {\nreverse_proxy 127.0.0.1:8080\n}\n}\nreverse_proxy 127.0.0.1:8081\n}", "the portal at 127.0.0.1:8080 is behind"},
		{"for answers behind it", "portal.msp.example {\nfrontdesk client\nintercept {\n@missing status 404\nhandle_response @missing {\nreverse_proxy 127.0.0.1:8080\n}\n}\nreverse_proxy 127.0.0.1:8081\n}\nstatus.msp.example {\nreverse_proxy 127.0.0.1:8082\n}", ""},
		{"spelt otherwise", "portal.msp.example {\nhandle /api/* {\nreverse_proxy localhost:8080\n}\nhandle {\nfrontdesk client\nreverse_proxy 127.0.0.1:8080\n}\n}", "the portal at localhost:8080 is behind"},
		{"spelt by its port alone", "portal.msp.example {\nhandle /api/* {\nreverse_proxy :8080\n}\nhandle {\nfrontdesk client\nreverse_proxy h2c://[::1]:8080\n}\n}", "the portal at :8080 is behind"},
		{"by a name spelt otherwise", "portal.msp.example {\nhandle /api/* {\nreverse_proxy http://App\n}\nhandle {\nfrontdesk client\nreverse_proxy app:80\n}\n}", "is behind frontdesk"},
		{"at another port", "portal.msp.example {\nhandle /api/* {\nreverse_proxy localhost:8081\n}\nhandle {\nfrontdesk client\nreverse_proxy 127.0.0.1:8080\n}\n}", ""},
		{"each host's own", "portal.msp.example {\nfrontdesk client\nvars upstream 127.0.0.1:8080\nreverse_proxy {vars.upstream}\n}\nstatus.msp.example {\nvars upstream 127.0.0.1:8081\nreverse_proxy {vars.upstream}\n}", ""},
		{"the host's own, in another block", "portal.msp.example {\nvars upstream 127.0.0.1:8080\nhandle /api/* {\nreverse_proxy {vars.upstream}\n}\nhandle {\nfrontdesk client\nreverse_proxy {vars.upstream}\n}\n}", "the portal at {http.vars.upstream} of portal.msp.example is behind"},
		{"by the environment, in another site", "portal.msp.example {\nfrontdesk client\nreverse_proxy {env.NAME}:8080\n}\napi.msp.example {\nreverse_proxy 127.0.0.1:8080\n}", "the portal at 127.0.0.1:8080 is behind"},
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
