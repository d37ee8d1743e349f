package gateway

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"path"
	"regexp"
	"strings"
	"testing"

	"github.com/frontdesk-gateway/frontdesk/internal/journey"
)

func TestCleanDestination(t *testing.T) {
	const prefix = "/frontdesk"
	for _, c := range []struct{ name, in, want string }{
		{"root", "/", "/"},
		{"path and query, whole", "/tickets/7?sort=new&q=a%2Fb+c", "/tickets/7?sort=new&q=a%2Fb+c"},
		{"escapes stay", "/a%20b/%E2%82%AC?x=%00", "/a%20b/%E2%82%AC?x=%00"},
		{"an address in the query", "/?next=https://evil.example//x", "/?next=https://evil.example//x"},
		{"dots within", "/a/../b", "/a/../b"},
		{"slashes within", "/a//b", "/a//b"},
		{"a name like the prefix", "/frontdesks", "/frontdesks"},
		{"the prefix below", "/x/frontdesk/sign-in", "/x/frontdesk/sign-in"},

		{"empty", "", "/"},
		{"relative", "tickets", "/"},
		{"query alone", "?x=1", "/"},
		{"other origin", "https://evil.example/", "/"},
		{"scheme-relative", "//evil.example/", "/"},
		{"three slashes", "///evil.example/", "/"},
		{"backslash", `/\evil.example/`, "/"},
		{"two backslashes", `\\evil.example/`, "/"},
		{"backslash within", `/a\b`, "/"},
		{"tab", "/\t/evil.example/", "/"},
		{"new line", "/\n/evil.example/", "/"},
		{"carriage return", "/a\r\nLocation: x", "/"},
		{"space first", " //evil.example/", "/"},
		{"space within", "/a b", "/"},
		{"control", "/\x01", "/"},
		{"DEL", "/\x7f", "/"},
		{"scheme", "javascript:alert(1)", "/"},
		{"user", "@evil.example/", "/"},
		{"fragment", "/a#b", "/"},
		{"broken escape", "/%zz", "/"},
		{"the prefix", "/frontdesk", "/"},
		{"the sign-in", "/frontdesk/sign-in?return=/", "/"},
		{"the sign-out", "/frontdesk/sign-out", "/"},
		{"the prefix, encoded", "/%66rontdesk/sign-out", "/"},
		{"the prefix, by dots", "/x/../frontdesk/sign-out", "/"},
		{"the prefix, by encoded dots", "/x/%2e%2e/frontdesk/sign-out", "/"},
		{"the prefix, by a dot", "/./frontdesk/session", "/"},
		{"the prefix, by slashes", "/x/..//frontdesk/session", "/"},
		{"the prefix, by dots after slashes", "/frontdesk//../sign-out", "/"},
		{"the prefix, by dots, then by dots after slashes", "/x/../frontdesk//../sign-out", "/"},
		{"the prefix, by encoded dots after slashes", "/frontdesk//.%2E/sign-out", "/"},
		{"the prefix, by a dot after slashes", "/frontdesk/./sign-out", "/"},
		{"the prefix, where dots are taken as they are", "/frontdesk/../x", "/"},
		{"the prefix, with its slash encoded", "/frontdesk%2fsign-out", "/"},
		{"beyond the root", "/../../frontdesk/sign-out", "/"},
		{"the prefix in another case", "/FRONTDESK/sign-out", "/FRONTDESK/sign-out"},
		{"the prefix with a parameter", "/frontdesk;x/sign-out", "/frontdesk;x/sign-out"},
		{"the prefix encoded twice", "/%2566rontdesk/sign-out", "/%2566rontdesk/sign-out"},
		{"encoded slashes around dots", "/files/..%2Fx", "/files/..%2Fx"},
		{"a query without anything", "/x?", "/x?"},
		{"question marks", "/x??a=?", "/x??a=?"},
		{"a percent sign in the query", "/x?100%&%zz=%", "/x?100%&%zz=%"},
		{"not UTF-8", "/\xff?\xfe=%ff", "/\xff?\xfe=%ff"},
		{"two slashes, encoded", "/%2F/evil.example", "/%2F/evil.example"}, // a path to every browser
		{"too long", "/" + strings.Repeat("a", maxDestination), "/"},
		{"as long as can be", "/" + strings.Repeat("a", maxDestination-1), "/" + strings.Repeat("a", maxDestination-1)},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := cleanDestination(c.in, prefix); got != c.want {
				t.Errorf("%q became %.80q, want %.80q", c.in, got, c.want)
			}
		})
	}
}

// browserReads resolves a Location as browsers do (WHATWG URL, 4.4): outer
// controls and spaces go, tabs and line breaks go, backslashes are slashes,
// dots may be encoded.
func browserReads(location string) (*url.URL, error) {
	location = strings.TrimFunc(location, func(r rune) bool { return r <= ' ' })
	location = strings.NewReplacer("\t", "", "\n", "", "\r", "", `\`, "/").Replace(location)
	p, query, asked := strings.Cut(location, "?")
	location = regexp.MustCompile(`(?i)%2e`).ReplaceAllString(p, ".") // dot segments are read so, and the rest means the same
	if asked {
		location += "?" + query
	}
	base, err := url.Parse(portal + "/frontdesk/sign-in")
	if err != nil {
		return nil, err
	}
	return base.Parse(location)
}

// FuzzCleanDestination: the result leads to a path on the same origin that is
// not one of the gateway's own, whatever came in.
func FuzzCleanDestination(f *testing.F) {
	for _, seed := range []string{"/", "/a?b=c", "//evil.example", `/\evil`, "/\t/evil", "/frontdesk/x", "/x/../frontdesk", "/%2e%2e/frontdesk/", "/a#b", "/é", "/:80", "/;//x", "/frontdesk//../x", "/a/..//frontdesk//%2e./x"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		out := cleanDestination(in, "/frontdesk")
		if out != "/" && out != in {
			t.Fatalf("%q became %q", in, out)
		}
		if again := cleanDestination(out, "/frontdesk"); again != out {
			t.Fatalf("%q became %q, and that %q", in, out, again)
		}
		u, err := browserReads(out)
		if err != nil {
			t.Fatalf("%q became %q: %v", in, out, err)
		}
		if u.Scheme+"://"+u.Host != portal || u.User != nil || u.Fragment != "" {
			t.Fatalf("%q became %q, which browsers read as %s", in, out, u)
		}
		for _, p := range []string{u.Path, path.Clean(u.Path)} {
			if p == "/frontdesk" || strings.HasPrefix(p, "/frontdesk/") {
				t.Fatalf("%q became %q, which leads to %s", in, out, p)
			}
		}
		if strings.ContainsAny(out, "\r\n") {
			t.Fatalf("%q became %q", in, out)
		}
	})
}

// TestDestinationIsTheVisitorsOwn: taken from the address as it was sent, not
// as it was rewritten on the way.
func TestDestinationIsTheVisitorsOwn(t *testing.T) {
	d := newDesk(t)
	r := httptest.NewRequest("GET", portal+"/index.php?route=seen", nil)
	navigating(r)
	w := httptest.NewRecorder()
	if pass, _ := d.Handle(w, r, Client{URL: &url.URL{Path: "/seen", RawQuery: "x=1"}, Target: "/seen?x=1"}); pass != nil {
		t.Fatal("passed on")
	}
	if l := w.Header().Get("Location"); l != "/frontdesk/sign-in?return=%2Fseen%3Fx%3D1" {
		t.Errorf("sent to %s", l)
	}
}

func TestOriginForm(t *testing.T) {
	for target, want := range map[string]string{
		"/x?y":                                   "/x?y",
		"/http://evil.example/x":                 "/http://evil.example/x",
		"https://portal.msp.example/a|b?c=|":     "/a|b?c=|",
		"https://portal.msp.example?c=1":         "/?c=1",
		"https://portal.msp.example":             "/",
		"https://portal.msp.example//evil":       "//evil",
		"https://u:p@portal.msp.example/x?//a/b": "/x?//a/b",
		"*":                                      "/",
		"portal.msp.example:443":                 "/",
		"":                                       "/",
	} {
		if got := originForm(target); got != want {
			t.Errorf("%q became %q, want %q", target, got, want)
		}
	}
}

// TestDestinationIsJudgedWhenUsed: whatever the store holds by then.
func TestDestinationIsJudgedWhenUsed(t *testing.T) {
	for stored, want := range map[string]string{
		"/x?y":                           portal + "/x?y",
		"//evil.example":                 portal + "/",
		`/\evil.example`:                 portal + "/",
		".evil.example/":                 portal + "/",
		"@evil.example/":                 portal + "/",
		":8443/":                         portal + "/",
		"/frontdesk/sign-out":            portal + "/",
		"/x\r\nSet-Cookie: a=b":          portal + "/",
		"https://evil.example/":          portal + "/",
		"/x/../frontdesk//../sign-out":   portal + "/",
		"/" + strings.Repeat("x", 8<<10): portal + "/",
	} {
		d, o := newWalk(t)
		v := d.visitor(t)
		v.get(portal + "/")
		v.post("email", "email", "ann@acme.example")
		v.post("method", "method", "email_token").shows(t, 200, `name="code"`)
		code, link := o.newest(t)
		u, err := url.Parse(link)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := d.store.UpdateJourney(t.Context(), u.Query().Get("journey"), func(j journey.Journey) (journey.Journey, error) {
			j.Destination = stored
			return j, nil
		}); err != nil {
			t.Fatal(err)
		}
		v.post("prove", "code", code)
		v.post("stay", "stay", "no").shows(t, 200, `name="account"`)
		for _, again := range []string{"first", "once more"} { // the second finds the journey finished
			form := url.Values{"step": {"account"}, "account": {"acme"}}.Encode()
			got := d.doBody("POST", v.at, form, posting, func(r *http.Request) {
				for name, value := range v.cookies {
					r.AddCookie(&http.Cookie{Name: name, Value: value})
				}
			}).wants(t, 303)
			if l := got.Header().Get("Location"); l != want {
				t.Errorf("%.60q, %s: sent to %.80q, want %.80q", stored, again, l, want)
			}
			for _, c := range got.Result().Cookies() {
				v.cookies[c.Name] = c.Value
			}
		}
	}
}
