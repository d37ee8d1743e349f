package bolt

import (
	"bufio"
	"bytes"
	"cmp"
	"container/heap"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
)

// sorter puts entries in the order of their keys, and those of one key in that
// in which they came. It takes about as much memory as its limit: where that is
// reached, what it holds is sorted and appended to a file, and at the end these
// runs are merged.
type sorter struct {
	spill *spill
	limit int
	data  []byte // of the entries in memory, each a key and a value
	items []item
	runs  []run
}

// item is an entry in a sorter's memory.
type item struct{ at, key, value uint32 }

// itemSize is what an item takes, in bytes.
const itemSize = 12

// run is a part of the spill that is in order.
type run struct{ from, to int64 }

func newSorter(s *spill, limit int) *sorter { return &sorter{spill: s, limit: limit} }

func (s *sorter) empty() bool { return len(s.items)+len(s.runs) == 0 }

// add takes an entry in, whose bytes may be changed afterwards. A key is not
// empty.
func (s *sorter) add(key, value []byte) error {
	if len(s.data)+len(key)+len(value)+(len(s.items)+1)*itemSize > s.limit && len(s.items) > 0 {
		if err := s.flush(); err != nil {
			return err
		}
	}
	if s.data == nil {
		s.data = make([]byte, 0, s.limit/2)
	}
	at := uint32(len(s.data)) // #nosec G115 -- below the limit
	s.data = append(append(s.data, key...), value...)
	s.items = append(s.items, item{at, uint32(len(key)), uint32(len(value))}) // #nosec G115 -- a record is far shorter
	return nil
}

func (s *sorter) sort() {
	slices.SortFunc(s.items, func(a, b item) int {
		return cmp.Or(bytes.Compare(s.key(a), s.key(b)), cmp.Compare(a.at, b.at))
	})
}

func (s *sorter) key(i item) []byte   { return s.data[i.at : i.at+i.key] }
func (s *sorter) value(i item) []byte { return s.data[i.at+i.key:][:i.value] }

// flush has the spill take over what is in memory.
func (s *sorter) flush() error {
	s.sort()
	from := s.spill.end
	for _, i := range s.items {
		if err := s.spill.write(s.key(i), s.value(i)); err != nil {
			return err
		}
	}
	s.runs = append(s.runs, run{from, s.spill.end})
	s.data, s.items = s.data[:0], s.items[:0]
	return s.spill.w.Flush()
}

// drain hands all entries over in their order, and leaves the sorter empty.
// Keys and values are good until fn returns.
func (s *sorter) drain(fn func(key, value []byte) error) error {
	if len(s.runs) == 0 {
		s.sort()
		for _, i := range s.items {
			if err := fn(s.key(i), s.value(i)); err != nil {
				return err
			}
		}
		s.data, s.items = s.data[:0], s.items[:0]
		return nil
	}
	if err := s.flush(); err != nil {
		return err
	}
	s.data, s.items = nil, nil // what reads the runs takes memory, too
	runs := s.runs
	s.runs = nil
	return s.spill.merge(runs, fn)
}

// spill is the file of sorters, which holds what does not fit in memory. Nobody
// else sees it: it has no name.
type spill struct {
	make func() (*os.File, error)
	file *os.File
	w    *bufio.Writer
	end  int64
}

// spillBuffer is how much of a run is read at once, in bytes.
const spillBuffer = 64 << 10

func (s *spill) write(key, value []byte) (err error) {
	if s.file == nil {
		if s.file, err = s.make(); err != nil {
			return err
		}
		s.w = bufio.NewWriterSize(s.file, spillBuffer)
	}
	var head [2 * binary.MaxVarintLen64]byte
	h := binary.AppendUvarint(binary.AppendUvarint(head[:0], uint64(len(key))), uint64(len(value)))
	for _, part := range [][]byte{h, key, value} {
		n, err := s.w.Write(part)
		if s.end += int64(n); err != nil {
			return err
		}
	}
	return nil
}

func (s *spill) close() error {
	if s.file == nil {
		return nil
	}
	return s.file.Close()
}

// merge reads several runs as one.
func (s *spill) merge(runs []run, fn func(key, value []byte) error) error {
	var h readers
	for n, r := range runs {
		in := &runReader{n: n, r: bufio.NewReaderSize(io.NewSectionReader(s.file, r.from, r.to-r.from), spillBuffer)}
		if err := in.next(); err != nil {
			return err // a run has an entry
		}
		h = append(h, in)
	}
	heap.Init(&h)
	for len(h) > 0 {
		if err := fn(h[0].key, h[0].value); err != nil {
			return err
		}
		switch err := h[0].next(); {
		case errors.Is(err, io.EOF):
			heap.Pop(&h)
		case err != nil:
			return err
		default:
			heap.Fix(&h, 0)
		}
	}
	return nil
}

// runReader reads a run; key and value are those of its entry.
type runReader struct {
	n          int // runs of smaller numbers came first
	r          *bufio.Reader
	entry      []byte
	key, value []byte
}

// next goes to the next entry; io.EOF after the last.
func (r *runReader) next() error {
	key, err := binary.ReadUvarint(r.r)
	if err != nil {
		return err
	}
	value, err := binary.ReadUvarint(r.r)
	if err != nil {
		return fmt.Errorf("reading what was sorted: %w", io.ErrUnexpectedEOF)
	}
	r.entry = slices.Grow(r.entry[:0], int(key+value))[:key+value] // #nosec G115 -- as it was written
	if _, err := io.ReadFull(r.r, r.entry); err != nil {
		return fmt.Errorf("reading what was sorted: %w", io.ErrUnexpectedEOF)
	}
	r.key, r.value = r.entry[:key], r.entry[key:]
	return nil
}

// readers is a heap.Interface with the smallest key on top.
type readers []*runReader

func (h readers) Len() int      { return len(h) }
func (h readers) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *readers) Push(x any)   { *h = append(*h, x.(*runReader)) }

func (h readers) Less(i, j int) bool {
	return cmp.Or(bytes.Compare(h[i].key, h[j].key), cmp.Compare(h[i].n, h[j].n)) < 0
}

func (h *readers) Pop() any {
	last := (*h)[len(*h)-1]
	*h = (*h)[:len(*h)-1]
	return last
}
