package identity

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"net/http"
	"testing"
)

// BenchmarkSignature is what of an assertion cannot be saved.
func BenchmarkSignature(b *testing.B) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		b.Fatal(err)
	}
	var digest [32]byte
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := ecdsa.Sign(rand.Reader, private, digest[:]); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkStamp is what setting the headers on a request costs, in a map with
// room for them.
func BenchmarkStamp(b *testing.B) {
	told, names, h := contactFacts().Values(), NewNames(nil), http.Header{}
	b.ReportAllocs()
	for b.Loop() {
		values := told
		names.Set(h, &values, "jwt")
	}
}
