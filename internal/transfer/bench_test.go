package transfer

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"iter"
	"strconv"
	"strings"
	"testing"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
)

// crowd is a directory of so many contacts, twenty in an account, that is made up
// as it is read and keeps nothing: what is measured is ours alone.
type crowd struct {
	directory.Editor
	contacts int
	empty    bool // nobody is found, as before the first import
}

func (c crowd) account(i int) directory.Account {
	return directory.Account{ID: fmt.Sprint("account-", i), Name: fmt.Sprint("Company ", i), Domains: []string{fmt.Sprintf("company%d.example", i)}, Active: true}
}

func (c crowd) contact(i int) directory.Contact {
	account := i % (c.contacts / 20)
	return directory.Contact{
		ID: fmt.Sprint("contact-", i), Email: directory.Address(fmt.Sprintf("Person.%d@company%d.example", i, account)),
		Name: fmt.Sprint("Person Number ", i), GivenName: "Person", FamilyName: fmt.Sprint("Number ", i), Phone: "+49 30 123456",
		JobTitle: "Engineer", Account: fmt.Sprint("account-", account), Groups: []string{"users", "tickets"}, Active: true,
	}
}

func (c crowd) Account(_ context.Context, id string) (directory.Account, error) {
	return madeUp(c, id, "account-", c.account)
}

func (c crowd) Contact(_ context.Context, id string) (directory.Contact, error) {
	return madeUp(c, id, "contact-", c.contact)
}

func madeUp[T any](c crowd, id, prefix string, record func(int) T) (none T, err error) {
	if i, err := strconv.Atoi(strings.TrimPrefix(id, prefix)); err == nil && !c.empty {
		return record(i), nil
	}
	return none, directory.ErrNotFound
}

func (c crowd) People(context.Context, string) (directory.People, error) {
	return directory.People{}, nil
}

func (c crowd) Accounts(context.Context) iter.Seq2[directory.Account, error] {
	return count(c.contacts/20, c.account)
}

func (c crowd) Contacts(context.Context) iter.Seq2[directory.Contact, error] {
	return count(c.contacts, c.contact)
}

func (c crowd) Members(context.Context) iter.Seq2[directory.Member, error] {
	return count(0, func(int) directory.Member { return directory.Member{} })
}

func count[T any](n int, record func(int) T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for i := range n {
			if !yield(record(i), nil) {
				return
			}
		}
	}
}

func (crowd) PutAccount(directory.Account) error { return nil }
func (crowd) PutContact(directory.Contact) error { return nil }

// open is a store with the crowd in it.
type open struct {
	directory.Store
	crowd crowd
}

func (s open) Edit(_ context.Context, fn func(directory.Editor) error) error      { return fn(s.crowd) }
func (s open) EditLarge(_ context.Context, fn func(directory.Editor) error) error { return fn(s.crowd) }

// file is the crowd in a form.
func (c crowd) file(b *testing.B, f Format) []byte {
	b.Helper()
	var file bytes.Buffer
	if err := Export(b.Context(), c, &file, ExportOptions{Format: f}); err != nil {
		b.Fatal(err)
	}
	return file.Bytes()
}

// perRow reports what one record costs.
func perRow(b *testing.B, rows int) {
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*rows), "ns/row")
	b.ReportMetric(float64(b.N*rows)/b.Elapsed().Seconds(), "rows/s")
}

var benchSizes = []int{1000, 10_000, 100_000}

// BenchmarkRead is decoding, checking, and keeping aside.
func BenchmarkRead(b *testing.B) {
	for _, f := range []Format{CSV, NDJSON, JSON} {
		for _, n := range benchSizes {
			file := crowd{contacts: n}.file(b, f)
			b.Run(fmt.Sprintf("%s/%d", f, n), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					in, err := read(bytes.NewReader(file), Options{Format: f}.withDefaults())
					if err != nil || in.len() != n+n/20 {
						b.Fatal(in.len(), err)
					}
					if err := in.area.Close(); err != nil {
						b.Fatal(err)
					}
				}
				perRow(b, n+n/20)
			})
		}
	}
}

// BenchmarkImport is all of an import but what the store does: into an empty
// directory, and into the one that the file makes.
func BenchmarkImport(b *testing.B) {
	for _, empty := range []bool{true, false} {
		for _, n := range benchSizes {
			c := crowd{contacts: n, empty: empty}
			file := c.file(b, NDJSON)
			b.Run(fmt.Sprintf("new=%v/%d", empty, n), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					report, err := Import(b.Context(), open{crowd: c}, bytes.NewReader(file), Options{})
					if want := (Count{Added: n}); empty && report.Contacts != want || !empty && report.Contacts != (Count{Unchanged: n}) {
						b.Fatal(report, err)
					}
				}
				perRow(b, n+n/20)
			})
		}
	}
}

// BenchmarkExport is all of an export but what the store does.
func BenchmarkExport(b *testing.B) {
	for _, f := range []Format{CSV, NDJSON, JSON} {
		for _, n := range benchSizes {
			b.Run(fmt.Sprintf("%s/%d", f, n), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if err := Export(b.Context(), crowd{contacts: n}, io.Discard, ExportOptions{Format: f}); err != nil {
						b.Fatal(err)
					}
				}
				perRow(b, n+n/20)
			})
		}
	}
}
