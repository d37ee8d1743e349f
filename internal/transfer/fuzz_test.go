package transfer

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/frontdesk-gateway/frontdesk/internal/store/memory"
)

func FuzzJSON(f *testing.F)   { fuzz(f, JSON) }
func FuzzNDJSON(f *testing.F) { fuzz(f, NDJSON) }
func FuzzCSV(f *testing.F)    { fuzz(f, CSV) }

// fuzz imports anything over the seed: a refused file changes nothing, and an
// admitted one makes a directory that can be exported and imported again. A dry
// run says the same and changes nothing.
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
		o.Format, o.Prune, o.DryRun = format, prune, true
		rehearsed, failed := Import(t.Context(), s, reader(string(file)), o)
		if dump(t, s) != before {
			t.Errorf("a dry run made it\n%s", dump(t, s))
		}
		o = testOptions() // which draw the same ids again
		o.Format, o.Prune = format, prune
		report, err := Import(t.Context(), s, reader(string(file)), o)
		after := dump(t, s)
		if fmt.Sprint(failed) != fmt.Sprint(err) {
			t.Errorf("a dry run says %v, and the import %v", failed, err)
		}
		if err != nil {
			if _, ok := errors.AsType[*Errors](err); !ok || after != before {
				t.Errorf("Import: %v; the store is\n%s", err, after)
			}
			return
		}
		rehearsed.DryRun = false
		if !reflect.DeepEqual(rehearsed, report) {
			t.Errorf("a dry run tells of\n%s\nand the import of\n%s", rehearsed, report)
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
