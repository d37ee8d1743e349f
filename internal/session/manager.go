package session

import (
	"context"
	"fmt"
	"hash/maphash"
	"sync/atomic"
	"time"

	"github.com/maypok86/otter/v2"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/identity"
)

// Opener opens sealed cookies.
type Opener interface {
	Open(name, value string) ([]byte, bool)
	// Generation changes with the keys.
	Generation() uint64
}

// Options configure a Manager.
type Options struct {
	Store   Store
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
	// Capacity bounds how many sessions are held in memory; above 0.
	Capacity int
}

// Manager finds the session of a request. It is safe for concurrent use.
type Manager struct {
	Options
	epochs *epochs
	memory *otter.Cache[uint64, *Live] // by the cookie's place
	seed   maphash.Seed

	streams streams
	closed  atomic.Bool
	uses    *uses
}

// cookie is a sealed cookie as it came: name and value.
type cookie struct{ name, value string }

// place is where memory keeps the session of a cookie. What is there says which
// cookie it is of: two cookies at one place cost a look at the store, never a wrong
// answer.
func (m *Manager) place(c cookie) uint64 { return maphash.Comparable(m.seed, c) }

// NewManager makes a Manager. The caller hands it the store's changes (see
// [Manager.Changed]), calls [Manager.Flush] and [Manager.LookAgain] now and then,
// and [Manager.Close] at the end.
func NewManager(o Options) (*Manager, error) {
	m := &Manager{Options: o, epochs: newEpochs(), uses: newUses(), seed: maphash.MakeSeed()}
	if o.Capacity <= 0 { // would be without bounds
		return nil, fmt.Errorf("making the session cache: a capacity of %d", o.Capacity)
	}
	var err error
	m.memory, err = otter.New(&otter.Options[uint64, *Live]{MaximumSize: o.Capacity, OnAtomicDeletion: m.evicted})
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
		m.uses.note(live.Key, now)
	}
	return live, nil
}

// find is Lookup without a use of the session.
func (m *Manager) find(ctx context.Context, c cookie, now time.Time) (*Live, error) {
	place := m.place(c)
	live, ok := m.memory.GetIfPresent(place)
	if ok && live.cookie() != c {
		live, ok = nil, false
	}
	if !ok || !m.current(live) || live.over(now) {
		loaded, err := m.open(ctx, c, live)
		if err != nil {
			m.memory.Invalidate(place)
			return nil, err
		}
		live = loaded
		m.memory.Set(place, live)
	}
	if live.ended(now) {
		m.memory.Invalidate(place)
		return nil, ErrNotFound
	}
	return live, nil
}

// current reports whether a session is as the store has it. After Close nobody
// tells of changes any more, but requests that came before are still decided.
func (m *Manager) current(live *Live) bool {
	return !m.closed.Load() && !m.epochs.stale(live.marks) && live.generation == m.Cookies.Generation()
}

// Whole is the session of live, as the store has it; ErrNotFound where it has ended
// since it was looked up.
func (m *Manager) Whole(ctx context.Context, live *Live) (Session, error) {
	s, err := m.Store.Session(ctx, live.Key)
	s.Expires = live.expires
	return s, err
}

// Alive returns a session by its key, where it lets somebody in; ErrNotFound for
// any other.
func (m *Manager) Alive(ctx context.Context, key Key) (Session, error) {
	live, s, err := m.load(ctx, key, cookie{}, nil)
	if err != nil {
		return Session{}, err
	}
	if live.ended(m.Now()) {
		return Session{}, ErrNotFound
	}
	return s, nil
}

// open loads the session of a cookie.
func (m *Manager) open(ctx context.Context, c cookie, before *Live) (*Live, error) {
	generation := m.Cookies.Generation()
	key, ok := m.Key(c.name, c.value)
	if !ok {
		return nil, ErrNotFound
	}
	live, _, err := m.load(ctx, key, c, before)
	if err == nil {
		live.generation = generation
	}
	return live, err
}

// load reads a session and what it rests on. What changes while the store is
// read makes the result stale: it is good for this look-up and no other.
func (m *Manager) load(ctx context.Context, key Key, c cookie, before *Live) (*Live, Session, error) {
	changes, noted := m.epochs.all.Load(), m.uses.last(key) // before it is written, and forgotten here
	s, holder, err := m.Store.Holder(ctx, key)
	if err != nil {
		return nil, Session{}, err
	}
	entity, in := letIn(s, holder)
	if !in || !m.Stands(s, holder) {
		return nil, Session{}, ErrNotFound
	}
	live, longest := &Live{Key: key, created: s.Created}, m.Options.Persistent
	if !s.Persistent {
		live.idle, longest = m.Idle, m.Lifetime
	}
	if end := s.Since().Add(longest); end.Before(s.Expires) {
		if !m.Now().Before(end) { // for good: it does not come back when lives are longer again
			_ = m.Store.EndSessions(ctx, key) // what fails is tried again with the next request by it
			return nil, Session{}, ErrNotFound
		}
		s.Expires = end
	}
	live.expires = s.Expires
	live.setLastUse(later(s.LastUsed, later(noted, m.uses.last(key))), before)
	live.texts = newTexts(identity.Facts{Entity: entity, Platform: s.Platform, Method: s.Method, Session: s.ID}.Values(), s, c)
	m.mark(live, entity, changes)
	return live, s, nil
}

// letIn returns the entity of a session, and whether it lets anybody in.
func letIn(s Session, holder directory.People) (directory.Entity, bool) {
	if m := holder.Member; m != nil {
		return directory.MemberEntity(*m), s.OfMember(*m)
	}
	for _, c := range holder.Contacts {
		a := holder.Accounts[c.Account]
		return directory.ContactEntity(c, a), s.OfContact(c, a)
	}
	return directory.Entity{}, false
}

// mark notes what a session rests on, as it was at a count of all changes.
func (m *Manager) mark(live *Live, entity directory.Entity, changes uint64) {
	live.marks[0] = m.epochs.mark("session", string(live.Key[:]))
	live.marks[1] = m.epochs.mark(string(entity.Kind), entity.ID)
	live.marks[2] = live.marks[1] // a member rests on nothing else
	if entity.Kind == directory.KindContact {
		live.marks[2] = m.epochs.mark("account", entity.AccountID)
	}
	if m.epochs.all.Load() != changes { // after the marks: they may be of the change
		live.marks[0] = live.marks[0].missed()
	}
}

// Key opens a cookie and returns the key of its session, which may have ended.
func (m *Manager) Key(name, value string) (Key, bool) {
	opened, ok := m.Cookies.Open(name, value)
	if !ok || len(opened) != len(Secret{}) {
		return Key{}, false
	}
	return Secret(opened).Key(), true
}

// setLastUse sets the time of last use to the latest that is known: memory's
// is exact, what was noted for the store up to touchEvery old.
func (l *Live) setLastUse(noted time.Time, before *Live) {
	l.written.Store(noted.Unix())
	l.lastUsed.Store(noted.Unix())
	if before != nil {
		l.lastUsed.Store(before.lastUsed.Load())
	}
}

// evicted notes the exact last use of a session that falls out of memory.
func (m *Manager) evicted(e otter.DeletionEvent[uint64, *Live]) {
	if last := e.Value.lastUsed.Load(); e.Cause == otter.CauseOverflow && last > e.Value.written.Load() {
		m.uses.note(e.Value.Key, time.Unix(last, 0))
	}
}

// Flush writes the times of last use that were noted since the last call. What
// could not be written waits for the next one.
func (m *Manager) Flush(ctx context.Context) error { return m.uses.flush(ctx, m.Store) }

// FlushDue receives when there is so much for [Manager.Flush] that it should not
// wait for its time.
func (m *Manager) FlushDue() <-chan struct{} { return m.uses.due }

// sweepMost is how many sessions are removed in one step at most; the store knows
// how many do not have others wait.
const sweepMost = 2000

// Sweep removes all sessions that are over. What is idle is told by the times of
// last use, so these are written first, and what is used while it sweeps is not
// looked at. The store's last use may be touchEvery behind memory's: so long it
// waits. Where one was lost, no session is removed for being idle any more.
func (m *Manager) Sweep(ctx context.Context) error {
	now := m.Now()
	if err := m.Flush(ctx); err != nil {
		return err
	}
	idle := m.Idle
	if idle > 0 {
		idle += touchEvery
	}
	if m.uses.anyLost() {
		idle = 0
	}
	for {
		n, err := m.Store.SweepSessions(ctx, now, idle, sweepMost)
		if n == 0 || err != nil {
			return err
		}
	}
}

// ChangedAll is Changed where everything may have changed.
func (m *Manager) ChangedAll() {
	m.epochs.changedAll()
	m.LookAgain()
}

// Changed takes up what the store changed: the sessions that rest on it are
// looked at anew with their next request, and what is open of them at once. It
// does not use the store.
func (m *Manager) Changed(accounts, contacts, members []string, sessions []Key) {
	m.epochs.changed("account", accounts...)
	m.epochs.changed(string(directory.KindContact), contacts...)
	m.epochs.changed(string(directory.KindMember), members...)
	for _, key := range sessions {
		m.epochs.changed("session", string(key[:]))
	}
	m.LookAgain()
}
