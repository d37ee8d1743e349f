package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/journey"
	"github.com/frontdesk-gateway/frontdesk/internal/keyring"
	"github.com/frontdesk-gateway/frontdesk/internal/session"
	"github.com/frontdesk-gateway/frontdesk/internal/store/bolt"
)

// sessionLife is that of persistent sessions, by default.
const sessionLife = 30 * 24 * time.Hour

// crowd is a store with a directory, and sessions of its contacts in turn.
type crowd struct {
	store    string
	visitors string // file of the cookies of those that are not over, and of what the portal answers
}

// seeding are sessions to put into a store.
type seeding struct {
	origin   string // where they are good
	people   int    // contacts of the directory
	sessions int
	expired  int // how many of them are over, the first ones
	told     int // headers that the portal is told by
}

// seeder does it.
type seeder struct {
	seeding
	store  *bolt.Store
	cookie string // its name
	ring   *keyring.Ring
	next   atomic.Int64
	lines  []string
}

// seed copies a directory's store and puts sessions into it. Writing the store's
// file is quicker than signing in, and quicker still in memory: so it is written
// there, and moved.
func (l *lab) seed(ctx context.Context, d *imported, what seeding) (c crowd, err error) {
	fast, err := os.MkdirTemp(memoryFolder(l.folder), "bench-")
	if err != nil {
		return c, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(fast)) }()
	path := filepath.Join(fast, "frontdesk.db")
	if err := copyFile(path, d.Store); err != nil {
		return c, err
	}
	s, err := bolt.Open(path, bolt.Options{})
	if err != nil {
		return c, err
	}
	g := &seeder{seeding: what, store: s, lines: make([]string, what.sessions)}
	if err := errors.Join(g.run(ctx), s.Close()); err != nil {
		return c, err
	}
	c = crowd{l.place("frontdesk.db"), l.place("visitors")}
	if err := writeLines(c.visitors, g.lines[what.expired:]); err != nil {
		return c, err
	}
	return c, copyFile(c.store, path)
}

// memoryFolder is where files are kept in memory, where there is such a place.
func memoryFolder(otherwise string) string {
	const shared = "/dev/shm"
	if info, err := os.Stat(shared); err == nil && info.IsDir() {
		return shared
	}
	return otherwise
}

// seeders is how many write at once: the store writes the changes of 64
// together.
const seeders = 128

func (g *seeder) run(ctx context.Context) (err error) {
	if g.ring, err = keyring.Open(ctx, g.store, sessionLife, time.Now); err != nil {
		return err
	}
	g.cookie = "frontdesk"
	if strings.HasPrefix(g.origin, "https:") {
		g.cookie = "__Host-frontdesk"
	}
	var work sync.WaitGroup
	failed := make(chan error, seeders)
	for range seeders {
		work.Go(func() { failed <- g.seed(ctx) })
	}
	work.Wait()
	close(failed)
	for e := range failed {
		err = errors.Join(err, e)
	}
	return err
}

// seed finishes one journey again and again.
func (g *seeder) seed(ctx context.Context) error {
	id := rand.Text()
	if err := g.store.CreateJourney(ctx, journey.Journey{ID: id}); err != nil {
		return err
	}
	for {
		i := int(g.next.Add(1)) - 1
		if i >= len(g.lines) {
			return nil
		}
		if err := g.one(ctx, id, i); err != nil {
			return err
		}
	}
}

func (g *seeder) one(ctx context.Context, id string, i int) error {
	_, err := g.store.UpdateJourney(ctx, id, func(j journey.Journey) (journey.Journey, error) {
		j.Finished = ""
		return j, nil
	})
	if err != nil {
		return err
	}
	secret := session.NewSecret()
	if err := g.store.FinishJourney(ctx, id, g.session(i, secret.Key())); err != nil {
		return err
	}
	value, err := g.ring.Seal(g.cookie, secret[:])
	g.lines[i] = fmt.Sprintf("%s=%s\t%s", g.cookie, value, portalAnswer(contactID(i%g.people), g.told))
	return err
}

func (g *seeder) session(i int, key session.Key) session.Session {
	created := time.Now().Add(-time.Hour).Truncate(time.Millisecond)
	if i < g.expired {
		created = created.Add(-sessionLife)
	}
	proof := session.Proof{Method: directory.MethodEmailToken, At: created, Journey: rand.Text(), Vouched: true}
	return session.Session{
		Key: key, ID: rand.Text(), Kind: directory.KindContact, EntityID: contactID(i % g.people), Address: directory.Address(contactEmail(i % g.people)),
		Platform: directory.Client, Origin: g.origin, Proofs: []session.Proof{proof}, Method: proof.Method, Persistent: true,
		Created: created, Expires: created.Add(sessionLife), LastUsed: created,
		UserAgent: "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", ClientIP: "203.0.113.7",
	}
}

func copyFile(to, from string) (err error) {
	source, err := os.Open(from) // #nosec G304 -- in a folder of the lab
	if err != nil {
		return err
	}
	defer source.Close()
	target, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) // #nosec G304 -- in a folder of the lab
	if err != nil {
		return err
	}
	_, err = io.Copy(target, source)
	return errors.Join(err, target.Sync(), target.Close()) // no commit that is measured waits for this
}
