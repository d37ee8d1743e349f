//go:build unix

package bolt

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
)

// The environment of a process that is killed in the middle of a large edit.
const (
	crashPath  = "FRONTDESK_TEST_CRASH_PATH"
	crashAfter = "FRONTDESK_TEST_CRASH_AFTER" // so many steps
)

// TestCrash kills a process after each step of a large edit. Whoever opens the
// store then finds it as it was or as it should become, and nothing beside it.
func TestCrash(t *testing.T) {
	if path := os.Getenv(crashPath); path != "" {
		crash(t, path)
		return
	}
	whole := filledFile(t)
	before, after := contentOf(t, whole, false), contentOf(t, whole, true)
	var steps []string
	for n := 1; ; n++ {
		dir := t.TempDir()
		path := filepath.Join(dir, "frontdesk.db")
		write(t, path, whole)
		step, killed := crashAfterStep(t, path, n)
		if !killed {
			break
		}
		steps = append(steps, step)
		want := before
		if step == "renamed" || step == "closed" {
			want = after
		}
		s := openTest(t, path, Options{LockTimeout: atOnce})
		if wantDump(t, dump(t, s), want); t.Failed() {
			t.Fatalf("killed after step %d, %s", n, step)
		}
		wantAlone(t, dir)
		if err := s.EditLarge(t.Context(), manyContacts(30)); err != nil {
			t.Fatal(err)
		}
		wantDump(t, dump(t, s), after)
		wantAlone(t, dir)
	}
	if len(steps) < 10 || steps[len(steps)-1] != "closed" {
		t.Errorf("the steps were %q", steps)
	}
}

// crash is the process that is killed. It prints the step.
func crash(t *testing.T, path string) {
	left, err := strconv.Atoi(os.Getenv(crashAfter))
	if err != nil {
		t.Fatal(err)
	}
	s, err := Open(path, Options{pieces: pieces{sorted: 1000, bytes: 500, nodes: 10}, step: func(name string) {
		if left--; left == 0 {
			fmt.Println(name)
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(s.EditLarge(t.Context(), manyContacts(30)), s.Close()); err != nil {
		t.Fatal(err)
	}
}

// crashAfterStep runs a process that kills itself after that many steps, and
// returns the last one; false where it came to its end.
func crashAfterStep(t *testing.T, path string, steps int) (step string, killed bool) {
	t.Helper()
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), binary, "-test.run=^"+t.Name()+"$")
	cmd.Env = append(os.Environ(), crashPath+"="+path, crashAfter+"="+strconv.Itoa(steps))
	out, err := cmd.Output()
	if err == nil {
		return "", false
	}
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
		t.Fatalf("%v\n%s", err, out)
	}
	return string(out[:len(out)-1]), true
}

// contentOf is what a store's file holds, or would after the large edit.
func contentOf(t *testing.T, file []byte, edited bool) map[string]string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "content.db")
	write(t, path, file)
	s := openTest(t, path, Options{noSync: true})
	if edited {
		if err := s.Edit(t.Context(), func(e directory.Editor) error { return manyContacts(30)(e) }); err != nil {
			t.Fatal(err)
		}
	}
	return dump(t, s)
}
