package provider

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/rescue"
)

// cache keeps one document of a provider: fetched when it is asked for, by one
// request at a time, and not again within [retryAfter] of a failure.
type cache[T any] struct {
	name  string
	fetch func(context.Context) (T, error)
	now   func() time.Time
	log   *slog.Logger

	mu      sync.Mutex
	value   T
	fetched time.Time // of value; zero: there is none
	err     error     // of the last fetch
	failed  time.Time // of err
	flight  *flight[T]
}

// flight is a fetch under way. Its fields are set before done is closed.
type flight[T any] struct {
	done  chan struct{}
	value T
	err   error
}

func newCache[T any](name string, fetch func(context.Context) (T, error), now func() time.Time, log *slog.Logger) *cache[T] {
	return &cache[T]{name: name, fetch: fetch, now: now, log: log}
}

// fresh returns the document no older than maxAge. The error wraps
// [ErrUnavailable].
func (c *cache[T]) fresh(ctx context.Context, maxAge time.Duration) (T, error) {
	c.mu.Lock()
	if c.younger(c.fetched, maxAge) {
		defer c.mu.Unlock()
		return c.value, nil
	}
	if c.err != nil && c.younger(c.failed, retryAfter) {
		defer c.mu.Unlock()
		var none T
		return none, c.err
	}
	f := c.start(ctx)
	c.mu.Unlock()

	select {
	case <-f.done:
		return f.value, f.err
	case <-ctx.Done():
		var none T
		return none, unavailable(c.name, ctx.Err())
	}
}

// usable is fresh, or else the last document while it is no older than
// [usableFor].
func (c *cache[T]) usable(ctx context.Context) (T, error) {
	value, err := c.fresh(ctx, refreshAfter)
	if err == nil {
		return value, nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.younger(c.fetched, usableFor) {
		return c.value, nil
	}
	return value, err
}

func (c *cache[T]) younger(t time.Time, age time.Duration) bool {
	return !t.IsZero() && c.now().Before(t.Add(age))
}

// start joins the fetch under way or begins one, which outlives the caller
// who began it: others may be waiting. The lock is held.
func (c *cache[T]) start(ctx context.Context) *flight[T] {
	if c.flight != nil {
		return c.flight
	}
	f := &flight[T]{done: make(chan struct{})}
	c.flight = f
	go func() {
		f.err = rescue.Do(func() (err error) {
			f.value, err = c.fetch(context.WithoutCancel(ctx))
			return err
		})
		if p, panicked := errors.AsType[*rescue.Panic](f.err); panicked { // over what the provider answered
			c.log.Error("reading a provider's document panicked", "document", c.name, "error", p, "stack", string(p.Stack))
			f.err = unavailable(c.name, p)
		}
		c.land(f)
		close(f.done)
	}()
	return f
}

func (c *cache[T]) land(f *flight[T]) {
	c.mu.Lock()
	defer c.mu.Unlock()
	before := c.err
	c.flight, c.err = nil, f.err
	if f.err != nil {
		c.failed = c.now()
		c.log.Warn("provider cannot be reached", "document", c.name, "error", f.err)
		return
	}
	c.value, c.fetched = f.value, c.now()
	if before != nil {
		c.log.Info("provider is back", "document", c.name)
	}
}
