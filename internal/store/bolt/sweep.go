package bolt

import (
	"context"
	"time"

	"go.etcd.io/bbolt"
)

// expired names records that an index by time lists before an instant, and how
// one of them is removed.
type expired struct {
	index  string
	before time.Time
	remove func(tx *bbolt.Tx, key []byte) error
}

func forget[T any](t *table[T]) func(*bbolt.Tx, []byte) error {
	return func(tx *bbolt.Tx, key []byte) error {
		_, _, err := t.delete(tx, key)
		return err
	}
}

// sweep removes at most limit expired records, and returns how many. It writes
// only where there is something to remove, and runs alone: remove is called
// once for each.
func (s *Store) sweep(ctx context.Context, limit int, kinds ...expired) (n int, err error) {
	var some bool
	err = s.view(ctx, func(tx *bbolt.Tx) error {
		for _, kind := range kinds {
			some = some || len(due(tx, kind.index, kind.before, min(limit, 1))) > 0
		}
		return nil
	})
	if err != nil || !some {
		return 0, err
	}
	err = s.update(ctx, func(tx *bbolt.Tx) error {
		for _, kind := range kinds {
			// Read once the kind before is gone: a record can be due by both.
			keys := due(tx, kind.index, kind.before, limit-n)
			for _, key := range keys {
				if err := kind.remove(tx, key); err != nil {
					return err
				}
			}
			n += len(keys)
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	return n, nil
}
