package journey

import (
	"context"
	"crypto/sha256"
	"errors"
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
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
	if wait, err := s.Limits.Wait(ctx, s.begins(v)...); wait > 0 || err != nil {
		return beginTooMany(wait), err
	}
	// Each counts as unknown until it turns out not to be: of many that come at once
	// no more are told apart than one after the other.
	if wait, err := s.Limits.Count(ctx, s.unknown(v)...); wait > 0 || err != nil {
		return beginTooMany(wait), err
	}
	j := Journey{Origin: v.Origin.String(), Site: v.Site, Destination: destination, Address: address, Again: v.Again}
	f, err := s.facts(ctx, j)
	if step := Next(j, f); err == nil && step.Refusal == RefusedUnregistered {
		return beginProblem("email_unregistered", map[string]string{"support": string(s.Settings.Support)}), nil
	}
	if err = errors.Join(err, s.Limits.Forgive(context.WithoutCancel(ctx), s.unknown(v)...)); err != nil {
		return Outcome{}, err
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
