package transfer

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/store"
)

// TestGoodFiles imports each file of testdata/good over the seed. The golden
// file holds the report and the directory afterwards.
func TestGoodFiles(t *testing.T) {
	onEngines(t, func(t *testing.T, newStore func(*testing.T) store.Store) {
		for _, path := range files(t, "good") {
			t.Run(path, func(t *testing.T) {
				file, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				s := newStore(t)
				seed(t, s)
				before := dump(t, s)
				dry := optionsFor(path)
				dry.DryRun = true
				foretold := mustImport(t, s, string(file), dry)
				if after := dump(t, s); after != before {
					t.Errorf("the dry run changed the store to\n%s", after)
				}
				report := mustImport(t, s, string(file), optionsFor(path))
				if foretold.DryRun = false; foretold.String() != report.String() {
					t.Errorf("the dry run said\n%s\nbut it was\n%s", foretold, report)
				}
				golden(t, path+".golden", report.String()+"\n\n"+dump(t, s))
			})
		}
	})
}

// TestBadFiles imports each file of testdata/bad over the seed. The golden file
// holds the problems; the store stays as it was.
func TestBadFiles(t *testing.T) {
	onEngines(t, func(t *testing.T, newStore func(*testing.T) store.Store) {
		for _, path := range files(t, "bad") {
			t.Run(path, func(t *testing.T) {
				file, err := os.Open(path)
				if err != nil {
					t.Fatal(err)
				}
				defer file.Close()
				s := newStore(t)
				seed(t, s)
				before := dump(t, s)
				report, err := Import(t.Context(), s, file, optionsFor(path))
				if _, ok := errors.AsType[*Errors](err); !ok {
					t.Fatalf("Import = %v, %v; want *Errors", report, err)
				}
				golden(t, path+".golden", err.Error()+"\n")
				if after := dump(t, s); after != before {
					t.Errorf("the store changed to\n%s", after)
				}
			})
		}
	})
}

// failingStore fails at the last step of a change, the passwords.
type failingStore struct {
	directory.Store
	err error
}

type failingEditor struct {
	directory.Editor
	err error
}

func (s failingStore) Edit(ctx context.Context, fn func(directory.Editor) error) error {
	return s.Store.Edit(ctx, func(e directory.Editor) error { return fn(failingEditor{e, s.err}) })
}

func (e failingEditor) SetPassword(directory.PasswordOwner, directory.Password) error { return e.err }

func TestAllOrNothing(t *testing.T) {
	const file = `{"type":"contact","id":"c1","email":"moved@acme.example"}
{"type":"contact","id":"c2","phone":"1","password_hash":"hash:1"}`
	tests := map[string]struct {
		fail     error
		problems string
	}{
		"the disk is full": {fail: errors.New("disk full")},
		"a clash that only the store sees": {
			fail:     &directory.ClashError{Kind: "contact", ID: "c2", Reason: "something stands in the way"},
			problems: `line 2: contact "c2": something stands in the way`,
		},
	}
	onEngines(t, func(t *testing.T, newStore func(*testing.T) store.Store) {
		for name, test := range tests {
			t.Run(name, func(t *testing.T) {
				s := newStore(t)
				seed(t, s)
				before := dump(t, s)
				_, err := Import(t.Context(), failingStore{s, test.fail}, strings.NewReader(file), testOptions())
				if found, ok := errors.AsType[*Errors](err); test.problems != "" {
					if !ok || found.Error() != test.problems {
						t.Errorf("Import: %v, want %s", err, test.problems)
					}
				} else if !errors.Is(err, test.fail) {
					t.Errorf("Import: %v, want %v", err, test.fail)
				}
				if after := dump(t, s); after != before {
					t.Errorf("the store changed to\n%s", after)
				}
			})
		}
	})
}

func TestCancelled(t *testing.T) {
	onEngines(t, func(t *testing.T, newStore func(*testing.T) store.Store) {
		s := newStore(t)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := Import(ctx, s, strings.NewReader(`{"type":"account","id":"a","name":"A"}`), testOptions())
		if !errors.Is(err, context.Canceled) {
			t.Errorf("Import: %v, want context.Canceled", err)
		}
		if got := dump(t, s); got != "" {
			t.Errorf("written: %s", got)
		}
	})
}

type brokenReader struct{ err error }

func (r brokenReader) Read([]byte) (int, error) { return 0, r.err }

// TestBrokenReader: an upload that breaks off is no short file.
func TestBrokenReader(t *testing.T) {
	broken := errors.New("connection lost")
	for _, format := range []Format{JSON, NDJSON, CSV, ""} {
		t.Run(string(format), func(t *testing.T) {
			o := testOptions()
			o.Format = format
			if _, err := read(brokenReader{broken}, o); !errors.Is(err, broken) {
				t.Errorf("read: %v, want %v", err, broken)
			}
		})
	}
}

// TestTooLong: one record may not fill the memory.
func TestTooLong(t *testing.T) {
	long := strings.Repeat("x", 2<<20)
	tests := map[Format]struct{ file, want string }{
		JSON:   {"{\"members\": [\n{\"name\": \"" + long + "\"}]}", "line 2: the record is longer than 1 MiB"},
		NDJSON: {"\n\n{\"type\":\"member\",\"name\":\"" + long + "\"}", "line 3: the record is longer than 1 MiB"},
		CSV:    {"type,name\nmember,\"" + long, "line 2: the record is longer than 1 MiB; a quotation mark may be open"},
	}
	for format, test := range tests {
		t.Run(string(format), func(t *testing.T) {
			in, err := read(strings.NewReader(test.file), testOptions())
			if err != nil {
				t.Fatal(err)
			}
			if got := in.err(); got == nil || got.Error() != test.want || !in.broken {
				t.Errorf("problems: %v, want %s", got, test.want)
			}
		})
	}
}

// TestManyFields: a record of nothing but wrong fields is told of once.
func TestManyFields(t *testing.T) {
	fields := strings.Repeat(`, "a": 1`, 100)
	for format, file := range map[Format]string{
		JSON:   "{\"members\": [\n{\"id\": \"m\"" + fields + "}]}",
		NDJSON: "\n{\"type\": \"member\"" + fields + "}",
	} {
		t.Run(string(format), func(t *testing.T) {
			in, err := read(strings.NewReader(file), Options{Format: format})
			if err != nil {
				t.Fatal(err)
			}
			if got := in.err(); got == nil || !strings.HasPrefix(got.Error(), "line 2: ") || !strings.HasSuffix(got.Error(), "more than 100 fields") || len(in.problems.list) != 1 {
				t.Errorf("problems: %v", got)
			}
		})
	}
}

func TestUnknownFormat(t *testing.T) {
	o := testOptions()
	o.Format = "xml"
	if _, err := Import(t.Context(), failingStore{}, strings.NewReader(""), o); err == nil || !strings.Contains(err.Error(), `unknown format "xml"`) {
		t.Errorf("Import: %v", err)
	}
}

func TestFormatOf(t *testing.T) {
	tests := map[string]Format{
		"people.json": JSON, "a/b.NDJSON": NDJSON, "x.jsonl": NDJSON, "crm.csv": CSV,
		"people": "", "people.json.bak": "", "-": "",
	}
	for path, want := range tests {
		if got := FormatOf(path); got != want {
			t.Errorf("FormatOf(%q) = %q, want %q", path, got, want)
		}
	}
}
