package session_test

import (
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/session"
)

// wantsNobody fails unless the cookie is no good.
func (d *desk) wantsNobody(cookie string) {
	d.tb.Helper()
	if live, err := d.Lookup(d.tb.Context(), cookieName, cookie); !errors.Is(err, session.ErrNotFound) || live != nil {
		d.tb.Fatalf("lookup gave %v, %v; want ErrNotFound", live, err)
	}
}

func TestLookupFacts(t *testing.T) {
	d := newDesk(t)
	cookie, s := d.signIn()
	live := d.finds(cookie)
	if f := live.Facts(); f.ID != "c-ann" || f.Email != "ann@acme.example" || f.Name != "Ann" || f.AccountID != "acme" || f.AccountName != "Acme" ||
		f.Kind != directory.KindContact || f.Platform != directory.Client || f.Method != "email_token" || f.Session != s.ID {
		t.Errorf("facts %+v", f)
	}
	cookie, _ = d.signIn(memberSession)
	if f := d.finds(cookie).Facts(); f.ID != "m-ted" || f.Kind != directory.KindMember || f.AccountID != "" || f.Platform != directory.Tech {
		t.Errorf("facts %+v", f)
	}
}

// TestLookupReadsOnce: a request with a session costs no read of the store.
func TestLookupReadsOnce(t *testing.T) {
	d := newDesk(t)
	cookie, _ := d.signIn()
	d.finds(cookie)
	before := d.store.reads.Load()
	for range 1000 {
		d.finds(cookie)
	}
	if n := d.store.reads.Load() - before; n != 0 {
		t.Errorf("1000 lookups read the store %d times", n)
	}
}

// TestChangesAreSeenAtOnce: what is switched off in the store is off at the
// very next lookup, in memory and after a restart.
func TestChangesAreSeenAtOnce(t *testing.T) {
	for _, c := range []struct {
		name string
		kind func(*session.Session)
		edit func(directory.Editor) error
	}{
		{"contact disabled", contactSession, contact(func(c *directory.Contact) { c.Active = false })},
		{"contact under another address", contactSession, contact(func(c *directory.Contact) { c.Email = "annie@acme.example" })},
		{"contact deleted", contactSession, func(e directory.Editor) error { return e.DeleteContact("c-ann") }},
		{"account disabled", contactSession, account(func(a *directory.Account) { a.Active = false })},
		{"member disabled", memberSession, member(func(m *directory.Member) { m.Active = false })},
		{"member under another address", memberSession, member(func(m *directory.Member) { m.Email = "teddy@msp.example" })},
		{"member deleted", memberSession, func(e directory.Editor) error { return e.DeleteMember("m-ted") }},
		{"what opened the contact counts no more", contactSession, account(func(a *directory.Account) { a.Tenants = directory.Tenants{{Tenant: distrusted}} })},
		{"what opened the member counts no more", memberSession, member(func(m *directory.Member) { m.Groups = []string{distrusted} })},
		{"platform taken from the member", memberSession, member(func(m *directory.Member) { m.Platforms = []directory.Platform{directory.Admin} })},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t)
			cookie, _ := d.signIn(c.kind)
			open := d.opens(cookie)
			d.edit(c.edit)
			d.wantsNobody(cookie)
			open.wantsEnd()
			d.restart()
			d.wantsNobody(cookie)
		})
	}

	t.Run("a disabled account that is enabled again: its sessions have ended", func(t *testing.T) {
		d := newDesk(t)
		cookie, _ := d.signIn()
		d.edit(account(func(a *directory.Account) { a.Active = false }))
		d.wantsNobody(cookie)
		d.edit(account(func(a *directory.Account) { a.Active = true }))
		d.wantsNobody(cookie)
	})
	t.Run("new names", func(t *testing.T) {
		d := newDesk(t)
		cookie, _ := d.signIn()
		d.finds(cookie)
		d.edit(account(func(a *directory.Account) { a.Name = "Acme Widgets" }))
		d.edit(contact(func(c *directory.Contact) { c.Name, c.Groups = "Ann Archer", []string{"boss"} }))
		if f := d.finds(cookie).Facts(); f.AccountName != "Acme Widgets" || f.Name != "Ann Archer" || len(f.Groups) != 1 {
			t.Errorf("facts %+v", f)
		}
	})
	t.Run("a contact under a new id", func(t *testing.T) {
		d := newDesk(t)
		cookie, _ := d.signIn()
		d.finds(cookie)
		d.edit(func(e directory.Editor) error { return e.RenameContact("c-ann", "c-7") })
		if f := d.finds(cookie).Facts(); f.ID != "c-7" {
			t.Errorf("facts %+v", f)
		}
	})
	t.Run("moved to an account that is off", func(t *testing.T) {
		d := newDesk(t)
		cookie, _ := d.signIn()
		d.finds(cookie)
		d.edit(func(e directory.Editor) error { return e.PutAccount(directory.Account{ID: "off"}) })
		d.edit(contact(func(c *directory.Contact) { c.Account = "off" }))
		d.wantsNobody(cookie)
	})
}

func TestEndedSession(t *testing.T) {
	d := newDesk(t)
	cookie, s := d.signIn()
	other, _ := d.signIn()
	d.finds(cookie)
	d.finds(other)
	if err := d.store.EndSessions(t.Context(), s.Key); err != nil {
		t.Fatal(err)
	}
	d.wantsNobody(cookie)
	d.finds(other)
	d.restart()
	d.wantsNobody(cookie)
	d.finds(other)
}

// TestRevokedWhileLookedUp: no lookup that begins after EndSessions returned
// finds the session, whatever other lookups are doing.
func TestRevokedWhileLookedUp(t *testing.T) {
	d := newDesk(t)
	for range 50 {
		cookie, s := d.signIn()
		var ended atomic.Bool
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				for again := true; again; {
					again = !ended.Load() // one more lookup after the end was seen
					_, err := d.Lookup(t.Context(), cookieName, cookie)
					if !again && !errors.Is(err, session.ErrNotFound) {
						t.Errorf("after EndSessions returned: %v", err)
					}
				}
			})
		}
		wg.Go(func() { d.Evict() })
		if err := d.store.EndSessions(t.Context(), s.Key); err != nil {
			t.Error(err)
		}
		ended.Store(true)
		wg.Wait()
		d.wantsNobody(cookie)
	}
}

// TestEntityDisabledWhileLookedUp is the same for what a session rests on.
func TestEntityDisabledWhileLookedUp(t *testing.T) {
	d := newDesk(t)
	cookie, _ := d.signIn()
	set := func(active bool) {
		d.edit(func(e directory.Editor) error {
			return e.PutAccount(directory.Account{ID: "acme", Name: "Acme", Active: active})
		})
	}
	for range 50 {
		set(true)
		var off atomic.Bool
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				for again := true; again; {
					again = !off.Load()
					if _, err := d.Lookup(t.Context(), cookieName, cookie); !again && !errors.Is(err, session.ErrNotFound) {
						t.Errorf("after the account was switched off: %v", err)
					}
				}
			})
		}
		set(false)
		off.Store(true)
		wg.Wait()
	}
}

func TestSessionEndsByTime(t *testing.T) {
	type use struct {
		after time.Duration // since the use before
		good  bool
	}
	for _, c := range []struct {
		name   string
		change func(*session.Session)
		uses   []use
	}{
		{"idle", contactSession, []use{{idle - time.Minute, true}, {idle, false}}},
		{"used again and again", contactSession, []use{{11 * time.Hour, true}, {11 * time.Hour, true}, {2*time.Hour - time.Second, true}, {time.Second, false}}},
		{"not used at all", contactSession, []use{{idle, false}}},
		{"persistent: never idle", persistent, []use{{lifetime - time.Second, true}, {time.Second, false}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			inMemory, restarted := newDesk(t), newDesk(t)
			warm, _ := inMemory.signIn(c.change)
			cold, _ := restarted.signIn(c.change)
			for _, use := range c.uses {
				inMemory.advance(use.after)
				restarted.advance(use.after)
				if err := restarted.Flush(t.Context()); err != nil {
					t.Fatal(err)
				}
				restarted.restart()
				if !use.good {
					inMemory.wantsNobody(warm)
					restarted.wantsNobody(cold)
					continue
				}
				inMemory.finds(warm)
				restarted.finds(cold)
			}
		})
	}
}

// TestShorterLifetimes: those of a new configuration hold for the sessions that
// are there, by cookie and by key; longer ones prolong none, nor bring one back that was
// asked for when it was over.
func TestShorterLifetimes(t *testing.T) {
	for _, c := range []struct {
		name                 string
		change               func(*session.Session)
		lifetime, persistent time.Duration
		end                  time.Duration // after the beginning
	}{
		{"as before", contactSession, lifetime, 2 * lifetime, lifetime},
		{"shorter", contactSession, 6 * time.Hour, 2 * lifetime, 6 * time.Hour},
		{"shorter for others", contactSession, lifetime, 6 * time.Hour, lifetime},
		{"longer", contactSession, 3 * lifetime, 3 * lifetime, lifetime},
		{"persistent, shorter", persistent, lifetime, 6 * time.Hour, 6 * time.Hour},
		{"persistent, shorter for others", persistent, 6 * time.Hour, 2 * lifetime, lifetime},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t)
			cookie, s := d.signIn(c.change)
			d.lifetime, d.persistent = c.lifetime, c.persistent
			d.restart()
			for left := c.end - time.Second; left > 0; left -= idle / 2 {
				d.advance(min(left, idle/2))
				d.finds(cookie)
			}
			if got, err := d.Alive(t.Context(), s.Key); err != nil || !got.Expires.Equal(s.Created.Add(c.end)) {
				t.Errorf("it ends at %s, %v", got.Expires, err)
			}
			d.advance(time.Second)
			d.wantsNobody(cookie)
			d.lifetime, d.persistent = 3*lifetime, 3*lifetime
			d.restart()
			d.wantsNobody(cookie)
			if _, err := d.Alive(t.Context(), s.Key); !errors.Is(err, session.ErrNotFound) {
				t.Errorf("by its key: %v", err)
			}
		})
	}
}

// TestIdleEndStays: a session that ended by idleness does not come back.
func TestIdleEndStays(t *testing.T) {
	d := newDesk(t)
	cookie, _ := d.signIn()
	d.finds(cookie)
	d.advance(idle)
	for range 3 {
		d.wantsNobody(cookie)
	}
}

func (d *desk) lastUsed(key session.Key) time.Time {
	d.tb.Helper()
	s, err := d.store.Store.Session(d.tb.Context(), key)
	if err != nil {
		d.tb.Fatal(err)
	}
	return s.LastUsed
}

func TestLastUseIsWrittenOncePerMinute(t *testing.T) {
	d := newDesk(t)
	began := d.Now()
	cookie, s := d.signIn()
	for range 59 {
		d.advance(time.Second)
		d.finds(cookie)
		if err := d.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if n := d.store.touches.Load(); n != 0 {
		t.Errorf("the last use was written %d times in a minute", n)
	}
	d.advance(time.Second)
	for range 10 {
		d.finds(cookie)
	}
	for range 3 {
		if err := d.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if n := d.store.touches.Load(); n != 1 {
		t.Errorf("the last use was written %d times, want once", n)
	}
	if got, want := d.lastUsed(s.Key), began.Add(time.Minute); !got.Equal(want) {
		t.Errorf("last used %s, want %s", got, want)
	}
}

// TestLastUseSurvivesEviction: between two flushes the store's time is old;
// a session that falls out of memory must not become idle by that.
func TestLastUseSurvivesEviction(t *testing.T) {
	d := newDesk(t)
	cookie, _ := d.signIn()
	d.advance(idle - time.Hour)
	d.finds(cookie)
	d.Evict()
	d.advance(2 * time.Hour)
	d.finds(cookie)
}

// TestLastUseSurvivesAFailedFlush: nor where the store could not be written.
func TestLastUseSurvivesAFailedFlush(t *testing.T) {
	d := newDesk(t)
	cookie, s := d.signIn()
	d.advance(idle - time.Hour)
	d.finds(cookie)
	used := d.Now()
	d.store.fail(errors.New("disk full"))
	if err := d.Flush(t.Context()); err == nil || !strings.Contains(err.Error(), "disk full") {
		t.Errorf("error %v", err)
	}
	d.store.err.Store(nil)
	d.Evict()
	d.advance(2 * time.Hour)
	d.finds(cookie)
	if err := d.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := d.lastUsed(s.Key); got.Before(used) {
		t.Errorf("last used %s, want %s or later", got, used)
	}
}

func TestForeignCookies(t *testing.T) {
	d, foreign := newDesk(t), newDesk(t)
	cookie, _ := d.signIn()
	theirs, _ := foreign.signIn()
	d.finds(cookie)
	middle := len(cookie) / 2
	unknown := session.NewSecret()
	for name, value := range map[string]string{
		"changed":                  cookie[:middle] + string(cookie[middle]^1) + cookie[middle+1:],
		"cut off":                  cookie[:middle],
		"empty":                    "",
		"of another gateway":       theirs,
		"sealed, but of nothing":   d.seal(unknown[:]),
		"sealed, but too short":    d.seal(unknown[:31]),
		"sealed, but too long":     d.seal(append(unknown[:], 0)),
		"the session's public id":  "S",
		"long":                     strings.Repeat("a", 1<<16),
		"the cookie, and one more": cookie + "; " + cookie,
	} {
		if _, err := d.Lookup(t.Context(), cookieName, value); !errors.Is(err, session.ErrNotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := d.Lookup(t.Context(), "frontdesk", cookie); !errors.Is(err, session.ErrNotFound) {
		t.Errorf("under another name: %v", err)
	}
	d.finds(cookie)
}

// TestStoreFailureIsNoStranger: a person must not be taken for a stranger
// because the store could not be read.
func TestStoreFailureIsNoStranger(t *testing.T) {
	d := newDesk(t)
	warm, _ := d.signIn()
	cold, _ := d.signIn()
	d.finds(warm)
	broken := errors.New("input/output error")
	d.store.fail(broken)
	if _, err := d.Lookup(t.Context(), cookieName, cold); !errors.Is(err, broken) || errors.Is(err, session.ErrNotFound) {
		t.Errorf("error %v", err)
	}
	d.finds(warm)
	d.Changed(nil, []string{"c-ann"}, nil, nil) // what is in memory is stale now
	if _, err := d.Lookup(t.Context(), cookieName, warm); !errors.Is(err, broken) {
		t.Errorf("error %v", err)
	}
	d.store.err.Store(nil)
	d.finds(cold)
	d.finds(warm)
}

// TestAlive: by its key a session is found as long as its cookie would do.
func TestAlive(t *testing.T) {
	d := newDesk(t)
	cookie, s := d.signIn()
	alive := func() error {
		_, err := d.Alive(t.Context(), s.Key)
		return err
	}
	if err := alive(); err != nil {
		t.Fatal(err)
	}
	d.advance(idle - time.Minute)
	d.finds(cookie) // noted, so that the key's look-up knows of it
	d.advance(idle - time.Second)
	if err := alive(); err != nil {
		t.Error(err)
	}
	d.advance(time.Second)
	if err := alive(); !errors.Is(err, session.ErrNotFound) {
		t.Errorf("after the idle time: %v", err)
	}
	if _, err := d.Alive(t.Context(), session.Key{1}); !errors.Is(err, session.ErrNotFound) {
		t.Errorf("a key of no session: %v", err)
	}
}
