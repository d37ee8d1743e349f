// Package session owns what a finished journey leaves behind: one entity on
// one platform in one browser. A session lives in the store; the browser holds
// an opaque secret in a sealed cookie; memory stands in front of both, so that
// a request with a session costs one look-up (DESIGN.md, "Shape").
package session

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"slices"
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/emailtoken"
)

// Secret is what the cookie holds: 256 random bits that are kept nowhere else.
type Secret [32]byte

// Key is the SHA-256 of a secret, under which the store keeps the session: who
// reads the store cannot make a cookie.
type Key [32]byte

// Browser is the SHA-256 of the secret by whose cookie a browser is known at an origin.
type Browser [32]byte

// NewSecret draws a secret.
func NewSecret() Secret {
	var s Secret
	rand.Read(s[:]) // never fails; see crypto/rand
	return s
}

// Key returns the secret's key.
func (s Secret) Key() Key { return sha256.Sum256(s[:]) }

// Proof is one proof of the address in the journey that made the session.
type Proof struct {
	Method  string
	At      time.Time
	Purpose emailtoken.Purpose // of an emailed token: what it was mailed for
	// Journey is the id of the journey that made it: it tells the proofs that
	// were made together from those that came along from an earlier session.
	Journey string
	// Identity is who signed in at an OpenID provider; zero for other methods.
	Identity directory.Identity
	Tenant   string // Entra tenant id, by Microsoft only
	// Kind is the kind of entity that a password belongs to; empty for proofs
	// that hold for the address as such.
	Kind directory.Kind
	// PasswordSet is when the password that was typed had been set.
	PasswordSet time.Time
	// Vouched says that the address was proved. Claimed says that the provider
	// named it, which proves nothing by itself. A proof with neither is that of
	// an identity alone.
	Vouched bool
	Claimed bool
}

// OfIdentity reports whether the proof was made at an OpenID provider.
func (p Proof) OfIdentity() bool { return p.Identity != directory.Identity{} }

// AsOf is the time that is known to be proved: whoever reads a mail today had the
// mailbox when it was sent.
func (p Proof) AsOf() time.Time {
	if p.Purpose.Made.IsZero() {
		return p.At
	}
	return p.Purpose.Made
}

// Holds reports whether what was proved is proved still: a proof by password
// holds as long as that password is the one that is set.
func (p Proof) Holds(passwords map[directory.Kind]directory.PasswordState) bool {
	if p.Method != directory.MethodPassword {
		return true
	}
	password, set := passwords[p.Kind]
	return set && password.Changed.Equal(p.PasswordSet)
}

// Session is a signed-in browser.
type Session struct {
	Key Key
	// ID is the public id that portals see: new at every switch, no credential.
	ID       string
	Kind     directory.Kind
	EntityID string
	Address  directory.Address // as it was proved
	Platform directory.Platform
	Origin   string // the configured origin it was made at, and is good for
	Browser  Browser
	// Proofs are in the order of the journey. The first one's time is when the
	// person signed in.
	Proofs     []Proof
	Method     string // of the proof that opened the entity: how the person signed in
	Persistent bool   // "stay signed in"
	Created    time.Time
	// Began is when the first of the sessions was created that this one goes on from
	// by switches: all lifetimes count from then. Zero: with this one.
	Began time.Time
	// Expires is the absolute end. Switching does not move it.
	Expires   time.Time
	LastUsed  time.Time // to the minute; see Store.TouchSessions
	UserAgent string    // bounded; shown to the person among their sessions
	ClientIP  string    // at sign-in, for the same list
}

// Since is when the life of the session began.
func (s Session) Since() time.Time {
	if s.Began.IsZero() {
		return s.Created
	}
	return s.Began
}

// OfContact reports whether a contact, of an account, lets the session in: both
// are active, and the contact bears the address that was proved.
func (s Session) OfContact(c directory.Contact, a directory.Account) bool {
	return c.Active && a.Active && c.Email.Equal(s.Address)
}

// OfMember is OfContact for a member, who has to open the platform.
func (s Session) OfMember(m directory.Member) bool {
	return m.Active && m.Opens(s.Platform) && m.Email.Equal(s.Address)
}

// Owner names the entity whose a session is.
type Owner struct {
	Kind directory.Kind
	ID   string
}

// Owner is whose the session is.
func (s Session) Owner() Owner { return Owner{s.Kind, s.EntityID} }

// RestsOn reports whether the session holds a proof that is one of these.
func (s Session) RestsOn(these func(Proof) bool) bool { return slices.ContainsFunc(s.Proofs, these) }

// OwnersOf are all entities among people.
func OwnersOf(people directory.People) (all []Owner) {
	for _, c := range people.Contacts {
		all = append(all, Owner{Kind: directory.KindContact, ID: c.ID})
	}
	if people.Member != nil {
		all = append(all, Owner{Kind: directory.KindMember, ID: people.Member.ID})
	}
	return all
}

// ErrNotFound is returned for a session that does not exist (any more).
var ErrNotFound = errors.New("no such session")

// MostPerEntity is how many sessions an entity has at most: who signs in once
// more ends the oldest of them (OWASP ASVS 5.0, 7.1.2). So none has a list that
// nobody can read, or an end that others wait for.
const MostPerEntity = 500

// Store keeps sessions. Results are copies. An entity has MostPerEntity sessions
// at most: the oldest end when another one is kept.
type Store interface {
	Session(ctx context.Context, key Key) (Session, error) // ErrNotFound
	// Holder is Session with who holds it, of the same moment: the entity alone,
	// with its account. There is none in it where the record is gone.
	Holder(ctx context.Context, key Key) (Session, directory.People, error)
	// SessionsOf returns the sessions of one entity, newest first.
	SessionsOf(ctx context.Context, kind directory.Kind, entityID string) ([]Session, error)
	// EndSessions removes the sessions with these keys; a key without a session
	// is no error. When it returns, watchers have been told.
	EndSessions(ctx context.Context, keys ...Key) error
	// TouchSessions sets LastUsed where it is earlier than the given time; a
	// key without a session is no error. Others are let in between, so that it
	// may fail half-way.
	TouchSessions(ctx context.Context, used map[Key]time.Time) error
	// SweepSessions removes sessions that ended before now by their absolute or,
	// where not persistent, idle lifetime, and returns how many: at most limit, or
	// fewer where more would have others wait, but 0 only when none is left.
	SweepSessions(ctx context.Context, now time.Time, idle time.Duration, limit int) (int, error)
}
