package memory

import (
	"context"
	"slices"
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/journey"
	"github.com/frontdesk-gateway/frontdesk/internal/session"
	"github.com/frontdesk-gateway/frontdesk/internal/store"
)

// Session implements session.Store.
func (s *Store) Session(ctx context.Context, key session.Key) (v session.Session, err error) {
	err = s.read(ctx, func(d *data) error {
		found, ok := d.sessions[key]
		if !ok {
			return session.ErrNotFound
		}
		v = copySession(found)
		return nil
	})
	return v, err
}

// Holder implements session.Store.
func (s *Store) Holder(ctx context.Context, key session.Key) (v session.Session, p directory.People, err error) {
	err = s.read(ctx, func(d *data) error {
		found, ok := d.sessions[key]
		if !ok {
			return session.ErrNotFound
		}
		v = copySession(found)
		if m, ok := d.members[v.EntityID]; ok && v.Kind == directory.KindMember {
			m = copyMember(m)
			p.Member = &m
		}
		if c, ok := d.contacts[v.EntityID]; ok && v.Kind == directory.KindContact {
			p.Contacts = []directory.Contact{copyContact(c)}
			p.Accounts = map[string]directory.Account{c.Account: copyAccount(d.accounts[c.Account])}
		}
		return nil
	})
	return v, p, err
}

// SessionsOf implements session.Store.
func (s *Store) SessionsOf(ctx context.Context, kind directory.Kind, id string) (found []session.Session, err error) {
	err = s.read(ctx, func(d *data) error {
		for _, v := range d.sessions {
			if v.Kind == kind && v.EntityID == id {
				found = append(found, copySession(v))
			}
		}
		return nil
	})
	slices.SortFunc(found, func(a, b session.Session) int { return b.Created.Compare(a.Created) })
	return found, err
}

// EndSessions implements session.Store.
func (s *Store) EndSessions(ctx context.Context, keys ...session.Key) error {
	return s.write(ctx, func(d *data, changed *store.Change) error {
		d.end(keys, changed)
		return nil
	})
}

// EndAt implements journey.Store.
func (s *Store) EndAt(ctx context.Context, address string, choose func(directory.People, []session.Session) journey.Ending) error {
	return s.write(ctx, func(d *data, changed *store.Change) error {
		people := d.people(address)
		owners := session.OwnersOf(people)
		var all []session.Session
		for _, v := range d.sessions {
			if slices.Contains(owners, v.Owner()) {
				all = append(all, copySession(v))
			}
		}
		ending := choose(people, all)
		for _, v := range all {
			if ending.Sessions != nil && ending.Sessions(v) {
				d.end([]session.Key{v.Key}, changed)
			}
		}
		for _, browser := range ending.Browsers {
			d.endBegunIn(browser)
		}
		if ending.Journeys != nil {
			d.endJourneys(address, ending.Journeys)
		}
		return nil
	})
}

// makeRoom ends the oldest sessions of an entity that has as many as it can have.
func (d *data) makeRoom(kind directory.Kind, id string, changed *store.Change) {
	var of []session.Session
	for _, v := range d.sessions {
		if v.Kind == kind && v.EntityID == id {
			of = append(of, v)
		}
	}
	slices.SortFunc(of, func(a, b session.Session) int { return a.Created.Compare(b.Created) })
	for _, v := range of[:max(0, len(of)+1-session.MostPerEntity)] {
		d.end([]session.Key{v.Key}, changed)
	}
}

func (d *data) end(keys []session.Key, changed *store.Change) {
	for _, key := range keys {
		if _, found := d.sessions[key]; found {
			delete(d.sessions, key)
			changed.Sessions = append(changed.Sessions, key)
		}
	}
}

// TouchSessions implements session.Store.
func (s *Store) TouchSessions(ctx context.Context, used map[session.Key]time.Time) error {
	return s.write(ctx, func(d *data, _ *store.Change) error {
		for key, at := range used {
			if v, found := d.sessions[key]; found && v.LastUsed.Before(at) {
				v.LastUsed = utc(at)
				d.sessions[key] = v
			}
		}
		return nil
	})
}

// SweepSessions implements session.Store.
func (s *Store) SweepSessions(ctx context.Context, now time.Time, idle time.Duration, limit int) (n int, err error) {
	err = s.write(ctx, func(d *data, changed *store.Change) error {
		var over []session.Key
		for key, v := range d.sessions {
			idled := idle > 0 && !v.Persistent && v.LastUsed.Add(idle).Before(now)
			if len(over) < limit && (idled || v.Expires.Before(now)) {
				over = append(over, key)
			}
		}
		d.end(over, changed)
		n = len(over)
		return nil
	})
	return n, err
}
