package caddymodule

import (
	"context"
	"io"
	"net/http"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/frontdesk-gateway/frontdesk/internal/gateway"
)

// tied returns a request that stays open as the portal's handler gets it: it
// ends with its session.
func tied(w http.ResponseWriter, r *http.Request, stream *gateway.Stream) (http.ResponseWriter, *http.Request) {
	ctx := stream.Context()
	return &streamWriter{&caddyhttp.ResponseWriterWrapper{ResponseWriter: w}, ctx}, r.WithContext(ctx)
}

// streamWriter writes nothing once the context is cancelled. The tunnels and
// streams of reverse_proxy end by the context itself; its transport for FastCGI
// takes no note of that, and would pass on what a portal says later.
//
// A deadline for writing would do the same without a wrapper, but what Caddy
// stands between for its own timeouts may be used by one goroutine only.
type streamWriter struct {
	*caddyhttp.ResponseWriterWrapper
	ctx context.Context
}

func (w *streamWriter) Write(p []byte) (int, error) {
	if err := w.ctx.Err(); err != nil {
		return 0, err
	}
	return w.ResponseWriterWrapper.Write(p)
}

// ReadFrom implements io.ReaderFrom, each piece by Write.
func (w *streamWriter) ReadFrom(r io.Reader) (int64, error) {
	return io.Copy(struct{ io.Writer }{w}, r)
}

// Interface guards
var (
	_ http.ResponseWriter = (*streamWriter)(nil)
	_ io.ReaderFrom       = (*streamWriter)(nil)
)
