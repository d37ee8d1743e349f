package bolt

import (
	"context"
	"fmt"
	"slices"
	"time"

	"go.etcd.io/bbolt"

	"github.com/frontdesk-gateway/frontdesk/internal/keyring"
	"github.com/frontdesk-gateway/frontdesk/internal/limit"
)

// Counters implements limit.Store.
func (s *Store) Counters(ctx context.Context, keys ...string) (out []limit.Counter, err error) {
	err = s.view(ctx, func(tx *bbolt.Tx) (err error) {
		out, err = readCounters(tx, keys)
		return err
	})
	return out, err
}

// UpdateCounters implements limit.Store.
func (s *Store) UpdateCounters(ctx context.Context, keys []string, change func([]limit.Counter)) error {
	return s.share(ctx, func(tx *bbolt.Tx) error {
		values, err := readCounters(tx, keys)
		if err != nil {
			return err
		}
		change(values)
		for i, key := range keys {
			if err := writeCounter(tx, key, values[i]); err != nil {
				return err
			}
		}
		return nil
	})
}

func readCounters(tx *bbolt.Tx, keys []string) ([]limit.Counter, error) {
	values := make([]limit.Counter, len(keys))
	for i, key := range keys {
		r, _, err := counters.get(tx, []byte(key))
		if err != nil {
			return nil, err
		}
		values[i] = r.counter()
	}
	return values, nil
}

func writeCounter(tx *bbolt.Tx, key string, c limit.Counter) error {
	if c == (limit.Counter{}) {
		_, _, err := counters.delete(tx, []byte(key))
		return err
	}
	return counters.put(tx, counterRecord{key, c.Count, c.Last, c.Before, c.Reset})
}

// SweepCounts implements limit.Store.
func (s *Store) SweepCounts(ctx context.Context, now time.Time, limit int) (int, error) {
	return s.sweep(ctx, &s.paces.counters, limit, expired{countersByReset, now, forget(counters)})
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
		return nil, unlessNew(tx)
	}
	var records []keyRecord
	if err := decoding.Unmarshal(data, &records); err != nil {
		return nil, fmt.Errorf("reading the keys: %w", err)
	}
	return packAll(records, unpackKey), nil
}

// unlessNew is keyring.ErrLost in a store that has kept keys.
func unlessNew(tx *bbolt.Tx) error {
	if tx.Bucket([]byte(metaBucket)).Get([]byte(metaKeys)) == nil {
		return nil
	}
	return keyring.ErrLost
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
	if len(keys) == 0 {
		return unlessNew(tx)
	}
	records := packAll(keys, packKey)
	slices.SortStableFunc(records, func(a, b keyRecord) int { return a.Created.Compare(b.Created) })
	data, err := encoding.Marshal(records)
	if err != nil {
		return err
	}
	if err := tx.Bucket([]byte(metaBucket)).Put([]byte(metaKeys), []byte("kept")); err != nil {
		return err
	}
	return tx.Bucket([]byte(keysBucket)).Put(allKeys, data)
}
