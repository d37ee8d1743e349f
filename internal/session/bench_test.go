package session_test

import "testing"

// BenchmarkLookupHot is what a request with a session costs.
func BenchmarkLookupHot(b *testing.B) {
	d := newDesk(b)
	cookie, _ := d.signIn()
	d.finds(cookie)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := d.Lookup(b.Context(), cookieName, cookie); err != nil {
				b.Error(err)
			}
		}
	})
}

// BenchmarkLookupCold is the first request after a restart.
func BenchmarkLookupCold(b *testing.B) {
	d := newDesk(b)
	cookie, _ := d.signIn()
	b.ReportAllocs()
	for b.Loop() {
		d.Evict()
		d.finds(cookie)
	}
}
