package caddymodule

import (
	"encoding/base64"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// forgedHosts are what a request may say of the host that it is for, beside
// Host: some proxies and frameworks believe each of them.
const forgedHosts = "X-Forwarded-Host: evil.example\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Port: 443\r\nX-Forwarded-Prefix: //evil.example\r\nX-Forwarded-Server: evil.example\r\n" +
	"X-Host: evil.example\r\nX-Original-Host: evil.example\r\nX-HTTP-Host-Override: evil.example\r\nForwarded: host=evil.example;proto=https\r\nX-Original-URL: //evil.example/\r\nX-Rewrite-URL: //evil.example/\r\n" +
	"Referer: https://evil.example/\r\nX-Forwarded-For: 192.0.2.1\r\n"

// asked is a journey up to the choice of methods, as cookies and an id.
func (w *world) asked(t *testing.T) (v *visitor, cookies, journey string) {
	t.Helper()
	v = w.visitor()
	p := v.post(v.get(w.origin("client")+"/deep"), "email", "email", "ann@acme.example").wants(t, 200, `name="method"`)
	site, err := url.Parse(w.origin("client"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range v.client.Jar.Cookies(site) {
		cookies += c.Name + "=" + c.Value + "; "
	}
	return v, strings.TrimSuffix(cookies, "; "), p.Request.URL.Query().Get("journey")
}

// rawPost posts a form of the newest page to the sign-in with headers of one's own.
func (v *visitor) rawPost(target, headers, cookies, form string) string {
	v.t.Helper()
	w := v.world
	form += "&form_token=" + v.token("client.localhost:"+portOf(w))
	return w.raw(fmt.Sprintf("POST %s HTTP/1.1\r\n%sOrigin: %s\r\nCookie: %s\r\nAccept: text/html\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s",
		target, headers, w.origin("client"), cookies, len(form), form))
}

// TestForgedHosts: all that is built is built from the configured origin.
func TestForgedHosts(t *testing.T) {
	w := newWorld(t)
	w.start()
	client := w.origin("client")
	host := "Host: " + strings.TrimPrefix(client, "http://") + "\r\n"
	for name, c := range map[string]struct{ target, headers string }{
		"forwarding headers":               {"/frontdesk/sign-in", host + forgedHosts},
		"upper case":                       {"/frontdesk/sign-in", "Host: CLIENT.LocalHost:" + portOf(w) + "\r\n" + forgedHosts},
		"an absolute target beats Host":    {client + "/frontdesk/sign-in", "Host: evil.example\r\n"},
		"an absolute target with a user":   {strings.Replace(client, "//", "//evil.example@", 1) + "/frontdesk/sign-in", host},
		"an absolute target, other scheme": {strings.Replace(client, "http:", "https:", 1) + "/frontdesk/sign-in", host},
	} {
		t.Run(name, func(t *testing.T) {
			v, cookies, id := w.asked(t)
			before := len(w.outbox.Mails())
			answer := v.rawPost(c.target+"?journey="+id, c.headers, cookies, "step=method&method=email_token")
			if !strings.Contains(answer, "\r\nLocation: "+client+"/frontdesk/sign-in?journey=") || strings.Contains(answer, "evil") {
				t.Fatalf("answered\n%s", answer)
			}
			mail := w.mail("Ann@acme.example")
			if all := mail.Text + mail.HTML + mail.Subject; len(w.outbox.Mails()) != before+1 || !strings.HasPrefix(mail.Link(), client+"/frontdesk/") || strings.Contains(all, "evil") {
				t.Errorf("mailed\n%s", mail.Text)
			}
			answer = v.rawPost(c.target+"?journey="+id, c.headers, cookies, "step=method&method=microsoft")
			location := regexp.MustCompile(`\r\nLocation: (\S+)`).FindStringSubmatch(answer)
			if location == nil {
				t.Fatalf("answered\n%s", answer)
			}
			to, err := url.Parse(location[1])
			if err != nil || to.Query().Get("redirect_uri") != client+"/frontdesk/callback/microsoft" || strings.Contains(answer, "evil") {
				t.Errorf("sent to %s", location[1])
			}
		})
	}
	t.Run("assertion", func(t *testing.T) {
		v := w.visitor()
		v.signIn(t)
		site, err := url.Parse(client)
		if err != nil {
			t.Fatal(err)
		}
		cookies := ""
		for _, c := range v.client.Jar.Cookies(site) {
			cookies += c.Name + "=" + c.Value + "; "
		}
		answer := w.raw("GET / HTTP/1.1\r\n" + host + forgedHosts + "Cookie: " + strings.TrimSuffix(cookies, "; ") + "\r\nConnection: close\r\n\r\n")
		claims := regexp.MustCompile(`X-Frontdesk-Assertion: [^.]+\.([^.]+)\.`).FindStringSubmatch(answer)
		if claims == nil {
			t.Fatalf("answered\n%s", answer)
		}
		plain, err := base64.RawURLEncoding.DecodeString(claims[1])
		if err != nil || !strings.Contains(string(plain), `"iss":"`+client+`"`) || strings.Contains(string(plain), "evil") {
			t.Errorf("%s, %v", plain, err)
		}
	})
}

// TestOtherHostsBeginNothing: no mail, no journey, no cookie, and not a word of
// the hosts that are served.
func TestOtherHostsBeginNothing(t *testing.T) {
	w := newWorld(t)
	w.start()
	port := portOf(w)
	v, cookies, id := w.asked(t)
	good := "client.localhost:" + port
	for name, c := range map[string]struct{ target, headers string }{
		"another host":                        {"", "Host: evil.example\r\n"},
		"another port":                        {"", "Host: client.localhost:1\r\n"},
		"no port":                             {"", "Host: client.localhost\r\n"},
		"a dot at the end":                    {"", "Host: client.localhost.:" + port + "\r\n"},
		"a sub-domain":                        {"", "Host: x." + good + "\r\n"},
		"the address":                         {"", "Host: 127.0.0.1:" + port + "\r\n"},
		"no host":                             {"", "Host:\r\n"},
		"none at all":                         {"", ""},
		"two":                                 {"", "Host: " + good + "\r\nHost: evil.example\r\n"},
		"two, the other way":                  {"", "Host: evil.example\r\nHost: " + good + "\r\n"},
		"two in one":                          {"", "Host: " + good + ", evil.example\r\n"},
		"a user":                              {"", "Host: evil@" + good + "\r\n"},
		"a path":                              {"", "Host: " + good + "/x\r\n"},
		"a space before the colon":            {"", "Host : " + good + "\r\n"},
		"folded":                              {"", "Host: evil.example\r\n\t" + good + "\r\n"},
		"an absolute target beats Host":       {"http://evil.example", "Host: " + good + "\r\n"},
		"an absolute target without a scheme": {"//evil.example", "Host: " + good + "\r\n"},
		"an absolute target that is opaque":   {"http:evil.example", "Host: " + good + "\r\n"},
		"forwarded for a host that is":        {"", "Host: evil.example\r\nX-Forwarded-Host: " + good + "\r\nForwarded: host=" + good + "\r\n"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, form := range []string{"step=method&method=email_token", "step=method&method=microsoft"} {
				answer := v.rawPost(c.target+"/frontdesk/sign-in?journey="+id, c.headers, cookies, form)
				status := regexp.MustCompile(`^HTTP/1\.1 (\d+)`).FindStringSubmatch(answer)
				if status == nil || status[1] != "421" && status[1] != "400" && (status[1] != "401" || c.target == "") && status[1] != "404" {
					t.Errorf("answered\n%.400s", answer)
				}
				if strings.Contains(answer, "Set-Cookie") || strings.Contains(answer, "Location:") || strings.Contains(answer, good) && status[1] == "421" {
					t.Errorf("answered\n%.600s", answer)
				}
			}
			answer := w.raw("GET " + c.target + "/frontdesk/sign-in HTTP/1.1\r\n" + c.headers + "Accept: text/html\r\nConnection: close\r\n\r\n")
			if strings.Contains(answer, "Set-Cookie") || strings.Contains(answer, `name="email"`) || strings.Contains(answer, "portal GET") {
				t.Errorf("answered\n%.600s", answer)
			}
		})
	}
	if n := len(w.outbox.Mails()); n != 0 {
		t.Errorf("%d mails", n)
	}
}
