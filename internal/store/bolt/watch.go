package bolt

import (
	"maps"
	"slices"
	"sync"

	"github.com/frontdesk-gateway/frontdesk/internal/store"
)

// watchers are the functions that want to know of changes.
type watchers struct {
	mu   sync.Mutex
	next int
	fns  map[int]func(store.Change)
}

// Watch implements store.Store.
func (s *Store) Watch(fn func(store.Change)) (stop func()) {
	w := &s.watchers
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.fns == nil {
		w.fns = map[int]func(store.Change){}
	}
	n := w.next
	w.next++
	w.fns[n] = fn
	return func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.fns, n)
	}
}

// tell calls the watchers, unless nothing changed that concerns them: after the
// commit, and outside its transaction.
func (w *watchers) tell(c store.Change) {
	if !c.All && len(c.Accounts)+len(c.Contacts)+len(c.Members)+len(c.Sessions) == 0 {
		return
	}
	w.mu.Lock()
	fns := slices.Collect(maps.Values(w.fns))
	w.mu.Unlock()
	for _, fn := range fns {
		fn(c)
	}
}
