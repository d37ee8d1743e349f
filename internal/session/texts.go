package session

import (
	"strings"

	"github.com/frontdesk-gateway/frontdesk/internal/identity"
)

// texts are all that stand in a session in memory, in one: the garbage collector has
// one object to find, and nothing to look at in it.
type texts struct {
	all  string
	ends [textCount]uint32 // of each in all
}

// Where they stand: first the values of the identity headers, which are what a
// portal is told; the assertion is none of them.
const (
	textOrigin = iota + identity.MostHeaders
	textPlatform
	textCookieName
	textCookieValue
	textCount
)

func newTexts(told identity.Values, s Session, c cookie) (t texts) {
	parts := [textCount]string{textOrigin: s.Origin, textPlatform: string(s.Platform), textCookieName: c.name, textCookieValue: c.value}
	copy(parts[:], told[:])
	t.all = strings.Join(parts[:], "")
	end := 0
	for i, part := range parts {
		end += len(part)
		t.ends[i] = uint32(end) // #nosec G115 -- a cookie and the names of a person are far smaller
	}
	return t
}

func (t *texts) at(i int) string {
	if i == 0 {
		return t.all[:t.ends[0]]
	}
	return t.all[t.ends[i-1]:t.ends[i]]
}
