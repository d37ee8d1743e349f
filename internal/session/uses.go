package session

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// uses are the times of last use that the store does not know yet. They are
// written together, now and then: no request waits for that.
type uses struct {
	flushAt, most int
	due           chan struct{} // there are flushAt
	flushing      sync.Mutex    // one at a time

	mu      sync.Mutex
	noted   map[Key]time.Time
	writing map[Key]time.Time // by the flush under way
	// lost is set where there was no room for one more, as when the store cannot be
	// written for long: what it holds does not show any more who is idle.
	lost bool
}

const (
	flushAt   = 100_000   // uses are written without waiting for their time: some 10 MB
	mostNoted = 1_000_000 // uses are held at most: some 100 MB
)

func newUses() *uses {
	return &uses{flushAt: flushAt, most: mostNoted, due: make(chan struct{}, 1), noted: map[Key]time.Time{}}
}

func (u *uses) note(key Key, at time.Time) {
	u.mu.Lock()
	defer u.mu.Unlock()
	before, known := u.noted[key]
	if known && !at.After(before) {
		return
	}
	if !known && len(u.noted) >= u.most {
		u.lost = true
		return
	}
	u.noted[key] = at
	if len(u.noted) >= u.flushAt {
		select {
		case u.due <- struct{}{}:
		default:
		}
	}
}

// last is the last use of a session that was noted; zero where none was.
func (u *uses) last(key Key) time.Time {
	u.mu.Lock()
	defer u.mu.Unlock()
	return later(u.noted[key], u.writing[key])
}

// anyLost reports whether a use was lost.
func (u *uses) anyLost() bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.lost
}

// flush writes what was noted before it. What could not be written waits for the
// next one.
func (u *uses) flush(ctx context.Context, s Store) error {
	u.flushing.Lock()
	defer u.flushing.Unlock()
	writing := u.begin()
	if len(writing) == 0 {
		return nil
	}
	err := s.TouchSessions(ctx, writing)
	u.end(err == nil)
	if err != nil {
		return fmt.Errorf("writing the last use of %d sessions: %w", len(writing), err)
	}
	return nil
}

func (u *uses) begin() map[Key]time.Time {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.writing, u.noted = u.noted, map[Key]time.Time{}
	return u.writing
}

func (u *uses) end(written bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if !written {
		for key, at := range u.noted {
			u.writing[key] = later(at, u.writing[key])
		}
		u.noted = u.writing
	}
	u.writing = nil
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
