package gateway

import (
	"io"
	"net/http"
	"slices"

	"github.com/frontdesk-gateway/frontdesk/internal/identity"
	"github.com/frontdesk-gateway/frontdesk/internal/session"
)

// Portal is where the portal answers.
type Portal interface {
	http.ResponseWriter
	// Stream is the request where it may stay open for long: the portal's part has
	// the context of it. nil for others, and without a session.
	Stream() *Stream
	// Over is called when the portal's part is over. What it has set may go out
	// later: with the answer that others make, where there was none but an error, or
	// with its own that a handler around keeps back, to whose headers trailers come.
	Over()
}

// onward is what a request that goes on takes with it: where the portal answers,
// who sets no cookie of the gateway's there, and room for the values of the identity
// headers, which are the request's own.
type onward struct {
	http.ResponseWriter
	begun  bool
	values identity.Values

	// stream is tied to the session: nothing is passed on when that is over. The
	// tunnels and streams of reverse_proxy end by the context itself; its transport for
	// FastCGI takes no note of that, and would pass on what a portal says later.
	stream *Stream

	// By these the answer is tied where it turns out to be an event stream, which a
	// request need not say. live is nil where there is no session, or the request is
	// tied already.
	gateway *Gateway
	r       *http.Request
	live    *session.Live
}

// Unwrap is for [http.ResponseController].
func (w *onward) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// WriteHeader is called again after each interim answer, whose headers browsers
// take, too.
func (w *onward) WriteHeader(status int) {
	dropOwnCookies(w.Header())
	if status >= http.StatusOK && !w.begun {
		w.begun = true
		w.tie()
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *onward) Write(p []byte) (int, error) {
	w.begin()
	if w.stream != nil {
		if err := w.stream.Context().Err(); err != nil {
			return 0, err
		}
	}
	return w.ResponseWriter.Write(p)
}

// tie ties an event stream to the session, of which nobody knew before. What reads
// from the portal cannot be told any more: nothing further is passed on.
func (w *onward) tie() {
	if w.live != nil && slices.ContainsFunc(w.Header()["Content-Type"], namesEventStream) {
		w.stream = w.gateway.hold(w.r.Context(), w.live, w.r.URL.Path)
	}
}

// ReadFrom implements io.ReaderFrom; of what is tied each piece by Write.
func (w *onward) ReadFrom(r io.Reader) (int64, error) {
	w.begin()
	if w.stream != nil {
		return io.Copy(struct{ io.Writer }{w}, r)
	}
	return io.Copy(w.ResponseWriter, r)
}

// FlushError is what http.ResponseController calls.
func (w *onward) FlushError() error {
	w.begin()
	return http.NewResponseController(w.ResponseWriter).Flush()
}

// Stream implements Portal.
func (w *onward) Stream() *Stream { return w.stream }

// Over implements Portal.
func (w *onward) Over() {
	dropOwnCookies(w.Header())
	if w.stream != nil {
		w.stream.Release()
	}
}

// begin comes before what sends the headers by itself.
func (w *onward) begin() {
	if !w.begun {
		w.begun = true
		dropOwnCookies(w.Header())
		w.tie()
	}
}

// Interface guards
var (
	_ Portal        = (*onward)(nil)
	_ io.ReaderFrom = (*onward)(nil)
)
