package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/identity"
)

// measureReload tells how long a start and a reload take with a large directory,
// and how long requests wait during a reload.
func measureReload(ctx context.Context, l *lab) ([]table, error) {
	t := table{title: fmt.Sprintf("Requests of somebody who is signed in, %.0f per second on time, for %s each, with a reload in the middle and without: "+
		"the longest that one took, as the median and the most of %d rounds.", l.pace, l.reloadTime, l.reloads),
		columns: []string{"", "start ms", "reload ms", "longest without, ms", "of all", "longest with, ms", "of all", "connections opened anew"},
		note:    "Caddy closes connections of the configuration before; the client then opens another, and sends its request again."}
	for _, add := range []func(context.Context, *table) error{l.addBareReload, l.addReload} {
		if err := add(ctx, &t); err != nil {
			return nil, err
		}
	}
	return []table{t}, nil
}

func (l *lab) addBareReload(ctx context.Context, t *table) error {
	return l.onStage(ctx, func(s *stage) error {
		v, err := s.serve(ctx, alone, defaultGC)
		if err != nil {
			return err
		}
		return s.addReloads(ctx, t, alone.name, v, v.target(portalPath, "", visitor{Want: portalAnswer("", 0)}))
	})
}

func (l *lab) addReload(ctx context.Context, t *table) error {
	d, err := l.directory(ctx, l.reloadContacts)
	if err != nil {
		return err
	}
	at, err := newAddress(false)
	if err != nil {
		return err
	}
	c, err := l.seed(ctx, d, seeding{origin: at.origin, people: l.reloadContacts, sessions: 100, told: len(identity.HeaderNames) - 1})
	if err != nil {
		return err
	}
	return l.onStage(ctx, func(s *stage) error {
		v, err := s.serveAt(ctx, at, guarded("frontdesk", c.store), defaultGC)
		if err != nil {
			return err
		}
		target := v.target(portalPath, "")
		target.Crowd = c.visitors
		return s.addReloads(ctx, t, fmt.Sprintf("frontdesk, %d contacts", l.reloadContacts), v, target)
	})
}

// onStage does something on a stage of its own.
func (l *lab) onStage(ctx context.Context, do func(*stage) error) error {
	s, err := l.newStage(ctx)
	if err != nil {
		return err
	}
	return errors.Join(do(s), s.close())
}

func (s *stage) addReloads(ctx context.Context, t *table, name string, v *server, to target) error {
	proxied := load{Target: to, Connections: paceConns, Requests: int(s.lab.pace * s.lab.reloadTime.Seconds()), Rate: s.lab.pace}
	var without, with, took []float64
	var dialled int
	for range s.lab.reloads {
		quiet, err := s.send(proxied)
		if err != nil {
			return err
		}
		loud, reload, err := s.whileReloading(ctx, v, proxied)
		if err != nil {
			return err
		}
		without, with, took = append(without, millis(quiet.Most)), append(with, millis(loud.Most)), append(took, millis(reload))
		dialled += loud.Dialled
	}
	show := func(values []float64) (string, string) {
		return fmt.Sprintf("%.1f", spreadOf(values).median), fmt.Sprintf("%.1f", slices.Max(values))
	}
	quiet, quietest := show(without)
	loud, loudest := show(with)
	t.add(name, fmt.Sprintf("%.0f", millis(v.ready)), spreadOf(took).show(0), quiet, quietest, loud, loudest, fmt.Sprint(dialled))
	return nil
}

// whileReloading sends requests, and reloads meanwhile.
func (s *stage) whileReloading(ctx context.Context, v *server, proxied load) (t tally, took time.Duration, err error) {
	if err := s.client.tell(proxied); err != nil {
		return t, 0, err
	}
	time.Sleep(s.lab.reloadTime / 4)
	took, reloaded := s.lab.reload(ctx, v)
	if err := errors.Join(s.client.hear(&t), reloaded); err != nil {
		return t, took, err
	}
	if t.Problem != "" {
		return t, took, errors.New(t.Problem)
	}
	return t, took, nil
}

// reload has the same configuration loaded anew.
func (l *lab) reload(ctx context.Context, v *server) (time.Duration, error) {
	begun := time.Now()
	cmd := exec.CommandContext(ctx, l.caddy, "reload", "--force", "--config", v.caddyfilePath(), "--adapter", "caddyfile",
		"--address", "unix/"+filepath.Join(v.folder, "admin")) // #nosec G204 -- the binary under test
	if output, err := cmd.CombinedOutput(); err != nil {
		return 0, fmt.Errorf("reloading: %w\n%s", err, strings.TrimSpace(string(output)))
	}
	return time.Since(begun), nil
}
