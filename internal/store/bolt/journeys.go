package bolt

import (
	"cmp"
	"context"
	"errors"
	"time"

	"go.etcd.io/bbolt"

	"github.com/frontdesk-gateway/frontdesk/internal/journey"
	"github.com/frontdesk-gateway/frontdesk/internal/session"
	"github.com/frontdesk-gateway/frontdesk/internal/store/promise"
)

// CreateJourney implements journey.Store. An id that is taken is an error.
func (s *Store) CreateJourney(ctx context.Context, j journey.Journey) error {
	return s.share(ctx, func(tx *bbolt.Tx) error {
		if _, found, err := journeys.get(tx, []byte(j.ID)); err != nil {
			return err
		} else if found {
			return errors.New("creating journey: the id is taken")
		}
		return journeys.put(tx, j)
	})
}

// Journey implements journey.Store.
func (s *Store) Journey(ctx context.Context, id string) (j journey.Journey, err error) {
	err = s.view(ctx, func(tx *bbolt.Tx) (err error) {
		j, err = getJourney(tx, id)
		return err
	})
	return j, err
}

func getJourney(tx *bbolt.Tx, id string) (journey.Journey, error) {
	j, found, err := journeys.get(tx, []byte(id))
	if err == nil && !found {
		err = journey.ErrNotFound
	}
	return j, err
}

// UpdateJourney implements journey.Store.
func (s *Store) UpdateJourney(ctx context.Context, id string, change func(journey.Journey) (journey.Journey, error)) (j journey.Journey, err error) {
	err = s.share(ctx, func(tx *bbolt.Tx) error {
		old, err := getJourney(tx, id)
		if err != nil {
			return err
		}
		changed, err := change(old)
		if err != nil {
			return err
		}
		changed.ID = id
		if err := journeys.put(tx, changed); err != nil {
			return err
		}
		j, err = getJourney(tx, id) // a copy that change has no hold of
		return err
	})
	if err != nil {
		return journey.Journey{}, err
	}
	return j, nil
}

// FinishJourney implements journey.Store.
func (s *Store) FinishJourney(ctx context.Context, id string, left session.Session, replaced ...session.Key) error {
	if err := promise.Session(left); err != nil {
		return err
	}
	return s.share(ctx, func(tx *bbolt.Tx) error {
		j, err := getJourney(tx, id)
		if err != nil {
			return err
		}
		if j.Finished != "" {
			return journey.ErrFinished
		}
		if err := fromLives(tx, j); err != nil {
			return err
		}
		if err := holds(tx, left); err != nil {
			return err
		}
		j.Finished = left.ID
		if err := journeys.put(tx, j); err != nil {
			return err
		}
		ended, err := endSessions(tx, replaced)
		if err != nil {
			return err
		}
		s.tellSessions(ended)
		if ended, err = makeRoom(tx, left.Kind, left.EntityID); err != nil {
			return err
		}
		s.tellSessions(ended)
		return keepSession(tx, left)
	})
}

// fromLives returns journey.ErrNotFound where the session that a journey goes on from is gone.
func fromLives(tx *bbolt.Tx, j journey.Journey) error {
	if j.From == nil {
		return nil
	}
	if _, alive, err := sessions.get(tx, j.From[:]); err != nil || !alive {
		return cmp.Or(err, journey.ErrNotFound)
	}
	return nil
}

// EndJourneys implements journey.Store.
func (s *Store) EndJourneys(ctx context.Context, browser session.Browser) error {
	return s.share(ctx, func(tx *bbolt.Tx) error { return endBegunIn(tx, browser) })
}

// endBegunIn reads none but those that end: a sign-out can be sent by the hundred, at
// once, and strangers can begin thousands at an address.
func endBegunIn(tx *bbolt.Tx, browser session.Browser) error {
	for _, id := range keys(tx, journeysByBrowser, browser[:]) {
		if _, _, err := journeys.delete(tx, id); err != nil {
			return err
		}
	}
	return nil
}

func endJourneys(tx *bbolt.Tx, address string, ends func(journey.Journey) bool) error {
	found, err := journeys.find(tx, journeysByAddress, part(address))
	if err != nil {
		return err
	}
	for _, j := range found {
		if !ends(j) {
			continue
		}
		if _, _, err := journeys.delete(tx, []byte(j.ID)); err != nil {
			return err
		}
	}
	return nil
}

// CreateTicket implements journey.Store. A hash that is taken is an error.
func (s *Store) CreateTicket(ctx context.Context, t journey.Ticket) error {
	return s.share(ctx, func(tx *bbolt.Tx) error {
		if _, found, err := tickets.get(tx, t.Hash[:]); err != nil {
			return err
		} else if found {
			return errors.New("creating ticket: the hash is taken")
		}
		return tickets.put(tx, t)
	})
}

// SpendTicket implements journey.Store. What is no ticket has nobody wait for
// the writer.
func (s *Store) SpendTicket(ctx context.Context, hash [32]byte) (t journey.Ticket, err error) {
	err = s.view(ctx, func(tx *bbolt.Tx) error {
		_, found, err := tickets.get(tx, hash[:])
		if err == nil && !found {
			err = journey.ErrNotFound
		}
		return err
	})
	if err != nil {
		return t, err
	}
	err = s.share(ctx, func(tx *bbolt.Tx) error {
		spent, found, err := tickets.delete(tx, hash[:])
		if err == nil && !found {
			err = journey.ErrNotFound
		}
		t = spent
		return err
	})
	return t, err
}

// SweepJourneys implements journey.Store.
func (s *Store) SweepJourneys(ctx context.Context, now time.Time, limit int) (n int, err error) {
	return s.sweep(ctx, &s.paces.journeys, limit,
		expired{journeysByExpiry, now, forget(journeys)},
		expired{ticketsByExpiry, now, forget(tickets)})
}
