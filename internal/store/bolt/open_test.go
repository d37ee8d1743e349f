package bolt

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/store"
)

// atOnce is a timeout for locks that will not be let go of.
const atOnce = time.Nanosecond

// makeFile returns the contents of a small store with some records.
func makeFile(t *testing.T) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "made.db")
	s := openTest(t, path, Options{noSync: true})
	err := s.Edit(t.Context(), func(e directory.Editor) error {
		for _, id := range strings.Fields("a b c d e f g h") {
			if err := e.PutAccount(directory.Account{ID: id, Name: strings.Repeat(id, 3000)}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// otherDatabase returns a bbolt file that fill has written.
func otherDatabase(t *testing.T, fill func(*bbolt.Tx) error) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "other.db")
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(db.Update(fill), db.Close()); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// withSchema makes the beginnings of a store with a schema version.
func withSchema(version string) func(*bbolt.Tx) error {
	return func(tx *bbolt.Tx) error {
		b, err := tx.CreateBucket([]byte(metaBucket))
		if err != nil {
			return err
		}
		return b.Put([]byte(metaSchema), []byte(version))
	}
}

func TestOpenRefuses(t *testing.T) {
	whole := makeFile(t)
	cases := []struct {
		name string
		data []byte
		want error
		say  string
	}{
		{"an emptied file", nil, store.ErrForeign, "emptied"},
		{"a short text", []byte("hello"), store.ErrForeign, "too short"},
		{"a long text", bytes.Repeat([]byte("hello\n"), 20_000), store.ErrForeign, "invalid database"},
		{"zeros", make([]byte, 1<<16), store.ErrForeign, "invalid database"},
		{"an empty database", otherDatabase(t, func(*bbolt.Tx) error { return nil }), store.ErrForeign, "another program's"},
		{"a database without a schema", otherDatabase(t, withSchema("")), store.ErrForeign, "schema version"},
		{"a schema that never was", otherDatabase(t, withSchema("0")), store.ErrForeign, "schema version"},
		{"a store without its buckets", otherDatabase(t, withSchema("1")), store.ErrForeign, `has no "keys"`},
		{"a newer schema", otherDatabase(t, withSchema("2")), store.ErrNewer, "schema 2, this version knows 1"},
		{"the first half", whole[:len(whole)/2], store.ErrForeign, "cut off"},
		{"the first page and a half", whole[:os.Getpagesize()*3/2], store.ErrForeign, "too small"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "frontdesk.db")
			write(t, path, c.data)
			s, err := Open(path, Options{})
			if s != nil || !errors.Is(err, c.want) {
				t.Fatalf("Open returned %v, %v; want %v", s, err, c.want)
			}
			for _, part := range []string{"opening store " + path, c.say, "put a backup"} {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%q does not say %q", err, part)
				}
			}
			if left, err := os.ReadFile(path); err != nil || !bytes.Equal(left, c.data) {
				t.Errorf("the file was changed (%v)", err)
			}
			write(t, path, whole) // the lock was let go of
			openTest(t, path, Options{LockTimeout: atOnce})
		})
	}
}

func write(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestOpenDamaged cuts a store off after, and overwrites, each of its pages. What
// is cut off is refused; what is overwritten is refused or, where the page is
// not one that opening needs, opened. Neither ends the process.
func TestOpenDamaged(t *testing.T) {
	whole := makeFile(t)
	page := os.Getpagesize()
	path := filepath.Join(t.TempDir(), "frontdesk.db")
	for at := page; at < len(whole); at += page {
		write(t, path, whole[:at])
		s, err := Open(path, Options{})
		if err == nil {
			// The pages behind the last one in use are the file's to lose.
			if info, statErr := os.Stat(path); statErr != nil || info.Size() < inUse(t, s) {
				t.Errorf("a store that was cut off after %d bytes was opened", at)
			}
			err = s.Close()
		} else if errors.Is(err, store.ErrForeign) {
			err = nil
		}
		if err != nil {
			t.Errorf("cut off after %d bytes: %v", at, err)
		}
		for _, filler := range []byte{0, 0x55, 0xff} {
			damaged := bytes.Clone(whole)
			copy(damaged[at:], bytes.Repeat([]byte{filler}, page))
			write(t, path, damaged)
			s, err := Open(path, Options{})
			if err != nil && !errors.Is(err, store.ErrForeign) {
				t.Errorf("page %d filled with %#x: %v", at/page, filler, err)
			}
			if err == nil {
				_ = s.Close()
			}
		}
	}
}

func inUse(t *testing.T, s *Store) (size int64) {
	t.Helper()
	if err := s.db.View(func(tx *bbolt.Tx) error { size = tx.Size(); return nil }); err != nil {
		t.Fatal(err)
	}
	return size
}

func TestOpenLocked(t *testing.T) {
	path := filepath.Join(t.TempDir(), "frontdesk.db")
	openTest(t, path, Options{})
	_, err := Open(path, Options{LockTimeout: atOnce})
	if !errors.Is(err, store.ErrLocked) || !strings.Contains(err.Error(), "caddy reload") || !strings.Contains(err.Error(), path) {
		t.Errorf("the error is %v", err)
	}
}

func TestOpenCreates(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "folder")
	path := filepath.Join(dir, "frontdesk.db")
	s := openTest(t, path, Options{})
	if s.Path() != path || len(s.ID()) < 20 {
		t.Errorf("path %q, id %q", s.Path(), s.ID())
	}
	for name, want := range map[string]fs.FileMode{dir: 0o700, path: 0o600} {
		if info, err := os.Stat(name); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s has mode %v (%v), want %v", name, info.Mode(), err, want)
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
		t.Errorf("left in the folder: %v (%v)", left, err)
	}
	other := openTest(t, filepath.Join(t.TempDir(), "other.db"), Options{})
	if other.ID() == s.ID() {
		t.Error("two stores have one id")
	}
}

// TestOpenCreatesOnce: of servers that start at once at most one gets the store
// without waiting, and none finds it half-made.
func TestOpenCreatesOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "frontdesk.db")
	stores, errs := make([]*Store, 10), make([]error, 10)
	var wg sync.WaitGroup
	for i := range stores {
		wg.Go(func() { stores[i], errs[i] = Open(path, Options{LockTimeout: atOnce}) })
	}
	wg.Wait()
	for i, s := range stores {
		switch {
		case s != nil:
			if err := s.Check(t.Context()); err != nil {
				t.Error(err)
			}
			_ = s.Close()
		case !errors.Is(errs[i], store.ErrLocked):
			t.Errorf("the error is %v, want %v", errs[i], store.ErrLocked)
		}
	}
	openTest(t, path, Options{})
}

func TestOpenBadPlaces(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	write(t, file, []byte("x"))
	for name, path := range map[string]string{"a folder": dir, "below a file": filepath.Join(file, "frontdesk.db")} {
		t.Run(name, func(t *testing.T) {
			if _, err := Open(path, Options{}); err == nil || !strings.Contains(err.Error(), "opening store "+path) {
				t.Errorf("the error is %v", err)
			}
		})
	}
	denied := hint(&fs.PathError{Op: "open", Path: file, Err: fs.ErrPermission})
	if !errors.Is(denied, fs.ErrPermission) || !strings.Contains(denied.Error(), "the user that runs Caddy") {
		t.Errorf("the hint is %v", denied)
	}
}
