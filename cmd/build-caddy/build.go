package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

// tags leave out the databases that Caddy's certificate authority could use;
// Caddy's own releases are built so.
const tags = "nobadger,nomysql,nopgx"

var majorSuffix = regexp.MustCompile(`/v(\d+)$`)

// unpublished is a version that a module path admits (its major version must
// agree with the path's end).
func unpublished(module string) string {
	if major := majorSuffix.FindStringSubmatch(module); major != nil {
		return "v" + major[1] + ".0.0"
	}
	return "v0.0.0"
}

// builder builds one manifest in a folder of its own.
type builder struct {
	manifest Manifest
	dir      string
	log      io.Writer // gets what the go command says
}

// build writes the binary. The steps are those of a Caddy build by hand; the
// environment (GOOS, GOARCH, GOPROXY, ...) goes through to the go command.
func (b *builder) build(ctx context.Context) error {
	source, err := mainSource(b.manifest)
	if err != nil {
		return fmt.Errorf("generating main.go: %w", err)
	}
	if err := os.WriteFile(filepath.Join(b.dir, "main.go"), source, 0o600); err != nil {
		return fmt.Errorf("generating main.go: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(b.manifest.Output), 0o755); err != nil { // #nosec G301 -- all may run a binary
		return fmt.Errorf("making room for the output: %w", err)
	}
	for _, args := range [][]string{
		{"mod", "init", "caddy"},
		append([]string{"mod", "edit"}, modEdits(b.manifest)...),
		{"mod", "tidy"},
	} {
		if err := b.run(ctx, args...); err != nil {
			return err
		}
	}
	if err := b.checkVersions(ctx); err != nil {
		return err
	}
	return b.run(ctx, "build", "-trimpath", "-ldflags=-s -w", "-tags="+tags, "-o", b.manifest.Output, ".")
}

// checkVersions sees to it that what is built is what the manifest says: a
// module may ask for newer versions of others than are named there.
func (b *builder) checkVersions(ctx context.Context) error {
	wanted := []Plugin{{Module: caddyModule, Version: b.manifest.Caddy}}
	for _, p := range append(wanted, b.manifest.Plugins...) {
		if p.Version == "" || b.manifest.Replacements[p.Module] != "" {
			continue
		}
		got, err := b.output(ctx, "list", "-m", "-f", "{{.Version}}", p.Module)
		if err != nil {
			return err
		}
		if got != p.Version {
			return fmt.Errorf("the manifest names %s %s, but another module needs %s: write that version, or take an older release of the other",
				p.Module, p.Version, got)
		}
	}
	return nil
}

func (b *builder) run(ctx context.Context, args ...string) error {
	cmd := b.command(ctx, args...)
	cmd.Stdout = b.log
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("go %s: %w", strings.Join(args, " "), err)
	}
	return nil
}

func (b *builder) output(ctx context.Context, args ...string) (string, error) {
	out, err := b.command(ctx, args...).Output()
	if err != nil {
		return "", fmt.Errorf("go %s: %w", strings.Join(args, " "), err)
	}
	return strings.TrimSpace(string(out)), nil
}

func (b *builder) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "go", args...) // #nosec G204 -- no shell; the manifest's words were checked
	cmd.Dir = b.dir
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOWORK=off")
	cmd.Stderr = b.log
	return cmd
}
