package caddymodule

import (
	"fmt"
	"go/parser"
	"go/token"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
)

func TestAdvisoriesOfCaddySecurity(t *testing.T) {
	w := newWorld(t)
	w.options = "limits {\n unknown_addresses_per_client 10\n wrong_codes_per_person 10\n mails_per_person 100\n mails_per_person_daily 100\n}"
	w.start()
	client, home := w.origin("client"), w.origin("client")+"/"
	const script = `"><script>alert(1)</script>`

	t.Run("CVE-2023-52430: script in what a page repeats", func(t *testing.T) {
		v := w.visitor()
		p := v.post(v.get(client+"/frontdesk/sign-in?return="+url.QueryEscape("/"+script)), "email", "email", script+"@acme.example")
		p.wants(t, 422, "&lt;script&gt;").lacks(t, "<script")
		for _, target := range []string{"/frontdesk/sign-in?again=" + url.QueryEscape(script), "/frontdesk/sign-in?journey=" + url.QueryEscape(script), "/frontdesk/" + url.PathEscape(script),
			"/frontdesk/sign-out?still_at=" + url.QueryEscape(script), "/frontdesk/callback/microsoft?error=" + url.QueryEscape(script) + "&error_description=" + url.QueryEscape(script)} {
			v.get(client+target).lacks(t, "<script")
		}
	})
	t.Run("CVE-2024-21492: session that outlives its sign-out", func(t *testing.T) {
		here, elsewhere := w.visitor(), w.visitor()
		here.signIn(t)
		elsewhere.signIn(t)
		stolen := []*visitor{here.thief(), elsewhere.thief()}
		here.postTo(client+"/frontdesk/sign-out", url.Values{}).wants(t, 200, "You are signed out")
		stolen[0].get(home).wants(t, 200, `name="email"`)
		stolen[1].get(home).wants(t, 200, "Remote-User: c-ann\n")
		elsewhere.postTo(client+"/frontdesk/sign-out", url.Values{"everywhere": {"yes"}}).wants(t, 200)
		stolen[1].get(home).wants(t, 200, `name="email"`)
	})
	t.Run("CVE-2024-21494: client address from a header", func(t *testing.T) {
		attacker := w.visitor().from("127.0.0.3")
		p := attacker.get(home)
		for i := range 11 {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.Request.URL.String(), strings.NewReader(url.Values{"step": {"email"}, "email": {"x@nowhere.example"}}.Encode()))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.Header.Set("Origin", client)
			claimed := fmt.Sprintf("198.51.100.%d", i)
			for _, name := range []string{"X-Forwarded-For", "X-Real-Ip", "True-Client-Ip", "Cf-Connecting-Ip", "X-Client-Ip"} {
				r.Header.Set(name, claimed)
			}
			r.Header.Set("Forwarded", "for="+claimed)
			p = attacker.do(r)
		}
		p.wants(t, 429)
	})
	t.Run("CVE-2024-21496: script in the Referer", func(t *testing.T) {
		for _, target := range []string{"/frontdesk/sign-in", "/frontdesk/sign-out", "/frontdesk/nothing", "/frontdesk/session", "/secret"} {
			for _, referer := range []string{"javascript:alert(document.domain)//", "https://evil.example/" + script} {
				answer := w.ask("GET "+target, "Accept: text/html", "Referer: "+referer)
				if strings.Contains(answer, "javascript:") || strings.Contains(answer, "evil.example") {
					t.Errorf("%s: %s", target, answer)
				}
			}
		}
	})
	t.Run("CVE-2024-21497: redirect_url", func(t *testing.T) {
		v := w.visitor()
		v.signIn(t)
		for _, path := range []string{"whoami", "session", "sign-in", "sign-out", "nothing"} {
			p := v.stay().get(client + "/frontdesk/" + path + "?redirect_url=https://evil.example/")
			if strings.Contains(p.Header.Get("Location")+strings.Join(p.Header.Values("Set-Cookie"), "")+p.body, "evil.example") {
				t.Errorf("%s: %v\n%s", path, p.Header, p.body)
			}
		}
		w.staysHere(t, "https://evil.example/", "//evil.example")
	})
	t.Run("CVE-2024-21498: X-Forwarded-Host", func(t *testing.T) {
		v := w.visitor()
		p := v.post(v.get(home), "email", "email", "ann@acme.example")
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.Request.URL.String(), strings.NewReader(url.Values{"step": {"method"}, "method": {"email_token"}}.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", client)
		r.Header.Set("X-Forwarded-Host", "evil.example")
		r.Header.Set("X-Forwarded-Proto", "https")
		v.do(r).wants(t, 200, `name="code"`).lacks(t, "evil.example")
		if mail := w.mail("Ann@acme.example"); strings.Contains(mail.Text+mail.HTML, "evil.example") || !strings.HasPrefix(mail.Link(), client+"/frontdesk/") {
			t.Errorf("mail %s", mail.Text)
		}
	})
	t.Run("CVE-2024-21499: X-Forwarded-Proto", func(t *testing.T) {
		for _, scheme := range []string{"https", "javascript", "evil.example/", "http\tx"} {
			answer := w.ask("GET /secret", "Accept: text/html", "X-Forwarded-Proto: "+scheme)
			if !strings.Contains(answer, "Location: /frontdesk/sign-in?return=%2Fsecret\r\n") {
				t.Errorf("%s: %s", scheme, answer)
			}
		}
	})
	t.Run("CVE-2024-21500: codes guessed over many sign-ins", func(t *testing.T) {
		var last page
		for i := range 12 {
			v := w.visitor()
			p := v.post(v.get(home), "email", "email", "mixed@acme.example")
			p = v.post(p, "method", "method", "email_token")
			if i == 11 {
				last = p
				break
			}
			last = v.post(p, "prove", "code", "00000000")
			if last.StatusCode == http.StatusTooManyRequests {
				break
			}
		}
		last.lacks(t, `name="stay"`)
		if last.StatusCode != http.StatusTooManyRequests {
			t.Errorf("status %d after all guesses\n%s", last.StatusCode, last.body)
		}
	})
	t.Run("issue 274: no defence against forged forms", func(t *testing.T) {
		v := w.visitor()
		v.signIn(t)
		for _, path := range []string{"sign-in", "sign-out", "session"} {
			for _, header := range []string{"Origin: https://evil.example", "Origin: null", "X-Requested-With: XMLHttpRequest", "Referer: " + home, "Sec-Fetch-Site: same-origin"} {
				answer := w.ask("POST /frontdesk/"+path, v.cookieLine(), "Content-Type: application/x-www-form-urlencoded", "Content-Length: 0", header)
				if !strings.HasPrefix(answer, "HTTP/1.1 403 ") {
					t.Errorf("%s, %s: %.200s", path, header, answer)
				}
			}
		}
	})
}

// TestCaddyfileNeverPanics holds what CVE-2024-21493 of caddy-security and its
// issue 275 broke: a block that stops anywhere, and values that are empty, are
// errors.
func TestCaddyfileNeverPanics(t *testing.T) {
	golden, err := os.ReadFile("testdata/caddyfile/full.caddyfiletest")
	if err != nil {
		t.Fatal(err)
	}
	input, _, _ := strings.Cut(string(golden), dashes)
	for i, c := range input {
		if c == ' ' || c == '\n' || c == '{' {
			adapt(input[:i])                              // cut short
			adapt(input[:i] + strings.Repeat("\n}", 4))   // cut short, and closed
			adapt(input[:i] + ` ""` + input[i:])          // an empty argument more
			adapt(withoutWordAt(input, i))                // an argument fewer
			adapt(input[:i] + " {\n}\n" + input[i:])      // a block where none belongs
			adapt(input[:i] + " {$NOT_SET} " + input[i:]) // nothing where something was
		}
	}
}

func withoutWordAt(text string, i int) string {
	rest := strings.TrimLeft(text[i:], " \n")
	end := strings.IndexAny(rest, " \n")
	if end < 0 {
		return text[:i]
	}
	return text[:i] + rest[end:]
}

// TestRandomnessIsUnguessable holds what CVE-2024-21495 of caddy-security
// broke: nothing that is built imports math/rand, but for the choice of ports. What
// measures is a module of its own.
func TestRandomnessIsUnguessable(t *testing.T) {
	files := 0
	err := eachGoFile("..", func(path string) error {
		if strings.HasSuffix(path, "_test.go") || path == "../internal/freeport/freeport.go" || strings.HasPrefix(path, "../bench/") {
			return nil
		}
		files++
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, spec := range file.Imports {
			if strings.HasPrefix(spec.Path.Value, `"math/rand`) {
				t.Errorf("%s imports %s: use crypto/rand", path, spec.Path.Value)
			}
		}
		return nil
	})
	if err != nil || files < 100 {
		t.Errorf("%d files were read, %v", files, err)
	}
}
