package journey

import (
	"context"
	"sync"
)

// turns have those of one name come one after the other, in the order in which
// they came, and nobody wait for another's. The zero value is ready for use.
type turns struct {
	mu    sync.Mutex
	named map[string]*turnOf
}

type turnOf struct {
	slot chan struct{} // holds one while somebody has their turn
	all  int           // who have it or wait for it
}

// take waits for a turn, which lasts until done is called. The error is the
// context's.
func (t *turns) take(ctx context.Context, name string) (done func(), err error) {
	own := t.join(name)
	select {
	case own.slot <- struct{}{}:
		return func() { <-own.slot; t.leave(name) }, nil
	case <-ctx.Done():
		t.leave(name)
		return nil, ctx.Err()
	}
}

func (t *turns) join(name string) *turnOf {
	t.mu.Lock()
	defer t.mu.Unlock()
	own := t.named[name]
	if own == nil {
		if t.named == nil {
			t.named = map[string]*turnOf{}
		}
		own = &turnOf{slot: make(chan struct{}, 1)}
		t.named[name] = own
	}
	own.all++
	return own
}

func (t *turns) leave(name string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.named[name].all--; t.named[name].all == 0 {
		delete(t.named, name)
	}
}
