package bolt

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// TestSorter: entries come out in the order of their keys, and those of one key
// as they came in, however many runs there are.
func TestSorter(t *testing.T) {
	type entry struct{ key, value string }
	for _, limit := range []int{1, 100, 1000, 1 << 20} {
		t.Run(fmt.Sprint(limit), func(t *testing.T) {
			s := newSorter(testSpill(t), limit)
			random := rand.New(rand.NewPCG(1, 2))
			for round := range 3 { // it can be filled again
				var want, got []entry
				for i := range 500 {
					e := entry{string(bytes.Repeat([]byte{byte(random.IntN(8))}, 1+random.IntN(8))), fmt.Sprint(i)}
					if i%7 == 0 {
						e.value = ""
					}
					want = append(want, e)
					if err := s.add([]byte(e.key), []byte(e.value)); err != nil {
						t.Fatal(err)
					}
				}
				slices.SortStableFunc(want, func(a, b entry) int { return bytes.Compare([]byte(a.key), []byte(b.key)) })
				if s.empty() {
					t.Error("it says that it is empty")
				}
				err := s.drain(func(key, value []byte) error {
					got = append(got, entry{string(key), string(value)})
					return nil
				})
				if err != nil || !slices.Equal(got, want) || !s.empty() {
					t.Fatalf("round %d: got %v (%v)", round, got, err)
				}
			}
		})
	}
}

func testSpill(t *testing.T) *spill {
	t.Helper()
	s := &spill{make: func() (*os.File, error) { return os.Create(filepath.Join(t.TempDir(), "spill")) }}
	t.Cleanup(func() {
		if err := s.close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// TestSorterFails: what the disk says, and what the caller does, is returned.
func TestSorterFails(t *testing.T) {
	full := errors.New("no room")
	s := newSorter(&spill{make: func() (*os.File, error) { return nil, full }}, 1)
	if err := s.add([]byte("a"), nil); err != nil {
		t.Fatal(err)
	}
	if err := s.add([]byte("b"), nil); !errors.Is(err, full) {
		t.Errorf("the error is %v", err)
	}
	for _, limit := range []int{1, 1000} {
		s := newSorter(testSpill(t), limit)
		for _, k := range []string{"b", "a", "c"} {
			if err := s.add([]byte(k), nil); err != nil {
				t.Fatal(err)
			}
		}
		var got []byte
		err := s.drain(func(key, _ []byte) error {
			if got = append(got, key...); len(got) == 2 {
				return full
			}
			return nil
		})
		if !errors.Is(err, full) || string(got) != "ab" {
			t.Errorf("%q, %v", got, err)
		}
	}
}

// TestBloom: what was added is there, and little else.
func TestBloom(t *testing.T) {
	b := newBloom()
	key := func(i int) []byte { return fmt.Appendf(nil, "c-%08d", i) }
	for i := range 100_000 {
		b.add(key(i))
	}
	wrong := 0
	for i := range 200_000 {
		has := b.has(key(i))
		if i < 100_000 && !has {
			t.Fatalf("%d is missing", i)
		}
		if i >= 100_000 && has {
			wrong++
		}
	}
	if wrong > 100 {
		t.Errorf("%d of 100000 that were not added", wrong)
	}
	if b.clear(); b.has(key(1)) {
		t.Error("it was not cleared")
	}
}
