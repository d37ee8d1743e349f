package journey

import (
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
	// Asked before anything is known of the address, and for every address:
	// who tries many learns no more from being slowed.
	for _, subjects := range [][]limit.Subject{s.unknown(v), s.begins(v)} {
		if wait, err := s.Limits.Wait(ctx, subjects...); wait > 0 || err != nil {
			return beginTooMany(wait), err
		}
	}
	j := Journey{Origin: v.Origin.String(), Site: v.Site, Destination: destination, Address: address, Again: v.Again}
	f, err := s.facts(ctx, j)
	if err != nil {
		return Outcome{}, err
	}
	if step := Next(j, f); step.Refusal == RefusedUnregistered {
		return s.unregistered(ctx, v)
	}
	return s.beginAs(ctx, v, j)
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
