package session

import (
	"sync/atomic"
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/clock"
	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/identity"
)

// Live is what memory holds of a session: what a request that goes on to a portal
// needs, and no more; pages read the rest from the store (see [Manager.Whole]).
// There are a great many, and the garbage collector looks at each, and for all that it
// points to, again and again: so it points to little, and that leads no further. All but
// the times of use, the assertion and what is made of the rest is immutable.
type Live struct {
	Key       Key
	Assertion identity.Assertion // of what a portal is told, for the session's origin

	Made atomic.Value // what the gateway has made of the rest

	texts      texts
	created    time.Time
	expires    time.Time
	idle       time.Duration // 0: no idle limit
	generation uint64        // of the keys that opened the cookie
	marks      [3]mark       // session, entity, account
	lastUsed   atomic.Int64  // in Unix seconds
	written    atomic.Int64  // the last use that was noted for the store
}

// Origin is the configured origin that the session was made at, and is good for.
func (l *Live) Origin() string { return l.texts.at(textOrigin) }

// Platform is the one that the session is for.
func (l *Live) Platform() directory.Platform { return directory.Platform(l.texts.at(textPlatform)) }

// Cookie is the value of the cookie by which the session was found.
func (l *Live) Cookie() string { return l.texts.at(textCookieValue) }

func (l *Live) cookie() cookie { return cookie{l.texts.at(textCookieName), l.Cookie()} }

// Tell sets what a portal is told of the person, all but the assertion.
func (l *Live) Tell(told *identity.Values) {
	for i := range told {
		told[i] = l.texts.at(i)
	}
}

// Facts are what a portal is told.
func (l *Live) Facts() identity.Facts {
	var told identity.Values
	l.Tell(&told)
	return told.Facts()
}

// over reports whether the session has lived its time.
func (l *Live) over(now time.Time) bool { return !now.Before(l.expires) }

// ended reports whether the session's time is over, or yet to come: what was made
// or used while a clock was ahead lets nobody in.
func (l *Live) ended(now time.Time) bool {
	lastUsed := l.lastUsed.Load()
	if l.over(now) || clock.Ahead(l.created, now) || clock.Ahead(time.Unix(lastUsed, 0), now) {
		return true
	}
	return l.idle > 0 && now.Unix()-lastUsed >= int64(l.idle/time.Second)
}

// touchEvery is how often the last use is written at most.
const touchEvery = time.Minute

// used notes a use; it reports true when that is to be written.
func (l *Live) used(now time.Time) bool {
	l.lastUsed.Store(now.Unix())
	written := l.written.Load()
	return now.Unix()-written >= int64(touchEvery/time.Second) && l.written.CompareAndSwap(written, now.Unix())
}
