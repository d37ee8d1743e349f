package caddymodule

import (
	"bufio"
	"io"
	"net/http"
	"strings"
	"testing"
)

// kept lines of a WebSocket's opening, as a portal receives them.
func openingLines(origin string) []string {
	lines := []string{"Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: *"}
	if origin != "" {
		lines = append(lines, "Origin: "+origin)
	}
	return lines
}

// sortedOpening is [sorted], but for the key, which reverse_proxy draws itself
// for CONNECT.
func sortedOpening(request string) string {
	head, body, _ := strings.Cut(request, "\r\n\r\n")
	lines := strings.Split(head, "\r\n")
	for i, line := range lines {
		if strings.HasPrefix(line, "Sec-WebSocket-Key: ") {
			lines[i] = "Sec-WebSocket-Key: *"
		}
	}
	return sorted(strings.Join(lines, "\r\n") + "\r\n\r\n" + body)
}

// TestWebSocketHTTP1: the tunnel of the site's own pages opens, with identity,
// and carries what is sent.
func TestWebSocketHTTP1(t *testing.T) {
	s := besiege(t, "https", "")
	for _, c := range []struct {
		asker
		origin string
	}{
		{asker{"signed in", "/x", true}, s.origin("client")},
		{asker{"on a public path", "/public", false}, s.origin("client")},
		{asker{"on a public path, a program", "/public", false}, ""},
	} {
		s.run(t, c.name, func(t *testing.T) {
			ask := sent{path: c.path, fields: []field{
				{"Connection", "keep-alive, Upgrade, Remote-User"}, {"Upgrade", "WebSocket"}, {"Remote-User", "evil"}, {"X-Frontdesk-Impersonator", "evil"},
				{"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="}, {"Sec-WebSocket-Version", "13"},
			}}
			if c.origin != "" {
				ask.fields = append(ask.fields, field{"Origin", c.origin})
			}
			if c.signedIn {
				ask.fields = append(ask.fields, field{"Cookie", s.cookie})
			}
			conn := s.dial("http/1.1")
			const spoken = "GET /x HTTP/1.1\r\nRemote-User: evil\r\n\r\n"
			if _, err := io.WriteString(conn, s.wire(ask)); err != nil {
				t.Fatal(err)
			}
			in := bufio.NewReader(conn)
			answer, err := http.ReadResponse(in, nil)
			if err != nil || answer.StatusCode != http.StatusSwitchingProtocols {
				t.Fatalf("%+v %v", answer, err)
			}
			if _, err := io.WriteString(conn, spoken); err != nil {
				t.Fatal(err)
			}
			echoed := make([]byte, len(spoken))
			if _, err := io.ReadFull(in, echoed); err != nil || string(echoed) != spoken {
				t.Errorf("%q %v", echoed, err)
			}
			received := s.portal.take()
			if len(received) != 1 {
				t.Fatalf("received %q", received)
			}
			if got, want := sortedOpening(received[0]), s.expected("1.1", "GET "+c.path, c.signedIn, openingLines(c.origin), ""); got != want {
				t.Errorf("received\n%s", lineDiff(got, want))
			}
		})
	}
}

// extendedConnect opens a WebSocket on HTTP/2 and HTTP/3.
func (s *siege) extendedConnect(protocol, path, origin string, signedIn bool) []field {
	header := s.pseudo(sent{method: "CONNECT", path: path})
	header = append(header, field{":protocol", protocol}, field{"sec-websocket-version", "13"}, field{"remote-user", "evil"})
	if origin != "" {
		header = append(header, field{"origin", origin})
	}
	if signedIn {
		header = append(header, field{"cookie", s.cookie})
	}
	return header
}

// TestWebSocketHTTP2: Go's server does not offer extended CONNECT (RFC 8441)
// unless GODEBUG has http2xconnect=1, and resets a stream that asks for it.
// Browsers open WebSockets by HTTP/1.1 then.
func TestWebSocketHTTP2(t *testing.T) {
	s := besiege(t, "https", "")
	if status := s.frames(s.extendedConnect("websocket", "/x", s.origin("client"), true), "", nil); status != 0 || len(s.portal.take()) != 0 {
		t.Errorf("status %d", status)
	}
}

// TestWebSocketHTTP3: quic-go offers extended CONNECT (RFC 9220), and
// reverse_proxy makes a GET with an upgrade of it, for WebSockets only. Who may
// open one is the same as on HTTP/1.1.
func TestWebSocketHTTP3(t *testing.T) {
	s := besiege(t, "https", "")
	here := s.origin("client")
	for _, c := range []struct {
		name, protocol, origin string
		asker
		status int
	}{
		{"signed in", "websocket", here, asker{path: "/x", signedIn: true}, 200},
		{"on a public path", "websocket", here, asker{path: "/public"}, 200},
		{"a program on a public path", "websocket", "", asker{path: "/public"}, 200},
		{"a program with a session", "websocket", "", asker{path: "/public", signedIn: true}, 403},
		{"another site's", "websocket", "https://evil.example", asker{path: "/public"}, 403},
		{"without a session", "websocket", here, asker{path: "/x"}, 401},
		{"UDP", "connect-udp", here, asker{path: "/x", signedIn: true}, 501},
		{"WebTransport", "webtransport", here, asker{path: "/x", signedIn: true}, 501},
		{"in another case", "WebSocket", here, asker{path: "/x", signedIn: true}, 501},
		{"at a page of ours", "websocket", here, asker{path: "/frontdesk/whoami", signedIn: true}, 405},
	} {
		s.run(t, c.name, func(t *testing.T) {
			status := s.framesH3(s.dialQUIC(), s.extendedConnect(c.protocol, c.path, c.origin, c.signedIn), "spoken", nil)
			received := s.portal.take()
			if status != c.status || (len(received) == 1) != (status == 200) {
				t.Fatalf("status %d, want %d; received %q", status, c.status, received)
			}
			if status != 200 {
				return
			}
			if got, want := sortedOpening(received[0]), s.expected("3.0", "GET "+c.path, c.signedIn, openingLines(c.origin), ""); got != want {
				t.Errorf("received\n%s", lineDiff(got, want))
			}
		})
	}
}
