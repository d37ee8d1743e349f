package session_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/journey"
	"github.com/frontdesk-gateway/frontdesk/internal/keyring"
	"github.com/frontdesk-gateway/frontdesk/internal/session"
	"github.com/frontdesk-gateway/frontdesk/internal/store"
	"github.com/frontdesk-gateway/frontdesk/internal/store/memory"
)

const (
	cookieName = "__Host-frontdesk"
	idle       = 12 * time.Hour
	lifetime   = 24 * time.Hour
)

// countingStore counts reads, can be made to fail, and to wait while its gate
// is locked.
type countingStore struct {
	store.Store
	gate    sync.RWMutex
	reads   atomic.Int64
	touches atomic.Int64
	err     atomic.Pointer[error]
}

func (s *countingStore) fail(err error) { s.err.Store(&err) }

func (s *countingStore) read() error {
	s.gate.RLock()
	defer s.gate.RUnlock()
	s.reads.Add(1)
	if err := s.err.Load(); err != nil {
		return *err
	}
	return nil
}

func (s *countingStore) Holder(ctx context.Context, key session.Key) (session.Session, directory.People, error) {
	if err := s.read(); err != nil {
		return session.Session{}, directory.People{}, err
	}
	return s.Store.Holder(ctx, key)
}

func (s *countingStore) TouchSessions(ctx context.Context, used map[session.Key]time.Time) error {
	s.touches.Add(1)
	if err := s.err.Load(); err != nil {
		return *err
	}
	return s.Store.TouchSessions(ctx, used)
}

// desk is a manager on a store with two people, wired as the gateway wires it.
type desk struct {
	*session.Manager
	tb    testing.TB
	store *countingStore
	keys  *keyring.Ring
	// unwatch has the store tell the manager of nothing any more.
	unwatch func()

	lifetime, persistent time.Duration // of the manager that restart makes

	mu  sync.Mutex
	now time.Time
}

func (d *desk) Now() time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.now
}

func (d *desk) advance(by time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.now = d.now.Add(by)
}

func newDesk(tb testing.TB) *desk {
	tb.Helper()
	d := &desk{tb: tb, store: &countingStore{Store: memory.New()}, now: time.Date(2026, 3, 4, 5, 6, 0, 0, time.UTC),
		lifetime: lifetime, persistent: 2 * lifetime}
	var err error
	if d.keys, err = keyring.Open(tb.Context(), d.store, lifetime, d.Now); err != nil {
		tb.Fatal(err)
	}
	d.edit(func(e directory.Editor) error {
		if err := e.PutAccount(directory.Account{ID: "acme", Name: "Acme", Active: true}); err != nil {
			return err
		}
		if err := e.PutContact(directory.Contact{ID: "c-ann", Email: "ann@acme.example", Name: "Ann", Account: "acme", Active: true}); err != nil {
			return err
		}
		return e.PutMember(directory.Member{ID: "m-ted", Email: "ted@msp.example", Name: "Ted", Active: true})
	})
	d.restart()
	return d
}

// restart makes a new manager, as after a restart of the process.
func (d *desk) restart() {
	d.tb.Helper()
	m, err := session.NewManager(session.Options{
		Store: d.store, Cookies: d.keys, Idle: idle, Now: d.Now, Lifetime: d.lifetime, Persistent: d.persistent,
		Stands: stands, Capacity: 1000,
	})
	if err != nil {
		d.tb.Fatal(err)
	}
	d.Manager = m
	d.tb.Cleanup(m.Close)
	d.unwatch = sync.OnceFunc(d.store.Watch(func(c store.Change) {
		if c.All {
			m.ChangedAll()
			return
		}
		m.Changed(c.Accounts, c.Contacts, c.Members, c.Sessions)
	}))
	d.tb.Cleanup(d.unwatch)
}

// distrusted on a record says that its sessions stand no more.
const distrusted = "99999999-9999-4999-8999-999999999999"

func stands(s session.Session, people directory.People) bool {
	if s.Kind == directory.KindMember {
		return !slices.Contains(people.Member.Groups, distrusted)
	}
	return !slices.Contains(people.Accounts[people.Contacts[0].Account].Tenants.IDs(), distrusted)
}

func (d *desk) edit(fn func(directory.Editor) error) {
	d.tb.Helper()
	if err := d.store.Edit(d.tb.Context(), fn); err != nil {
		d.tb.Fatal(err)
	}
}

// account, contact and member change the desk's records.
func account(change func(*directory.Account)) func(directory.Editor) error {
	return func(e directory.Editor) error {
		a, err := e.Account(context.Background(), "acme")
		if err != nil {
			return err
		}
		change(&a)
		return e.PutAccount(a)
	}
}

func contact(change func(*directory.Contact)) func(directory.Editor) error {
	return func(e directory.Editor) error {
		c, err := e.Contact(context.Background(), "c-ann")
		if err != nil {
			return err
		}
		change(&c)
		return e.PutContact(c)
	}
}

func member(change func(*directory.Member)) func(directory.Editor) error {
	return func(e directory.Editor) error {
		m, err := e.Member(context.Background(), "m-ted")
		if err != nil {
			return err
		}
		change(&m)
		return e.PutMember(m)
	}
}

func contactSession(s *session.Session) {}

func memberSession(s *session.Session) {
	s.Kind, s.EntityID, s.Address, s.Platform = directory.KindMember, "m-ted", "ted@msp.example", directory.Tech
}

func persistent(s *session.Session) { s.Persistent = true }

// signIn leaves a session behind and returns its cookie and key.
func (d *desk) signIn(change ...func(*session.Session)) (cookie string, s session.Session) {
	d.tb.Helper()
	secret, now := session.NewSecret(), d.Now()
	s = session.Session{
		Key: secret.Key(), ID: fmt.Sprintf("S%x", secret[:4]), Kind: directory.KindContact, EntityID: "c-ann", Address: "ann@acme.example",
		Platform: directory.Client, Origin: "https://portal.msp.example", Method: "email_token", Proofs: []session.Proof{{Method: "email_token", At: now, Vouched: true}},
		Created: now, Expires: now.Add(lifetime), LastUsed: now,
	}
	for _, f := range change {
		f(&s)
	}
	j := journey.Journey{ID: "J" + s.ID, Address: s.Address, Created: now, Expires: now.Add(time.Hour)}
	if err := d.store.CreateJourney(d.tb.Context(), j); err != nil {
		d.tb.Fatal(err)
	}
	if err := d.store.FinishJourney(d.tb.Context(), j.ID, s); err != nil {
		d.tb.Fatal(err)
	}
	return d.seal(secret[:]), s
}

func (d *desk) seal(secret []byte) string {
	d.tb.Helper()
	value, err := d.keys.Seal(cookieName, secret)
	if err != nil {
		d.tb.Fatal(err)
	}
	return value
}

// finds looks a cookie up, which must succeed.
func (d *desk) finds(cookie string) *session.Live {
	d.tb.Helper()
	live, err := d.Lookup(d.tb.Context(), cookieName, cookie)
	if err != nil {
		d.tb.Fatalf("lookup: %v", err)
	}
	return live
}
