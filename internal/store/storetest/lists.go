package storetest

import (
	"fmt"
	"iter"
	"slices"
	"testing"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/store"
)

var listPromises = []promise{
	{"an empty store yields nothing", listNothing},
	{"all records in the order of their ids", listAll},
	{"a loop may end early", listPart},
	{"the store may change in a loop over it", listWhileChanging},
	{"an edit may change what it loops over", listWhileEditing},
	{"an edit yields its own writes", listOwnWrites},
	{"the store may be closed in a loop over it", listWhileClosing},
}

// many is more than an engine would read at once.
const many = 1201

func fillMany(t *testing.T, s store.Store) (want []string) {
	t.Helper()
	records := []any{account("a")}
	for i := range many {
		id := fmt.Sprintf("%04d", i)
		want = append(want, id)
		records = append(records, contact(id, "a", id+"@x.example"), member(id, id+"@y.example"), account(id))
	}
	slices.Reverse(records)
	put(t, s, records...)
	return want
}

// collect returns the ids that a loop yields.
func collect[T any](t *testing.T, all iter.Seq2[T, error], id func(T) string) []string {
	t.Helper()
	var out []string
	for v, err := range all {
		ok(t, err)
		out = append(out, id(v))
	}
	return out
}

func memberID(m directory.Member) string { return m.ID }

func listNothing(t *testing.T, s store.Store) {
	wantEqual(t, "accounts", collect(t, s.Accounts(t.Context()), accountID), nil)
	wantEqual(t, "contacts", collect(t, s.Contacts(t.Context()), contactID), nil)
	wantEqual(t, "members", collect(t, s.Members(t.Context()), memberID), nil)
}

func listAll(t *testing.T, s store.Store) {
	want := fillMany(t, s)
	contacts := s.Contacts(t.Context())
	wantEqual(t, "contacts", collect(t, contacts, contactID), want)
	wantEqual(t, "contacts again", collect(t, contacts, contactID), want)
	wantEqual(t, "members", collect(t, s.Members(t.Context()), memberID), want)
	wantEqual(t, "accounts", collect(t, s.Accounts(t.Context()), accountID), append(want, "a"))
	for i, id := range oddNames {
		put(t, s, member(id, fmt.Sprintf("odd%d@z.example", i)))
	}
	got := collect(t, s.Members(t.Context()), memberID)
	if !slices.IsSorted(got) || len(got) != many+len(oddNames) {
		t.Errorf("%d members with odd ids, in order: %v", len(got), slices.IsSorted(got))
	}
}

func listPart(t *testing.T, s store.Store) {
	want := fillMany(t, s)
	var got []string
	for c, err := range s.Contacts(t.Context()) {
		ok(t, err)
		if got = append(got, c.ID); len(got) == 3 {
			break
		}
	}
	wantEqual(t, "first contacts", got, want[:3])
	put(t, s, account("b"))
}

// listWhileChanging deletes each record that it meets. A loop may or may not
// yield what came after it began, so only records that stay are counted.
func listWhileChanging(t *testing.T, s store.Store) {
	want := fillMany(t, s)
	var got []string
	for m, err := range s.Members(t.Context()) {
		ok(t, err)
		got = append(got, m.ID)
		if len(got)%100 != 0 {
			continue
		}
		ok(t, s.Edit(t.Context(), func(e directory.Editor) error {
			ok(t, e.DeleteMember(m.ID))
			return e.PutMember(member("!"+m.ID, "new"+m.ID+"@x.example"))
		}))
	}
	wantEqual(t, "members", got, want)
	wantEqual(t, "members afterwards", len(collect(t, s.Members(t.Context()), memberID)), many)
}

func listWhileEditing(t *testing.T, s store.Store) {
	want := fillMany(t, s)
	ok(t, s.Edit(t.Context(), func(e directory.Editor) error {
		var got []string
		for c, err := range e.Contacts(t.Context()) {
			ok(t, err)
			got = append(got, c.ID)
			c.Name = "seen"
			ok(t, e.PutContact(c))
			ok(t, e.DeleteMember(c.ID))
		}
		wantEqual(t, "contacts", got, want)
		return nil
	}))
	wantEqual(t, "members", collect(t, s.Members(t.Context()), memberID), nil)
	for c, err := range s.Contacts(t.Context()) {
		ok(t, err)
		if c.Name != "seen" {
			t.Fatalf("contact %s was not changed", c.ID)
		}
	}
}

func listOwnWrites(t *testing.T, s store.Store) {
	put(t, s, account("b"), account("d"))
	ok(t, s.Edit(t.Context(), func(e directory.Editor) error {
		ok(t, putAll(e, account("a"), account("c")))
		ok(t, e.DeleteAccount("d"))
		wantEqual(t, "accounts", collect(t, e.Accounts(t.Context()), accountID), []string{"a", "b", "c"})
		return nil
	}))
}

// listWhileClosing would hang where a loop held something that Close waits for.
func listWhileClosing(t *testing.T, s store.Store) {
	fillMany(t, s)
	var last error
	for _, err := range s.Contacts(t.Context()) {
		if last = err; err == nil {
			ok(t, s.Close())
		}
	}
	if last != nil {
		wantErr(t, last, store.ErrClosed)
	}
}
