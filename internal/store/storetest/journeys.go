package storetest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/journey"
	"github.com/frontdesk-gateway/frontdesk/internal/session"
	"github.com/frontdesk-gateway/frontdesk/internal/store"
)

var journeyPromises = []promise{
	{"journeys are kept whole", journeyWhole},
	{"results are copies", journeyCopied},
	{"what is not there is not found", journeyNotFound},
	{"an id is used once", journeyTaken},
	{"an update replaces and returns", journeyUpdated},
	{"an update's error is returned and writes nothing", journeyUpdateFails},
	{"an update's panic writes nothing", journeyUpdatePanics},
	{"updates at once all count", journeyRace},
	{"those that were begun in a browser end", journeysEnded},
	{"a sweep removes what expired, bounded", journeySweep},
	{"a sweep goes by the expiry of the last update", journeySweepUpdated},
}

// same returns the journey as it is.
func same(j journey.Journey) (journey.Journey, error) { return j, nil }

func journeyWhole(t *testing.T, s store.Store) {
	j := filled[journey.Journey]()
	ok(t, s.CreateJourney(t.Context(), j))
	wantEqual(t, "journey", must(s.Journey(t.Context(), j.ID))(t), j)
	wantEqual(t, "journey as updated", must(s.UpdateJourney(t.Context(), j.ID, same))(t), j)
	bare := journey.Journey{ID: "bare", Created: start}
	ok(t, s.CreateJourney(t.Context(), bare))
	bare.Created = start.UTC()
	wantEqual(t, "bare journey", must(s.Journey(t.Context(), "bare"))(t), bare)
}

func journeyCopied(t *testing.T, s store.Store) {
	spoil := func(j journey.Journey) {
		j.Proofs[0].Method, j.Token.Left, j.Provider.Name, j.From[0] = "spoilt", 99, "spoilt", 99
	}
	want := filled[journey.Journey]()
	j := filled[journey.Journey]()
	ok(t, s.CreateJourney(t.Context(), j))
	spoil(j)
	spoil(must(s.Journey(t.Context(), j.ID))(t))
	var held journey.Journey
	returned := must(s.UpdateJourney(t.Context(), j.ID, func(j journey.Journey) (journey.Journey, error) {
		held = j
		return j, nil
	}))(t)
	spoil(held)
	wantEqual(t, "returned journey", returned, want)
	spoil(returned)
	wantEqual(t, "journey", must(s.Journey(t.Context(), j.ID))(t), want)
}

func journeyNotFound(t *testing.T, s store.Store) {
	_, err := s.Journey(t.Context(), "none")
	wantErr(t, err, journey.ErrNotFound)
	_, err = s.UpdateJourney(t.Context(), "none", func(j journey.Journey) (journey.Journey, error) {
		t.Error("change was called without a journey")
		return j, nil
	})
	wantErr(t, err, journey.ErrNotFound)
	wantErr(t, s.FinishJourney(t.Context(), "none", signedIn(1, "c")), journey.ErrNotFound)
	_, err = s.Session(t.Context(), signedIn(1, "c").Key)
	wantErr(t, err, session.ErrNotFound)
}

func journeysEnded(t *testing.T, s store.Store) {
	token, proved := &journey.Token{Left: 1}, []session.Proof{{Method: "password"}}
	for _, j := range []journey.Journey{
		{ID: "proved", Address: "ann@x.example", Proofs: proved},
		{ID: "spelt", Address: "Ann@x.example", Proofs: proved},
		{ID: "mailed", Address: "ann@x.example", Token: token},
		{ID: "elsewhere", Address: "ann@x.example", Proofs: proved},
		{ID: "begun", Address: "ann@x.example"},
		{ID: "finished", Address: "ann@x.example", Proofs: proved, Finished: "S"},
		{ID: "other", Address: "ann@x.example.org", Proofs: proved},
		{ID: "proved later", Address: "ann@x.example"},
	} {
		if j.Browser = (session.Browser{1}); j.ID == "elsewhere" {
			j.Browser = session.Browser{1, 1}
		}
		ok(t, s.CreateJourney(t.Context(), j))
	}
	must(s.UpdateJourney(t.Context(), "proved later", func(j journey.Journey) (journey.Journey, error) {
		j.Proofs = proved
		return j, nil
	}))(t)
	ok(t, s.EndJourneys(t.Context(), session.Browser{}))
	ok(t, s.EndJourneys(t.Context(), session.Browser{1}))
	for id, stays := range map[string]bool{
		"proved": false, "spelt": false, "mailed": false, "proved later": false, "begun": false, "elsewhere": true, "finished": false, "other": false,
	} {
		if _, err := s.Journey(t.Context(), id); stays != (err == nil) || !stays && !errors.Is(err, journey.ErrNotFound) {
			t.Errorf("%s: %v, want it to stay: %t", id, err, stays)
		}
	}
}

func journeyTaken(t *testing.T, s store.Store) {
	ok(t, s.CreateJourney(t.Context(), journey.Journey{ID: "j", Notice: "first"}))
	if err := s.CreateJourney(t.Context(), journey.Journey{ID: "j"}); err == nil {
		t.Error("a journey took another's id")
	}
	wantEqual(t, "notice", must(s.Journey(t.Context(), "j"))(t).Notice, "first")
}

func journeyUpdated(t *testing.T, s store.Store) {
	ok(t, s.CreateJourney(t.Context(), journey.Journey{ID: "j", Notice: "old"}))
	want := journey.Journey{ID: "j", Token: &journey.Token{Left: 2}, Stay: journey.Yes}
	got := must(s.UpdateJourney(t.Context(), "j", func(j journey.Journey) (journey.Journey, error) {
		wantEqual(t, "old notice", j.Notice, "old")
		return want, nil
	}))(t)
	wantEqual(t, "returned", got, want)
	wantEqual(t, "kept", must(s.Journey(t.Context(), "j"))(t), want)
}

func journeyUpdateFails(t *testing.T, s store.Store) {
	ok(t, s.CreateJourney(t.Context(), journey.Journey{ID: "j", Notice: "old"}))
	for _, err := range race(func(int) error {
		got, err := s.UpdateJourney(t.Context(), "j", func(j journey.Journey) (journey.Journey, error) {
			return journey.Journey{Notice: "new"}, errOwn
		})
		wantEqual(t, "returned", got, journey.Journey{})
		return err
	}) {
		if err != errOwn { // not only by errors.Is: as it is
			t.Errorf("the error is %v, not change's own", err)
		}
	}
	wantEqual(t, "notice", must(s.Journey(t.Context(), "j"))(t).Notice, "old")
}

func journeyUpdatePanics(t *testing.T, s store.Store) {
	ok(t, s.CreateJourney(t.Context(), journey.Journey{ID: "j"}))
	for _, err := range race(func(i int) (err error) {
		defer func() {
			if p := recover(); p != any(errOwn) && i%10 == 0 {
				err = fmt.Errorf("recovered %v", p)
			}
		}()
		_, err = s.UpdateJourney(t.Context(), "j", func(j journey.Journey) (journey.Journey, error) {
			if i%10 == 0 {
				panic(errOwn)
			}
			j.Version++
			return j, nil
		})
		return err
	}) {
		ok(t, err)
	}
	wantEqual(t, "version", must(s.Journey(t.Context(), "j"))(t).Version, uint64(racers-racers/10))
}

func journeyRace(t *testing.T, s store.Store) {
	ok(t, s.CreateJourney(t.Context(), journey.Journey{ID: "j"}))
	for _, err := range race(func(i int) error {
		_, err := s.UpdateJourney(t.Context(), "j", func(j journey.Journey) (journey.Journey, error) {
			if i%7 == 0 {
				return j, errOwn
			}
			j.Version++
			return j, nil
		})
		if i%7 == 0 && err == errOwn { // not only by errors.Is: as it is
			return nil
		}
		return err
	}) {
		ok(t, err)
	}
	wantEqual(t, "version", must(s.Journey(t.Context(), "j"))(t).Version, uint64(racers-8))
}

func ticket(n byte, expires time.Time) journey.Ticket {
	return journey.Ticket{Hash: [32]byte{n}, Expires: expires}
}

func journeySweep(t *testing.T, s store.Store) {
	for i := range 5 {
		at := start.Add(time.Duration(i) * time.Millisecond)
		ok(t, s.CreateJourney(t.Context(), journey.Journey{ID: fmt.Sprint(i), Expires: at}))
		ok(t, s.CreateTicket(t.Context(), ticket(byte(i), at)))
	}
	now := start.Add(3 * time.Millisecond) // 0, 1 and 2 are over, 3 is just not
	for _, step := range []struct{ limit, want int }{{0, 0}, {4, 4}, {10, 2}, {10, 0}} {
		wantEqual(t, "swept", must(s.SweepJourneys(t.Context(), now, step.limit))(t), step.want)
	}
	for i := range 5 {
		_, err := s.Journey(t.Context(), fmt.Sprint(i))
		_, errTicket := s.SpendTicket(t.Context(), [32]byte{byte(i)})
		if i < 3 {
			wantErr(t, err, journey.ErrNotFound)
			wantErr(t, errTicket, journey.ErrNotFound)
			continue
		}
		ok(t, err)
		ok(t, errTicket)
	}
}

func journeySweepUpdated(t *testing.T, s store.Store) {
	ok(t, s.CreateJourney(t.Context(), journey.Journey{ID: "longer", Expires: start}))
	ok(t, s.CreateJourney(t.Context(), journey.Journey{ID: "shorter", Expires: start.Add(time.Hour)}))
	expire := func(id string, at time.Time) {
		_ = must(s.UpdateJourney(t.Context(), id, func(j journey.Journey) (journey.Journey, error) {
			j.Expires = at
			return j, nil
		}))(t)
	}
	expire("longer", start.Add(time.Hour))
	expire("shorter", start)
	wantEqual(t, "swept", must(s.SweepJourneys(t.Context(), start.Add(time.Minute), 10))(t), 1)
	wantEqual(t, "left", must(s.Journey(t.Context(), "longer"))(t).ID, "longer")
}
