package bolt

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"go.etcd.io/bbolt"
)

// TestWaitsForTheOldFile: a process that waits for the lock has opened the file
// that a large edit replaces. It does not take that for the store.
func TestWaitsForTheOldFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "frontdesk.db")
	type opened struct {
		db  *bbolt.DB
		err error
	}
	second := make(chan opened, 1)
	first := openTest(t, path, Options{pieces: tiny, step: func(name string) {
		if name != "copied" {
			return
		}
		go func() {
			db, _, err := openDB(path, Options{LockTimeout: time.Minute}.bbolt())
			second <- opened{db, err}
		}()
		for descriptors(t, path) < 2 {
			runtime.Gosched()
		}
	}})
	populate(t, first, 10)
	if err := first.EditLarge(t.Context(), manyContacts(10)); err != nil {
		t.Fatal(err)
	}
	for descriptors(t, path) < 2 { // until it has met the new one
		select {
		case got := <-second:
			t.Fatalf("the store was opened twice: %v", got)
		default:
			runtime.Gosched()
		}
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	got := <-second
	if got.err != nil {
		t.Fatal(got.err)
	}
	err := got.db.View(func(tx *bbolt.Tx) error {
		_, err := mustGet(tx, contacts, "contact", "n1")
		return err
	})
	if err := errors.Join(err, got.db.Close()); err != nil {
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
