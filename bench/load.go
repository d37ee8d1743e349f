package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// load is what the load client is asked to send.
type load struct {
	Target      target
	Connections int
	Requests    int     // altogether
	Rate        float64 // per second, on time whatever the answers do; 0: one after the other
}

// target is what is asked for. Each request is somebody's next in turn.
type target struct {
	Addr     string
	Host     string // with its port
	Path     string
	Trusted  string // file of the certificate to trust; empty: no TLS
	HTTP2    bool
	Basic    string // Authorization; empty: none
	Visitors []visitor
	Crowd    string // file of further visitors
	Want     string // what the portal answers to all; empty: what it answers to each
}

// visitors are all of them.
func (t target) visitors() (all []visitor, err error) {
	if t.Crowd != "" {
		all, err = readVisitors(t.Crowd)
	}
	all = append(all, t.Visitors...)
	for i := range all {
		all[i].Want = cmp.Or(t.Want, all[i].Want)
	}
	return all, err
}

// visitor is whom a request comes from, and what the portal has to answer them:
// an answer without it was not measured but failed.
type visitor struct{ Cookie, Want string }

// tally is what came of a load.
type tally struct {
	Took           time.Duration
	P50, P99, Most time.Duration
	Dialled        int // connections that were opened anew on the way
	Problem        string
}

// rate is in requests per second.
func (t tally) rate(of load) float64 { return float64(of.Requests) / t.Took.Seconds() }

// playLoad sends what it is asked to. Connections stay open between questions
// about one target.
func playLoad(in *json.Decoder, out *json.Encoder) error {
	pools := map[string]*pool{}
	for {
		var asked load
		if err := in.Decode(&asked); err != nil {
			return err
		}
		name := fmt.Sprint(asked.Target, asked.Connections)
		if pools[name] == nil {
			pools[name] = &pool{}
		}
		t, err := pools[name].send(asked)
		if err != nil {
			t.Problem = err.Error()
		}
		if err := out.Encode(t); err != nil {
			return err
		}
	}
}

// pool are the connections to one target.
type pool struct {
	connections []connection
	visitors    []visitor
	sent        int // requests so far: the next one is the next visitor's
}

// visitor is whose turn the i-th request is.
func (p *pool) visitor(i int) visitor { return p.visitors[i%len(p.visitors)] }

// connection sends one request after the other.
type connection interface {
	// ask sends a visitor's request and returns an error where the answer is not
	// what they want.
	ask(visitor) error
	// dialled counts how often it was opened.
	dialled() int
}

// warm is how many requests each connection sends before it counts.
const warm = 3

func (p *pool) send(asked load) (tally, error) {
	if p.connections == nil {
		if err := p.open(asked); err != nil {
			return tally{}, err
		}
	}
	return p.measure(asked)
}

// open opens the connections, with requests of the last visitors: the first ones
// are measured.
func (p *pool) open(asked load) (err error) {
	if p.visitors, err = asked.Target.visitors(); err != nil {
		return err
	}
	connect, err := asked.Target.connector()
	if err != nil {
		return err
	}
	for range asked.Connections {
		c := connect()
		for i := range warm {
			if err := c.ask(p.visitor(len(p.visitors) - 1 - i%len(p.visitors))); err != nil {
				return err
			}
		}
		p.connections = append(p.connections, c)
	}
	return nil
}

// measure has all connections take requests until all are sent.
func (p *pool) measure(asked load) (tally, error) {
	var (
		work   sync.WaitGroup
		next   atomic.Int64
		failed atomic.Pointer[error]
		took   = make([]time.Duration, asked.Requests)
		before = p.dialled()
		begun  = time.Now()
	)
	for _, c := range p.connections {
		work.Go(func() {
			for failed.Load() == nil {
				i := int(next.Add(1)) - 1
				if i >= asked.Requests {
					return
				}
				due := asked.wait(begun, i)
				if err := c.ask(p.visitor(p.sent + i)); err != nil {
					failed.CompareAndSwap(nil, &err)
				}
				took[i] = time.Since(due)
			}
		})
	}
	work.Wait()
	all := time.Since(begun)
	p.sent += asked.Requests
	if err := failed.Load(); err != nil {
		return tally{}, *err
	}
	slices.Sort(took)
	return tally{Took: all, P50: quantile(took, 0.5), P99: quantile(took, 0.99), Most: took[len(took)-1], Dialled: p.dialled() - before}, nil
}

// wait waits until the i-th request is due, and returns when that was: a
// request that is late because others were slow has waited, too.
func (l load) wait(begun time.Time, i int) time.Time {
	if l.Rate == 0 {
		return time.Now()
	}
	due := begun.Add(time.Duration(float64(i) / l.Rate * float64(time.Second)))
	time.Sleep(time.Until(due))
	return due
}

func (p *pool) dialled() (n int) {
	for _, c := range p.connections {
		n += c.dialled()
	}
	return n
}
