package gateway

import (
	"context"
	"net/http"
	"slices"
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
	return slices.ContainsFunc(r.Header["Accept"], namesEventStream)
}

// namesEventStream looks for the type of event streams, in whatever case, at the
// hyphens: few other types have one.
func namesEventStream(accept string) bool {
	const name, before = "text/event-stream", len("text/event")
	for at := 0; ; at++ {
		i := strings.IndexByte(accept[at:], '-')
		if i < 0 {
			return false
		}
		at += i
		from, to := at-before, at-before+len(name)
		if from >= 0 && to <= len(accept) && strings.EqualFold(accept[from:to], name) {
			return true
		}
	}
}

// hold ties a request that stays open to its session.
func (g *Gateway) hold(ctx context.Context, live *session.Live, path string) *Stream {
	s := &Stream{}
	s.ctx, s.cancel = context.WithCancel(ctx)
	s.letGo = g.sessions.Hold(live, func() {
		g.log.Debug("closing a request that is open: its session is over, or changed", "session", live.Facts().Session, "path", path)
		s.cancel()
	})
	context.AfterFunc(s.ctx, s.letGo)
	return s
}
