package identity

import (
	"net/http"
	"strings"
	"testing"
)

// TestStripper: every spelling that a portal could take for one of the
// gateway's headers is removed, and nothing else.
func TestStripper(t *testing.T) {
	renamed := []map[string]string{{HeaderUser: "X-User", HeaderAssertion: "OFF"}, {HeaderGroups: "X-Groups", HeaderName: "off"}}
	for _, c := range []struct {
		name  string
		strip bool
	}{
		{"Remote-User", true},
		{"remote-user", true},
		{"REMOTE-USER", true},
		{"rEmOtE-uSeR", true},
		{"Remote_User", true},
		{"REMOTE_USER", true},
		{"Remote_user", true},
		{"remote.user", true},
		{"Remote.User", true},
		{"Remote!User", true},
		{"Remote~User", true},
		{"Remote*User", true},
		{"Remote|User", true},
		{"Remote User", true},
		{"Remote-Email", true},
		{"remote_email", true},
		{"Remote-Name", true},
		{"Remote.Groups", true},
		{"X-Frontdesk-Platform", true},
		{"x_frontdesk_platform", true},
		{"X_Frontdesk-Platform", true},
		{"X.Frontdesk_Account-Id", true},
		{"X-Frontdesk-Impersonator", true},
		{"X-Frontdesk-Assertion", true},
		{"X-Frontdesk-Anything-New", true},
		{"X_FRONTDESK_", true},
		{"X-Frontdesk-" + strings.Repeat("a", 300), true},
		{"X-User", true},
		{"x_user", true},
		{"X.Groups", true},

		{"Remote-Users", false},
		{"Remote--User", false},
		{"RemoteUser", false},
		{"Remote-User-", false},
		{"A-Remote-User", false},
		{"X-Frontdesk", false},
		{"X-Frontdeskx-Platform", false},
		{"Off", false},
		{"User", false},
		{"Authorization", false},
		{"Accept", false},
		{strings.Repeat("Remote-User", 300), false},
		{"", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := NewStripper(renamed...)
			r := &http.Request{
				Header:  http.Header{c.name: {"evil", "evil"}, "Kept": {"a", "b"}},
				Trailer: http.Header{c.name: nil, "Kept": nil},
			}
			s.Strip(r)
			_, inHeader := r.Header[c.name]
			if inHeader == c.strip {
				t.Errorf("%q: in header %t; want stripped %t", c.name, inHeader, c.strip)
			}
			if len(r.Header["Kept"]) != 2 {
				t.Errorf("another header became %q", r.Header["Kept"])
			}
			if r.Trailer != nil {
				t.Errorf("trailers are left: %v", r.Trailer)
			}
		})
	}
}

// TestStripperConnection: a client cannot have the proxy remove what the
// gateway sets (RFC 9110, 7.6.1).
func TestStripperConnection(t *testing.T) {
	for _, c := range []struct {
		name string
		in   []string
		want string // empty: no header
	}{
		{"none", nil, ""},
		{"keep-alive", []string{"keep-alive"}, "keep-alive"},
		{"close", []string{"close"}, "close"},
		{"upgrade", []string{"Upgrade"}, "Upgrade"},
		{"a browser's", []string{"keep-alive, Upgrade"}, "keep-alive, Upgrade"},
		{"an identity header", []string{"Remote-User"}, ""},
		{"among others", []string{"Upgrade, Remote-User,remote_email", "X-Frontdesk-Account-Id, close"}, "Upgrade, close"},
		{"any other", []string{"Authorization, X-Forwarded-For"}, ""},
		{"empty", []string{""}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := http.Header{}
			if c.in != nil {
				h["Connection"] = c.in
			}
			NewStripper().Strip(&http.Request{Header: h})
			if got := strings.Join(h["Connection"], "|"); got != c.want {
				t.Errorf("Connection %q, want %q", got, c.want)
			}
			if _, ok := h["Connection"]; ok != (c.want != "") {
				t.Errorf("Connection is there: %t", ok)
			}
		})
	}
}

func TestStripAllocatesNothing(t *testing.T) {
	s := NewStripper()
	r := &http.Request{Header: http.Header{}}
	for _, name := range []string{"Accept", "Accept-Encoding", "Accept-Language", "Cookie", "User-Agent", "Sec-Fetch-Mode", "Upgrade-Insecure-Requests"} {
		r.Header.Set(name, "x")
	}
	if n := testing.AllocsPerRun(100, func() { s.Strip(r) }); n != 0 {
		t.Errorf("%v allocations for a request with nothing to strip", n)
	}
}

func TestReserved(t *testing.T) {
	for _, name := range []string{"Host", "Cookie", "cookie", "Authorization", "Connection", "Transfer-Encoding", "Content_Length", "Sec-Fetch-Mode", "X-Forwarded-For", "TE"} {
		if !Reserved(name) {
			t.Errorf("%q may be used", name)
		}
	}
	for _, name := range []string{"X-User", "Remote-User", "X-Frontdesk-Platform"} {
		if Reserved(name) {
			t.Errorf("%q may not be used", name)
		}
	}
}

func TestIsHeader(t *testing.T) {
	for _, name := range HeaderNames {
		if !IsHeader(name) || !IsHeader(strings.ToUpper(name)) {
			t.Errorf("%q is not known", name)
		}
	}
	if IsHeader("X-User") || IsHeader("X-Frontdesk-New") {
		t.Error("another header is taken for one of the defaults")
	}
}
