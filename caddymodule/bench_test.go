package caddymodule

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
)

// BenchmarkHandler is the whole handler for a signed-in request: Caddy's
// context read, headers stripped, cookie looked up, identity set, placeholders
// offered. What the server prepares for each request is not counted.
func BenchmarkHandler(b *testing.B) {
	w := newWorld(b)
	w.start()
	v := w.visitor()
	v.signIn(b)
	portal, err := url.Parse(w.origin("client") + "/tickets/7?sort=new")
	if err != nil {
		b.Fatal(err)
	}
	module, err := caddy.ActiveContext().AppIfConfigured("frontdesk")
	if err != nil {
		b.Fatal(err)
	}
	handler := &Handler{Platform: "client", app: module.(*App)}
	sent := httptest.NewRequest(http.MethodGet, portal.String(), nil)
	for _, cookie := range v.client.Jar.Cookies(portal) {
		sent.AddCookie(cookie)
	}
	sent.AddCookie(&http.Cookie{Name: "theme", Value: "dark"})
	passed := false
	next := caddyhttp.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) error {
		passed = r.Header.Get("Remote-User") == "c-ann"
		return nil
	})
	answer := httptest.NewRecorder()
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		r := sent.Clone(context.WithValue(context.WithValue(b.Context(), caddyhttp.VarsCtxKey, map[string]any{caddyhttp.ClientIPVarKey: "127.0.0.1"}),
			caddy.ReplacerCtxKey, caddy.NewReplacer()))
		r = r.WithContext(context.WithValue(r.Context(), caddyhttp.OriginalRequestCtxKey, *r))
		b.StartTimer()
		if err := handler.ServeHTTP(answer, r, next); err != nil || !passed {
			b.Fatalf("not passed: %v %d", err, answer.Code)
		}
	}
}
