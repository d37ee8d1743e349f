package transfer

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/spool"
	"github.com/frontdesk-gateway/frontdesk/internal/store"
	"github.com/frontdesk-gateway/frontdesk/internal/store/memory"
)

// spools keep next to nothing in memory, and find nothing by its hash alone.
var spools = map[string]spool.Options{
	"in files":   {Buffer: 1},
	"collisions": {Buffer: 100, Hash: func([]byte) uint64 { return 42 }},
}

// outcome is all that an import of a file over the seed says and does.
func outcome(t *testing.T, file string, o Options) string {
	t.Helper()
	s := memory.New()
	seed(t, s)
	o.TempDir = t.TempDir()
	report, err := Import(t.Context(), s, reader(file), o)
	if left, readErr := os.ReadDir(o.TempDir); readErr != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, readErr)
	}
	return fmt.Sprintf("%s\n%v\n%s", report, err, dump(t, s))
}

// TestSpooled: what becomes of a file does not depend on how much of it memory
// holds, nor on what the hashes happen to be.
func TestSpooled(t *testing.T) {
	samples := map[string]string{}
	for _, path := range append(files(t, "good"), files(t, "bad")...) {
		file, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		samples[path] = string(file)
	}
	for seed := range uint64(5) {
		samples[fmt.Sprint("prune-random-", seed)] = randomFile(rand.New(rand.NewPCG(seed, 0)))
		samples[fmt.Sprint("random-", seed)] = randomFile(rand.New(rand.NewPCG(seed, 1)))
	}
	for name, o := range spools {
		for path, file := range samples {
			t.Run(name+"/"+path, func(t *testing.T) {
				spooled := optionsFor(path)
				spooled.spool = o
				if got, want := outcome(t, file, spooled), outcome(t, file, optionsFor(path)); got != want {
					t.Errorf("got\n%s\nwant\n%s", got, want)
				}
			})
		}
	}
}

// randomFile meets the seed, and itself, in all ways: by id, by address, twice.
func randomFile(r *rand.Rand) string {
	var b strings.Builder
	for range r.IntN(60) {
		fields := map[string]string{}
		for name, values := range map[string][]string{
			"id":            {"", "", "s1", "c1", "c2", fmt.Sprint("n", r.IntN(1000))},
			"email":         {"", "self@acme.example", "anna@acme.example", fmt.Sprintf("n%d@acme.example", r.IntN(1000))},
			"name":          {"", "Zoë", fmt.Sprint("N", r.IntN(1000))},
			"account":       {"a1", "a1", "a2", "new-1"},
			"password_hash": {"", "", "", "hash:1", "hash:2"},
		} {
			fields[name] = pick(r, values)
		}
		kind := pick(r, []string{"account", "contact", "contact", "member"})
		maps.DeleteFunc(fields, func(name, value string) bool {
			return value == "" || kind == "account" && name != "id" && name != "name" || kind == "member" && name == "account"
		})
		fmt.Fprintf(&b, `{"type":%q`, kind)
		for _, name := range columns {
			if value, there := fields[name]; there {
				fmt.Fprintf(&b, `,%q:%q`, name, value)
			}
		}
		b.WriteString("}\n")
	}
	return b.String()
}

// manyPeople is a file of so many contacts, ten in an account.
func manyPeople(contacts int) string {
	var b strings.Builder
	for i := range contacts / 10 {
		fmt.Fprintf(&b, `{"type":"account","id":"a%d","name":"Account %d"}`+"\n", i, i)
	}
	for i := range contacts {
		fmt.Fprintf(&b, `{"type":"contact","id":"c%d","email":"c%d@x.example","account":"a%d","groups":["g"],"phone":%q}`+"\n",
			i, i, i%(contacts/10), strings.Repeat("1", 50))
	}
	return b.String()
}

// TestLargeChange: more records than a change in memory may have.
func TestLargeChange(t *testing.T) {
	const people = 2000
	file := manyPeople(people)
	o, prune := testOptions(), testOptions()
	o.large, prune.large, prune.Prune = people, people, true
	onEngines(t, func(t *testing.T, newStore func(*testing.T) store.Store) {
		s := counted{Store: newStore(t), edits: map[string]int{}}
		if report := mustImport(t, s, file, o); (report.Contacts != Count{Added: people} || report.Accounts != Count{Added: people / 10}) {
			t.Errorf("first: %s", report)
		}
		want := dump(t, s)
		if n := strings.Count(want, "\n"); n != people+people/10 {
			t.Errorf("%d records", n)
		}
		for name, o := range map[string]Options{"again": o, "again, with prune": prune} {
			if report := mustImport(t, s, want, o); report.changed() != 0 || dump(t, s) != want {
				t.Errorf("%s: %s", name, report)
			}
		}
		if s.edits["large"] != 3 || s.edits["small"] != 0 {
			t.Errorf("edits: %v", s.edits)
		}
		if report := mustImport(t, s, manyPeople(100), prune); report.Contacts.Removed != people-100 || report.Accounts.Removed != (people-100)/10 {
			t.Errorf("pruned: %s", report)
		}
		mustImport(t, s, manyPeople(100), o)
		if s.edits["large"] != 4 || s.edits["small"] != 1 {
			t.Errorf("edits: %v", s.edits)
		}
	})
}

// TestKeptAccounts: a report names a few, and counts the rest.
func TestKeptAccounts(t *testing.T) {
	s := memory.New()
	err := s.Edit(t.Context(), func(e directory.Editor) error {
		for i := range maxKept + 5 {
			id := fmt.Sprint("x", i)
			if err := e.PutAccount(directory.Account{ID: id, Name: id}); err != nil {
				return err
			}
			if err := e.PutContact(directory.Contact{ID: id, Email: "x@x.example", Account: id, SelfRegistered: true}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	o := testOptions()
	o.Prune = true
	report := mustImport(t, s, manyPeople(10), o)
	if len(report.KeptAccounts) != maxKept || report.KeptMore != 5 || !strings.HasSuffix(report.String(), "\nand 5 more accounts are kept for the same reason") {
		t.Errorf("report: %s", report)
	}
}

// counted counts the edits of a store.
type counted struct {
	store.Store
	edits map[string]int
}

func (c counted) Edit(ctx context.Context, fn func(directory.Editor) error) error {
	c.edits["small"]++
	return c.Store.Edit(ctx, fn)
}

func (c counted) EditLarge(ctx context.Context, fn func(directory.Editor) error) error {
	c.edits["large"]++
	return c.Store.EditLarge(ctx, fn)
}
