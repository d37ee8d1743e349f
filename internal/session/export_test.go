package session

// Evict empties the memory, as a flood of other sessions would.
func (m *Manager) Evict() { m.memory.InvalidateAll() }
