package journey

import (
	"context"
	"slices"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/session"
)

// SignOut ends sessions, with those that a switch at the same moment puts in their place,
// and all that was begun in the browser at hand, by whomever: it must not be there for who
// comes next at it. Where nothing is proved in it, a page that is loaded again may send a
// password that was typed and not judged; where it is finished, it is handed its session.
func (s *Service) SignOut(ctx context.Context, v Visit, of ...session.Session) error {
	if err := s.Store.EndJourneys(ctx, v.browser()); err != nil {
		return err
	}
	var keys []session.Key
	for _, o := range of {
		keys = append(keys, o.Key, v.Successor(o.Key))
	}
	return s.Sessions.EndSessions(ctx, keys...)
}

// SignOutEverywhere ends all sessions of the person behind one, what was begun in this
// browser and in theirs, as SignOut does, and what the person has begun elsewhere and not
// finished: it must not become a session after they signed out of all that there are.
func (s *Service) SignOutEverywhere(ctx context.Context, v Visit, of session.Session) error {
	return s.Store.EndAt(ctx, of.Address.Key(), func(people directory.People, all []session.Session) Ending {
		f, of := s.behind(of, people, all)
		owners, next := f.ownersBehind(of), v.Successor(of.Key)
		ending := Ending{
			Sessions: func(s session.Session) bool { return s.Key == next || slices.Contains(owners, s.Owner()) },
			Journeys: f.begunBy(of),
			Browsers: []session.Browser{v.browser()},
		}
		for _, s := range all {
			if ending.Sessions(s) {
				ending.Browsers = append(ending.Browsers, s.Browser)
			}
		}
		return ending
	})
}

// EndOther ends one of the other sessions of the person behind one, by its public id, and
// what was begun in its browser, as signing out there would. It
// is no error where none has that id: it may have ended, or switched, by now.
func (s *Service) EndOther(ctx context.Context, of session.Session, id string) error {
	return s.Store.EndAt(ctx, of.Address.Key(), func(people directory.People, all []session.Session) Ending {
		f, of := s.behind(of, people, all)
		owners := f.ownersBehind(of)
		i := slices.IndexFunc(all, func(s session.Session) bool { return s.ID == id && slices.Contains(owners, s.Owner()) })
		if i < 0 {
			return Ending{}
		}
		other := all[i]
		return Ending{
			Sessions: func(s session.Session) bool { return s.Key == other.Key },
			Browsers: []session.Browser{other.Browser},
		}
	})
}

// behind is what the person behind a session is told by, with the session as it is among
// all: its entity may have got another id since it was read.
func (s *Service) behind(of session.Session, people directory.People, all []session.Session) (Facts, session.Session) {
	if i := slices.IndexFunc(all, func(s session.Session) bool { return s.Key == of.Key }); i >= 0 {
		of = all[i]
	}
	return Facts{Settings: s.Settings, People: people}, of
}

// begunBy tells which journeys of the address of a session are those of the person
// behind it, in whatever browser.
func (f Facts) begunBy(of session.Session) func(Journey) bool {
	if !f.People.Bears(of.Kind, of.EntityID) {
		return func(Journey) bool { return false }
	}
	all, reached := f.addressProved(of.Proofs), f.reached(f.People, of.Proofs)
	theirs := func(p session.Proof) bool {
		return slices.ContainsFunc(of.Proofs, func(own session.Proof) bool { return p.OfIdentity() && p.Identity == own.Identity })
	}
	return func(j Journey) bool { return all || slices.ContainsFunc(j.Proofs, theirs) || f.leadsTo(reached, j) }
}

// leadsTo reports whether a journey can enter as none but some of the address's
// records, whatever proves it. The account that was chosen does not matter: that
// choice can be taken back.
func (f Facts) leadsTo(some directory.People, j Journey) bool {
	people := f.People.Effective()
	platforms := f.platforms(people)
	if len(platforms) == 0 {
		return false
	}
	if platform, known := choosePlatform(j, platforms); known {
		platforms = []directory.Platform{platform}
	}
	return !slices.ContainsFunc(platforms, func(p directory.Platform) bool {
		if directory.KindOn(p) == directory.KindMember {
			return some.Member == nil
		}
		return slices.ContainsFunc(people.Contacts, func(c directory.Contact) bool { return !some.Bears(directory.KindContact, c.ID) })
	})
}
