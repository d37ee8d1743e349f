package emailtoken

import (
	"testing"
	"time"
)

// BenchmarkToken is what an emailed token costs, without its mail.
func BenchmarkToken(b *testing.B) {
	token, secrets := New(binding, now.Add(time.Minute), 5)
	b.Run("draw", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			New(binding, now.Add(time.Minute), 5)
		}
	})
	b.Run("code", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := token.CheckCode(binding, secrets.Code, now); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("link", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := token.CheckLink(secrets.Link, now); err != nil {
				b.Fatal(err)
			}
		}
	})
}
