//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package bolt

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// unlock gives up bbolt's lock of a file. Closing the file is not enough: the
// lock lives as long as the memory map that a panic left behind.
func unlock(f *os.File) { _ = syscall.Flock(int(f.Fd()), syscall.LOCK_UN) }

// replaceable tells whether an open file can be renamed and replaced.
const replaceable = true

// chown gives a file the owner of another.
func chown(f *os.File, of fs.FileInfo) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	want, ok := of.Sys().(*syscall.Stat_t)
	have, okHave := info.Sys().(*syscall.Stat_t)
	if !ok || !okHave {
		return errors.ErrUnsupported
	}
	if want.Uid == have.Uid && want.Gid == have.Gid {
		return nil
	}
	if err := f.Chown(int(want.Uid), int(want.Gid)); err != nil {
		return fmt.Errorf("the store belongs to user %d and group %d, and so must the copy that takes its place: %w", want.Uid, want.Gid, err)
	}
	return nil
}
