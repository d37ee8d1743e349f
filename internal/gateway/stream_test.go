package gateway

import (
	"context"
	"net/http"
	"testing"
	"time"
)

// patience is how long a test waits for what must come.
const patience = 30 * time.Second

// TestWhatStaysOpen: nothing is held but what asks to stay open, and that only
// with a session, on public paths too.
func TestWhatStaysOpen(t *testing.T) {
	for _, c := range []struct {
		name   string
		change []func(*http.Request)
		held   bool
	}{
		{"navigation", []func(*http.Request){navigating}, false},
		{"anything accepted", []func(*http.Request){with("Accept", "*/*")}, false},
		{"no headers", nil, false},
		{"event stream", []func(*http.Request){with("Accept", "text/event-stream")}, true},
		{"event stream among others", []func(*http.Request){with("Accept", "application/json, Text/Event-Stream;q=0.5")}, true},
		{"event stream in a second line", []func(*http.Request){with("Accept", "application/json"), with("Accept", "text/event-stream")}, true},
		{"WebSocket", []func(*http.Request){with("Connection", "Upgrade"), with("Upgrade", "websocket"), with("Origin", portal)}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t)
			cookie, _ := d.signIn()
			for _, path := range []string{"/events", "/assets/events"} {
				got := d.do("GET", portal+path, append(c.change, with("Cookie", cookie))...)
				if got.pass == nil || (got.pass.Stream != nil) != c.held {
					t.Fatalf("%s: %+v, status %d", path, got.pass, got.Code)
				}
				if c.held {
					got.pass.Stream.Release()
				}
			}
			if got := d.do("GET", portal+"/assets/events", c.change...); got.pass == nil || got.pass.Stream != nil {
				t.Errorf("without a session: %+v", got.pass)
			}
		})
	}
	connect := func(r *http.Request) { r.Method = http.MethodConnect }
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, portal, nil)
	if err != nil {
		t.Fatal(err)
	}
	if connect(r); !staysOpen(r) { // RFC 8441, 4
		t.Error("a tunnel by CONNECT is not held")
	}
}

// deadlines is a writer that knows of write deadlines.
type deadlines struct {
	http.ResponseWriter
	set chan time.Time
}

func (d *deadlines) SetWriteDeadline(t time.Time) error {
	d.set <- t
	return nil
}

// opens has a request for an event stream come in.
func (d *desk) opens(cookie string) (*Stream, *deadlines) {
	d.tb.Helper()
	r, err := http.NewRequestWithContext(d.tb.Context(), http.MethodGet, portal+"/events", nil)
	if err != nil {
		d.tb.Fatal(err)
	}
	r.Header.Set("Cookie", cookie)
	r.Header.Set("Accept", "text/event-stream")
	w := &deadlines{set: make(chan time.Time, 2)}
	pass := d.Handle(w, r, Client{URL: r.URL, IP: "203.0.113.7"})
	if pass == nil || pass.Stream == nil {
		d.tb.Fatalf("passed on %+v", pass)
	}
	return pass.Stream, w
}

func wantsEnd(t *testing.T, ctx context.Context) {
	t.Helper()
	select {
	case <-ctx.Done():
	case <-time.After(patience):
		t.Fatal("the request is open still")
	}
}

// TestStreamEnds: its context is cancelled, and nothing is written to the
// browser any more; after its release the writer is left alone.
func TestStreamEnds(t *testing.T) {
	d := newDesk(t)
	cookie, s := d.signIn()
	ended, w := d.opens(cookie)
	released, wOfReleased := d.opens(cookie)
	released.Release()
	if released.Context().Err() == nil {
		t.Error("the context outlives the release")
	}
	if err := d.store.EndSessions(t.Context(), s.Key); err != nil {
		t.Fatal(err)
	}
	wantsEnd(t, ended.Context())
	if at := <-w.set; !at.Before(time.Now()) {
		t.Errorf("writing ends at %s", at)
	}
	released.end() // as where both come at once
	ended.Release()
	ended.end()
	if len(w.set)+len(wOfReleased.set) != 0 {
		t.Error("a writer was used after the request")
	}
}

// TestStreamEndsWithTheGateway: after a reload nobody watches over it.
func TestStreamEndsWithTheGateway(t *testing.T) {
	d := newDesk(t)
	cookie, _ := d.signIn()
	stream, _ := d.opens(cookie)
	if err := d.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantsEnd(t, stream.Context())
	late, _ := d.opens(cookie)
	wantsEnd(t, late.Context())
	stream.Release()
	late.Release()
}
