package storetest

import (
	"testing"
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/journey"
	"github.com/frontdesk-gateway/frontdesk/internal/session"
	"github.com/frontdesk-gateway/frontdesk/internal/store"
)

var passwordPromises = append([]promise{
	{"a password is kept whole, for its kind alone", passwordWhole},
	{"a password of nobody is not kept", passwordOfNobody},
	{"a password that is set anew ends the sessions of its address", passwordEndsSessions},
	{"a password that is set anew ends the pending journeys of its address", passwordEndsJourneys},
	{"what is not set anew ends none", passwordEndsNone},
	{"a password changes with a journey", passwordWithJourney},
	{"a journey from a session spares it", passwordSparesSession},
	{"a journey from a session that is gone sets none", passwordNeedsSession},
	{"a change's error writes nothing", passwordChangeFails},
	{"one of many changes at once succeeds", passwordRace},
}, heirPromises()...)

// password is one that was set at start.
func password(hash string) directory.Password {
	return directory.Password{}.Successor(hash, start)
}

// sets makes a change of the password alone.
func sets(p directory.Password) journey.PasswordChange {
	return func(j journey.Journey, _ directory.Password) (journey.Journey, directory.Password, error) {
		return j, p, nil
	}
}

var (
	asContact = directory.PasswordOwner{Address: "p@x.example", Kind: directory.KindContact}
	asMember  = directory.PasswordOwner{Address: "p@x.example", Kind: directory.KindMember}
)

// hashOf is the hash of a password; empty where there is none.
func hashOf(t *testing.T, s store.Store, owner directory.PasswordOwner) string {
	t.Helper()
	p, err := s.Password(t.Context(), owner)
	if err != nil {
		wantErr(t, err, directory.ErrNotFound)
	}
	return p.Hash
}

func passwordWhole(t *testing.T, s store.Store) {
	put(t, s, account("a"), contact("c", "a", "P@x.example"), member("m", "p@x.example"))
	first, other := filled[directory.Password](), password("$other")
	ok(t, s.SetPassword(t.Context(), asContact, first))
	ok(t, s.SetPassword(t.Context(), asMember, other))
	wantEqual(t, "password", must(s.Password(t.Context(), asContact))(t), first)
	second := first.Rehashed("$second")
	second.Changed = start
	ok(t, s.SetPassword(t.Context(), asContact, second))
	second.Changed = start.UTC()
	wantEqual(t, "replaced, of another time zone", must(s.Password(t.Context(), asContact))(t), second)
	ok(t, s.Edit(t.Context(), func(e directory.Editor) error {
		ok(t, e.SetPassword(asContact, directory.Password{}))
		_, err := e.Password(t.Context(), asContact)
		wantErr(t, err, directory.ErrNotFound)
		return e.SetPassword(asContact, directory.Password{}) // nothing to remove is no error
	}))
	wantEqual(t, "removed", hashOf(t, s, asContact), "")
	wantEqual(t, "the other kind's", must(s.Password(t.Context(), asMember))(t), other)
}

func passwordOfNobody(t *testing.T, s store.Store) {
	put(t, s, account("a"), contact("c", "a", "p@x.example"))
	ok(t, s.SetPassword(t.Context(), asMember, password("$early")))
	put(t, s, member("m", "p@x.example"))
	wantEqual(t, "hash", hashOf(t, s, asMember), "")
	ok(t, s.Edit(t.Context(), func(e directory.Editor) error {
		ok(t, e.SetPassword(directory.PasswordOwner{Address: "n@x.example", Kind: directory.KindMember}, password("$first")))
		return e.PutMember(member("n", "n@x.example"))
	}))
	wantEqual(t, "set before its bearer comes", hashOf(t, s, directory.PasswordOwner{Address: "n@x.example", Kind: directory.KindMember}), "$first")
}

// heir is an edit of what prepareHeirs keeps, and the password that p@x.example
// has then: "$old" where somebody who had the address keeps it.
type heir struct {
	name   string
	change func(directory.Editor) error
	want   string
}

func renames(old, id string) func(directory.Editor) error {
	return func(e directory.Editor) error { return e.RenameContact(old, id) }
}

func all(changes ...func(directory.Editor) error) func(directory.Editor) error {
	return func(e directory.Editor) error {
		for _, change := range changes {
			if err := change(e); err != nil {
				return err
			}
		}
		return nil
	}
}

func deletes(id string) func(directory.Editor) error {
	return func(e directory.Editor) error { return e.DeleteContact(id) }
}

var heirs = []heir{
	{"nothing leaves", puts(contact("1", "a", "P@x.example"), contact("2", "b", "p@x.example")), "$old"},
	{"one of two leaves", puts(contact("1", "a", "gone@x.example")), "$old"},
	{"one of two is deleted", deletes("1"), "$old"},
	{"both leave", puts(contact("1", "a", "gone@x.example"), contact("2", "b", "gone@x.example")), ""},
	{"both are deleted", all(deletes("1"), deletes("2")), ""},
	{"one leaves, one is deleted", all(deletes("1"), puts(contact("2", "b", "gone@x.example"))), ""},
	{"one leaves and comes back", all(puts(contact("1", "a", "gone@x.example")), deletes("2"), puts(contact("1", "a", "p@x.example"))), "$old"},
	{"a third comes before both leave", puts(contact("3", "c", "p@x.example"), contact("1", "a", "gone@x.example"), contact("2", "b", "gone@x.example")), ""},
	{"a third comes after both left", puts(contact("1", "a", "gone@x.example"), contact("2", "b", "gone@x.example"), contact("3", "c", "p@x.example")), ""},
	{"a new one comes after both left", puts(contact("1", "a", "gone@x.example"), contact("2", "b", "gone@x.example"), contact("4", "c", "p@x.example")), ""},
	{"a third comes and brings one", all(puts(contact("1", "a", "gone@x.example"), contact("2", "b", "gone@x.example"), contact("3", "c", "p@x.example")),
		func(e directory.Editor) error { return e.SetPassword(asContact, password("$new")) }), "$new"},
	{"a rename", all(deletes("2"), renames("1", "z")), "$old"},
	{"a rename, then it leaves", all(deletes("2"), renames("1", "z"), puts(contact("z", "a", "gone@x.example"))), ""},
	{"renames in a ring", all(deletes("2"), renames("1", "z"), renames("3", "1"), renames("z", "3")), "$old"},
	{"another takes id and address", all(deletes("2"), renames("1", "z"), puts(contact("z", "a", "gone@x.example"), contact("1", "c", "p@x.example"))), ""},
	{"a member is no contact", all(deletes("1"), deletes("2"), puts(member("m", "p@x.example"))), ""},
}

func heirPromises() (out []promise) {
	for _, h := range heirs {
		out = append(out, promise{"nobody inherits: " + h.name, h.keep})
	}
	return out
}

func (h heir) keep(t *testing.T, s store.Store) {
	put(t, s, account("a"), account("b"), account("c"), contact("1", "a", "p@x.example"), contact("2", "b", "p@x.example"),
		contact("3", "c", "third@x.example"), member("m", "m@x.example"))
	ok(t, s.SetPassword(t.Context(), asContact, password("$old")))
	ok(t, s.Edit(t.Context(), h.change))
	wantEqual(t, "hash", hashOf(t, s, asContact), h.want)
}

func passwordEndsSessions(t *testing.T, s store.Store) {
	owner := directory.PasswordOwner{Address: "c@x.example", Kind: directory.KindContact}
	signedInBoth(t, s)
	set := password("$first")
	ok(t, s.SetPassword(t.Context(), owner, set))
	wantSessionsOf(t, s, directory.KindContact, "c")
	wantSessionsOf(t, s, directory.KindMember, "c")
	wantSessionsOf(t, s, directory.KindContact, "d", "public d")
	login(t, s, signedIn(5, "c"))
	ok(t, s.SetPassword(t.Context(), owner, set.Successor("$second", start)))
	wantSessionsOf(t, s, directory.KindContact, "c")
	login(t, s, signedIn(6, "c"))
	ok(t, s.SetPassword(t.Context(), owner, directory.Password{}))
	wantSessionsOf(t, s, directory.KindContact, "c")
}

func passwordEndsJourneys(t *testing.T, s store.Store) {
	owner := directory.PasswordOwner{Address: "c@x.example", Kind: directory.KindContact}
	wait(t, s)
	ok(t, s.SetPassword(t.Context(), owner, directory.Password{}))
	wantEnded(t, s)
	set := password("$first")
	ok(t, s.SetPassword(t.Context(), owner, set))
	wantEnded(t, s, "c@x.example")
	goesOn := journey.Journey{ID: "goes on", Address: "c@x.example", Proofs: []session.Proof{{Method: directory.MethodEmailToken}}}
	ok(t, s.CreateJourney(t.Context(), goesOn))
	ok(t, s.SetPassword(t.Context(), owner, set.Rehashed("$again")))
	goesOn.ID = "another"
	ok(t, s.CreateJourney(t.Context(), goesOn))
	must(s.UpdatePassword(t.Context(), "goes on", owner, sets(set.Successor("$second", start))))(t)
	must(s.Journey(t.Context(), "goes on"))(t)
	_, err := s.Journey(t.Context(), "another")
	wantErr(t, err, journey.ErrNotFound)
	wantEnded(t, s, "c@x.example")
	ok(t, s.SetPassword(t.Context(), owner, directory.Password{}))
	_, err = s.Journey(t.Context(), "goes on")
	wantErr(t, err, journey.ErrNotFound)
}

func passwordEndsNone(t *testing.T, s store.Store) {
	owner := directory.PasswordOwner{Address: "c@x.example", Kind: directory.KindContact}
	put(t, s, account("a"), contact("c", "a", "c@x.example"), member("c", "c@x.example"))
	set := password("$first")
	ok(t, s.SetPassword(t.Context(), owner, set))
	login(t, s, signedIn(1, "c"))
	set = set.Rehashed("$second")
	set.MustChange, set.Mailed = true, true
	ok(t, s.SetPassword(t.Context(), owner, set))
	wantEqual(t, "password", must(s.Password(t.Context(), owner))(t), set)
	ok(t, s.SetPassword(t.Context(), directory.PasswordOwner{Address: "c@x.example", Kind: directory.KindMember}, directory.Password{}))
	ok(t, s.Edit(t.Context(), func(e directory.Editor) error { return e.DeleteMember("c") }))
	wantSessionsOf(t, s, directory.KindContact, "c", "public b")
}

func passwordWithJourney(t *testing.T, s store.Store) {
	put(t, s, account("a"), contact("c", "a", "p@x.example"))
	want := filled[journey.Journey]()
	want.From = nil
	ok(t, s.CreateJourney(t.Context(), want))
	first, second := filled[directory.Password](), password("$second")
	for _, step := range []struct {
		name        string
		before, set directory.Password
	}{{"the first", directory.Password{}, first}, {"the second", first, second}} {
		var given directory.Password
		returned := must(s.UpdatePassword(t.Context(), want.ID, asContact, func(j journey.Journey, p directory.Password) (journey.Journey, directory.Password, error) {
			given = p
			j.Notice = step.name
			return j, step.set, nil
		}))(t)
		want.Notice = step.name
		wantEqual(t, "given "+step.name, given, step.before)
		wantEqual(t, "returned "+step.name, returned, want)
		wantEqual(t, "journey "+step.name, must(s.Journey(t.Context(), want.ID))(t), want)
		wantEqual(t, "password "+step.name, must(s.Password(t.Context(), asContact))(t), step.set)
	}
	_, err := s.UpdatePassword(t.Context(), "none", asContact, sets(password("$third")))
	wantErr(t, err, journey.ErrNotFound)
	wantEqual(t, "hash", hashOf(t, s, asContact), "$second")
	_, err = s.UpdatePassword(t.Context(), want.ID, asMember, sets(password("$nobody's")))
	ok(t, err)
	wantEqual(t, "a member's hash", hashOf(t, s, asMember), "")
}

func passwordSparesSession(t *testing.T, s store.Store) {
	signedInBoth(t, s)
	ok(t, s.CreateJourney(t.Context(), journey.Journey{ID: "j", From: &session.Key{1}}))
	_, err := s.UpdatePassword(t.Context(), "j", directory.PasswordOwner{Address: "c@x.example", Kind: directory.KindContact}, sets(password("$hash")))
	ok(t, err)
	wantSessionsOf(t, s, directory.KindContact, "c", "public b")
	wantSessionsOf(t, s, directory.KindMember, "c")
	wantSessionsOf(t, s, directory.KindContact, "d", "public d")
}

// passwordNeedsSession: who was signed out meanwhile sets none.
func passwordNeedsSession(t *testing.T, s store.Store) {
	signedInBoth(t, s)
	owner := directory.PasswordOwner{Address: "c@x.example", Kind: directory.KindContact}
	ok(t, s.SetPassword(t.Context(), owner, password("$first")))
	login(t, s, signedIn(1, "c"))
	ok(t, s.CreateJourney(t.Context(), journey.Journey{ID: "j", From: &session.Key{1}}))
	ok(t, s.EndSessions(t.Context(), session.Key{1}))
	_, err := s.UpdatePassword(t.Context(), "j", owner, sets(password("$second")))
	wantErr(t, err, journey.ErrNotFound)
	wantEqual(t, "password", must(s.Password(t.Context(), owner))(t).Hash, "$first")
}

func passwordChangeFails(t *testing.T, s store.Store) {
	put(t, s, account("a"), contact("c", "a", "p@x.example"))
	ok(t, s.SetPassword(t.Context(), asContact, password("$old")))
	login(t, s, signedIn(1, "c"))
	ok(t, s.CreateJourney(t.Context(), journey.Journey{ID: "j"}))
	_, err := s.UpdatePassword(t.Context(), "j", asContact, func(j journey.Journey, p directory.Password) (journey.Journey, directory.Password, error) {
		j.Notice = "changed"
		return j, p.Successor("$new", start.Add(time.Hour)), errOwn
	})
	wantErr(t, err, errOwn)
	wantEqual(t, "notice", must(s.Journey(t.Context(), "j"))(t).Notice, "")
	wantEqual(t, "hash", hashOf(t, s, asContact), "$old")
	wantSessionsOf(t, s, directory.KindContact, "c", "public b")
}

func passwordRace(t *testing.T, s store.Store) {
	put(t, s, account("a"), contact("c", "a", "p@x.example"))
	ok(t, s.CreateJourney(t.Context(), journey.Journey{ID: "j"}))
	errs := race(func(i int) error {
		_, err := s.UpdatePassword(t.Context(), "j", asContact, func(j journey.Journey, p directory.Password) (journey.Journey, directory.Password, error) {
			if j.Version != 0 || p.Hash != "" {
				return j, p, errOwn
			}
			j.Version++
			return j, p.Successor("$"+string(rune('A'+i)), start), nil
		})
		return err
	})
	wantOneWinner(t, errs, errOwn)
}
