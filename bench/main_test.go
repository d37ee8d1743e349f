package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestMain lets this binary play the roles.
func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == roleArgument {
		os.Exit(play(os.Args[2]))
	}
	os.Exit(m.Run())
}

// TestParts runs each part with very little to do. What it measures is not
// looked at, but for being there: the portal's answers are. BENCH_CADDY names a
// Caddy that is built already.
func TestParts(t *testing.T) {
	page := filepath.Join(t.TempDir(), "performance.md")
	var places strings.Builder
	for _, p := range parts {
		places.WriteString("# " + p.name + "\n<!-- bench " + p.name + " -->\nnothing yet\n<!-- end -->\n")
	}
	if err := os.WriteFile(page, []byte(places.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := openLab(t.Context(), options{quick: true, source: "..", caddy: os.Getenv("BENCH_CADDY"), folder: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.close(); err != nil {
			t.Error(err)
		}
	})
	for _, p := range parts {
		t.Run(p.name, func(t *testing.T) {
			tables, err := p.measure(t.Context(), l)
			if err != nil {
				t.Fatal(err)
			}
			if err := putResults(page, p.name, l.results(tables)); err != nil {
				t.Fatal(err)
			}
		})
	}
	written, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(written), "nothing yet") {
		t.Errorf("not all results were put in their places:\n%s", written)
	}
}
