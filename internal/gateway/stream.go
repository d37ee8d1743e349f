package gateway

import (
	"context"
	"net/http"
	"strings"

	"github.com/frontdesk-gateway/frontdesk/internal/session"
)

// Stream is a request that may stay open at the portal for long, and ends with
// the session that it was let in by.
type Stream struct {
	ctx    context.Context
	cancel context.CancelFunc
	letGo  func()
}

// Context is the request's for the portal. It is cancelled when the session
// ends, and on release.
func (s *Stream) Context() context.Context { return s.ctx }

// Release lets go of the request. It is called when the portal's part is over;
// the end of the request itself does the same.
func (s *Stream) Release() {
	s.letGo()
	s.cancel()
}

// staysOpen reports whether a request asks for what stays open: a tunnel (RFC
// 9110, 7.8; RFC 8441) or an event stream. Requests of other kinds, downloads
// among them, end by themselves, and pay nothing here.
func staysOpen(r *http.Request) bool {
	if r.Header["Upgrade"] != nil || r.Method == http.MethodConnect {
		return true
	}
	for _, accept := range r.Header["Accept"] {
		if strings.Contains(strings.ToLower(accept), "text/event-stream") { // no copy where nothing is upper case
			return true
		}
	}
	return false
}

// hold ties a request that stays open to its session.
func (v *visit) hold(live *session.Live) *Stream {
	s := &Stream{}
	s.ctx, s.cancel = context.WithCancel(v.ctx())
	s.letGo = v.sessions.Hold(live, func() {
		v.log.Debug("closing a request that is open: its session is over, or changed", "session", live.ID, "path", v.client.URL.Path)
		s.cancel()
	})
	context.AfterFunc(s.ctx, s.letGo)
	return s
}
