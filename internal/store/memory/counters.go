package memory

import (
	"context"
	"slices"
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/keyring"
	"github.com/frontdesk-gateway/frontdesk/internal/limit"
	"github.com/frontdesk-gateway/frontdesk/internal/store"
)

// Counters implements limit.Store.
func (s *Store) Counters(ctx context.Context, keys ...string) (out []limit.Counter, err error) {
	err = s.read(ctx, func(d *data) error {
		for _, key := range keys {
			out = append(out, d.counters[key])
		}
		return nil
	})
	return out, err
}

// UpdateCounters implements limit.Store.
func (s *Store) UpdateCounters(ctx context.Context, keys []string, change func([]limit.Counter)) error {
	return s.write(ctx, func(d *data, _ *store.Change) error {
		values := make([]limit.Counter, len(keys))
		for i, key := range keys {
			values[i] = d.counters[key]
		}
		change(values)
		for i, key := range keys {
			d.counters[key] = copyCounter(values[i])
			if values[i] == (limit.Counter{}) {
				delete(d.counters, key)
			}
		}
		return nil
	})
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
		if len(changed) == 0 && len(d.keys) > 0 {
			return keyring.ErrLost
		}
		d.keys = copyKeys(changed)
		slices.SortStableFunc(d.keys, func(a, b keyring.Key) int { return a.Created.Compare(b.Created) })
		keys = copyKeys(d.keys)
		return nil
	})
	return keys, err
}
