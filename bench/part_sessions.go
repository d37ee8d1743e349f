package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/frontdesk-gateway/frontdesk/internal/identity"
)

// measureSessions tells what many live sessions cost: in memory, to find one, to
// list a person's, and to remove those that are over.
func measureSessions(ctx context.Context, l *lab) ([]table, error) {
	memory := table{title: "Live sessions in the store, and the heap of Caddy after a collection:",
		columns: []string{"sessions", "store MiB", "heap after the start, MiB", "of which sent a request", "heap then, MiB"},
		note:    "Memory holds a bounded number of sessions: what is more than that is read again."}
	each := table{columns: []string{""}}
	for _, n := range l.liveSessions {
		if err := l.addSessions(ctx, &memory, &each, n); err != nil {
			return nil, fmt.Errorf("%d sessions: %w", n, err)
		}
	}
	each.title = fmt.Sprintf("What is done with sessions, by the number of live ones: p50 / p99 in µs of %d reads. As many as a tenth of them are over, and removed in batches; "+
		"the longest batch is what others may have to wait for.", l.reads)
	return []table{memory, each}, nil
}

// perPerson is how many sessions each has.
const perPerson = 10

func (l *lab) addSessions(ctx context.Context, memory, each *table, n int) error {
	people := n / perPerson
	d, err := l.directory(ctx, people)
	if err != nil {
		return err
	}
	at, err := newAddress(false)
	if err != nil {
		return err
	}
	c, err := l.seed(ctx, d, seeding{origin: at.origin, people: people, sessions: n + n/10, expired: n / 10, told: len(identity.HeaderNames) - 1})
	if err != nil {
		return err
	}
	if err := l.addSessionTimes(ctx, each, n, c); err != nil { // before Caddy's housekeeping removes what is over
		return err
	}
	return l.addSessionMemory(ctx, memory, n, at, c)
}

func (l *lab) addSessionTimes(ctx context.Context, t *table, n int, c crowd) error {
	worker, err := engage(ctx, "sessions")
	if err != nil {
		return err
	}
	var found sessionTimes
	if err := errors.Join(worker.ask(sessionWork{Store: c.store, Visitors: c.visitors, People: n / perPerson, Reads: l.reads}, &found), worker.close()); err != nil {
		return err
	}
	t.columns = append(t.columns, fmt.Sprint(n))
	for i, row := range [][2]string{
		{"find the session of a cookie that memory does not hold", found.Find.show()},
		{"list the sessions of a person", found.List.show()},
		{"sessions that were over", fmt.Sprint(found.Swept)},
		{"remove them, ms", fmt.Sprintf("%.0f", millis(found.Sweep))},
		{"a batch", found.Batch.show()},
		{"the longest batch, ms", fmt.Sprintf("%.1f", millis(found.Longest))},
	} {
		if len(t.rows) == i {
			t.add(row[0])
		}
		t.rows[i] = append(t.rows[i], row[1])
	}
	return nil
}

func (l *lab) addSessionMemory(ctx context.Context, t *table, n int, at address, c crowd) (err error) {
	s, err := l.newStage(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	size, err := sizeOf(c.store)
	if err != nil {
		return err
	}
	v, err := s.serveAt(ctx, at, guarded("frontdesk", c.store), defaultGC)
	if err != nil {
		return err
	}
	before, err := v.heapAtRest(ctx)
	if err != nil {
		return err
	}
	target := v.target(portalPath, "")
	target.Crowd = c.visitors
	sent := min(n, l.seen)
	if _, err := s.send(load{Target: target, Connections: cpuConnections, Requests: sent}); err != nil {
		return err
	}
	after, err := v.heapAtRest(ctx)
	t.add(fmt.Sprint(n), mebibytes(uint64(size)), mebibytes(before), fmt.Sprint(sent), mebibytes(after)) // #nosec G115 -- the size of a file
	return err
}
