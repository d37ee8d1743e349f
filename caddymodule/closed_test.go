//go:build unix

package caddymodule

import (
	"context"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/frontdesk-gateway/frontdesk/internal/fulldisk"
	"github.com/frontdesk-gateway/frontdesk/internal/keyring"
	"github.com/frontdesk-gateway/frontdesk/internal/store/bolt"
)

// countPortal counts what reaches the portals.
func (w *world) countPortal() *atomic.Int64 {
	var requests atomic.Int64
	w.portal.Config.Handler = http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		echoPortal(rw, r)
	})
	return &requests
}

var referenceOnPage = regexp.MustCompile(`Reference <code><bdi>([A-Z2-7]{10})</bdi></code>`)

// TestDiskFull, on a real file behind a real server: who is signed in goes on, a
// step that has to write is refused and, once there is room, goes on from where
// it was.
func TestDiskFull(t *testing.T) {
	if !fulldisk.Alone(t) {
		return
	}
	w := newWorld(t)
	requests := w.countPortal()
	w.start()
	signedIn, waiting := w.visitor(), w.visitor()
	signedIn.signIn(t)
	home := w.origin("client") + "/"
	p := waiting.get(home)
	p = waiting.post(p, "email", "email", "ann@acme.example")
	p = waiting.post(p, "method", "method", "password").wants(t, 200, `name="password"`)

	end := fulldisk.Begin(t, 1)
	before := requests.Load()
	refused := waiting.post(p, "prove", "password", testPassword).wants(t, 503, "Please try again in a moment").lacks(t, "file too large")
	if referenceOnPage.FindString(refused.body) == "" || refused.Header.Get("Retry-After") == "" {
		t.Errorf("%v\n%s", refused.Header, refused.body)
	}
	w.visitor().get(home).wants(t, 200, `name="email"`) // nothing to write yet
	signedIn.postTo(w.origin("client")+"/frontdesk/sign-out", url.Values{}).wants(t, 503)
	signedIn.get(w.origin("client")+"/frontdesk/health").wants(t, 503, "store unavailable")
	if n := requests.Load() - before; n != 0 {
		t.Errorf("%d requests reached the portal", n)
	}
	signedIn.get(home).wants(t, 200, "Remote-User: c-ann\n")

	end()
	signedIn.get(w.origin("client")+"/frontdesk/health").wants(t, 200, `"status":"ok"`)
	p = waiting.post(p, "prove", "password", testPassword).wants(t, 200, `name="stay"`)
	waiting.post(p, "stay", "stay", "no").wants(t, 200, "Remote-User: c-ann\n")
	signedIn.get(home).wants(t, 200, "Remote-User: c-ann\n")
}

// TestLostKeysStopTheLoad: a store that has kept keys and has none any more is
// damaged; the error says what to do.
func TestLostKeysStopTheLoad(t *testing.T) {
	w := newWorld(t)
	w.start()
	w.visitor().signIn(t)
	if err := caddy.Stop(); err != nil {
		t.Fatal(err)
	}
	s, err := bolt.Open(w.store, bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.UpdateKeys(t.Context(), func(keys []keyring.Key) ([]keyring.Key, error) {
		return keys[:1], nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := w.load(); err == nil || !strings.Contains(err.Error(), "backup") {
		t.Errorf("the load said %v", err)
	}
}

// TestNotOpenYet: a request that comes before the store is there is answered as
// when the store fails, and goes no further.
func TestNotOpenYet(t *testing.T) {
	w := newWorld(t)
	w.store = filepath.Join(t.TempDir(), "new.db")
	config, err := adapt(w.caddyfile())
	if err != nil {
		t.Fatal(err)
	}
	var adapted struct {
		Apps struct {
			Frontdesk *App `json:"frontdesk"`
		} `json:"apps"`
	}
	if err := json.Unmarshal(config, &adapted); err != nil {
		t.Fatal(err)
	}
	app := adapted.Apps.Frontdesk
	ctx, cancel := caddy.NewContext(caddy.Context{Context: t.Context()})
	defer cancel()
	if err := app.Provision(ctx); err != nil { // and not started
		t.Fatal(err)
	}
	app.given.add(map[string]string{"Remote-User": "X-Who"})
	handler, forwarded := &Handler{app: app}, false
	next := caddyhttp.HandlerFunc(func(http.ResponseWriter, *http.Request) error { forwarded = true; return nil })
	for accept, want := range map[string]string{"text/html": "Please try again in a moment", "application/json": "Temporarily unavailable"} {
		rw, r := httptest.NewRecorder(), httptest.NewRequest("GET", w.origin("client")+"/tickets", nil)
		r.Header = http.Header{"Accept": {accept}, "Cookie": {"frontdesk=x; a=1"}, "Remote-User": {"evil"}, "X-Who": {"evil"}, "X_frontdesk-Entity": {"evil"}}
		replacer := caddy.NewReplacer()
		replacer.Set("http.auth.user.id", "anybody") // by a handler before
		ctx := context.WithValue(r.Context(), caddyhttp.VarsCtxKey, map[string]any{})
		r = r.WithContext(context.WithValue(ctx, caddy.ReplacerCtxKey, replacer))
		if err := handler.ServeHTTP(rw, r, next); err != nil || forwarded || rw.Code != 503 || !strings.Contains(rw.Body.String(), want) {
			t.Errorf("%s: %v, forwarded %t, status %d\n%s", accept, err, forwarded, rw.Code, rw.Body)
		}
		// A handler around this one may hand it on nevertheless.
		if left := (http.Header{"Accept": {accept}, "Cookie": {"a=1"}}); !maps.EqualFunc(r.Header, left, slices.Equal) {
			t.Errorf("%s: with %v left", accept, r.Header)
		}
		if id, known := replacer.Get("http.auth.user.id"); id != "" || !known {
			t.Errorf("%s: as %v, %t", accept, id, known)
		}
	}
}

// TestAbortedByThePortal: what a handler after ours breaks off is broken off, and
// no page of ours takes its place.
func TestAbortedByThePortal(t *testing.T) {
	w := newWorld(t)
	w.portal.Config.Handler = http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		rw.Header().Set("Content-Length", "100")
		io.WriteString(rw, "half")
		http.NewResponseController(rw).Flush()
		panic(http.ErrAbortHandler)
	})
	w.start()
	response, err := w.visitor().client.Get(w.origin("client") + "/public")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if body, err := io.ReadAll(response.Body); err == nil || string(body) != "half" {
		t.Errorf("read %q, %v", body, err)
	}
}
