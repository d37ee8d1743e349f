package main

import (
	"context"
	"errors"
)

// stage are the processes around Caddy, and the Caddys themselves.
type stage struct {
	lab     *lab
	portal  string // its address
	client  *actor // sends the requests
	actors  []*actor
	servers []*server
}

// newStage starts the portal and the client.
func (l *lab) newStage(ctx context.Context) (_ *stage, err error) {
	s := &stage{lab: l}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.close())
		}
	}()
	if s.portal, err = s.engageServer(ctx, "portal"); err != nil {
		return nil, err
	}
	s.client, err = s.engage(ctx, "load")
	return s, err
}

func (s *stage) engage(ctx context.Context, role string) (*actor, error) {
	a, err := engage(ctx, role)
	if err == nil {
		s.actors = append(s.actors, a)
	}
	return a, err
}

// engageServer starts a role that serves, and returns its address.
func (s *stage) engageServer(ctx context.Context, role string) (addr string, err error) {
	a, err := s.engage(ctx, role)
	if err != nil {
		return "", err
	}
	return addr, a.hear(&addr)
}

// serve starts a Caddy at a free port.
func (s *stage) serve(ctx context.Context, what site, gc []string) (*server, error) {
	at, err := newAddress(what.secure)
	if err != nil {
		return nil, err
	}
	return s.serveAt(ctx, at, what, gc)
}

func (s *stage) serveAt(ctx context.Context, at address, what site, gc []string) (*server, error) {
	v, err := s.lab.serveAt(ctx, at, what, s.portal, gc)
	if err == nil {
		s.servers = append(s.servers, v)
	}
	return v, err
}

// send has the client send requests, and returns its problem as an error.
func (s *stage) send(l load) (t tally, err error) {
	if err := s.client.ask(l, &t); err != nil {
		return t, err
	}
	if t.Problem != "" {
		return t, errors.New(t.Problem)
	}
	return t, nil
}

func (s *stage) close() error {
	var errs []error
	for _, v := range s.servers {
		errs = append(errs, v.close())
	}
	for _, a := range s.actors {
		errs = append(errs, a.close())
	}
	return errors.Join(errs...)
}
