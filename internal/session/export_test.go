package session

// Evict empties the memory, as a flood of other sessions would.
func (m *Manager) Evict() { m.memory.InvalidateAll() }

// Overflow has the memory drop everything for want of room.
func (m *Manager) Overflow() {
	m.memory.SetMaximum(0)
	m.memory.CleanUp()
}

// Settle waits until nothing is left to look at.
func (m *Manager) Settle() { m.streams.work.Wait() }

// Open is how many requests are held.
func (m *Manager) Open() int { return len(m.streams.all()) }

// BoundUses changes how many last uses are held.
func (m *Manager) BoundUses(flushAt, most int) { m.uses.flushAt, m.uses.most = flushAt, most }

// Misplace has memory keep the session of one cookie where it looks for another's.
func (m *Manager) Misplace(name, value, at string) {
	live, _ := m.memory.GetIfPresent(m.place(cookie{name, value}))
	m.memory.Set(m.place(cookie{name, at}), live)
}
