//go:build !(linux || darwin || freebsd || netbsd || openbsd || dragonfly)

package bolt

import (
	"io/fs"
	"os"
)

// unlock does nothing where closing a file gives up its locks.
func unlock(*os.File) {}

// replaceable tells whether an open file can be renamed and replaced.
const replaceable = false

func chown(*os.File, fs.FileInfo) error { return nil }
