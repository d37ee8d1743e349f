package provider_test

import (
	"errors"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/provider"
	"github.com/frontdesk-gateway/frontdesk/internal/standin"
)

const signedOut = "https://portal.msp.example/frontdesk/sign-out"

func TestEndSessionURL(t *testing.T) {
	for name, test := range map[string]struct {
		endpoint string // of the metadata
		state    string
		want     string // before the query
		more     url.Values
	}{
		"as offered":         {endpoint: "BASE/logout", want: "BASE/logout"},
		"with state":         {endpoint: "BASE/logout", state: "a&b", want: "BASE/logout", more: url.Values{"state": {"a&b"}}},
		"over https":         {endpoint: "https://id.example/logout", want: "https://id.example/logout"},
		"with its own query": {endpoint: "BASE/logout?p=policy&client_id=x", want: "BASE/logout", more: url.Values{"p": {"policy"}}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newEnding(t, test.endpoint)
			address, err := w.provider(w.config(tenantA)).EndSessionURL(t.Context(), signedOut, test.state)
			if err != nil {
				t.Fatal(err)
			}
			want := url.Values{"client_id": {clientID}, "post_logout_redirect_uri": {signedOut}}
			for name, values := range test.more {
				want[name] = values
			}
			if want := replaceBase(test.want, w.server.URL) + "?" + want.Encode(); address != want {
				t.Errorf("got  %s\nwant %s", address, want)
			}
		})
	}
}

// newEnding is a world whose provider offers this end_session_endpoint; nil:
// none.
func newEnding(t *testing.T, endpoint any) *world {
	var w *world
	w = newWorld(t, standin.Forge{Discovery: func(document map[string]any) {
		if s, ok := endpoint.(string); ok {
			endpoint = replaceBase(s, w.server.URL)
		}
		set(document, map[string]any{"end_session_endpoint": endpoint})
	}})
	return w
}

// Whoever cannot end sessions still signs people in.
func TestUnusableEndSession(t *testing.T) {
	for name, endpoint := range map[string]any{
		"missing":          nil,
		"empty":            "",
		"mistyped":         7,
		"an object":        map[string]any{"url": "https://id.example/logout"},
		"over http":        "http://id.example/logout",
		"a script":         "javascript:alert(1)",
		"a file":           "file:///etc/passwd",
		"relative":         "/logout",
		"without a scheme": "//id.example/logout",
		"with credentials": "https://user:password@id.example/logout",
		"with a fragment":  "https://id.example/logout#x",
		"no address":       "https://%zz/",
	} {
		t.Run(name, func(t *testing.T) {
			w := newEnding(t, endpoint)
			p := w.provider(w.config(tenantA))
			if address, err := p.EndSessionURL(t.Context(), signedOut, ""); !errors.Is(err, provider.ErrUnavailable) {
				t.Errorf("got %q and %v, want ErrUnavailable", address, err)
			}
			if _, err := w.signIn(p, request(), adaOID); err != nil {
				t.Errorf("signing in: %v", err)
			}
		})
	}
}

// What was fetched once serves on for a day, as it does for signing in.
func TestEndSessionWhileDown(t *testing.T) {
	w := newWorld(t, standin.Forge{})
	p := w.provider(w.config(tenantA))
	w.inFront(discoverySegment, status(http.StatusBadGateway))
	if _, err := p.EndSessionURL(t.Context(), signedOut, ""); !errors.Is(err, provider.ErrUnavailable) {
		t.Errorf("before it was known: got %v, want ErrUnavailable", err)
	}
	w.inFront("", nil)
	w.clock.advance(time.Minute)
	if _, err := p.EndSessionURL(t.Context(), signedOut, ""); err != nil {
		t.Fatal(err)
	}
	w.inFront(discoverySegment, status(http.StatusBadGateway))
	w.clock.advance(2 * time.Hour)
	if _, err := p.EndSessionURL(t.Context(), signedOut, ""); err != nil {
		t.Errorf("by what is known: %v", err)
	}
	w.clock.advance(23 * time.Hour)
	if _, err := p.EndSessionURL(t.Context(), signedOut, ""); !errors.Is(err, provider.ErrUnavailable) {
		t.Errorf("after a day: got %v, want ErrUnavailable", err)
	}
}
