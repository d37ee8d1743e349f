package transfer

import (
	"context"
	"errors"
	"testing"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/store"
)

// readOnly fails by the first write.
type readOnly struct{ directory.Store }

type readOnlyEditor struct{ directory.Editor }

var errWritten = errors.New("something was written")

func (s readOnly) Edit(ctx context.Context, fn func(directory.Editor) error) error {
	return s.Store.Edit(ctx, func(e directory.Editor) error { return fn(readOnlyEditor{e}) })
}

func (s readOnly) EditLarge(ctx context.Context, fn func(directory.Editor) error) error {
	return s.Store.EditLarge(ctx, func(e directory.Editor) error { return fn(readOnlyEditor{e}) })
}

func (readOnlyEditor) PutAccount(directory.Account) error { return errWritten }
func (readOnlyEditor) PutContact(directory.Contact) error { return errWritten }
func (readOnlyEditor) PutMember(directory.Member) error   { return errWritten }
func (readOnlyEditor) DeleteAccount(string) error         { return errWritten }
func (readOnlyEditor) DeleteContact(string) error         { return errWritten }
func (readOnlyEditor) DeleteMember(string) error          { return errWritten }
func (readOnlyEditor) RenameContact(string, string) error { return errWritten }
func (readOnlyEditor) SetPassword(directory.PasswordOwner, directory.Password) error {
	return errWritten
}

// TestAgainWritesNothing: a file that is imported every night costs a store
// nothing where nothing changed, passwords included.
func TestAgainWritesNothing(t *testing.T) {
	onEngines(t, func(t *testing.T, newStore func(*testing.T) store.Store) {
		s := newStore(t)
		seed(t, s)
		if err := s.SetPassword(t.Context(), annaContact, directory.Password{Hash: "hash:anna"}); err != nil {
			t.Fatal(err)
		}
		for _, format := range []Format{JSON, NDJSON, CSV} {
			file := export(t, s, ExportOptions{Format: format, IncludeHashes: true})
			for _, prune := range []bool{false, true} {
				o := testOptions()
				o.Prune = prune
				if report := mustImport(t, readOnly{s}, file, o); report.changed() > 0 {
					t.Errorf("%s: %s", format, report)
				}
			}
		}
	})
}
