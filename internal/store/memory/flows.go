package memory

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/journey"
	"github.com/frontdesk-gateway/frontdesk/internal/session"
	"github.com/frontdesk-gateway/frontdesk/internal/store"
	"github.com/frontdesk-gateway/frontdesk/internal/store/promise"
)

var errTaken = errors.New("creating journey or ticket: the id is taken")

// CreateJourney implements journey.Store.
func (s *Store) CreateJourney(ctx context.Context, j journey.Journey) error {
	return s.write(ctx, func(d *data, _ *store.Change) error {
		if _, found := d.journeys[j.ID]; found {
			return errTaken
		}
		d.journeys[j.ID] = copyJourney(j)
		return nil
	})
}

// Journey implements journey.Store.
func (s *Store) Journey(ctx context.Context, id string) (j journey.Journey, err error) {
	err = s.read(ctx, func(d *data) error {
		found, ok := d.journeys[id]
		if !ok {
			return journey.ErrNotFound
		}
		j = copyJourney(found)
		return nil
	})
	return j, err
}

// UpdateJourney implements journey.Store.
func (s *Store) UpdateJourney(ctx context.Context, id string, change func(journey.Journey) (journey.Journey, error)) (j journey.Journey, err error) {
	err = s.write(ctx, func(d *data, _ *store.Change) error {
		old, found := d.journeys[id]
		if !found {
			return journey.ErrNotFound
		}
		changed, err := change(copyJourney(old))
		if err != nil {
			return err
		}
		changed.ID = id
		d.journeys[id] = copyJourney(changed)
		j = copyJourney(changed)
		return nil
	})
	return j, err
}

// FinishJourney implements journey.Store.
func (s *Store) FinishJourney(ctx context.Context, id string, left session.Session, replaced ...session.Key) error {
	if err := promise.Session(left); err != nil {
		return err
	}
	return s.write(ctx, func(d *data, changed *store.Change) error {
		j, found := d.journeys[id]
		if !found {
			return journey.ErrNotFound
		}
		if j.Finished != "" {
			return journey.ErrFinished
		}
		if !d.fromLives(j) {
			return journey.ErrNotFound
		}
		set := d.passwordsOf(left.Address.Key())
		if !d.letsIn(left) || slices.ContainsFunc(left.Proofs, func(p session.Proof) bool { return !p.Holds(set) }) {
			return journey.ErrOutdated
		}
		j.Finished = left.ID
		d.journeys[id] = j
		d.end(replaced, changed)
		d.makeRoom(left.Kind, left.EntityID, changed)
		d.sessions[left.Key] = copySession(left)
		return nil
	})
}

// fromLives reports whether the session that a journey goes on from is there still.
func (d *data) fromLives(j journey.Journey) bool {
	if j.From == nil {
		return true
	}
	_, alive := d.sessions[*j.From]
	return alive
}

// EndJourneys implements journey.Store.
func (s *Store) EndJourneys(ctx context.Context, browser session.Browser) error {
	return s.write(ctx, func(d *data, _ *store.Change) error {
		d.endBegunIn(browser)
		return nil
	})
}

func (d *data) endBegunIn(browser session.Browser) {
	maps.DeleteFunc(d.journeys, func(_ string, j journey.Journey) bool { return j.Browser == browser })
}

func (d *data) endJourneys(address string, ends func(journey.Journey) bool) {
	for id, j := range d.journeys {
		if j.Finished == "" && j.Address.Key() == address && ends(copyJourney(j)) {
			delete(d.journeys, id)
		}
	}
}

// letsIn reports whether the session's entity lets somebody in.
func (d *data) letsIn(s session.Session) bool {
	if s.Kind == directory.KindMember {
		m, found := d.members[s.EntityID]
		return found && s.OfMember(m)
	}
	c, found := d.contacts[s.EntityID]
	return found && s.OfContact(c, d.accounts[c.Account])
}

// CreateTicket implements journey.Store.
func (s *Store) CreateTicket(ctx context.Context, t journey.Ticket) error {
	return s.write(ctx, func(d *data, _ *store.Change) error {
		if _, found := d.tickets[t.Hash]; found {
			return errTaken
		}
		d.tickets[t.Hash] = copyTicket(t)
		return nil
	})
}

// SpendTicket implements journey.Store.
func (s *Store) SpendTicket(ctx context.Context, hash [32]byte) (t journey.Ticket, err error) {
	err = s.write(ctx, func(d *data, _ *store.Change) error {
		var found bool
		if t, found = d.tickets[hash]; !found {
			return journey.ErrNotFound
		}
		delete(d.tickets, hash)
		return nil
	})
	return t, err
}

// SweepJourneys implements journey.Store.
func (s *Store) SweepJourneys(ctx context.Context, now time.Time, limit int) (n int, err error) {
	err = s.write(ctx, func(d *data, _ *store.Change) error {
		for id, j := range d.journeys {
			if n < limit && j.Expires.Before(now) {
				delete(d.journeys, id)
				n++
			}
		}
		for hash, t := range d.tickets {
			if n < limit && t.Expires.Before(now) {
				delete(d.tickets, hash)
				n++
			}
		}
		return nil
	})
	return n, err
}
