package directory

import (
	"crypto/sha256"
	"time"
)

// PasswordOwner names what a password belongs to: an address and a kind of
// entity, so that the contacts of one address share one.
type PasswordOwner struct {
	Address string // Address.Key
	Kind    Kind
}

// Password is what is kept of a password. The zero value stands for none.
type Password struct {
	Hash string // in PHC or bcrypt form
	PasswordState
	// Imported is the SHA-256 of the hash that was imported last, whatever took
	// its place since; zero where none was.
	Imported [sha256.Size]byte
}

// PasswordState is what is told of a password: all but its hash.
type PasswordState struct {
	// Changed is when it was set. It tells a password from those before it:
	// what was proved by one that was set at another time is proved no more.
	Changed time.Time
	// MustChange asks for another one at the next sign-in by this one.
	MustChange bool
	// Mailed says that an emailed token set it, or one that it was set by: it
	// proves no more than such a token does.
	Mailed bool
}

// Successor is the password that takes the place of this one: set now, and
// later than this one even where the clock stands still. Times are those that
// every store keeps exactly, whole milliseconds.
func (p Password) Successor(hash string, now time.Time) Password {
	now = now.UTC().Truncate(time.Millisecond)
	if !now.After(p.Changed) {
		now = p.Changed.Add(time.Millisecond)
	}
	return Password{Hash: hash, PasswordState: PasswordState{Changed: now}, Imported: p.Imported}
}

// Import is Successor for a hash that comes from another system.
func (p Password) Import(hash string, now time.Time) Password {
	p.Imported = sha256.Sum256([]byte(hash))
	return p.Successor(hash, now)
}

// Rehashed is the same password under another hash.
func (p Password) Rehashed(hash string) Password {
	p.Hash = hash
	return p
}

// Has reports whether importing a hash would bring nothing new: it is the
// password's, or was imported before. The same file, imported every night, must
// not undo what people set in the meantime.
func (p Password) Has(hash string) bool {
	return hash == p.Hash || hash != "" && sha256.Sum256([]byte(hash)) == p.Imported
}
