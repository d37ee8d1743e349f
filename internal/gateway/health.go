package gateway

import (
	"context"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/rescue"
)

// health answers on any host: 200 while requests can be served. A method that
// is down is named, and costs nobody else anything.
func (v *visit) health() {
	if v.r.Method != http.MethodGet && v.r.Method != http.MethodHead {
		v.w.Header().Set("Allow", "GET, HEAD")
		v.problem(http.StatusMethodNotAllowed, problemDetails{Title: "Only GET and HEAD are answered here"})
		return
	}
	if err := v.clock.Check(); err != nil {
		v.unhealthy("clock went back", err)
		return
	}
	if err := rescue.Do(func() error { return v.store.Check(v.ctx()) }); err != nil {
		v.unhealthy("store unavailable", err)
		return
	}
	v.json(http.StatusOK, "application/json", "no-store", healthBody{Status: "ok", Down: v.probes.down()})
}

func (v *visit) unhealthy(status string, err error) {
	v.log.Error("no request can be served", "status", status, "error", err)
	v.w.Header().Set("Retry-After", retryAfter)
	v.json(http.StatusServiceUnavailable, "application/json", "no-store", healthBody{Status: status})
}

type healthBody struct {
	Status string   `json:"status"`
	Down   []string `json:"down,omitempty"` // sign-in methods
}

// probes know which sign-in methods are down. They look in the background, so
// that a health check is answered at once and a flood of them asks nobody
// anything.
type probes struct {
	check map[string]func(context.Context) error
	log   *slog.Logger

	mu  sync.Mutex
	bad map[string]bool
}

const (
	probeEvery   = time.Minute
	probeTimeout = 15 * time.Second
)

func (g *Gateway) newProbes() *probes {
	p := &probes{check: map[string]func(context.Context) error{}, log: g.log, bad: map[string]bool{}}
	for name, provider := range g.journeys.Providers {
		p.check[name] = provider.Check
	}
	if g.sender != nil {
		p.check[directory.MethodEmailToken] = g.sender.Check
	}
	return p
}

func (p *probes) down() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Sorted(maps.Keys(p.bad))
}

// look asks every method once, all at the same time.
func (p *probes) look(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	var wg sync.WaitGroup
	for name, check := range p.check {
		wg.Go(func() { p.note(ctx, name, rescue.Do(func() error { return check(ctx) })) })
	}
	wg.Wait()
}

// note logs what changed.
func (p *probes) note(ctx context.Context, name string, err error) {
	if ctx.Err() == context.Canceled {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case err != nil && !p.bad[name]:
		p.log.Warn("a sign-in method is down; the others go on", "method", name, "error", err)
		p.bad[name] = true
	case err == nil && p.bad[name]:
		p.log.Info("a sign-in method is back", "method", name)
		delete(p.bad, name)
	}
}
