package mail

import (
	"context"
	"crypto/tls"
	"errors"
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
	conn = &bounded{Conn: conn, left: maxAnswers}
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

// maxAnswers bounds all that a server says on one connection, in bytes, the
// handshake of TLS included. The library reads a line whole, however long.
const maxAnswers = 256 << 10

var errTalkative = errors.New("the mail server says more than it should")

// bounded is a connection that does not hear a server out.
type bounded struct {
	net.Conn
	left int
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errTalkative
	}
	n, err := b.Conn.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}

// close ends the connection, if there is one yet; the mail's outcome is known
// by now, so its error tells nothing.
func (l *line) close() {
	if l.conn != nil {
		l.stop()
		_ = l.conn.Close()
	}
}
