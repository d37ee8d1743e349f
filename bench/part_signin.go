package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/identity"
	"github.com/frontdesk-gateway/frontdesk/internal/password"
)

// generous are limits that let one client do what many do.
const generous = `limits {
			wrong_passwords_per_person 100
			sign_ins_per_client 1000000
			sign_ins_overall 10000000
			mails_overall 1000000
			failures_per_client 100000
			failures_overall 1000000
		}`

// Those who guess, and the connections of those who are signed in meanwhile.
const (
	guessing  = 64
	paceConns = 8
)

// hall is where people sign in.
type hall struct {
	*stage
	server   *server
	doorman  *actor
	guessers *actor
	hasher   *actor
	hash     time.Duration // that it takes to verify a password
	people   int
	come     int // so far
}

// measureSignIn tells how many can sign in, and how long others wait meanwhile.
func measureSignIn(ctx context.Context, l *lab) (_ []table, err error) {
	h, err := l.openHall(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, h.close()) }()
	journeys, err := h.journeys()
	if err != nil {
		return nil, err
	}
	flood, err := h.flood(ctx)
	return []table{journeys, flood}, err
}

// atOnce is how many sign in at once. Of passwords no more are taken than are
// let wait for their turn.
var atOnce = []struct {
	method string
	people int
}{{"email_token", 1}, {"email_token", 16}, {"email_token", 64}, {"password", 1}, {"password", 16}}

func (l *lab) openHall(ctx context.Context) (_ *hall, err error) {
	h := &hall{people: max(len(atOnce)*l.arriving, 1000)}
	if h.stage, err = l.newStage(ctx); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, h.close())
		}
	}()
	hash, err := h.costOfHash(ctx)
	if err != nil {
		return nil, err
	}
	d, err := l.makeDirectory(ctx, contactsOf(h.people), hash)
	if err != nil {
		return nil, err
	}
	var mail string
	for _, a := range []**actor{&h.doorman, &h.guessers} {
		if *a, err = h.engage(ctx, "signin"); err != nil {
			return nil, err
		}
		var addr string
		if err := (*a).hear(&addr); err != nil {
			return nil, err
		}
		if mail == "" {
			mail = addr
		}
	}
	if h.hasher, err = h.engage(ctx, "hash"); err != nil {
		return nil, err
	}
	site := guarded("frontdesk", d.Store)
	site.mail, site.option = mail, generous
	h.server, err = h.serve(ctx, site, defaultGC)
	return h, err
}

// costOfHash makes the hash that all have, and notes what verifying it takes.
func (h *hall) costOfHash(ctx context.Context) (string, error) {
	hasher := password.New(password.Options{})
	hash, err := hasher.Hash(ctx, benchPassword)
	if err != nil {
		return "", err
	}
	const times = 10
	begun := time.Now()
	for range times {
		if _, err := hasher.Verify(ctx, hash, benchPassword); err != nil {
			return "", err
		}
	}
	h.hash = time.Since(begun) / times
	return hash, nil
}

// journeys has people sign in, by each method.
func (h *hall) journeys() (table, error) {
	t := table{title: fmt.Sprintf("Whole journeys over HTTP, from the first page to the portal, %d of each:", h.lab.arriving),
		columns: []string{"method", "at once", "journeys/s", "p50 ms", "p99 ms", "ms of processor time each"},
		note: fmt.Sprintf("Each emailed code came by SMTP. Verifying a password takes %.1f ms of one processor (argon2id, %d KiB, %d passes); half of the processors do that at most.",
			millis(h.hash), leastMemory(), password.DefaultTime)}
	for _, c := range atOnce {
		before, err := h.server.cpu()
		if err != nil {
			return t, err
		}
		o, err := h.receive(h.doorman, arrivals{Method: c.method, First: h.come, Count: h.lab.arriving, AtOnce: c.people})
		if err != nil {
			return t, fmt.Errorf("%s, %d at once: %w", c.method, c.people, err)
		}
		h.come += h.lab.arriving
		after, err := h.server.cpu()
		if err != nil {
			return t, err
		}
		t.add("`"+c.method+"`", fmt.Sprint(c.people), fmt.Sprintf("%.0f", float64(h.lab.arriving)/o.Took.Seconds()),
			fmt.Sprintf("%.1f", millis(o.P50)), fmt.Sprintf("%.1f", millis(o.P99)), fmt.Sprintf("%.1f", millis(after-before)/float64(h.lab.arriving)))
	}
	return t, nil
}

func leastMemory() int {
	least, _ := password.MemoryBounds(password.DefaultTime)
	return least
}

func (h *hall) receive(by *actor, a arrivals) (o outcome, err error) {
	a.Origin, a.People = h.server.origin, h.people
	if err := by.ask(a, &o); err != nil {
		return o, err
	}
	return o, o.problem()
}

func (o outcome) problem() error {
	if o.Problem == "" {
		return nil
	}
	return errors.New(o.Problem)
}

// storm is one way of strangers to guess passwords.
type storm struct {
	name   string
	none   bool
	beside bool    // nobody guesses, but a program that is not Caddy verifies passwords
	rate   float64 // per second, of all who guess; 0: as fast as they can
	calm   []tally // what the one who is signed in met
	tried  []outcome
}

// storms take turns. A hundred guesses a second are more than can be verified;
// more than that takes the machine's time by itself, whatever is asked for. What
// one processor that verifies does to the others' requests, whoever does it, is
// told by the one beside.
func storms() []*storm {
	return []*storm{
		{name: "nobody guesses", none: true},
		{name: "nobody guesses, another program verifies one password after the other", beside: true},
		{name: "100 guesses per second", rate: 100},
		{name: fmt.Sprintf("as many as %d connections can", guessing)},
	}
}

// flood compares how long requests of somebody who is signed in take while
// passwords are guessed with how long they take else.
func (h *hall) flood(ctx context.Context) (t table, err error) {
	cookie, err := signIn(ctx, h.server.origin)
	if err != nil {
		return t, err
	}
	who := visitor{cookie, portalAnswer(benchUser, len(identity.HeaderNames)-1)}
	proxied := load{Target: h.server.target(portalPath, "", who), Connections: paceConns, Requests: int(h.lab.pace * h.lab.floodTime.Seconds()), Rate: h.lab.pace}
	all := storms()
	for range h.lab.floods {
		for _, s := range all {
			if err := h.weather(s, proxied); err != nil {
				return t, fmt.Errorf("%s: %w", s.name, err)
			}
		}
	}
	return h.floodTable(all), nil
}

// weather sends requests through a storm.
func (h *hall) weather(s *storm, proxied load) error {
	if s.none {
		t, err := h.send(proxied)
		s.calm = append(s.calm, t)
		return err
	}
	of, asked := h.guessers, any(arrivals{Origin: h.server.origin, People: h.people, First: h.come, AtOnce: guessing, For: h.stormTime(), Rate: s.rate})
	if s.beside {
		of, asked = h.hasher, h.stormTime()
	}
	if err := of.tell(asked); err != nil {
		return err
	}
	time.Sleep(time.Second / 2) // the first of them have come to the password
	t, sent := h.send(proxied)
	var o outcome
	if err := errors.Join(of.hear(&o), sent); err != nil {
		return err
	}
	h.come += (o.Guesses+o.Away)/guessesEach + guessing
	s.calm, s.tried = append(s.calm, t), append(s.tried, o)
	return o.problem()
}

// stormTime is longer than the requests take that go through it.
func (h *hall) stormTime() time.Duration { return h.lab.floodTime + time.Second }

func (h *hall) floodTable(all []*storm) table {
	t := table{title: fmt.Sprintf("Requests of somebody who is signed in, %.0f per second on time, while strangers guess passwords: medians of %d rounds of %s.", h.lab.pace, h.lab.floods, h.lab.floodTime),
		columns: []string{"", "p50 ms", "p99 ms", "times p99 when nobody guesses", "passwords verified/s", "turned away/s"},
		note:    "Who guesses runs on the same processors."}
	for _, s := range all {
		p99 := s.millis(func(a tally) time.Duration { return a.P99 })
		row := []string{s.name, spreadOf(s.millis(func(a tally) time.Duration { return a.P50 })).show(2), spreadOf(p99).show(2), "", "", ""}
		if !s.none {
			calm := all[0].millis(func(a tally) time.Duration { return a.P99 })
			row[3] = spreadOf(ratios(p99, calm)).show(2)
			row[4] = spreadOf(s.rates(func(o outcome) int { return o.Guesses })).show(0)
			row[5] = spreadOf(s.rates(func(o outcome) int { return o.Away })).show(0)
		}
		t.add(row...)
	}
	return t
}

func (s *storm) millis(what func(tally) time.Duration) (values []float64) {
	for _, t := range s.calm {
		values = append(values, millis(what(t)))
	}
	return values
}

func (s *storm) rates(what func(outcome) int) (values []float64) {
	for _, o := range s.tried {
		values = append(values, float64(what(o))/o.Took.Seconds())
	}
	return values
}
