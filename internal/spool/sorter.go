package spool

import (
	"bytes"
	"container/heap"
	"encoding/binary"
	"iter"
	"slices"
)

// Sorter yields entries in the order of their keys, and those of one key in the
// order in which they came. It sorts as many as memory may hold at once, writes
// them to a log, and merges what it wrote.
type Sorter struct {
	log   *Log
	chunk []byte // keys and values that wait to be sorted
	refs  []ref
	runs  []run
	last  []byte // key that the last run ends with
	size  []byte // of a key, for writing
}

// ref is where an entry lies in the chunk.
type ref struct{ key, value, end uint32 }

// run is a sorted part of the log.
type run struct{ at, end int64 }

// NewSorter makes an empty sorter in the area.
func (a *Area) NewSorter() *Sorter { return &Sorter{log: a.NewLog()} }

// Len is how many entries there are.
func (s *Sorter) Len() int { return s.log.Len() + len(s.refs) }

// Add adds an entry; there may be others of that key.
func (s *Sorter) Add(key, value []byte) error {
	if full := s.log.area.options.Chunk; len(s.chunk)+len(key)+len(value) > full && len(s.refs) > 0 {
		if err := s.spill(); err != nil {
			return err
		}
	}
	at := len(s.chunk)
	s.chunk = append(append(s.chunk, key...), value...)
	s.refs = append(s.refs, ref{uint32(at), uint32(at + len(key)), uint32(len(s.chunk))}) // #nosec G115 -- a chunk and one entry are smaller
	return nil
}

// spill writes the chunk as a run, or as more of the run before: what comes
// sorted makes one run, however much it is.
func (s *Sorter) spill() error {
	if len(s.refs) == 0 {
		return nil
	}
	slices.SortStableFunc(s.refs, func(a, b ref) int { return bytes.Compare(s.chunk[a.key:a.value], s.chunk[b.key:b.value]) })
	begin := s.log.end()
	if first := s.refs[0]; len(s.runs) == 0 || bytes.Compare(s.last, s.chunk[first.key:first.value]) > 0 {
		s.runs = append(s.runs, run{at: begin})
	}
	for _, r := range s.refs {
		s.size = binary.AppendUvarint(s.size[:0], uint64(r.value-r.key))
		if _, err := s.log.Append(s.size, s.chunk[r.key:r.end]); err != nil {
			return err
		}
	}
	end := s.refs[len(s.refs)-1]
	s.last = append(s.last[:0], s.chunk[end.key:end.value]...)
	s.runs[len(s.runs)-1].end = s.log.end()
	s.chunk, s.refs = s.chunk[:0], s.refs[:0]
	return nil
}

// All yields the entries that are there when the loop begins; each is good until
// the next. Nothing may be added from then on. The loop ends with the first error.
func (s *Sorter) All() iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		if err := s.spill(); err != nil {
			yield(Entry{}, err)
			return
		}
		s.chunk, s.refs = nil, nil // what reads the runs has the room
		var m merge
		for _, r := range s.runs {
			if err := m.begin(s.log, r); err != nil {
				yield(Entry{}, err)
				return
			}
		}
		heap.Init(&m)
		for len(m) > 0 {
			if !yield(m[0].entry, nil) {
				return
			}
			if err := m.next(); err != nil {
				yield(Entry{}, err)
				return
			}
		}
	}
}

// merge is a heap of the runs that are not at their ends, by the entries that
// come next in them; of one key, by the order in which they came.
type merge []*head

type head struct {
	cursor
	entry   Entry
	at, end int64 // of what comes after the entry
	order   int
}

func (m *merge) begin(log *Log, r run) error {
	h := &head{cursor: cursor{log: log, size: 32 << 10}, at: r.at, end: r.end, order: len(*m)}
	*m = append(*m, h)
	return h.advance()
}

func (h *head) advance() error {
	record, next, err := h.read(h.at)
	if err != nil {
		return err
	}
	h.at = next
	h.entry.Key, h.entry.Value, err = split(record)
	return err
}

// next goes on by one entry.
func (m *merge) next() error {
	h := (*m)[0]
	if h.at == h.end {
		heap.Pop(m)
		return nil
	}
	if err := h.advance(); err != nil {
		return err
	}
	heap.Fix(m, 0)
	return nil
}

// Len, Less, Swap, Push and Pop implement heap.Interface.
func (m merge) Len() int { return len(m) }

func (m merge) Less(i, j int) bool {
	order := bytes.Compare(m[i].entry.Key, m[j].entry.Key)
	return order < 0 || order == 0 && m[i].order < m[j].order
}

func (m merge) Swap(i, j int) { m[i], m[j] = m[j], m[i] }

func (m *merge) Push(h any) { *m = append(*m, h.(*head)) }

func (m *merge) Pop() any {
	last := len(*m) - 1
	h := (*m)[last]
	*m = (*m)[:last]
	return h
}
