package gateway

import (
	"context"
	"sync"
	"time"
)

// Periods and sizes of the housekeeping.
const (
	flushEvery  = time.Minute
	sweepEvery  = 5 * time.Minute
	sweepBatch  = 500 // records removed in one change, so that others get their turn
	rotateEvery = time.Hour
)

// Run does the housekeeping until ctx ends: it writes the times of last use,
// removes what expired and rotates the keys. What fails is logged and tried
// again at its next turn.
func (g *Gateway) Run(ctx context.Context) {
	flush, sweep, rotate, probe := time.NewTicker(flushEvery), time.NewTicker(sweepEvery), time.NewTicker(rotateEvery), time.NewTicker(probeEvery)
	defer flush.Stop()
	defer sweep.Stop()
	defer rotate.Stop()
	defer probe.Stop()
	var probing sync.WaitGroup
	defer probing.Wait()
	probing.Go(func() { g.probes.look(ctx) })
	for {
		select {
		case <-ctx.Done():
			return
		case <-flush.C:
			g.attempt("writing last use", g.sessions.Flush(ctx))
		case <-sweep.C:
			g.attempt("removing what expired", g.Sweep(ctx))
		case <-probe.C:
			probing.Wait() // over by its own timeout
			probing.Go(func() { g.probes.look(ctx) })
		case <-rotate.C:
			g.attempt("rotating the keys", g.keys.Rotate(ctx))
		}
	}
}

func (g *Gateway) attempt(what string, err error) {
	if err != nil {
		g.log.Error(what+" failed", "error", err)
	}
}

// Sweep removes all that expired, in small batches. What is idle is told by
// the times of last use, so these are written first.
func (g *Gateway) Sweep(ctx context.Context) error {
	if err := g.sessions.Flush(ctx); err != nil {
		return err
	}
	now := g.now()
	for _, sweep := range []func() (int, error){
		func() (int, error) { return g.store.SweepSessions(ctx, now, g.settings.Idle, sweepBatch) },
		func() (int, error) { return g.store.SweepJourneys(ctx, now, sweepBatch) },
		func() (int, error) { return g.store.SweepCounts(ctx, now, sweepBatch) },
	} {
		for {
			n, err := sweep()
			if err != nil {
				return err
			}
			if n < sweepBatch {
				break
			}
		}
	}
	return nil
}
