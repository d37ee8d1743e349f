package main

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files anew")

func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s: got\n%s\nwant\n%s", path, got, want)
	}
}

func manifests(t testing.TB, folder string) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join("testdata", folder, "*.toml"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no manifests in testdata/%s: %v", folder, err)
	}
	return paths
}

// TestBadManifests compares what is said of each manifest in testdata/bad.
func TestBadManifests(t *testing.T) {
	for _, path := range manifests(t, "bad") {
		t.Run(path, func(t *testing.T) {
			_, err := readManifest(path)
			if err == nil {
				t.Fatal("it was admitted")
			}
			golden(t, path+".golden", err.Error()+"\n")
		})
	}
}

// TestGenerate compares the main package and the pins made of each manifest in
// testdata/good.
func TestGenerate(t *testing.T) {
	for _, path := range manifests(t, "good") {
		t.Run(path, func(t *testing.T) {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			m, errs := parseManifest(string(text))
			if errs != nil {
				t.Fatal(errors.Join(errs...))
			}
			source, err := mainSource(m)
			if err != nil {
				t.Fatal(err)
			}
			golden(t, path+".golden", string(source)+"\n-- go mod edit --\n"+strings.Join(modEdits(m), "\n")+"\n")
		})
	}
}

// TestPaths: folders and the output count from the manifest's folder, and a
// folder must hold a module.
func TestPaths(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	write("plugin/go.mod", "module example.com/plugin\n")
	const text = `caddy = "v2.11.9"
output = "bin/caddy"
[[plugins]]
module = "example.com/plugin"
[replacements]
"example.com/plugin" = `
	m, err := readManifest(write("good.toml", text+`"./plugin"`))
	if err != nil {
		t.Fatal(err)
	}
	if want := filepath.Join(dir, "bin/caddy"); m.Output != want {
		t.Errorf("the output is %s, want %s", m.Output, want)
	}
	if got, want := m.Replacements["example.com/plugin"], filepath.Join(dir, "plugin"); got != want {
		t.Errorf("the folder is %s, want %s", got, want)
	}
	if _, err := readManifest(write("bad.toml", text+`"./elsewhere"`)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a folder that does not exist: %v", err)
	}
}

// TestOwnManifest: the manifest at the top of the repository is in order.
func TestOwnManifest(t *testing.T) {
	m, err := readManifest("../../xcaddy.toml")
	if err != nil {
		t.Fatal(err)
	}
	if len(m.Plugins) != 1 || m.Plugins[0].importPath() != "github.com/frontdesk-gateway/frontdesk/caddymodule" {
		t.Errorf("the plugins are %+v", m.Plugins)
	}
}
