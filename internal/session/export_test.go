package session

// Evict empties the memory, as a flood of other sessions would.
func (m *Manager) Evict() { m.memory.InvalidateAll() }

// Settle waits until nothing is left to look at.
func (m *Manager) Settle() { m.streams.work.Wait() }

// Open is how many requests are held.
func (m *Manager) Open() int { return len(m.streams.all()) }
