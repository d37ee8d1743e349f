package gateway

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/config"
	"github.com/frontdesk-gateway/frontdesk/internal/mail"
	"github.com/frontdesk-gateway/frontdesk/internal/session"
)

// patience is how long a test waits for what must come.
const patience = time.Minute

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
		{"event stream after other hyphens", []func(*http.Request){with("Accept", "-, application/x-ndjson, TEXT/EVENT-STREAM")}, true},
		{"types that are no event stream", []func(*http.Request){with("Accept", "event-stream, text/event, text/event-, application/signed-exchange;v=b3")}, false},
		{"WebSocket", []func(*http.Request){opening, with("Origin", portal)}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t)
			cookie, _ := d.signIn()
			for _, path := range []string{"/events", "/assets/events"} {
				got := d.do("GET", portal+path, append(c.change, with("Cookie", cookie))...)
				if got.pass == nil || (got.portal.Stream() != nil) != c.held {
					t.Fatalf("%s: %+v, status %d", path, got.pass, got.Code)
				}
				if c.held {
					got.portal.Over()
				}
			}
			if got := d.do("GET", portal+"/assets/events", c.change...); got.pass == nil || got.portal.Stream() != nil {
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

// opens has a request for an event stream come in.
func (d *desk) opens(cookie string) *Stream {
	d.tb.Helper()
	got := d.do("GET", portal+"/events", with("Cookie", cookie), with("Accept", "text/event-stream"))
	if got.pass == nil || got.portal.Stream() == nil {
		d.tb.Fatalf("passed on %+v, status %d", got.pass, got.Code)
	}
	return got.portal.Stream()
}

func wantsEnd(t *testing.T, ctx context.Context) {
	t.Helper()
	select {
	case <-ctx.Done():
	case <-time.After(patience):
		t.Fatal("the request is open still")
	}
}

// TestStreamEnds with its session, and on release.
func TestStreamEnds(t *testing.T) {
	d := newDesk(t)
	cookie, s := d.signIn()
	ended, released := d.opens(cookie), d.opens(cookie)
	if ended.Context().Err() != nil || released.Context().Err() != nil {
		t.Fatal("ended at once")
	}
	released.Release()
	if released.Context().Err() == nil {
		t.Error("the context outlives the release")
	}
	if ended.Context().Err() != nil {
		t.Error("another request was released, too")
	}
	if err := d.store.EndSessions(t.Context(), s.Key); err != nil {
		t.Fatal(err)
	}
	wantsEnd(t, ended.Context())
	ended.Release()
	if n := strings.Count(d.log.String(), "closing a request"); n != 1 {
		t.Errorf("%d requests were closed, want the one that was open", n)
	}
}

// slowMailer is done with a mail when something else is.
type slowMailer struct{ until context.Context }

func (m slowMailer) Send(ctx context.Context, _ mail.Message) error {
	select {
	case <-m.until.Done():
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (slowMailer) NewMessageID() string { return "id" }

// TestStreamEndsWithTheGateway: after a reload nobody watches over it. The mails that
// wait have none wait.
func TestStreamEndsWithTheGateway(t *testing.T) {
	d := newDesk(t)
	cookie, _ := d.signIn()
	stream := d.opens(cookie)
	d.queue = mail.NewQueue(slowMailer{stream.Context()}, mail.QueueOptions{})
	if err := d.queue.Enqueue(mail.Message{To: "ann@acme.example"}, nil); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := d.Close(ctx); err != nil {
		t.Fatal(err)
	}
	wantsEnd(t, stream.Context())
	late := d.opens(cookie)
	wantsEnd(t, late.Context())
	stream.Release()
	late.Release()
}

// alone leaves nothing that asks other machines.
func alone(c *config.Config) {
	c.Mail, c.Microsoft = nil, nil
	c.Platforms = map[string]*config.Platform{"client": {Origins: []string{portal}, Methods: []string{"password"}}}
}

// TestStreamEndsByTime: the housekeeping sees to it, since nothing else happens
// then.
func TestStreamEndsByTime(t *testing.T) {
	for name, over := range map[string]time.Duration{"idle": 12 * time.Hour, "absolute end": 24 * time.Hour} {
		synctest.Test(t, func(t *testing.T) {
			d := newDesk(t, alone)
			cookie, _ := d.signIn(func(s *session.Session) { s.Persistent = name != "idle" })
			stream := d.opens(cookie)
			ctx, stop := context.WithCancel(t.Context())
			d.now = d.now.Add(over)
			var work sync.WaitGroup
			work.Go(func() { d.Run(ctx) })
			time.Sleep(2 * flushEvery) // by the bubble's clock
			synctest.Wait()
			if stream.Context().Err() == nil {
				t.Errorf("%s: the request is open still", name)
			}
			stop()
			work.Wait()
			stream.Release()
		})
	}
}
