package caddymodule

import "testing"

// TestHotRequestAllocates at most four times in the handler: what the portal
// answers through, with room for the headers' values, which no two requests may share; a Cookie header without ours,
// where others stand on both sides; and twice where the request's map has no room
// for the headers.
func TestHotRequestAllocates(t *testing.T) {
	w := newWorld(t)
	w.start()
	for _, c := range []struct {
		name     string
		path     string
		signedIn bool
		names    map[string]string
		most     float64
	}{
		{"all headers", "/tickets/7?sort=new", true, nil, 4},
		{"four headers", "/tickets/7?sort=new", true, only(fourHeaders...), 4},
		{"no headers", "/tickets/7?sort=new", true, only(), 2},
		{"a public path", "/public", true, nil, 4},
		{"a public path, nobody", "/public", false, nil, 2},
	} {
		b := newBench(t, w, c.path, c.signedIn, c.names)
		without := testing.AllocsPerRun(1000, b.reset)
		with := testing.AllocsPerRun(1000, func() { b.reset(); b.serve(t) })
		if with-without > c.most {
			t.Errorf("%s: %v allocations, want %v at most", c.name, with-without, c.most)
		}
	}
}
