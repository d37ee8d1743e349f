package caddymodule

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// serving are global options for all servers.
func serving(options string) string { return "servers {\n" + options + "\n\t}\n" }

// typesUnknown types addresses that nobody has, each time with other headers,
// until the client is refused, and returns how many were answered.
func (w *world) typesUnknown(header func(i int) http.Header) (answered int) {
	w.t.Helper()
	v := w.visitor()
	v.get(w.origin("client")+"/").wants(w.t, 200)
	for i := range 14 {
		r, err := http.NewRequestWithContext(w.t.Context(), http.MethodPost, w.origin("client")+"/frontdesk/sign-in",
			strings.NewReader(url.Values{"step": {"email"}, "email": {"x@nowhere.example"}}.Encode()))
		if err != nil {
			w.t.Fatal(err)
		}
		r.Header = header(i)
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", w.origin("client"))
		if p := v.do(r); p.StatusCode == http.StatusUnprocessableEntity {
			answered++
		} else {
			p.wants(w.t, http.StatusTooManyRequests)
		}
	}
	return answered
}

// TestClientAddress: clients are counted by the address that Caddy trusts, and
// by no header but that of a proxy which it trusts.
func TestClientAddress(t *testing.T) {
	const limited, free = 10, 14
	only := func(name string, value func(i int) string) func(int) http.Header {
		return func(i int) http.Header { return http.Header{name: {value(i)}} }
	}
	each := func(i int) string { return fmt.Sprintf("203.0.113.%d", i) }
	const trusted = "\t\ttrusted_proxies static 127.0.0.1/32\n"
	for _, tt := range []struct {
		name, servers string
		header        func(i int) http.Header
		answered      int
	}{
		{"X-Forwarded-For of a stranger", "", only("X-Forwarded-For", each), limited},
		{"X-Real-IP of a stranger", "", only("X-Real-Ip", each), limited},
		{"Forwarded of a stranger", "", only("Forwarded", func(i int) string { return "for=" + each(i) }), limited},
		{"Client-IP of a stranger", "", only("Client-Ip", each), limited},
		{"True-Client-IP of a stranger", "", only("True-Client-Ip", each), limited},
		{"of a trusted proxy", trusted, only("X-Forwarded-For", each), free},
		{"of a trusted proxy, a network of IPv6", trusted, only("X-Forwarded-For", func(i int) string { return fmt.Sprintf("2001:db8::%x", i+1) }), limited},
		{"of a trusted proxy, by NAT64", trusted, only("X-Forwarded-For", func(i int) string { return "64:ff9b::" + each(i) }), free},
		{"X-Real-IP through a trusted proxy", trusted, only("X-Real-Ip", each), limited},
		{"made up before a strict proxy", trusted + "\t\ttrusted_proxies_strict\n",
			only("X-Forwarded-For", func(i int) string { return each(i) + ", 198.51.100.1" }), limited},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			w.options = "limits {\n\t\t\tunknown_addresses_per_client 10\n\t\t}"
			w.global = serving(tt.servers)
			w.start()
			if n := w.typesUnknown(tt.header); n != tt.answered {
				t.Errorf("%d were answered, want %d", n, tt.answered)
			}
		})
	}
}

// TestReloadForgetsNoAttempt: what was counted goes on to count.
func TestReloadForgetsNoAttempt(t *testing.T) {
	w := newWorld(t)
	w.options = "limits {\n\t\t\tunknown_addresses_per_client 20\n\t\t}"
	w.start()
	none := func(int) http.Header { return http.Header{} }
	if n := w.typesUnknown(none); n != 14 {
		t.Fatalf("%d were answered", n)
	}
	if err := w.load(); err != nil {
		t.Fatal(err)
	}
	if n := w.typesUnknown(none); n != 6 {
		t.Errorf("%d more were answered, want 6", n)
	}
}

// TestProxiesAreToldFromClients: where Caddy would believe what a client wrote
// before the proxy did, the operator is warned.
func TestProxiesAreToldFromClients(t *testing.T) {
	const trusted = "\t\ttrusted_proxies static 127.0.0.1/32\n"
	for _, tt := range []struct {
		name, servers string
		warned        bool
	}{
		{"no proxies", "", false},
		{"proxies", trusted, true},
		{"proxies, strictly", trusted + "\t\ttrusted_proxies_strict\n", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			log := filepath.Join(t.TempDir(), "log")
			w.global = serving(tt.servers) + "\tlog {\n\t\toutput file " + log + "\n\t}\n"
			w.start()
			w.visitor().get(w.origin("client")+"/").wants(t, 200)
			text, err := os.ReadFile(log)
			if err != nil {
				t.Fatal(err)
			}
			if warned := strings.Contains(string(text), "trusted_proxies_strict"); warned != tt.warned {
				t.Errorf("warned %t in\n%s", warned, text)
			}
		})
	}
}
