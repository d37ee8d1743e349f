package gateway

import (
	"net/http"
	"strings"
	"testing"

	"golang.org/x/net/http/httpguts"

	"github.com/frontdesk-gateway/frontdesk/internal/config"
)

// TestCookiesOfThePortal: ours never reach it, and the others do byte for byte.
func TestCookiesOfThePortal(t *testing.T) {
	for _, c := range []struct {
		name string
		in   []string
		want []string
	}{
		{"none", nil, nil},
		{"the portal's alone", []string{`a=1; b="x y"; c==; d`}, []string{`a=1; b="x y"; c==; d`}},
		{"odd spacing stays", []string{"a=1;b=2 ;  c=3"}, []string{"a=1;b=2 ;  c=3"}},
		{"ours alone", []string{"__Host-frontdesk=x"}, nil},
		{"ours first", []string{"__Host-frontdesk=x; a=1; b=2"}, []string{"a=1; b=2"}},
		{"ours in the middle", []string{"a=1; __Host-frontdesk=x; b=2"}, []string{"a=1; b=2"}},
		{"ours last", []string{"a=1; __Host-frontdesk=x"}, []string{"a=1"}},
		{"both of ours", []string{"__Host-Http-frontdesk-browser=y; a=1; __Host-frontdesk=x"}, []string{"a=1"}},
		{"those of plain http", []string{"frontdesk=x; a=1; frontdesk-browser=y"}, []string{"a=1"}},
		{"several lines", []string{"a=1", "__Host-frontdesk=x", "b=2; frontdesk=y"}, []string{"a=1", "b=2"}},
		{"white space around the name", []string{"a=1;\t__Host-frontdesk =x; b=2"}, []string{"a=1; b=2"}},
		{"without a value", []string{"__Host-frontdesk; a=1"}, []string{"a=1"}},
		{"our name in a value", []string{"a=frontdesk; b=__Host-frontdesk"}, []string{"a=frontdesk; b=__Host-frontdesk"}},
		{"names like ours", []string{"frontdeskx=1; xfrontdesk=2; __Host-frontdesk2=3; __Secure-frontdesk=4"}, []string{"frontdeskx=1; xfrontdesk=2; __Host-frontdesk2=3; __Secure-frontdesk=4"}},
		{"names like ours, oddly written", []string{";; frontdeskx=1;; "}, []string{";; frontdeskx=1;; "}},
		{"empty parts", []string{";; a=1;;frontdesk=x;; b=2;"}, []string{";; a=1;;; b=2;"}},
		{"white space that nothing parts", []string{" a=1; frontdesk=x"}, []string{" a=1"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := &http.Request{Header: http.Header{}}
			if c.in != nil {
				r.Header["Cookie"] = c.in
			}
			takeSessionCookie(r, config.Origin{Scheme: "https", Host: "h"}, false)
			if got := r.Header["Cookie"]; strings.Join(got, "\n") != strings.Join(c.want, "\n") || (got == nil) != (c.want == nil) {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

// TestSessionCookie: which value counts.
func TestSessionCookie(t *testing.T) {
	secure, plain := config.Origin{Scheme: "https", Host: "h"}, config.Origin{Scheme: "http", Host: "localhost"}
	for _, c := range []struct {
		name   string
		in     []string
		origin config.Origin
		want   string
		found  bool
	}{
		{"there", []string{"a=1; __Host-frontdesk=x; b=2"}, secure, "x", true},
		{"with an equals sign", []string{"__Host-frontdesk=x=="}, secure, "x==", true},
		{"missing", []string{"a=1"}, secure, "", false},
		{"doubled", []string{"__Host-frontdesk=x; __Host-frontdesk=y"}, secure, "", false},
		{"doubled, the same", []string{"__Host-frontdesk=x; __Host-frontdesk=x"}, secure, "", false},
		{"doubled over two lines", []string{"__Host-frontdesk=x", "__Host-frontdesk=y"}, secure, "", false},
		{"the plain name on https", []string{"frontdesk=x"}, secure, "", false},
		{"the plain name on loopback", []string{"frontdesk=x"}, plain, "x", true},
		{"the secure name on loopback", []string{"__Host-frontdesk=x"}, plain, "", false},
		{"another case", []string{"__host-frontdesk=x"}, secure, "", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := &http.Request{Header: http.Header{"Cookie": c.in}}
			value, found := takeSessionCookie(r, c.origin, true)
			if found != c.found || found && value != c.want {
				t.Errorf("%q, %t; want %q, %t", value, found, c.want, c.found)
			}
			if got := strings.Join(r.Header["Cookie"], "\n"); got != strings.Join(c.in, "\n") {
				t.Errorf("the header became %q", got)
			}
		})
	}
}

// TestDoubledCookieIsRefused: one of the two was planted.
func TestDoubledCookieIsRefused(t *testing.T) {
	d := newDesk(t)
	cookie, _ := d.signIn()
	if got := d.do("GET", portal+"/", with("Cookie", cookie+"; "+cookie)); got.pass != nil {
		t.Error("passed on")
	}
	if got := d.do("GET", portal+"/", with("Cookie", cookie)); got.pass == nil || got.request.Header["Cookie"] != nil {
		t.Errorf("status %d, cookies %q", got.Code, got.request.Header["Cookie"])
	}
}

// FuzzCookies: whatever comes, ours are gone and what has nothing of ours stays.
func FuzzCookies(f *testing.F) {
	for _, seed := range []string{"a=1; __Host-frontdesk=x; b=2", "frontdesk=;;frontdesk", " \t;=; frontdesk-browser =1", "a=\"; frontdesk=x\""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, line string) {
		if !httpguts.ValidHeaderFieldValue(line) {
			return // net/http refuses it
		}
		r := &http.Request{Header: http.Header{"Cookie": {line}}}
		takeSessionCookie(r, config.Origin{Scheme: "https", Host: "h"}, false)
		rest := strings.Join(r.Header["Cookie"], "; ")
		for _, name := range []string{plainSessionName, plainBrowserName, secureSessionName, secureBrowserName} {
			if len((&http.Request{Header: http.Header{"Cookie": {rest}}}).CookiesNamed(name)) > 0 {
				t.Fatalf("%q still has %s: %q", line, name, rest)
			}
		}
		if !strings.Contains(line, "frontdesk") && rest != line {
			t.Fatalf("%q became %q", line, rest)
		}
	})
}

// TestCookieAttributes: RFC 6265bis, and no flag on loopback.
func TestCookieAttributes(t *testing.T) {
	d := newDesk(t)
	for _, c := range []struct{ origin, want string }{
		{portal, "__Host-Http-frontdesk-browser=?; Path=/; HttpOnly; Secure; SameSite=Lax"},
		{local, "frontdesk-browser=?; Path=/; HttpOnly; SameSite=Lax"},
	} {
		got := d.do("GET", c.origin+"/frontdesk/sign-in", navigating).wants(t, http.StatusOK)
		cookie := got.Header().Get("Set-Cookie")
		name, rest, _ := strings.Cut(cookie, "=")
		_, attributes, _ := strings.Cut(rest, ";")
		if got := name + "=?;" + attributes; got != c.want {
			t.Errorf("%s, want %s", got, c.want)
		}
	}
}

// TestSecondCookieGoes with the first one that is written: a script can plant one beside each of
// ours, by Partitioned, in browsers that do not know the prefix.
func TestSecondCookieGoes(t *testing.T) {
	d, o := newWalk(t)
	planted := func(got answer, name string) bool {
		at := map[bool]int{false: -1, true: -1}
		for i, c := range got.Result().Cookies() {
			if c.Name == name {
				at[c.Partitioned] = i
				if c.Partitioned && (c.Value != "" || c.MaxAge >= 0 || c.Path != "/" || !c.Secure) {
					t.Errorf("%s", c.Raw)
				}
			}
		}
		return at[true] >= 0 && at[true] < at[false] // who does not know Partitioned keeps what comes last
	}
	v := d.visitor(t)
	if got := v.get(portal + "/frontdesk/sign-in"); planted(got, secureBrowserName) {
		t.Error("taken from who has none")
	}
	two := "; " + secureBrowserName + "=x; " + secureBrowserName + "=y"
	if got := d.do("GET", portal+"/frontdesk/sign-in", navigating, with("Cookie", two[2:])); !planted(got, secureBrowserName) {
		t.Errorf("the browser's name: %q", got.Header()["Set-Cookie"])
	}
	second := func(r *http.Request) { r.Header.Set("Cookie", secureSessionName+"=x; "+secureSessionName+"=\"") } // Go reads no such value
	v.post("email", "email", "ann@acme.example")
	v.post("method", "method", "email_token")
	code, _ := o.newest(t)
	v.post("prove", "code", code)
	v.post("stay", "stay", "no")
	v.request("POST", v.at, "step=account&account=acme", func(r *http.Request) { posting(r); second(r) })
	if got := v.trail[len(v.trail)-2]; !planted(got, secureSessionName) {
		t.Errorf("at a sign-in: %q", got.Header()["Set-Cookie"])
	}
	v.get(portal + "/frontdesk/sign-out")
	v.request("POST", v.at, "", func(r *http.Request) { posting(r); second(r) })
	if got := v.trail[len(v.trail)-2]; !planted(got, secureSessionName) {
		t.Errorf("at a sign-out: %q", got.Header()["Set-Cookie"])
	}
	alone := v.holding(secureSessionName + "=x") // planted while nobody was signed in: ours would come beside it
	if alone.signsInByCode(o); !planted(alone.trail[len(alone.trail)-2], secureSessionName) {
		t.Error("one that is alone stays")
	}
}

// TestSignsOutByEachSpelling: however the cookie is written by which somebody is signed in, they
// are asked on the page to sign out, and are nobody after it. One that the page passed over
// would have it say that they are signed out.
func TestSignsOutByEachSpelling(t *testing.T) {
	for name, spelled := range map[string]func(name, value string) []string{
		"as it was given":                func(name, value string) []string { return []string{name + "=" + value} },
		"white space after the name":     func(name, value string) []string { return []string{"a=1; " + name + " =" + value} },
		"a tab after the name":           func(name, value string) []string { return []string{name + "\t=" + value + "; a=1"} },
		"white space around the value":   func(name, value string) []string { return []string{name + "= " + value + " "} },
		"in a line of its own":           func(name, value string) []string { return []string{"a=1", name + " =" + value} },
		"after a part that is no cookie": func(name, value string) []string { return []string{"=;;\"; " + name + " = " + value} },
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			cookie, s := d.signIn()
			_, value, _ := strings.Cut(cookie, "=")
			browser := d.browserOf()
			cookies := func(r *http.Request) {
				r.Header["Cookie"] = append([]string{browser}, spelled(secureSessionName, value)...)
			}
			if got := d.do("GET", portal+"/", cookies); got.pass == nil {
				t.Fatalf("nobody is signed in: %d", got.Code)
			}
			page := d.do("GET", portal+"/frontdesk/sign-out", navigating, cookies).shows(t, 200, `name="everywhere"`)
			token := tokenValue.FindStringSubmatch(page.Body.String())
			d.doBody("POST", portal+"/frontdesk/sign-out", "form_token="+token[1], posting, func(r *http.Request) { r.Header.Del(ownForm) }, cookies).wants(t, 303)
			d.wantsEnded(s, true)
			d.do("GET", portal+"/", cookies).wants(t, http.StatusUnauthorized)
		})
	}
}
