package caddymodule

import (
	"io"
	"net/http"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/frontdesk-gateway/frontdesk/internal/gateway"
)

// answerWriter is where what comes after the gateway answers: it sets no cookie of
// the gateway's.
type answerWriter struct {
	caddyhttp.ResponseWriterWrapper
	begun bool
}

// WriteHeader is called again after each interim answer, whose headers browsers
// take, too.
func (w *answerWriter) WriteHeader(status int) {
	gateway.DropOwnCookies(w.Header())
	w.begun = w.begun || status >= http.StatusOK
	w.ResponseWriterWrapper.WriteHeader(status)
}

func (w *answerWriter) Write(p []byte) (int, error) {
	w.begin()
	return w.ResponseWriterWrapper.Write(p)
}

// ReadFrom implements io.ReaderFrom.
func (w *answerWriter) ReadFrom(r io.Reader) (int64, error) {
	w.begin()
	return w.ResponseWriterWrapper.ReadFrom(r)
}

// FlushError is what http.ResponseController calls.
func (w *answerWriter) FlushError() error {
	w.begin()
	return http.NewResponseController(w.ResponseWriter).Flush()
}

// begin comes before what sends the headers by itself.
func (w *answerWriter) begin() {
	if !w.begun {
		w.begun = true
		gateway.DropOwnCookies(w.Header())
	}
}

// Interface guards
var (
	_ http.ResponseWriter = (*answerWriter)(nil)
	_ io.ReaderFrom       = (*answerWriter)(nil)
)
