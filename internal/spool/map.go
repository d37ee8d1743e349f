package spool

import (
	"bytes"
	"encoding/binary"
	"errors"
	"iter"
)

// Map keeps values by keys, and forgets none.
type Map struct {
	log   *Log
	hash  func([]byte) uint64
	slots []slot
	key   []byte // with its length, for writing
}

// slot is an entry as it is held in memory: 28 bits of its key's hash, and its
// place in the log, from 1. 0 is no entry.
type slot uint64

const (
	placeBits = 36 // 64 GiB
	tagBits   = 64 - placeBits
	maxPlace  = 1<<placeBits - 2
)

var errFull = errors.New("writing a temporary file: more than 64 GiB of one kind")

// NewMap makes an empty map in the area, with room for that many entries; it
// takes more.
func (a *Area) NewMap(entries int) *Map {
	return &Map{log: a.NewLog(), hash: a.options.Hash, slots: make([]slot, roomFor(entries))}
}

// roomFor keeps a quarter of the slots free.
func roomFor(entries int) int { return entries + entries/3 + 8 }

// Len is how many entries there are.
func (m *Map) Len() int { return m.log.Len() }

// Get returns the value of a key, and whether there is one. It is good until
// the map is used again.
func (m *Map) Get(key []byte) (value []byte, found bool, err error) {
	tag := m.tag(key)
	for i := m.home(tag); m.slots[i] != 0; i = m.after(i) {
		if m.slots[i].tag() != tag {
			continue
		}
		record, err := m.log.At(m.slots[i].place())
		if err != nil {
			return nil, false, err
		}
		if k, v, err := split(record); err != nil || bytes.Equal(k, key) {
			return v, err == nil, err
		}
	}
	return nil, false, nil
}

// Add adds an entry under a key that has none.
func (m *Map) Add(key, value []byte) error {
	if roomFor(m.Len()) >= len(m.slots) {
		m.grow()
	}
	m.key = append(binary.AppendUvarint(m.key[:0], uint64(len(key))), key...)
	at, err := m.log.Append(m.key, value)
	if err != nil {
		return err
	}
	if at > maxPlace {
		return errFull
	}
	m.enter(slot(m.tag(key)<<placeBits | uint64(at+1))) // #nosec G115 -- checked
	return nil
}

// Entry is a key and its value.
type Entry struct{ Key, Value []byte }

// All yields the keys and values in the order in which they came; both are good
// until the map is used again. The loop ends with the first error.
func (m *Map) All() iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		for r, err := range m.log.All() {
			var e Entry
			if err == nil {
				e.Key, e.Value, err = split(r.Data)
			}
			if !yield(e, err) || err != nil {
				return
			}
		}
	}
}

func (m *Map) grow() {
	old := m.slots
	m.slots = make([]slot, 2*len(old))
	for _, s := range old {
		if s != 0 {
			m.enter(s)
		}
	}
}

func (m *Map) enter(s slot) {
	i := m.home(s.tag())
	for m.slots[i] != 0 {
		i = m.after(i)
	}
	m.slots[i] = s
}

func (s slot) tag() uint64  { return uint64(s) >> placeBits }
func (s slot) place() int64 { return int64(uint64(s)&(1<<placeBits-1)) - 1 } // #nosec G115 -- 36 bits

func (m *Map) tag(key []byte) uint64 { return m.hash(key) >> placeBits }

// home is where to look for a tag first: the slots are in the order of tags,
// but for what had to move up.
func (m *Map) home(tag uint64) uint64 { return tag * uint64(len(m.slots)) >> tagBits }

func (m *Map) after(i uint64) uint64 {
	if i++; i == uint64(len(m.slots)) {
		return 0
	}
	return i
}

func split(record []byte) (key, value []byte, err error) {
	size, n := binary.Uvarint(record)
	if n <= 0 || size > uint64(len(record)-n) { // #nosec G115 -- n is smaller
		return nil, nil, errDamaged
	}
	return record[n : n+int(size)], record[n+int(size):], nil // #nosec G115 -- checked
}
