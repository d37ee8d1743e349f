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
)

// health answers on any host: 200 while requests can be served. A method that
// is down is named, and costs nobody else anything.
func (s *Site) health(w http.ResponseWriter, r *http.Request) {
	v := &visit{Site: s, w: w, r: r}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		v.problem(http.StatusMethodNotAllowed, problemDetails{Title: "Only GET and HEAD are answered here"})
		return
	}
	if err := s.store.Check(r.Context()); err != nil {
		s.log.Error("the store cannot be used", "error", err)
		w.Header().Set("Retry-After", "2")
		v.json(http.StatusServiceUnavailable, "application/json", healthBody{Status: "store unavailable"})
		return
	}
	v.json(http.StatusOK, "application/json", healthBody{Status: "ok", Down: s.probes.down()})
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
		wg.Go(func() { p.note(ctx, name, check(ctx)) })
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
