package session

import (
	"slices"
	"strings"
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

	// Made is what the site has made of the rest, which is immutable.
	Made atomic.Value

	marks      [3]mark       // session, entity, account
	cookie     cookie        // by which it was found
	generation uint64        // of the keys that opened the cookie
	lastUsed   atomic.Int64  // in Unix seconds
	written    atomic.Int64  // the last use that was noted for the store
	idle       time.Duration // 0: no idle limit
}

// Cookie is the value of the cookie by which the session was found.
func (l *Live) Cookie() string { return l.cookie.value }

// share has the session hold once what it was read with twice, and what is the
// same for many of them; the rest stands in one text.
func (l *Live) share() {
	l.UserAgent, l.ClientIP = "", ""
	f := &l.Facts
	f.Kind, f.Platform, f.Method = shared(f.Kind), shared(f.Platform), shared(f.Method)
	f.AccountID, f.AccountName = shared(f.AccountID), shared(f.AccountName)
	f.Groups = slices.Clip(f.Groups)
	for i, group := range f.Groups {
		f.Groups[i] = shared(group)
	}
	own := []*string{&l.cookie.value, &l.ID, &l.EntityID, &f.Name, (*string)(&l.Address)}
	for i := range l.Proofs {
		l.Proofs[i].Method = shared(l.Proofs[i].Method)
		own = append(own, &l.Proofs[i].Journey)
	}
	same := f.Email == l.Address
	join(own...)
	if same {
		f.Email = l.Address
	}
	f.ID, f.Session = l.EntityID, l.ID
	l.Kind, l.Platform, l.Session.Method, l.Origin = f.Kind, f.Platform, f.Method, shared(l.Origin)
}

// join has texts stand in one, so that there is one object for the garbage
// collector to look at.
func join(texts ...*string) {
	var all strings.Builder
	for _, text := range texts {
		all.WriteString(*text)
	}
	rest := all.String()
	for _, text := range texts {
		*text, rest = rest[:len(*text)], rest[len(*text):]
	}
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
