package caddymodule

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/store/memory"
)

// halfRead is a store that cannot be read to the end.
type halfRead struct{ *memory.Store }

func (halfRead) Members(context.Context) iter.Seq2[directory.Member, error] {
	return func(yield func(directory.Member, error) bool) {
		yield(directory.Member{}, errors.New("the disk is gone"))
	}
}

// TestHalfAnExport: whoever asks for an export gets it whole, or is told that
// there is none: half of one, imported with prune, removes the other half.
func TestHalfAnExport(t *testing.T) {
	for name, contacts := range map[string]int{"at the start": 0, "in the midst": 500} {
		for _, format := range []string{"json", "ndjson", "csv"} {
			t.Run(name+" as "+format, func(t *testing.T) {
				server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if err := serveExport(desk{store: halfRead{storeOf(t, contacts)}}, w, r); err != nil {
						http.Error(w, err.Error(), http.StatusInternalServerError) // as Caddy does
					}
				}))
				defer server.Close()
				answer, err := http.Get(server.URL + "?format=" + format)
				if err == nil {
					defer answer.Body.Close()
					_, err = io.Copy(io.Discard, answer.Body)
				}
				if err == nil && answer.StatusCode == http.StatusOK {
					t.Error("it came as if it were whole")
				}
				if told := err == nil; told != (contacts == 0) {
					t.Errorf("told why: %v", told)
				}
			})
		}
	}
}

// storeOf keeps one account with so many contacts.
func storeOf(t *testing.T, contacts int) *memory.Store {
	t.Helper()
	s := memory.New()
	err := s.Edit(t.Context(), func(e directory.Editor) error {
		errs := []error{e.PutAccount(directory.Account{ID: "a", Name: strings.Repeat("A", 100), Active: true})}
		for i := range contacts {
			id := fmt.Sprint("c", i)
			errs = append(errs, e.PutContact(directory.Contact{ID: id, Email: directory.Address(id + "@a.example"), Account: "a", Active: true}))
		}
		return errors.Join(errs...)
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}
