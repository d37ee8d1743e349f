package gateway

import (
	"io"
	"net/http"

	"github.com/frontdesk-gateway/frontdesk/internal/identity"
)

// Portal is where the portal answers.
type Portal interface {
	http.ResponseWriter
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
}

// Unwrap is for [http.ResponseController].
func (w *onward) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// WriteHeader is called again after each interim answer, whose headers browsers
// take, too.
func (w *onward) WriteHeader(status int) {
	dropOwnCookies(w.Header())
	w.begun = w.begun || status >= http.StatusOK
	w.ResponseWriter.WriteHeader(status)
}

func (w *onward) Write(p []byte) (int, error) {
	w.begin()
	return w.ResponseWriter.Write(p)
}

// ReadFrom implements io.ReaderFrom.
func (w *onward) ReadFrom(r io.Reader) (int64, error) {
	w.begin()
	return io.Copy(w.ResponseWriter, r)
}

// FlushError is what http.ResponseController calls.
func (w *onward) FlushError() error {
	w.begin()
	return http.NewResponseController(w.ResponseWriter).Flush()
}

// Over implements Portal.
func (w *onward) Over() { dropOwnCookies(w.Header()) }

// begin comes before what sends the headers by itself.
func (w *onward) begin() {
	if !w.begun {
		w.begun = true
		dropOwnCookies(w.Header())
	}
}

// Interface guards
var (
	_ Portal        = (*onward)(nil)
	_ io.ReaderFrom = (*onward)(nil)
)
