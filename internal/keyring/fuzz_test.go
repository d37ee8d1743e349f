package keyring_test

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/frontdesk-gateway/frontdesk/internal/keyring"
	"github.com/frontdesk-gateway/frontdesk/internal/store/memory"
)

// FuzzOpen changes a sealed cookie in one place: it opens where nothing
// changed, and under its own name only.
func FuzzOpen(f *testing.F) {
	f.Add([]byte("0123456789abcdef0123456789abcdef"), cookieName, 0, "")
	f.Add([]byte("0123456789abcdef0123456789abcdef"), "frontdesk", 3, "A")
	f.Add([]byte{}, cookieName, 90, "=")
	f.Add([]byte("\x00\xff"), cookieName, -1, "\r\n")
	f.Add(bytes.Repeat([]byte{'a'}, 300), "", 1000, "x")
	ring, err := keyring.Open(context.Background(), memory.New(), cookieLife, newClock().Now)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, secret []byte, name string, at int, with string) {
		value, err := ring.Seal(cookieName, secret)
		if err != nil || len(secret) == 0 {
			return // longer than a cookie may be, or nothing to keep
		}
		if opened, ok := ring.Open(cookieName, value); !ok || !bytes.Equal(opened, secret) {
			t.Fatalf("%q is opened as %q, %t", secret, opened, ok)
		}
		if _, ok := ring.Open(name, value); ok != (name == cookieName) {
			t.Errorf("opened as %q: %t", name, ok)
		}
		for _, changed := range changes(value, at, with) {
			if opened, ok := ring.Open(cookieName, changed); ok && changed != value {
				t.Errorf("%q is opened as %q, like %q", changed, opened, value)
			}
		}
		if opened, ok := ring.Open(name, with); ok {
			t.Errorf("%q is opened as %q", with, opened)
		}
	})
}

// changes puts a text into another, or in the place of what stands there, or
// cuts there.
func changes(value string, at int, with string) []string {
	at = (at%len(value) + len(value)) % len(value)
	end := min(at+len(with), len(value))
	return []string{value[:at] + with + value[at:], value[:at] + with + value[end:], value[:at], value + with, value[:len(value)-1] + with, strings.TrimRight(value, "=")}
}
