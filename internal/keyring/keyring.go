// Package keyring owns the gateway's own keys: those that seal cookies and
// those that sign assertions. They are made at first start, kept in the store
// and rotated: a new key is published before it is used, and an old one is
// accepted until nothing that it made can still be valid.
package keyring

import (
	"context"
	"errors"
	"time"
)

// Use is what a key is for.
type Use string

// The uses.
const (
	// Cookie keys are 64 random bytes: 32 to authenticate, 32 to encrypt.
	Cookie Use = "cookie"
	// Signing keys are ECDSA P-256 keys in PKCS #8 (ES256, RFC 7518).
	Signing Use = "signing"
)

// Key is one key. The material never leaves the process but into the store.
type Key struct {
	ID       string // for signing keys the kid
	Use      Use
	Material []byte
	Created  time.Time
	Active   time.Time // from when on it is used; it is accepted before
	Retired  time.Time // from when on it is no longer accepted
}

// ErrLost is wrapped where keys that were kept are gone: the store is damaged. New
// ones would turn everybody away who is signed in, in silence.
var ErrLost = errors.New("the gateway's keys are gone: put a backup of the store in its place; " +
	"or export what it holds, and import that into a new one, where everybody signs in again")

// Store keeps keys.
type Store interface {
	// Keys returns all keys, oldest first; none in a new store, [ErrLost] in one
	// that has kept some.
	Keys(ctx context.Context) ([]Key, error)
	// UpdateKeys replaces the keys by what change makes of them, atomically,
	// and returns the result. change may be called more than once and must
	// have no effect of its own. Where there were keys it is [ErrLost] to leave
	// none, and changes nothing.
	UpdateKeys(ctx context.Context, change func([]Key) ([]Key, error)) ([]Key, error)
}
