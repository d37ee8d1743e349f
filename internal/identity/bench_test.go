package identity

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"net/http"
	"testing"
	"time"
)

// BenchmarkSign is an assertion, of which a session needs one every few minutes,
// and the signature in it alone.
func BenchmarkSign(b *testing.B) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("assertion", func(b *testing.B) {
		facts, key, now := contactFacts(), testSigner{private}, time.Now()
		b.ReportAllocs()
		for b.Loop() {
			if _, err := Sign(facts, "https://portal.example", "https://alias.example", key, now); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("signature", func(b *testing.B) {
		var digest [32]byte
		b.ReportAllocs()
		for b.Loop() {
			if _, _, err := ecdsa.Sign(rand.Reader, private, digest[:]); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkStamp is what setting the headers on a request costs, in a map with
// room for them.
func BenchmarkStamp(b *testing.B) {
	stamp, h := NewStamp(contactFacts(), NewNames(nil)), http.Header{}
	b.ReportAllocs()
	for b.Loop() {
		stamp.Set(h, new(Values), "jwt")
	}
}
