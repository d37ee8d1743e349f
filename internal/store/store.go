// Package store is the sum of what Frontdesk keeps. The parts are declared by
// the packages that own and use them; an engine (see store/bolt) implements
// them all and passes the conformance suite in store/storetest. Nothing
// outside an engine knows how it keeps things.
package store

import (
	"context"
	"errors"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/journey"
	"github.com/frontdesk-gateway/frontdesk/internal/keyring"
	"github.com/frontdesk-gateway/frontdesk/internal/limit"
	"github.com/frontdesk-gateway/frontdesk/internal/session"
)

// Store is what an engine implements. All methods may be called at once from
// many goroutines. Times are kept in UTC, to the millisecond at least. A
// change is durable when its method returns without error.
type Store interface {
	directory.Store
	journey.Store
	session.Store
	keyring.Store
	limit.Store

	// Watch has fn called after each change that a running session must know
	// of, before the method that made it returns, and before any other change is
	// made: a method that finds done what it was to do returns later. It may
	// be called for a change that failed, too, where that can have been kept all the
	// same. fn must return at once and must not use the store. The returned
	// function ends it.
	Watch(fn func(Change)) (stop func())
	// Check returns nil while the store can be read and written.
	Check(ctx context.Context) error
	Close() error
}

// Change names what changed. Ids are those of records that were written,
// removed or renamed.
type Change struct {
	All      bool // any record and session may have changed; none is named
	Accounts []string
	Contacts []string
	Members  []string
	Sessions []session.Key
}

var (
	// ErrClosed is wrapped by every error that comes of a store that was closed.
	ErrClosed = errors.New("the store is closed")
	// ErrLocked is wrapped where another process holds the store.
	ErrLocked = errors.New("the store is locked by another process")
	// ErrForeign is wrapped where a file is not a store, or an emptied one.
	ErrForeign = errors.New("not a Frontdesk store")
	// ErrNewer is wrapped where a newer Frontdesk wrote the store.
	ErrNewer = errors.New("the store was written by a newer version")
)
