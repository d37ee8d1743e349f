//go:build unix

// Package fulldisk is for tests: it has the system refuse to let files grow, as a
// disk does that is full, for any user and without a mount.
package fulldisk

import (
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"
)

const alone = "FRONTDESK_TEST_ALONE"

// Alone reports whether the test runs in a process of its own, and otherwise runs
// it in one: the limit holds for all files of a process, those of the test's own
// machinery included.
func Alone(t *testing.T) bool {
	t.Helper()
	if os.Getenv(alone) == t.Name() {
		return true
	}
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), binary, "-test.v", "-test.run=^"+t.Name()+"$")
	cmd.Env = append(os.Environ(), alone+"="+t.Name())
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--- PASS: "+t.Name()) {
		t.Errorf("in a process of its own: %v\n%s", err, out)
	}
	return false
}

// Begin lets no file of this process be written from that many bytes on, until
// end is called or the test ends.
func Begin(t testing.TB, bytes uint64) (end func()) {
	t.Helper()
	signal.Ignore(syscall.SIGXFSZ) // the write fails by EFBIG then
	var before syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &before); err != nil {
		t.Fatal(err)
	}
	limit := before
	limit.Cur = bytes
	set := func(l syscall.Rlimit) {
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &l); err != nil {
			t.Errorf("limiting files: %v", err)
		}
	}
	set(limit)
	t.Cleanup(func() { set(before) })
	return func() { set(before) }
}
