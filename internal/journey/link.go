package journey

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/session"
)

// link binds the entity that is entered to the identity that opened it, at the
// first time, after an emailed token also in place of another one, and where
// the address is proved now and was not before. undo puts back what it wrote; nil
// where that is nothing. errMoved says that the entity or its link is no longer
// the one that was judged by.
func (s *Service) link(ctx context.Context, t turn) (undo func() error, err error) {
	proof, entity := t.step.Proof, t.step.Entity
	if !proof.OfIdentity() {
		return nil, nil
	}
	d := t.facts.doorOf(entity.Kind, entity.ID, t.step.Platform)
	judged, had := d.links.At(proof.Method, d.address)
	link := directory.Link{Provider: proof.Method, Identity: proof.Identity, Address: entity.Email.Key(),
		Vouched: proof.Vouched || t.facts.confirmed(t.journey.Proofs, proof, d), Since: s.Now().UTC()}
	link.Mailed = link.Vouched && !proof.Vouched
	better := link.Vouched && (!judged.Vouched || judged.Mailed && !link.Mailed)
	if had && judged.Identity == link.Identity && !better {
		return nil, nil
	}
	ctx = context.WithoutCancel(ctx) // the link and the end of what it replaces: both, or neither
	err = directory.ChangeLinks(ctx, s.Directory, entity.Kind, entity.ID, func(now directory.Links) (directory.Links, error) {
		if found, has := now.At(proof.Method, entity.Email); has != had || found.Identity != judged.Identity {
			return nil, errMoved
		}
		return now.With(link), nil
	})
	if errors.Is(err, directory.ErrNotFound) { // removed, or known by another id, just now
		err = errMoved
	}
	if err != nil {
		return nil, fmt.Errorf("linking %s %q: %w", entity.Kind, entity.ID, err)
	}
	s.Log.Info("identity linked", "provider", link.Provider, "issuer", link.Identity.Issuer, "subject", link.Identity.Subject, "kind", entity.Kind, "entity", entity.ID,
		"address", entity.Email, "vouched", link.Vouched, "instead_of", judged.Identity.Subject, "journey", t.journey.ID)
	undo = func() error { return s.unlink(ctx, t, link, judged) }
	return undo, s.Store.EndAt(ctx, entity.Email.Key(), func(directory.People, []session.Session) Ending {
		return Ending{Sessions: t.replacedBy(link), Journeys: func(j Journey) bool {
			// who was linked before may wait at their last step, and would be linked again
			return had && judged.Identity != link.Identity && j.ID != t.journey.ID &&
				slices.ContainsFunc(j.Proofs, func(p session.Proof) bool { return p.Identity == judged.Identity })
		}}
	})
}

// replacedBy tells which sessions of the entity a link ends: those in which somebody else
// signed in at its provider. The one that the journey goes on from has to last until it
// is finished; opened by the identity before, it lets nobody in any more, and ends then.
func (t turn) replacedBy(link directory.Link) func(session.Session) bool {
	owner := session.Owner{Kind: t.step.Entity.Kind, ID: t.step.Entity.ID}
	another := func(p session.Proof) bool { return p.Method == link.Provider && p.Identity != link.Identity }
	return func(s session.Session) bool {
		return s.Owner() == owner && s.RestsOn(another) && (t.journey.From == nil || s.Key != *t.journey.From)
	}
}

// unlink puts back the link that was there before one was written; a zero one
// stands for none. What somebody else has written since stays.
func (s *Service) unlink(ctx context.Context, t turn, written, before directory.Link) error {
	entity := t.step.Entity
	s.Log.Info("identity not linked after all: the sign-in was ended", "provider", written.Provider, "kind", entity.Kind, "entity", entity.ID, "journey", t.journey.ID)
	err := directory.ChangeLinks(ctx, s.Directory, entity.Kind, entity.ID, func(now directory.Links) (directory.Links, error) {
		switch found, _ := now.At(written.Provider, entity.Email); {
		case found.Identity != written.Identity || !found.Since.Equal(written.Since):
			return now, nil
		case before != directory.Link{}:
			return now.With(before), nil
		}
		return now.Without(written.Provider), nil
	})
	if errors.Is(err, directory.ErrNotFound) { // with the record
		return nil
	}
	return err
}

// keepLinked ends a new session again whose identity is the entity's no more,
// and reports whether it goes on. Whoever takes a link away ends the sessions
// that rest on it, and may have looked for them just before this one began.
func (s *Service) keepLinked(ctx context.Context, t turn, sess session.Session) (bool, error) {
	proof := t.step.Proof
	if !proof.OfIdentity() {
		return true, nil
	}
	ctx = context.WithoutCancel(ctx) // the session has begun, and is handed to who asks again
	links, err := directory.LinksOf(ctx, s.Directory, sess.Kind, sess.EntityID)
	if err != nil && !errors.Is(err, directory.ErrNotFound) {
		return false, err
	}
	if link, linked := links.At(proof.Method, t.step.Entity.Email); linked && link.Identity == proof.Identity {
		return true, nil
	}
	return false, s.Sessions.EndSessions(ctx, sess.Key)
}

// doorOf is the door of one of the entities.
func (f Facts) doorOf(kind directory.Kind, id string, platform directory.Platform) door {
	if kind == directory.KindMember {
		return f.memberDoor(*f.People.Member, platform)
	}
	for _, c := range f.People.Contacts {
		if c.ID == id {
			return f.contactDoor(c, platform)
		}
	}
	return door{}
}
