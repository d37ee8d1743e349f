package gateway

import (
	"net/http/httptest"
	"net/url"
	"path"
	"strings"
	"testing"
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
// controls and spaces go, tabs and line breaks go, backslashes are slashes.
func browserReads(location string) (*url.URL, error) {
	location = strings.TrimFunc(location, func(r rune) bool { return r <= ' ' })
	location = strings.NewReplacer("\t", "", "\n", "", "\r", "", `\`, "/").Replace(location)
	base, err := url.Parse(portal + "/frontdesk/sign-in")
	if err != nil {
		return nil, err
	}
	return base.Parse(location)
}

// FuzzCleanDestination: the result leads to a path on the same origin that is
// not one of the gateway's own, whatever came in.
func FuzzCleanDestination(f *testing.F) {
	for _, seed := range []string{"/", "/a?b=c", "//evil.example", `/\evil`, "/\t/evil", "/frontdesk/x", "/x/../frontdesk", "/%2e%2e/frontdesk/", "/a#b", "/é", "/:80", "/;//x"} {
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
		if p := path.Clean(u.Path); p == "/frontdesk" || strings.HasPrefix(p, "/frontdesk/") {
			t.Fatalf("%q became %q, which leads to %s", in, out, p)
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
	if pass := d.Handle(w, r, Client{URL: &url.URL{Path: "/seen", RawQuery: "x=1"}}); pass != nil {
		t.Fatal("passed on")
	}
	if l := w.Header().Get("Location"); l != "/frontdesk/sign-in?return=%2Fseen%3Fx%3D1" {
		t.Errorf("sent to %s", l)
	}
}
