package directory

import (
	"testing"
	"time"
)

// TestSuccessor: each password is told from the one before, also where the
// clock stands still or goes back.
func TestSuccessor(t *testing.T) {
	at := time.Date(2026, 3, 4, 5, 6, 7, 891_234_567, time.FixedZone("here", 5400))
	whole := at.UTC().Truncate(time.Millisecond)
	for _, c := range []struct {
		name   string
		before time.Time
		want   time.Time
	}{
		{"the first", time.Time{}, whole},
		{"later", whole.Add(-time.Hour), whole},
		{"in the same millisecond", whole, whole.Add(time.Millisecond)},
		{"the clock went back", whole.Add(time.Hour), whole.Add(time.Hour + time.Millisecond)},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := Password{Hash: "$old", PasswordState: PasswordState{Changed: c.before, MustChange: true}}.Rehashed("$rehashed")
			got := before.Successor("$new", at)
			if want := (Password{Hash: "$new", PasswordState: PasswordState{Changed: c.want}}); got != want {
				t.Errorf("%+v, want %+v", got, want)
			}
		})
	}
}

// TestIs: a file that is imported again holds the hash from before an upgrade.
func TestIs(t *testing.T) {
	set := Password{}.Successor("$2b$old", time.Now())
	upgraded := set.Rehashed("$argon2id$new")
	for _, c := range []struct {
		name     string
		password Password
		hash     string
		want     bool
	}{
		{"its own", set, "$2b$old", true},
		{"another", set, "$2b$other", false},
		{"none, of one that is set", set, "", false},
		{"none, where none is set", Password{}, "", true},
		{"one, where none is set", Password{}, "$2b$old", false},
		{"upgraded: its own", upgraded, "$argon2id$new", true},
		{"upgraded: from before", upgraded, "$2b$old", true},
		{"upgraded: another", upgraded, "$2b$other", false},
		{"upgraded: none", upgraded, "", false},
		{"from before an upgrade and a change", upgraded.Successor("$argon2id$next", time.Now()), "$2b$old", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := c.password.Is(c.hash); got != c.want {
				t.Errorf("%t, want %t", got, c.want)
			}
		})
	}
	if upgraded.Changed != set.Changed || upgraded.Hash != "$argon2id$new" {
		t.Errorf("upgraded to %+v", upgraded)
	}
}
