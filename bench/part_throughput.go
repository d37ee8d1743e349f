package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/frontdesk-gateway/frontdesk/internal/identity"
)

// way is one way to send requests.
type way struct {
	http2       bool
	connections int
	crowd       bool // each request is another person's
}

func (s scale) ways(crowd bool) (all []way) {
	for _, http2 := range []bool{false, true} {
		for _, connections := range s.connections {
			all = append(all, way{http2, connections, crowd})
		}
	}
	return all
}

func (w way) name(people int) string {
	name := "HTTP/1.1"
	if w.http2 {
		name = "HTTP/2"
	}
	if w.crowd {
		return fmt.Sprintf("%s, %d connections, %d sessions", name, w.connections, people)
	}
	return fmt.Sprintf("%s, %d connections, one session", name, w.connections)
}

// race is Frontdesk next to the bare proxy, and next to one that sets the same
// headers, all with TLS, before a crowd.
type race struct {
	*stage
	crowd                crowd
	bare, floor, guarded *server
	told                 string // the portal's answer to what floor sets
}

// measureThroughput compares how many requests are answered, and how fast.
func measureThroughput(ctx context.Context, l *lab) (_ []table, err error) {
	r, err := l.newRace(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.close()) }()
	t := table{
		title:   fmt.Sprintf("Requests over TLS, one after the other on each connection: medians of %d rounds of %d requests, with the quartiles of the ratios.", l.raceRounds, l.raceRequests),
		columns: []string{"", "requests/s", "alone", "ratio", "to headers", "p50 ms", "alone", "p99 ms", "alone", "ratio", "to headers", "processor time, ratio", "to headers"},
		note: "Frontdesk with all headers, next to `reverse_proxy` alone, and (\"to headers\") to `reverse_proxy` alone that sets the same headers by header_up. " +
			"Client and portal run on the same processors, and take part of them on all sides; " +
			"processor time is Caddy's alone. Of many sessions each came once right before, so that it is in memory, with an assertion that is good for some minutes.",
	}
	if err := r.runAll(&t, l.ways(false)); err != nil { // before a crowd fills the memory
		return nil, err
	}
	first, err := r.firstTime()
	if err != nil {
		return nil, err
	}
	return []table{t, first}, r.runAll(&t, l.ways(true))
}

func (r *race) runAll(t *table, ways []way) error {
	for _, w := range ways {
		row, err := r.run(w)
		if err != nil {
			return fmt.Errorf("%s: %w", w.name(r.lab.people), err)
		}
		t.add(row...)
	}
	return nil
}

func (l *lab) newRace(ctx context.Context) (_ *race, err error) {
	r := &race{}
	if r.stage, err = l.newStage(ctx); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, r.close())
		}
	}()
	d, err := l.directory(ctx, l.people)
	if err != nil {
		return nil, err
	}
	at, err := newAddress(true)
	if err != nil {
		return nil, err
	}
	if r.crowd, err = l.seed(ctx, d, seeding{origin: at.origin, people: l.people, sessions: l.people, told: len(identity.HeaderNames) - 1}); err != nil {
		return nil, err
	}
	if r.guarded, err = r.serveAt(ctx, at, guarded("frontdesk", r.crowd.store).overTLS(), defaultGC); err != nil {
		return nil, err
	}
	if r.bare, err = r.serve(ctx, alone.overTLS(), defaultGC); err != nil {
		return nil, err
	}
	set, err := floor(ctx, "reverse_proxy alone, all headers by header_up", identity.HeaderNames...)
	if err != nil {
		return nil, err
	}
	r.told = set.want
	r.floor, err = r.serve(ctx, set.site.overTLS(), defaultGC)
	return r, err
}

// target is what a way asks of one of them.
func (r *race) target(v *server, w way) (target, error) {
	t := v.target(portalPath, "")
	t.HTTP2, t.Crowd = w.http2, r.crowd.visitors
	switch v {
	case r.bare:
		t.Want = portalAnswer("", 0)
	case r.floor:
		t.Want = r.told
	}
	if w.crowd {
		return t, nil
	}
	all, err := readVisitors(t.Crowd)
	if err != nil {
		return t, err
	}
	t.Crowd, t.Visitors = "", all[:1]
	return t, nil
}

// leg is what came of one round of one of them.
type leg struct {
	tally
	rate, cpu float64 // requests per second; seconds
}

func (r *race) leg(v *server, w way, requests int) (g leg, err error) {
	asked := load{Connections: w.connections, Requests: requests}
	if asked.Target, err = r.target(v, w); err != nil {
		return g, err
	}
	before, err := v.cpu()
	if err != nil {
		return g, err
	}
	if g.tally, err = r.send(asked); err != nil {
		return g, fmt.Errorf("%s: %w", v.name, err)
	}
	after, err := v.cpu()
	g.rate, g.cpu = g.tally.rate(asked), (after - before).Seconds()
	return g, err
}

// onTheWay is how the crowd comes where that is not what is measured.
func (r *race) onTheWay() way { return way{connections: r.lab.connections[0], crowd: true} }

// passBy has each of the crowd come once, so that their sessions are in memory,
// and the assertions are good.
func (r *race) passBy() error {
	_, err := r.leg(r.guarded, r.onTheWay(), r.lab.people)
	return err
}

// firstTime has each of the crowd send a request, which nothing in memory knows
// yet.
func (r *race) firstTime() (table, error) {
	t := table{title: fmt.Sprintf("Each of %d sessions for the first time, by HTTP/1.1 on %d connections: read from the store, and its assertion signed.", r.lab.people, r.onTheWay().connections),
		columns: []string{"", "requests/s", "p99 ms", "µs of processor time per request"}}
	for _, v := range []*server{r.bare, r.guarded} {
		g, err := r.leg(v, r.onTheWay(), r.lab.people)
		if err != nil {
			return t, err
		}
		t.add(v.name, fmt.Sprintf("%.0f", g.rate), fmt.Sprintf("%.2f", millis(g.P99)), fmt.Sprintf("%.1f", g.cpu*1e6/float64(r.lab.people)))
	}
	return t, nil
}

// run has them take turns, there and back again.
func (r *race) run(w way) ([]string, error) {
	if w.crowd {
		if err := r.passBy(); err != nil {
			return nil, err
		}
	}
	legs, turns := map[*server][]leg{}, []*server{r.guarded, r.bare, r.floor}
	for round := range r.lab.raceRounds + 1 {
		for _, v := range turns {
			g, err := r.leg(v, w, r.lab.raceRequests)
			if err != nil {
				return nil, err
			}
			if round > 0 { // the first opens the connections
				legs[v] = append(legs[v], g)
			}
		}
		slices.Reverse(turns)
	}
	return w.row(r.lab.people, legs[r.guarded], legs[r.bare], legs[r.floor]), nil
}

func (w way) row(people int, guarded, bare, floor []leg) []string {
	of := func(legs []leg, what func(leg) float64) (values []float64) {
		for _, g := range legs {
			values = append(values, what(g))
		}
		return values
	}
	median := func(legs []leg, what func(leg) float64, decimals int) string {
		return fmt.Sprintf("%.*f", decimals, spreadOf(of(legs, what)).median)
	}
	ratio := func(to []leg, what func(leg) float64) string {
		return spreadOf(ratios(of(guarded, what), of(to, what))).show(2)
	}
	rate := func(g leg) float64 { return g.rate }
	p50 := func(g leg) float64 { return millis(g.P50) }
	p99 := func(g leg) float64 { return millis(g.P99) }
	cpu := func(g leg) float64 { return g.cpu }
	return []string{w.name(people),
		median(guarded, rate, 0), median(bare, rate, 0), ratio(bare, rate), ratio(floor, rate),
		median(guarded, p50, 2), median(bare, p50, 2),
		median(guarded, p99, 2), median(bare, p99, 2), ratio(bare, p99), ratio(floor, p99), ratio(bare, cpu), ratio(floor, cpu)}
}
