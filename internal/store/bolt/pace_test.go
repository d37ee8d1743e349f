package bolt

import (
	"path/filepath"
	"slices"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"github.com/frontdesk-gateway/frontdesk/internal/session"
	"github.com/frontdesk-gateway/frontdesk/internal/store"
)

func TestPace(t *testing.T) {
	for _, c := range []struct {
		name    string
		size, n int
		held    time.Duration
		want    int
	}{
		{name: "at the beginning", want: first},
		{name: "as long as it may", size: 500, n: 500, held: holdFor, want: 500},
		{name: "too long", size: 500, n: 500, held: 2 * holdFor, want: 250},
		{name: "far too long", size: 500, n: 500, held: time.Minute, want: smallest},
		{name: "short", size: 500, n: 500, held: holdFor * 2 / 3, want: 750},
		{name: "very short", size: 500, n: 500, held: time.Microsecond, want: 1000},
		{name: "no time at all", size: 500, n: 500, want: 1000},
		{name: "very short, at the end", size: largest - 1, n: largest - 1, held: time.Microsecond, want: largest},
		{name: "few, and short: says little", size: 500, n: 3, held: time.Microsecond, want: 500},
		{name: "few, and long", size: 500, n: 300, held: 2 * holdFor, want: 150},
		{name: "none, and long", size: 500, held: time.Minute, want: 500},
	} {
		p := pace{c.size}
		if p.took(c.n, c.held); p.records() != c.want {
			t.Errorf("%s: the next is of %d, want %d", c.name, p.records(), c.want)
		}
	}
}

// TestSweepInTurns: where the disk is slow, few sessions are removed at a time.
func TestSweepInTurns(t *testing.T) {
	const n = 1000
	o := openTown(t, n, true)
	now := began
	o.now = func() time.Time { return now }
	var turns []int
	defer o.Watch(func(c store.Change) {
		turns = append(turns, len(c.Sessions))
		now = now.Add(time.Duration(len(c.Sessions)) * time.Millisecond)
	})()
	left := n
	for left > 0 {
		k, err := o.SweepSessions(t.Context(), began.AddDate(1, 0, 0), time.Hour, n)
		if err != nil || k == 0 {
			t.Fatalf("%d left, swept %d, %v", left, k, err)
		}
		left -= k
	}
	want := []int{first}
	for range (n - first) / smallest { // for which the disk takes 16 ms: no fewer are worth a change
		want = append(want, smallest)
	}
	if want = append(want, (n-first)%smallest); !slices.Equal(turns, want) {
		t.Errorf("removed %v", turns)
	}
}

// TestTouchInTurns: last uses are written in as many changes as they need, and
// no session's twice.
func TestTouchInTurns(t *testing.T) {
	const n = 3000
	o := openTown(t, n, true)
	now := began
	o.now = func() time.Time { now = now.Add(time.Millisecond); return now }
	used := map[session.Key]time.Time{{1}: now} // of no session
	for i := range n {
		used[townSecret(i).Key()] = began.Add(time.Hour)
	}
	before := o.newest.Load()
	if err := o.TouchSessions(t.Context(), used); err != nil {
		t.Fatal(err)
	}
	const want = 5 // of 128, 256, 512, 1024, and the rest
	if n := o.newest.Load() - before; n != want {
		t.Errorf("%d changes, want %d", n, want)
	}
	for i := range n {
		if s, err := o.Session(t.Context(), townSecret(i).Key()); err != nil || !s.LastUsed.Equal(began.Add(time.Hour)) {
			t.Fatalf("session %d was used last at %s, %v", i, s.LastUsed, err)
		}
	}
}

// TestSweepTakesUpUses: what was used is found in the index at its first use, is
// left alone and found by its last one from then on. That is done once, and not at
// every use.
func TestSweepTakesUpUses(t *testing.T) {
	const n, idle = 300, time.Hour
	o := openTown(t, n, true)
	used := map[session.Key]time.Time{}
	for i := range n - 1 {
		used[townSecret(i).Key()] = began.Add(idle)
	}
	sweeps := func(at time.Time, want int) (changes int64) {
		t.Helper()
		before := o.newest.Load()
		k, err := o.SweepSessions(t.Context(), at, idle, n)
		if err != nil || k != want {
			t.Fatalf("swept %d, want %d, %v", k, want, err)
		}
		return o.newest.Load() - before
	}
	if err := o.TouchSessions(t.Context(), used); err != nil {
		t.Fatal(err)
	}
	late := began.Add(idle + time.Minute)
	sweeps(late, 1)
	sweeps(late, 0)
	if n := sweeps(late, 0); n != 0 {
		t.Errorf("%d changes with nothing left to do", n)
	}
	if _, err := o.Session(t.Context(), townSecret(n-1).Key()); err == nil {
		t.Error("the one that was not used is there")
	}
	sweeps(began.Add(2*idle), 0)
	o.paces.sessions = pace{n}
	sweeps(began.Add(2*idle+time.Second), n-1)
}

// TestEndedLeavesNoUse: a use that comes late leaves nothing of a session.
func TestEndedLeavesNoUse(t *testing.T) {
	s := openTest(t, filepath.Join(t.TempDir(), "frontdesk.db"), Options{noSync: true})
	populate(t, s, 1)
	if err := s.EndSessions(t.Context(), session.Key{0}); err != nil {
		t.Fatal(err)
	}
	if err := s.TouchSessions(t.Context(), map[session.Key]time.Time{{0}: time.Now()}); err != nil {
		t.Fatal(err)
	}
	if n := s.count(t, lastUses); n != 0 {
		t.Errorf("%d last uses are left", n)
	}
}

// count is how much lies in a bucket.
func (s *Store) count(t *testing.T, bucket string) (n int) {
	t.Helper()
	err := s.view(t.Context(), func(tx *bbolt.Tx) error {
		n = tx.Bucket([]byte(bucket)).Stats().KeyN
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}
