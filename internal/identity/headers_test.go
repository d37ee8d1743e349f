package identity

import (
	"strings"
	"testing"
)

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
