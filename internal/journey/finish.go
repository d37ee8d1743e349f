package journey

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"strings"
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/session"
)

// finish leaves a session behind, in place of the one the browser had here.
// Of any number of posts of a last step one succeeds.
func (s *Service) finish(ctx context.Context, t turn) (Outcome, error) {
	undo, err := s.link(ctx, t)
	if errors.Is(err, errMoved) {
		return s.advance(ctx, t.visit, t.journey) // somebody else was linked in between, or the record went: judge anew
	}
	if err != nil {
		return Outcome{}, err
	}
	if undo != nil {
		ctx = context.WithoutCancel(ctx) // link and session: both, or neither
	}
	secret := sessionSecret(t.visit, t.journey)
	sess := s.draft(t, secret)
	ends, err := s.replaced(ctx, t)
	if err == nil {
		err = s.Store.FinishJourney(ctx, t.journey.ID, sess, ends...)
	}
	if errors.Is(err, ErrOutdated) { // a password or the person changed just now
		return s.advance(ctx, t.visit, t.journey)
	}
	if errors.Is(err, ErrFinished) {
		j := t.journey
		return Outcome{Journey: j, Step: t.step}, ErrFinished
	}
	if errors.Is(err, ErrNotFound) {
		return s.ended(ctx, t, undo)
	}
	if err != nil {
		return Outcome{}, err
	}
	if kept, err := s.keepLinked(ctx, t, sess); err != nil || !kept {
		return Outcome{Journey: t.journey, Step: t.step}, cmp.Or(err, ErrFinished)
	}
	if err := s.Limits.Forgive(context.WithoutCancel(ctx), s.unfinished(t.visit)...); err != nil {
		s.Log.Error("taking a finished sign-in off the count of those that are not failed", "error", err)
	}
	s.Log.Info("signed in", "address", sess.Address, "entity", sess.EntityID, "kind", sess.Kind, "platform", sess.Platform,
		"method", sess.Method, "session", sess.ID, "client_ip", sess.ClientIP, "journey", t.journey.ID)
	return Outcome{
		Journey: t.journey, Step: t.step, Location: Landing(t.journey, t.step.Platform),
		Started: &Started{Secret: secret, Session: sess},
	}, nil
}

// ended answers for a journey that is gone, or the session that it comes from: after
// a double click on a switch, whose other one was faster, or because somebody ended
// it just now. Who did so to take a link away must not find it made again.
func (s *Service) ended(ctx context.Context, t turn, undo func() error) (Outcome, error) {
	if t.journey.Replaces {
		if out, err := s.SwitchedAgain(ctx, t.visit, *t.journey.From); !errors.Is(err, ErrNotFound) {
			return out, err
		}
	}
	if undo != nil {
		if err := undo(); err != nil {
			return Outcome{}, err
		}
	}
	return Outcome{}, ErrNotFound
}

// sessionSecret is the secret of the session that a journey leaves behind. It
// is derived from the browser's, so that this browser alone can be handed it
// once more.
func sessionSecret(v Visit, j Journey) session.Secret {
	if j.Replaces {
		return successor(v, *j.From)
	}
	return derived(v.Browser, "session", j.ID)
}

// Successor is the key of the one session that can take another's place in a browser,
// which may not have its cookie yet.
func (v Visit) Successor(replaced session.Key) session.Key { return successor(v, replaced).Key() }

// successor is the secret of the one session that can take another's place.
func successor(v Visit, replaced session.Key) session.Secret {
	return derived(v.Browser, "switch", string(replaced[:]))
}

// handAgainFor is how long after the end of a journey its session is handed to
// the browser once more.
const handAgainFor = time.Minute

// handAgain answers a last step that is posted once more: after a double click
// the browser drops the first answer, and the cookie in it. ErrFinished where
// the browser has a session, or the journey's own has ended or is older.
func (s *Service) handAgain(ctx context.Context, v Visit, j Journey) (Outcome, error) {
	if v.Current != nil {
		return Outcome{Journey: j}, ErrFinished
	}
	secret := sessionSecret(v, j)
	sess, err := s.Sessions.Session(ctx, secret.Key())
	if errors.Is(err, session.ErrNotFound) || err == nil && s.Now().Sub(sess.Created) > handAgainFor {
		return Outcome{Journey: j}, ErrFinished
	}
	return Outcome{Journey: j, Location: Landing(j, sess.Platform), Started: &Started{Secret: secret, Session: sess}}, err
}

// SwitchedAgain answers a switch that is posted once more, with a session that
// it has replaced already. ErrNotFound where that was not just now, or in
// another browser.
func (s *Service) SwitchedAgain(ctx context.Context, v Visit, replaced session.Key) (Outcome, error) {
	secret := successor(v, replaced)
	sess, err := s.Sessions.Session(ctx, secret.Key())
	if errors.Is(err, session.ErrNotFound) || err == nil && (sess.Origin != v.Origin.String() || s.Now().Sub(sess.Created) > handAgainFor) {
		return Outcome{}, ErrNotFound
	}
	return Outcome{Location: sess.Origin + "/", Started: &Started{Secret: secret, Session: sess}}, err
}

func (s *Service) draft(t turn, secret session.Secret) session.Session {
	now, j := s.Now().UTC(), t.journey
	persistent := j.Stay == Yes
	return session.Session{
		Key: secret.Key(), ID: rand.Text(), Kind: t.step.Entity.Kind, EntityID: t.step.Entity.ID, Address: j.Address,
		Platform: t.step.Platform, Origin: j.Origin, Browser: j.Browser, Proofs: t.facts.holding(j.Proofs), Method: t.step.Proof.Method, Persistent: persistent,
		Created: now, Began: j.Began, Expires: s.end(j, now, persistent), LastUsed: now,
		UserAgent: clip(t.visit.UserAgent, maxUserAgent), ClientIP: t.visit.ClientIP,
	}
}

// end is the absolute end of the session. A switch does not move it.
func (s *Service) end(j Journey, now time.Time, persistent bool) time.Time {
	if !j.Ends.IsZero() {
		return j.Ends
	}
	if persistent {
		return now.Add(s.Settings.Persistent)
	}
	return now.Add(s.Settings.Lifetime)
}

// replaced are the sessions that a new one ends: also the one that was switched from at
// another origin, where it lets nobody in since its record is linked to somebody else. It
// would come back with the link before.
func (s *Service) replaced(ctx context.Context, t turn) (keys []session.Key, err error) {
	ends := t.journey.Replaces
	if !ends && t.journey.From != nil && t.step.Proof.OfIdentity() {
		if _, err = s.Living.Alive(ctx, *t.journey.From); errors.Is(err, session.ErrNotFound) {
			ends, err = true, nil
		}
	}
	if ends {
		keys = append(keys, *t.journey.From)
	}
	if t.visit.Current != nil {
		keys = append(keys, *t.visit.Current)
	}
	return append(keys, t.visit.Replaces...), err
}

// Landing is where a journey ends: at its destination, or at the entered
// platform's / where that is not the one the destination belongs to.
func Landing(j Journey, entered directory.Platform) string {
	if j.Site != "" && j.Site != entered || j.Destination == "" {
		return j.Origin + "/"
	}
	return j.Origin + j.Destination
}

// maxUserAgent bounds what is kept of a browser's name, in bytes.
const maxUserAgent = 256

// clip cuts a stranger's text, whatever it ends in the midst of.
func clip(s string, most int) string { return strings.ToValidUTF8(s[:min(len(s), most)], "") }
