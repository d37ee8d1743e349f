package journey

import (
	"context"
	"errors"
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/session"
)

var (
	// ErrNotFound is returned for a journey or ticket that does not exist, has
	// ended, or was spent.
	ErrNotFound = errors.New("no such journey")
	// ErrFinished is returned by [Store.FinishJourney] where the journey
	// already left a session behind.
	ErrFinished = errors.New("journey already finished")
)

// Store keeps journeys and tickets. Results are copies.
type Store interface {
	CreateJourney(ctx context.Context, j Journey) error
	Journey(ctx context.Context, id string) (Journey, error) // ErrNotFound
	// UpdateJourney replaces a journey by what change makes of it, atomically:
	// no other update comes between. change may be called more than once with
	// fresher values and must have no effect of its own; its error is returned
	// as it is, and nothing is written. ErrNotFound where there is no such
	// journey.
	UpdateJourney(ctx context.Context, id string, change func(Journey) (Journey, error)) (Journey, error)
	// FinishJourney, atomically: marks the journey as finished by s.ID, keeps
	// the session and removes the sessions that it replaces. Of any number of
	// calls for one journey one succeeds, the others return ErrFinished. Where
	// the session that the journey goes on From is gone, nothing is written and
	// ErrNotFound returned.
	FinishJourney(ctx context.Context, id string, s session.Session, replaced ...session.Key) error

	CreateTicket(ctx context.Context, t Ticket) error
	// SpendTicket returns a ticket and removes it: of any number of calls one
	// succeeds, the others return ErrNotFound. Expiry is the caller's to check.
	SpendTicket(ctx context.Context, hash [32]byte) (Ticket, error)

	// SweepJourneys removes at most limit journeys and tickets that expired
	// before now, and returns how many it removed.
	SweepJourneys(ctx context.Context, now time.Time, limit int) (int, error)
}
