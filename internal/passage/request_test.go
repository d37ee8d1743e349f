package passage

import (
	"crypto/tls"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// TestMethods: those that are registered, in the very case.
func TestMethods(t *testing.T) {
	for method, want := range map[string]Request{
		"GET": Plain, "HEAD": Plain, "POST": Plain, "PUT": Plain, "DELETE": Plain, "OPTIONS": Plain, "PATCH": Plain, "QUERY": Plain,
		"PROPFIND": Plain, "VERSION-CONTROL": Plain, "MKCALENDAR": Plain, "LOCK": Plain, "SEARCH": Plain,
		"CONNECT": UnknownMethod, "TRACE": UnknownMethod, "PRI": UnknownMethod, "TRACK": UnknownMethod, "get": UnknownMethod, "Get": UnknownMethod,
		"GETX": UnknownMethod, "PURGE": UnknownMethod, "DEBUG": UnknownMethod, "*": UnknownMethod, "": UnknownMethod, "POST ": UnknownMethod,
	} {
		r := asked(http.Header{})
		r.Method = method
		if got := NewFilter().Admit(r, true); got != want {
			t.Errorf("%q: %d, want %d", method, got, want)
		}
	}
}

func TestTargets(t *testing.T) {
	for _, c := range []struct {
		name  string
		url   url.URL
		major int
		want  Request
	}{
		{"a path", url.URL{Path: "/x"}, 1, Plain},
		{"a path that is double", url.URL{Path: "//x"}, 1, Plain},
		{"absolute", url.URL{Scheme: "http", Host: "h", Path: "/x"}, 1, Plain},
		{"absolute without a path", url.URL{Scheme: "http", Host: "h"}, 1, Plain},
		{"absolute on HTTP/2", url.URL{Scheme: "http", Host: "h", Path: "/x"}, 2, BadTarget},
		{"two slashes on HTTP/3", url.URL{Host: "h", Path: "/x"}, 3, BadTarget},
		{"opaque", url.URL{Scheme: "x", Opaque: "admin"}, 1, BadTarget},
		{"asterisk", url.URL{Path: "*"}, 1, BadTarget},
		{"nothing", url.URL{}, 1, BadTarget},
		{"a space in the query", url.URL{Path: "/x", RawQuery: "y HTTP/1.0"}, 2, BadTarget},
	} {
		r := asked(http.Header{})
		r.URL, r.ProtoMajor = &c.url, c.major
		if got := NewFilter().Admit(r, false); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
}

// TestEarlyData: only what changes nothing may be replayed.
func TestEarlyData(t *testing.T) {
	for method, want := range map[string]Request{
		"GET": Plain, "HEAD": Plain, "OPTIONS": Plain, "PROPFIND": Plain, "REPORT": Plain, "SEARCH": Plain, "QUERY": Plain,
		"POST": TooEarly, "PUT": TooEarly, "DELETE": TooEarly, "PATCH": TooEarly, "PROPPATCH": TooEarly, "COPY": TooEarly, "LOCK": TooEarly,
	} {
		for _, done := range []bool{false, true} {
			if done {
				want = Plain
			}
			r := asked(http.Header{})
			r.Method, r.TLS = method, &tls.ConnectionState{HandshakeComplete: done}
			if got := NewFilter().Admit(r, false); got != want {
				t.Errorf("%s with the handshake done %t: %d, want %d", method, done, got, want)
			}
			r.Header["Early-Data"] = []string{"1"} // by a proxy's word, it was not
			if got := NewFilter().Admit(r, false); (got == TooEarly) == safe(method) {
				t.Errorf("%s with the handshake done %t here, and not at a proxy: %d", method, done, got)
			}
		}
	}
	r := opening()
	r.Method, r.ProtoMajor, r.Proto, r.TLS = "CONNECT", 3, "websocket", &tls.ConnectionState{}
	if got := NewFilter().Admit(r, false); got != TooEarly {
		t.Errorf("a WebSocket: %d", got)
	}
}

// opening is that of a WebSocket by HTTP/1.1.
func opening() *http.Request {
	return asked(http.Header{
		"Connection": {"keep-alive, Upgrade"}, "Upgrade": {"websocket"}, "Sec-Websocket-Version": {"13"}, "Sec-Websocket-Key": {"dGhlIHNhbXBsZSBub25jZQ=="},
	})
}

// TestUpgrades: a WebSocket that is opened by the book, and nothing else; the
// rest is answered as if it had not asked.
func TestUpgrades(t *testing.T) {
	header := func(name string, values ...string) func(*http.Request) {
		return func(r *http.Request) {
			if r.Header[name] = values; values == nil {
				delete(r.Header, name)
			}
		}
	}
	extended := func(major int, proto string) func(*http.Request) {
		return func(r *http.Request) {
			r.Method, r.ProtoMajor, r.ProtoMinor, r.Proto = "CONNECT", major, 0, proto
			r.Header = http.Header{"Sec-Websocket-Version": {"13"}}
			r.ContentLength = -1
		}
	}
	for _, c := range []struct {
		name   string
		change func(*http.Request)
		want   Request
	}{
		{"by the book", func(*http.Request) {}, WebSocket},
		{"in another case", func(r *http.Request) { header("Connection", "UPGRADE")(r); header("Upgrade", "WebSocket")(r) }, WebSocket},
		{"Connection over two lines", header("Connection", "keep-alive", "upgrade"), WebSocket},
		{"Connection with names to remove", header("Connection", "Upgrade, Remote-User, X-Frontdesk-Assertion"), WebSocket},
		{"no Connection", header("Connection"), Plain},
		{"Connection without it", header("Connection", "keep-alive"), Plain},
		{"no Upgrade", header("Upgrade"), Plain},
		{"h2c", header("Upgrade", "h2c"), Plain},
		{"several", header("Upgrade", "websocket, h2c"), Plain},
		{"several the other way round", header("Upgrade", "h2c, websocket"), Plain},
		{"over two lines", header("Upgrade", "websocket", "h2c"), Plain},
		{"twice", header("Upgrade", "websocket", "websocket"), Plain},
		{"with a version", header("Upgrade", "websocket/13"), Plain},
		{"TLS", header("Upgrade", "TLS/1.0"), Plain},
		{"no key", header("Sec-Websocket-Key"), Plain},
		{"two keys", header("Sec-Websocket-Key", "a", "b"), Plain},
		{"no version", header("Sec-Websocket-Version"), Plain},
		{"another version", header("Sec-Websocket-Version", "1337"), Plain},
		{"two versions", header("Sec-Websocket-Version", "13", "8"), Plain},
		{"by POST", func(r *http.Request) { r.Method = "POST" }, Plain},
		{"with a body", func(r *http.Request) { r.ContentLength = 5 }, Plain},
		{"with a body of unknown length", func(r *http.Request) { r.ContentLength = -1 }, Plain},
		{"on HTTP/1.0", func(r *http.Request) { r.ProtoMinor = 0 }, Plain},
		{"as on HTTP/1.1, on HTTP/2", func(r *http.Request) { r.ProtoMajor = 2 }, Plain},
		{"CONNECT on HTTP/3", extended(3, "websocket"), WebSocket},
		{"CONNECT on HTTP/3 without a version", func(r *http.Request) { extended(3, "websocket")(r); r.Header = http.Header{} }, UnknownMethod},
		{"CONNECT on HTTP/3 for UDP", extended(3, "connect-udp"), UnknownMethod},
		{"CONNECT on HTTP/3 for nothing", extended(3, "HTTP/3.0"), UnknownMethod},
		{"CONNECT on HTTP/2", func(r *http.Request) { extended(2, "HTTP/2.0")(r); r.Header[":protocol"] = []string{"websocket"} }, WebSocket},
		{"CONNECT on HTTP/2 for nothing", extended(2, "HTTP/2.0"), UnknownMethod},
		{"GET with :protocol on HTTP/2", func(r *http.Request) {
			extended(2, "HTTP/2.0")(r)
			r.Method, r.Header[":protocol"] = "GET", []string{"websocket"}
		}, Plain},
		{"CONNECT on HTTP/1.1", func(r *http.Request) { r.Method = "CONNECT" }, UnknownMethod},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := opening()
			c.change(r)
			if got := NewFilter().Admit(r, true); got != c.want {
				t.Errorf("%d, want %d", got, c.want)
			}
			connection, upgrade, protocol := r.Header["Connection"], r.Header["Upgrade"], r.Header[":protocol"]
			switch {
			case c.want != WebSocket || r.ProtoMajor == 3:
				if connection != nil || upgrade != nil || protocol != nil {
					t.Errorf("left: %v", r.Header)
				}
			case r.ProtoMajor == 1:
				if strings.Join(connection, "|") != "Upgrade" || strings.Join(upgrade, "|") != "websocket" {
					t.Errorf("Connection %q, Upgrade %q", connection, upgrade)
				}
			case strings.Join(protocol, "|") != "websocket":
				t.Errorf(":protocol %q", protocol)
			}
		})
	}
}
