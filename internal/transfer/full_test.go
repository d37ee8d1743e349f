//go:build unix

package transfer

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/fulldisk"
	"github.com/frontdesk-gateway/frontdesk/internal/store/memory"
)

// TestFullDisk: where there is no room for what was read, or for the plan,
// nothing is imported, and nothing of it stays.
func TestFullDisk(t *testing.T) {
	if !fulldisk.Alone(t) {
		return
	}
	const people = 2000
	var short strings.Builder // what is planned of it is long
	for i := range people {
		fmt.Fprintf(&short, `{"type":"contact","id":"c%d","phone":"2"}`+"\n", i)
	}
	tests := map[string]struct{ file, want string }{
		"reading":  {manyPeople(people), "reading the file: writing a temporary file: "},
		"planning": {short.String(), "planning the change: writing a temporary file: "},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s := memory.New()
			mustImport(t, s, manyPeople(people), testOptions())
			if err := s.Edit(t.Context(), lengthen); err != nil {
				t.Fatal(err)
			}
			before := dump(t, s)
			o := testOptions()
			o.TempDir = t.TempDir()
			defer fulldisk.Begin(t, 128<<10)()
			_, err := Import(t.Context(), s, reader(test.file), o)
			if !errors.Is(err, syscall.EFBIG) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("Import: %v, want %s", err, test.want)
			}
			if dump(t, s) != before {
				t.Error("the directory changed")
			}
			if left, err := os.ReadDir(o.TempDir); err != nil || len(left) > 0 {
				t.Errorf("left behind: %v, %v", left, err)
			}
		})
	}
}

// lengthen gives all contacts a long title.
func lengthen(e directory.Editor) error {
	var long []directory.Contact
	for c, err := range e.Contacts(context.Background()) {
		if err != nil {
			return err
		}
		c.JobTitle = strings.Repeat("x", 100)
		long = append(long, c)
	}
	for _, c := range long {
		if err := e.PutContact(c); err != nil {
			return err
		}
	}
	return nil
}

// TestFilesAreClosed: files without a name take room until they are closed,
// however the import ended.
func TestFilesAreClosed(t *testing.T) {
	count := func() int {
		open, err := os.ReadDir("/dev/fd")
		if err != nil {
			t.Fatal(err)
		}
		return len(open)
	}
	s := memory.New()
	broken := errors.New("disk full")
	for name, test := range map[string]struct {
		store directory.Store
		file  string
		fails bool
	}{
		"imported":           {s, manyPeople(100), false},
		"refused":            {s, manyPeople(100) + "{}", true},
		"cannot be read on":  {s, manyPeople(100) + `{"type":"` + strings.Repeat("x", maxRecord), true},
		"the store is full":  {failingStore{s, broken}, manyPeople(100) + `{"type":"member","email":"m@msp.example","password_hash":"hash:1"}`, true},
		"nothing to be read": {s, "", false},
	} {
		t.Run(name, func(t *testing.T) {
			o := testOptions()
			o.spool.Buffer, o.TempDir = 1, t.TempDir()
			before := count()
			if _, err := Import(t.Context(), test.store, reader(test.file), o); (err != nil) != test.fails {
				t.Errorf("Import: %v", err)
			}
			if after := count(); after != before {
				t.Errorf("%d files are open, %d were before", after, before)
			}
		})
	}
}
