//go:build unix

package caddymodule

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/spf13/cobra"
)

// TestExportFile: what is exported goes where it was said to go, and is read by
// nobody else, whatever lies there.
func TestExportFile(t *testing.T) {
	const exported = "everybody"
	folder := t.TempDir()
	in := func(name string) string { return filepath.Join(folder, name) }
	for name, lies := range map[string]string{"people": "before", "people.partial": "somebody's", "target": "before"} {
		if err := os.WriteFile(in(name), []byte(lies), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	for name, to := range map[string]string{"link": "target", "planted": "gone", "planted.partial": "victim"} {
		if err := os.Symlink(in(to), in(name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Remove(in("planted")); err != nil {
		t.Fatal(err)
	}
	write := func(w io.Writer) error {
		_, err := io.WriteString(w, exported)
		return err
	}
	for name, lands := range map[string]string{"people": "people", "new": "new", "link": "target", "planted": "planted"} {
		if err := writeOutput(new(cobra.Command), in(name), write); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		got, err := os.ReadFile(in(lands))
		info, errStat := os.Lstat(in(lands))
		if err != nil || errStat != nil || string(got) != exported || info.Mode() != 0o600 {
			t.Errorf("%s: %s holds %q with mode %v, %v", name, lands, got, info.Mode(), errors.Join(err, errStat))
		}
	}
	if link, err := os.Lstat(in("link")); err != nil || link.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link became %v, %v", link.Mode(), err)
	}
	if _, err := os.Stat(in("victim")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("what a link of somebody else's names was written: %v", err)
	}
	if left, err := os.ReadFile(in("people.partial")); err != nil || string(left) != "somebody's" {
		t.Errorf("a file that lies beside it holds %q, %v", left, err)
	}
}

// TestExportToPipe: what is no file is written to, and stays what it is.
func TestExportToPipe(t *testing.T) {
	const exported = "everybody"
	name := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(name, 0o600); err != nil {
		t.Fatal(err)
	}
	pipe, err := os.OpenFile(name, os.O_RDWR, 0) // who opens one end waits for the other
	if err != nil {
		t.Fatal(err)
	}
	defer pipe.Close()
	err = writeOutput(new(cobra.Command), name, func(w io.Writer) error {
		_, err := io.WriteString(w, exported)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Lstat(name); err != nil || info.Mode()&os.ModeNamedPipe == 0 {
		t.Fatalf("the pipe became %v, %v", info.Mode(), err)
	}
	got := make([]byte, len(exported))
	if _, err := io.ReadFull(pipe, got); err != nil || string(got) != exported {
		t.Errorf("it brought %q, %v", got, err)
	}
}

// TestFailedExport leaves what was there, and nothing beside it.
func TestFailedExport(t *testing.T) {
	name := filepath.Join(t.TempDir(), "people")
	if err := os.WriteFile(name, []byte("before"), 0o600); err != nil {
		t.Fatal(err)
	}
	broken := errors.New("broken")
	err := writeOutput(new(cobra.Command), name, func(w io.Writer) error {
		_, err := io.WriteString(w, "half")
		return errors.Join(err, broken)
	})
	if !errors.Is(err, broken) {
		t.Errorf("writeOutput: %v", err)
	}
	if got, err := os.ReadFile(name); err != nil || string(got) != "before" {
		t.Errorf("it holds %q, %v", got, err)
	}
	if left, err := os.ReadDir(filepath.Dir(name)); err != nil || len(left) != 1 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
