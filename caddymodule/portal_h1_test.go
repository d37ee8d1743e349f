package caddymodule

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// dial opens a connection to Caddy, by TLS where the world has it.
func (w *world) dial(protocols ...string) net.Conn {
	w.t.Helper()
	var conn net.Conn
	var err error
	if w.scheme == "https" {
		conn, err = tls.Dial("tcp", fmt.Sprint("127.0.0.1:", w.port), &tls.Config{InsecureSkipVerify: true, ServerName: "client.localhost", NextProtos: protocols})
	} else {
		conn, err = net.Dial("tcp", fmt.Sprint("127.0.0.1:", w.port))
	}
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
		w.t.Fatal(err)
	}
	return conn
}

// wire is a request on HTTP/1.1.
func (w *world) wire(s sent) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: %s\r\n", s.verb(), s.path, w.clientHost())
	for _, f := range s.fields {
		fmt.Fprintf(&b, "%s: %s\r\n", f.name, f.value)
	}
	if s.trailers == nil {
		return b.String() + "\r\n" + s.body
	}
	fmt.Fprintf(&b, "Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n", len(s.body), s.body)
	for _, f := range s.trailers {
		fmt.Fprintf(&b, "%s: %s\r\n", f.name, f.value)
	}
	return b.String() + "\r\n"
}

// TestPortalHTTP1: what of a request reaches a portal.
func TestPortalHTTP1(t *testing.T) {
	attackAll(t, "1.1", func(w *world, s sent) int {
		conn := w.dial("http/1.1")
		if _, err := io.WriteString(conn, w.wire(s)); err != nil {
			w.t.Fatal(err)
		}
		answer, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: s.verb()})
		if err != nil {
			w.t.Fatal(err)
		}
		defer answer.Body.Close()
		if _, err := io.Copy(io.Discard, answer.Body); err != nil {
			w.t.Fatal(err)
		}
		return answer.StatusCode
	})
}

// TestRequestsAsTheyAreWritten sends what only HTTP/1.1 can say. In each, HOST
// is the portal's authority and AUTH the lines that sign in; answers are the
// statuses on the connection, in their order.
func TestRequestsAsTheyAreWritten(t *testing.T) {
	s := besiege(t, "http", "")
	const smuggled = "GET /x HTTP/1.1\r\nHost: HOST\r\nRemote-User: evil\r\nAUTH\r\n\r\n"
	get := func(kept ...string) [][]string { return [][]string{append([]string{"GET /x"}, kept...)} }
	post := func(kept ...string) [][]string { return [][]string{append([]string{"POST /x"}, kept...)} }
	for _, c := range []struct {
		name     string
		sent     string
		answers  []int
		received [][]string // the line, and what is kept beside identity
		body     string     // of the first
	}{
		// Names in Connection: reverse_proxy removes every header that is named.
		{"Connection names ours", "GET /x HTTP/1.1\r\nHost: HOST\r\nConnection: close, Remote-User, X-Frontdesk-Assertion, remote-email\r\nAUTH\r\n\r\n", []int{200}, get(), ""},
		{"Connection on several lines", "GET /x HTTP/1.1\r\nHost: HOST\r\nConnection: Remote-User\r\nConnection: close\r\nConnection: X-Frontdesk-Account-Id\r\nAUTH\r\n\r\n", []int{200}, get(), ""},
		{"Connection names others", "GET /x HTTP/1.1\r\nHost: HOST\r\nConnection: close, Authorization, X-Forwarded-For\r\nAuthorization: Basic eDp5\r\nAUTH\r\n\r\n", []int{200}, get("Authorization: Basic eDp5"), ""},
		{"Keep-Alive and Proxy-Connection name ours", "GET /x HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\nKeep-Alive: Remote-User\r\nProxy-Connection: Remote-User\r\nAUTH\r\n\r\n", []int{200}, get(), ""},

		// Lines that are not as they should be.
		{"a folded line", "GET /x HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\nX-A: b\r\n Remote-User: evil\r\nAUTH\r\n\r\n", []int{200}, get("X-A: b Remote-User: evil"), ""},
		{"bare LF", "GET /x HTTP/1.1\nHost: HOST\nConnection: close\nRemote-User: evil\nX-Frontdesk-Impersonator: evil\nAUTH\n\n", []int{200}, get(), ""},
		{"bare CR", "GET /x HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\nX-A: b\rRemote-User: evil\r\nAUTH\r\n\r\n", []int{400}, nil, ""},
		{"NUL in a value", "GET /x HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\nX-A: b\x00\r\nAUTH\r\n\r\n", []int{400}, nil, ""},
		{"NUL in a name", "GET /x HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\nRemote\x00User: b\r\nAUTH\r\n\r\n", []int{400}, nil, ""},
		{"a space in a name", "GET /x HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\nRemote User: b\r\nAUTH\r\n\r\n", []int{400}, nil, ""},
		{"a space before the colon", "GET /x HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\nRemote-User : b\r\nAUTH\r\n\r\n", []int{400}, nil, ""},
		{"a tab before the colon", "GET /x HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\nRemote-User\t: b\r\nAUTH\r\n\r\n", []int{400}, nil, ""},
		{"a name beyond ASCII", "GET /x HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\nRemote-\u017fer: b\r\nAUTH\r\n\r\n", []int{400}, nil, ""},
		{"no name", "GET /x HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\n: b\r\nAUTH\r\n\r\n", []int{400}, nil, ""},
		{"a first line that is folded", "GET /x HTTP/1.1\r\n Remote-User: evil\r\nHost: HOST\r\nConnection: close\r\nAUTH\r\n\r\n", []int{400}, nil, ""},

		// Targets and hosts. What is sent on is the configured host.
		{"absolute", "GET SCHEME://HOST/x HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\nAUTH\r\n\r\n", []int{200}, get(), ""},
		{"absolute with another scheme", "GET ftp://HOST/x HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\nAUTH\r\n\r\n", []int{200}, get(), ""},
		{"absolute with a name and password", "GET SCHEME://ann:secret@HOST/x HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\nAUTH\r\n\r\n", []int{200}, get(), ""},
		{"absolute at another host", "GET SCHEME://evil.example/x HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\nAUTH\r\n\r\n", []int{421}, nil, ""},
		{"an opaque address", "GET x:admin HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\nAUTH\r\n\r\n", []int{400}, nil, ""},
		{"an authority", "GET HOST HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\nAUTH\r\n\r\n", []int{400}, nil, ""},
		{"an asterisk", "GET * HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\nAUTH\r\n\r\n", []int{400}, nil, ""},
		{"OPTIONS of an asterisk", "OPTIONS * HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\nAUTH\r\n\r\n", []int{200}, nil, ""}, // net/http's own answer
		{"a host in upper case", "GET /x HTTP/1.1\r\nHost: UPPER\r\nConnection: close\r\nAUTH\r\n\r\n", []int{200}, get(), ""},
		{"two hosts", "GET /x HTTP/1.1\r\nHost: HOST\r\nHost: evil.example\r\nConnection: close\r\nAUTH\r\n\r\n", []int{400}, nil, ""},
		{"a host with a name", "GET /x HTTP/1.1\r\nHost: ann@HOST\r\nConnection: close\r\nAUTH\r\n\r\n", []int{400}, nil, ""},
		{"a host with a dot at its end", "GET /x HTTP/1.1\r\nHost: DOT\r\nConnection: close\r\nAUTH\r\n\r\n", []int{421}, nil, ""},
		{"no host", "GET /x HTTP/1.1\r\nConnection: close\r\nAUTH\r\n\r\n", []int{400}, nil, ""},
		{"HTTP/1.0 without a host", "GET /x HTTP/1.0\r\nAUTH\r\n\r\n", []int{421}, nil, ""},
		{"HTTP/1.0", "GET /x HTTP/1.0\r\nHost: HOST\r\nAUTH\r\n\r\n", []int{200}, [][]string{{"GET /x", "Via: 1.0 Caddy"}}, ""},
		{"HTTP/0.9", "GET /x\r\nHost: HOST\r\nAUTH\r\n\r\n", []int{400}, nil, ""},
		{"HTTP/2 without its preface", "GET /x HTTP/2.0\r\nHost: HOST\r\nAUTH\r\n\r\n", []int{505}, nil, ""},

		// Where a body ends. A request that follows one is a request like any
		// other: it is judged, and stripped.
		{"pipelined", "GET /x HTTP/1.1\r\nHost: HOST\r\nAUTH\r\n\r\n" + smuggled + closing, []int{200, 200, 400}, append(get(), get()...), ""},
		{"in a body", "POST /x HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\nContent-Length: 42\r\nAUTH\r\n\r\nGET /x HTTP/1.1\r\nHost: x\r\nRemote-User: e\r\n", []int{200}, post("Content-Length: 42"), "GET /x HTTP/1.1\r\nHost: x\r\nRemote-User: e\r\n"},
		{"chunked and a length", "POST /x HTTP/1.1\r\nHost: HOST\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\nAUTH\r\n\r\n0\r\n\r\n" + smuggled + closing, []int{200, 200, 400}, append(post("Transfer-Encoding: chunked"), get()...), "0\r\n\r\n"},
		{"chunked in another case", "POST /x HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\nTransfer-Encoding: CHUNKED\r\nAUTH\r\n\r\n3\r\nabc\r\n0\r\n\r\n", []int{200}, post("Transfer-Encoding: chunked"), "3\r\nabc\r\n0\r\n\r\n"},
		{"chunked spelled oddly", "POST /x HTTP/1.1\r\nHost: HOST\r\nContent-Length: 4\r\nTransfer-Encoding: xchunked\r\nAUTH\r\n\r\nabcd" + smuggled, []int{501}, nil, ""},
		{"chunked after a control character", "POST /x HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: \x0bchunked\r\nAUTH\r\n\r\n0\r\n\r\n" + smuggled, []int{400}, nil, ""},
		{"chunked and another coding", "POST /x HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: chunked, identity\r\nAUTH\r\n\r\n0\r\n\r\n" + smuggled, []int{501}, nil, ""},
		{"chunked twice", "POST /x HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\nAUTH\r\n\r\n0\r\n\r\n" + smuggled, []int{501}, nil, ""},
		{"chunked with a space before the colon", "POST /x HTTP/1.1\r\nHost: HOST\r\nContent-Length: 4\r\nTransfer-Encoding : chunked\r\nAUTH\r\n\r\n0\r\n\r\n" + smuggled, []int{400}, nil, ""},
		{"extensions of a chunk", "POST /x HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\nTransfer-Encoding: chunked\r\nAUTH\r\n\r\n3;a=b\r\nabc\r\n0;Remote-User=evil\r\n\r\n", []int{200}, post("Transfer-Encoding: chunked"), "3\r\nabc\r\n0\r\n\r\n"},
		{"two lengths", "POST /x HTTP/1.1\r\nHost: HOST\r\nContent-Length: 3\r\nContent-Length: 4\r\nAUTH\r\n\r\nabcd" + smuggled, []int{400}, nil, ""},
		{"the same length twice", "POST /x HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\nContent-Length: 3\r\nContent-Length: 3\r\nAUTH\r\n\r\nabc", []int{200}, post("Content-Length: 3"), "abc"},
		{"a length with a sign", "POST /x HTTP/1.1\r\nHost: HOST\r\nContent-Length: +3\r\nAUTH\r\n\r\nabc" + smuggled, []int{400}, nil, ""},
		{"a list of lengths", "POST /x HTTP/1.1\r\nHost: HOST\r\nContent-Length: 3, 3\r\nAUTH\r\n\r\nabc" + smuggled, []int{400}, nil, ""},
		{"a body that is asked for", "POST /x HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Length: 3\r\nAUTH\r\n\r\nabc", []int{100, 200}, post("Content-Length: 3", "Expect: 100-continue"), "abc"},
		{"another expectation", "POST /x HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\nExpect: Remote-User\r\nContent-Length: 0\r\nAUTH\r\n\r\n", []int{417}, nil, ""},
		{"another TE", "GET /x HTTP/1.1\r\nHost: HOST\r\nConnection: close, TE\r\nTE: gzip, trailers\r\nAUTH\r\n\r\n", []int{200}, get("Te: trailers"), ""},

		// Tunnels. An upgrade that is not admitted is not answered: the request
		// passes, and what follows is a request again. The portal here would
		// answer 101 to any.
		{"h2c", "GET /x HTTP/1.1\r\nHost: HOST\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\nAUTH\r\n\r\n" + smuggled + closing, []int{200, 200, 400}, append(get(), get()...), ""},
		{"h2c behind websocket", "GET /x HTTP/1.1\r\nHost: HOST\r\nConnection: Upgrade\r\nUpgrade: websocket, h2c\r\nORIGIN\r\n" + handshake + "AUTH\r\n\r\n" + smuggled + closing, []int{200, 200, 400}, [][]string{{"GET /x", "ORIGIN", "KEY", "VERSION"}, {"GET /x"}}, ""},
		{"any other protocol", "GET /x HTTP/1.1\r\nHost: HOST\r\nConnection: Upgrade\r\nUpgrade: evil\r\nAUTH\r\n\r\n" + smuggled + closing, []int{200, 200, 400}, append(get(), get()...), ""},
		{"a WebSocket by POST", "POST /x HTTP/1.1\r\nHost: HOST\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nORIGIN\r\n" + handshake + "Content-Length: 3\r\nAUTH\r\n\r\nabc" + closing, []int{200, 400}, post("ORIGIN", "KEY", "VERSION", "Content-Length: 3"), "abc"},
		{"a WebSocket with a body", "GET /x HTTP/1.1\r\nHost: HOST\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nORIGIN\r\n" + handshake + "Content-Length: 3\r\nAUTH\r\n\r\nabc" + closing, []int{200, 400}, get("ORIGIN", "KEY", "VERSION", "Content-Length: 3"), "abc"},
		{"a WebSocket of another site", "GET /x HTTP/1.1\r\nHost: HOST\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nOrigin: https://evil.example\r\n" + handshake + "AUTH\r\n\r\n" + closing, []int{403, 400}, nil, ""},
		{"a WebSocket of a program", "GET /x HTTP/1.1\r\nHost: HOST\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" + handshake + "AUTH\r\n\r\n" + closing, []int{403, 400}, nil, ""},
		{"CONNECT", "CONNECT HOST HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\nAUTH\r\n\r\n", []int{501}, nil, ""},
		{"CONNECT of a path", "CONNECT /x HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\nAUTH\r\n\r\n", []int{501}, nil, ""},
		{"CONNECT elsewhere", "CONNECT evil.example:443 HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\nAUTH\r\n\r\n", []int{421}, nil, ""},
	} {
		s.run(t, c.name, func(t *testing.T) {
			answers, received := s.statuses(s.filled(c.sent)), s.portal.take()
			if fmt.Sprint(answers) != fmt.Sprint(c.answers) || len(received) != len(c.received) {
				t.Fatalf("answers %v, want %v; received %q", answers, c.answers, received)
			}
			for i, want := range c.received {
				body := ""
				if i == 0 {
					body = c.body
				}
				kept := want[1:]
				version := "1.1"
				if i := slices.Index(kept, "Via: 1.0 Caddy"); i >= 0 {
					version, kept = "1.0", slices.Delete(slices.Clone(kept), i, i+1)
				}
				for i := range kept {
					kept[i] = s.filled(kept[i])
				}
				if got, want := sorted(received[i]), s.expected(version, want[0], true, kept, body); got != want {
					t.Errorf("received %d\n%s", i, lineDiff(got, want))
				}
			}
		})
	}
}

const (
	// closing ends a connection by a request that nobody takes.
	closing   = "GET x HTTP/1.1\r\n\r\n"
	handshake = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
)

// filled puts into a request what only the world knows.
func (s *siege) filled(request string) string {
	host, port, _ := strings.Cut(s.clientHost(), ":")
	return strings.NewReplacer(
		"UPPER", strings.ToUpper(host)+":"+port, "DOT", host+".:"+port, "HOST", s.clientHost(), "SCHEME", s.scheme, "AUTH", "Cookie: "+s.cookie,
		"ORIGIN", "Origin: "+s.origin("client"),
		"KEY", "Sec-Websocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "VERSION", "Sec-Websocket-Version: 13",
	).Replace(request)
}

// statuses sends what is written and returns the statuses of the answers, until
// the connection ends.
func (w *world) statuses(request string) (statuses []int) {
	w.t.Helper()
	conn := w.dial("http/1.1")
	if _, err := io.WriteString(conn, request); err != nil {
		w.t.Fatal(err)
	}
	in := bufio.NewReader(conn)
	for {
		answer, err := http.ReadResponse(in, nil)
		if err != nil {
			return statuses
		}
		statuses = append(statuses, answer.StatusCode)
		if answer.StatusCode == http.StatusContinue {
			continue
		}
		if _, err := io.Copy(io.Discard, answer.Body); err != nil {
			return statuses // of a refusal, by a reset
		}
	}
}
