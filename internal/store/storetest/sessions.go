package storetest

import (
	"crypto/rand"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/journey"
	"github.com/frontdesk-gateway/frontdesk/internal/session"
	"github.com/frontdesk-gateway/frontdesk/internal/store"
)

var sessionPromises = []promise{
	{"results are copies", sessionCopied},
	{"what is not there is not found", sessionNotFound},
	{"sessions of one entity, newest first", sessionsNewestFirst},
	{"entities with odd ids are told apart", sessionsOddIDs},
	{"ending is final", sessionsEnd},
	{"all sessions of entities end", sessionsEndOf},
	{"all that is chosen ends, by what is there then", allChosenEnd},
	{"none is left behind by a switch at the same time", sessionsEndOfRace},
	{"last use moves forwards only", sessionsTouched},
	{"a session that was ended is not touched back", sessionsTouchEnded},
	{"a sweep removes what ended", sessionsSweep},
	{"a sweep is bounded", sessionsSweepBounded},
	{"a sweep goes by the last use", sessionsSweepTouched},
}

func sessionCopied(t *testing.T, s store.Store) {
	v, want := filledSession(), filledSession()
	login(t, s, v)
	v.Proofs[0].Method = "spoilt"
	must(s.Session(t.Context(), v.Key))(t).Proofs[0].Method = "spoilt"
	must(s.SessionsOf(t.Context(), v.Kind, v.EntityID))(t)[0].Proofs[0].Method = "spoilt"
	wantEqual(t, "session", must(s.Session(t.Context(), v.Key))(t), want)
}

func sessionNotFound(t *testing.T, s store.Store) {
	login(t, s, signedIn(1, "c"))
	_, err := s.Session(t.Context(), session.Key{2})
	wantErr(t, err, session.ErrNotFound)
	wantSessionsOf(t, s, directory.KindContact, "nobody")
	wantSessionsOf(t, s, directory.KindMember, "c")
}

func sessionsNewestFirst(t *testing.T, s store.Store) {
	for _, n := range []byte{2, 9, 1, 5} {
		login(t, s, signedIn(n, "c"))
	}
	backwards := signedIn(3, "c")
	backwards.Key = session.Key{200}
	login(t, s, backwards)
	wantSessionsOf(t, s, directory.KindContact, "c", "public j", "public f", "public d", "public c", "public b")
}

func sessionsOddIDs(t *testing.T, s store.Store) {
	for i, id := range oddNames {
		v := signedIn(byte(i), id)
		v.Address = directory.Address(fmt.Sprintf("p%d@x.example", i))
		login(t, s, v)
	}
	for i, id := range oddNames {
		wantSessionsOf(t, s, directory.KindContact, id, signedIn(byte(i), id).ID)
	}
}

func sessionsEnd(t *testing.T, s store.Store) {
	for n := range byte(4) {
		login(t, s, signedIn(n, "c"))
	}
	ok(t, s.EndSessions(t.Context()))
	ok(t, s.EndSessions(t.Context(), session.Key{1}, session.Key{77}, session.Key{2}, session.Key{1}))
	wantSessionsOf(t, s, directory.KindContact, "c", "public d", "public a")
	_, err := s.Session(t.Context(), session.Key{1})
	wantErr(t, err, session.ErrNotFound)
}

// allOf chooses all sessions of some, and no journeys.
func allOf(owners ...session.Owner) func(session.Session, directory.People) journey.Ending {
	return func(session.Session, directory.People) journey.Ending {
		return journey.Ending{Owners: owners, Journeys: func(journey.Journey) bool { return false }}
	}
}

func sessionsEndOf(t *testing.T, s store.Store) {
	signedInBoth(t, s)
	of := signedIn(1, "c")
	ok(t, s.EndAll(t.Context(), of, allOf()))
	ok(t, s.EndAll(t.Context(), of, allOf(session.Owner{Kind: directory.KindContact, ID: "c"}, session.Owner{Kind: directory.KindContact, ID: "nobody"})))
	wantSessionsOf(t, s, directory.KindContact, "c")
	wantSessionsOf(t, s, directory.KindContact, "d", "public d")
	wantSessionsOf(t, s, directory.KindMember, "c", "public e")
	ok(t, s.EndAll(t.Context(), of, allOf(session.Owner{Kind: directory.KindMember, ID: "c"}, session.Owner{Kind: directory.KindContact, ID: "d"})))
	wantSessionsOf(t, s, directory.KindContact, "d")
	wantSessionsOf(t, s, directory.KindMember, "c")
}

// allChosenEnd: by what the session and the people are at that moment.
func allChosenEnd(t *testing.T, s store.Store) {
	signedInBoth(t, s)
	of := signedIn(1, "c")
	for _, id := range []string{"theirs", "another's", "elsewhere"} {
		address := map[bool]directory.Address{true: "d@x.example", false: "c@x.example"}[id == "elsewhere"]
		ok(t, s.CreateJourney(t.Context(), journey.Journey{ID: id, Address: address, Proofs: []session.Proof{{Method: directory.MethodPassword}}}))
	}
	ok(t, s.Edit(t.Context(), func(e directory.Editor) error { return e.RenameContact("c", "z") }))
	ok(t, s.EndAll(t.Context(), of, func(is session.Session, people directory.People) journey.Ending {
		wantEqual(t, "the contact of the session", is.EntityID, "z")
		wantEqual(t, "who bears its address", ids(people.Contacts, contactID), []string{"z"})
		wantEqual(t, "and the member", people.Member.ID, "c")
		return journey.Ending{Sessions: []session.Key{{1}, {9}}, Journeys: func(j journey.Journey) bool { return j.ID != "another's" }}
	}))
	wantSessionsOf(t, s, directory.KindContact, "z", "public c")
	wantSessionsOf(t, s, directory.KindContact, "d", "public d")
	wantSessionsOf(t, s, directory.KindMember, "c", "public e")
	_, err := s.Journey(t.Context(), "theirs")
	wantErr(t, err, journey.ErrNotFound)
	must(s.Journey(t.Context(), "another's"))(t)
	must(s.Journey(t.Context(), "elsewhere"))(t)
	ok(t, s.EndAll(t.Context(), of, func(is session.Session, _ directory.People) journey.Ending {
		wantEqual(t, "one that is gone", is, of)
		return journey.Ending{Journeys: func(journey.Journey) bool { return false }}
	}))
}

// sessionsEndOfRace: who holds a stolen session switches to and fro as fast as
// they can while its owner ends all.
func sessionsEndOfRace(t *testing.T, s store.Store) {
	put(t, s, account("a"), contact("c", "a", "c@x.example"), contact("d", "a", "d@x.example"))
	for n := range byte(50) {
		from, begun := login(t, s, signedIn(n, "c")), make(chan struct{})
		var thief sync.WaitGroup
		var over atomic.Bool
		thief.Go(func() {
			for i := 0; ; i++ {
				late := over.Load()
				to := signedIn(n, []string{"d", "c"}[i%2])
				to.Key = session.NewSecret().Key()
				id := rand.Text()
				err := s.CreateJourney(t.Context(), journey.Journey{ID: id, From: &from.Key})
				if err == nil {
					err = s.FinishJourney(t.Context(), id, to, from.Key)
				}
				if errors.Is(err, journey.ErrNotFound) {
					return
				}
				if err != nil || late {
					t.Errorf("switched once more, long after: %t; %v", late, err)
					return
				}
				if from = to; i == 2 {
					close(begun)
				}
			}
		})
		<-begun
		ok(t, s.EndAll(t.Context(), from, allOf(session.Owner{Kind: directory.KindContact, ID: "c"}, session.Owner{Kind: directory.KindContact, ID: "d"})))
		over.Store(true)
		thief.Wait()
		wantSessionsOf(t, s, directory.KindContact, "c")
		wantSessionsOf(t, s, directory.KindContact, "d")
	}
}

func sessionsTouched(t *testing.T, s store.Store) {
	login(t, s, signedIn(1, "c"))
	login(t, s, signedIn(2, "c"))
	login(t, s, signedIn(3, "c"))
	ok(t, s.TouchSessions(t.Context(), nil))
	ok(t, s.TouchSessions(t.Context(), map[session.Key]time.Time{
		{1}: start.Add(time.Minute), {2}: start.Add(-time.Minute), {77}: start.Add(time.Minute),
	}))
	used := func(n byte) time.Time { return must(s.Session(t.Context(), session.Key{n}))(t).LastUsed }
	wantEqual(t, "later use", used(1), start.UTC().Add(time.Minute))
	wantEqual(t, "earlier use", used(2), start.UTC())
	wantEqual(t, "no use", used(3), start.UTC())
	want := signedIn(1, "c")
	want.LastUsed = start.UTC().Add(time.Minute)
	wantEqual(t, "session", must(s.Session(t.Context(), session.Key{1}))(t), want)
}

func sessionsTouchEnded(t *testing.T, s store.Store) {
	v := login(t, s, signedIn(1, "c"))
	ok(t, s.EndSessions(t.Context(), v.Key))
	ok(t, s.TouchSessions(t.Context(), map[session.Key]time.Time{v.Key: start.Add(time.Hour)}))
	_, err := s.Session(t.Context(), v.Key)
	wantErr(t, err, session.ErrNotFound)
	wantSessionsOf(t, s, directory.KindContact, "c")
}

func sessionsSweep(t *testing.T, s store.Store) {
	const idle = time.Hour
	now := start.Add(10 * time.Hour)
	cases := []struct {
		name          string
		persistent    bool
		expires, used time.Time
		gone          bool
	}{
		{"in use", false, now.Add(time.Hour), now, false},
		{"expired", false, now.Add(-time.Millisecond), now, true},
		{"expiring now", false, now, now, false},
		{"idle", false, now.Add(time.Hour), now.Add(-idle - time.Millisecond), true},
		{"just not idle", false, now.Add(time.Hour), now.Add(-idle), false},
		{"persistent and idle", true, now.Add(time.Hour), now.Add(-9 * idle), false},
		{"persistent and expired", true, now.Add(-time.Hour), now, true},
		{"idle and expired", false, now.Add(-time.Hour), now.Add(-9 * idle), true},
	}
	var left []string
	for i, c := range cases {
		v := signedIn(byte(len(cases)-i), "c")
		v.ID, v.Persistent, v.Expires, v.LastUsed = c.name, c.persistent, c.expires, c.used
		login(t, s, v)
		if !c.gone {
			left = append(left, c.name)
		}
	}
	wantEqual(t, "swept", must(s.SweepSessions(t.Context(), now, idle, 100))(t), 4)
	wantSessionsOf(t, s, directory.KindContact, "c", left...)
	wantEqual(t, "swept again", must(s.SweepSessions(t.Context(), now, idle, 100))(t), 0)
	wantEqual(t, "swept without an idle limit", must(s.SweepSessions(t.Context(), now, 0, 100))(t), 0)
}

func sessionsSweepBounded(t *testing.T, s store.Store) {
	for n := range byte(6) {
		v := signedIn(n, "c")
		if n%2 == 0 {
			v.Expires = start
		}
		login(t, s, v)
	}
	now := start.Add(2 * time.Hour)
	for _, step := range []struct{ limit, want int }{{0, 0}, {2, 2}, {3, 3}, {3, 1}, {3, 0}} {
		wantEqual(t, "swept", must(s.SweepSessions(t.Context(), now, time.Hour, step.limit))(t), step.want)
	}
}

func sessionsSweepTouched(t *testing.T, s store.Store) {
	login(t, s, signedIn(1, "c"))
	login(t, s, signedIn(2, "c"))
	ok(t, s.TouchSessions(t.Context(), map[session.Key]time.Time{{1}: start.Add(time.Hour)}))
	wantEqual(t, "swept", must(s.SweepSessions(t.Context(), start.Add(90*time.Minute), time.Hour, 100))(t), 1)
	wantSessionsOf(t, s, directory.KindContact, "c", "public b")
}
