package spool

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
)

// sizes are buffers that hold everything, and such that hold next to nothing.
var sizes = map[string]Options{
	"in the buffers": {},
	"in files":       {Buffer: 1},
	"in both":        {Buffer: 100},
	"collisions":     {Buffer: 100, Hash: func([]byte) uint64 { return 1<<64 - 1 }},
}

func onAreas(t *testing.T, test func(t *testing.T, a *Area)) {
	for name, o := range sizes {
		t.Run(name, func(t *testing.T) {
			o.Dir = t.TempDir()
			a := New(o)
			test(t, a)
			if err := a.Close(); err != nil {
				t.Errorf("Close: %v", err)
			}
			if left, err := os.ReadDir(o.Dir); err != nil || len(left) > 0 {
				t.Errorf("left behind: %v, %v", left, err)
			}
		})
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// record is a text of any length, that of others among them.
func record(r *rand.Rand, i int) string {
	return fmt.Sprint(i) + strings.Repeat("x", []int{0, r.IntN(30), r.IntN(20000)}[r.IntN(3)])
}

func collect[T any](t *testing.T, from iter.Seq2[T, error], text func(T) string) (all []string) {
	t.Helper()
	for v, err := range from {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, text(v))
	}
	return all
}

func TestLog(t *testing.T) {
	onAreas(t, func(t *testing.T, a *Area) {
		r := rand.New(rand.NewPCG(1, 1))
		l := a.NewLog()
		var want []string
		var places []int64
		for i := range 300 {
			want = append(want, record(r, i))
			places = append(places, must(l.Append([]byte(want[i][:1]), []byte(want[i][1:]))))
			if j := r.IntN(i + 1); string(must(l.At(places[j]))) != want[j] {
				t.Fatalf("after %d records, record %d is another", i+1, j)
			}
		}
		if got := collect(t, l.All(), func(r Record) string { return string(r.Data) }); !slices.Equal(got, want) {
			t.Errorf("All yields %d records, or others; want %d", len(got), len(want))
		}
		if got := collect(t, l.All(), func(r Record) string { return string(must(l.At(r.At))) }); !slices.Equal(got, want) {
			t.Error("places of All hold others")
		}
		if l.Len() != len(want) {
			t.Errorf("Len = %d", l.Len())
		}
	})
}

// TestLogGrowsUnderLoop: a loop ends with what was there when it began.
func TestLogGrowsUnderLoop(t *testing.T) {
	onAreas(t, func(t *testing.T, a *Area) {
		l := a.NewLog()
		for i := range 50 {
			must(l.Append(fmt.Append(nil, i)))
		}
		n := 0
		for r, err := range l.All() {
			if err != nil || string(r.Data) != fmt.Sprint(n) {
				t.Fatalf("record %d is %q, %v", n, r.Data, err)
			}
			n++
			must(l.Append(fmt.Append(nil, "later", n)))
		}
		if n != 50 || l.Len() != 100 {
			t.Errorf("%d in the loop, %d in all", n, l.Len())
		}
	})
}

func TestMap(t *testing.T) {
	onAreas(t, func(t *testing.T, a *Area) {
		r := rand.New(rand.NewPCG(2, 2))
		m := a.NewMap(10)
		want := map[string]string{}
		var order []string
		for i := range 400 {
			key := fmt.Sprint(r.IntN(300))
			if i == 0 {
				key = ""
			}
			got, found, err := m.Get([]byte(key))
			if wanted, known := want[key]; err != nil || found != known || string(got) != wanted {
				t.Fatalf("Get(%q) = %.10q, %v, %v; want %.10q, %v", key, got, found, err, wanted, known)
			}
			if !found {
				want[key] = record(r, i)
				order = append(order, key+"="+want[key])
				if err := m.Add([]byte(key), []byte(want[key])); err != nil {
					t.Fatal(err)
				}
			}
		}
		if got := collect(t, m.All(), func(e Entry) string { return string(e.Key) + "=" + string(e.Value) }); !slices.Equal(got, order) || m.Len() != len(order) {
			t.Errorf("All yields %d entries, or others; want %d", len(got), len(order))
		}
	})
}

// TestFiles: what is kept may be as secret as the store.
func TestFiles(t *testing.T) {
	dir := t.TempDir()
	a := New(Options{Dir: dir, Buffer: 1})
	l := a.NewLog()
	must(l.Append([]byte("secret")))
	if len(a.files) != 0 {
		t.Error("a file for what the buffer holds")
	}
	must(l.Append([]byte("secret")))
	if len(a.files) != 1 {
		t.Fatalf("%d files", len(a.files))
	}
	if info, err := a.files[0].Stat(); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file's mode is %v, %v", info.Mode(), err)
	}
	if err := a.Close(); err != nil {
		t.Error(err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestNoDir(t *testing.T) {
	a := New(Options{Dir: t.TempDir() + "/gone", Buffer: 1})
	l, m := a.NewLog(), a.NewMap(0)
	_, err := l.Append([]byte("a"))
	if _, second := l.Append([]byte("b")); err != nil || !errors.Is(second, fs.ErrNotExist) {
		t.Errorf("Append: %v, %v", err, second)
	}
	if err := m.Add([]byte("k"), nil); err != nil {
		t.Error(err)
	}
	if err := m.Add([]byte("l"), nil); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Map.Add: %v", err)
	}
}

// TestDamaged: what a failing disk makes of a file is an error, no panic.
func TestDamaged(t *testing.T) {
	for name, spoil := range map[string]func(f *os.File) error{
		"cut":     func(f *os.File) error { return f.Truncate(3) },
		"lengths": func(f *os.File) error { _, err := f.WriteAt(bytes.Repeat([]byte{0xff}, 20), 0); return err },
		"longer":  func(f *os.File) error { _, err := f.WriteAt([]byte{100}, 0); return err },
		"closed":  func(f *os.File) error { return f.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			a := New(Options{Dir: t.TempDir(), Buffer: 1, Hash: func([]byte) uint64 { return 0 }})
			defer a.Close()
			l, m := a.NewLog(), a.NewMap(0)
			for _, key := range []string{"record-1", "record-0", "record-2"} {
				must(l.Append([]byte(key)))
				if err := m.Add([]byte(key), nil); err != nil {
					t.Fatal(err)
				}
			}
			for _, f := range a.files {
				if err := spoil(f); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := l.At(0); err == nil {
				t.Error("At: no error")
			}
			if failed(l.All()) == nil || failed(m.All()) == nil {
				t.Error("All: no error")
			}
			if _, _, err := m.Get([]byte("record-9")); err == nil {
				t.Error("Get: no error")
			}
		})
	}
}

func failed[T any](all iter.Seq2[T, error]) (failed error) {
	for _, err := range all {
		failed = err
	}
	return failed
}
