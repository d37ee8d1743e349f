package keyring_test

import (
	"testing"
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/keyring"
	"github.com/frontdesk-gateway/frontdesk/internal/store/memory"
)

// BenchmarkCookie is what sealing and opening a session's cookie costs.
func BenchmarkCookie(b *testing.B) {
	const name = "__Host-frontdesk"
	ring, err := keyring.Open(b.Context(), memory.New(), time.Hour, time.Now)
	if err != nil {
		b.Fatal(err)
	}
	secret := make([]byte, 32)
	value, err := ring.Seal(name, secret)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("seal", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := ring.Seal(name, secret); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("open", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, ok := ring.Open(name, value); !ok {
				b.Fatal("it does not open")
			}
		}
	})
	b.Run("made up", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, ok := ring.Open("another", value); ok {
				b.Fatal("it opens")
			}
		}
	})
}
