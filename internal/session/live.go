package session

import (
	"slices"
	"sync/atomic"
	"time"
	"unique"

	"github.com/frontdesk-gateway/frontdesk/internal/clock"
	"github.com/frontdesk-gateway/frontdesk/internal/identity"
)

// Live is a session in memory with what a request needs of it. All but the
// time of last use is immutable.
type Live struct {
	Session   // without what only lists show
	Facts     identity.Facts
	Assertion identity.Assertion // the signed form of Facts, for the session's origin

	made atomic.Pointer[made]

	marks      [3]mark       // session, entity, account
	cookie     cookie        // by which it was found
	generation uint64        // of the keys that opened the cookie
	lastUsed   atomic.Int64  // in Unix seconds
	written    atomic.Int64  // the last use that was noted for the store
	idle       time.Duration // 0: no idle limit
}

// made is what a site has made of a session. A session is good for one origin, so
// the site changes with the configuration only.
type made struct{ by, what any }

// Made returns what a site makes of the session, which is done once, since all
// that goes into it is immutable. by is compared by address.
func (l *Live) Made(by any, work func() any) any {
	if m := l.made.Load(); m != nil && m.by == by {
		return m.what
	}
	m := &made{by, work()}
	l.made.Store(m)
	return m.what
}

// Cookie is the value of the cookie by which the session was found.
func (l *Live) Cookie() string { return l.cookie.value }

// share has the session hold once what it was read with twice, and what is the
// same for many of them.
func (l *Live) share() {
	l.UserAgent, l.ClientIP = "", ""
	f := &l.Facts
	f.Kind, f.Platform, f.Method = shared(f.Kind), shared(f.Platform), shared(f.Method)
	f.AccountID, f.AccountName = shared(f.AccountID), shared(f.AccountName)
	f.Groups = slices.Clip(f.Groups)
	for i, group := range f.Groups {
		f.Groups[i] = shared(group)
	}
	for i := range l.Proofs {
		l.Proofs[i].Method = shared(l.Proofs[i].Method)
	}
	if f.Email == l.Address {
		f.Email = l.Address
	}
	f.ID, l.Kind, l.Platform, l.Session.Method, l.Origin = l.EntityID, f.Kind, f.Platform, f.Method, shared(l.Origin)
}

// shared is the one copy in memory of a text that many sessions have.
func shared[T ~string](s T) T { return unique.Make(s).Value() }

// ended reports whether the session's time is over, or yet to come: what was made
// or used while a clock was ahead lets nobody in.
func (l *Live) ended(now time.Time) bool {
	lastUsed := l.lastUsed.Load()
	if !now.Before(l.Expires) || clock.Ahead(l.Created, now) || clock.Ahead(time.Unix(lastUsed, 0), now) {
		return true
	}
	return l.idle > 0 && now.Unix()-lastUsed >= int64(l.idle/time.Second)
}

func (l *Live) stale() bool {
	return l.marks[0].stale() || l.marks[1].stale() || l.marks[2].stale()
}

// touchEvery is how often the last use is written at most.
const touchEvery = time.Minute

// used notes a use; it reports true when that is to be written.
func (l *Live) used(now time.Time) bool {
	l.lastUsed.Store(now.Unix())
	written := l.written.Load()
	return now.Unix()-written >= int64(touchEvery/time.Second) && l.written.CompareAndSwap(written, now.Unix())
}
