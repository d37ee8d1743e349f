package mail

import (
	"context"
	"crypto/tls"
	"net"
)

// line is the connection below the library. It ends with ctx, which the
// library would heed in the dial only, and is closed on every way out, also
// those on which the library loses it.
type line struct {
	ctx  context.Context
	tls  *tls.Config // for implicit TLS
	conn net.Conn
	stop func() bool
}

// dial returns a *tls.Conn for implicit TLS: by its type the library knows
// that it is protected. The library's own ctx ends when the dial is over.
func (l *line) dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := new(net.Dialer).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	l.conn = conn
	l.stop = context.AfterFunc(l.ctx, func() { _ = conn.Close() })
	if l.tls == nil {
		return conn, nil
	}
	secured := tls.Client(conn, l.tls)
	if err := secured.HandshakeContext(ctx); err != nil {
		return nil, err
	}
	return secured, nil
}

// close ends the connection, if there is one yet; the mail's outcome is known
// by now, so its error tells nothing.
func (l *line) close() {
	if l.conn != nil {
		l.stop()
		_ = l.conn.Close()
	}
}
