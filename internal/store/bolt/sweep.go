package bolt

import (
	"context"
	"fmt"
	"time"

	"go.etcd.io/bbolt"
)

// expired names records that an index by time lists before an instant, and how
// one of them is removed. remove may find that it is not over after all, and move
// it to where the index does not list it: it returns false then.
type expired struct {
	index  string
	before time.Time
	remove func(tx *bbolt.Tx, key []byte) (gone bool, err error)
}

func forget[T any](t *table[T]) func(*bbolt.Tx, []byte) (bool, error) {
	return func(tx *bbolt.Tx, key []byte) (bool, error) {
		_, found, err := t.delete(tx, key)
		if err == nil && !found { // it would be found again and again
			err = fmt.Errorf("removing what expired: %q of %s is missing", key, t.name)
		}
		return found, err
	}
}

// sweep removes expired records, at most limit and as many as p says, and returns
// how many: none only where none is left. It writes only where there is something
// to remove, and runs alone: remove is called once for each.
func (s *Store) sweep(ctx context.Context, p *pace, limit int, kinds ...expired) (gone int, err error) {
	for gone == 0 && err == nil {
		some, failed := s.anyDue(ctx, limit, kinds)
		if failed != nil || !some {
			return 0, failed
		}
		err = s.inTurn(ctx, p, limit, func(tx *bbolt.Tx, most int) (seen int, err error) {
			gone, seen, err = removeDue(tx, most, kinds)
			return seen, err
		})
	}
	if err != nil {
		return 0, err
	}
	return gone, nil
}

// anyDue reports whether any record is expired.
func (s *Store) anyDue(ctx context.Context, limit int, kinds []expired) (some bool, err error) {
	err = s.view(ctx, func(tx *bbolt.Tx) error {
		for _, kind := range kinds {
			some = some || len(due(tx, kind.index, kind.before, min(limit, 1))) > 0
		}
		return nil
	})
	return some, err
}

// removeDue looks at no more than most expired records, and returns how many are
// gone and how many it has seen.
func removeDue(tx *bbolt.Tx, most int, kinds []expired) (gone, seen int, err error) {
	for _, kind := range kinds {
		// Read once the kind before is gone: a record can be due by both.
		keys := due(tx, kind.index, kind.before, most-seen)
		for _, key := range keys {
			removed, err := kind.remove(tx, key)
			if err != nil {
				return 0, 0, err
			}
			if removed {
				gone++
			}
		}
		seen += len(keys)
	}
	return gone, seen, nil
}
