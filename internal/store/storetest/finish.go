package storetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/journey"
	"github.com/frontdesk-gateway/frontdesk/internal/session"
	"github.com/frontdesk-gateway/frontdesk/internal/store"
)

var finishPromises = []promise{
	{"a journey leaves a session behind", finishLeaves},
	{"a journey ends the sessions it replaces", finishReplaces},
	{"a journey from a session that is gone leaves nothing behind", finishFromGone},
	{"a second finish changes nothing", finishTwice},
	{"one of many at once succeeds", finishRace},
	{"a session without a public id is refused", finishNameless},
	{"a proof by a password that has changed is refused", finishOutdated},
	{"somebody who is not let in any more is refused", finishBarred},
}

func finishLeaves(t *testing.T, s store.Store) {
	ok(t, s.CreateJourney(t.Context(), journey.Journey{ID: "j", Stay: journey.Yes}))
	v := filledSession()
	enrol(t, s, v)
	ok(t, s.FinishJourney(t.Context(), "j", v))
	wantEqual(t, "session", must(s.Session(t.Context(), v.Key))(t), v)
	wantEqual(t, "journey", must(s.Journey(t.Context(), "j"))(t), journey.Journey{ID: "j", Stay: journey.Yes, Finished: v.ID})
}

func finishReplaces(t *testing.T, s store.Store) {
	old, other := login(t, s, signedIn(1, "c")), login(t, s, signedIn(2, "c"))
	ok(t, s.CreateJourney(t.Context(), journey.Journey{ID: "j"}))
	ok(t, s.FinishJourney(t.Context(), "j", signedIn(3, "c"), old.Key, session.Key{99}))
	wantSessionsOf(t, s, directory.KindContact, "c", "public d", other.ID)
}

func finishFromGone(t *testing.T, s store.Store) {
	from := login(t, s, signedIn(1, "c"))
	ok(t, s.CreateJourney(t.Context(), journey.Journey{ID: "lives", From: &from.Key}))
	ok(t, s.CreateJourney(t.Context(), journey.Journey{ID: "gone", From: &from.Key}))
	ok(t, s.FinishJourney(t.Context(), "lives", signedIn(2, "c"), from.Key))
	wantErr(t, s.FinishJourney(t.Context(), "gone", signedIn(3, "c")), journey.ErrNotFound)
	wantSessionsOf(t, s, directory.KindContact, "c", "public c")
	wantEqual(t, "finished by", must(s.Journey(t.Context(), "gone"))(t).Finished, "")
}

func finishTwice(t *testing.T, s store.Store) {
	kept := login(t, s, signedIn(1, "c"))
	ok(t, s.CreateJourney(t.Context(), journey.Journey{ID: "j"}))
	ok(t, s.FinishJourney(t.Context(), "j", signedIn(2, "c")))
	wantErr(t, s.FinishJourney(t.Context(), "j", signedIn(3, "c"), kept.Key), journey.ErrFinished)
	wantEqual(t, "finished by", must(s.Journey(t.Context(), "j"))(t).Finished, "public c")
	wantSessionsOf(t, s, directory.KindContact, "c", "public c", "public b")
}

func finishRace(t *testing.T, s store.Store) {
	enrol(t, s, signedIn(0, "c"))
	ok(t, s.CreateJourney(t.Context(), journey.Journey{ID: "j"}))
	errs := race(func(i int) error { return s.FinishJourney(t.Context(), "j", signedIn(byte(i), "c")) })
	wantOneWinner(t, errs, journey.ErrFinished)
	wantEqual(t, "sessions", len(must(s.SessionsOf(t.Context(), directory.KindContact, "c"))(t)), 1)
}

func finishNameless(t *testing.T, s store.Store) {
	ok(t, s.CreateJourney(t.Context(), journey.Journey{ID: "j"}))
	v := signedIn(1, "c")
	enrol(t, s, v)
	v.ID = ""
	if err := s.FinishJourney(t.Context(), "j", v); err == nil {
		t.Error("a session without a public id was kept")
	}
	wantEqual(t, "finished by", must(s.Journey(t.Context(), "j"))(t).Finished, "")
}

func finishOutdated(t *testing.T, s store.Store) {
	put(t, s, account("a"), contact("c", "a", "C@x.example"), member("m", "c@x.example"))
	owner := directory.PasswordOwner{Address: "c@x.example", Kind: directory.KindContact}
	first := password("$first")
	ok(t, s.SetPassword(t.Context(), owner, first))
	ok(t, s.SetPassword(t.Context(), directory.PasswordOwner{Address: "c@x.example", Kind: directory.KindMember}, first))
	by := func(n byte, p session.Proof) session.Session {
		v := signedIn(n, "c")
		v.Address, v.Proofs = "C@x.example", []session.Proof{{Method: directory.MethodEmailToken}, p}
		return v
	}
	proof := session.Proof{Method: directory.MethodPassword, Kind: directory.KindContact, PasswordSet: first.Changed}
	login(t, s, by(1, proof))
	ok(t, s.SetPassword(t.Context(), owner, first.Rehashed("$other"))) // the same password
	login(t, s, by(2, proof))
	second := first.Successor("$second", first.Changed)
	ok(t, s.SetPassword(t.Context(), owner, second))

	ok(t, s.CreateJourney(t.Context(), journey.Journey{ID: "j"}))
	wantErr(t, s.FinishJourney(t.Context(), "j", by(3, proof)), journey.ErrOutdated)
	wantSessionsOf(t, s, directory.KindContact, "c")
	proof.PasswordSet = second.Changed
	ok(t, s.FinishJourney(t.Context(), "j", by(3, proof)))
	proof.Kind, proof.PasswordSet = directory.KindMember, first.Changed
	login(t, s, by(4, proof))
	ok(t, s.SetPassword(t.Context(), owner, directory.Password{}))
	ok(t, s.CreateJourney(t.Context(), journey.Journey{ID: "gone"}))
	proof.Kind, proof.PasswordSet = directory.KindContact, second.Changed
	wantErr(t, s.FinishJourney(t.Context(), "gone", by(5, proof)), journey.ErrOutdated)
}

var ticketPromises = []promise{
	{"tickets are kept whole", ticketWhole},
	{"a ticket is spent once", ticketOnce},
	{"an expired ticket is the caller's to refuse", ticketExpired},
	{"one of many at once succeeds", ticketRace},
	{"many tickets at once all succeed", ticketMany},
}

func ticketWhole(t *testing.T, s store.Store) {
	want := filled[journey.Ticket]()
	ok(t, s.CreateTicket(t.Context(), want))
	wantEqual(t, "ticket", must(s.SpendTicket(t.Context(), want.Hash))(t), want)
}

func ticketOnce(t *testing.T, s store.Store) {
	ok(t, s.CreateTicket(t.Context(), ticket(1, start)))
	_, err := s.SpendTicket(t.Context(), [32]byte{2})
	wantErr(t, err, journey.ErrNotFound)
	_, err = s.SpendTicket(t.Context(), [32]byte{1})
	ok(t, err)
	got, err := s.SpendTicket(t.Context(), [32]byte{1})
	wantErr(t, err, journey.ErrNotFound)
	wantEqual(t, "returned", got, journey.Ticket{})
}

func ticketExpired(t *testing.T, s store.Store) {
	ok(t, s.CreateTicket(t.Context(), ticket(1, time.Time{})))
	wantEqual(t, "expiry", must(s.SpendTicket(t.Context(), [32]byte{1}))(t).Expires, time.Time{})
}

func ticketRace(t *testing.T, s store.Store) {
	ok(t, s.CreateTicket(t.Context(), ticket(1, start)))
	wantOneWinner(t, race(func(int) error {
		_, err := s.SpendTicket(t.Context(), [32]byte{1})
		return err
	}), journey.ErrNotFound)
}

func ticketMany(t *testing.T, s store.Store) {
	for _, err := range race(func(i int) error {
		if err := s.CreateTicket(t.Context(), ticket(byte(i), start)); err != nil {
			return err
		}
		got, err := s.SpendTicket(t.Context(), [32]byte{byte(i)})
		if err == nil && got.Hash[0] != byte(i) {
			err = fmt.Errorf("spent ticket %d for %d", got.Hash[0], i)
		}
		return err
	}) {
		ok(t, err)
	}
}

// finishBarred: whoever is switched off while their last step is on its way gets
// no session, which would be there still when they are switched on again.
func finishBarred(t *testing.T, s store.Store) {
	off := account("off")
	off.Active = false
	disabled, other := contact("disabled", "a", "disabled@x.example"), member("other", "other@x.example")
	disabled.Active, other.Platforms = false, []directory.Platform{directory.Admin}
	put(t, s, account("a"), off, contact("c", "a", "c@x.example"), member("m", "m@x.example"),
		disabled, other, contact("of off", "off", "of off@x.example"), contact("moved", "a", "new@x.example"))
	for _, c := range []struct {
		name   string
		kind   directory.Kind
		entity string
		kept   bool
	}{
		{"a contact", directory.KindContact, "c", true},
		{"a member", directory.KindMember, "m", true},
		{"a contact that is gone", directory.KindContact, "gone", false},
		{"a member that is gone", directory.KindMember, "c", false},
		{"a contact that is switched off", directory.KindContact, "disabled", false},
		{"a contact whose account is switched off", directory.KindContact, "of off", false},
		{"a contact that has another address now", directory.KindContact, "moved", false},
		{"a member of another platform", directory.KindMember, "other", false},
	} {
		old := login(t, s, signedIn(1, "c"))
		v := signedIn(2, c.entity)
		v.Kind, v.Platform = c.kind, directory.Tech
		id := "j " + c.name
		ok(t, s.CreateJourney(t.Context(), journey.Journey{ID: id}))
		err := s.FinishJourney(t.Context(), id, v, old.Key)
		if c.kept {
			ok(t, err)
			ok(t, s.EndSessions(t.Context(), v.Key))
			continue
		}
		wantErr(t, err, journey.ErrOutdated)
		wantSessionsOf(t, s, c.kind, c.entity)
		wantSessionsOf(t, s, directory.KindContact, "c", old.ID) // nothing was replaced
		wantEqual(t, "finished by", must(s.Journey(t.Context(), id))(t).Finished, "")
		ok(t, s.EndSessions(t.Context(), old.Key))
	}
}
