package caddymodule

import (
	"io/fs"
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2"
)

// The tests named for advisories attack the gateway in the ways that broke
// other products. docs/advisories.md says which advisory is held by which test.

// admitUnderscores has Caddy pass these headers on, which it drops by default;
// it drops those with hyphens in their stead.
const admitUnderscores = "\n\tservers {\n\t\texpected_underscore_headers Remote_user X_frontdesk_account_id\n\t}"

// startWith runs the world's configuration with a part of its text changed, and
// returns that text.
func (w *world) startWith(old, changed string) (text string) {
	w.t.Helper()
	text = strings.Replace(w.caddyfile(), old, changed, 1)
	if !strings.Contains(text, changed) {
		w.t.Fatalf("no %q in the configuration", old)
	}
	config, err := adapt(text)
	if err == nil {
		err = caddy.Load(config, true)
	}
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() {
		if err := caddy.Stop(); err != nil {
			w.t.Error(err)
		}
	})
	return text
}

// ask sends a request line and header lines to the client's host as they stand,
// and returns the whole answer.
func (w *world) ask(line string, headers ...string) string {
	w.t.Helper()
	return w.askAt("client.localhost:"+portOf(w), line, headers...)
}

func (w *world) askAt(host, line string, headers ...string) string {
	w.t.Helper()
	return w.raw(line + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n" + strings.Join(append(headers, ""), "\r\n") + "\r\n")
}

var atPortal = regexp.MustCompile(`(?m)^portal [A-Za-z]+ `)

// wantsNobody fails the test where a request reached the portal, or was not
// refused in words: with a way to sign in, an error of the client's, or a method
// that is not known.
func wantsNobody(t *testing.T, request, answer string) {
	t.Helper()
	status, _, _ := strings.Cut(strings.TrimPrefix(answer, "HTTP/1.1 "), " ")
	if atPortal.MatchString(answer) || !strings.HasPrefix(answer, "HTTP/1.1 ") || status < "303" || status > "499" && status != "501" {
		t.Errorf("%s was answered by %.300s", request, answer)
	}
}

// cookieLine is the header by which somebody else could send a visitor's
// cookies.
func (v *visitor) cookieLine() string {
	var pairs []string
	for _, c := range v.cookies() {
		pairs = append(pairs, c.Name+"="+c.Value)
	}
	return "Cookie: " + strings.Join(pairs, "; ")
}

func (v *visitor) cookies() []*http.Cookie {
	v.t.Helper()
	portal, err := url.Parse(v.world.origin("client"))
	if err != nil {
		v.t.Fatal(err)
	}
	return v.client.Jar.Cookies(portal)
}

// thief is another browser with a visitor's cookies.
func (v *visitor) thief() *visitor {
	v.t.Helper()
	portal, err := url.Parse(v.world.origin("client"))
	if err != nil {
		v.t.Fatal(err)
	}
	thief := v.world.visitor()
	thief.client.Jar.SetCookies(portal, v.cookies())
	return thief
}

// staysHere holds that an address to return to leads nowhere but to the
// client's portal: for who is signed in, at the end of a sign-in, and where it
// is the request itself.
func (w *world) staysHere(t *testing.T, addresses ...string) {
	t.Helper()
	here := w.visitor()
	here.signIn(t)
	here.stay()
	for _, address := range addresses {
		asked := w.origin("client") + "/frontdesk/sign-in?return=" + url.QueryEscape(address)
		w.wantsHere(t, address, here.get(asked).Header.Get("Location"))
		w.wantsHere(t, address, w.signInFrom(asked).Header.Get("Location"))
		if strings.ContainsFunc(address, func(r rune) bool { return r <= ' ' }) {
			continue // no request line can hold it
		}
		answer := w.ask("GET "+address, "Accept: text/html")
		if atPortal.MatchString(answer) {
			t.Errorf("%q went to the portal", address)
		}
		if location := locationLine.FindStringSubmatch(answer); location != nil {
			w.wantsHere(t, address, location[1])
			if to, err := url.Parse(location[1]); err == nil {
				w.wantsHere(t, address, to.Query().Get("return"))
			}
		}
	}
}

var locationLine = regexp.MustCompile(`(?m)^Location: (.*)\r$`)

// signInFrom signs Ann in, beginning at an address, and returns the last
// answer before the portal.
func (w *world) signInFrom(address string) page {
	w.t.Helper()
	v := w.visitor()
	p := v.post(v.get(address), "email", "email", "ann@acme.example")
	p = v.post(p, "method", "method", "password")
	p = v.post(p, "prove", "password", testPassword).wants(w.t, 200, `name="stay"`)
	return v.stay().post(p, "stay", "stay", "no").wants(w.t, 303)
}

// wantsHere resolves a Location as browsers do (WHATWG URL, 4.4): outer
// controls and spaces go, tabs and line breaks go, backslashes are slashes.
func (w *world) wantsHere(t *testing.T, asked, location string) {
	t.Helper()
	read := strings.TrimFunc(location, func(r rune) bool { return r <= ' ' })
	read = strings.NewReplacer("\t", "", "\n", "", "\r", "", `\`, "/").Replace(read)
	base, err := url.Parse(w.origin("client") + "/frontdesk/sign-in")
	if err != nil {
		t.Fatal(err)
	}
	to, err := base.Parse(read)
	if err != nil || location == "" || to.Scheme+"://"+to.Host != w.origin("client") || to.User != nil {
		t.Errorf("%q leads to %q (%v)", asked, location, err)
	}
}

// eachGoFile calls f with every Go file below a folder.
func eachGoFile(root string, f func(path string) error) error {
	return filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (entry.Name() == ".git" || entry.Name() == "node_modules"):
			return fs.SkipDir
		case entry.IsDir() || filepath.Ext(path) != ".go":
			return nil
		}
		return f(path)
	})
}
