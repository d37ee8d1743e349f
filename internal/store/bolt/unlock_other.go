//go:build !(linux || darwin || freebsd || netbsd || openbsd || dragonfly)

package bolt

import "os"

// unlock does nothing where closing a file gives up its locks.
func unlock(*os.File) {}
