package gateway

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

// browserHeaders is what a browser sends with each request.
func browserHeaders(cookie string) http.Header {
	return http.Header{
		"Accept":                    {"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"},
		"Accept-Encoding":           {"gzip, deflate, br, zstd"},
		"Accept-Language":           {"en-US,en;q=0.5"},
		"Cookie":                    {"theme=dark; " + cookie + "; portal_session=0123456789abcdef0123456789abcdef"},
		"Sec-Fetch-Dest":            {"document"},
		"Sec-Fetch-Mode":            {"navigate"},
		"Sec-Fetch-Site":            {"same-origin"},
		"Upgrade-Insecure-Requests": {"1"},
		"User-Agent":                {"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"},
	}
}

// BenchmarkHandleSignedIn is the gateway's whole part of a request that goes on
// to the portal, of a session that is in memory, and of one that something
// changed under, so that it is read anew. The header's copy, without which a
// request could be measured only once, is measured by itself.
func BenchmarkHandleSignedIn(b *testing.B) {
	d := newDesk(b)
	cookie, _ := d.signIn()
	headers := browserHeaders(cookie)
	renew := func(into http.Header) {
		clear(into)
		for name, values := range headers {
			into[name] = values
		}
		into["Cookie"] = []string{headers["Cookie"][0]} // Handle changes it in place
	}
	r, w := httptest.NewRequest("GET", portal+"/tickets/7?sort=new", nil), httptest.NewRecorder()
	client := Client{URL: r.URL, IP: "203.0.113.7"}
	handle := func(b *testing.B) {
		renew(r.Header)
		if pass, _ := d.Handle(w, r, client); pass == nil || pass.judged().live == nil {
			b.Fatalf("status %d", w.Code)
		}
	}
	for _, c := range []struct {
		name string
		work func(*testing.B)
	}{
		{"handle", handle},
		{"handle, cold", func(b *testing.B) { d.sessions.Changed(nil, []string{"c-ann"}, nil, nil); handle(b) }},
		{"headers", func(*testing.B) { renew(r.Header) }},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				c.work(b)
			}
		})
	}
}
