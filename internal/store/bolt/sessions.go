package bolt

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"go.etcd.io/bbolt"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/journey"
	"github.com/frontdesk-gateway/frontdesk/internal/session"
)

// Session implements session.Store.
func (s *Store) Session(ctx context.Context, key session.Key) (found session.Session, err error) {
	err = s.view(ctx, func(tx *bbolt.Tx) (err error) {
		found, err = getSession(tx, key)
		return err
	})
	return found, err
}

// Holder implements session.Store.
func (s *Store) Holder(ctx context.Context, key session.Key) (found session.Session, p directory.People, err error) {
	err = s.view(ctx, func(tx *bbolt.Tx) (err error) {
		if found, err = getSession(tx, key); err == nil {
			p, err = holder(tx, found)
		}
		return err
	})
	return found, p, err
}

// holder is the entity of a session.
func holder(tx *bbolt.Tx, s session.Session) (p directory.People, err error) {
	if s.Kind == directory.KindMember {
		m, found, err := members.get(tx, []byte(s.EntityID))
		if found {
			p.Member = &m
		}
		return p, err
	}
	c, found, err := contacts.get(tx, []byte(s.EntityID))
	if err != nil || !found {
		return p, err
	}
	p.Contacts = []directory.Contact{c}
	p.Accounts, err = accountsOf(tx, p.Contacts)
	return p, err
}

// getSession returns a session with its last use.
func getSession(tx *bbolt.Tx, key session.Key) (session.Session, error) {
	v, found, err := sessions.get(tx, key[:])
	if err == nil && !found {
		err = session.ErrNotFound
	}
	if used := lastUse(tx, key[:]); err == nil && used.After(v.LastUsed) {
		v.LastUsed = used
	}
	return v, err
}

// mustRead is getSession for one that an index lists.
func mustRead(tx *bbolt.Tx, key session.Key) (session.Session, error) {
	v, err := getSession(tx, key)
	if errors.Is(err, session.ErrNotFound) { // nobody may take it for one that ended
		err = fmt.Errorf("an index of %s lists %q, which is missing", sessions.name, key[:])
	}
	return v, err
}

// lastUse is that of a session, or zero where there is none.
func lastUse(tx *bbolt.Tx, key []byte) time.Time {
	return instantOf(tx.Bucket([]byte(lastUses)).Get(key))
}

// keepSession keeps a session that is new, or was used.
func keepSession(tx *bbolt.Tx, v session.Session) error {
	if err := sessions.put(tx, v); err != nil {
		return err
	}
	return tx.Bucket([]byte(lastUses)).Put(v.Key[:], instant(v.LastUsed))
}

// SessionsOf implements session.Store.
func (s *Store) SessionsOf(ctx context.Context, kind directory.Kind, id string) (found []session.Session, err error) {
	err = s.view(ctx, func(tx *bbolt.Tx) (err error) {
		found, err = readSessions(tx, kind, id)
		return err
	})
	return found, err
}

// readSessions are an entity's sessions, newest first.
func readSessions(tx *bbolt.Tx, kind directory.Kind, id string) (found []session.Session, err error) {
	for _, key := range slices.Backward(sessionsOf(tx, kind, id)) {
		v, err := mustRead(tx, key)
		if err != nil {
			return nil, err
		}
		found = append(found, v)
	}
	return found, nil
}

// sessionsOf are the keys of an entity's sessions, the oldest first.
func sessionsOf(tx *bbolt.Tx, kind directory.Kind, id string) []session.Key {
	return packAll(keys(tx, sessionsByEntity, entity(kind, id)), func(rest []byte) session.Key {
		return session.Key(rest[instantSize:])
	})
}

// sessionsWhere are the keys of those of an entity's sessions that is reports.
func sessionsWhere(tx *bbolt.Tx, kind directory.Kind, id string, is func(session.Session) bool) (out []session.Key, err error) {
	for _, key := range sessionsOf(tx, kind, id) {
		s, err := mustRead(tx, key)
		if err != nil {
			return nil, err
		}
		if is(s) {
			out = append(out, key)
		}
	}
	return out, nil
}

// shutOut reports the sessions on platforms that a member does not open.
func shutOut(m directory.Member) func(session.Session) bool {
	return func(s session.Session) bool { return !m.Opens(s.Platform) }
}

// makeRoom ends the oldest sessions of an entity that has as many as it can have,
// and returns their keys.
func makeRoom(tx *bbolt.Tx, kind directory.Kind, id string) ([]session.Key, error) {
	of := sessionsOf(tx, kind, id)
	return endSessions(tx, of[:max(0, len(of)+1-session.MostPerEntity)])
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

// EndAt implements journey.Store.
func (s *Store) EndAt(ctx context.Context, address string, choose func(directory.People, []session.Session) journey.Ending) error {
	return s.share(ctx, func(tx *bbolt.Tx) error {
		bear, err := people(tx, address)
		if err != nil {
			return err
		}
		all, err := sessionsAt(tx, bear)
		if err != nil {
			return err
		}
		ending := choose(bear, all)
		var keys []session.Key
		for _, v := range all {
			if ending.Sessions != nil && ending.Sessions(v) {
				keys = append(keys, v.Key)
			}
		}
		ended, err := endSessions(tx, keys)
		if err != nil {
			return err
		}
		s.tellSessions(ended)
		for _, browser := range ending.Browsers {
			if err := endBegunIn(tx, browser); err != nil {
				return err
			}
		}
		if ending.Journeys == nil {
			return nil
		}
		return endJourneys(tx, address, ending.Journeys)
	})
}

// sessionsAt are those of all that bears an address.
func sessionsAt(tx *bbolt.Tx, bear directory.People) (all []session.Session, err error) {
	for _, owner := range session.OwnersOf(bear) {
		of, err := readSessions(tx, owner.Kind, owner.ID)
		if err != nil {
			return nil, err
		}
		all = append(all, of...)
	}
	return all, nil
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

// TouchSessions implements session.Store. A last use costs a few bytes beside the
// record, and neighbours share a page: they are written in the order of the keys.
// The index by use takes them up when the session seems to be idle by it.
func (s *Store) TouchSessions(ctx context.Context, used map[session.Key]time.Time) error {
	left := slices.SortedFunc(maps.Keys(used), func(a, b session.Key) int { return bytes.Compare(a[:], b[:]) })
	for len(left) > 0 {
		err := s.inTurn(ctx, &s.paces.touches, len(left), func(tx *bbolt.Tx, most int) (int, error) {
			some := left[:most]
			left = left[most:]
			return most, touch(tx, some, used)
		})
		if err != nil {
			return err
		}
	}
	return ctx.Err()
}

func touch(tx *bbolt.Tx, keys []session.Key, used map[session.Key]time.Time) error {
	b := tx.Bucket([]byte(lastUses))
	for _, key := range keys {
		at := used[key]
		before := b.Get(key[:])
		if before == nil || !instantOf(before).Before(at) { // it has ended, or was used since
			continue
		}
		if err := b.Put(key[:], instant(at)); err != nil {
			return err
		}
	}
	return nil
}

// SweepSessions implements session.Store.
func (s *Store) SweepSessions(ctx context.Context, now time.Time, idle time.Duration, limit int) (int, error) {
	end := func(tx *bbolt.Tx, key []byte) (bool, error) {
		s.tellSessions([]session.Key{session.Key(key)})
		return forget(sessions)(tx, key)
	}
	since := idleSince(now, idle)
	endIdle := func(tx *bbolt.Tx, key []byte) (bool, error) {
		if lastUse(tx, key).Before(since) {
			return end(tx, key)
		}
		return false, takeUpUse(tx, session.Key(key))
	}
	return s.sweep(ctx, &s.paces.sessions, limit,
		expired{sessionsByExpiry, now, end},
		expired{sessionsByUse, since, endIdle})
}

// takeUpUse has the index by use list a session by its last one.
func takeUpUse(tx *bbolt.Tx, key session.Key) error {
	v, err := mustRead(tx, key)
	if err != nil {
		return err
	}
	return sessions.put(tx, v)
}

// idleSince is the last use before which a session is over; idle <= 0 stands
// for no such limit, as it does in memory.
func idleSince(now time.Time, idle time.Duration) time.Time {
	if idle <= 0 {
		return time.Time{}
	}
	return now.Add(-idle)
}
