package bolt

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"
)

// TestWaitsForTheOldFile: a process that waits for the lock has opened the file
// that a large edit replaces. It does not take that for the store.
func TestWaitsForTheOldFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "frontdesk.db")
	opened := make(chan error, 1)
	var second *Store
	first := openTest(t, path, Options{pieces: tiny, step: func(name string) {
		if name != "copied" {
			return
		}
		go func() {
			var err error
			second, err = Open(path, Options{LockTimeout: time.Minute})
			opened <- err
		}()
		for descriptors(t, path) < 2 {
			runtime.Gosched()
		}
	}})
	populate(t, first, 10)
	if err := first.EditLarge(t.Context(), manyContacts(10)); err != nil {
		t.Fatal(err)
	}
	for descriptors(t, path) < 2 { // it has met the new one
		select {
		case err := <-opened:
			t.Fatalf("the store was opened twice: %v", err)
		default:
			runtime.Gosched()
		}
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-opened; err != nil {
		t.Fatal(err)
	}
	if _, err := second.Contact(t.Context(), "n1"); err != nil {
		t.Error(err)
	}
	if err := second.Close(); err != nil {
		t.Error(err)
	}
}

// descriptors counts how often this process has the file open that a path names.
func descriptors(t *testing.T, path string) (n int) {
	t.Helper()
	named, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if open, err := os.Stat(filepath.Join("/proc/self/fd", e.Name())); err == nil && os.SameFile(open, named) {
			n++
		}
	}
	return n
}
