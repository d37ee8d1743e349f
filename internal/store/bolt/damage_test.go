package bolt

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/journey"
	"github.com/frontdesk-gateway/frontdesk/internal/keyring"
	"github.com/frontdesk-gateway/frontdesk/internal/limit"
	"github.com/frontdesk-gateway/frontdesk/internal/rescue"
	"github.com/frontdesk-gateway/frontdesk/internal/session"
	"github.com/frontdesk-gateway/frontdesk/internal/store"
)

var errWrong = errors.New("a wrong answer")

func right(ok bool, err error) error {
	if err == nil && !ok {
		return errWrong
	}
	return err
}

// reads are what a gateway asks of a store that populate filled; each returns nil
// where the answer is the right one.
func reads(ctx context.Context, s *Store) map[string]func() error {
	return map[string]func() error{
		"session": func() error { v, err := s.Session(ctx, session.Key{7}); return right(v.EntityID == "c7", err) },
		"sessions of a contact": func() error {
			v, err := s.SessionsOf(ctx, directory.KindContact, "c7")
			return right(len(v) == 1, err)
		},
		"contact": func() error { v, err := s.Contact(ctx, "c7"); return right(v.Account == "a", err) },
		"people":  func() error { v, err := s.People(ctx, "p7@x.example"); return right(len(v.Contacts) == 1, err) },
		"domain":  func() error { v, err := s.AccountsByDomain(ctx, "x.example"); return right(len(v) == 1, err) },
		"list": func() error {
			n := 0
			for _, err := range s.Contacts(ctx) {
				if err != nil {
					return err
				}
				n++
			}
			return right(n == 100, nil)
		},
		"journey": func() error { v, err := s.Journey(ctx, "c7"); return right(v.ID == "c7", err) },
		"sweep": func() error {
			_, err := s.SweepSessions(ctx, time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), time.Hour, 10)
			return err
		},
		"keys": func() error { v, err := s.Keys(ctx); return right(len(v) == 1, err) },
	}
}

// writes are what it changes.
func writes(ctx context.Context, s *Store) map[string]func() error {
	return map[string]func() error{
		"counters": func() error {
			return s.UpdateCounters(ctx, []string{"k"}, func(c []limit.Counter) { c[0].Count++ })
		},
		"new journey": func() error { return s.CreateJourney(ctx, journey.Journey{ID: fmt.Sprint(time.Now())}) },
		"last use":    func() error { return s.TouchSessions(ctx, map[session.Key]time.Time{{7}: time.Now()}) },
		"edit": func() error {
			return s.Edit(ctx, func(e directory.Editor) error { return e.PutAccount(directory.Account{ID: "b", Active: true}) })
		},
		"large edit": func() error {
			return s.EditLarge(ctx, func(e directory.Editor) error { return e.PutAccount(directory.Account{ID: "b", Active: true}) })
		},
		"sign-out": func() error { return s.EndSessions(ctx, session.Key{8}) },
	}
}

// filledFile is a populated store's file.
func filledFile(t *testing.T) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "whole.db")
	s := openTest(t, path, Options{noSync: true})
	populate(t, s, 100)
	_, err := s.UpdateKeys(t.Context(), func([]keyring.Key) ([]keyring.Key, error) {
		return []keyring.Key{{ID: "k", Use: keyring.Cookie, Material: make([]byte, 64)}}, nil
	})
	if err := errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestDamagedWhileOpen overwrites each page, those that name the newest state too, and cuts the file off after it,
// while the store is open. Whatever needs what is gone is refused: nobody is
// taken for unknown, no lock stays behind, and the process lives. A list of free
// pages that became garbage has bbolt write for minutes, so that is only read.
func TestDamagedWhileOpen(t *testing.T) {
	whole, page := filledFile(t), os.Getpagesize()
	for at := 0; at < len(whole); at += page {
		for _, filler := range []byte{0, 0x55, 0xff} {
			damaged := bytes.Clone(whole)
			copy(damaged[at:], bytes.Repeat([]byte{filler}, page))
			useDamaged(t, fmt.Sprintf("page %d filled with %#x", at/page, filler), whole, filler == 0, func(path string) error {
				f, err := os.OpenFile(path, os.O_WRONLY, 0)
				if err != nil {
					return err
				}
				_, err = f.WriteAt(damaged[at:at+page], int64(at))
				return errors.Join(err, f.Close())
			})
		}
		useDamaged(t, fmt.Sprintf("cut off after page %d", at/page-1), whole, true, func(path string) error { return os.Truncate(path, int64(at)) })
	}
}

// TestStateLostWhileOpen: neither of the two pages that name the newest state is
// left. The file may come back; where bbolt met garbage it is not asked again, and
// the store can be closed all the same.
func TestStateLostWhileOpen(t *testing.T) {
	whole := filledFile(t)
	for _, filler := range []byte{0, 0x55, 0xff} {
		garbage := bytes.Repeat([]byte{filler}, 2*os.Getpagesize())
		useDamaged(t, fmt.Sprintf("filled with %#x", filler), whole, true, func(path string) error { return overwrite(path, garbage) })
	}
	path := filepath.Join(t.TempDir(), "frontdesk.db")
	write(t, path, whole)
	s := openTest(t, path, Options{noSync: true})
	if err := os.Truncate(path, 0); err != nil {
		t.Fatal(err)
	}
	for way, fn := range writes(t.Context(), s) {
		if err := fn(); !errors.Is(err, store.ErrForeign) {
			t.Errorf("%s: %v", way, err)
		}
	}
	if err := errors.Join(overwrite(path, whole), s.Check(t.Context()), s.CreateJourney(t.Context(), journey.Journey{ID: "new"})); err != nil {
		t.Error(err)
	}
}

// TestReplacedInPlace: a backup is copied over the file of a running server. What
// was revoked since does not come back, and the backup stays what it was.
func TestReplacedInPlace(t *testing.T) {
	path := filepath.Join(t.TempDir(), "frontdesk.db")
	write(t, path, filledFile(t))
	s := openTest(t, path, Options{noSync: true})
	var backup bytes.Buffer
	if err := errors.Join(s.Backup(&backup), s.EndSessions(t.Context(), session.Key{7})); err != nil {
		t.Fatal(err)
	}
	for range 20 { // what is free in the file is in use in the backup
		if err := s.UpdateCounters(t.Context(), []string{"k"}, func(c []limit.Counter) { c[0].Count++ }); err != nil {
			t.Fatal(err)
		}
	}
	if err := overwrite(path, backup.Bytes()); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Session(t.Context(), session.Key{7}); !errors.Is(err, store.ErrForeign) {
		t.Errorf("a session that was revoked: %v", err)
	}
	for way, fn := range writes(t.Context(), s) {
		if err := fn(); !errors.Is(err, store.ErrForeign) {
			t.Errorf("%s: %v", way, err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if now, err := os.ReadFile(path); err != nil || !bytes.Equal(now[:backup.Len()], backup.Bytes()) {
		t.Errorf("the backup was changed (%v)", err)
	}
}

// TestWrittenByAnother: the file holds a newer state than the one that was
// committed here.
func TestWrittenByAnother(t *testing.T) {
	path := filepath.Join(t.TempDir(), "frontdesk.db")
	write(t, path, filledFile(t))
	s := openTest(t, path, Options{noSync: true})
	if err := s.db.Update(func(tx *bbolt.Tx) error { return nil }); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		for way, fn := range writes(t.Context(), s) {
			if err := fn(); !errors.Is(err, store.ErrForeign) {
				t.Errorf("%s: %v", way, err)
			}
		}
	}
	if _, err := s.Session(t.Context(), session.Key{7}); err != nil {
		t.Error(err)
	}
}

// overwrite writes over the beginning of a file.
func overwrite(path string, data []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteAt(data, 0)
	return errors.Join(err, f.Close())
}

// useDamaged opens a store, damages it, and uses it in every way twice.
func useDamaged(t *testing.T, what string, whole []byte, alsoWrite bool, damage func(path string) error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "frontdesk.db")
	write(t, path, whole)
	s, err := Open(path, Options{noSync: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := damage(path); err != nil {
		t.Fatal(err)
	}
	ways := reads(t.Context(), s)
	if alsoWrite {
		maps.Copy(ways, writes(t.Context(), s))
	}
	for range 2 {
		for _, way := range slices.Sorted(maps.Keys(ways)) {
			err := rescue.Do(ways[way])
			if errors.Is(err, errWrong) || errors.Is(err, session.ErrNotFound) || errors.Is(err, directory.ErrNotFound) || errors.Is(err, journey.ErrNotFound) {
				t.Errorf("%s: %s: %v", what, way, err)
			}
		}
	}
	if err := s.Close(); err != nil {
		t.Errorf("%s: %v", what, err)
	}
}

// TestUndecodable: a record that cannot be read is an error that names it, not
// one that is missing.
func TestUndecodable(t *testing.T) {
	for _, garbage := range []string{"", "\xff", "\xa1\x61", "\x9f\x9f\x9f\x9f", "\x5b\x7f\xff\xff\xff\xff\xff\xff\xff", "hello"} {
		s := openTest(t, filepath.Join(t.TempDir(), "frontdesk.db"), Options{noSync: true})
		populate(t, s, 10)
		err := s.update(t.Context(), func(tx *bbolt.Tx) error {
			return errors.Join(
				tx.Bucket([]byte("sessions")).Put(bytes.Repeat([]byte{0}, 32), []byte(garbage)), tx.Bucket([]byte("contacts")).Put([]byte("c7"), []byte(garbage)),
				tx.Bucket([]byte("accounts")).Put([]byte("a"), []byte(garbage)), tx.Bucket([]byte("journeys")).Put([]byte("c7"), []byte(garbage)),
				tx.Bucket([]byte(keysBucket)).Put(allKeys, []byte(garbage)), tx.Bucket([]byte("counters")).Put([]byte("k"), []byte(garbage)))
		})
		if err != nil {
			t.Fatal(err)
		}
		_, errSession := s.Session(t.Context(), session.Key{})
		_, errContact := s.Contact(t.Context(), "c7")
		_, errPeople := s.People(t.Context(), "p7@x.example")
		_, errOther := s.People(t.Context(), "p8@x.example") // whole, but of an account that is not
		_, errJourney := s.Journey(t.Context(), "c7")
		_, errKeys := s.Keys(t.Context())
		_, errCounters := s.Counters(t.Context(), "k")
		for what, err := range map[string]error{
			"session": errSession, "contact": errContact, "people": errPeople, "other people": errOther, "journey": errJourney, "keys": errKeys, "counters": errCounters,
		} {
			if err == nil || isPanic(err) || errors.Is(err, session.ErrNotFound) || errors.Is(err, directory.ErrNotFound) || errors.Is(err, journey.ErrNotFound) {
				t.Errorf("%q as %s: %v", garbage, what, err)
			}
		}
	}
}

// TestCommitPanics: what bbolt panics with when it commits fails all changes
// that are written together; nothing is written from then on, reading goes on,
// and Check says so until the file is opened anew.
func TestCommitPanics(t *testing.T) {
	path := filepath.Join(t.TempDir(), "frontdesk.db")
	s := openTest(t, path, Options{noSync: true})
	populate(t, s, 10)
	company := joins(t, s, func(tx *bbolt.Tx) error { return journeys.put(tx, journey.Journey{ID: "new"}) })
	err := s.share(t.Context(), func(tx *bbolt.Tx) error {
		tx.OnCommit(func() { panic("a damaged page") })
		return nil
	})
	for what, err := range map[string]error{"its own": err, "that of another": company.err} {
		if !isPanic(err) || !strings.Contains(err.Error(), "writing store "+path) {
			t.Errorf("the error is %v, %s", err, what)
		}
	}
	for way, fn := range writes(t.Context(), s) {
		if err := fn(); !isPanic(err) || !strings.Contains(err.Error(), "restarted") {
			t.Errorf("%s: the error is %v", way, err)
		}
	}
	if err := s.Check(t.Context()); !isPanic(err) {
		t.Errorf("Check returned %v", err)
	}
	if _, err := s.Contact(t.Context(), "c7"); err != nil {
		t.Error(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	again := openTest(t, path, Options{})
	if err := errors.Join(again.Check(t.Context()), again.CreateJourney(t.Context(), journey.Journey{ID: "newer"})); err != nil {
		t.Error(err)
	}
}

// TestFailedCommitIsTold: a commit that fails may be in the file all the same, as
// where the disk took the data and does not say so. Whoever ends the session once
// more finds it gone, so the watchers have to know by then.
func TestFailedCommitIsTold(t *testing.T) {
	s := openTest(t, filepath.Join(t.TempDir(), "frontdesk.db"), Options{noSync: true})
	populate(t, s, 10)
	var told []session.Key
	s.Watch(func(c store.Change) { told = append(told, c.Sessions...) })
	s.group.join(func(tx *bbolt.Tx) error {
		tx.OnCommit(func() { panic("the disk does not answer") })
		return nil
	})
	if err := s.EndSessions(t.Context(), session.Key{7}); !isPanic(err) {
		t.Fatal(err)
	}
	if _, err := s.Session(t.Context(), session.Key{7}); !errors.Is(err, session.ErrNotFound) {
		t.Fatal(err)
	}
	if !slices.Equal(told, []session.Key{{7}}) {
		t.Errorf("told of %x", told)
	}
}

// TestFailsInCompany: of changes that are written together, the one that fails or
// panics leaves the others as they are, and is for its own caller to meet.
func TestFailsInCompany(t *testing.T) {
	s := openTest(t, filepath.Join(t.TempDir(), "frontdesk.db"), Options{noSync: true})
	whole := joins(t, s, func(tx *bbolt.Tx) error { return journeys.put(tx, journey.Journey{ID: "whole"}) })
	fails := joins(t, s, func(tx *bbolt.Tx) error { return errWrong })
	panics := joins(t, s, func(tx *bbolt.Tx) error { panic("a bug") })
	if err := s.CreateJourney(t.Context(), journey.Journey{ID: "own"}); err != nil {
		t.Fatal(err)
	}
	if whole.state != done || whole.err != nil || fails.state != alone || panics.state != alone {
		t.Errorf("whole %v %v, fails %v, panics %v", whole.state, whole.err, fails.state, panics.state)
	}
	for _, id := range []string{"whole", "own"} {
		if _, err := s.Journey(t.Context(), id); err != nil {
			t.Error(err)
		}
	}
}

// TestKeysLost: a store that has kept keys and has none is damaged, whoever asks,
// and does not become a new one.
func TestKeysLost(t *testing.T) {
	path := filepath.Join(t.TempDir(), "frontdesk.db")
	write(t, path, filledFile(t))
	s := openTest(t, path, Options{noSync: true})
	if err := s.update(t.Context(), func(tx *bbolt.Tx) error { return tx.Bucket([]byte(keysBucket)).Delete(allKeys) }); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Keys(t.Context()); !errors.Is(err, keyring.ErrLost) {
		t.Errorf("Keys returned %v", err)
	}
	_, err := s.UpdateKeys(t.Context(), func(keys []keyring.Key) ([]keyring.Key, error) {
		return append(keys, keyring.Key{ID: "new", Use: keyring.Cookie}), nil
	})
	if !errors.Is(err, keyring.ErrLost) {
		t.Errorf("UpdateKeys returned %v", err)
	}
}
