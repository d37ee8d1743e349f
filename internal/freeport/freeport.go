// Package freeport chooses TCP ports for tests that must know a port before a
// server of another making listens on it.
package freeport

import (
	"errors"
	"math/rand/v2"
	"net"
	"strconv"
	"sync"
)

// The ports lie below those that systems give to connections and to listeners
// that leave the choice to them (Linux: 32768 and up; RFC 6335, 6: 49152 and
// up). One of those could be taken between the choice and its use, and was.
const first, last = 20_000, 32_000

var (
	mu     sync.Mutex
	chosen = map[int]bool{}
)

// Choose returns a port on which nothing listens, a new one with each call.
func Choose() (int, error) {
	mu.Lock()
	defer mu.Unlock()
	for range 1000 {
		port := first + rand.IntN(last-first)
		if chosen[port] || !free(port) {
			continue
		}
		chosen[port] = true
		return port, nil
	}
	return 0, errors.New("no free port was found")
}

// free reports whether all addresses of the machine have the port free.
func free(port int) bool {
	l, err := net.Listen("tcp", ":"+strconv.Itoa(port))
	if err != nil {
		return false
	}
	return l.Close() == nil
}
