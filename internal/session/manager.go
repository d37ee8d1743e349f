package session

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/maypok86/otter/v2"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/identity"
)

// Records are the look-ups that tell whether a session's person may still
// come in.
type Records interface {
	Account(ctx context.Context, id string) (directory.Account, error)
	Contact(ctx context.Context, id string) (directory.Contact, error)
	Member(ctx context.Context, id string) (directory.Member, error)
}

// Opener opens sealed cookies.
type Opener interface {
	Open(name, value string) ([]byte, bool)
	// Generation changes with the keys.
	Generation() uint64
}

// Options configure a Manager.
type Options struct {
	Store   Store
	Records Records
	Cookies Opener
	Idle    time.Duration // of sessions that are not persistent
	// Lifetime and Persistent are the longest that a session, and one that is
	// persistent, may live by now: what was promised it before holds no longer.
	Lifetime   time.Duration
	Persistent time.Duration
	Now        func() time.Time
	// Stands reports whether what opened the entity of a session says still that
	// the person is the one behind it. The entity alone is among the people, with
	// its account.
	Stands func(Session, directory.People) bool
	// Capacity bounds how many sessions are held in memory.
	Capacity int
}

// DefaultCapacity of the memory in front of the store, in sessions.
const DefaultCapacity = 100_000

// Manager finds the session of a request. It is safe for concurrent use.
type Manager struct {
	Options
	epochs *epochs
	memory *otter.Cache[cookie, *Live]

	streams streams
	closed  atomic.Bool

	mu      sync.Mutex
	touched map[Key]time.Time
}

// cookie is a sealed cookie as it came: name and value.
type cookie struct{ name, value string }

// NewManager makes a Manager. The caller hands it the store's changes (see
// [Manager.Changed]), calls [Manager.Flush] and [Manager.LookAgain] now and then,
// and [Manager.Close] at the end.
func NewManager(o Options) (*Manager, error) {
	if o.Capacity == 0 {
		o.Capacity = DefaultCapacity
	}
	m := &Manager{Options: o, epochs: newEpochs(), touched: map[Key]time.Time{}}
	var err error
	m.memory, err = otter.New(&otter.Options[cookie, *Live]{MaximumSize: o.Capacity, OnAtomicDeletion: m.evicted})
	if err != nil {
		return nil, fmt.Errorf("making the session cache: %w", err)
	}
	return m, nil
}

// Lookup returns the session of a cookie, or ErrNotFound where the cookie or
// the session is no good (any more). Any other error means that it could not
// be found out: the request must fail, not be taken for a stranger's.
func (m *Manager) Lookup(ctx context.Context, name, value string) (*Live, error) {
	now := m.Now()
	live, err := m.find(ctx, cookie{name, value}, now)
	if err != nil {
		return nil, err
	}
	if live.used(now) {
		m.touch(live.Key, now)
	}
	return live, nil
}

// find is Lookup without a use of the session.
func (m *Manager) find(ctx context.Context, key cookie, now time.Time) (*Live, error) {
	live, ok := m.memory.GetIfPresent(key)
	if !ok || !m.current(live) {
		loaded, err := m.open(ctx, key, live)
		if err != nil {
			m.memory.Invalidate(key)
			return nil, err
		}
		live = loaded
		m.memory.Set(live.cookie, live)
	}
	if live.ended(now) {
		m.memory.Invalidate(key)
		return nil, ErrNotFound
	}
	return live, nil
}

// current reports whether a session is as the store has it. After Close nobody
// tells of changes any more, but requests that came before are still decided.
func (m *Manager) current(live *Live) bool {
	return !m.closed.Load() && !live.stale() && live.generation == m.Cookies.Generation()
}

// Alive returns a session by its key, where it lets somebody in; ErrNotFound for
// any other.
func (m *Manager) Alive(ctx context.Context, key Key) (Session, error) {
	live, err := m.load(ctx, key, nil)
	if err != nil {
		return Session{}, err
	}
	if live.ended(m.Now()) {
		return Session{}, ErrNotFound
	}
	return live.Session, nil
}

// open loads the session of a cookie.
func (m *Manager) open(ctx context.Context, c cookie, before *Live) (*Live, error) {
	generation := m.Cookies.Generation()
	key, ok := m.Key(c.name, c.value)
	if !ok {
		return nil, ErrNotFound
	}
	live, err := m.load(ctx, key, before)
	if err == nil {
		live.generation = generation
		live.cookie = cookie{c.name, strings.Clone(c.value)} // value is a part of the whole Cookie header
	}
	return live, err
}

// load reads a session and what it rests on. The marks are taken before the
// store is read: what changes in between makes the result stale.
func (m *Manager) load(ctx context.Context, key Key, before *Live) (live *Live, err error) {
	live = &Live{}
	live.marks[0] = m.epochs.mark("session", string(key[:]))
	if live.Session, err = m.Store.Session(ctx, key); err != nil {
		return nil, err
	}
	if err := m.loadEntity(ctx, live); err != nil {
		return nil, notFound(err)
	}
	live.Facts = identity.Facts{Entity: live.Entity, Platform: live.Platform, Method: live.Session.Method, Session: live.ID}
	m.setLastUse(live, before)
	longest := m.Options.Persistent
	if !live.Persistent {
		live.idle, longest = m.Idle, m.Lifetime
	}
	if end := live.Created.Add(longest); end.Before(live.Expires) {
		live.Expires = end
	}
	return live, nil
}

// Key opens a cookie and returns the key of its session, which may have ended.
func (m *Manager) Key(name, value string) (Key, bool) {
	opened, ok := m.Cookies.Open(name, value)
	if !ok || len(opened) != len(Secret{}) {
		return Key{}, false
	}
	return Secret(opened).Key(), true
}

func (m *Manager) loadEntity(ctx context.Context, live *Live) error {
	live.marks[1] = m.epochs.mark(string(live.Kind), live.EntityID)
	if live.Kind == directory.KindMember {
		member, err := m.Records.Member(ctx, live.EntityID)
		if err != nil {
			return err
		}
		live.Entity = directory.MemberEntity(member)
		return unless(live.OfMember(member) && m.Stands(live.Session, directory.People{Member: &member}))
	}
	contact, err := m.Records.Contact(ctx, live.EntityID)
	if err != nil {
		return err
	}
	live.marks[2] = m.epochs.mark("account", contact.Account)
	account, err := m.Records.Account(ctx, contact.Account)
	if err != nil {
		return err
	}
	live.Entity = directory.ContactEntity(contact, account)
	return unless(live.OfContact(contact, account) && m.Stands(live.Session, directory.People{
		Contacts: []directory.Contact{contact}, Accounts: map[string]directory.Account{account.ID: account},
	}))
}

func unless(ok bool) error {
	if ok {
		return nil
	}
	return ErrNotFound
}

func notFound(err error) error {
	if errors.Is(err, directory.ErrNotFound) {
		return ErrNotFound
	}
	return err
}

// setLastUse sets the time of last use to the latest that is known: memory's
// is exact, what was noted for the store up to touchEvery old.
func (m *Manager) setLastUse(live, before *Live) {
	noted := live.LastUsed
	m.mu.Lock()
	if t, ok := m.touched[live.Key]; ok && t.After(noted) {
		noted = t
	}
	m.mu.Unlock()
	live.written.Store(noted.Unix())
	live.lastUsed.Store(noted.Unix())
	if before != nil {
		live.lastUsed.Store(before.lastUsed.Load())
	}
}

// evicted notes the exact last use of a session that falls out of memory.
func (m *Manager) evicted(e otter.DeletionEvent[cookie, *Live]) {
	if e.Cause == otter.CauseOverflow {
		m.touch(e.Value.Key, time.Unix(e.Value.lastUsed.Load(), 0))
	}
}

func (m *Manager) touch(key Key, at time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if at.After(m.touched[key]) {
		m.touched[key] = at
	}
}

// Flush writes the times of last use that were noted since the last call. What
// could not be written waits for the next one.
func (m *Manager) Flush(ctx context.Context) error {
	m.mu.Lock()
	touched := maps.Clone(m.touched)
	m.mu.Unlock()
	if len(touched) == 0 {
		return nil
	}
	if err := m.Store.TouchSessions(ctx, touched); err != nil {
		return fmt.Errorf("writing the last use of %d sessions: %w", len(touched), err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	maps.DeleteFunc(m.touched, func(key Key, t time.Time) bool { return t.Equal(touched[key]) })
	return nil
}

// Sweep removes at most limit sessions that are over, and returns how many. The
// store's last use may be touchEvery behind memory's: so long it waits.
func (m *Manager) Sweep(ctx context.Context, limit int) (int, error) {
	idle := m.Idle
	if idle > 0 {
		idle += touchEvery
	}
	return m.Store.SweepSessions(ctx, m.Now(), idle, limit)
}

// Changed takes up what the store changed: the sessions that rest on it are
// looked at anew with their next request, and what is open of them at once. It
// does not use the store.
func (m *Manager) Changed(accounts, contacts, members []string, sessions []Key) {
	m.epochs.changed("account", accounts)
	m.epochs.changed(string(directory.KindContact), contacts)
	m.epochs.changed(string(directory.KindMember), members)
	for _, key := range sessions {
		m.epochs.of("session", string(key[:])).Add(1)
	}
	m.LookAgain()
}
