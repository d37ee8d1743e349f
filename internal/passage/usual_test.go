package passage

import (
	"net/http"
	"testing"

	"github.com/frontdesk-gateway/frontdesk/internal/identity"
)

// TestUsualNames: each is one that the lists keep, stands where it is looked for,
// and no spelling of it is taken for it.
func TestUsualNames(t *testing.T) {
	f := NewFilter()
	for _, name := range usualNames {
		if !f.keeps(name, false) || http.CanonicalHeaderKey(name) != name {
			t.Errorf("%s is not kept", name)
		}
		if !f.usual.has(name) {
			t.Errorf("%s is not found: another has its place", name)
		}
		for _, other := range []string{"", name[:1], name[1:], name + "x", "x" + name, name[:len(name)-1] + "_"} {
			if f.usual.has(other) {
				t.Errorf("%q is taken for one of them", other)
			}
		}
	}
}

// TestUsualNameIsTheOperators: a header that browsers send, and that the gateway
// has been told to use, is the gateway's.
func TestUsualNameIsTheOperators(t *testing.T) {
	f := NewFilter(map[string]string{identity.HeaderUser: "x-requested-with"}, map[string]string{identity.HeaderName: "Dnt"})
	r := asked(http.Header{"X-Requested-With": {"evil"}, "Dnt": {"evil"}, "Accept": {"kept"}})
	f.Admit(r, true)
	if len(r.Header) != 1 || r.Header["Accept"] == nil {
		t.Errorf("left is %v", r.Header)
	}
}
