package caddymodule

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestAdvisoriesOfPomerium(t *testing.T) {
	w := newWorld(t)
	w.start()
	client, home := w.origin("client"), w.origin("client")+"/"

	t.Run("CVE-2021-29651: redirect that carries a proof away", func(t *testing.T) {
		v := w.visitor()
		v.signIn(t)
		v.stay()
		query := "?" + strings.Join([]string{"return", "redirect_uri", "pomerium_redirect_uri", "redirect_url", "rd", "next", "url"}, "=https://evil.example/&") + "=https://evil.example/"
		for _, path := range []string{"sign-in", "sign-out", "session", "whoami", "callback/microsoft"} {
			p := v.get(client + "/frontdesk/" + path + query)
			location := p.Header.Get("Location")
			if strings.Contains(location+p.body, "evil.example") {
				t.Errorf("%s leads to %q\n%s", path, location, p.body)
			}
			for _, c := range v.cookies() {
				if c.Name != "frontdesk-method" && strings.Contains(location+p.body, c.Value) {
					t.Errorf("%s tells the cookie %s", path, c.Name)
				}
			}
		}
	})
	t.Run("CVE-2021-29652: unsigned parameters of the own pages", func(t *testing.T) {
		v := w.visitor()
		v.signIn(t)
		v.stay()
		ticket := w.ticketOfBoth(t).Query().Get("ticket")
		altered := ticket[:len(ticket)-1] + map[bool]string{true: "B", false: "A"}[strings.HasSuffix(ticket, "A")]
		for _, query := range []string{"ticket=" + altered, "ticket=" + strings.ToLower(ticket), "switch=" + ticket, "ask=" + ticket, "journey=" + ticket} {
			stranger := w.visitor()
			stranger.get(w.origin("tech")+"/frontdesk/sign-in?"+query).wants(t, 410)
		}
		v.get(client+"/frontdesk/session?grant="+ticket).lacks(t, "evil.example")
		v.get(client + "/frontdesk/sign-out?confirm=yes&everywhere=yes")
		v.get(home).wants(t, 200, "Remote-User: c-ann\n") // no GET signed anybody out
		out := v.postTo(client+"/frontdesk/sign-out?redirect_uri=https://evil.example/", url.Values{"redirect_uri": {"https://evil.example/"}, "return": {"//evil.example/"}})
		w.wantsHere(t, "sign-out", out.wants(t, 303).Header.Get("Location"))
	})
	t.Run("CVE-2021-39206: fragments and headers that come several times", func(t *testing.T) {
		v := w.visitor()
		v.signIn(t)
		several := []string{"Remote-User: evil", "remote-user: evil", "Remote-User: c-ann, evil", "Remote-Groups: evil", "X-Frontdesk-Assertion: evil", "X-Frontdesk-Assertion: evil", v.cookieLine()}
		answer := w.ask("GET /", several...)
		if strings.Contains(answer, "evil") || strings.Count(answer, "Remote-User: c-ann\n") != 1 || strings.Count(answer, "X-Frontdesk-Assertion: ") != 1 {
			t.Errorf("%s", answer)
		}
		for _, target := range []string{"/secret#/public", "/#/../public", "/assets#/x"} {
			wantsNobody(t, target, w.ask("GET "+target))
		}
	})
	t.Run("CVE-2021-41230: changed claims are not seen", func(t *testing.T) {
		v := w.visitor()
		v.signIn(t)
		importNow(t, `{"contacts": [{"id": "c-ann", "groups": ["demoted"]}]}`)
		p := v.get(home).wants(t, 200, "Remote-Groups: demoted\n")
		if claims := claimsIn(t, p); !strings.Contains(claims, `"demoted"`) || strings.Contains(claims, `"users"`) {
			t.Errorf("assertion %s", claims)
		}
		v.get(client+"/frontdesk/whoami").wants(t, 200, `"groups":["demoted"]`)
	})
	t.Run("CVE-2022-24797: debugging pages and the operators' routes", func(t *testing.T) {
		v := w.visitor()
		v.signIn(t)
		for _, path := range []string{"/debug/pprof/", "/debug/vars", "/metrics", "/config/", "/load", "/pki/ca/local"} {
			wantsNobody(t, path, w.ask("GET "+path))
		}
		for _, path := range []string{"debug/pprof/", "metrics", "import", "export", "password", "require-password-change", "unlink"} {
			v.get(client+"/frontdesk/"+path).wants(t, 404)
			v.postTo(client+"/frontdesk/"+path, url.Values{}).wants(t, 404)
		}
	})
	t.Run("CVE-2023-33189: requests that are decided as another", func(t *testing.T) {
		port := ":" + portOf(w)
		for _, line := range []string{
			"GET http://tech.localhost" + port + "/public", "GET http://client.localhost" + port + "/secret", "OPTIONS /secret", "TRACE /secret", "CONNECT client.localhost" + port,
			"PROPFIND /secret", "get /secret", "GET /public/../secret", "GET /assets/../secret", "GET /assets/%2e%2e/secret", "GET /assets/%252e%252e/secret", "GET /assets/..;/secret",
			"GET /assets/.%00./secret", "GET /public;/../secret", "GET /public%00", "GET /secret;/public", "GET /./public/../secret", "GET /public/.", `GET /assets\..\secret`, "GET //assets/x",
			"GET /assets//secret", "GET /ASSETS/x", "GET /assets/\xc0\xae\xc0\xae/secret", "GET /frontdesk/../secret",
		} {
			wantsNobody(t, line, w.ask(line))
		}
		wantsNobody(t, "two hosts", w.ask("GET /secret", "Host: tech.localhost"+port))
		wantsNobody(t, "two lengths", w.ask("POST /secret", "Content-Length: 0", "Content-Length: 5"))
	})
	t.Run("CVE-2024-39315: tokens on the page of the session", func(t *testing.T) {
		v := w.visitor()
		p := v.post(v.get(home), "email", "email", "ann@acme.example")
		p = v.pick(v.post(p, "method", "method", "microsoft"), oidAnn)
		v.post(p, "stay", "stay", "yes").wants(t, 200, "X-Frontdesk-Method: microsoft\n")
		for _, path := range []string{"session", "whoami", "sign-out", "sign-in"} {
			p := v.stay().get(client + "/frontdesk/" + path)
			p.lacks(t, "eyJ", "id_token", "access_token", "refresh_token")
			for _, c := range v.cookies() {
				if c.Name != "frontdesk-method" {
					p.lacks(t, c.Value)
				}
			}
		}
	})
	t.Run("CVE-2024-47616: token that was made for something else", func(t *testing.T) {
		v := w.visitor()
		v.signIn(t)
		assertion := assertionIn.FindStringSubmatch(v.get(home).body)
		if assertion == nil {
			t.Fatal("no assertion")
		}
		cookies := map[string]string{}
		for _, c := range v.cookies() {
			cookies[c.Name] = c.Value
		}
		for name, header := range map[string]string{
			"an assertion as a session":          "Cookie: frontdesk=" + assertion[1],
			"an assertion as a bearer token":     "Authorization: Bearer " + assertion[1],
			"an assertion as itself":             "X-Frontdesk-Assertion: " + assertion[1],
			"the browser's name as a session":    "Cookie: frontdesk=" + cookies["frontdesk-browser"],
			"a session as the browser's name":    "Cookie: frontdesk-browser=" + cookies["frontdesk"],
			"a session under the name of https":  "Cookie: __Host-frontdesk=" + cookies["frontdesk"],
			"a session as a bearer token":        "Authorization: Bearer " + cookies["frontdesk"],
			"a session with something after it":  "Cookie: frontdesk=" + cookies["frontdesk"] + "A",
			"a session with its last letter off": "Cookie: frontdesk=" + cookies["frontdesk"][:len(cookies["frontdesk"])-1],
		} {
			wantsNobody(t, name, w.ask("GET /", header))
		}
		wantsNobody(t, "a session in the query", w.ask("GET /?frontdesk="+cookies["frontdesk"]))
	})
	t.Run("CVE-2026-50285: compressed request before anybody is known", func(t *testing.T) {
		v := w.visitor()
		v.get(home)
		v.postCompressed(t, "step=email&email=ann%40acme.example").lacks(t, `name="method"`)
		v.postCompressed(t, "step=email&email="+strings.Repeat("a", 32<<20)).wants(t, 413)
	})
}

var assertionIn = regexp.MustCompile(`(?m)^X-Frontdesk-Assertion: (.*)$`)

// claimsIn is the payload of the assertion that a portal shows.
func claimsIn(t *testing.T, p page) string {
	t.Helper()
	assertion := assertionIn.FindStringSubmatch(p.body)
	if assertion == nil {
		t.Fatalf("no assertion in\n%s", p.body)
	}
	parts := slices.Collect(strings.SplitSeq(assertion[1], "."))
	claims, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	return string(claims)
}

// ticketOfBoth begins at the client's site with an address that opens three
// platforms, and returns where the choice of tech leads.
func (w *world) ticketOfBoth(t *testing.T) *url.URL {
	t.Helper()
	v := w.visitor()
	p := v.post(v.get(w.origin("client")+"/"), "email", "email", "both@msp.example")
	location, err := v.stay().post(p, "platform", "platform", "tech").Location()
	if err != nil || location.Query().Get("ticket") == "" {
		t.Fatalf("sent to %s, %v", location, err)
	}
	return location
}

// postCompressed posts a form to the sign-in as gzip.
func (v *visitor) postCompressed(t *testing.T, form string) page {
	t.Helper()
	var body bytes.Buffer
	z := gzip.NewWriter(&body)
	z.Write([]byte(form))
	z.Close()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, v.world.origin("client")+"/frontdesk/sign-in", &body)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Content-Encoding", "gzip")
	r.Header.Set("Origin", v.world.origin("client"))
	return v.do(r)
}
