package caddymodule

import (
	"os"
	"path/filepath"
	"testing"
)

// TestCanonicalPathStaysTheSame: a store is made below a link at the first
// start, and is found open under the same name at the next reload.
func TestCanonicalPathStaysTheSame(t *testing.T) {
	real, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(real, link); err != nil {
		t.Fatal(err)
	}
	path, want := filepath.Join(link, "a", "b", "frontdesk.db"), filepath.Join(real, "a", "b", "frontdesk.db")
	for _, made := range []string{"", "a", "a/b"} {
		if err := os.MkdirAll(filepath.Join(real, made), 0o700); err != nil {
			t.Fatal(err)
		}
		if got, err := canonicalPath(path); err != nil || got != want {
			t.Errorf("with %q made: %s, %v; want %s", made, got, err, want)
		}
	}
}
