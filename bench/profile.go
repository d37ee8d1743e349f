package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// profiled is how long a processor's profile takes, in seconds.
const profiled = 10

// profiles writes what the variants' Caddies do with their time, and what they
// allocate, where that is asked for. It comes after what is measured.
func (c *comparison) profiles(ctx context.Context, l *lab) error {
	if l.traces == "" {
		return nil
	}
	for i, v := range c.variants {
		name := filepath.Join(l.traces, fmt.Sprintf("%d-%s", i, strings.Map(plain, v.site.name)))
		written := make(chan error, 1)
		go func() {
			written <- v.server.profile(ctx, fmt.Sprintf("/debug/pprof/profile?seconds=%d", profiled), name+".cpu")
		}()
		err := c.keepBusy(v, written)
		if err == nil {
			err = v.server.profile(ctx, "/debug/pprof/allocs", name+".allocs")
		}
		if err != nil {
			return fmt.Errorf("profiling %s: %w", v.site.name, err)
		}
	}
	return nil
}

// keepBusy sends requests until done.
func (c *comparison) keepBusy(v *variant, done <-chan error) error {
	for {
		select {
		case err := <-done:
			return err
		default:
		}
		if _, err := c.send(load{Target: v.target(), Connections: cpuConnections, Requests: 1000}); err != nil {
			return err
		}
	}
}

func (v *server) profile(ctx context.Context, path, file string) error {
	return v.admin(ctx, path, func(r io.Reader) error {
		body, err := io.ReadAll(r)
		if err != nil {
			return err
		}
		return os.WriteFile(file, body, 0o600)
	})
}

// plain keeps of a name what stands in file names anywhere.
func plain(r rune) rune {
	if r >= 'a' && r <= 'z' || r == '_' {
		return r
	}
	return '-'
}
