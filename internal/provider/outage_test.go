package provider_test

import (
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/provider"
	"github.com/frontdesk-gateway/frontdesk/internal/standin"
)

const (
	discoverySegment = "openid-configuration"
	keysSegment      = "keys"
)

func status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
}

func redirect(to string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, to, http.StatusFound) }
}

func text(s string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, s) }
}

// endless is JSON so far, for as long as somebody reads.
func endless(w http.ResponseWriter, r *http.Request) {
	io.WriteString(w, `{"filler":"`)
	for block := strings.Repeat("x", 64<<10); ; {
		if _, err := io.WriteString(w, block); err != nil {
			return
		}
	}
}

// silent never answers.
func silent(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

func TestOutage(t *testing.T) {
	for name, failure := range map[string]http.HandlerFunc{
		"500":             status(http.StatusInternalServerError),
		"404":             status(http.StatusNotFound),
		"no JSON":         text("<html>"),
		"an empty object": text("{}"),
		"no object":       text("[]"),
		"a name twice":    text(`{"issuer":"a","issuer":"b"}`),
		"endless":         endless,
		"silent":          silent,
		"redirected away": redirect("http://127.0.0.2:1/"),
		"redirect loop":   func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.Path, http.StatusFound) },
	} {
		for _, document := range []string{discoverySegment, keysSegment} {
			t.Run(name+" "+document, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, standin.Forge{})
				p := w.impatient()
				w.inFront(document, failure)
				if err := p.Check(t.Context()); !errors.Is(err, provider.ErrUnavailable) {
					t.Fatalf("check: got %v, want ErrUnavailable", err)
				}
				asked := w.count(document)
				if err := p.Check(t.Context()); !errors.Is(err, provider.ErrUnavailable) || w.count(document) != asked {
					t.Errorf("check at once: %v after %d more requests, want none", err, w.count(document)-asked)
				}
				w.inFront("", nil)
				w.clock.advance(6 * time.Second)
				if err := p.Check(t.Context()); err != nil {
					t.Errorf("it did not come back: %v", err)
				}
				if _, err := w.signIn(p, request(), adaOID); err != nil {
					t.Errorf("signing in afterwards: %v", err)
				}
			})
		}
	}
}

// TestBounds: a document that is in order, but too large, or brought by another
// origin, is none; and nobody is sent round for long.
func TestBounds(t *testing.T) {
	for _, document := range []string{discoverySegment, keysSegment} {
		w := newWorld(t, standin.Forge{})
		elsewhere := httptest.NewServer(w.standin)
		defer elsewhere.Close()
		padded := func(size int) http.HandlerFunc {
			return func(rw http.ResponseWriter, r *http.Request) {
				w.standin.ServeHTTP(rw, r)
				io.WriteString(rw, strings.Repeat(" ", size))
			}
		}
		for name, test := range map[string]struct {
			front http.HandlerFunc
			want  error
			asked int // at most
		}{
			"large":           {padded(512 << 10), nil, 1},
			"too large":       {padded(1 << 20), provider.ErrUnavailable, 1},
			"redirected away": {func(rw http.ResponseWriter, r *http.Request) { redirect(elsewhere.URL+r.URL.Path)(rw, r) }, provider.ErrUnavailable, 1},
			"sent round":      {func(rw http.ResponseWriter, r *http.Request) { redirect(r.URL.Path)(rw, r) }, provider.ErrUnavailable, 4},
		} {
			t.Run(name+" "+document, func(t *testing.T) {
				w.inFront(document, test.front)
				before := w.count(document)
				if err := w.provider(w.config(provider.TenantOrganizations)).Check(t.Context()); !errors.Is(err, test.want) {
					t.Errorf("got %v, want %v", err, test.want)
				}
				if asked := w.count(document) - before; asked > test.asked {
					t.Errorf("asked %d times, want %d at most", asked, test.asked)
				}
			})
		}
	}
}

// impatient is a provider that waits two seconds, so that silence need not
// be heard out in tests.
func (w *world) impatient() *provider.Provider {
	w.t.Helper()
	p, err := provider.New(w.config(provider.TenantOrganizations), provider.Options{Now: w.clock.Now,
		HTTPClient: &http.Client{Timeout: 2 * time.Second}, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		w.t.Fatal(err)
	}
	return p
}

func TestBadMetadata(t *testing.T) {
	for name, change := range map[string]map[string]any{
		"another issuer":      {"issuer": "https://login.attacker.example/{tenantid}/v2.0"},
		"a concrete issuer":   {"issuer": "BASE/" + tenantA + "/v2.0"},
		"issuer missing":      {"issuer": nil},
		"endpoint missing":    {"token_endpoint": nil},
		"endpoint over http":  {"token_endpoint": "http://login.attacker.example/token"},
		"endpoint relative":   {"authorization_endpoint": "/authorize"},
		"endpoint a script":   {"authorization_endpoint": "javascript:alert(1)"},
		"keys a file":         {"jwks_uri": "file:///etc/passwd"},
		"keys mistyped":       {"jwks_uri": 7},
		"only secrets sign":   {"id_token_signing_alg_values_supported": []string{"HS256", "none"}},
		"only others sign":    {"id_token_signing_alg_values_supported": []string{"ES256"}},
		"userinfo over http":  {"userinfo_endpoint": "http://graph.attacker.example/"},
		"credentials in keys": {"jwks_uri": "https://user:password@login.example/keys"},
	} {
		t.Run(name, func(t *testing.T) {
			var w *world
			w = newWorld(t, standin.Forge{Discovery: func(document map[string]any) {
				set(document, change)
				if issuer, ok := document["issuer"].(string); ok {
					document["issuer"] = replaceBase(issuer, w.server.URL)
				}
			}})
			_, err := w.provider(w.config(provider.TenantCommon)).AuthCodeURL(t.Context(), request())
			if !errors.Is(err, provider.ErrUnavailable) {
				t.Errorf("got %v, want ErrUnavailable", err)
			}
		})
	}
}

// New and a server that nobody listens on: nothing fails before it is used.
func TestDownAtStart(t *testing.T) {
	w := newWorld(t, standin.Forge{})
	cfg := w.config(tenantA)
	w.server.Close()
	p := w.provider(cfg)
	if _, err := p.AuthCodeURL(t.Context(), request()); !errors.Is(err, provider.ErrUnavailable) {
		t.Errorf("got %v, want ErrUnavailable", err)
	}
}

// What was fetched once serves on while the provider is down, but not for
// longer than a day, and the health page tells at once.
func TestServesFromCache(t *testing.T) {
	w := newWorld(t, standin.Forge{})
	p := w.provider(w.config(tenantA))
	if err := p.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if _, err := w.signIn(p, request(), adaOID); err != nil {
			t.Fatal(err)
		}
	}
	if w.count(discoverySegment) != 1 || w.count(keysSegment) != 1 {
		t.Errorf("discovery was fetched %d times, keys %d times; want once each", w.count(discoverySegment), w.count(keysSegment))
	}

	w.inFront(discoverySegment, status(http.StatusBadGateway))
	w.clock.advance(2 * time.Hour)
	if err := p.Check(t.Context()); !errors.Is(err, provider.ErrUnavailable) {
		t.Errorf("check: got %v, want ErrUnavailable", err)
	}
	if _, err := w.signIn(p, request(), adaOID); err != nil {
		t.Errorf("signing in by what is known: %v", err)
	}
	w.clock.advance(23 * time.Hour)
	if _, err := p.AuthCodeURL(t.Context(), request()); !errors.Is(err, provider.ErrUnavailable) {
		t.Errorf("after a day: got %v, want ErrUnavailable", err)
	}
}

func TestConcurrentRequestsShareOneFetch(t *testing.T) {
	w := newWorld(t, standin.Forge{})
	p := w.provider(w.config(tenantA))
	arrived, answer := make(chan struct{}), make(chan struct{})
	w.inFront(discoverySegment, func(rw http.ResponseWriter, r *http.Request) {
		close(arrived) // a second request would panic here
		<-answer
		w.standin.ServeHTTP(rw, r)
	})
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			if _, err := p.AuthCodeURL(t.Context(), request()); err != nil {
				t.Error(err)
			}
		})
	}
	<-arrived
	close(answer)
	all.Wait()
	if w.count(discoverySegment) != 1 {
		t.Errorf("%d requests, want 1", w.count(discoverySegment))
	}
}

// A new key of the provider is found at once, but a stranger's kid does not
// make for a request each.
func TestKeyRotation(t *testing.T) {
	kid := "first"
	w := newWorld(t, standin.Forge{
		Keys:  func(keys []map[string]any) { keys[0]["kid"] = kid },
		Token: func(token *standin.Token) { token.Header["kid"] = kid },
	})
	p := w.provider(w.config(tenantA))
	if _, err := w.signIn(p, request(), adaOID); err != nil {
		t.Fatal(err)
	}
	w.clock.advance(time.Minute)
	kid = "second"
	if _, err := w.signIn(p, request(), adaOID); err != nil {
		t.Errorf("after the rotation: %v", err)
	}
	kid = "third"
	if _, err := w.signIn(p, request(), adaOID); !errors.Is(err, provider.ErrRejected) {
		t.Errorf("within the pause: got %v, want ErrRejected", err)
	}
	if w.count(keysSegment) != 2 {
		t.Errorf("keys were fetched %d times, want 2", w.count(keysSegment))
	}
	w.clock.advance(time.Minute)
	w.inFront(keysSegment, status(http.StatusBadGateway))
	if _, err := w.signIn(p, request(), adaOID); !errors.Is(err, provider.ErrUnavailable) {
		t.Errorf("keys down: got %v, want ErrUnavailable", err)
	}
}
