package transfer

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/frontdesk-gateway/frontdesk/internal/store/memory"
)

func FuzzJSON(f *testing.F)   { fuzz(f, JSON) }
func FuzzNDJSON(f *testing.F) { fuzz(f, NDJSON) }
func FuzzCSV(f *testing.F)    { fuzz(f, CSV) }

// fuzz imports anything over the seed: a refused file changes nothing, and an
// admitted one makes a directory that can be exported and imported again.
func fuzz(f *testing.F, format Format) {
	paths, err := filepath.Glob("testdata/*/*." + string(format))
	if err != nil || len(paths) == 0 {
		f.Fatal("no samples", err)
	}
	for _, path := range paths {
		file, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(file, false)
		f.Add(file, true)
	}
	f.Fuzz(func(t *testing.T, file []byte, prune bool) {
		s := memory.New()
		seed(t, s)
		before := dump(t, s)
		o := testOptions()
		o.Format, o.Prune = format, prune
		report, err := Import(t.Context(), s, reader(string(file)), o)
		after := dump(t, s)
		if err != nil {
			if _, ok := errors.AsType[*Errors](err); !ok || after != before {
				t.Errorf("Import: %v; the store is\n%s", err, after)
			}
			return
		}
		if changed := after != before; changed != (report.changed() > 0) {
			t.Errorf("the store changed: %v; the report says\n%s", changed, report)
		}
		mustImport(t, s, export(t, s, ExportOptions{Format: format, IncludeHashes: true}), testOptions())
		if again := dump(t, s); again != after {
			t.Errorf("imported again, the directory is\n%s\nwant\n%s", again, after)
		}
	})
}

func (r Report) changed() (n int) {
	for _, c := range []Count{r.Accounts, r.Contacts, r.Members} {
		n += c.Added + c.Changed + c.Removed
	}
	return n
}
