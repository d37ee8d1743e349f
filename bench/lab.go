package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// lab is where it is measured: a folder, a built Caddy, and how much is done.
type lab struct {
	options
	scale
	folder string // temporary, of everything that is made
	caddy  string // the binary
	about  machine
	made   int // counts what got a name

	directories map[int]*imported // by their contacts
}

// openLab makes the folder, and builds Caddy where none was named.
func openLab(ctx context.Context, o options) (_ *lab, err error) {
	l := &lab{options: o, scale: fullScale, caddy: o.caddy, directories: map[int]*imported{}}
	if o.quick {
		l.scale = quickScale
	}
	if l.folder, err = os.MkdirTemp(o.folder, "bench-"); err != nil {
		return nil, err
	}
	if l.caddy == "" {
		l.caddy = filepath.Join(l.folder, "caddy")
		err = l.build(ctx)
	}
	if err == nil {
		l.about, err = aboutMachine(ctx, l.caddy, l.source)
	}
	if err != nil {
		return nil, errors.Join(err, l.close())
	}
	return l, nil
}

// build builds Caddy as cmd/build-caddy does, from the checkout.
func (l *lab) build(ctx context.Context) error {
	cmd := exec.CommandContext(ctx, "go", "build", "-C", l.source, "-trimpath", "-o", l.caddy, "./cmd/caddy") // #nosec G204 -- the folder is named on the command line
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if output, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("building Caddy in %s: %w\n%s", l.source, err, output)
	}
	return nil
}

// place returns a new path in the lab's folder.
func (l *lab) place(name string) string {
	l.made++
	return filepath.Join(l.folder, fmt.Sprintf("%d-%s", l.made, name))
}

func (l *lab) close() error { return os.RemoveAll(l.folder) }
