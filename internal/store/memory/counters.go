package memory

import (
	"context"
	"slices"
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/keyring"
	"github.com/frontdesk-gateway/frontdesk/internal/limit"
	"github.com/frontdesk-gateway/frontdesk/internal/store"
)

// Count implements limit.Store.
func (s *Store) Count(ctx context.Context, key string, n int, now time.Time, window time.Duration) (c limit.Counter, err error) {
	err = s.write(ctx, func(d *data, _ *store.Change) error {
		var found bool
		if c, found = d.counters[key]; !found || !c.Reset.After(now) || c.Reset.After(now.Add(2*window)) {
			c = limit.Counter{Reset: utc(now).Add(window)}
			n = max(n, 0)
		}
		if c.Count = max(c.Count+n, 0); n != 0 {
			d.counters[key] = c
		}
		return nil
	})
	return c, err
}

// SweepCounts implements limit.Store.
func (s *Store) SweepCounts(ctx context.Context, now time.Time, limit int) (n int, err error) {
	err = s.write(ctx, func(d *data, _ *store.Change) error {
		for key, c := range d.counters {
			if n < limit && c.Reset.Before(now) {
				delete(d.counters, key)
				n++
			}
		}
		return nil
	})
	return n, err
}

// Keys implements keyring.Store.
func (s *Store) Keys(ctx context.Context) (keys []keyring.Key, err error) {
	err = s.read(ctx, func(d *data) error {
		keys = copyKeys(d.keys)
		return nil
	})
	return keys, err
}

// UpdateKeys implements keyring.Store.
func (s *Store) UpdateKeys(ctx context.Context, change func([]keyring.Key) ([]keyring.Key, error)) (keys []keyring.Key, err error) {
	err = s.write(ctx, func(d *data, _ *store.Change) error {
		changed, err := change(copyKeys(d.keys))
		if err != nil {
			return err
		}
		d.keys = copyKeys(changed)
		slices.SortStableFunc(d.keys, func(a, b keyring.Key) int { return a.Created.Compare(b.Created) })
		keys = copyKeys(d.keys)
		return nil
	})
	return keys, err
}
