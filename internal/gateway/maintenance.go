package gateway

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/rescue"
)

// Periods and sizes of the housekeeping.
const (
	flushEvery  = time.Minute
	sweepEvery  = 5 * time.Minute
	sweepMost   = 2000 // records removed in one change; the store removes fewer where others would wait
	rotateEvery = time.Hour
	clockEvery  = time.Second // that far a step back can go unseen where nobody asks for anything
)

// Run does the housekeeping until ctx ends: it writes the times of last use,
// ends the open requests of sessions whose time is over, removes what expired
// and rotates the keys. What fails is logged and tried again at its next turn.
// From the beginning it ends what the configuration left no ground to stand on.
func (g *Gateway) Run(ctx context.Context) {
	flush, sweep, rotate, probe := time.NewTicker(flushEvery), time.NewTicker(sweepEvery), time.NewTicker(rotateEvery), time.NewTicker(probeEvery)
	look := time.NewTicker(clockEvery)
	defer look.Stop()
	defer flush.Stop()
	defer sweep.Stop()
	defer rotate.Stop()
	defer probe.Stop()
	var probing, sweeping sync.WaitGroup
	defer probing.Wait()
	defer sweeping.Wait()
	var busy atomic.Bool // a sweep is under way: it can take long, and nothing else waits for it
	var behind error
	probing.Go(func() { g.probes.look(ctx) })
	endFallen := func() { g.attempt(ctx, "ending sessions by tenants that are listed no more", g.endFallen) }
	sweeping.Go(endFallen)
	for {
		select {
		case <-ctx.Done():
			return
		case <-look.C:
			behind = g.lookAtClock(behind)
		case <-flush.C:
			g.sessions.LookAgain()
			g.attempt(ctx, "writing last use", g.sessions.Flush)
		case <-g.sessions.FlushDue():
			g.attempt(ctx, "writing last use", g.sessions.Flush)
		case <-sweep.C:
			if busy.CompareAndSwap(false, true) {
				sweeping.Go(func() {
					defer busy.Store(false)
					endFallen() // what failed before, and what the configuration before let in as it went
					g.attempt(ctx, "removing what expired", g.Sweep)
				})
			}
		case <-probe.C:
			probing.Wait() // over by its own timeout
			probing.Go(func() { g.probes.look(ctx) })
		case <-rotate.C:
			g.attempt(ctx, "rotating the keys", g.keys.Rotate)
		}
	}
}

// attempt logs what fails. To be cut short, because the configuration goes, is no failure.
func (g *Gateway) attempt(ctx context.Context, what string, work func(context.Context) error) {
	err := rescue.Do(func() error { return work(ctx) })
	if err != nil && (ctx.Err() == nil || !errors.Is(err, ctx.Err())) {
		g.log.Error(what+" failed", causes(err)...)
	}
}

// lookAtClock logs when the clock goes back, and when it is there again; before
// is what it returned the last time.
func (g *Gateway) lookAtClock(before error) error {
	now := g.clock.Check()
	switch {
	case now != nil && before == nil:
		g.log.Error("everybody is refused", "error", now)
	case now == nil && before != nil:
		g.log.Info("the clock is there again: everybody is served")
	}
	return now
}

// Sweep removes all that expired, in as many steps as it takes.
func (g *Gateway) Sweep(ctx context.Context) error {
	if err := g.sessions.Sweep(ctx); err != nil {
		return err
	}
	now := g.clock.Now()
	for _, sweep := range []func() (int, error){
		func() (int, error) { return g.store.SweepJourneys(ctx, now, sweepMost) },
		func() (int, error) { return g.store.SweepCounts(ctx, now, sweepMost) },
	} {
		for {
			n, err := sweep()
			if err != nil {
				return err
			}
			if n == 0 {
				break
			}
		}
	}
	return nil
}
