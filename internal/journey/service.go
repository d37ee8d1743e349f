package journey

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/clock"
	"github.com/frontdesk-gateway/frontdesk/internal/config"
	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/limit"
	"github.com/frontdesk-gateway/frontdesk/internal/mail"
	"github.com/frontdesk-gateway/frontdesk/internal/password"
	"github.com/frontdesk-gateway/frontdesk/internal/provider"
	"github.com/frontdesk-gateway/frontdesk/internal/session"
	"github.com/frontdesk-gateway/frontdesk/loginui"
)

// Lives of what a journey leaves in the store.
const (
	// journeyPause is how long a journey waits for the next answer, and
	// journeyLife how long it takes at most.
	journeyPause = 30 * time.Minute
	journeyLife  = 2 * time.Hour
	ticketLife   = time.Minute // DESIGN.md, step 2
)

// Outbound sends mails off the request.
type Outbound interface {
	// Enqueue takes a mail and calls done, from another goroutine, when it was
	// delivered or given up. An error means that it was not taken.
	Enqueue(m mail.Message, done func(error)) error
}

// MailWriter writes mails, in a language that the visitor's browser names.
type MailWriter interface {
	Mail(languages string, m loginui.TokenMail) (loginui.MailText, error)
	PasswordMail(languages string, m loginui.PasswordMail) (loginui.MailText, error)
}

// Hasher makes and verifies the hashes of passwords: see [password.Hasher].
type Hasher interface {
	Hash(ctx context.Context, plain string) (string, error)
	Verify(ctx context.Context, encoded, plain string) (password.Result, error)
	// VerifyNobody takes the work of a Verify that does not match.
	VerifyNobody(ctx context.Context, plain string) error
}

// Living tells which sessions let somebody in.
type Living interface {
	// Alive returns a session that does; session.ErrNotFound for any other.
	Alive(ctx context.Context, key session.Key) (session.Session, error)
}

// Service applies answers to journeys. It is safe for concurrent use.
type Service struct {
	Settings  *config.Settings
	Store     Store
	Directory directory.Store
	Sessions  session.Store
	Living    Living
	Providers map[string]*provider.Provider
	Passwords Hasher
	Outbound  Outbound // nil: no mail server is configured
	Mails     MailWriter
	Brand     loginui.Brand
	Limits    limit.Limiter
	Now       func() time.Time
	Log       *slog.Logger

	unnamed sync.Once // tells of clients without an address
	looking turns     // of addresses that are looked up, by where they come from
}

// Visit is the browser and the site behind a request.
type Visit struct {
	Browser   session.Secret // of this browser's cookie
	Origin    config.Origin
	Site      directory.Platform // empty on a shared origin
	ClientIP  string
	UserAgent string
	Languages string // Accept-Language
	// Again says that a provider named somebody else before: it is to ask.
	Again   bool
	Current *session.Key // the session that the browser has here, if any
	// Replaces are the sessions that a new one here ends: the browser's cookies
	// name them, whether or not they let anybody in at the moment.
	Replaces []session.Key
}

func (v Visit) browser() session.Browser { return session.Browser(v.Browser.Key()) }

// Outcome is what an answer led to.
type Outcome struct {
	Journey Journey
	Step    Step
	// Problem is set where the answer did not do: the page is shown again.
	Problem *Problem
	// Location, where set, is where the browser goes: a provider, another
	// origin, the portal. Otherwise it goes to the journey's own page.
	Location string
	// Started is the session that the journey left behind.
	Started *Started
}

// Started is a new session and the secret for its cookie.
type Started struct {
	Secret  session.Secret
	Session session.Session
}

// Problem is what is wrong with an answer, in the words of loginui's
// catalogue.
type Problem struct {
	Field string
	Key   string
	Args  map[string]string
	// Wait is set where the answer was not judged, because there were too many:
	// how long until another is.
	Wait time.Duration
	// Busy is set where it was not judged because we have too much to do.
	Busy bool
}

// OtherAddressError says that a provider proved another address than the one
// that was typed. The journey is over: the two are never merged.
type OtherAddressError struct {
	Typed, Proved directory.Address
	Destination   string // of the journey
}

func (e *OtherAddressError) Error() string {
	return fmt.Sprintf("the provider proved %s, not %s", e.Proved, e.Typed)
}

// errMoved says that a journey changed between judging an answer and applying
// it.
var errMoved = errors.New("journey moved on")

// Load returns the browser's journey and its next step. It changes nothing.
// The error is ErrNotFound for a journey that ended or is another browser's or
// origin's, ErrFinished (with the journey) for one that left a session behind.
func (s *Service) Load(ctx context.Context, v Visit, id string) (Outcome, error) {
	return s.LoadAt(ctx, v, id, "")
}

// LoadAt is Load for the page of one step: the outcome is that step where it
// can be answered, or answered anew after the back button, else the next one.
func (s *Service) LoadAt(ctx context.Context, v Visit, id string, name StepName) (Outcome, error) {
	t, err := s.open(ctx, v, id)
	if err != nil {
		return Outcome{Journey: t.journey}, err
	}
	asked := Next(t.journey.reopened(name, Form{}), t.facts)
	if asked.Name == name && t.step.Name != name {
		t.journey.Notice = "" // it is about the next step
		t.step = asked
	}
	return Outcome{Journey: t.journey, Step: t.step}, nil
}

// open begins a turn: the browser's journey, what Next goes by, and the step
// that it is at.
func (s *Service) open(ctx context.Context, v Visit, id string) (t turn, err error) {
	t.visit = v
	if t.journey, err = s.load(ctx, v, id); err != nil {
		return t, err
	}
	if err := s.checkFrom(ctx, t.journey); err != nil {
		if errors.Is(err, ErrNotFound) { // it may have ended with this journey, just now
			t.journey, err = s.load(ctx, v, id)
			err = cmp.Or(err, ErrNotFound)
		}
		return t, err
	}
	t.facts, err = s.facts(ctx, t.journey)
	t.step = Next(t.journey, t.facts)
	return t, err
}

// checkFrom ends a switch with the session that it comes from: at its end, and
// where it lets nobody in any more.
func (s *Service) checkFrom(ctx context.Context, j Journey) error {
	if j.From == nil {
		return nil
	}
	_, err := s.Living.Alive(ctx, *j.From)
	if errors.Is(err, session.ErrNotFound) {
		return ErrNotFound
	}
	return err
}

// maxID bounds the id of a journey, in bytes: they have 26.
const maxID = 64

// mostChanges is after how many changes a journey takes no further answer. Who needs
// more begins anew, which is counted.
const mostChanges = 100

func (s *Service) load(ctx context.Context, v Visit, id string) (Journey, error) {
	if len(id) > maxID {
		return Journey{}, ErrNotFound
	}
	j, err := s.Store.Journey(ctx, id)
	if err != nil {
		return Journey{}, err
	}
	browser := v.browser()
	switch {
	case subtle.ConstantTimeCompare(browser[:], j.Browser[:]) != 1, j.Origin != v.Origin.String(), !clock.Good(j.Expires, journeyPause, s.Now()):
		return Journey{}, ErrNotFound
	case j.Finished != "":
		return j, ErrFinished
	case j.Version >= mostChanges: // before an answer costs anything that is for nothing
		return Journey{}, ErrNotFound
	}
	return j, nil
}

// create keeps a new journey. The error is a *TooManyError where too many were
// begun.
func (s *Service) create(ctx context.Context, v Visit, j Journey) (Journey, error) {
	if err := s.count(ctx, s.begins(v)); err != nil {
		return Journey{}, err
	}
	now := s.Now().UTC()
	j.ID, j.Browser, j.Origin = rand.Text(), v.browser(), v.Origin.String()
	j.Created, j.Expires = now, now.Add(journeyPause)
	if err := s.Store.CreateJourney(ctx, j); err != nil {
		return Journey{}, fmt.Errorf("beginning a journey: %w", err)
	}
	return j, nil
}

// count counts what has no form that could be shown again.
func (s *Service) count(ctx context.Context, subjects []limit.Subject) error {
	wait, err := s.Limits.Count(ctx, subjects...)
	if wait > 0 && err == nil {
		err = &TooManyError{Wait: wait}
	}
	return err
}

// update applies a change to the journey in the state in which it was judged;
// errMoved where it is no longer in that state.
func (s *Service) update(ctx context.Context, j Journey, change func(*Journey)) (Journey, error) {
	return s.Store.UpdateJourney(ctx, j.ID, func(now Journey) (Journey, error) { return s.changed(j, now, change) })
}

// changed applies a change to the journey as it is now.
func (s *Service) changed(judged, now Journey, change func(*Journey)) (Journey, error) {
	if now.Version != judged.Version || now.Finished != "" {
		return now, errMoved
	}
	change(&now)
	now.Version++
	now.Expires = s.pause(now)
	return now, nil
}

func (s *Service) pause(j Journey) time.Time {
	next, last := s.Now().UTC().Add(journeyPause), j.Created.Add(journeyLife)
	if next.After(last) {
		return last
	}
	return next
}

// facts reads what Next goes by.
func (s *Service) facts(ctx context.Context, j Journey) (f Facts, err error) {
	f.Settings, f.Journey, f.Providers = s.Settings, j.ID, s.Providers
	if j.Address == "" {
		return f, nil
	}
	f.Domain = j.Address.Domain()
	if f.People, err = s.Directory.People(ctx, j.Address.Key()); err != nil || f.People.Known() {
		return f, err
	}
	if f.ByDomain, err = s.Directory.AccountsByDomain(ctx, f.Domain); err != nil {
		return f, err
	}
	for _, proof := range j.Proofs {
		if proof.Tenant == "" {
			continue
		}
		accounts, err := s.Directory.AccountsByTenant(ctx, proof.Tenant)
		if err != nil {
			return f, err
		}
		f.ByTenant = append(f.ByTenant, accounts...)
	}
	return f, s.catchAll(ctx, &f)
}

func (s *Service) catchAll(ctx context.Context, f *Facts) error {
	id := s.Settings.Creation.CatchAll
	if id == "" {
		return nil
	}
	account, err := s.Directory.Account(ctx, id)
	if errors.Is(err, directory.ErrNotFound) {
		s.Log.Warn("the catch-all account of contact_creation does not exist", "account", id)
		return nil
	}
	f.CatchAll = &account
	return err
}
