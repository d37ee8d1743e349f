package caddymodule

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
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

// TestUnixSocket: a client without an address ("@" to Caddy). reverse_proxy says
// nothing about one that is not trusted, instead of guessing.
func TestUnixSocket(t *testing.T) {
	for _, c := range []struct {
		name, global string
		kept         []string
	}{
		{"not trusted", "", nil},
		{"trusted", "servers {\n\t\ttrusted_proxies_unix\n\t}", []string{"X-Forwarded-For: 198.51.100.7", "X-Forwarded-Proto: http", "X-Forwarded-Host: HOST", "X-Real-Ip: 198.51.100.7"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			w.global = c.global
			p := w.withRawPortal()
			socket := filepath.Join(t.TempDir(), "s")
			host := fmt.Sprint("socket.localhost:", w.port)
			w.origins = " http://" + host
			w.sites = fmt.Sprintf("http://%s {\n\tbind unix/%s\n\tfrontdesk client {\n\t\tpublic /public\n\t}\n\treverse_proxy %s\n}\n", host, socket, p.Addr())
			w.start()
			conn, err := net.Dial("unix", socket)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			if _, err := io.WriteString(conn, "GET /public HTTP/1.1\r\nHost: "+host+"\r\nConnection: close\r\nX-Forwarded-For: 198.51.100.7\r\nX-Forwarded-Proto: gopher\r\n"+
				"X-Forwarded-Host: evil.example\r\nX-Real-IP: 198.51.100.7\r\nForwarded_For: evil\r\nX-Remote-User: evil\r\n\r\n"); err != nil {
				t.Fatal(err)
			}
			if _, err := io.ReadAll(conn); err != nil {
				t.Fatal(err)
			}
			received := p.take()
			if len(received) != 1 {
				t.Fatalf("received %q", received)
			}
			lines := append(c.kept, "Accept-Encoding: gzip", "Host: "+host, "Via: 1.1 Caddy")
			want := "GET /public HTTP/1.1\n" + strings.ReplaceAll(sortedLines(lines), "HOST", host) + "\n\n"
			if got := sorted(received[0]); got != want {
				t.Errorf("received\n%s", lineDiff(got, want))
			}
		})
	}
}
