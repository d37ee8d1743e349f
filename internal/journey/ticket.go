package journey

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"slices"

	"github.com/frontdesk-gateway/frontdesk/internal/clock"
	"github.com/frontdesk-gateway/frontdesk/internal/config"
	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/session"
)

// ErrRefused is returned for a switch that the session does not allow.
var ErrRefused = errors.New("switch refused")

// issue makes a ticket and returns the secret that goes into an address. The
// error is a *TooManyError where too many were issued.
func (s *Service) issue(ctx context.Context, v Visit, t Ticket) (string, error) {
	if err := s.count(ctx, s.tickets(v)); err != nil {
		return "", err
	}
	secret := rand.Text()
	t.Hash, t.Expires = hashOf(secret), s.Now().UTC().Add(ticketLife)
	if err := s.Store.CreateTicket(ctx, t); err != nil {
		return "", fmt.Errorf("issuing a ticket: %w", err)
	}
	return secret, nil
}

// spend takes a ticket out of the store. A ticket of another kind, for another
// origin or past its time is gone as well.
func (s *Service) spend(ctx context.Context, v Visit, kind TicketKind, secret string) (Ticket, error) {
	t, err := s.Store.SpendTicket(ctx, hashOf(secret))
	if err != nil {
		return Ticket{}, err
	}
	if t.Kind != kind || t.Origin != v.Origin.String() || !clock.Good(t.Expires, ticketLife, s.Now()) {
		return Ticket{}, ErrNotFound
	}
	return t, nil
}

// handOver sends the browser to the platform's own origin, with a ticket that
// carries what was typed and nothing that was proved.
func (s *Service) handOver(ctx context.Context, t turn) (Outcome, error) {
	origin, ok := s.Settings.Main(t.step.Platform)
	if !ok {
		return Outcome{}, fmt.Errorf("platform %s has no origin", t.step.Platform)
	}
	secret, err := s.issue(ctx, t.visit, Ticket{
		Kind: TicketEnter, Origin: origin.String(), Address: t.journey.Address, Platform: t.step.Platform, Destination: "/",
	})
	return Outcome{Journey: t.journey, Step: t.step, Location: s.signIn(origin, "ticket", secret)}, err
}

func (s *Service) signIn(origin config.Origin, parameter, secret string) string {
	return origin.String() + s.Settings.Prefix + "/sign-in?" + parameter + "=" + secret
}

// Enter begins a journey from a ticket: one to enter, or one to switch.
func (s *Service) Enter(ctx context.Context, v Visit, kind TicketKind, secret string) (Outcome, error) {
	t, err := s.spend(ctx, v, kind, secret)
	if err != nil {
		return Outcome{}, err
	}
	j := Journey{Site: t.Platform, Destination: t.Destination, Address: t.Address, Platform: t.Platform}
	if kind == TicketSwitch {
		if j, err = s.switched(ctx, v, t); err != nil {
			return Outcome{}, err
		}
	}
	return s.beginAs(ctx, v, j)
}

// switched is the journey that goes on with the proofs of a session elsewhere,
// in the browser that asked for it.
func (s *Service) switched(ctx context.Context, v Visit, t Ticket) (Journey, error) {
	browser := v.browser()
	if subtle.ConstantTimeCompare(browser[:], t.Browser[:]) != 1 {
		return Journey{}, ErrNotFound
	}
	from, err := s.Living.Alive(ctx, t.Session)
	if errors.Is(err, session.ErrNotFound) {
		err = fmt.Errorf("%w: the session it comes from ended: %w", ErrRefused, err)
	}
	if err != nil {
		return Journey{}, err
	}
	return inherit(from, t.Platform), nil
}

// inherit is a journey that begins with what a session proved, and answers the
// questions that the person answered then.
func inherit(from session.Session, platform directory.Platform) Journey {
	stay := No
	if from.Persistent {
		stay = Yes
	}
	return Journey{
		Site: platform, Destination: "/", Address: from.Address, Platform: platform,
		Proofs: slices.Clone(from.Proofs), Stay: stay, Began: from.Since(), Ends: from.Expires, From: &from.Key,
	}
}

// SwitchAccount replaces a session by one for another account of the same
// address.
func (s *Service) SwitchAccount(ctx context.Context, v Visit, from session.Session, account string) (Outcome, error) {
	people, err := s.Reach(ctx, from)
	if err != nil {
		return Outcome{}, err
	}
	contacts := people.Effective().Contacts
	if from.Platform != directory.Client || !people.Active() || !slices.ContainsFunc(contacts, func(c directory.Contact) bool { return c.Account == account }) {
		return Outcome{}, ErrRefused
	}
	j := inherit(from, from.Platform)
	j.Account, j.Replaces = account, true
	if j, err = s.create(ctx, v, j); err != nil {
		return Outcome{}, err
	}
	return s.advance(ctx, v, j)
}

// SwitchPlatform adds a session on another platform. At the same origin it
// replaces the present one; at another, the browser there has to ask for it:
// the wish is named by a ticket, which that browser takes up (TakeUp) and
// brings back to be granted (Grant).
func (s *Service) SwitchPlatform(ctx context.Context, v Visit, from session.Session, platform directory.Platform) (Outcome, error) {
	origin, configured := s.Settings.Main(platform)
	people, err := s.Reach(ctx, from)
	if err != nil {
		return Outcome{}, err
	}
	if !configured || !people.Active() || !slices.Contains(people.Effective().Platforms(), platform) {
		return Outcome{}, ErrRefused
	}
	if s.Settings.At(platform, v.Origin.String()) {
		j := inherit(from, platform)
		j.Replaces = true
		if j, err = s.create(ctx, v, j); err != nil {
			return Outcome{}, err
		}
		return s.advance(ctx, v, j)
	}
	secret, err := s.issue(ctx, v, Ticket{Kind: TicketAsk, Origin: origin.String(), Platform: platform, Session: from.Key, Onward: v.Origin.String()})
	return Outcome{Location: s.signIn(origin, "ask", secret)}, err
}

// TakeUp has the browser at the other origin ask for the switch: the wish goes
// back, bound to this browser, to the origin it came from.
func (s *Service) TakeUp(ctx context.Context, v Visit, secret string) (location string, err error) {
	t, err := s.spend(ctx, v, TicketAsk, secret)
	if err != nil {
		return "", err
	}
	back := t.Onward
	t.Kind, t.Onward, t.Origin, t.Browser = TicketGrant, t.Origin, back, v.browser()
	secret, err = s.issue(ctx, v, t)
	return back + s.Settings.Prefix + "/session?grant=" + secret, err
}

// Grant answers the wish that another origin's browser asked for, where the
// session at hand is the one whose person made it.
func (s *Service) Grant(ctx context.Context, v Visit, from session.Session, secret string) (location string, err error) {
	t, err := s.spend(ctx, v, TicketGrant, secret)
	if err != nil {
		return "", err
	}
	if subtle.ConstantTimeCompare(t.Session[:], from.Key[:]) != 1 {
		return "", ErrRefused
	}
	target := t.Onward
	t.Kind, t.Origin, t.Onward = TicketSwitch, target, ""
	secret, err = s.issue(ctx, v, t)
	return target + s.Settings.Prefix + "/sign-in?switch=" + secret, err
}
