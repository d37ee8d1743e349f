package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/config"
	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/gateway"
	"github.com/frontdesk-gateway/frontdesk/internal/journey"
	"github.com/frontdesk-gateway/frontdesk/internal/keyring"
	"github.com/frontdesk-gateway/frontdesk/internal/session"
	"github.com/frontdesk-gateway/frontdesk/internal/store/bolt"
)

// sessionWork is what is done with the sessions of a store.
type sessionWork struct {
	Store, Visitors string
	People          int
	Reads           int
}

// sessionTimes is what that took.
type sessionTimes struct {
	Batch          timing
	Find, List     timing
	Swept          int
	Sweep, Longest time.Duration
}

// playSessions times what the gateway does with sessions.
func playSessions(in *json.Decoder, out *json.Encoder) error {
	var w sessionWork
	if err := in.Decode(&w); err != nil {
		return err
	}
	s, err := bolt.Open(w.Store, bolt.Options{})
	if err != nil {
		return err
	}
	found, err := w.time(context.Background(), &sweptStore{Store: s})
	if err := errors.Join(err, s.Close()); err != nil {
		return err
	}
	return out.Encode(found)
}

func (w sessionWork) time(ctx context.Context, s *sweptStore) (found sessionTimes, err error) {
	settings, err := operatorSettings()
	if err != nil {
		return found, err
	}
	if found.Find, err = w.find(ctx, s, settings); err != nil {
		return found, err
	}
	if found.List, err = w.list(ctx, s); err != nil {
		return found, err
	}
	g, err := gateway.New(ctx, gateway.Options{Settings: settings, Store: s, Log: slog.New(slog.DiscardHandler), Now: time.Now})
	if err != nil {
		return found, err
	}
	begun := time.Now()
	err = g.Sweep(ctx)
	found.Sweep, found.Swept, found.Longest = time.Since(begun), s.swept, slices.Max(s.took)
	found.Batch = timingOf(s.took)
	return found, errors.Join(err, g.Close(ctx))
}

// find looks for the sessions of cookies that come for the first time.
func (w sessionWork) find(ctx context.Context, s *sweptStore, settings *config.Settings) (timing, error) {
	ring, err := keyring.Open(ctx, s, sessionLife, time.Now)
	if err != nil {
		return timing{}, err
	}
	m, err := session.NewManager(session.Options{Store: s, Cookies: ring, Capacity: settings.SessionCache, Lifetime: settings.Lifetime, Persistent: settings.Persistent, Now: time.Now,
		Stands: func(v session.Session, people directory.People) bool {
			return journey.Facts{Settings: settings, People: people}.Stands(v)
		}})
	if err != nil {
		return timing{}, err
	}
	visitors, err := readVisitors(w.Visitors)
	if err != nil {
		return timing{}, err
	}
	took := make([]time.Duration, min(w.Reads, len(visitors)))
	for i := range took { // the store has them in the order of their keys, which are random
		name, value, _ := strings.Cut(visitors[i].Cookie, "=")
		begun := time.Now()
		if _, err := m.Lookup(ctx, name, value); err != nil {
			return timing{}, fmt.Errorf("finding a session: %w", err)
		}
		took[i] = time.Since(begun)
	}
	return timingOf(took), nil
}

func (w sessionWork) list(ctx context.Context, s *sweptStore) (timing, error) {
	took := make([]time.Duration, w.Reads)
	for i := range took {
		of := rand.IntN(w.People) // #nosec G404 -- nobody gains from guessing it
		begun := time.Now()
		all, err := s.SessionsOf(ctx, directory.KindContact, contactID(of))
		took[i] = time.Since(begun)
		if err == nil && len(all) < perPerson {
			err = fmt.Errorf("contact %d has %d sessions", of, len(all))
		}
		if err != nil {
			return timing{}, err
		}
	}
	return timingOf(took), nil
}

// sweptStore notes how long the batches of a sweep hold the writer.
type sweptStore struct {
	*bolt.Store
	swept int
	took  []time.Duration
}

// SweepSessions implements session.Store.
func (s *sweptStore) SweepSessions(ctx context.Context, now time.Time, idle time.Duration, limit int) (int, error) {
	begun := time.Now()
	n, err := s.Store.SweepSessions(ctx, now, idle, limit)
	s.swept += n
	s.took = append(s.took, time.Since(begun))
	return n, err
}
