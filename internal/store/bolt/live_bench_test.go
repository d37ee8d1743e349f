package bolt

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/journey"
	"github.com/frontdesk-gateway/frontdesk/internal/keyring"
	"github.com/frontdesk-gateway/frontdesk/internal/session"
	"github.com/frontdesk-gateway/frontdesk/internal/store"
)

// sizes are how many live sessions the benchmarks of sessions have on file.
var sizes = []int{1000, 100_000, 1_000_000}

// began is when all of them were made.
var began = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// town is a store with n live sessions: four of each contact, and twenty
// contacts in an account.
type town struct {
	*Store
	n int
}

const (
	sessionsEach = 4
	contactsEach = 20
)

// openTown makes one that does not wait for the disk where noSync is set.
func openTown(tb testing.TB, n int, noSync bool) town {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), "frontdesk.db")
	s, err := Open(path, Options{noSync: noSync})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Error(err)
		}
	})
	s.db.NoSync = true
	bulk(tb, s, accounts, n/sessionsEach/contactsEach+1, townAccount)
	bulk(tb, s, contacts, n/sessionsEach+1, townContact)
	bulk(tb, s, sessions, n, townSession)
	bulkUses(tb, s, n)
	if s.db.NoSync = noSync; !noSync {
		if err := s.db.Sync(); err != nil {
			tb.Fatal(err)
		}
	}
	return town{s, n}
}

func townAccount(i int) directory.Account {
	return directory.Account{ID: fmt.Sprintf("a%06d", i), Name: fmt.Sprintf("Account %d Ltd", i), Domains: []string{fmt.Sprintf("a%d.example", i)}, Active: true}
}

func townContact(i int) directory.Contact {
	return directory.Contact{
		ID: fmt.Sprintf("c%07d", i), Email: townAddress(i), Name: fmt.Sprintf("Person %d", i), GivenName: "Person", FamilyName: fmt.Sprint(i),
		Phone: "+44 20 7946 0000", JobTitle: "Buyer", Account: townAccount(i / contactsEach).ID, Groups: []string{"buyers", "approvers"}, Active: true, Created: began,
	}
}

func townAddress(i int) directory.Address {
	return directory.Address(fmt.Sprintf("person.%d@a%d.example", i, i/contactsEach))
}

func townSecret(i int) session.Secret {
	return sha256.Sum256(binary.BigEndian.AppendUint64(nil, uint64(i)))
}

func townSession(i int) session.Session {
	contact, at := i/sessionsEach, began.Add(time.Duration(i)*time.Microsecond)
	return session.Session{
		Key: townSecret(i).Key(), ID: fmt.Sprintf("%026d", i), Kind: directory.KindContact, EntityID: townContact(contact).ID, Address: townAddress(contact),
		Platform: directory.Client, Origin: "https://portal.msp.example", Method: directory.MethodEmailToken,
		Proofs:  []session.Proof{{Method: directory.MethodEmailToken, At: at, Journey: fmt.Sprintf("%026d", i), Vouched: true}},
		Created: at, Expires: at.Add(24 * time.Hour), LastUsed: at,
		UserAgent: "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36", ClientIP: "203.0.113.77",
	}
}

// bulk keeps n records and their entries, each bucket in its order.
func bulk[T any](tb testing.TB, s *Store, t *table[T], n int, make func(i int) T) {
	tb.Helper()
	var order []int
	where, entries := map[int][]byte{}, map[string][][]byte{}
	for i := range n {
		v := make(i)
		order, where[i] = append(order, i), t.key(v)
		for _, ix := range t.indexes {
			for _, entry := range ix.entries(v) {
				entries[ix.name] = append(entries[ix.name], slices.Concat(entry, t.key(v)))
			}
		}
	}
	slices.SortFunc(order, func(a, b int) int { return bytes.Compare(where[a], where[b]) })
	const batch = 20_000
	for some := range slices.Chunk(order, batch) {
		inBulk(tb, s, func(tx *bbolt.Tx) (err error) {
			for _, i := range some {
				data, failed := t.encode(make(i))
				err = cmp.Or(err, failed, tx.Bucket([]byte(t.name)).Put(where[i], data))
			}
			return err
		})
	}
	for _, index := range slices.Sorted(maps.Keys(entries)) {
		slices.SortFunc(entries[index], bytes.Compare)
		for some := range slices.Chunk(entries[index], batch) {
			inBulk(tb, s, func(tx *bbolt.Tx) (err error) {
				for _, entry := range some {
					err = cmp.Or(err, tx.Bucket([]byte(index)).Put(entry, nil))
				}
				return err
			})
		}
	}
}

// bulkUses keeps the last use of n sessions.
func bulkUses(tb testing.TB, s *Store, n int) {
	tb.Helper()
	order := make([]session.Key, n)
	for i := range n {
		order[i] = townSecret(i).Key()
	}
	slices.SortFunc(order, func(a, b session.Key) int { return bytes.Compare(a[:], b[:]) })
	for some := range slices.Chunk(order, 20_000) {
		inBulk(tb, s, func(tx *bbolt.Tx) (err error) {
			for _, key := range some {
				err = cmp.Or(err, tx.Bucket([]byte(lastUses)).Put(key[:], instant(began)))
			}
			return err
		})
	}
}

func inBulk(tb testing.TB, s *Store, fn func(*bbolt.Tx) error) {
	tb.Helper()
	if err := s.update(tb.Context(), fn); err != nil {
		tb.Fatal(err)
	}
}

// guarded is a manager in front of a town, and the cookies of its first
// sessions.
type guarded struct {
	*session.Manager
	cookies []string
}

const cookieName = "__Host-frontdesk"

func (o town) guard(tb testing.TB, capacity, cookies int) guarded {
	tb.Helper()
	now := func() time.Time { return began.Add(time.Minute) }
	keys, err := keyring.Open(tb.Context(), o, time.Hour, now)
	if err != nil {
		tb.Fatal(err)
	}
	m, err := session.NewManager(session.Options{
		Store: o, Cookies: keys, Idle: 12 * time.Hour, Lifetime: 24 * time.Hour, Persistent: 30 * 24 * time.Hour, Now: now,
		Stands: func(session.Session, directory.People) bool { return true }, Capacity: capacity,
	})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(m.Close)
	tb.Cleanup(o.Watch(func(c store.Change) { m.Changed(c.Accounts, c.Contacts, c.Members, c.Sessions) }))
	g := guarded{Manager: m}
	for i := range cookies {
		secret := townSecret(i * (o.n / cookies))
		value, err := keys.Seal(cookieName, secret[:])
		if err != nil {
			tb.Fatal(err)
		}
		g.cookies = append(g.cookies, value)
	}
	return g
}

// find looks up the i-th cookie.
func (g guarded) find(b *testing.B, i int) {
	if _, err := g.Lookup(b.Context(), cookieName, g.cookies[i%len(g.cookies)]); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkLookup is what a request with a session costs, by how many there are
// on file: hot, with those that come all in memory; cold, with none of them.
func BenchmarkLookup(b *testing.B) {
	for _, n := range sizes {
		o := openTown(b, n, true)
		for _, c := range []struct {
			name              string
			capacity, cookies int
		}{{"hot", 1000, 100}, {"cold", 1, 50_000}} {
			b.Run(fmt.Sprintf("%s/%d", c.name, n), func(b *testing.B) {
				g := o.guard(b, c.capacity, c.cookies)
				for i := range c.cookies {
					g.find(b, i)
				}
				b.ReportAllocs()
				for i := 0; b.Loop(); i++ {
					g.find(b, i)
				}
			})
		}
	}
}

// BenchmarkEnd is the end of one session.
func BenchmarkEnd(b *testing.B) {
	for _, n := range sizes {
		o := openTown(b, n, true)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				if err := o.EndSessions(b.Context(), townSecret(i%n).Key()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkEndAll is the end of all sessions of an entity that has as many as it
// can have, in one change.
func BenchmarkEndAll(b *testing.B) {
	for _, n := range sizes {
		o := openTown(b, n, false)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			all := func(directory.People, []session.Session) journey.Ending {
				return journey.Ending{Sessions: func(session.Session) bool { return true }}
			}
			for b.Loop() {
				b.StopTimer()
				inBulk(b, o.Store, func(tx *bbolt.Tx) (err error) {
					for i := range session.MostPerEntity {
						v := townSession(0)
						v.Key = session.NewSecret().Key()
						v.Created = v.Created.Add(time.Duration(i) * time.Second)
						err = cmp.Or(err, keepSession(tx, v))
					}
					return err
				})
				b.StartTimer()
				if err := o.EndAt(b.Context(), townContact(0).Email.Key(), all); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkTicket makes a ticket and spends it.
func BenchmarkTicket(b *testing.B) {
	s := openTown(b, 1000, true)
	for i := 0; b.Loop(); i++ {
		t := journey.Ticket{Hash: townSecret(i).Key(), Expires: began}
		if err := s.CreateTicket(b.Context(), t); err != nil {
			b.Fatal(err)
		}
		if _, err := s.SpendTicket(b.Context(), t.Hash); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkSignIn is what the store does for a session: a journey begins and
// ends.
func BenchmarkSignIn(b *testing.B) {
	for _, n := range sizes {
		o := openTown(b, n, true)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				v, j := townSession(i%n), journey.Journey{ID: fmt.Sprint(i), Expires: began}
				v.Key = townSecret(n + i).Key()
				if err := errors.Join(o.CreateJourney(b.Context(), j), o.FinishJourney(b.Context(), j.ID, v)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkTouch writes the last use of sessions, reported for each.
func BenchmarkTouch(b *testing.B) {
	for _, n := range sizes {
		o := openTown(b, n, false)
		used := map[session.Key]time.Time{}
		for i := range min(n, 100_000) {
			used[townSecret(i).Key()] = time.Time{}
		}
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			at := began
			for b.Loop() {
				at = at.Add(time.Minute)
				for key := range used {
					used[key] = at
				}
				if err := o.TouchSessions(b.Context(), used); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(used)), "ns/session")
		})
	}
}

// BenchmarkSweep removes what ended, reported for each session.
func BenchmarkSweep(b *testing.B) {
	for _, n := range sizes {
		o := openTown(b, n, false)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			swept := 0
			for b.Loop() {
				k, err := o.SweepSessions(b.Context(), began.AddDate(1, 0, 0), time.Hour, largest)
				if err != nil {
					b.Fatal(err)
				}
				if swept += k; k == 0 {
					b.StopTimer()
					bulk(b, o.Store, sessions, n, townSession)
					b.StartTimer()
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(swept), "ns/session")
			b.ReportMetric(float64(swept)/float64(b.N), "sessions/change")
		})
	}
}
