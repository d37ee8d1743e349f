// Package rescue owns what becomes of a panic: an error that carries the stack,
// so that one request or one task fails and the process lives. It stands around
// work of our own, never around another handler's.
package rescue

import (
	"fmt"
	"runtime/debug"
)

// Panic is the error that a panic became.
type Panic struct {
	Value any
	Stack []byte // of the goroutine that panicked; for the log, never for a page
}

func (p *Panic) Error() string { return fmt.Sprintf("panic: %v", p.Value) }

// Unwrap returns what was panicked with, where that is an error.
func (p *Panic) Unwrap() error {
	err, _ := p.Value.(error)
	return err
}

// New is called by a deferred function with what it recovered.
func New(recovered any) *Panic { return &Panic{recovered, debug.Stack()} }

// Do runs fn and returns its error, or a [*Panic].
func Do(fn func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = New(v)
		}
	}()
	return fn()
}
