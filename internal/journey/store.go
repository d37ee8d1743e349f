package journey

import (
	"context"
	"errors"
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/session"
)

var (
	// ErrNotFound is returned for a journey or ticket that does not exist, has
	// ended, or was spent.
	ErrNotFound = errors.New("no such journey")
	// ErrFinished is returned by [Store.FinishJourney] where the journey
	// already left a session behind.
	ErrFinished = errors.New("journey already finished")
	// ErrOutdated is returned by [Store.FinishJourney] where a password that
	// was proved is no longer the one that is set, or the person is not let in
	// any more.
	ErrOutdated = errors.New("the directory has changed since the journey was judged")
)

// PasswordChange makes of a journey and a password what is to be kept of both.
type PasswordChange func(Journey, directory.Password) (Journey, directory.Password, error)

// Ending tells what ends of what an address has; nil: nothing of that.
type Ending struct {
	Sessions func(session.Session) bool
	// Journeys is asked of each that is not finished: of what strangers began as well,
	// who know the address.
	Journeys func(Journey) bool
	// Browsers are those in which all ends that was begun, with whatever address.
	Browsers []session.Browser
}

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
	// ErrNotFound returned; ErrOutdated where a proof of the session does not
	// hold any more (see [session.Proof.Holds]), or its entity is gone or lets
	// nobody in by it (see [session.Session.OfContact]).
	FinishJourney(ctx context.Context, id string, s session.Session, replaced ...session.Key) error

	// UpdatePassword replaces, as UpdateJourney does and in one step with it, a
	// password as well; change is given the zero one where none is set. As
	// with [directory.Editor.SetPassword] the sessions of all entities of the
	// address end, but for the one that the journey goes on From, and the other
	// journeys that are pending ([Journey.Pending]). Where that session is gone, nothing is written and
	// ErrNotFound returned, after an error of change: a second click is told by that.
	UpdatePassword(ctx context.Context, id string, owner directory.PasswordOwner, change PasswordChange) (Journey, error)

	// EndJourneys removes the journeys that were begun in a browser: also those that are
	// finished, whose sessions would be handed to it once more. How many were begun
	// elsewhere makes it no slower.
	EndJourneys(ctx context.Context, browser session.Browser) error
	// EndAt removes what choose makes of all that bears an address and of its
	// sessions, in one step and by what they are at that moment: who switches to and
	// fro meanwhile, or finishes a journey, is left with no session, and one whose entity
	// got another id (see [directory.Editor.RenameContact]) is found. choose may be
	// called more than once, and must have no effect of its own. When it returns,
	// watchers have been told.
	EndAt(ctx context.Context, address string, choose func(directory.People, []session.Session) Ending) error

	CreateTicket(ctx context.Context, t Ticket) error
	// SpendTicket returns a ticket and removes it: of any number of calls one
	// succeeds, the others return ErrNotFound. Expiry is the caller's to check.
	SpendTicket(ctx context.Context, hash [32]byte) (Ticket, error)

	// SweepJourneys removes journeys and tickets that expired before now, and
	// returns how many: at most limit, or fewer where more would have others wait,
	// but 0 only when none is left.
	SweepJourneys(ctx context.Context, now time.Time, limit int) (int, error)
}
