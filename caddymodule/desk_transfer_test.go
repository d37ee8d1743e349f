package caddymodule

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/frontdesk-gateway/frontdesk/internal/store/memory"
)

// TestImportBesideStore: what an import keeps aside is as secret as the store,
// and as large. It lies in the same folder.
func TestImportBesideStore(t *testing.T) {
	var people strings.Builder
	for i := range 3000 {
		fmt.Fprintf(&people, `{"type":"member","id":"m%d","email":"m%d@msp.example"}`+"\n", i, i)
	}
	folder := filepath.Join(t.TempDir(), "gone")
	_, err := desk{store: memory.New(), folder: folder}.importFile(t.Context(), strings.NewReader(people.String()), importRequest{})
	if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), folder) {
		t.Errorf("importFile: %v, want that %s does not exist", err, folder)
	}
}

// endless is a body that is cut off where it is too large.
type endless struct{}

func (endless) Read([]byte) (int, error) { return 0, &http.MaxBytesError{Limit: maxImport} }

// TestTooLargeImport: what to do is told as well.
func TestTooLargeImport(t *testing.T) {
	w := httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodPost, adminImport, io.NopCloser(endless{}))
	if err := serveImport(desk{store: memory.New()}, w, r); err != nil {
		t.Fatal(err)
	}
	const want = `{"problem":"the file is larger than 8 GiB: split it, or import it with --store while no server runs"}` + "\n"
	if got := w.Body.String(); got != want {
		t.Errorf("got %s", got)
	}
}

// TestImportOptions: what is not understood imports nothing.
func TestImportOptions(t *testing.T) {
	for query, imports := range map[string]bool{
		"":                              true,
		"dry_run=no&prune=no":           true,
		"format=ndjson&dry_run=no":      true,
		"dry_run=yes":                   false,
		"dry_run=true":                  false,
		"dry_run":                       false,
		"format=ndjson;dry_run=yes":     false,
		"dry_run=yes%":                  false,
		"dry_run=no&dry_run=yes":        false,
		"dry-run=yes":                   false,
		"prune=1":                       false,
		"only_new=yes":                  false,
		"format=ndjson&format=csv":      false,
		"dry_run=yes&prune=no&format=x": false,
	} {
		t.Run(query, func(t *testing.T) {
			s := memory.New()
			r := httptest.NewRequest(http.MethodPost, adminImport+"?"+query, strings.NewReader(`{"type":"member","id":"m","email":"m@msp.example"}`))
			err := serveImport(desk{store: s, folder: t.TempDir()}, httptest.NewRecorder(), r)
			_, missing := s.Member(t.Context(), "m")
			if (missing == nil) != imports {
				t.Errorf("imported: %v; %v", missing == nil, err)
			}
		})
	}
}
