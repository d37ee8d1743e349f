package caddymodule

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

func TestAdvisoriesOfAuthentik(t *testing.T) {
	w := newWorld(t, pat)
	w.start()
	loginAttacks{
		"CVE-2023-36456: client address from anybody's header, in mails":                  clientOfAMail,
		"CVE-2023-36456: client address from anybody's header, at the portal":             clientOfThePortal,
		"CVE-2024-47070: steps skipped by a header that is no address":                    headerThatIsNoAddress,
		"CVE-2025-53942: who is switched off signs in by a provider":                      offByMicrosoft,
		"CVE-2025-64521: who is switched off signs in by a provider, at another endpoint": offByMicrosoft,
		"GHSA-5wcc-hf24-rf5h: header names the path that is judged":                       pathOfAHeader,
	}.run(t, w)
	t.Run("CVE-2023-36456: client address from anybody's header, in limits", clientOfALimit)
}

// forwardedFrom are the headers by which proxies name a client.
func forwardedFrom(address string) map[string]string {
	return map[string]string{
		"X-Forwarded-For": address, "X-Real-IP": address, "Forwarded": "for=" + address, "True-Client-IP": address, "CF-Connecting-IP": address, "X-Client-IP": address,
	}
}

// clientOfAMail is the one that Caddy trusts.
func clientOfAMail(t *testing.T, w *world) {
	importNow(t, `{"contacts": [{"id": "c-ip", "email": "ip@borg.example", "account": "borg"}]}`)
	v, headers := w.visitor(), forwardedFrom("203.0.113.99")
	p := v.postWith(v.get(w.origin("client")+"/"), headers, "email", "email", "ip@borg.example").wants(t, 200, `name="method"`)
	v.postWith(p, headers, "method", "method", "email_token").wants(t, 200, `name="code"`)
	if text := w.mail("ip@borg.example").Text; strings.Contains(text, "203.0.113.99") || !strings.Contains(text, "127.0.0.1") {
		t.Errorf("the mail names another client\n%s", text)
	}
}

// clientOfALimit: who names another address each time is counted by their own.
func clientOfALimit(t *testing.T) {
	w := newWorld(t)
	w.options = "limits {\n unknown_addresses_per_client 10\n}"
	w.start()
	v := w.visitor()
	p := v.get(w.origin("client") + "/")
	for i := range 10 {
		v.postWith(p, forwardedFrom(fmt.Sprintf("203.0.113.%d", i)), "email", "email", "x@nowhere.example").wants(t, 422)
	}
	v.postWith(p, forwardedFrom("203.0.113.99"), "email", "email", "x@nowhere.example").wants(t, 429)
}

// headerThatIsNoAddress: the journey asks for what it asks for.
func headerThatIsNoAddress(t *testing.T, w *world) {
	for _, address := range []string{"a", "", "::", "127.0.0.1, a", "@", `"`, "-", strings.Repeat("9", 400)} {
		v, headers := w.visitor(), forwardedFrom(address)
		p := v.get(w.origin("client") + "/")
		p = v.postWith(p, headers, "email", "email", "ann@acme.example").wants(t, 200, `name="method"`)
		p = v.postWith(p, headers, "method", "method", "password").wants(t, 200, `name="password"`)
		v.postWith(p, headers, "prove").wants(t, 422, `name="password"`)
		v.postWith(p, headers, "stay", "stay", "yes").wants(t, 200, `name="password"`)
		v.get(w.origin("client")+"/").wants(t, 200, `name="email"`)
	}
}

// offByMicrosoft: known by their identity, and vouched for.
func offByMicrosoft(t *testing.T, w *world) {
	const on = `{"contacts": [{"id": "c-pat", "email": "pat@acme.example", "account": "acme", "active": true}]}`
	importNow(t, on)
	first := w.visitor()
	p := first.pick(first.toMicrosoft("pat@acme.example"), oidPat).wants(t, 200, `name="stay"`)
	first.post(p, "stay", "stay", "no").wants(t, 200, "Remote-User: c-pat\n")
	importNow(t, strings.Replace(on, "true", "false", 1))
	first.get(w.origin("client")+"/").wants(t, 200, `name="email"`)
	again := w.visitor()
	again.pick(again.toMicrosoft("pat@acme.example"), oidPat).wants(t, 403, "Reference").lacks(t, `name="stay"`)
	again.get(w.origin("client")+"/").wants(t, 200, `name="email"`)
}

// pathOfAHeader: what is judged is the request's own path and method.
func pathOfAHeader(t *testing.T, w *world) {
	for _, name := range []string{
		"X-Original-URI", "X-Original-URL", "X-Rewrite-URL", "X-Forwarded-Uri", "X-Forwarded-Path", "X-Forwarded-Prefix", "X-Forwarded-Method", "X-HTTP-Method-Override", "X-Original-Method", "X-Auth-Request-Redirect",
	} {
		for _, value := range []string{"/public", "/assets/x", "/frontdesk/health", "/frontdesk/callback/microsoft", w.origin("client") + "/public", "GET", "OPTIONS"} {
			answer := w.raw("GET /private HTTP/1.1\r\nHost: client.localhost:" + portOf(w) + "\r\n" + name + ": " + value + "\r\nConnection: close\r\n\r\n")
			if !strings.HasPrefix(answer, "HTTP/1.1 401 ") || strings.Contains(answer, "portal GET") {
				t.Errorf("%s: %s: %.200s", name, value, answer)
			}
		}
	}
}

// clientOfThePortal: what a portal is told of the client's address comes from
// Caddy.
func clientOfThePortal(t *testing.T, w *world) {
	v := w.visitor()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.origin("client")+"/public", nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range forwardedFrom("203.0.113.99") {
		r.Header.Set(name, value)
	}
	v.do(r).wants(t, 200, "portal GET /public", "X-Forwarded-For: 127.0.0.1\n").lacks(t, "203.0.113.99")
}
