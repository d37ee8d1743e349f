package caddymodule

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/frontdesk-gateway/frontdesk/internal/standin"
)

const oidTwoAt = "aaaaaaaa-0000-4000-8000-0000000000a1"

func TestAdvisoriesOfOAuth2Proxy(t *testing.T) {
	const twoAt = "attacker@evil.example@acme.example"
	w := newWorld(t, standin.Person{Tenant: tenantAcme, ObjectID: oidTwoAt, Username: twoAt, Email: twoAt, Name: "Eve", EmailDomainVerified: true})
	w.global = admitUnderscores
	w.start()
	home := w.origin("client") + "/"

	t.Run("CVE-2017-1000069: sign-in finished in another browser", func(t *testing.T) {
		attacker, victim := w.visitor(), w.visitor()
		p := attacker.post(attacker.get(home), "email", "email", "ann@acme.example")
		form := attacker.post(p, "method", "method", "microsoft")
		callback := attacker.stay().pick(form, oidAnn).Header.Get("Location")
		victim.get(callback).wants(t, 410)
		victim.get(home).wants(t, 200, `name="email"`)
		attacker.follow().get(callback).wants(t, 200, `name="stay"`)
	})
	t.Run("CVE-2017-1000070: redirect to any address", func(t *testing.T) {
		w.staysHere(t, "https://evil.example/", "//evil.example/", "///evil.example/", "http:evil.example", "javascript:alert(1)")
	})
	t.Run("CVE-2020-5233: redirect by a backslash", func(t *testing.T) {
		w.staysHere(t, `/\evil.example/`, `\\evil.example/`, `/\/evil.example/`, `/x\..\..\evil.example`)
	})
	t.Run("CVE-2020-11053: redirect by white space", func(t *testing.T) {
		w.staysHere(t, "/\t/evil.example/", "/\n/evil.example/", "/\x0b/evil.example/", "\t//evil.example/", "/%09/evil.example/", "/%0d%0a/evil.example/")
	})
	t.Run("CVE-2020-4037: redirect by white space and dots", func(t *testing.T) {
		w.staysHere(t, "/ /evil.example", "/.//evil.example", "/../\t/evil.example", "/./\\evil.example", "/\u00a0/evil.example", "/\u2028/evil.example")
	})
	t.Run("CVE-2021-21291: host that only ends like an allowed one", func(t *testing.T) {
		port := ":" + portOf(w)
		w.staysHere(t, w.origin("client")+".evil.example/", "http://evil-client.localhost"+port+"/", "//x@client.localhost.evil.example/")
		for _, host := range []string{"client.localhost.evil.example", "evil-client.localhost" + port, "evilclient.localhost" + port, ".client.localhost" + port, "client.localhost" + port + ".evil.example"} {
			answer := w.askAt(host, "GET /public", "Accept: text/html")
			if !strings.HasPrefix(answer, "HTTP/1.1 421 ") {
				t.Errorf("host %s: %.200s", host, answer)
			}
		}
	})
	t.Run("CVE-2021-21411: groups that nobody gave", func(t *testing.T) {
		v := w.visitor()
		p := v.post(v.signInByCode(t, home, "two@acme.example"), "stay", "stay", "no")
		v.post(p, "account", "account", "acme").wants(t, 200, "Remote-User: c-two-acme\n").lacks(t, "Remote-Groups")
		if answer := w.ask("GET /", v.cookieLine(), "Remote-Groups: admins"); !atPortal.MatchString(answer) || strings.Contains(answer, "admins") {
			t.Errorf("%s", answer)
		}
	})
	t.Run("CVE-2025-54576: query that names a public path", func(t *testing.T) {
		for _, target := range []string{"/secret?/public", "/secret?x=/assets/a", "/?/public", "/secret?/assets/", "/secret?public&path=/public", "/secret??/assets/a"} {
			wantsNobody(t, target, w.ask("GET "+target))
		}
	})
	t.Run("CVE-2025-64484: headers in other spellings", func(t *testing.T) {
		v := w.visitor()
		v.signIn(t)
		spoofed := []string{"Remote_User: evil", "REMOTE_USER: evil", "remote_groups: evil", "X_Frontdesk_Account_Id: evil", "Remote~Email: evil",
			"remote+name: evil", "X-Frontdesk!Platform: evil", "X|Frontdesk^Entity: evil", "X_frontdesk_Impersonator: evil"}
		for _, c := range []struct{ target, cookie string }{{"/", v.cookieLine()}, {"/public", v.cookieLine()}, {"/public", "Cookie: a=b"}} {
			answer := w.ask("GET "+c.target, append(spoofed, c.cookie)...)
			if !atPortal.MatchString(answer) || strings.Contains(answer, "evil") {
				t.Errorf("%s, %.12s: %s", c.target, c.cookie, answer)
			}
		}
	})
	t.Run("CVE-2025-64484: forwarding headers in any spelling", func(t *testing.T) {
		v := w.visitor()
		v.signIn(t)
		spoofed := []string{"X-Forwarded-User: evil", "X-Forwarded-Groups: evil", "X-Forwarded-Email: evil", "X-Forwarded-Prefix: /evil", "X~Forwarded~For: evil", "X.Forwarded.Host: evil",
			"X-Forwarded-Host: evil.example", "X-Forwarded-For: evil", "X-Forwarded-Uri: /evil", "Forwarded: for=evil", "X-Real-IP: evil", "X-Original-URL: /evil", "X-Rewrite-URL: /evil"}
		for _, c := range []struct{ target, cookie string }{{"/", v.cookieLine()}, {"/public", "Cookie: a=b"}} {
			answer := w.ask("GET "+c.target, append(spoofed, c.cookie)...)
			if !atPortal.MatchString(answer) || strings.Contains(answer, "evil") {
				t.Errorf("%s, %.12s: %s", c.target, c.cookie, answer)
			}
		}
	})
	t.Run("CVE-2026-34454: signed out in name only", func(t *testing.T) {
		v := w.visitor()
		v.signIn(t)
		thief := v.thief()
		v.get(w.origin("client")+"/frontdesk/sign-in").wants(t, 200, "Remote-User: c-ann\n") // shows no form to who is signed in
		v.postTo(w.origin("client")+"/frontdesk/sign-out", url.Values{}).wants(t, 200, "You are signed out")
		for _, browser := range []*visitor{v, thief} {
			browser.get(home).wants(t, 200, `name="email"`)
		}
	})
	t.Run("CVE-2026-34457: health check's User-Agent", func(t *testing.T) {
		for _, agent := range []string{"GoogleHC/1.0", "kube-probe/1.34", "ELB-HealthChecker/2.0", "Frontdesk-Health", "caddy"} {
			wantsNobody(t, agent, w.ask("GET /secret", "User-Agent: "+agent))
			wantsNobody(t, agent, w.ask("GET /secret/frontdesk/health", "User-Agent: "+agent))
		}
	})
	t.Run("CVE-2026-40574: address with two @", func(t *testing.T) {
		for _, typed := range []string{twoAt, "eve@evil.example <ann@acme.example>", `"eve@evil.example,"@acme.example`, "eve@evil.example\x00@acme.example", "ann@acme.example,eve@evil.example", "ann@acme.example\r\neve@evil.example"} {
			v := w.visitor()
			v.post(v.get(home), "email", "email", typed).wants(t, 422, `name="email"`)
		}
		v := w.visitor()
		p := v.post(v.get(home), "email", "email", "fresh@acme.example")
		v.pick(v.post(p, "method", "method", "microsoft"), oidTwoAt).lacks(t, `name="given_name"`, `name="stay"`)
		for _, mail := range w.outbox.Mails() {
			if strings.Contains(mail.To, "evil.example") {
				t.Errorf("mail to %s", mail.To)
			}
		}
	})
	t.Run("CVE-2026-40575: path from a header", func(t *testing.T) {
		for _, name := range []string{"X-Forwarded-Uri", "X-Forwarded-Path", "X-Forwarded-Prefix", "X-Original-Uri", "X-Original-Url", "X-Rewrite-Url", "X-Envoy-Original-Path", "X-Replaced-Path", "X-Auth-Request-Redirect"} {
			answer := w.ask("GET /secret", name+": /public", "Accept: text/html")
			wantsNobody(t, name, answer)
			if !strings.Contains(answer, "Location: /frontdesk/sign-in?return=%2Fsecret\r\n") {
				t.Errorf("%s: %s", name, answer)
			}
		}
	})
	t.Run("CVE-2026-41059: fragment in the path", func(t *testing.T) {
		for _, target := range []string{"/secret#/public", "/secret#/assets/a", "/public#/secret", "/assets/a#/../secret", "/assets/#/../../secret", "/assets/%23/../../secret", "/assets/a%23b"} {
			wantsNobody(t, target, w.ask("GET "+target))
		}
		w.staysHere(t, "/#//evil.example")
	})
	t.Run("CVE-2021-21291: origin that only ends like an allowed one", func(t *testing.T) {
		v := w.visitor()
		v.signIn(t)
		for _, origin := range []string{"http://evil-client.localhost:" + portOf(w), w.origin("client") + ".evil.example", "http://client.localhost", "null"} {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.origin("client")+"/frontdesk/sign-out", strings.NewReader(""))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.Header.Set("Origin", origin)
			v.do(r).wants(t, 403)
		}
		v.get(home).wants(t, 200, "Remote-User: c-ann\n")
	})
}
