package main

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
)

// serveTest serves for a test, and returns what a load asks of it.
func serveTest(t *testing.T, handle http.HandlerFunc) (load, *httptest.Server) {
	t.Helper()
	s := httptest.NewServer(handle)
	t.Cleanup(s.Close)
	addr := s.Listener.Addr().String()
	return load{Target: target{Addr: addr, Host: addr, Path: "/page", Visitors: []visitor{{"frontdesk=x", "user=x\n"}}}, Connections: 2, Requests: 50}, s
}

// TestLoadRefuses: nothing but the portal's answer to that visitor is measured.
func TestLoadRefuses(t *testing.T) {
	for name, answer := range map[string]http.HandlerFunc{
		"the portal's":     func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("user=x\n")) },
		"somebody else's":  func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("user=y\n")) },
		"more than that":   func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("user=x\nuser=x\n")) },
		"nothing":          func(http.ResponseWriter, *http.Request) {},
		"a way to sign in": func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/sign-in", http.StatusSeeOther) },
		"half an answer": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "14")
			_, _ = w.Write([]byte("user=x\n"))
		},
		"an error like it":  func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503); _, _ = w.Write([]byte("user=x\n")) },
		"the wrong cookies": wrongCookies,
	} {
		t.Run(name, func(t *testing.T) {
			asked, _ := serveTest(t, answer)
			_, err := new(pool).send(asked)
			if good := name == "the portal's"; good != (err == nil) {
				t.Errorf("error %v", err)
			}
		})
	}
}

// wrongCookies answers well who does not send what a browser does.
func wrongCookies(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Cookie") != "theme=dark; frontdesk=x; portal_session=0123456789abcdef0123456789abcdef" || r.Header.Get("Sec-Fetch-Mode") != "navigate" {
		_, _ = w.Write([]byte("user=x\n"))
	}
}

// TestLoadOpensAgain: a connection that was closed is opened anew, and counted.
func TestLoadOpensAgain(t *testing.T) {
	asked, s := serveTest(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("user=x\n")) })
	p := new(pool)
	if tally, err := p.send(asked); err != nil || tally.Dialled != 0 {
		t.Fatalf("%d connections were opened anew, %v", tally.Dialled, err)
	}
	s.CloseClientConnections()
	if tally, err := p.send(asked); err != nil || tally.Dialled == 0 || tally.Dialled > asked.Connections {
		t.Errorf("%d connections were opened anew, %v", tally.Dialled, err)
	}
}

// TestLoadAsksAgain: a server that is shut down may take a connection and close
// it without an answer, once more after the one that was kept; one that always
// does is an error that says whom it asked.
func TestLoadAsksAgain(t *testing.T) {
	var away, came atomic.Int64
	asked, _ := serveTest(t, func(w http.ResponseWriter, _ *http.Request) {
		came.Add(1)
		if away.Add(-1) >= 0 {
			panic(http.ErrAbortHandler)
		}
		_, _ = w.Write([]byte("user=x\n"))
	})
	asked.Connections = 1
	p := new(pool)
	for _, n := range []int64{0, 1, maxAttempts - 1} {
		away.Store(n)
		if _, err := p.send(asked); err != nil {
			t.Errorf("%d times without an answer: %v", n, err)
		}
	}
	away.Store(1 << 32)
	came.Store(0)
	if _, err := p.send(asked); err == nil || !errors.Is(err, io.EOF) || !strings.Contains(err.Error(), asked.Target.Addr) {
		t.Errorf("never an answer: %v", err)
	}
	if came.Load() != maxAttempts {
		t.Errorf("a request without an answer was sent %d times", came.Load())
	}
}

// TestLoadTakesTurns: each request is the next visitor's, from one load to the
// next.
func TestLoadTakesTurns(t *testing.T) {
	var came []string
	asked, _ := serveTest(t, func(w http.ResponseWriter, r *http.Request) {
		cookie, _ := r.Cookie("frontdesk")
		came = append(came, cookie.Value)
		_, _ = w.Write([]byte(cookie.Value + "\n"))
	})
	asked.Target.Visitors = nil
	asked.Target.Crowd = filepath.Join(t.TempDir(), "crowd")
	if err := os.WriteFile(asked.Target.Crowd, []byte("frontdesk=a\ta\nfrontdesk=b\tb\nfrontdesk=c\tc\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	asked.Connections, asked.Requests = 1, 2
	p := new(pool)
	for range 2 {
		if _, err := p.send(asked); err != nil {
			t.Fatal(err)
		}
	}
	if got := strings.Join(came, ""); got != "cba"+"ab"+"ca" {
		t.Errorf("they came as %s", got)
	}
}
