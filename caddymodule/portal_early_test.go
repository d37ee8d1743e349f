package caddymodule

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/quic-go/quic-go"
)

// tickets tells when the server has sent a ticket, by which a next connection
// can begin with early data.
type tickets struct {
	tls.ClientSessionCache
	came chan struct{}
}

func (c tickets) Put(key string, state *tls.ClientSessionState) {
	c.ClientSessionCache.Put(key, state)
	if state != nil {
		select {
		case c.came <- struct{}{}:
		default:
		}
	}
}

// deafConn hears nothing of the server until it may: so the handshake is not
// done, for as long as a test needs.
type deafConn struct {
	net.PacketConn // an interface, so that nothing is read past it
	hear           chan struct{}
}

func (c deafConn) ReadFrom(p []byte) (int, net.Addr, error) {
	<-c.hear
	return c.PacketConn.ReadFrom(p)
}

// awaitAnswer waits until Caddy has answered a request with a status.
func awaitAnswer(t *testing.T, status string) {
	t.Helper()
	active := caddy.ActiveContext()
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		families, err := active.GetMetricsRegistry().Gather()
		if err != nil {
			t.Fatal(err)
		}
		for _, family := range families {
			for _, metric := range family.GetMetric() {
				for _, label := range metric.GetLabel() {
					if label.GetName() == "code" && label.GetValue() == status {
						return
					}
				}
			}
		}
	}
	t.Fatalf("nothing was answered with %s", status)
}

// TestEarlyData: HTTP/3 takes requests before the handshake is done, which
// anybody may have recorded (RFC 8470). Those that change something get 425;
// the others pass, and reverse_proxy tells the portal what they are.
func TestEarlyData(t *testing.T) {
	s := besiege(t, "https", "metrics")
	config := s.quicTLS()
	cache := tickets{tls.NewLRUClientSessionCache(1), make(chan struct{}, 1)}
	config.ClientSessionCache = cache
	first, err := quic.DialAddr(t.Context(), fmt.Sprint("127.0.0.1:", s.port), config, nil)
	if err != nil {
		t.Fatal(err)
	}
	select {
	case <-cache.came:
	case <-time.After(30 * time.Second):
		t.Fatal("no ticket came")
	}
	first.CloseWithError(0, "")

	socket, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	deaf := deafConn{socket, make(chan struct{})}
	transport := &quic.Transport{Conn: deaf}
	defer transport.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	conn, err := transport.DialEarly(ctx, &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: s.port}, config, nil)
	if err != nil {
		t.Fatal(err)
	}
	ask := func(method string) *quic.Stream {
		return s.sendH3(conn, s.pseudo(sent{method: method, path: "/x", fields: []field{{"Cookie", s.cookie}}}), "", nil)
	}
	post := ask("POST")
	awaitAnswer(t, "425") // it is judged before the handshake can be done
	for range 3 {
		get := ask("GET")
		defer func() {
			if status := readStatusH3(get); status != 200 {
				t.Errorf("GET: %d", status)
			}
		}()
		if got, want := sorted(s.portal.wait(ctx, t)), s.expected("3.0", "GET /x", true, []string{"Early-Data: 1"}, ""); got != want {
			t.Errorf("received\n%s", lineDiff(got, want))
		}
	}
	close(deaf.hear)
	if status := readStatusH3(post); status != 425 {
		t.Errorf("POST: %d", status)
	}
	if !conn.ConnectionState().Used0RTT {
		t.Error("there was no early data")
	}
	if more := s.portal.take(); len(more) != 0 {
		t.Errorf("received %q", more)
	}
}
