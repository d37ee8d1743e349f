package freeport_test

import (
	"net"
	"strconv"
	"testing"

	"github.com/frontdesk-gateway/frontdesk/internal/freeport"
)

// TestChoose: ports differ, can be listened on, and are none that the system
// gives away by itself.
func TestChoose(t *testing.T) {
	seen := map[int]bool{}
	for range 50 {
		port, err := freeport.Choose()
		if err != nil {
			t.Fatal(err)
		}
		if seen[port] || port < 1024 || port >= 32768 {
			t.Errorf("port %d", port)
		}
		seen[port] = true
		l, err := net.Listen("tcp", ":"+strconv.Itoa(port))
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
	}
}
