//go:build unix

package bolt

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/journey"
	"github.com/frontdesk-gateway/frontdesk/internal/session"
	"github.com/frontdesk-gateway/frontdesk/internal/store"
)

// dump is all that a store's file holds, but its id.
func dump(t *testing.T, s *Store) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := s.view(t.Context(), func(tx *bbolt.Tx) error {
		return tx.ForEach(func(name []byte, b *bbolt.Bucket) error {
			all[string(name)] = "a bucket"
			return b.ForEach(func(k, v []byte) error {
				if string(k) != metaID {
					all[string(name)+" "+string(k)] = string(v)
				}
				return nil
			})
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func wantDump(t *testing.T, got, want map[string]string) {
	t.Helper()
	for k := range want {
		if v, found := got[k]; !found || v != want[k] {
			t.Errorf("%q is %q (%v), want %q", k, v, found, want[k])
		}
	}
	for k := range got {
		if _, found := want[k]; !found {
			t.Errorf("%q is there", k)
		}
	}
}

// TestLargeIsAsEdit makes the same random changes of two stores, in one by Edit
// and in the other by EditLarge. Both hold the same afterwards, to the byte, and
// both refuse the same changes.
func TestLargeIsAsEdit(t *testing.T) {
	kept, refused := 0, 0
	for seed := range uint64(30) {
		one := openTest(t, filepath.Join(t.TempDir(), "one.db"), Options{noSync: true})
		two := openTest(t, filepath.Join(t.TempDir(), "two.db"), Options{noSync: true, pieces: tiny})
		for round := range uint64(12) {
			var errs []error
			for i, s := range []*Store{one, two} {
				random := rand.New(rand.NewPCG(seed, round))
				edit := []func(context.Context, func(directory.Editor) error) error{s.Edit, s.EditLarge}[i]
				errs = append(errs, edit(t.Context(), func(e directory.Editor) error { return changeAtRandom(t, e, random) }))
				signInAtRandom(t, s, random)
				waitAtRandom(t, s, random)
			}
			if (errs[0] == nil) != (errs[1] == nil) {
				t.Fatalf("seed %d, round %d: Edit returned %v, EditLarge %v", seed, round, errs[0], errs[1])
			}
			if errs[0] == nil {
				kept++
			} else {
				refused++
			}
			if wantDump(t, dump(t, two), dump(t, one)); t.Failed() {
				t.Fatalf("seed %d, round %d", seed, round)
			}
		}
	}
	if kept < 100 || refused < 100 {
		t.Errorf("%d changes were kept, %d refused", kept, refused)
	}
}

// changeAtRandom makes a few changes among a few records. Its own error is that
// of the last look-up, so that it is told what the edit reads.
func changeAtRandom(t *testing.T, e directory.Editor, random *rand.Rand) error {
	id := func() string { return string(rune('a' + random.IntN(5))) }
	address := func() directory.Address { return directory.Address(id() + "@x.example") }
	on := func() bool { return random.IntN(6) > 0 }
	for range random.IntN(12) {
		var err error
		switch random.IntN(11) {
		case 0, 1:
			err = e.PutAccount(directory.Account{ID: id(), Name: id(), Domains: []string{id(), "z"}, Tenants: directory.Tenants{{Tenant: id()}}, Active: on()})
		case 2, 3, 4:
			at := address()
			err = e.PutContact(directory.Contact{ID: id(), Account: id(), Email: at, Active: on(), Links: directory.Links{{Provider: "p", Address: at.Key()}}})
		case 5:
			platforms := [][]directory.Platform{nil, {directory.Tech}, {directory.Admin}}[random.IntN(3)]
			err = e.PutMember(directory.Member{ID: id(), Email: address(), Active: on(), Platforms: platforms})
		case 6:
			err = missingIsFine(e.DeleteAccount(id()))
		case 7:
			err = missingIsFine(e.DeleteContact(id()))
		case 8:
			err = missingIsFine(e.DeleteMember(id()))
		case 9:
			if err = missingIsFine(e.RenameContact(id(), id())); isClash(err) {
				err = nil // and the edit goes on
			}
		case 10:
			owner := directory.PasswordOwner{Address: address().Key(), Kind: []directory.Kind{directory.KindContact, directory.KindMember}[random.IntN(2)]}
			p := directory.Password{Hash: strings.Repeat("$", random.IntN(3)), PasswordState: directory.PasswordState{Changed: time.Unix(int64(random.IntN(3)), 0).UTC()}}
			err = e.SetPassword(owner, p)
		}
		if err != nil {
			return err
		}
		if random.IntN(4) == 0 {
			p, err := e.People(t.Context(), address().Key())
			if err != nil || len(p.Contacts) > 4 {
				return errors.Join(err, errWrong)
			}
			if c, err := e.Contact(t.Context(), id()); err == nil && c.Account == "e" {
				return errWrong // as good a reason as any
			}
		}
	}
	return nil
}

func isClash(err error) bool {
	var clash *directory.ClashError
	return errors.As(err, &clash)
}

func missingIsFine(err error) error {
	if errors.Is(err, directory.ErrNotFound) {
		return nil
	}
	return err
}

// signInAtRandom signs in whoever can be.
func signInAtRandom(t *testing.T, s *Store, random *rand.Rand) {
	t.Helper()
	for c, err := range s.Contacts(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		v := session.Session{ID: "s", Kind: directory.KindContact, EntityID: c.ID, Address: c.Email}
		v.Proofs = []session.Proof{{Tenant: string(rune('a' + random.IntN(5)))}}
		signIn(t, s, random, v)
	}
	for m, err := range s.Members(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		signIn(t, s, random, session.Session{ID: "s", Kind: directory.KindMember, EntityID: m.ID, Address: m.Email, Platform: directory.Tech})
	}
}

// waitAtRandom begins sign-ins that wait at their last step, or for a mailed code.
func waitAtRandom(t *testing.T, s *Store, random *rand.Rand) {
	t.Helper()
	for at := 'a'; at <= 'e'; at++ {
		j := journey.Journey{ID: fmt.Sprintf("waits %x", random.Uint64()), Address: directory.Address(string(at) + "@x.example")}
		if random.IntN(2) == 0 {
			j.Proofs = []session.Proof{{Method: directory.MethodEmailToken}}
		} else {
			j.Token = &journey.Token{}
		}
		if err := s.CreateJourney(t.Context(), j); err != nil {
			t.Fatal(err)
		}
	}
}

func signIn(t *testing.T, s *Store, random *rand.Rand, v session.Session) {
	t.Helper()
	for i := range v.Key {
		v.Key[i] = byte(random.IntN(256))
	}
	id := fmt.Sprintf("%x", v.Key)
	err := s.CreateJourney(t.Context(), journey.Journey{ID: id})
	if err := errors.Join(err, s.FinishJourney(t.Context(), id, v)); err != nil && !errors.Is(err, journey.ErrOutdated) {
		t.Fatal(err)
	}
}

// manyContacts is a change of some size.
func manyContacts(n int) func(directory.Editor) error {
	return func(e directory.Editor) error {
		for i := range n {
			c := directory.Contact{ID: fmt.Sprint("n", i), Email: directory.Address(fmt.Sprintf("n%d@x.example", i)), Account: "a", Active: true}
			if err := e.PutContact(c); err != nil {
				return err
			}
		}
		return nil
	}
}

// TestLargeOfOneAddress: the contacts of one address, of whom somebody waits to be one,
// are as much work each where they are many, in as many accounts.
func TestLargeOfOneAddress(t *testing.T) {
	work := func(n int) float64 {
		s := openTest(t, filepath.Join(t.TempDir(), "frontdesk.db"), Options{noSync: true})
		name := ""
		return testing.AllocsPerRun(1, func() { // after one that makes them, at which who waits does so no more
			comes := name == ""
			name += "Desk"
			begun := s.CreateJourney(t.Context(), journey.Journey{ID: "waits", Address: "desk@x.example", Token: &journey.Token{}})
			err := s.EditLarge(t.Context(), func(e directory.Editor) (err error) {
				for i := range n {
					id := fmt.Sprint(i)
					err = errors.Join(err, e.PutAccount(directory.Account{ID: id, Active: true}),
						e.PutContact(directory.Contact{ID: id, Account: id, Email: "desk@x.example", Name: name, Active: true}))
				}
				return err
			})
			if _, waits := s.Journey(t.Context(), "waits"); begun != nil || err != nil || errors.Is(waits, journey.ErrNotFound) != comes {
				t.Fatal(begun, err, waits)
			}
		})
	}
	if few, many := work(300), work(1200); many > 6*few {
		t.Errorf("%v allocations for 300 contacts, %v for 1200", few, many)
	}
}

// TestLargeLeavesNothing: whatever becomes of a large edit, its files are gone.
func TestLargeLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	s := openTest(t, filepath.Join(dir, "frontdesk.db"), Options{noSync: true, pieces: tiny})
	populate(t, s, 10)
	before := dump(t, s)
	ctx, cancel := context.WithCancel(t.Context())
	for name, fn := range map[string]func(directory.Editor) error{
		"its own error": func(e directory.Editor) error { return errors.Join(manyContacts(10)(e), readBack(t, e), errWrong) },
		"a clash":       func(e directory.Editor) error { return errors.Join(manyContacts(10)(e), e.DeleteAccount("a")) },
		"a caller who hangs up": func(e directory.Editor) error {
			err := manyContacts(10)(e)
			cancel()
			return err
		},
	} {
		if err := s.EditLarge(ctx, fn); err == nil {
			t.Errorf("%s: no error", name)
		}
		wantDump(t, dump(t, s), before)
		wantAlone(t, dir)
		ctx = context.WithoutCancel(ctx)
		if name == "a caller who hangs up" {
			ctx, cancel = context.WithCancel(t.Context())
		} else {
			ctx, cancel = context.WithCancel(ctx)
		}
	}
	cancel()
	if err := s.EditLarge(t.Context(), manyContacts(10)); err != nil {
		t.Fatal(err)
	}
	wantAlone(t, dir)
}

// readBack has an edit write all that it was given so far.
func readBack(t *testing.T, e directory.Editor) error {
	p, err := e.People(t.Context(), "n1@x.example")
	return right(len(p.Contacts) == 1, err)
}

// wantAlone checks that a folder holds the store alone.
func wantAlone(t *testing.T, dir string) {
	t.Helper()
	if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
		t.Errorf("left in the folder: %v (%v)", left, err)
	}
}

// TestLeftoversGo: what a process left that ended in a large edit is removed, once
// the store is this one's.
func TestLeftoversGo(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "frontdesk.db")
	first := openTest(t, path, Options{})
	for _, suffix := range []string{nextSuffix, spillSuffix} {
		write(t, path+suffix, []byte("half a copy"))
	}
	if _, err := Open(path, Options{LockTimeout: atOnce}); !errors.Is(err, store.ErrLocked) {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 3 {
		t.Errorf("in the folder: %v (%v)", left, err)
	}
	if err := first.EditLarge(t.Context(), func(e directory.Editor) error { return e.PutAccount(directory.Account{ID: "a"}) }); err != nil {
		t.Error(err)
	}
	for _, suffix := range []string{nextSuffix, spillSuffix} {
		write(t, path+suffix, []byte("half a copy"))
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	openTest(t, path, Options{})
	wantAlone(t, dir)
}

// TestLargeKeepsTheFile: its mode, its id, the link that leads to it, and the
// guards against what others do to it.
func TestLargeKeepsTheFile(t *testing.T) {
	dir := t.TempDir()
	path, link := filepath.Join(dir, "frontdesk.db"), filepath.Join(t.TempDir(), "link.db")
	if err := openTest(t, path, Options{}).Close(); err != nil {
		t.Fatal(err)
	}
	owner := os.Geteuid()
	if owner == 0 {
		owner = 4321 // who may give files away does
	}
	if err := errors.Join(os.Chmod(path, 0o640), os.Chown(path, owner, os.Getegid()), os.Symlink(path, link)); err != nil {
		t.Fatal(err)
	}
	s := openTest(t, link, Options{pieces: tiny})
	populate(t, s, 10)
	var backup bytes.Buffer
	if err := errors.Join(s.Backup(&backup), s.EditLarge(t.Context(), manyContacts(10))); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&fs.ModeSymlink == 0 {
		t.Errorf("the link is %v (%v)", info.Mode(), err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("the mode is %v (%v)", info.Mode(), err)
	}
	if info, err := os.Stat(path); err != nil || info.Sys().(*syscall.Stat_t).Uid != uint32(owner) {
		t.Errorf("the owner is %+v (%v), want %d", info.Sys(), err, owner)
	}
	wantAlone(t, dir)
	if s.db.NoSync || s.db.NoGrowSync {
		t.Error("the disk is not waited for any more")
	}
	again := s.ID()
	if err := errors.Join(s.Check(t.Context()), s.EndSessions(t.Context(), session.Key{7})); err != nil {
		t.Fatal(err)
	}
	s.failing.Store(true) // the new file has nothing to do with that
	if err := s.EditLarge(t.Context(), manyContacts(20)); err != nil || s.failing.Load() {
		t.Fatalf("%v, failing %v", err, s.failing.Load())
	}
	if _, err := s.Contact(t.Context(), "n15"); err != nil || s.ID() != again {
		t.Error(err)
	}
	if err := overwrite(path, backup.Bytes()); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Session(t.Context(), session.Key{7}); !errors.Is(err, store.ErrForeign) {
		t.Errorf("an older state in its place: %v", err)
	}
	if err := s.EditLarge(t.Context(), manyContacts(1)); !errors.Is(err, store.ErrForeign) {
		t.Errorf("a large edit of it: %v", err)
	}
}

// TestReplacedInLargeEdit: a file that somebody puts in the store's place
// meanwhile stays.
func TestReplacedInLargeEdit(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "frontdesk.db")
	s := openTest(t, path, Options{pieces: tiny})
	populate(t, s, 10)
	var backup bytes.Buffer
	if err := s.Backup(&backup); err != nil {
		t.Fatal(err)
	}
	err := s.EditLarge(t.Context(), func(e directory.Editor) error {
		write(t, path+".restored", backup.Bytes())
		return errors.Join(manyContacts(10)(e), os.Rename(path+".restored", path))
	})
	if !errors.Is(err, store.ErrForeign) {
		t.Errorf("the error is %v", err)
	}
	wantAlone(t, dir)
	if now, err := os.ReadFile(path); err != nil || !bytes.Equal(now, backup.Bytes()) {
		t.Errorf("the backup was changed (%v)", err)
	}
}

// TestLargeEditOfAnothersState: what somebody else wrote to the file is no ground
// for a copy.
func TestLargeEditOfAnothersState(t *testing.T) {
	dir := t.TempDir()
	s := openTest(t, filepath.Join(dir, "frontdesk.db"), Options{noSync: true})
	if err := s.db.Update(func(*bbolt.Tx) error { return nil }); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := s.EditLarge(t.Context(), func(directory.Editor) error { return errWrong }); !errors.Is(err, store.ErrForeign) {
			t.Errorf("the error is %v", err)
		}
	}
	wantAlone(t, dir)
}

// TestMeanwhile: through all steps of a large edit those who read find the store
// as it was, those who write wait, no other process gets hold of it, and a backup
// is one.
func TestMeanwhile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "frontdesk.db")
	var s *Store
	var steps []string
	waiting := make(chan error, 1)
	knows := func(want error) {
		t.Helper()
		if _, err := s.Contact(t.Context(), "n1"); !errors.Is(err, want) {
			t.Errorf("after %s: the new contact: %v, want %v", steps[len(steps)-1], err, want)
		}
		if v, err := s.Session(t.Context(), session.Key{7}); err != nil || v.EntityID != "c7" {
			t.Errorf("after %s: a session: %v, %v", steps[len(steps)-1], v.EntityID, err)
		}
	}
	step := func(name string) {
		steps = append(steps, name)
		if _, err := Open(path, Options{LockTimeout: atOnce}); !errors.Is(err, store.ErrLocked) {
			t.Errorf("after %s: opened once more: %v", name, err)
		}
		switch name {
		case "copied":
			go func() { waiting <- s.CreateJourney(t.Context(), journey.Journey{ID: "meanwhile"}) }()
			for !s.group.someWait() {
				runtime.Gosched()
			}
		case "checked":
			var out bytes.Buffer
			if err := s.Backup(&out); err != nil {
				t.Error(err)
			}
			copied := filepath.Join(t.TempDir(), "copy.db")
			write(t, copied, out.Bytes())
			if _, err := openTest(t, copied, Options{}).Contact(t.Context(), "n1"); !errors.Is(err, directory.ErrNotFound) {
				t.Errorf("in a backup the new contact: %v", err)
			}
		}
		switch name {
		case "renamed": // nobody begins to read in this moment
		case "closed":
			knows(nil)
		default:
			knows(directory.ErrNotFound)
		}
		select {
		case err := <-waiting:
			t.Errorf("after %s: the other change did not wait (%v)", name, err)
		default:
		}
	}
	s = openTest(t, path, Options{pieces: tiny, step: step})
	populate(t, s, 10)
	told := 0
	s.Watch(func(c store.Change) {
		if told++; !c.All {
			t.Errorf("told %+v", c)
		}
		knows(nil)
	})
	if err := s.EditLarge(t.Context(), manyContacts(30)); err != nil {
		t.Fatal(err)
	}
	if err := <-waiting; err != nil || told != 1 {
		t.Errorf("the change that waited: %v; told %d times", err, told)
	}
	if _, err := s.Journey(t.Context(), "meanwhile"); err != nil {
		t.Error(err)
	}
	if got := slices.Compact(steps); !slices.Equal(got, []string{"copied", "piece", "checked", "written", "renamed", "closed"}) {
		t.Errorf("the steps are %q", got)
	}
}

func (g *group) someWait() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.waiting) > 0
}

// TestCloseInLargeEdit: whoever closes the store waits for the file that it goes
// over to.
func TestCloseInLargeEdit(t *testing.T) {
	path := filepath.Join(t.TempDir(), "frontdesk.db")
	closed := make(chan error, 1)
	var s *Store
	s = openTest(t, path, Options{pieces: tiny, step: func(name string) {
		if name == "copied" {
			go func() { closed <- s.Close() }()
		}
	}})
	populate(t, s, 10)
	if err := s.EditLarge(t.Context(), manyContacts(10)); err != nil {
		t.Fatal(err)
	}
	if err := <-closed; err != nil {
		t.Fatal(err)
	}
	if err := s.EditLarge(t.Context(), manyContacts(10)); !errors.Is(err, store.ErrClosed) {
		t.Errorf("after that: %v", err)
	}
	again := openTest(t, path, Options{LockTimeout: atOnce})
	if _, err := again.Contact(t.Context(), "n1"); err != nil {
		t.Error(err)
	}
}
