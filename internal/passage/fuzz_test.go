package passage

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/frontdesk-gateway/frontdesk/internal/identity"
)

// cgi is a header's name as CGI and its heirs know it (RFC 3875, 4.1.18),
// where every other character has become an underscore.
func cgi(name string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' {
			return r
		}
		return '_'
	}, strings.ToUpper(name))
}

// FuzzAdmit: after it no name is one of ours to any portal, Connection names
// nothing, whatever is left is as it was, and a stranger's request holds nothing
// that a trusted proxy's would not.
func FuzzAdmit(f *testing.F) {
	for _, seed := range [][3]string{{"Remote-User", "evil", "close"}, {"rEMOTE_uSER", "evil", "Upgrade, Remote-User"}, {"X.Frontdesk~New", "", "keep-alive"}, {"X-Us\u00e9r", "a", ""},
		{"Accept", "text/html", "\tcLoSe ,, x"}, {"Remote-\u017fser", "\u212a", "Keep-Alive, X-User"}, {"X-Frontdesk", "x", "\"close, upgrade\""}, {"Connection", "Remote-User", "close"},
		{"x-forwarded-user", "", ""}, {":protocol", "websocket", ""}, {"", "", ""}, {"X-", "", ""}, {"X-Real-IP", "::1", ""}, {"Upgrade", "websocket", "upgrade"}} {
		f.Add(seed[0], seed[1], seed[2])
	}
	filter := NewFilter(map[string]string{identity.HeaderUser: "X-User", identity.HeaderGroups: "OFF"}, map[string]string{identity.HeaderName: "Full_Name"})
	owned := []string{"X_USER", "FULL_NAME"}
	for _, name := range identity.HeaderNames {
		owned = append(owned, cgi(name))
	}
	f.Fuzz(func(t *testing.T, name, value, connection string) {
		before := http.Header{"Accept": {"a", "b"}, "X-Userx": {"kept"}, "Connection": {connection, value}}
		before[name] = []string{value, value}
		strangers, trusted := asked(before.Clone()), asked(before.Clone())
		strangers.Trailer = http.Header{name: nil}
		filter.Admit(strangers, false)
		filter.Admit(trusted, true)
		if strangers.Trailer != nil || strangers.Header["Connection"] != nil {
			t.Errorf("trailers %v, Connection %q", strangers.Trailer, strangers.Header["Connection"])
		}
		for left, values := range strangers.Header {
			if known := cgi(left); slices.Contains(owned, known) || strings.HasPrefix(known, "X_FRONTDESK_") {
				t.Errorf("%q is left", left)
			}
			if !slices.Equal(values, before[left]) || trusted.Header[left] == nil {
				t.Errorf("%q became %q; a trusted proxy's %q", left, values, trusted.Header[left])
			}
		}
		if strangers.Header["Accept"] == nil || strangers.Header["X-Userx"] == nil {
			t.Errorf("left is %v", strangers.Header)
		}
	})
}
