package caddymodule

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// pathBytes are all bytes that a request's path can have as they are, and all
// others encoded.
func pathBytes() string {
	var b strings.Builder
	for c := range 256 {
		switch {
		case c <= ' ', c == 0x7f, strings.IndexByte(`#?%\`, byte(c)) >= 0:
			fmt.Fprintf(&b, "%%%02x", c)
		default:
			b.WriteByte(byte(c))
		}
	}
	return b.String()
}

// awkwardDestinations are honest, and arrive as they are.
var awkwardDestinations = map[string]string{
	"every byte in the path":      "/x" + pathBytes() + "/y",
	"every byte in the query":     "/x?" + strings.NewReplacer("%25", "%", "%3f", "?", "%5c", `\`).Replace(pathBytes()),
	"8 KB":                        "/" + strings.Repeat("a/b%2Fc", 1170) + "?",
	"encoded slashes":             "/a%2Fb%2fc/%2F%2F/..%2F..%2Fd",
	"an empty query":              "/x?",
	"question marks":              "/x??a=?&&=&",
	"plus signs":                  "/a+b?c+d=e+%2B",
	"percent signs in the query":  "/x?100%&%zz&%",
	"not ASCII":                   "/ü/\xff\xfe?é=\x80",
	"slashes":                     "/x//y///z//",
	"dots":                        "/x/../y/./z/.../%2e%2e/w",
	"slashes after a dot":         "/.//evil.example/",
	"an encoded line break":       "/%0d%0aSet-Cookie:x=y%0d%0a",
	"the prefix in another case":  "/FRONTDESK/sign-out",
	"the prefix with a parameter": "/frontdesk;x/sign-out",
	"a name like the prefix":      "/frontdesks",
	"the prefix below":            "/x/frontdesk/sign-out",
	"the prefix encoded twice":    "/%2566rontdesk/sign-out",
	"an address in the query":     "/?return=https://evil.example//&return=//evil.example",
	"placeholders":                "/{env.HOME}/{http.request.host}?{{.}}&%{PATH}&${x}",
	"markup":                      `/"><script>alert(1)</script>?'"><x`,
	"a colon, which is no scheme": "/javascript:alert(1)",
	"an authority, which is none": "/@evil.example:80/",
	"the query of the sign-in":    "/?journey=x&token=y&ticket=z&step=w",
	"a semicolon":                 "/a;b=c/d?e;f=g",
	"brackets and other reserved": "/[a]|b^c`d{e}?[f]|^`{}",
	"only a query":                "/?x",
	"a plain one":                 "/tickets/7?sort=new",
}

// hostileDestinations become "/".
var hostileDestinations = map[string]string{
	"another host":                     "//evil.example/x",
	"another host after three slashes": "///evil.example/x",
	"a backslash":                      `/\evil.example/x`,
	"a backslash within":               `/x\..\..\evil`,
	"the sign-out":                     "/x/../frontdesk/sign-out",
	"the sign-out, by slashes":         "/x/../frontdesk//../sign-out",
	"the sign-out, by encoded dots":    "/x/%2E%2e/frontdesk/sign-out",
	"the callback":                     "/x/../frontdesk/callback/microsoft?state=x",
	"the folder itself":                "/frontdesk",
	"a fragment":                       "/x#/frontdesk/sign-out",
	"more than 8 KB":                   "/" + strings.Repeat("x", 8<<10),
}

// challenged asks for a target, written as it is, and returns where to sign in.
func (w *world) challenged(target string) string {
	w.t.Helper()
	answer := w.raw("GET " + target + " HTTP/1.1\r\nHost: client.localhost:" + portOf(w) + "\r\nAccept: text/html\r\nConnection: close\r\n\r\n")
	_, location, found := strings.Cut(answer, "\r\nLocation: ")
	location, _, _ = strings.Cut(location, "\r\n")
	if !found || !strings.HasPrefix(location, "/frontdesk/sign-in?return=") {
		w.t.Fatalf("%.300q: %.500s", target, answer)
	}
	return w.origin("client") + location
}

// landing is where a journey that began at an address ends, as the header says
// it, and the cookies that came of it.
func (v *visitor) landing(t *testing.T, signIn string, prove func(page) page) (string, []*http.Cookie) {
	t.Helper()
	p := v.follow().post(v.get(signIn), "email", "email", "ann@acme.example")
	p = prove(p).wants(t, 200, `name="stay"`)
	last := v.stay().post(p, "stay", "stay", "no").wants(t, 303)
	return strings.TrimPrefix(last.Header.Get("Location"), v.world.origin("client")), last.Cookies()
}

// provings are the ways through step 3.
func provings(t *testing.T, v *visitor) map[string]func(page) page {
	return map[string]func(page) page{
		"password": func(p page) page {
			return v.post(v.post(p, "method", "method", "password"), "prove", "password", testPassword)
		},
		"code": func(p page) page {
			return v.post(v.post(p, "method", "method", "email_token"), "prove", "code", v.world.code("Ann@acme.example"))
		},
		"link": func(p page) page {
			v.post(p, "method", "method", "email_token").wants(t, 200, `name="code"`)
			link := v.world.mail("Ann@acme.example").Link()
			token, err := url.Parse(link)
			if err != nil {
				t.Fatal(err)
			}
			return v.post(v.get(link), "prove", "token", token.Query().Get("token"))
		},
		"microsoft": func(p page) page { return v.pick(v.post(p, "method", "method", "microsoft"), oidAnn) },
		"a change of methods, a wrong password and a restart": func(p page) page {
			p = v.post(v.post(p, "method", "method", "email_token"), "method", "method", "password")
			p = v.post(p, "prove", "password", "wrong").wants(t, 422)
			_, restart, _ := strings.Cut(p.body, `href="/frontdesk/sign-in?return=`)
			restart, _, _ = strings.Cut(restart, `"`)
			p = v.post(v.get(v.world.origin("client")+"/frontdesk/sign-in?return="+restart), "email", "email", "ann@acme.example")
			return v.post(v.post(p, "method", "method", "password"), "prove", "password", testPassword)
		},
	}
}

// TestDestinations: what the visitor asked for comes out of the journey byte for
// byte, and leads to the portal; what cannot be gone to becomes "/".
func TestDestinations(t *testing.T) {
	w := newWorld(t)
	w.portal.Config.Handler = http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		io.WriteString(rw, "received "+r.RequestURI+"\n")
	})
	w.start()
	v := w.visitor()
	for name, target := range awkwardDestinations {
		t.Run(name, func(t *testing.T) {
			v = w.visitor()
			landed, cookies := v.landing(t, w.challenged(target), provings(t, v)["password"])
			if landed != target {
				t.Fatalf("landed at\n%q, not\n%q", landed, target)
			}
			for _, c := range cookies {
				if c.Name != "frontdesk" {
					continue
				}
				answer := w.raw("GET " + target + " HTTP/1.1\r\nHost: client.localhost:" + portOf(w) + "\r\nCookie: frontdesk=" + c.Value + "\r\nConnection: close\r\n\r\n")
				if !strings.Contains(answer, "received ") {
					t.Errorf("the portal is not reached: %.300s", answer)
				}
			}
		})
	}
	for name, target := range hostileDestinations {
		t.Run(name, func(t *testing.T) {
			if got := w.challenged(target); got != w.origin("client")+"/frontdesk/sign-in?return=%2F" {
				t.Errorf("sent to %s", got)
			}
			v = w.visitor()
			signIn := w.origin("client") + "/frontdesk/sign-in?return=" + url.QueryEscape(target)
			if landed, _ := v.landing(t, signIn, provings(t, v)["password"]); landed != "/" {
				t.Errorf("landed at %q", landed)
			}
			if l := v.get(signIn).wants(t, 303).Header.Get("Location"); l != w.origin("client")+"/" {
				t.Errorf("who is signed in was sent to %q", l)
			}
		})
	}
	for method := range provings(t, v) {
		t.Run("by "+method, func(t *testing.T) {
			v = w.visitor()
			target := awkwardDestinations["every byte in the path"] + "?" + `a='"<>&b=%zz`
			if landed, _ := v.landing(t, w.challenged(target), provings(t, v)[method]); landed != target {
				t.Errorf("landed at\n%q, not\n%q", landed, target)
			}
		})
	}
}
