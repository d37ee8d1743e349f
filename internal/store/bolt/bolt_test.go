package bolt

import (
	"path/filepath"
	"testing"

	"go.etcd.io/bbolt"

	"github.com/frontdesk-gateway/frontdesk/internal/store"
	"github.com/frontdesk-gateway/frontdesk/internal/store/storetest"
)

// tiny has a large edit sort in a file and write in pieces however small it is.
var tiny = pieces{sorted: 100, bytes: 50, nodes: 3}

func TestConformance(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.Store {
		return openTest(t, filepath.Join(t.TempDir(), "frontdesk.db"), Options{noSync: true, pieces: tiny})
	})
}

func TestReopen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "frontdesk.db")
	storetest.RunReopen(t, func(t *testing.T) store.Store { return openTest(t, path, Options{}) })
}

// openTest opens a store and, when the test ends, closes it and checks that
// the file is consistent.
func openTest(t testing.TB, path string, opts Options) *Store {
	t.Helper()
	s, err := Open(path, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		checkFile(t, path)
	})
	return s
}

func checkFile(t testing.TB, path string) {
	t.Helper()
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{ReadOnly: true, PreLoadFreelist: true, Timeout: defaultLockTimeout})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	err = db.View(func(tx *bbolt.Tx) error {
		for err := range tx.Check() {
			t.Errorf("%s is inconsistent: %v", path, err)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
