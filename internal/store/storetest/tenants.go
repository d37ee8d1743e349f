package storetest

import (
	"errors"
	"testing"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/session"
	"github.com/frontdesk-gateway/frontdesk/internal/store"
)

// from is a session with a proof by a tenant, among others.
func from(tenant string, v session.Session) session.Session {
	v.Proofs = []session.Proof{
		{Method: directory.MethodEmailToken, Vouched: true}, {Method: directory.MethodMicrosoft, Tenant: tenant, Claimed: true},
	}
	return v
}

// signedInFrom keeps sessions of contact "c" of account "a", which lists the tenants
// "t" and "u", by each of these and by mail alone; and by "t" one of contact "other",
// whose account lists the same, and one of member "m".
func signedInFrom(t *testing.T, s store.Store) {
	t.Helper()
	put(t, s, listing("a", "t", "u"), listing("b", "t", "u"),
		contact("c", "a", "c@x.example"), contact("other", "b", "o@x.example"), member("m", "m@x.example"))
	login(t, s, from("t", signedIn(1, "c")))
	login(t, s, from("u", signedIn(2, "c")))
	login(t, s, from("", signedIn(3, "c")))
	login(t, s, from("t", signedIn(4, "other")))
	staff := from("t", signedIn(5, "m"))
	staff.Kind = directory.KindMember
	login(t, s, staff)
}

func unlistedEnds(t *testing.T, s store.Store) {
	signedInFrom(t, s)
	put(t, s, listing("a", "v", "u"))
	put(t, s, listing("a", "t", "u")) // as it was
	wantSessionsOf(t, s, directory.KindContact, "c", "public d", "public c")
	put(t, s, listing("a"))
	put(t, s, listing("a", "t", "u"))
	wantSessionsOf(t, s, directory.KindContact, "c", "public d")
	wantSessionsOf(t, s, directory.KindContact, "other", "public e")
	wantSessionsOf(t, s, directory.KindMember, "m", "public f")
	_, err := s.Session(t.Context(), signedIn(1, "").Key)
	wantErr(t, err, session.ErrNotFound)
}

// unlistedElsewhereEnds: from a session of another record at the address somebody could
// switch, and bring the proof back.
func unlistedElsewhereEnds(t *testing.T, s store.Store) {
	signedInFrom(t, s)
	put(t, s, account("z"), contact("too", "z", "C@x.example"), member("also", "c@x.example"))
	login(t, s, from("t", signedIn(6, "too")))
	login(t, s, from("u", signedIn(7, "too")))
	staff := from("t", signedIn(8, "also"))
	staff.Kind = directory.KindMember
	login(t, s, staff)
	put(t, s, listing("a", "u"))
	wantSessionsOf(t, s, directory.KindContact, "c", "public d", "public c")
	wantSessionsOf(t, s, directory.KindContact, "too", "public h")
	wantSessionsOf(t, s, directory.KindMember, "also")
	wantSessionsOf(t, s, directory.KindMember, "m", "public f")
}

// unlistedOfLeaversEnds: nor must a contact that leaves in the same edit, and comes back
// with the tenant, find a session to be switched to from.
func unlistedOfLeaversEnds(t *testing.T, s store.Store) {
	signedInFrom(t, s)
	put(t, s, account("z"), listing("d", "t", "u"))
	for n, id := range map[byte]string{6: "removed", 7: "moved", 8: "readdressed", 9: "gone with its account"} {
		address := string(rune('0'+n)) + "@x.example"
		at := "a"
		if n == 9 {
			at = "d"
		}
		put(t, s, contact(id, at, address), contact("too "+id, "z", address))
		login(t, s, from("t", signedIn(n, "too "+id)))
	}
	ok(t, s.Edit(t.Context(), func(e directory.Editor) error {
		return errors.Join(e.DeleteContact("removed"), e.PutContact(contact("moved", "b", "7@x.example")), e.PutContact(contact("readdressed", "a", "new@x.example")),
			e.PutAccount(listing("a", "u")), e.DeleteContact("gone with its account"), e.DeleteAccount("d"))
	}))
	wantSessionsOf(t, s, directory.KindContact, "too removed")
	wantSessionsOf(t, s, directory.KindContact, "too moved")
	wantSessionsOf(t, s, directory.KindContact, "too readdressed")
	wantSessionsOf(t, s, directory.KindContact, "too gone with its account", "public j") // which lists nothing
	wantSessionsOf(t, s, directory.KindContact, "c", "public d", "public c")
}

func unlistedRenamedEnds(t *testing.T, s store.Store) {
	signedInFrom(t, s)
	ok(t, s.Edit(t.Context(), func(e directory.Editor) error {
		return errors.Join(e.RenameContact("c", "z"), e.DeleteAccount("a"), e.PutAccount(listing("a", "t")))
	}))
	wantSessionsOf(t, s, directory.KindContact, "z", "public d", "public b")
}

func relistedKeeps(t *testing.T, s store.Store) {
	signedInFrom(t, s)
	put(t, s, listing("a"), listing("a", "u", "v", "t"), listing("b", "t"))
	wantSessionsOf(t, s, directory.KindContact, "c", "public d", "public c", "public b")
	wantSessionsOf(t, s, directory.KindContact, "other", "public e")
}
