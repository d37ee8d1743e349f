package transfer

import (
	"encoding/csv"
	"errors"
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/store"
	"github.com/frontdesk-gateway/frontdesk/internal/store/memory"
)

// awkward are texts that a form could trip over.
var awkward = []string{
	"", "-", "--", "'", "'-", "''", `\`, `\-`, `a;b`, `a\;b`, `"`, `""`, `a,b`, "=1+1", "+49 1", "@x",
	"a;=b", "a;'=b", ";'", ";;-;", `a; "=b`, `a;'"'b`, "＝1", `"=1`,
	"Zoë", "株式会社", "null", "true", "0", "a'b", "'=x", "<b>&amp;", "\u200d", "😀",
}

func pick[T any](r *rand.Rand, from []T) T { return from[r.IntN(len(from))] }

func some(r *rand.Rand, from []string) []string {
	var out []string
	for _, i := range r.Perm(len(from))[:r.IntN(min(5, len(from)+1))] {
		if from[i] != "" {
			out = append(out, from[i])
		}
	}
	return out
}

// fillRandomly makes a directory of awkward records.
func fillRandomly(r *rand.Rand) func(directory.Editor) error {
	return func(e directory.Editor) error {
		for i := range 4 {
			if err := e.PutAccount(randomAccount(r, i)); err != nil {
				return err
			}
		}
		for i := range 12 {
			c := directory.Contact{
				ID: fmt.Sprintf("%sc%d", pick(r, awkward), i), Email: directory.Address(fmt.Sprintf("=Per'son+%d@x%d.example", i/2, i/2)),
				Name: pick(r, awkward), GivenName: pick(r, awkward), FamilyName: pick(r, awkward), Phone: pick(r, awkward),
				JobTitle: pick(r, awkward), Account: fmt.Sprintf("a%d", i%4), Groups: some(r, awkward),
				Primary: r.IntN(2) == 0, Active: r.IntN(2) == 0, SelfRegistered: r.IntN(2) == 0, Created: epoch,
			}
			if err := e.PutContact(c); err != nil {
				return err
			}
		}
		for i := range 5 {
			m := directory.Member{ID: fmt.Sprintf("m%d", i), Email: directory.Address(fmt.Sprintf("m%d@msp.example", i)),
				Name: pick(r, awkward), Groups: some(r, awkward), Active: r.IntN(2) == 0,
				Platforms: pick(r, [][]directory.Platform{nil, {"tech"}, {"admin", "tech"}})}
			if err := e.PutMember(m); err != nil {
				return err
			}
		}
		return e.SetPassword(directory.PasswordOwner{Address: "m1@msp.example", Kind: directory.KindMember}, directory.Password{Hash: "hash:1"})
	}
}

func randomAccount(r *rand.Rand, i int) directory.Account {
	return directory.Account{
		ID: fmt.Sprintf("a%d", i), Name: "A" + pick(r, awkward), Active: r.IntN(2) == 0,
		Domains:         some(r, []string{"x.example", "gmail.com", "xn--mller-kva.example"}),
		Tenants:         directory.Tenants(nil).Relist(some(r, []string{"11111111-2222-4333-8444-555555555555"}), time.Unix(1_000_000_000, 0)),
		Methods:         some(r, []string{"microsoft", "password"}),
		ContactCreation: pick(r, []directory.CreationRule{"", "domain", "off"}),
	}
}

// TestRoundTrip: what was exported changes nothing when it is imported, with
// and without prune, and makes the same directory out of an empty one.
func TestRoundTrip(t *testing.T) {
	onEngines(t, func(t *testing.T, newStore func(*testing.T) store.Store) {
		for seed := range uint64(20) {
			s := newStore(t)
			if err := s.Edit(t.Context(), fillRandomly(rand.New(rand.NewPCG(seed, 0)))); err != nil {
				t.Fatal(err)
			}
			for _, format := range []Format{JSON, NDJSON, CSV} {
				for _, hashes := range []bool{false, true} {
					roundTrip(t, s, newStore(t), ExportOptions{format, hashes})
				}
			}
		}
	})
}

func roundTrip(t *testing.T, s, empty store.Store, eo ExportOptions) {
	t.Helper()
	want := dump(t, s)
	file := export(t, s, eo)
	for _, prune := range []bool{false, true} {
		o := testOptions()
		o.Prune = prune
		report := mustImport(t, s, file, o)
		if (report.Accounts != Count{Unchanged: 4} || report.Contacts != Count{Unchanged: 12} || report.Members != Count{Unchanged: 5}) {
			t.Errorf("%v, prune %v: %s", eo, prune, report)
		}
		if got := dump(t, s); got != want {
			t.Errorf("%v, prune %v: the directory is\n%s\nwant\n%s", eo, prune, got, want)
		}
	}
	mustImport(t, empty, file, testOptions())
	if got := export(t, empty, eo); got != file {
		t.Errorf("%v: exported again\n%s\nwant\n%s", eo, got, file)
	}
}

// TestLongestDetails: the longest that people may give of themselves at sign-in
// is no reason to refuse the whole of an export.
func TestLongestDetails(t *testing.T) {
	longest := strings.Repeat("ß", directory.MaxDetail)
	for _, format := range []Format{JSON, NDJSON, CSV} {
		s := memory.New()
		err := s.Edit(t.Context(), func(e directory.Editor) error { return e.PutAccount(directory.Account{ID: "a", Name: "A"}) })
		if err != nil {
			t.Fatal(err)
		}
		err = s.CreateContact(t.Context(), directory.Contact{ID: "c", Email: "c@a.example", Account: "a", SelfRegistered: true,
			GivenName: longest, FamilyName: longest, Phone: longest, JobTitle: longest})
		if err != nil {
			t.Fatal(err)
		}
		if report := mustImport(t, s, export(t, s, ExportOptions{Format: format}), testOptions()); (report.Contacts != Count{Unchanged: 1}) {
			t.Errorf("%s: %s", format, report)
		}
	}
}

// TestNoFormulas: what people write about themselves is no formula in the
// spreadsheet of whoever opens an export, wherever that splits rows into cells.
func TestNoFormulas(t *testing.T) {
	starts := regexp.MustCompile(`^["\s\pZ]*[-=+@＝＋－＠]`)
	for _, name := range []string{
		"=1+1", "+1", "-1", "@SUM(1)", "＝1", "'=1", "x;=cmd|'/C calc'!A0;y", "x;+1", "x;-1", "x;@SUM(1)", "x;;=1",
		"x; =1", "x;\u00a0=1", `x;"=1"`, `x;" "=1`, `"x;=1`, `x",";=1`, ";=1", ";＝1",
	} {
		t.Run(name, func(t *testing.T) {
			s := memory.New()
			err := s.Edit(t.Context(), func(e directory.Editor) error {
				return errors.Join(e.PutAccount(directory.Account{ID: "a", Name: "A"}),
					e.PutContact(directory.Contact{ID: "c", Email: "c@a.example", Account: "a", GivenName: name, Groups: []string{name, name + "2"}}))
			})
			if err != nil {
				t.Fatal(err)
			}
			file := export(t, s, ExportOptions{Format: CSV})
			rows, err := csv.NewReader(strings.NewReader(file)).ReadAll()
			if err != nil {
				t.Fatal(err)
			}
			cells := strings.Split(file, ";")
			for _, row := range rows {
				cells = append(cells, row...)
			}
			for _, cell := range cells {
				if starts.MatchString(cell) {
					t.Errorf("the cell %q in\n%s", cell, file)
				}
			}
		})
	}
}

// TestExportHashes: hashes leave only when asked for.
func TestExportHashes(t *testing.T) {
	onEngines(t, func(t *testing.T, newStore func(*testing.T) store.Store) {
		s := newStore(t)
		seed(t, s)
		if err := s.SetPassword(t.Context(), annaContact, directory.Password{Hash: "hash:secret"}); err != nil {
			t.Fatal(err)
		}
		for _, format := range []Format{JSON, NDJSON, CSV} {
			golden(t, "testdata/export."+string(format)+".golden", export(t, s, ExportOptions{Format: format}))
			golden(t, "testdata/export-hashes."+string(format)+".golden", export(t, s, ExportOptions{Format: format, IncludeHashes: true}))
		}
	})
}
