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
			before := Password{Hash: "$old", PasswordState: PasswordState{Changed: c.before, MustChange: true}, Imported: [32]byte{7}}
			got := before.Successor("$new", at)
			if want := (Password{Hash: "$new", PasswordState: PasswordState{Changed: c.want}, Imported: [32]byte{7}}); got != want {
				t.Errorf("%+v, want %+v", got, want)
			}
		})
	}
}

// TestHas: a file that is imported again brings back no password that was
// hashed anew or changed since.
func TestHas(t *testing.T) {
	now := time.Now()
	own := Password{}.Successor("$argon2id$own", now)
	imported := own.Import("$2b$old", now)
	rehashed := imported.Rehashed("$argon2id$new")
	changed := rehashed.Successor("$argon2id$next", now)
	for _, c := range []struct {
		name     string
		password Password
		hash     string
		want     bool
	}{
		{"its own", own, "$argon2id$own", true},
		{"another", own, "$2b$old", false},
		{"none, of one that is set", own, "", false},
		{"none, where none is set", Password{}, "", true},
		{"one, where none is set", Password{}, "$2b$old", false},
		{"imported", imported, "$2b$old", true},
		{"imported: another", imported, "$2b$other", false},
		{"rehashed: its own", rehashed, "$argon2id$new", true},
		{"rehashed: the imported one", rehashed, "$2b$old", true},
		{"rehashed: another", rehashed, "$2b$other", false},
		{"rehashed: none", rehashed, "", false},
		{"changed: the imported one", changed, "$2b$old", true},
		{"changed: another", changed, "$2b$other", false},
		{"changed: the one before the change", changed, "$argon2id$new", false},
		{"imported anew: the one imported first", changed.Import("$2b$other", now), "$2b$old", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := c.password.Has(c.hash); got != c.want {
				t.Errorf("%t, want %t", got, c.want)
			}
		})
	}
	if rehashed.Changed != imported.Changed || rehashed.Hash != "$argon2id$new" {
		t.Errorf("rehashed to %+v", rehashed)
	}
}
