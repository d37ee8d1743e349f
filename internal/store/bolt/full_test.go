//go:build unix

package bolt

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/fulldisk"
)

// TestDiskFull: wherever the disk refuses, in the records, in one of the two
// pages that name the newest state, or where the file would grow, a change is
// written whole or is an error; all that was there can be read; and once there is
// room again everything goes on by itself. The file stays consistent, which
// openTest checks.
func TestDiskFull(t *testing.T) {
	if !fulldisk.Alone(t) {
		return
	}
	refused := func(err error) bool { return strings.Contains(err.Error(), syscall.EFBIG.Error()) } // bbolt keeps its text alone
	whole, page := filledFile(t), uint64(os.Getpagesize())
	huge := func(e directory.Editor) error {
		return e.PutAccount(directory.Account{ID: "huge", Name: strings.Repeat("x", 1<<20), Active: true})
	}
	for name, room := range map[string]uint64{
		"nothing can be written": 1, "the first page only": page, "the first two": 2 * page, "half of the file": uint64(len(whole)) / 2, "the file cannot grow": uint64(len(whole)),
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "frontdesk.db")
			write(t, path, whole)
			s := openTest(t, path, Options{})
			end := fulldisk.Begin(t, room)
			for range 3 {
				if err := s.Edit(t.Context(), huge); err == nil || !refused(err) {
					t.Errorf("a change that needs room: %v", err)
				}
				if err := s.Check(t.Context()); room == 1 && err == nil {
					t.Error("Check is content")
				}
				for way, fn := range writes(t.Context(), s) {
					if err := fn(); err != nil && !refused(err) || room == 1 && err == nil {
						t.Errorf("%s: %v", way, err)
					}
				}
				for way, fn := range reads(t.Context(), s) {
					if err := fn(); err != nil {
						t.Errorf("%s: %v", way, err)
					}
				}
			}
			end()
			if err := errors.Join(s.Check(t.Context()), s.Edit(t.Context(), huge), s.Check(t.Context())); err != nil {
				t.Errorf("with room again: %v", err)
			}
			for way, fn := range writes(t.Context(), s) {
				if err := fn(); err != nil {
					t.Errorf("with room again: %s: %v", way, err)
				}
			}
		})
	}
}

// TestDiskFullInLargeEdit: wherever the disk refuses, in what is sorted, in the
// copy, or where that would grow, the store is as it was and nothing is left beside
// it; once there is room again the edit succeeds.
func TestDiskFullInLargeEdit(t *testing.T) {
	if !fulldisk.Alone(t) {
		return
	}
	whole := filledFile(t)
	size := uint64(len(whole))
	after := contentOf(t, whole, true)
	for name, room := range map[string]uint64{
		"nothing can be written": 1, "little that is sorted": 2000, "half of the copy": size / 2, "the copy cannot grow": size,
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "frontdesk.db")
			write(t, path, whole)
			s := openTest(t, path, Options{pieces: pieces{sorted: 1000, bytes: 500, nodes: 10}})
			before := dump(t, s)
			grow := func(e directory.Editor) error {
				name := strings.Repeat("x", 1<<20)
				return errors.Join(manyContacts(30)(e), e.PutAccount(directory.Account{ID: "huge", Name: name, Active: true}))
			}
			end := fulldisk.Begin(t, room)
			for range 2 {
				if err := s.EditLarge(t.Context(), grow); !errors.Is(err, syscall.EFBIG) && (err == nil || !strings.Contains(err.Error(), syscall.EFBIG.Error())) {
					t.Errorf("the error is %v", err)
				}
				wantDump(t, dump(t, s), before)
				wantAlone(t, dir)
			}
			end()
			if err := errors.Join(s.Check(t.Context()), s.EditLarge(t.Context(), manyContacts(30)), s.Check(t.Context())); err != nil {
				t.Errorf("with room again: %v", err)
			}
			wantDump(t, dump(t, s), after)
		})
	}
}

// TestFailureInLargeEditIsRemembered: part of what was written is lost, and the
// function goes on as if it were not, on a disk that has room again.
func TestFailureInLargeEditIsRemembered(t *testing.T) {
	if !fulldisk.Alone(t) {
		return
	}
	s := openTest(t, filepath.Join(t.TempDir(), "frontdesk.db"), Options{pieces: pieces{sorted: 1000, bytes: 500, nodes: 10}})
	populate(t, s, 10)
	before := dump(t, s)
	err := s.EditLarge(t.Context(), func(e directory.Editor) error {
		end := fulldisk.Begin(t, 500)
		if err := manyContacts(30)(e); err == nil {
			t.Error("there was room")
		}
		end()
		if _, err := e.Contact(t.Context(), "c1"); !errors.Is(err, syscall.EFBIG) {
			t.Errorf("a look-up after that: %v", err)
		}
		return nil
	})
	if !errors.Is(err, syscall.EFBIG) {
		t.Errorf("the error is %v", err)
	}
	wantDump(t, dump(t, s), before)
}
