package bolt

import (
	"context"
	"slices"
	"time"

	"go.etcd.io/bbolt"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/session"
)

// Session implements session.Store.
func (s *Store) Session(ctx context.Context, key session.Key) (found session.Session, err error) {
	err = s.view(ctx, func(tx *bbolt.Tx) error {
		v, ok, err := sessions.get(tx, key[:])
		if err == nil && !ok {
			err = session.ErrNotFound
		}
		found = v
		return err
	})
	return found, err
}

// SessionsOf implements session.Store.
func (s *Store) SessionsOf(ctx context.Context, kind directory.Kind, id string) (found []session.Session, err error) {
	err = s.view(ctx, func(tx *bbolt.Tx) (err error) {
		found, err = sessions.find(tx, sessionsByEntity, entity(kind, id))
		return err
	})
	slices.SortFunc(found, func(a, b session.Session) int { return b.Created.Compare(a.Created) })
	return found, err
}

// EndSessions implements session.Store.
func (s *Store) EndSessions(ctx context.Context, keys ...session.Key) error {
	if len(keys) == 0 {
		return ctx.Err()
	}
	return s.share(ctx, func(tx *bbolt.Tx) error {
		ended, err := endSessions(tx, keys)
		s.tellSessions(ended)
		return err
	})
}

// EndSessionsOf implements session.Store.
func (s *Store) EndSessionsOf(ctx context.Context, owners ...session.Owner) error {
	if len(owners) == 0 {
		return ctx.Err()
	}
	return s.share(ctx, func(tx *bbolt.Tx) error {
		for _, owner := range owners {
			found := packAll(keys(tx, sessionsByEntity, entity(owner.Kind, owner.ID)), func(key []byte) session.Key { return session.Key(key) })
			ended, err := endSessions(tx, found)
			if err != nil {
				return err
			}
			s.tellSessions(ended)
		}
		return nil
	})
}

// endSessions removes sessions and returns the keys of those that were there.
func endSessions(tx *bbolt.Tx, keys []session.Key) (ended []session.Key, err error) {
	for _, key := range keys {
		_, found, err := sessions.delete(tx, key[:])
		if err != nil {
			return nil, err
		}
		if found {
			ended = append(ended, key)
		}
	}
	return ended, nil
}

// TouchSessions implements session.Store.
func (s *Store) TouchSessions(ctx context.Context, used map[session.Key]time.Time) error {
	if len(used) == 0 {
		return ctx.Err()
	}
	return s.share(ctx, func(tx *bbolt.Tx) error {
		for key, at := range used {
			v, found, err := sessions.get(tx, key[:])
			if err != nil {
				return err
			}
			if !found || !v.LastUsed.Before(at) {
				continue
			}
			v.LastUsed = at
			if err := sessions.put(tx, v); err != nil {
				return err
			}
		}
		return nil
	})
}

// SweepSessions implements session.Store.
func (s *Store) SweepSessions(ctx context.Context, now time.Time, idle time.Duration, limit int) (int, error) {
	end := func(tx *bbolt.Tx, key []byte) error {
		s.tellSessions([]session.Key{session.Key(key)})
		return forget(sessions)(tx, key)
	}
	return s.sweep(ctx, limit,
		expired{sessionsByExpiry, now, end},
		expired{sessionsByUse, idleSince(now, idle), end})
}

// idleSince is the last use before which a session is over; idle <= 0 stands
// for no such limit, as it does in memory.
func idleSince(now time.Time, idle time.Duration) time.Time {
	if idle <= 0 {
		return time.Time{}
	}
	return now.Add(-idle)
}
