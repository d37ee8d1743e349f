// Package memory keeps Frontdesk's store in maps. It is for tests: nothing
// outlives the process, and look-ups scan. Being written for simplicity alone,
// it also shows that the promises of store.Store are no engine's own.
package memory

import (
	"context"
	"maps"
	"sync"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/journey"
	"github.com/frontdesk-gateway/frontdesk/internal/keyring"
	"github.com/frontdesk-gateway/frontdesk/internal/limit"
	"github.com/frontdesk-gateway/frontdesk/internal/session"
	"github.com/frontdesk-gateway/frontdesk/internal/store"
)

// Store is a store.Store in memory. [New] makes one.
type Store struct {
	reader
	writing  sync.Mutex // one change at a time, until its watchers are told
	mu       sync.Mutex
	closed   bool
	data     data
	watchers map[*func(store.Change)]bool
}

var _ store.Store = (*Store)(nil)

// data is all that the store holds. Values are replaced, never changed in
// place, so that a copy of the maps is a copy of it all.
type data struct {
	accounts  map[string]directory.Account
	contacts  map[string]directory.Contact
	members   map[string]directory.Member
	passwords map[directory.PasswordOwner]directory.Password
	journeys  map[string]journey.Journey
	tickets   map[[32]byte]journey.Ticket
	sessions  map[session.Key]session.Session
	counters  map[string]limit.Counter
	keys      []keyring.Key

	memberTenants directory.Tenants
}

// New makes an empty store.
func New() *Store {
	s := &Store{
		watchers: map[*func(store.Change)]bool{},
		data: data{
			accounts:  map[string]directory.Account{},
			contacts:  map[string]directory.Contact{},
			members:   map[string]directory.Member{},
			passwords: map[directory.PasswordOwner]directory.Password{},
			journeys:  map[string]journey.Journey{},
			tickets:   map[[32]byte]journey.Ticket{},
			sessions:  map[session.Key]session.Session{},
			counters:  map[string]limit.Counter{},
		},
	}
	s.reader = s.read
	return s
}

func (d data) clone() data {
	d.accounts = maps.Clone(d.accounts)
	d.contacts = maps.Clone(d.contacts)
	d.members = maps.Clone(d.members)
	d.passwords = maps.Clone(d.passwords)
	d.journeys = maps.Clone(d.journeys)
	d.tickets = maps.Clone(d.tickets)
	d.sessions = maps.Clone(d.sessions)
	d.counters = maps.Clone(d.counters)
	return d
}

// read runs fn on the data as they are.
func (s *Store) read(ctx context.Context, fn func(*data) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return store.ErrClosed
	}
	return fn(&s.data)
}

// write runs fn on a copy of the data, which takes their place unless fn
// fails, and tells the watchers what fn says has changed.
func (s *Store) write(ctx context.Context, fn func(*data, *store.Change) error) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	var changed store.Change
	err := s.read(ctx, func(d *data) error {
		next := d.clone()
		if err := fn(&next, &changed); err != nil {
			return err
		}
		*d = next
		return nil
	})
	if err == nil && (changed.All || len(changed.Accounts)+len(changed.Contacts)+len(changed.Members)+len(changed.Sessions) > 0) {
		s.tell(changed)
	}
	return err
}

func (s *Store) tell(c store.Change) {
	s.mu.Lock()
	watchers := maps.Clone(s.watchers)
	s.mu.Unlock()
	for fn := range watchers {
		(*fn)(c)
	}
}

// Watch implements store.Store.
func (s *Store) Watch(fn func(store.Change)) (stop func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.watchers[&fn] = true
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.watchers, &fn)
	}
}

// Check implements store.Store.
func (s *Store) Check(ctx context.Context) error {
	return s.read(ctx, func(*data) error { return nil })
}

// Close implements store.Store.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	return nil
}
