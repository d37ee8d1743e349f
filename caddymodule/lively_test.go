package caddymodule

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// lively is a portal whose answers stay open: an echo in a WebSocket at
// /socket, an event stream at /events. Elsewhere it is the echoPortal.
type lively struct {
	mu        sync.Mutex
	listeners map[chan string]struct{}
}

func (p *lively) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/socket":
		p.socket(w, r)
	case "/events":
		p.events(w, r)
	default:
		echoPortal(w, r)
	}
}

func (p *lively) socket(w http.ResponseWriter, r *http.Request) {
	conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{InsecureSkipVerify: true})
	if err != nil {
		return
	}
	defer conn.CloseNow()
	for {
		kind, said, err := conn.Read(context.WithoutCancel(r.Context()))
		if err != nil {
			return
		}
		if err := conn.Write(context.WithoutCancel(r.Context()), kind, said); err != nil {
			return
		}
	}
}

func (p *lively) events(w http.ResponseWriter, r *http.Request) {
	news := make(chan string, 8)
	p.mu.Lock()
	if p.listeners == nil {
		p.listeners = map[chan string]struct{}{}
	}
	p.listeners[news] = struct{}{}
	p.mu.Unlock()
	defer func() {
		p.mu.Lock()
		delete(p.listeners, news)
		p.mu.Unlock()
	}()
	w.Header().Set("Content-Type", "text/event-stream")
	said := "welcome"
	for {
		fmt.Fprintf(w, "data: %s\n\n", said)
		http.NewResponseController(w).Flush()
		select {
		case <-r.Context().Done():
			return
		case said = <-news:
		}
	}
}

// tell sends an event to all that listen.
func (p *lively) tell(news string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for listener := range p.listeners {
		select {
		case listener <- news:
		default: // it has news enough
		}
	}
}

// open is an open request of a visitor, as the browser sees it.
type open struct {
	t     testing.TB
	name  string
	heard chan string
	ended chan struct{}
	ask   func() // for something to hear
}

// wantsEnd waits for the end that the other side makes.
func (o *open) wantsEnd() {
	o.t.Helper()
	select {
	case <-o.ended:
	case <-time.After(patience):
		o.t.Errorf("the %s is open still", o.name)
	}
}

// wantsOpen asks for something, and waits for it.
func (o *open) wantsOpen() {
	o.t.Helper()
	o.ask()
	select {
	case <-o.heard:
	case <-o.ended:
		o.t.Errorf("the %s was ended", o.name)
	case <-time.After(patience):
		o.t.Errorf("the %s is open, and says nothing", o.name)
	}
}

// opensSocket opens a WebSocket, and hears an echo.
func (v *visitor) opensSocket(origin string) *open {
	v.t.Helper()
	client, transport := *v.client, v.client.Transport.(*http.Transport).Clone()
	transport.Protocols = new(http.Protocols)
	transport.Protocols.SetHTTP1(true) // HTTP/2 has no upgrades (RFC 9113, 8.6)
	client.Transport = transport
	conn, answer, err := websocket.Dial(v.t.Context(), origin+"/socket", &websocket.DialOptions{HTTPClient: &client, HTTPHeader: http.Header{"Origin": {origin}}})
	if err != nil {
		v.t.Fatal(err, answer)
	}
	v.t.Cleanup(func() { conn.CloseNow() })
	o := v.listens("WebSocket", func() (string, error) {
		_, said, err := conn.Read(context.WithoutCancel(v.t.Context()))
		return string(said), err
	})
	o.ask = func() { conn.Write(v.t.Context(), websocket.MessageText, []byte("hello")) } // an error ends it
	o.wantsOpen()
	return o
}

// opensEvents opens an event stream, and hears the first event.
func (v *visitor) opensEvents(origin string, portal *lively) *open {
	v.t.Helper()
	return v.opensEventsAs("text/event-stream", origin, portal)
}

// opensEventsAs opens an event stream by a request that accepts something.
func (v *visitor) opensEventsAs(accept, origin string, portal *lively) *open {
	v.t.Helper()
	ctx, cancel := context.WithCancel(v.t.Context())
	v.t.Cleanup(cancel)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, origin+"/events", nil)
	if err != nil {
		v.t.Fatal(err)
	}
	r.Header.Set("Accept", accept)
	client := *v.client
	client.Timeout = 0
	answer, err := client.Do(r)
	if err != nil {
		v.t.Fatal(err)
	}
	v.t.Cleanup(func() { answer.Body.Close() })
	lines := bufio.NewReader(answer.Body)
	o := v.listens("event stream", func() (string, error) {
		line, err := lines.ReadString('\n')
		return strings.TrimSpace(line), err
	})
	o.ask = func() {}
	o.wantsOpen()
	o.ask = func() { portal.tell("news") }
	return o
}

// listens reads on and on.
func (v *visitor) listens(name string, read func() (string, error)) *open {
	o := &open{t: v.t, name: name, heard: make(chan string, 8), ended: make(chan struct{})}
	go func() {
		defer close(o.ended)
		for {
			said, err := read()
			if err != nil {
				return
			}
			select {
			case o.heard <- said:
			default: // nobody asked
			}
		}
	}()
	return o
}

// opens opens one of each.
func (v *visitor) opens(origin string, portal *lively) []*open {
	v.t.Helper()
	return []*open{v.opensSocket(origin), v.opensEvents(origin, portal)}
}

func each(all []*open, wants func(*open)) {
	for _, o := range all {
		wants(o)
	}
}

// newLivelyWorld is a world whose portals are lively.
func newLivelyWorld(t *testing.T) (*world, *lively) {
	t.Helper()
	w, portal := newWorld(t), &lively{}
	w.portal.Config.Handler = portal
	return w, portal
}
