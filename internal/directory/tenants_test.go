package directory

import (
	"slices"
	"testing"
	"time"
)

// TestTenants: the word of a tenant counts from when it is listed, without a break.
func TestTenants(t *testing.T) {
	at := func(hour int) time.Time { return time.Date(2026, 3, 4, hour, 0, 0, 0, time.UTC) }
	type edit struct {
		hour int
		list []string
	}
	for _, c := range []struct {
		name  string
		edits []edit
		word  int // the hour at which "t" says it
		want  bool
	}{
		{"listed before", []edit{{1, []string{"t"}}}, 2, true},
		{"listed at that moment", []edit{{1, []string{"t"}}}, 1, true},
		{"listed afterwards", []edit{{2, []string{"t"}}}, 1, false},
		{"never listed", []edit{{1, []string{"u"}}}, 2, false},
		{"listed still, among others", []edit{{1, []string{"t"}}, {3, []string{"u", "t"}}, {4, []string{"t"}}}, 2, true},
		{"listed no more", []edit{{1, []string{"t"}}, {3, []string{"u"}}}, 2, false},
		{"listed again", []edit{{1, []string{"t"}}, {3, nil}, {4, []string{"t"}}}, 2, false},
		{"listed while the clock was ahead", []edit{{9, []string{"t"}}, {3, []string{"t"}}}, 4, true},
		{"listed while the clock was ahead, and said before", []edit{{9, []string{"t"}}, {3, []string{"t"}}}, 2, false},
		{"listed again before", []edit{{1, []string{"t"}}, {3, nil}, {4, []string{"t"}}}, 5, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			var list Tenants
			for _, e := range c.edits {
				list = list.Relist(e.list, at(e.hour))
				if !slices.Equal(list.IDs(), e.list) {
					t.Fatalf("lists %v", list)
				}
			}
			if got := list.Trust("t", at(c.word)); got != c.want {
				t.Errorf("trusted: %t, by %v", got, list)
			}
		})
	}
	if (Tenants{{}}).Trust("", at(1)) {
		t.Error("trusts the word of nobody")
	}
}
