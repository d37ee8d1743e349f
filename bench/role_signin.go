package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/outbox"
)

// arrivals are people who come to sign in.
type arrivals struct {
	Origin string
	Method string // password, email_token, or empty for guesses at passwords
	First  int    // number of the first of them
	People int    // how many there are in the directory
	Count  int    // how many come
	AtOnce int
	For    time.Duration // of guesses
	Rate   float64       // of guesses, per second at most; 0: as fast as they can
}

// outcome is what came of it.
type outcome struct {
	Took     time.Duration
	P50, P99 time.Duration // of a whole journey
	Guesses  int           // that were judged
	Away     int           // that were turned away
	Problem  string
}

// doorman signs people in, and gets their mail.
type doorman struct{ mail *outbox.Server }

// playSignIn writes the address of a mail server, and then has people arrive.
func playSignIn(in *json.Decoder, out *json.Encoder) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	d := &doorman{outbox.New(outbox.Options{})}
	go func() { _ = d.mail.Serve(l) }() // it ends with the process
	if err := out.Encode(l.Addr().String()); err != nil {
		return err
	}
	for {
		var asked arrivals
		if err := in.Decode(&asked); err != nil {
			return err
		}
		if err := out.Encode(d.receive(context.Background(), asked)); err != nil {
			return err
		}
	}
}

func (d *doorman) receive(ctx context.Context, asked arrivals) (o outcome) {
	var err error
	if asked.Method == "" {
		o, err = guess(ctx, asked)
	} else {
		o, err = d.signIn(ctx, asked)
	}
	if err != nil {
		o.Problem = err.Error()
	}
	return o
}

// signIn has each of them go the whole way.
func (d *doorman) signIn(ctx context.Context, asked arrivals) (o outcome, err error) {
	took := make([]time.Duration, asked.Count)
	begun := time.Now()
	err = asked.together(func(i int) error {
		if i >= asked.Count {
			return errEnough
		}
		arrived := time.Now()
		defer func() { took[i] = time.Since(arrived) }()
		return d.one(ctx, asked, asked.First+i)
	})
	o.Took = time.Since(begun)
	slices.Sort(took)
	o.P50, o.P99 = quantile(took, 0.5), quantile(took, 0.99)
	return o, err
}

var errEnough = errors.New("enough")

// together calls do for 0, 1 and so on, as many at once as are asked for, until
// one returns an error.
func (a arrivals) together(do func(i int) error) error {
	var (
		work   sync.WaitGroup
		next   atomic.Int64
		failed = make(chan error, a.AtOnce)
	)
	for range a.AtOnce {
		work.Go(func() {
			for {
				if err := do(int(next.Add(1)) - 1); err != nil {
					failed <- err
					return
				}
			}
		})
	}
	work.Wait()
	close(failed)
	for err := range failed {
		if !errors.Is(err, errEnough) {
			return err
		}
	}
	return nil
}

func (d *doorman) one(ctx context.Context, asked arrivals, i int) error {
	b, err := newBrowser(asked.Origin)
	if err != nil {
		return err
	}
	defer b.close()
	email := personEmail(i % asked.People)
	if asked.Method == "password" {
		return b.signIn(ctx, email, asked.Method, func() (string, string, error) { return "password", benchPassword, nil })
	}
	return b.signIn(ctx, email, asked.Method, func() (string, string, error) {
		ctx, cancel := context.WithTimeout(ctx, time.Minute)
		defer cancel()
		mail, err := d.mail.Wait(ctx, func(m outbox.Mail) bool { return strings.Contains(m.To, email) })
		return "code", mail.Code(), err
	})
}

// guessesEach is how many passwords are guessed in a journey.
const guessesEach = 4

// guess has strangers guess passwords, until the time is over.
func guess(ctx context.Context, asked arrivals) (o outcome, err error) {
	var made, judged, away atomic.Int64
	begun := time.Now()
	pace := load{Rate: asked.Rate}
	err = asked.together(func(i int) error {
		b, err := newBrowser(asked.Origin)
		if err != nil {
			return err
		}
		defer b.close()
		p, err := b.untilProof(ctx, personEmail((asked.First+i)%asked.People), "password")
		for range guessesEach {
			if err != nil || time.Since(begun) > asked.For {
				break
			}
			pace.wait(begun, int(made.Add(1)))
			var answer page
			if answer, err = b.post(ctx, p, "prove", "password", fmt.Sprintf("is it this one, %d?", i)); err != nil {
				break
			}
			if answer.StatusCode == http.StatusUnprocessableEntity {
				judged.Add(1)
			} else {
				away.Add(1)
			}
		}
		if err == nil && time.Since(begun) > asked.For {
			err = errEnough
		}
		return err
	})
	return outcome{Took: time.Since(begun), Guesses: int(judged.Load()), Away: int(away.Load())}, err
}
