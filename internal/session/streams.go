package session

import (
	"context"
	"maps"
	"slices"
	"sync"

	"github.com/frontdesk-gateway/frontdesk/internal/rescue"
)

// stream is a request that stays open after it was let in: a WebSocket, an
// event stream. No next request of it will be looked at, so the stream itself
// is, whenever what its session rests on changed or its time is over.
type stream struct {
	live *Live  // as it was let in, or looked at last
	end  func() // called once at most
}

// streams are those that are open. Looking at them takes the store, which
// whoever reports a change must not wait for: a goroutine does it, one at a
// time, and only while there is something to do.
type streams struct {
	mu      sync.Mutex
	open    map[*stream]struct{}
	closed  bool
	due     bool // something changed since they were looked at
	looking bool // a goroutine is at it
	work    sync.WaitGroup
}

// Hold watches over a request that stays open. end is called once the session
// of live lets nobody in any more, or is not what it was when the request was let
// in, or that cannot be found out; also where it is so already. release has to
// be called when the request is over.
//
// What goes through an open request is no use of the session: it does not show
// that a person is there.
func (m *Manager) Hold(live *Live, end func()) (release func()) {
	s := &stream{live, end}
	if !m.streams.add(s) {
		end()
		return func() {}
	}
	if m.due(live) { // since it was looked up
		m.LookAgain()
	}
	return func() { m.streams.remove(s) }
}

// LookAgain has the open requests looked at. It returns at once. Changes lead to
// that by themselves; the end of a session's time has to be asked for now and
// then.
func (m *Manager) LookAgain() { m.streams.look(m.lookAtStreams) }

// Close ends all that is open, and what is held from now on: nobody watches
// over it any more. Look-ups go on, and ask the store each time.
func (m *Manager) Close() {
	m.closed.Store(true)
	for _, s := range m.streams.close() {
		s.end()
	}
	m.streams.work.Wait()
}

// lookAtStreams does so until nothing is due.
func (m *Manager) lookAtStreams() {
	for m.streams.take() {
		for _, s := range m.streams.all() {
			if m.due(s.live) && !m.stays(s) && m.streams.remove(s) {
				s.end()
			}
		}
	}
}

// due reports whether a session has to be looked at: its end shows only then,
// since memory may know of later uses.
func (m *Manager) due(live *Live) bool { return !m.current(live) || live.ended(m.Now()) }

// stays reports whether a stream may stay open: whether its cookie would do for
// another request, and the portal would be told the same of the person.
func (m *Manager) stays(s *stream) bool {
	var live *Live
	err := rescue.Do(func() (err error) { // of one stream, not of the process
		live, err = m.find(context.Background(), s.live.cookie(), m.Now())
		return err
	})
	if err != nil || live.texts != s.live.texts {
		return false
	}
	s.live = live
	return true
}

func (s *streams) add(v *stream) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	if s.open == nil {
		s.open = map[*stream]struct{}{}
	}
	s.open[v] = struct{}{}
	return true
}

// remove reports whether the stream was open.
func (s *streams) remove(v *stream) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, open := s.open[v]
	delete(s.open, v)
	return open
}

func (s *streams) all() []*stream {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Collect(maps.Keys(s.open))
}

func (s *streams) close() []*stream {
	s.mu.Lock()
	defer s.mu.Unlock()
	open := slices.Collect(maps.Keys(s.open))
	clear(s.open)
	s.closed = true
	return open
}

// look has a goroutine do the work, or the one that is at it do it once more.
func (s *streams) look(work func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.due = len(s.open) > 0
	if s.due && !s.looking {
		s.looking = true
		s.work.Go(work)
	}
}

// take reports whether there is work still, and takes it on.
func (s *streams) take() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.looking = s.due
	s.due = false
	return s.looking
}
