package caddymodule

import (
	"net/http"
	"testing"
)

// TestTrustedProxies: a trusted proxy says where a request comes from, in the
// names' one spelling. It does not say who is calling or what is asked for.
func TestTrustedProxies(t *testing.T) {
	for _, c := range []struct {
		name, global string
		kept         []string
	}{
		{"not trusted", "", []string{"X-Forwarded-For: 127.0.0.1", "X-Forwarded-Proto: http"}},
		{"another one trusted", "servers {\n\t\ttrusted_proxies static 192.0.2.1\n\t}", []string{"X-Forwarded-For: 127.0.0.1", "X-Forwarded-Proto: http"}},
		{"trusted", "servers {\n\t\ttrusted_proxies static 127.0.0.1\n\t\texpected_underscore_headers x_real_ip\n\t}", []string{
			"X-Forwarded-For: 198.51.100.7, 127.0.0.1", "X-Forwarded-Proto: http", "X-Forwarded-Port: 8443", "X-Forwarded-Prefix: /desk", "Forwarded: for=198.51.100.7",
			"Cf-Connecting-Ip: 198.51.100.7", "Ssl-Client-Verify: SUCCESS", "True-Client-Ip: 198.51.100.7",
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			w.global = c.global
			p := w.withRawPortal()
			w.start()
			status := w.statuses(w.wire(sent{path: "/public", fields: []field{
				{"Connection", "close"}, {"X-Forwarded-For", "198.51.100.7"}, {"X-Forwarded-Proto", "gopher"}, {"X-Forwarded-Host", "evil.example"},
				{"X-Forwarded-Port", "8443"}, {"X-Forwarded-Prefix", "/desk"}, {"Forwarded", "for=198.51.100.7"}, {"Cf-Connecting-Ip", "198.51.100.7"}, {"True-Client-Ip", "198.51.100.7"},
				{"Ssl-Client-Verify", "SUCCESS"}, {"X_Real_Ip", "198.51.100.7"}, {"X~Forwarded~Port", "1"},
				{"X-Forwarded-User", "evil"}, {"X-Auth-Request-Email", "evil"}, {"Remote-User", "evil"}, {"Cf-Access-Jwt-Assertion", "evil"},
				{"X-Original-Url", "/admin"}, {"X-Rewrite-Url", "/admin"}, {"X-Forwarded-Uri", "/admin"}, {"X-Host", "evil.example"}, {"Proxy", "evil.example"},
			}}))
			received := p.take()
			if len(status) != 1 || status[0] != http.StatusOK || len(received) != 1 {
				t.Fatalf("%v; received %q", status, received)
			}
			want := "GET /public HTTP/1.1\n" + sortedLines(append(c.kept, "Accept-Encoding: gzip", "Host: "+w.clientHost(), "X-Forwarded-Host: "+w.clientHost(), "Via: 1.1 Caddy")) + "\n\n"
			if got := sorted(received[0]); got != want {
				t.Errorf("received\n%s", lineDiff(got, want))
			}
		})
	}
}
