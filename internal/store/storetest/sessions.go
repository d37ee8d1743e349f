package storetest

import (
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
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
	{"what is chosen of all that an address has ends", allChosenEnd},
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
func allOf(owners ...session.Owner) func(directory.People, []session.Session) journey.Ending {
	return func(directory.People, []session.Session) journey.Ending {
		return journey.Ending{Sessions: func(s session.Session) bool { return slices.Contains(owners, s.Owner()) }}
	}
}

// allChosenEnd: by what is there at that moment.
func allChosenEnd(t *testing.T, s store.Store) {
	signedInBoth(t, s)
	for id, address := range map[string]directory.Address{"theirs": "C@x.example", "another's": "c@x.example", "elsewhere": "d@x.example"} {
		ok(t, s.CreateJourney(t.Context(), journey.Journey{ID: id, Address: address, Proofs: []session.Proof{{Method: directory.MethodPassword}}}))
	}
	ok(t, s.Edit(t.Context(), func(e directory.Editor) error { return e.RenameContact("c", "z") }))
	bear, read := must(s.People(t.Context(), "c@x.example"))(t), func(n byte) session.Session { return must(s.Session(t.Context(), session.Key{n}))(t) }
	have := []session.Session{read(1), read(2), read(4)}
	ok(t, s.EndAt(t.Context(), "c@x.example", func(people directory.People, all []session.Session) journey.Ending {
		slices.SortFunc(all, func(a, b session.Session) int { return strings.Compare(a.ID, b.ID) })
		wantEqual(t, "people", people, bear)
		wantEqual(t, "sessions", all, have)
		return journey.Ending{Sessions: func(v session.Session) bool { return v.Key != session.Key{2} }, Journeys: func(j journey.Journey) bool { return j.ID != "another's" }}
	}))
	wantSessionsOf(t, s, directory.KindContact, "z", "public c")
	wantSessionsOf(t, s, directory.KindContact, "d", "public d")
	wantSessionsOf(t, s, directory.KindMember, "c")
	_, err := s.Journey(t.Context(), "theirs")
	wantErr(t, err, journey.ErrNotFound)
	must(s.Journey(t.Context(), "another's"))(t)
	must(s.Journey(t.Context(), "elsewhere"))(t)
	for n := range byte(4) {
		for _, finished := range []string{"", "S"} {
			j := journey.Journey{ID: fmt.Sprint("in ", n, finished), Address: "c@x.example", Browser: session.Browser{n}, Finished: finished}
			ok(t, s.CreateJourney(t.Context(), j))
		}
	}
	ok(t, s.EndAt(t.Context(), "c@x.example", func(directory.People, []session.Session) journey.Ending {
		return journey.Ending{Browsers: []session.Browser{{1}, {2}, {77}, {1}}, Journeys: func(j journey.Journey) bool { return strings.HasPrefix(j.ID, "in 3") }}
	}))
	for id, stays := range map[string]bool{"in 0": true, "in 1": false, "in 2": false, "in 3": false, "in 1S": false, "in 3S": true} {
		if _, err := s.Journey(t.Context(), id); stays != (err == nil) {
			t.Errorf("%s: %v, want it to stay: %t", id, err, stays)
		}
	}
	ok(t, s.EndAt(t.Context(), "c@x.example", allOf()))
	must(s.Journey(t.Context(), "another's"))(t)
	ok(t, s.EndAt(t.Context(), "nobody@x.example", func(people directory.People, all []session.Session) journey.Ending {
		wantEqual(t, "who bears nobody's address", people.Known() || len(all) > 0, false)
		return journey.Ending{}
	}))
}

// sessionsEndOfRace: who holds a stolen session switches to and fro as fast as
// they can while its owner ends all.
func sessionsEndOfRace(t *testing.T, s store.Store) {
	put(t, s, account("a"), account("b"), contact("c", "a", "c@x.example"), contact("d", "b", "c@x.example"))
	for n := range byte(50) {
		from, begun := login(t, s, signedIn(n, "c")), make(chan struct{})
		begins := sync.OnceFunc(func() { close(begun) })
		var thief sync.WaitGroup
		var over atomic.Bool
		thief.Go(func() {
			defer begins()
			for i := 0; ; i++ {
				late := over.Load()
				to := signedIn(n, []string{"d", "c"}[i%2])
				to.Key, to.Address = session.NewSecret().Key(), from.Address
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
					begins()
				}
			}
		})
		<-begun
		ok(t, s.EndAt(t.Context(), "c@x.example", allOf(session.Owner{Kind: directory.KindContact, ID: "c"}, session.Owner{Kind: directory.KindContact, ID: "d"})))
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

	// What a configuration has noted is written when it goes, and may be of before
	// what the next one wrote already.
	ok(t, s.TouchSessions(t.Context(), map[session.Key]time.Time{{1}: start.Add(time.Second)}))
	wantEqual(t, "earlier use, written after a later one", used(1), start.UTC().Add(time.Minute))
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
