package caddymodule

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"testing"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/frontdesk-gateway/frontdesk/internal/gateway"
	"github.com/frontdesk-gateway/frontdesk/internal/identity"
)

// bench is a handler of its own at the running app, and one request of a browser
// that comes to it again and again. What the server does for each request is
// done once.
type bench struct {
	handler  *Handler
	sent     http.Header // as it came
	host     string
	request  *http.Request
	replacer *caddy.Replacer
	before   caddy.Replacer // as the server makes it
	answer   http.ResponseWriter
	next     caddyhttp.Handler
	passed   bool
}

// only drops all of the gateway's headers but some.
func only(kept ...string) map[string]string {
	names := map[string]string{}
	for _, name := range identity.HeaderNames {
		if !slices.Contains(kept, name) {
			names[name] = "off"
		}
	}
	return names
}

var fourHeaders = []string{identity.HeaderUser, identity.HeaderEmail, identity.HeaderGroups, identity.HeaderAccountID}

// newBench signs somebody in, or nobody, and has them come to a path.
func newBench(tb testing.TB, w *world, path string, signedIn bool, names map[string]string) *bench {
	tb.Helper()
	module, err := caddy.ActiveContext().AppIfConfigured("frontdesk")
	if err != nil {
		tb.Fatal(err)
	}
	b := &bench{sent: browserHeaders(w, signedIn), answer: httptest.NewRecorder()}
	b.handler = &Handler{Platform: "client", app: module.(*App), names: names}
	if b.handler.public, err = gateway.ParsePublic([]string{"/public"}); err != nil {
		tb.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodGet, w.origin("client")+path, nil)
	b.replacer, b.host = caddy.NewReplacer(), r.Host
	b.request = caddyhttp.PrepareRequest(r, b.replacer, b.answer, &caddyhttp.Server{})
	b.before = *b.replacer
	b.next = caddyhttp.HandlerFunc(func(http.ResponseWriter, *http.Request) error { b.passed = true; return nil })
	b.reset()
	b.serve(tb)
	return b
}

// browserHeaders is what a browser sends when a person follows a link, with a
// portal's own cookies before and after the gateway's.
func browserHeaders(w *world, signedIn bool) http.Header {
	h := http.Header{
		"Accept":                    {"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"},
		"Accept-Encoding":           {"gzip, deflate, br, zstd"},
		"Accept-Language":           {"en-US,en;q=0.5"},
		"Connection":                {"keep-alive"},
		"Priority":                  {"u=0, i"},
		"Referer":                   {w.origin("client") + "/tickets"},
		"Sec-Fetch-Dest":            {"document"},
		"Sec-Fetch-Mode":            {"navigate"},
		"Sec-Fetch-Site":            {"same-origin"},
		"Sec-Fetch-User":            {"?1"},
		"Upgrade-Insecure-Requests": {"1"},
		"User-Agent":                {"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"},
	}
	cookies := "theme=dark"
	if signedIn {
		v := w.visitor()
		v.signIn(w.t)
		at, err := url.Parse(w.origin("client") + "/")
		if err != nil {
			w.t.Fatal(err)
		}
		for _, cookie := range v.client.Jar.Cookies(at) {
			cookies += "; " + cookie.String()
		}
	}
	h["Cookie"] = []string{cookies + "; portal_session=0123456789abcdef0123456789abcdef"}
	return h
}

// reset makes the request one that just came. net/http makes the map with room
// for the lines of the request, Host's among them.
func (b *bench) reset() {
	h := make(http.Header, len(b.sent)+1)
	values := make([]string, len(b.sent))
	for name, sent := range b.sent {
		values[0] = sent[0]
		h[name], values = values[:1:1], values[1:]
	}
	b.request.Header, b.request.Host, *b.replacer = h, b.host, b.before
}

func (b *bench) serve(tb testing.TB) {
	b.passed = false
	if err := b.handler.ServeHTTP(b.answer, b.request, b.next); err != nil || !b.passed {
		tb.Fatalf("not passed: %v, %v", err, b.answer)
	}
}

// told are the headers that the handler set.
func (b *bench) told() (names []string) {
	for name := range b.request.Header {
		if _, sent := b.sent[name]; !sent {
			names = append(names, name)
		}
	}
	return names
}

// BenchmarkHandler is the whole handler: Caddy's context read, headers stripped,
// cookie looked up, identity set, placeholders offered. Making the request anew
// is a part of each figure, and the first one by itself. The second one is the
// least that setting headers takes: net/http makes the request's map without room
// to spare, so that it grows; the last figure is that of a map that has it. A
// session that is not in memory is measured in internal/gateway.
func BenchmarkHandler(b *testing.B) {
	w := newWorld(b)
	w.start()
	run := func(name string, work func()) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				work()
			}
		})
	}
	served := func(name string, m *bench) { run(name, func() { m.reset(); m.serve(b) }) }
	full := newBench(b, w, "/tickets/7?sort=new", true, nil)
	told := full.told()
	run("reset", full.reset)
	run("reset, and the same headers set", func() {
		full.reset()
		values := new(identity.Values)
		for i, name := range told {
			full.request.Header[name] = values[i : i+1 : i+1]
		}
	})
	served("hot/full headers", full)
	served("hot/four headers", newBench(b, w, "/tickets/7?sort=new", true, only(fourHeaders...)))
	served("hot/none", newBench(b, w, "/tickets/7?sort=new", true, only()))
	served("public path", newBench(b, w, "/public", false, nil))
	run("hot/full headers, room in the map", func() {
		h := full.request.Header
		clear(h)
		maps.Copy(h, full.sent)
		h["Cookie"] = []string{full.sent["Cookie"][0]} // is changed in place
		full.request.Host, *full.replacer = full.host, full.before
		full.serve(b)
	})
}
