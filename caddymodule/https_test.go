package caddymodule

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// TestHTTPS walks a sign-in over TLS and HTTP/2, as portals run for real.
func TestHTTPS(t *testing.T) {
	w := newWorld(t)
	w.scheme = "https"
	w.origins = " " + w.origin("alias")
	w.sites = fmt.Sprintf("%s {\n\theader Strict-Transport-Security \"max-age=63072000; preload\"\n\tfrontdesk client {\n\t\tpublic /public\n\t}\n\treverse_proxy %s\n}\n", w.origin("alias"), w.portal.Listener.Addr())
	w.start()
	w.awaitCertificates("alias")
	v := w.visitor()
	p := v.get(w.origin("client")+"/secure?x=1").wants(t, 200, `name="email"`)
	if p.ProtoMajor != 2 {
		t.Errorf("spoken over %s", p.Proto)
	}
	p = v.post(p, "email", "email", "ann@acme.example")
	p = v.post(p, "method", "method", "password")
	p = v.post(p, "prove", "password", testPassword)
	last := v.stay().post(p, "stay", "stay", "yes")
	for _, name := range []string{"__Host-frontdesk", "__Host-frontdesk-method"} {
		i := slices.IndexFunc(last.Cookies(), func(c *http.Cookie) bool { return c.Name == name })
		if i < 0 {
			t.Fatalf("no cookie %s in %v", name, last.Cookies())
		}
		c := last.Cookies()[i]
		if !c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" || c.MaxAge <= 0 {
			t.Errorf("cookie %s", c.Raw)
		}
	}
	v.follow().get(w.origin("client")+"/secure?x=1").wants(t, 200, "Remote-User: c-ann\n").lacks(t, "__Host-")

	t.Run("a form from the same host over plain http is refused", func(t *testing.T) {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.origin("client")+"/frontdesk/sign-out", strings.NewReader(url.Values{}.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", strings.Replace(w.origin("client"), "https:", "http:", 1))
		v.do(r).wants(t, 403)
		v.get(w.origin("client")+"/").wants(t, 200, "Remote-User: c-ann\n")
	})

	t.Run("browsers keep to https, for as long as the operator says", func(t *testing.T) {
		stranger := w.visitor().stay()
		for _, c := range []struct {
			address, want string
			status        int
		}{
			{w.origin("client") + "/", "max-age=31536000", 303},
			{w.origin("client") + "/frontdesk/sign-in", "max-age=31536000", 200},
			{w.origin("client") + "/frontdesk/whoami", "max-age=31536000", 401},
			{w.origin("client") + "/frontdesk/nothing", "max-age=31536000", 404},
			{w.origin("client") + "/public", "", 200}, // the portal's own answer
			{w.origin("alias") + "/", "max-age=63072000; preload", 303},
			{w.origin("alias") + "/frontdesk/sign-in", "max-age=63072000; preload", 200},
			{w.origin("alias") + "/public", "max-age=63072000; preload", 200},
		} {
			if got := strings.Join(stranger.get(c.address).wants(t, c.status).Header.Values("Strict-Transport-Security"), ", "); got != c.want {
				t.Errorf("%s: %q, want %q", c.address, got, c.want)
			}
		}
	})

	t.Run("cookies of the plain names are nobody's", func(t *testing.T) {
		portal, err := url.Parse(w.origin("client"))
		if err != nil {
			t.Fatal(err)
		}
		stranger := w.visitor()
		for _, c := range v.client.Jar.Cookies(portal) {
			stranger.client.Jar.SetCookies(portal, []*http.Cookie{{Name: strings.TrimPrefix(c.Name, "__Host-"), Value: c.Value, Path: "/"}})
		}
		stranger.get(w.origin("client")+"/").wants(t, 200, `name="email"`)
	})
}
