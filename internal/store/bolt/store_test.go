package bolt

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/journey"
	"github.com/frontdesk-gateway/frontdesk/internal/limit"
	"github.com/frontdesk-gateway/frontdesk/internal/session"
	"github.com/frontdesk-gateway/frontdesk/internal/store"
)

func TestBackup(t *testing.T) {
	s := openTest(t, filepath.Join(t.TempDir(), "frontdesk.db"), Options{})
	populate(t, s, 100)
	path := filepath.Join(t.TempDir(), "copy.db")
	var out bytes.Buffer
	if err := s.Backup(&out); err != nil {
		t.Fatal(err)
	}
	write(t, path, out.Bytes())
	c := openTest(t, path, Options{})
	got, err := c.Contact(t.Context(), "c7")
	want, _ := s.Contact(t.Context(), "c7")
	if err != nil || got.Email != want.Email || c.ID() != s.ID() {
		t.Errorf("the copy %s has %+v (%v), the store %s %+v", c.ID(), got, err, s.ID(), want)
	}
	if left, err := os.ReadDir(filepath.Dir(s.Path())); err != nil || len(left) != 1 {
		t.Errorf("left in the folder: %v (%v)", left, err)
	}
}

// writerFunc is an io.Writer.
type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

func TestBackupWriter(t *testing.T) {
	s := openTest(t, filepath.Join(t.TempDir(), "frontdesk.db"), Options{})
	broken := errors.New("broken pipe")
	if err := s.Backup(writerFunc(func([]byte) (int, error) { return 0, broken })); !errors.Is(err, broken) {
		t.Errorf("the error is %v, want the writer's", err)
	}
	// A slow writer holds nothing: the store can grow, and close, meanwhile.
	err := s.Backup(writerFunc(func(p []byte) (int, error) {
		populate(t, s, 10)
		return len(p), s.Close()
	}))
	if err != nil {
		t.Error(err)
	}
	if err := s.Backup(&bytes.Buffer{}); !errors.Is(err, store.ErrClosed) {
		t.Errorf("the error is %v, want %v", err, store.ErrClosed)
	}
}

// TestCheckAfterFailure: where a write failed Check tries one, and is content
// when it succeeds.
func TestCheckAfterFailure(t *testing.T) {
	s := openTest(t, filepath.Join(t.TempDir(), "frontdesk.db"), Options{})
	s.db.MaxSize = 1 // no room to grow
	huge := directory.Account{ID: "a", Name: strings.Repeat("x", 1<<20)}
	put := func(e directory.Editor) error { return e.PutAccount(huge) }
	err := s.Edit(t.Context(), put)
	if err == nil || !strings.Contains(err.Error(), "writing store "+s.Path()) || !s.failing.Load() {
		t.Fatalf("the error is %v, failing %v", err, s.failing.Load())
	}
	s.db.MaxSize = 0
	if err := s.Check(t.Context()); err != nil || s.failing.Load() {
		t.Errorf("the error is %v, failing %v", err, s.failing.Load())
	}
	if err := s.Edit(t.Context(), put); err != nil {
		t.Error(err)
	}
}

// TestIndexesLeaveNothing: when every record is gone, so is every entry.
func TestIndexesLeaveNothing(t *testing.T) {
	s := openTest(t, filepath.Join(t.TempDir(), "frontdesk.db"), Options{noSync: true})
	populate(t, s, 20)
	late := time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)
	err := s.Edit(t.Context(), func(e directory.Editor) error {
		for c := range e.Contacts(t.Context()) {
			if err := e.DeleteContact(c.ID); err != nil {
				return err
			}
		}
		return e.DeleteAccount("a")
	})
	_, errSweep := s.SweepJourneys(t.Context(), late, 1000)
	errCount := s.UpdateCounters(t.Context(), []string{"k"}, func(c []limit.Counter) { c[0] = limit.Counter{Count: 1, Reset: late.AddDate(-1, 0, 0)} })
	_, errCounts := s.SweepCounts(t.Context(), late, 1000)
	if err := errors.Join(err, errSweep, errCount, errCounts); err != nil {
		t.Fatal(err)
	}
	err = s.db.View(func(tx *bbolt.Tx) error {
		for _, name := range buckets() {
			if k, _ := tx.Bucket([]byte(name)).Cursor().First(); k != nil && name != metaBucket {
				t.Errorf("%s holds %q", name, k)
			}
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func TestInstantOrder(t *testing.T) {
	base := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	times := []time.Time{{}, time.Unix(-1, 0), time.Unix(0, 0), time.Unix(0, 1), base, base.Add(time.Nanosecond),
		base.Add(time.Second), time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)}
	if !slices.IsSortedFunc(times, func(a, b time.Time) int { return bytes.Compare(instant(a), instant(b)) }) {
		t.Error("the encoded times are not in their order")
	}
	if n := len(instant(base)); n != instantSize {
		t.Errorf("an instant has %d bytes", n)
	}
}

// populate keeps n contacts of one account, with a session each.
func populate(tb testing.TB, s *Store, n int) {
	tb.Helper()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	err := s.Edit(tb.Context(), func(e directory.Editor) error {
		if err := e.PutAccount(directory.Account{ID: "a", Name: "Account", Domains: []string{"x.example"}, Tenants: directory.Tenants{{Tenant: "t"}}, Active: true}); err != nil {
			return err
		}
		for i := range n {
			c := directory.Contact{ID: fmt.Sprint("c", i), Email: directory.Address(fmt.Sprintf("p%d@x.example", i)), Account: "a", Active: true}
			if err := e.PutContact(c); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		tb.Fatal(err)
	}
	for i := range min(n, 50) {
		id := fmt.Sprint("c", i)
		v := session.Session{Key: session.Key{byte(i)}, ID: id, Kind: directory.KindContact, EntityID: id, Address: directory.Address(fmt.Sprintf("p%d@x.example", i)), Created: now, Expires: now, LastUsed: now}
		err := s.CreateJourney(tb.Context(), journey.Journey{ID: id, Expires: now})
		if err := errors.Join(err, s.FinishJourney(tb.Context(), id, v)); err != nil {
			tb.Fatal(err)
		}
	}
}

func openBenchmark(b *testing.B, contacts int) *Store {
	b.Helper()
	s := openTest(b, filepath.Join(b.TempDir(), "frontdesk.db"), Options{})
	populate(b, s, contacts)
	return s
}

func BenchmarkPeople(b *testing.B) {
	for _, n := range []int{100, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			s := openBenchmark(b, n)
			for b.Loop() {
				if p, err := s.People(b.Context(), "p42@x.example"); err != nil || len(p.Contacts) != 1 {
					b.Fatal(p, err)
				}
			}
		})
	}
}

func BenchmarkSession(b *testing.B) {
	s := openBenchmark(b, 50)
	for b.Loop() {
		if _, err := s.Session(b.Context(), session.Key{7}); err != nil {
			b.Fatal(err)
		}
	}
}

func stay(j journey.Journey) (journey.Journey, error) {
	j.Version++
	return j, nil
}

func BenchmarkUpdateJourney(b *testing.B) {
	s := openBenchmark(b, 50)
	b.Run("alone", func(b *testing.B) {
		for b.Loop() {
			if _, err := s.UpdateJourney(b.Context(), "c1", stay); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("at once", func(b *testing.B) {
		b.SetParallelism(100)
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				if _, err := s.UpdateJourney(b.Context(), "c2", stay); err != nil {
					b.Fatal(err)
				}
			}
		})
	})
}
