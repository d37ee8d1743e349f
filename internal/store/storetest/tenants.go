package storetest

import (
	"errors"
	"testing"
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/session"
	"github.com/frontdesk-gateway/frontdesk/internal/store"
)

var tenantPromises = []promise{
	{"one that an account lists no more ends the sessions from there", unlistedEnds},
	{"one that an account lists no more ends those of a contact with another id", unlistedRenamedEnds},
	{"one that an account lists no more ends those of no other record at the address", unlistedElsewhereKeeps},
	{"one that is listed again in the same edit was there all along", relistedKeeps},
	{"those of members are kept with since when", memberTenantsSince},
}

// listed are tenants that are listed since start.
func listed(tenants ...string) directory.Tenants {
	return directory.Tenants(nil).Relist(tenants, start)
}

// listing is an account that lists tenants.
func listing(id string, tenants ...string) directory.Account {
	a := account(id)
	a.Tenants = listed(tenants...)
	return a
}

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

func unlistedRenamedEnds(t *testing.T, s store.Store) {
	signedInFrom(t, s)
	ok(t, s.Edit(t.Context(), func(e directory.Editor) error {
		return errors.Join(e.RenameContact("c", "z"), e.DeleteAccount("a"), e.PutAccount(listing("a", "t")))
	}))
	wantSessionsOf(t, s, directory.KindContact, "z", "public d", "public b")
}

// unlistedElsewhereKeeps: what another record rests on is its own account's to tell.
func unlistedElsewhereKeeps(t *testing.T, s store.Store) {
	signedInFrom(t, s)
	put(t, s, listing("z", "t"), contact("too", "z", "C@x.example"), member("also", "c@x.example"))
	login(t, s, from("t", signedIn(6, "too")))
	staff := from("t", signedIn(7, "also"))
	staff.Kind = directory.KindMember
	login(t, s, staff)
	put(t, s, listing("a", "u"))
	wantSessionsOf(t, s, directory.KindContact, "c", "public d", "public c")
	wantSessionsOf(t, s, directory.KindContact, "too", "public g")
	wantSessionsOf(t, s, directory.KindMember, "also", "public h")
}

func relistedKeeps(t *testing.T, s store.Store) {
	signedInFrom(t, s)
	put(t, s, listing("a"), listing("a", "u", "v", "t"), listing("b", "t"))
	wantSessionsOf(t, s, directory.KindContact, "c", "public d", "public c", "public b")
	wantSessionsOf(t, s, directory.KindContact, "other", "public e")
}

func memberTenantsSince(t *testing.T, s store.Store) {
	keep := func(list directory.Tenants) {
		t.Helper()
		ok(t, s.KeepMemberTenants(t.Context(), list))
		if len(list) > 0 {
			list[0].Tenant = "spoilt"
		}
	}
	kept := func() directory.Tenants { return must(s.MemberTenants(t.Context()))(t) }
	at := func(hour int) time.Time { return start.UTC().Add(time.Duration(hour) * time.Hour) }
	wantEqual(t, "none", kept(), nil)
	keep(directory.Tenants{{Tenant: "u", Since: start.Add(time.Hour)}, {Tenant: "t"}})
	kept()[0].Tenant = "spoilt"
	ok(t, s.EditLarge(t.Context(), puts(account("a")))) // leaves them
	wantEqual(t, "two", kept(), directory.Tenants{{Tenant: "u", Since: at(1)}, {Tenant: "t"}})
	keep(nil)
	wantEqual(t, "none any more", len(kept()), 0)
}
