package bolt

import (
	"context"
	"slices"
	"time"

	"go.etcd.io/bbolt"

	"github.com/frontdesk-gateway/frontdesk/internal/keyring"
	"github.com/frontdesk-gateway/frontdesk/internal/limit"
)

// Count implements limit.Store.
func (s *Store) Count(ctx context.Context, key string, n int, now time.Time, window time.Duration) (limit.Counter, error) {
	run := s.share
	if n == 0 {
		run = s.view
	}
	var counted counterRecord
	err := run(ctx, func(tx *bbolt.Tx) error {
		n := n // the function may run more than once
		r, found, err := counters.get(tx, []byte(key))
		if err != nil {
			return err
		}
		if !found || !r.Reset.After(now) || r.Reset.After(now.Add(2*window)) {
			r = counterRecord{Key: key, Reset: now.UTC().Add(window)}
			n = max(n, 0)
		}
		r.Count = max(r.Count+n, 0)
		counted = r
		if n == 0 {
			return nil
		}
		return counters.put(tx, r)
	})
	if err != nil {
		return limit.Counter{}, err
	}
	return counted.counter(), nil
}

// SweepCounts implements limit.Store.
func (s *Store) SweepCounts(ctx context.Context, now time.Time, limit int) (int, error) {
	return s.sweep(ctx, limit, expired{countersByReset, now, forget(counters)})
}

// allKeys is the only key of the keys' bucket: they are few, and change
// together.
var allKeys = []byte("all")

// Keys implements keyring.Store.
func (s *Store) Keys(ctx context.Context) (keys []keyring.Key, err error) {
	err = s.view(ctx, func(tx *bbolt.Tx) (err error) {
		keys, err = readKeys(tx)
		return err
	})
	return keys, err
}

func readKeys(tx *bbolt.Tx) ([]keyring.Key, error) {
	data := tx.Bucket([]byte(keysBucket)).Get(allKeys)
	if data == nil {
		return nil, nil
	}
	var records []keyRecord
	err := decoding.Unmarshal(data, &records)
	return packAll(records, unpackKey), err
}

// UpdateKeys implements keyring.Store.
func (s *Store) UpdateKeys(ctx context.Context, change func([]keyring.Key) ([]keyring.Key, error)) (keys []keyring.Key, err error) {
	err = s.share(ctx, func(tx *bbolt.Tx) error {
		old, err := readKeys(tx)
		if err != nil {
			return err
		}
		changed, err := change(old)
		if err != nil {
			return err
		}
		if err := writeKeys(tx, changed); err != nil {
			return err
		}
		keys, err = readKeys(tx) // a copy that change has no hold of
		return err
	})
	if err != nil {
		return nil, err
	}
	return keys, nil
}

func writeKeys(tx *bbolt.Tx, keys []keyring.Key) error {
	records := packAll(keys, packKey)
	slices.SortStableFunc(records, func(a, b keyRecord) int { return a.Created.Compare(b.Created) })
	data, err := encoding.Marshal(records)
	if err != nil {
		return err
	}
	return tx.Bucket([]byte(keysBucket)).Put(allKeys, data)
}
