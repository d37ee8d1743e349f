package main

import (
	"go/parser"
	"go/token"
	"os"
	"strings"
	"testing"
	"unicode"
)

// FuzzManifest: a manifest is refused with what is wrong, by line, or makes a
// main package of its plugins alone, and arguments that go takes for no others.
func FuzzManifest(f *testing.F) {
	for _, folder := range []string{"good", "bad"} {
		for _, path := range manifests(f, folder) {
			text, err := os.ReadFile(path)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(string(text))
		}
	}
	f.Add("caddy = \"v2.11.9\"\noutput = \"bin/caddy\"\n[[plugins]]\nmodule = \"example.com/a\"\nversion = \"v1.2.3\"\npackage = \"example.com/a/b\\\"\\n_ \\\"os\"\n")
	f.Fuzz(func(t *testing.T, text string) {
		m, errs := parseManifest(text)
		for _, err := range errs {
			if !strings.HasPrefix(err.Error(), ":") || len(err.Error()) < 10 {
				t.Errorf("%q: %v", text, err)
			}
		}
		if len(errs) > 0 {
			return
		}
		source, err := mainSource(m)
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		file, err := parser.ParseFile(token.NewFileSet(), "main.go", source, 0)
		if err != nil {
			t.Fatalf("%q: %v\n%s", text, err, source)
		}
		if want := 2 + len(m.Plugins); len(file.Imports) != want || len(file.Decls) > 3 {
			t.Errorf("%q: %d imports, want %d\n%s", text, len(file.Imports), want, source)
		}
		for _, edit := range modEdits(m) {
			if !strings.HasPrefix(edit, "-require=") && !strings.HasPrefix(edit, "-replace=") || strings.HasPrefix(edit, "-require=") && strings.ContainsFunc(edit, unicode.IsSpace) {
				t.Errorf("%q: go mod edit %q", text, edit)
			}
		}
	})
}
