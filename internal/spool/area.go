// Package spool keeps what would be too much for memory: records in temporary
// files, which are read again in the order in which they came ([Log]), or by their
// keys ([Map]). What is held in memory is a buffer of fixed size for each, and, for
// a Map, 11 to 22 bytes an entry.
//
// Nothing in here is safe for use by several goroutines at once.
package spool

import (
	"cmp"
	"errors"
	"fmt"
	"hash/maphash"
	"os"
)

// Options are where and how things are kept. The zero value is good.
type Options struct {
	// Dir is where temporary files are made. Empty: the system's directory for
	// those, which may be small, or in memory itself.
	Dir string
	// Buffer is how much of a log is held back before it is written to a file,
	// in bytes. 0: 64 KiB.
	Buffer int
	// Hash spreads the keys of a map. Whoever chooses the keys must not be able
	// to foresee it. Nil: maphash with a seed of its own.
	Hash func(key []byte) uint64
}

func (o Options) withDefaults() Options {
	o.Buffer = cmp.Or(o.Buffer, 64<<10)
	if o.Hash == nil {
		seed := maphash.MakeSeed()
		o.Hash = func(key []byte) uint64 { return maphash.Bytes(seed, key) }
	}
	return o
}

// Area is where the logs and maps of one piece of work lie. They go
// with it.
type Area struct {
	options Options
	files   []*os.File
	left    []string // names of files that could not be removed while open
}

// New makes an area. It takes no file before there is more than the buffers
// hold.
func New(o Options) *Area { return &Area{options: o.withDefaults()} }

// Close gives all the room back.
func (a *Area) Close() error {
	var errs []error
	for _, f := range a.files {
		errs = append(errs, f.Close())
	}
	for _, name := range a.left {
		errs = append(errs, os.Remove(name))
	}
	a.files, a.left = nil, nil
	return errors.Join(errs...)
}

// file makes a temporary file, with mode 0600. Where the system admits that, it
// has no name any more: however the process ends, nothing is left of it.
func (a *Area) file() (*os.File, error) {
	f, err := os.CreateTemp(a.options.Dir, "frontdesk-*.tmp")
	if err != nil {
		return nil, fmt.Errorf("making a temporary file: %w", err)
	}
	a.files = append(a.files, f)
	if err := os.Remove(f.Name()); err != nil {
		a.left = append(a.left, f.Name())
	}
	return f, nil
}
