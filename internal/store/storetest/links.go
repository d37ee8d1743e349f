package storetest

import (
	"errors"
	"slices"
	"testing"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/store"
)

var linkPromises = []promise{
	{"records are found by their links", linksFound},
	{"links follow changes, renames and deletions", linksFollow},
	{"the links of an address go with it", linksGo},
	{"links change as one", linksChange},
	{"identities are not taken for each other", linksApart},
}

func identity(subject string) directory.Identity {
	return directory.Identity{Issuer: "https://login.example/v2.0", Subject: subject}
}

func linkTo(subject, address string) directory.Link {
	return directory.Link{Provider: "google", Identity: identity(subject), Address: address, Vouched: true, Mailed: true, Since: start.UTC()}
}

func linkedContact(id, account, address string, links ...directory.Link) directory.Contact {
	c := contact(id, account, address)
	c.Links = links
	return c
}

// wantLinked checks the addresses that an identity is linked to, in any order.
func wantLinked(t *testing.T, r directory.Reader, subject string, want ...directory.Address) {
	t.Helper()
	got := must(r.Linked(t.Context(), "google", identity(subject)))(t)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("linked to %s: %q, want %q", subject, got, want)
	}
}

func linksFound(t *testing.T, s store.Store) {
	m := member("m", "M@x.example")
	m.Links = directory.Links{linkTo("both", "m@x.example")}
	put(t, s, account("a"), account("b"), m, linkedContact("1", "a", "P@x.example", linkTo("both", "p@x.example"), directory.Link{Provider: "other", Identity: identity("q"), Address: "p@x.example"}),
		linkedContact("2", "b", "p@x.example", linkTo("one", "p@x.example")))
	wantLinked(t, s, "both", "M@x.example", "P@x.example")
	wantLinked(t, s, "one", "p@x.example")
	wantLinked(t, s, "q") // linked to it at another provider
	wantLinked(t, s, "")
	ok(t, s.Edit(t.Context(), func(e directory.Editor) error {
		wantLinked(t, e, "one", "p@x.example")
		return nil
	}))
}

func linksFollow(t *testing.T, s store.Store) {
	put(t, s, account("a"), linkedContact("c", "a", "p@x.example", linkTo("one", "p@x.example")))
	put(t, s, linkedContact("c", "a", "p@x.example", linkTo("two", "p@x.example")))
	wantLinked(t, s, "one")
	ok(t, s.Edit(t.Context(), func(e directory.Editor) error { return e.RenameContact("c", "z") }))
	wantLinked(t, s, "two", "p@x.example")
	wantEqual(t, "links of the renamed", must(s.Contact(t.Context(), "z"))(t).Links, directory.Links{linkTo("two", "p@x.example")})
	ok(t, s.Edit(t.Context(), func(e directory.Editor) error { return e.DeleteContact("z") }))
	wantLinked(t, s, "two")
}

func linksGo(t *testing.T, s store.Store) {
	c, m := linkedContact("c", "a", "p@x.example", linkTo("one", "p@x.example")), member("m", "m@x.example")
	m.Links = directory.Links{linkTo("two", "m@x.example")}
	put(t, s, account("a"), c, m)
	c.Email, m.Email = "P@x.example", "M@x.example"
	put(t, s, c, m) // another spelling of it
	wantLinked(t, s, "one", "P@x.example")
	wantLinked(t, s, "two", "M@x.example")
	c.Email, m.Email = "new@x.example", "other@x.example"
	put(t, s, c, m)
	wantLinked(t, s, "one")
	wantLinked(t, s, "two")

	c, m = must(s.Contact(t.Context(), "c"))(t), must(s.Member(t.Context(), "m"))(t)
	wantEqual(t, "links", len(c.Links)+len(m.Links), 0)
	c.Email, m.Email = "p@x.example", "m@x.example"
	put(t, s, c, m) // and back
	wantLinked(t, s, "one")
	wantLinked(t, s, "two")
}

func linksChange(t *testing.T, s store.Store) {
	put(t, s, account("a"), contact("c", "a", "p@x.example"), member("m", "p@x.example"))
	won := 0
	for _, err := range race(func(int) error {
		return directory.ChangeLinks(t.Context(), s, directory.KindContact, "c", func(ls directory.Links) (directory.Links, error) {
			if len(ls) > 0 {
				return nil, directory.ErrExists
			}
			return ls.With(linkTo("one", "p@x.example")), nil
		})
	}) {
		if err == nil {
			won++
		} else if !errors.Is(err, directory.ErrExists) {
			t.Error(err)
		}
	}
	wantEqual(t, "changes that succeeded", won, 1)
	ok(t, directory.ChangeLinks(t.Context(), s, directory.KindMember, "m", func(ls directory.Links) (directory.Links, error) {
		return ls.With(linkTo("one", "p@x.example")), nil
	}))
	wantLinked(t, s, "one", "p@x.example", "p@x.example")
	for _, kind := range []directory.Kind{directory.KindContact, directory.KindMember} {
		wantErr(t, directory.ChangeLinks(t.Context(), s, kind, "nobody", nil), directory.ErrNotFound)
	}
}

// linksApart: parts of an identity do not run into one another.
func linksApart(t *testing.T, s store.Store) {
	put(t, s, account("a"))
	for i, l := range []directory.Link{
		{Provider: "ab", Identity: directory.Identity{Issuer: "c", Subject: "d"}}, {Provider: "a", Identity: directory.Identity{Issuer: "bc", Subject: "d"}},
		{Provider: "a", Identity: directory.Identity{Issuer: "b", Subject: "cd"}}, {Provider: "a", Identity: directory.Identity{Issuer: "b\x00", Subject: "cd"}},
	} {
		address := string(rune('p'+i)) + "@x.example"
		l.Address = address
		put(t, s, linkedContact(address, "a", address, l))
		got := must(s.Linked(t.Context(), l.Provider, l.Identity))(t)
		wantEqual(t, "linked", got, []directory.Address{directory.Address(address)})
	}
}
