package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestCommandLine(t *testing.T) {
	tests := map[string]struct {
		args   []string
		status int
		stderr string
	}{
		"unknown flag":        {[]string{"-with", "x"}, 2, "flag provided but not defined: -with"},
		"argument":            {[]string{"xcaddy.toml"}, 2, `unexpected argument "xcaddy.toml"; the manifest is named by -manifest`},
		"no manifest":         {[]string{"-manifest", "testdata/none.toml"}, 1, "reading the manifest: open testdata/none.toml"},
		"a manifest in error": {[]string{"-manifest", "testdata/bad/empty.toml"}, 1, "testdata/bad/empty.toml: output must be"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			if status := run(t.Context(), test.args, &stdout, &stderr); status != test.status {
				t.Errorf("status %d, want %d", status, test.status)
			}
			if !strings.Contains(stderr.String(), test.stderr) || stdout.Len() > 0 {
				t.Errorf("said %q and %q, want %q", stdout.String(), stderr.String(), test.stderr)
			}
		})
	}
}

// TestVerify asks stand-ins for the binary, which answer list-modules.
func TestVerify(t *testing.T) {
	plugins := []Plugin{{Module: "example.com/a"}, {Module: "example.com/b", Package: "example.com/b/sub"}}
	tests := map[string]struct {
		script string
		want   string // error; empty: none
	}{
		"both there": {`echo '[{"module_name":"x.a","package_url":"example.com/a"},{"module_name":"x.b","package_url":"example.com/b"}]'`, ""},
		"one lost":   {`echo '[{"module_name":"x.a","package_url":"example.com/a"}]'`, "registered no Caddy module: example.com/b/sub;"},
		"none":       {`echo '[]'`, "registered no Caddy module: example.com/a, example.com/b/sub;"},
		"no answer":  {`exit 3`, "list-modules: exit status 3"},
		"no JSON":    {`echo hello`, "reading what"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			binary := filepath.Join(t.TempDir(), "caddy")
			if err := os.WriteFile(binary, []byte("#!/bin/sh\n"+test.script+"\n"), 0o755); err != nil {
				t.Fatal(err)
			}
			modules, err := pluginModules(t.Context(), binary)
			if err == nil {
				err = checkMissing(plugins, modules)
			}
			if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
				t.Errorf("error %v, want %q", err, test.want)
			}
		})
	}
}
