package caddymodule

import (
	"net/url"
	"strings"
	"testing"
)

// TestAdvisoriesOfTraefikForwardAuth: none is published; these are flaws that
// its issues and pull requests name.
func TestAdvisoriesOfTraefikForwardAuth(t *testing.T) {
	w := newWorld(t)
	w.start()
	client, home := w.origin("client"), w.origin("client")+"/"

	t.Run("pull request 77: redirect in the state", func(t *testing.T) {
		for _, forge := range []func(state string) string{
			func(s string) string { return s + ":https://evil.example/" },
			func(s string) string { id, _, _ := strings.Cut(s, "."); return id + ":https://evil.example/" },
			func(string) string { return "x:https://evil.example/" },
			func(string) string { return "https://evil.example/" },
		} {
			v := w.visitor()
			p := v.post(v.get(home), "email", "email", "ann@acme.example")
			p = v.post(p, "method", "method", "microsoft")
			callback, err := v.stay().pick(p, oidAnn).Location()
			if err != nil {
				t.Fatal(err)
			}
			query := callback.Query()
			query.Set("state", forge(query.Get("state")))
			callback.RawQuery = query.Encode()
			got := v.get(callback.String()).wants(t, 410)
			if l := got.Header.Get("Location"); l != "" {
				t.Errorf("%s leads to %s", query.Get("state"), l)
			}
		}
	})
	t.Run("issue 424: target without a leading slash", func(t *testing.T) {
		for _, target := range []string{"public", "secret", "public/../secret", "?/public", "*", "client.localhost/public"} {
			if answer := w.ask("GET " + target); atPortal.MatchString(answer) || !strings.HasPrefix(answer, "HTTP/1.1 4") {
				t.Errorf("%s: %.200s", target, answer)
			}
		}
	})
	t.Run("X-Forwarded-Host and X-Forwarded-Proto decide", func(t *testing.T) {
		forwarded := []string{"X-Forwarded-Host: evil.example", "X-Forwarded-Proto: https", "X-Forwarded-Method: POST", "Forwarded: host=evil.example;proto=https", "X-Forwarded-Server: evil.example", "Accept: text/html"}
		answer := w.ask("GET /secret", forwarded...)
		wantsNobody(t, "the portal", answer)
		page := w.ask("GET /frontdesk/sign-in", forwarded...)
		if strings.Contains(answer+page, "evil.example") || strings.Contains(page, "__Host-") {
			t.Errorf("%s\n%s", answer, page)
		}
		answer = w.askAt("evil.example", "GET /public", "X-Forwarded-Host: client.localhost:"+portOf(w))
		if !strings.HasPrefix(answer, "HTTP/1.1 421 ") {
			t.Errorf("%s", answer)
		}
	})
	t.Run("cookie for a whole domain", func(t *testing.T) {
		last := w.signInFrom(client + "/frontdesk/sign-in?return=%2F")
		if cookies := strings.Join(last.Header.Values("Set-Cookie"), "\n"); !strings.Contains(cookies, "frontdesk=") || strings.Contains(strings.ToLower(cookies), "domain=") {
			t.Errorf("cookies %s", cookies)
		}
		v := w.visitor()
		v.signIn(t)
		for _, platform := range []string{"tech", "admin"} {
			wantsNobody(t, platform, w.askAt(platform+".localhost:"+portOf(w), "GET /", v.cookieLine()))
		}
	})
	t.Run("one cookie for all sign-ins that are under way", func(t *testing.T) {
		v := w.visitor()
		first := v.post(v.get(client+"/first"), "email", "email", "ann@acme.example")
		second := v.post(v.get(client+"/second"), "email", "email", "mixed@acme.example")
		for _, tab := range []struct {
			page        page
			object, end string
		}{{first, oidAnn, "/first"}, {second, oidMixed, "/second"}} {
			p := v.pick(v.post(tab.page, "method", "method", "microsoft"), tab.object).wants(t, 200, `name="stay"`)
			p = v.post(p, "stay", "stay", "no")
			if tab.object == oidMixed {
				p = v.post(p, "account", "account", "acme")
			}
			p.wants(t, 200, "portal GET "+tab.end+"\n")
		}
	})
	t.Run("sign-out by a link from anywhere", func(t *testing.T) {
		v := w.visitor()
		v.signIn(t)
		v.get(client + "/frontdesk/sign-out?" + url.Values{"everywhere": {"yes"}}.Encode())
		v.get(home).wants(t, 200, "Remote-User: c-ann\n")
	})
}
