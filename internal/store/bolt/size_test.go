package bolt

import (
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"path/filepath"
	"runtime/metrics"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/journey"
	"github.com/frontdesk-gateway/frontdesk/internal/session"
)

// What the store costs must not grow with the directory, but for a logarithm:
//
//	go test ./internal/store/bolt -run xxx -bench BySize -sizes 1000,100000,1000000
var directorySizes = flag.String("sizes", "1000,100000", "how many contacts the directories have, by which the benchmarks named BySize tell costs")

func eachSize(b *testing.B, fn func(b *testing.B, n int)) {
	for _, size := range strings.Split(*directorySizes, ",") {
		n, err := strconv.Atoi(size)
		if err != nil {
			b.Fatalf("-sizes: %v", err)
		}
		b.Run("contacts="+size, func(b *testing.B) { fn(b, n) })
	}
}

// perAccount is how many contacts an account has, perAccount-1 others.
const perAccount = 20

func sizedAddress(i int) string { return fmt.Sprintf("p%d@d%d.example", i, i/perAccount) }

func sizedIdentity(i int) directory.Identity {
	return directory.Identity{Issuer: "https://login.example/v2.0", Subject: fmt.Sprintf("subject-%d", i)}
}

func sizedContact(i int) directory.Contact {
	address := directory.Address(sizedAddress(i))
	return directory.Contact{
		ID: fmt.Sprintf("c%08d", i), Account: fmt.Sprintf("a%06d", i/perAccount), Email: address, Name: fmt.Sprint("Somebody ", i),
		Phone: "+49 30 1234567", JobTitle: "Engineer", Groups: []string{"users", "billing"}, Active: true,
		Links: directory.Links{{Provider: "microsoft", Identity: sizedIdentity(i), Address: address.Key(), Vouched: true}},
	}
}

// fill is a change that makes a directory of n contacts.
func fill(n int) func(directory.Editor) error {
	return func(e directory.Editor) error {
		for i := range n {
			if i%perAccount == 0 {
				id := i / perAccount
				a := directory.Account{ID: fmt.Sprintf("a%06d", id), Name: fmt.Sprint("Account ", id), Domains: []string{fmt.Sprintf("d%d.example", id)}, Active: true}
				if err := e.PutAccount(a); err != nil {
					return err
				}
			}
			if err := e.PutContact(sizedContact(i)); err != nil {
				return err
			}
		}
		return nil
	}
}

// sizedStore is a store with n contacts. Nothing waits for the disk, which takes
// its time whatever the size.
func sizedStore(b *testing.B, n int) *Store {
	b.Helper()
	s, err := Open(filepath.Join(b.TempDir(), "frontdesk.db"), Options{noSync: true})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = s.Close() })
	if err := s.EditLarge(b.Context(), fill(n)); err != nil {
		b.Fatal(err)
	}
	return s
}

func sizedKey(i int) (key session.Key) {
	binary.LittleEndian.PutUint64(key[:], uint64(i)*0x9e3779b97f4a7c15) // #nosec G115 -- spread over all keys
	return key
}

// signInSized makes a session of a contact, by way of a journey.
func signInSized(b *testing.B, s *Store, session session.Session) error {
	id := fmt.Sprintf("%x", session.Key)
	return errors.Join(s.CreateJourney(b.Context(), journey.Journey{ID: id}), s.FinishJourney(b.Context(), id, session))
}

func sizedSession(key, contact int) session.Session {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	return session.Session{
		Key: sizedKey(key), ID: "public", Kind: directory.KindContact, EntityID: fmt.Sprintf("c%08d", contact),
		Address: directory.Address(sizedAddress(contact)), Created: now, Expires: now, LastUsed: now,
	}
}

func BenchmarkBySize(b *testing.B) {
	eachSize(b, func(b *testing.B, n int) {
		s := sizedStore(b, n)
		const signedIn = 1000
		for i := range signedIn {
			if err := signInSized(b, s, sizedSession(i, i)); err != nil {
				b.Fatal(err)
			}
		}
		fresh := 0 // counts over all runs, so that nothing is made twice
		for _, op := range []struct {
			name string
			do   func(i int) error
		}{
			{"People", func(i int) error {
				p, err := s.People(b.Context(), sizedAddress(i))
				return right(len(p.Contacts) == 1 && len(p.Accounts) == 1, err)
			}},
			{"People/nobody", func(i int) error {
				p, err := s.People(b.Context(), "x"+sizedAddress(i))
				return right(len(p.Contacts) == 0, err)
			}},
			{"Contact", func(i int) error { _, err := s.Contact(b.Context(), sizedContact(i).ID); return err }},
			{"AccountsByDomain", func(i int) error {
				a, err := s.AccountsByDomain(b.Context(), fmt.Sprintf("d%d.example", i/perAccount))
				return right(len(a) == 1, err)
			}},
			{"Linked", func(i int) error {
				at, err := s.Linked(b.Context(), "microsoft", sizedIdentity(i))
				return right(len(at) == 1, err)
			}},
			{"Session", func(i int) error { _, err := s.Session(b.Context(), sizedKey(i%signedIn)); return err }},
			{"CreateContact", func(i int) error {
				c := sizedContact(i)
				c.ID, c.Email, c.Links = fmt.Sprint("new", fresh), directory.Address(fmt.Sprintf("new%d@d.example", fresh)), nil
				return s.CreateContact(b.Context(), c)
			}},
			{"PutContact", func(i int) error {
				c := sizedContact(i)
				c.Name = fmt.Sprint(fresh)
				return s.Edit(b.Context(), func(e directory.Editor) error { return e.PutContact(c) })
			}},
			{"SetPassword", func(i int) error {
				p := directory.Password{Hash: "$argon2id$", PasswordState: directory.PasswordState{Changed: time.Unix(int64(fresh), 0)}}
				return s.SetPassword(b.Context(), directory.PasswordOwner{Address: sizedAddress(i), Kind: directory.KindContact}, p)
			}},
			{"sign in", func(i int) error { return signInSized(b, s, sizedSession(signedIn+fresh, i)) }},
		} {
			b.Run(op.name, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					fresh++
					if err := op.do(fresh * 7919 % n); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	})
}

func BenchmarkOpenBySize(b *testing.B) {
	eachSize(b, func(b *testing.B, n int) {
		s := sizedStore(b, n)
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			s, err := Open(s.Path(), Options{})
			if err != nil {
				b.Fatal(err)
			}
			if err := errors.Join(s.Check(b.Context()), s.Close()); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkEditLargeBySize fills a store, and tells the heap that was in use at
// the most when somebody looked.
func BenchmarkEditLargeBySize(b *testing.B) {
	eachSize(b, func(b *testing.B, n int) {
		stop := watchHeap()
		for b.Loop() {
			s := sizedStore(b, n)
			b.StopTimer()
			_ = s.Close()
			b.StartTimer()
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/contact")
		b.ReportMetric(float64(stop())/(1<<20), "MiB-heap")
	})
}

// watchHeap looks at the heap now and then, until stop returns the most.
func watchHeap() (stop func() uint64) {
	done, most := make(chan struct{}), make(chan uint64)
	go func() {
		peak := uint64(0)
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-done:
				most <- peak
				return
			case <-tick.C:
				sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}, {Name: "/memory/classes/heap/unused:bytes"}}
				metrics.Read(sample)
				peak = max(peak, sample[0].Value.Uint64()+sample[1].Value.Uint64())
			}
		}
	}()
	return func() uint64 {
		close(done)
		return <-most
	}
}
