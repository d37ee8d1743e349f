// Command build-caddy builds a custom Caddy from a manifest, xcaddy.toml: the
// version of Caddy, the plugins with their versions, replacements, and the
// binary to write. It needs the go command, and nothing else.
//
//	go run ./cmd/build-caddy [-manifest xcaddy.toml]
//
// The binary is then asked for its modules: those of the plugins are printed,
// and a plugin without any is an error. A binary for another system (GOOS,
// GOARCH) is built but not asked.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// run is the command without the process: 0 when all was done, 1 for what went
// wrong, 2 for a wrong command line.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("build-caddy", flag.ContinueOnError)
	flags.SetOutput(stderr)
	path := flags.String("manifest", "xcaddy.toml", "the manifest to build")
	if err := flags.Parse(args); err != nil {
		return 2
	}
	if flags.NArg() > 0 {
		fmt.Fprintf(stderr, "build-caddy: unexpected argument %q; the manifest is named by -manifest\n", flags.Arg(0))
		return 2
	}
	if err := buildManifest(ctx, *path, stdout, stderr); err != nil {
		fmt.Fprintf(stderr, "build-caddy: %v\n", err)
		return 1
	}
	return 0
}

func buildManifest(ctx context.Context, path string, stdout, stderr io.Writer) error {
	manifest, err := readManifest(path)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "build-caddy-")
	if err != nil {
		return fmt.Errorf("making a folder to build in: %w", err)
	}
	defer os.RemoveAll(dir)
	b := &builder{manifest: manifest, dir: dir, log: stderr}
	if err := b.build(ctx); err != nil {
		return err
	}
	fmt.Fprintf(stdout, "built %s: Caddy %s with %d plugin(s)\n", manifest.Output, manifest.Caddy, len(manifest.Plugins))
	return b.verify(ctx, stdout)
}

// verify asks the binary for the plugins' modules and prints them.
func (b *builder) verify(ctx context.Context, stdout io.Writer) error {
	here, err := b.runsHere(ctx)
	if err != nil || !here {
		return err
	}
	modules, err := pluginModules(ctx, b.manifest.Output)
	if err != nil {
		return err
	}
	for _, m := range modules {
		fmt.Fprintf(stdout, "  %s (%s)\n", m.Name, m.Package)
	}
	return checkMissing(b.manifest.Plugins, modules)
}
