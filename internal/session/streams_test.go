package session_test

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/session"
)

// patience is how long a test waits for what must come.
const patience = 30 * time.Second

// openRequest is a request that was let in and stays open.
type openRequest struct {
	tb      testing.TB
	ends    atomic.Int32
	ended   chan struct{}
	release func()
}

// opens has a request come in with a cookie, which must be good, and stay open.
func (d *desk) opens(cookie string) *openRequest {
	d.tb.Helper()
	return d.hold(d.finds(cookie))
}

func (d *desk) hold(live *session.Live) *openRequest {
	o := &openRequest{tb: d.tb, ended: make(chan struct{})}
	o.release = d.Hold(live, func() {
		if o.ends.Add(1) == 1 {
			close(o.ended)
		}
	})
	d.tb.Cleanup(o.release)
	return o
}

func (o *openRequest) wantsEnd() {
	o.tb.Helper()
	select {
	case <-o.ended:
	case <-time.After(patience):
		o.tb.Fatal("the request is open still")
	}
}

// wantsOpen fails where the request was ended; nothing may be left to look at.
func (o *openRequest) wantsOpen() {
	o.tb.Helper()
	if o.ends.Load() != 0 {
		o.tb.Fatal("the request was ended")
	}
}

// TestOpenRequestEnds with what it was let in by, and no other does.
func TestOpenRequestEnds(t *testing.T) {
	for _, c := range []struct {
		name string
		end  func(d *desk, s session.Session)
	}{
		{"the session ends", func(d *desk, s session.Session) {
			if err := d.store.EndSessions(t.Context(), s.Key); err != nil {
				t.Fatal(err)
			}
		}},
		{"the absolute end", func(d *desk, _ session.Session) { d.advance(lifetime) }},
		{"the idle time", func(d *desk, _ session.Session) { d.advance(idle) }},
		{"other groups", func(d *desk, _ session.Session) {
			d.edit(contact(func(c *directory.Contact) { c.Groups = []string{"boss"} }))
		}},
		{"another name of the account", func(d *desk, _ session.Session) {
			d.edit(account(func(a *directory.Account) { a.Name = "Acme Widgets" }))
		}},
		{"another id", func(d *desk, _ session.Session) {
			d.edit(func(e directory.Editor) error { return e.RenameContact("c-ann", "c-7") })
		}},
		{"a store that cannot be read", func(d *desk, _ session.Session) {
			d.store.fail(errors.New("input/output error"))
			d.Changed(nil, []string{"c-ann"}, nil, nil)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t)
			cookie, s := d.signIn()
			other, _ := d.signIn(memberSession, persistent, func(s *session.Session) { s.Expires = s.Expires.Add(lifetime) })
			first, second, others := d.opens(cookie), d.opens(cookie), d.opens(other)
			c.end(d, s)
			d.LookAgain()
			first.wantsEnd()
			second.wantsEnd()
			d.Settle()
			others.wantsOpen()
			if n := d.Open(); n != 1 {
				t.Errorf("%d requests are held, want the other person's", n)
			}
		})
	}
}

// TestOpenRequestOfOneSessionEnds, and none of the same person's others.
func TestOpenRequestOfOneSessionEnds(t *testing.T) {
	d := newDesk(t)
	ended, s := d.signIn()
	stays, _ := d.signIn()
	first, second := d.opens(ended), d.opens(stays)
	if err := d.store.EndSessions(t.Context(), s.Key); err != nil {
		t.Fatal(err)
	}
	first.wantsEnd()
	d.Settle()
	second.wantsOpen()
}

// TestOpenRequestStays where nothing changed for it.
func TestOpenRequestStays(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(d *desk, cookie string)
	}{
		{"the record is written as it was", func(d *desk, _ string) { d.edit(contact(func(*directory.Contact) {})) }},
		{"what no portal is told", func(d *desk, _ string) {
			d.edit(contact(func(c *directory.Contact) { c.Phone = "+49 30 123456" }))
		}},
		{"the account is on for others too", func(d *desk, _ string) {
			d.edit(account(func(a *directory.Account) { a.Domains = []string{"acme.example"} }))
		}},
		{"used by others meanwhile", func(d *desk, cookie string) {
			d.advance(idle - time.Second)
			d.finds(cookie)
			d.advance(idle - time.Second)
		}},
		{"used after memory was emptied", func(d *desk, cookie string) {
			d.Evict()
			d.advance(idle - time.Second)
			d.finds(cookie)
			d.advance(time.Second)
		}},
		{"used after the record was written", func(d *desk, cookie string) {
			d.edit(contact(func(*directory.Contact) {}))
			d.Settle()
			d.advance(idle - time.Second)
			d.finds(cookie)
			d.advance(time.Second)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t)
			cookie, _ := d.signIn(func(s *session.Session) { s.Expires = s.Expires.Add(lifetime) })
			open := d.opens(cookie)
			c.change(d, cookie)
			d.LookAgain()
			d.Settle()
			open.wantsOpen()
		})
	}
}

// TestOpenRequestIsNoUse: it does not keep its session from becoming idle, nor
// does looking at it.
func TestOpenRequestIsNoUse(t *testing.T) {
	d := newDesk(t)
	cookie, _ := d.signIn()
	open := d.opens(cookie)
	d.advance(idle - time.Minute)
	d.edit(contact(func(*directory.Contact) {}))
	d.Settle()
	open.wantsOpen()
	d.advance(time.Minute)
	d.LookAgain()
	open.wantsEnd()
	d.wantsNobody(cookie)
}

// TestEndWhileHeld: a session that ends between the look-up and the hold, or
// right with it, leaves nothing open.
func TestEndWhileHeld(t *testing.T) {
	d := newDesk(t)
	for range 200 {
		cookie, s := d.signIn()
		live := d.finds(cookie)
		var wg sync.WaitGroup
		wg.Go(func() {
			if err := d.store.EndSessions(t.Context(), s.Key); err != nil {
				t.Error(err)
			}
		})
		open := d.hold(live)
		wg.Wait()
		open.wantsEnd()
	}
	cookie, s := d.signIn()
	live := d.finds(cookie)
	if err := d.store.EndSessions(t.Context(), s.Key); err != nil {
		t.Fatal(err)
	}
	d.hold(live).wantsEnd()
}

// TestManyOpenRequests come, go and end at once; nothing is left of them.
func TestManyOpenRequests(t *testing.T) {
	d := newDesk(t)
	var wg sync.WaitGroup
	for i := range 50 {
		cookie, s := d.signIn()
		open, over := d.opens(cookie), d.opens(cookie)
		wg.Go(over.release)
		wg.Go(func() { d.edit(contact(func(c *directory.Contact) { c.Phone = string(rune('0' + i%10)) })) })
		wg.Go(func() {
			if err := d.store.EndSessions(t.Context(), s.Key); err != nil {
				t.Error(err)
			}
			open.wantsEnd()
			open.release()
		})
	}
	wg.Wait()
	d.Settle()
	if n := d.Open(); n != 0 {
		t.Errorf("%d requests are held", n)
	}
}

// TestReleased: a request that is over is not ended.
func TestReleased(t *testing.T) {
	d := newDesk(t)
	cookie, s := d.signIn()
	open := d.opens(cookie)
	open.release()
	if n := d.Open(); n != 0 {
		t.Errorf("%d requests are held", n)
	}
	if err := d.store.EndSessions(t.Context(), s.Key); err != nil {
		t.Fatal(err)
	}
	d.Settle()
	open.wantsOpen()
	open.release() // once more is no error
}

// TestNobodyWatches: what is open when the manager goes ends, and so does what
// comes after.
func TestNobodyWatches(t *testing.T) {
	d := newDesk(t)
	cookie, _ := d.signIn()
	open := d.opens(cookie)
	d.Close()
	open.wantsEnd()
	d.opens(cookie).wantsEnd()
	d.Close()
	if n := open.ends.Load(); n != 1 || d.Open() != 0 {
		t.Errorf("ended %d times, %d requests are held", n, d.Open())
	}
}

// TestNobodyTells: who comes when the manager has gone is judged by the store
// alone. A request that came to a configuration before it was replaced is still
// decided by it.
func TestNobodyTells(t *testing.T) {
	for _, c := range []struct {
		name string
		end  func(d *desk, s session.Session)
	}{
		{"the session ends", func(d *desk, s session.Session) {
			if err := d.store.EndSessions(t.Context(), s.Key); err != nil {
				t.Fatal(err)
			}
		}},
		{"the person is switched off", func(d *desk, _ session.Session) {
			d.edit(contact(func(c *directory.Contact) { c.Active = false }))
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t)
			cookie, s := d.signIn()
			d.finds(cookie)
			d.unwatch()
			d.Close()
			d.finds(cookie)
			c.end(d, s)
			d.wantsNobody(cookie)
		})
	}
}

// TestChangeDoesNotWait: whoever changes the store is told of it within the
// change.
func TestChangeDoesNotWait(t *testing.T) {
	d := newDesk(t)
	cookie, s := d.signIn()
	open := d.opens(cookie)
	d.store.gate.Lock()
	changed := make(chan struct{})
	go func() {
		defer close(changed)
		d.Changed(nil, nil, nil, []session.Key{s.Key})
		d.Changed(nil, nil, nil, []session.Key{s.Key})
	}()
	select {
	case <-changed:
	case <-time.After(patience):
		t.Error("a change waits for the store")
	}
	open.wantsOpen()
	d.store.gate.Unlock()
	d.Settle()
	open.wantsOpen()
}
