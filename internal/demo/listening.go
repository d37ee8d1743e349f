package demo

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strconv"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
)

// PortError says that the port of the sites cannot be had.
type PortError struct {
	Port int
	Err  error
}

func (e *PortError) Error() string { return fmt.Sprintf("port %d cannot be used: %v", e.Port, e.Err) }
func (e *PortError) Unwrap() error { return e.Err }

// Listening is where the sites are served.
type Listening struct {
	Hosts []string // IP addresses
	Port  int
}

// listen finds out where the sites can be served: on loopback, IPv4 and, where
// the machine has it, IPv6, since browsers try either for the names below
// localhost; or on all addresses, for a container whose ports are published.
func listen(host string, port int) (Listening, error) {
	l := Listening{Hosts: []string{host}, Port: port}
	switch {
	case host == "":
		l.Hosts = loopbackHosts()
	case !slices.Contains([]string{"127.0.0.1", "0.0.0.0", "::"}, host):
		return l, fmt.Errorf("the demo cannot listen on %q: its names lead to this machine only; leave it out, or write 0.0.0.0 inside a container", host)
	}
	for _, host := range l.Hosts {
		listener, err := net.Listen("tcp", net.JoinHostPort(host, strconv.Itoa(l.Port)))
		if err != nil {
			return l, &PortError{port, err}
		}
		l.Port = listener.Addr().(*net.TCPAddr).Port
		if err := listener.Close(); err != nil { // Caddy opens it anew
			return l, &PortError{port, err}
		}
	}
	return l, nil
}

func loopbackHosts() []string {
	hosts := []string{"127.0.0.1"}
	if listener, err := net.Listen("tcp", "[::1]:0"); err == nil && listener.Close() == nil {
		hosts = append(hosts, "::1")
	}
	return hosts
}

// Exposed reports whether others than this machine can reach the sites.
func (l Listening) Exposed() bool { return !slices.Contains(l.Hosts, "127.0.0.1") }

// beside listens on the port after the sites', so that a container can publish
// both, or on a free one where that is taken.
func (l Listening) beside() (net.Listener, error) {
	listener, err := net.Listen("tcp", net.JoinHostPort(l.Hosts[0], strconv.Itoa(l.Port+1)))
	if err != nil {
		listener, err = net.Listen("tcp", net.JoinHostPort(l.Hosts[0], "0"))
	}
	return listener, err
}

// transport reaches the sites by their names, which not every machine resolves.
func (l Listening) transport() *http.Transport {
	address := net.JoinHostPort("127.0.0.1", strconv.Itoa(l.Port))
	return &http.Transport{DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, address)
	}}
}

func loopback() (net.Listener, error) { return net.Listen("tcp", "127.0.0.1:0") }

// Addresses are the origins of the sites.
type Addresses struct {
	Start     string
	Portals   map[directory.Platform]string
	Outbox    string
	Microsoft string // the stand-in
}

func newAddresses(port int) Addresses {
	origin := func(host string) string { return "http://" + net.JoinHostPort(host, strconv.Itoa(port)) }
	a := Addresses{Start: origin("localhost"), Outbox: origin("outbox.localhost"), Portals: map[directory.Platform]string{}}
	for _, platform := range directory.Platforms {
		a.Portals[platform] = origin(string(platform) + ".localhost")
	}
	return a
}

// Portal is one portal's origin.
func (a Addresses) Portal(p directory.Platform) string { return a.Portals[p] }
