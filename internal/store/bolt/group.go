package bolt

import (
	"fmt"
	"slices"
	"sync"

	"go.etcd.io/bbolt"
)

// group are the changes that wait to be written together. bbolt's own batches
// commit on a goroutine of theirs, where a damaged page ends the process.
type group struct {
	mu      sync.Mutex
	waiting []*change
}

// change is one of them. Its state and error are for who may write.
type change struct {
	fn    func(*bbolt.Tx) error
	state state
	err   error
}

// state tells how far a change is.
type state int

const (
	waiting state = iota
	done
	alone // its caller writes it: no other came, or it failed in company
)

// mostWaiting bounds how many changes wait. Each has a request wait with it, in
// memory, and a large edit may take minutes.
const mostWaiting = 10_000

var errBusy = fmt.Errorf("%d changes wait for the writer already", mostWaiting)

func (g *group) join(fn func(*bbolt.Tx) error) (*change, error) {
	c := &change{fn: fn}
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.waiting) >= mostWaiting {
		return nil, errBusy
	}
	g.waiting = append(g.waiting, c)
	return c, nil
}

// leave takes a change back. False: it was taken to be written.
func (g *group) leave(c *change) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	i := slices.Index(g.waiting, c)
	if i >= 0 {
		g.waiting = slices.Delete(g.waiting, i, i+1)
	}
	return i >= 0
}

// most bounds how many changes are written together. With each that fails those
// before it run once more: who posts what fails by the hundred, at once, must not
// hold the writer for the square of it.
const most = 64

// take takes the changes that have waited longest.
func (g *group) take() []*change {
	g.mu.Lock()
	defer g.mu.Unlock()
	n := min(len(g.waiting), most)
	taken := slices.Clone(g.waiting[:n])
	g.waiting = slices.Delete(g.waiting, 0, n)
	return taken
}

// writeAll writes changes in one transaction. One that fails leaves it: what it
// failed by may have been undone with the others. The lock is held.
func (s *Store) writeAll(changes []*change) {
	for len(changes) > 0 {
		failed := -1
		err := s.write(func(tx *bbolt.Tx) error {
			for i, c := range changes {
				if err := survive(func() error { return c.fn(tx) }); err != nil {
					failed = i
					return err
				}
			}
			return nil
		})
		if failed < 0 {
			for _, c := range changes {
				c.state, c.err = done, err
			}
			return
		}
		changes[failed].state = alone
		changes = slices.Delete(changes, failed, failed+1)
	}
}
