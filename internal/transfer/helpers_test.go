package transfer

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/store"
	"github.com/frontdesk-gateway/frontdesk/internal/store/bolt"
	"github.com/frontdesk-gateway/frontdesk/internal/store/memory"
)

var update = flag.Bool("update", false, "write the golden files anew")

var epoch = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// onEngines runs a test on every engine.
func onEngines(t *testing.T, test func(t *testing.T, newStore func(t *testing.T) store.Store)) {
	t.Run("memory", func(t *testing.T) {
		test(t, func(*testing.T) store.Store { return memory.New() })
	})
	t.Run("bolt", func(t *testing.T) { test(t, openBolt) })
}

func openBolt(t *testing.T) store.Store {
	t.Helper()
	s, err := bolt.Open(filepath.Join(t.TempDir(), "frontdesk.db"), bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// testOptions has predictable ids and a clock that stands.
func testOptions() Options {
	n := 0
	return Options{
		NewID: func() string { n++; return fmt.Sprintf("new-%d", n) },
		Now:   func() time.Time { return epoch },
		CheckHash: func(hash string) error {
			if !strings.HasPrefix(hash, "hash:") {
				return errors.New("not a password hash")
			}
			return nil
		},
		KnownMethod: func(name string) bool {
			return slices.Contains([]string{directory.MethodMicrosoft, directory.MethodEmailToken, directory.MethodPassword}, name)
		},
	}
}

func reader(file string) *strings.Reader { return strings.NewReader(file) }

// read takes a file in as [Import] does.
func read(r io.Reader, o Options) (*intake, error) {
	in := newIntake(o)
	return in, in.read(r, o.Format)
}

func mustImport(t *testing.T, s directory.Store, file string, o Options) Report {
	t.Helper()
	report, err := Import(t.Context(), s, reader(file), o)
	if err != nil {
		t.Fatalf("Import: %v", err)
	}
	return report
}

// seed fills a store with testdata/seed.json.
func seed(t *testing.T, s directory.Store) {
	t.Helper()
	file, err := os.ReadFile("testdata/seed.json")
	if err != nil {
		t.Fatal(err)
	}
	mustImport(t, s, string(file), testOptions())
}

// dump is all of a directory, for comparing.
func dump(t testing.TB, s directory.Reader) string {
	t.Helper()
	return export(t, s, ExportOptions{Format: NDJSON, IncludeHashes: true})
}

func export(t testing.TB, s directory.Reader, o ExportOptions) string {
	t.Helper()
	var b bytes.Buffer
	if err := Export(t.Context(), s, &b, o); err != nil {
		t.Fatalf("Export: %v", err)
	}
	return b.String()
}

func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s: got\n%s\nwant\n%s", path, got, want)
	}
}

// files lists the inputs of a folder under testdata.
func files(t *testing.T, folder string) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join("testdata", folder, "*"))
	if err != nil {
		t.Fatal(err)
	}
	paths = slices.DeleteFunc(paths, func(p string) bool { return filepath.Ext(p) == ".golden" })
	if len(paths) == 0 {
		t.Fatalf("no files in testdata/%s", folder)
	}
	return paths
}

// optionsFor prunes where the file's name says so.
func optionsFor(path string) Options {
	o := testOptions()
	o.Prune = strings.HasPrefix(filepath.Base(path), "prune")
	return o
}
