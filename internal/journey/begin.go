package journey

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/limit"
)

// Begin is step 1: it judges the address that was typed and, where it can go
// on, makes a journey to the destination, which was checked. Nothing is stored
// for an address that cannot.
func (s *Service) Begin(ctx context.Context, v Visit, typed, destination string) (Outcome, error) {
	address, err := directory.ParseAddress(typed)
	if err != nil {
		return beginProblem("email_invalid", nil), nil
	}
	j := Journey{Origin: v.Origin.String(), Site: v.Site, Destination: destination, Address: address, Again: v.Again}
	if out, err := s.lookUp(ctx, v, j); err != nil || out.Problem != nil {
		return out, err
	}
	return s.beginAs(ctx, v, j)
}

// lookUp returns a problem where the address cannot go on. Those of one place are
// looked up one after the other: of many at once all would be looked up before the
// first is counted, and be told apart by which are slowed.
func (s *Service) lookUp(ctx context.Context, v Visit, j Journey) (Outcome, error) {
	client, around := limit.Networks(v.ClientIP)
	if client != "" {
		done, err := s.looking.take(ctx, cmp.Or(around, client))
		if err != nil {
			return Outcome{}, err
		}
		defer done()
	}
	// Asked before anything is known of the address, and for every address:
	// who tries many learns no more from being slowed.
	for _, subjects := range [][]limit.Subject{s.unknown(v), s.begins(v)} {
		if wait, err := s.Limits.Wait(ctx, subjects...); wait > 0 || err != nil {
			return beginTooMany(wait), err
		}
	}
	f, err := s.facts(ctx, j)
	if err != nil {
		return Outcome{}, err
	}
	if step := Next(j, f); step.Refusal == RefusedUnregistered {
		return s.unregistered(ctx, v)
	}
	return Outcome{}, nil
}

// beginAs makes a journey of somebody who is not signed in; where too many were
// begun it shows step 1.
func (s *Service) beginAs(ctx context.Context, v Visit, j Journey) (Outcome, error) {
	j, err := s.create(ctx, v, j)
	if tooMany, ok := errors.AsType[*TooManyError](err); ok {
		return beginTooMany(tooMany.Wait), nil
	}
	if err != nil {
		return Outcome{}, err
	}
	return s.advance(ctx, v, j)
}

// unregistered answers an address that cannot go on.
func (s *Service) unregistered(ctx context.Context, v Visit) (Outcome, error) {
	if wait, err := s.Limits.Count(ctx, s.unknown(v)...); wait > 0 || err != nil {
		return beginTooMany(wait), err
	}
	return beginProblem("email_unregistered", map[string]string{"support": string(s.Settings.Support)}), nil
}

func beginTooMany(wait time.Duration) Outcome {
	return slowed(beginProblem("too_many", waitArgs(wait)), wait)
}

func beginProblem(key string, args map[string]string) Outcome {
	return Outcome{Step: Step{Name: StepEmail}, Problem: &Problem{Field: "email", Key: "problem." + key, Args: args}}
}

// Page is the address of a journey's step. Each step has its own, so that the
// back button leads to what was asked before; an empty one is the next.
func (s *Service) Page(j Journey, step StepName) string {
	address := j.Origin + s.Settings.Prefix + "/sign-in?journey=" + j.ID
	if step != "" {
		address += "&step=" + string(step)
	}
	return address
}

func hashOf(secret string) [sha256.Size]byte { return sha256.Sum256([]byte(secret)) }
