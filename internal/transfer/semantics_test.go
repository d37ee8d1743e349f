package transfer

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/journey"
	"github.com/frontdesk-gateway/frontdesk/internal/session"
	"github.com/frontdesk-gateway/frontdesk/internal/store"
)

// signIn leaves a session of a contact behind and returns its key.
func signIn(t *testing.T, s store.Store, c directory.Contact) session.Key {
	t.Helper()
	key := session.NewSecret().Key()
	if err := s.CreateJourney(t.Context(), journey.Journey{ID: "j1", Expires: epoch.Add(time.Hour)}); err != nil {
		t.Fatal(err)
	}
	err := s.FinishJourney(t.Context(), "j1", session.Session{
		Key: key, ID: "public", Kind: directory.KindContact, EntityID: c.ID, Address: c.Email,
		Platform: directory.Client, Created: epoch, Expires: epoch.Add(time.Hour), LastUsed: epoch,
	})
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// TestTakeOver: a record of the file with a new id, or none, becomes the owner
// of a contact made at sign-in. Its sessions and its date come along.
func TestTakeOver(t *testing.T) {
	created := epoch.Add(-24 * time.Hour)
	tests := map[string]struct{ file, wantID string }{
		"new id": {`{"type":"contact","id":"crm-1","email":"Self@acme.example","account":"a1"}`, "crm-1"},
		"no id":  {`{"type":"contact","email":"self@acme.example","account":"a1"}`, "made-1"},
	}
	onEngines(t, func(t *testing.T, newStore func(*testing.T) store.Store) {
		for name, test := range tests {
			t.Run(name, func(t *testing.T) {
				s := newStore(t)
				seed(t, s)
				c := directory.Contact{ID: "made-1", Email: "self@acme.example", Account: "a1", Phone: "555",
					Active: true, SelfRegistered: true, Created: created}
				if err := s.CreateContact(t.Context(), c); err != nil {
					t.Fatal(err)
				}
				key := signIn(t, s, c)

				if report := mustImport(t, s, test.file, testOptions()); report.TakenOver != 1 || report.Contacts.Changed != 1 {
					t.Errorf("report: %s", report)
				}
				got, err := s.Contact(t.Context(), test.wantID)
				if err != nil {
					t.Fatal(err)
				}
				if got.SelfRegistered || got.Phone != "555" || !got.Created.Equal(created) {
					t.Errorf("the contact is %+v", got)
				}
				if ses, err := s.Session(t.Context(), key); err != nil || ses.EntityID != test.wantID {
					t.Errorf("the session is %+v, %v", ses, err)
				}
				if _, err := s.Contact(t.Context(), "made-1"); test.wantID != "made-1" && !errors.Is(err, directory.ErrNotFound) {
					t.Errorf("the old id: %v", err)
				}
			})
		}
	})
}

// TestMovesOntoSelfRegistered: who signs in by a new address before the file knows it
// keeps nobody's record from getting it. What the one made at sign-in had goes.
func TestMovesOntoSelfRegistered(t *testing.T) {
	onEngines(t, func(t *testing.T, newStore func(*testing.T) store.Store) {
		for _, prune := range []bool{false, true} {
			s := newStore(t)
			seed(t, s)
			c := directory.Contact{ID: "made-1", Email: "new.name@acme.example", Account: "a1", Active: true, SelfRegistered: true}
			if err := s.CreateContact(t.Context(), c); err != nil {
				t.Fatal(err)
			}
			owner := directory.PasswordOwner{Address: "new.name@acme.example", Kind: directory.KindContact}
			if err := s.SetPassword(t.Context(), owner, directory.Password{Hash: "x"}); err != nil {
				t.Fatal(err)
			}
			key := signIn(t, s, c)
			o := testOptions()
			o.Prune = prune
			report := mustImport(t, s, `{"type":"contact","id":"c1","email":"New.Name@acme.example","account":"a1"}`+"\n"+`{"type":"account","id":"a1"}`, o)
			if report.TakenOver != 1 || report.Contacts.Changed != 1 || report.Contacts.Removed < 1 {
				t.Errorf("report: %s", report)
			}
			people, err := s.People(t.Context(), "new.name@acme.example")
			if err != nil || len(people.Contacts) != 1 || people.Contacts[0].ID != "c1" || people.Contacts[0].SelfRegistered {
				t.Errorf("the address has %+v, %v", people.Contacts, err)
			}
			if _, err := s.Session(t.Context(), key); !errors.Is(err, session.ErrNotFound) {
				t.Errorf("its session: %v", err)
			}
			if _, err := s.Password(t.Context(), owner); !errors.Is(err, directory.ErrNotFound) {
				t.Errorf("its password: %v", err)
			}
		}
	})
}

// TestOwnIDKeepsSelfRegistered: a file that lists a contact made at sign-in by
// the id it was made with comes from an export, and does not take it over.
func TestOwnIDKeepsSelfRegistered(t *testing.T) {
	onEngines(t, func(t *testing.T, newStore func(*testing.T) store.Store) {
		s := newStore(t)
		seed(t, s)
		mustImport(t, s, `{"type":"contact","id":"s1","phone":"1"}`, testOptions())
		if c, err := s.Contact(t.Context(), "s1"); err != nil || !c.SelfRegistered || c.Phone != "1" {
			t.Errorf("the contact is %+v, %v", c, err)
		}
	})
}

// TestPruneNeedsRecords: an empty upload must not empty the directory.
func TestPruneNeedsRecords(t *testing.T) {
	onEngines(t, func(t *testing.T, newStore func(*testing.T) store.Store) {
		s := newStore(t)
		seed(t, s)
		o := testOptions()
		o.Prune = true
		for _, file := range []string{"", "{}", "type,id\n", `{"accounts": null}`} {
			if _, err := Import(t.Context(), s, reader(file), o); err == nil {
				t.Errorf("%q was imported", file)
			}
		}
	})
}

var (
	annaContact = directory.PasswordOwner{Address: "anna@acme.example", Kind: directory.KindContact}
	annaMember  = directory.PasswordOwner{Address: "anna@acme.example", Kind: directory.KindMember}
)

// TestPasswords: c1 and c3 of the seed share an address and so a password,
// which nobody may inherit after them.
func TestPasswords(t *testing.T) {
	tests := []struct {
		name, file string
		prune      bool
		want       string // the contacts' hash afterwards
		changed    int
	}{
		{name: "set", file: `{"type":"contact","id":"c1","password_hash":"hash:new"}`, want: "hash:new", changed: 1},
		{name: "same", file: `{"type":"contact","id":"c1","password_hash":"hash:old"}`, want: "hash:old"},
		{name: "both agree", file: `{"type":"contact","id":"c1","password_hash":"hash:new"}
{"type":"contact","id":"c3","password_hash":"hash:new"}`, want: "hash:new", changed: 2},
		{name: "clear", file: `{"type":"contact","id":"c1","password_hash":""}`, changed: 1},
		{name: "absent", file: `{"type":"contact","id":"c1","phone":"2"}`, want: "hash:old", changed: 1},
		{name: "one leaves", file: `{"type":"contact","id":"c1","email":"x@acme.example"}`, want: "hash:old", changed: 1},
		{name: "both leave", file: `{"type":"contact","id":"c1","email":"x@acme.example"}
{"type":"contact","id":"c3","email":"x@acme.example"}`, changed: 2},
		{name: "one leaves, one is pruned", prune: true, file: `{"type":"account","id":"a1"}
{"type":"member","id":"m-anna"}
{"type":"contact","id":"c1","email":"x@acme.example"}`, changed: 1},
		{name: "another takes the address", file: `{"type":"contact","id":"c1","email":"x@acme.example"}
{"type":"contact","id":"c3","email":"y@acme.example"}
{"type":"contact","id":"c2","email":"anna@acme.example"}`, changed: 3},
		{name: "another takes the address with the same hash", file: `{"type":"contact","id":"c1","email":"x@acme.example"}
{"type":"contact","id":"c3","email":"y@acme.example"}
{"type":"contact","id":"c2","email":"anna@acme.example","password_hash":"hash:old"}`, want: "hash:old", changed: 3},
		{name: "another takes the address with a hash", file: `{"type":"contact","id":"c1","email":"x@acme.example"}
{"type":"contact","id":"c3","email":"y@acme.example"}
{"type":"contact","id":"c2","email":"anna@acme.example","password_hash":"hash:ben"}`, want: "hash:ben", changed: 3},
	}
	onEngines(t, func(t *testing.T, newStore func(*testing.T) store.Store) {
		for _, test := range tests {
			t.Run(test.name, func(t *testing.T) {
				s := newStore(t)
				seed(t, s)
				mustImport(t, s, `{"type":"member","id":"m-anna","email":"anna@acme.example"}`, testOptions())
				for owner, hash := range map[directory.PasswordOwner]string{annaContact: "hash:old", annaMember: "hash:member"} {
					if err := s.SetPassword(t.Context(), owner, directory.Password{Hash: hash}); err != nil {
						t.Fatal(err)
					}
				}
				o := testOptions()
				o.Prune = test.prune
				report := mustImport(t, s, test.file, o)
				if report.Contacts.Changed != test.changed {
					t.Errorf("report: %s", report)
				}
				if got := hashOf(t, s, annaContact); got != test.want {
					t.Errorf("the hash is %q, want %q", got, test.want)
				}
				if got := hashOf(t, s, annaMember); got != "hash:member" {
					t.Errorf("the member's hash is %q", got)
				}
			})
		}
	})
}

// TestPasswordsChange: a hash that differs from the last that was imported is
// another password, which ends what was begun by the one before. The same file
// again undoes neither an upgrade nor what the person has set since.
func TestPasswordsChange(t *testing.T) {
	onEngines(t, func(t *testing.T, newStore func(*testing.T) store.Store) {
		s := newStore(t)
		seed(t, s)
		imported := directory.Password{}.Import("hash:old", epoch).Rehashed("hash:upgraded")
		imported.MustChange = true
		own := imported.Successor("hash:own", epoch)
		for _, step := range []struct {
			name         string
			before, want directory.Password
			hash         string
		}{
			{"what is set", imported, imported, "hash:upgraded"},
			{"the file again, after an upgrade", imported, imported, "hash:old"},
			{"another", imported, imported.Import("hash:new", epoch), "hash:new"},
			{"the file again, after the person's own change", own, own, "hash:old"},
			{"another, after the person's own change", own, own.Import("hash:new", epoch), "hash:new"},
		} {
			if err := s.SetPassword(t.Context(), annaContact, step.before); err != nil {
				t.Fatal(err)
			}
			report := mustImport(t, s, `{"type":"contact","id":"c1","password_hash":"`+step.hash+`"}`, testOptions())
			got, err := s.Password(t.Context(), annaContact)
			if err != nil || got != step.want || (report.Contacts.Changed == 1) != (step.want != step.before) {
				t.Errorf("%s: %+v, %v; want %+v; report %s", step.name, got, err, step.want, report)
			}
		}
	})
}

func hashOf(t *testing.T, s store.Store, owner directory.PasswordOwner) string {
	t.Helper()
	p, err := s.Password(t.Context(), owner)
	if err != nil && !errors.Is(err, directory.ErrNotFound) {
		t.Fatal(err)
	}
	return p.Hash
}

// TestHashesRefused: without a way to check them, no hashes are taken.
func TestHashesRefused(t *testing.T) {
	onEngines(t, func(t *testing.T, newStore func(*testing.T) store.Store) {
		s := newStore(t)
		seed(t, s)
		o := testOptions()
		o.CheckHash = nil
		_, err := Import(t.Context(), s, reader(`{"type":"member","id":"m1","password_hash":"hash:1"}`), o)
		const want = `line 1: member "m1": password_hash: password hashes are not taken here`
		if err == nil || err.Error() != want {
			t.Errorf("Import: %v, want %s", err, want)
		}
	})
}

func TestRandomIDs(t *testing.T) {
	onEngines(t, func(t *testing.T, newStore func(*testing.T) store.Store) {
		s := newStore(t)
		mustImport(t, s, `{"members": [{"email": "a@msp.example"}, {"email": "b@msp.example"}]}`, Options{})
		ids := map[string]bool{}
		for m, err := range s.Members(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			if len(m.ID) < 20 {
				t.Errorf("the id %q can be guessed", m.ID)
			}
			ids[m.ID] = true
		}
		if len(ids) != 2 {
			t.Errorf("the ids are %v", ids)
		}
		if report := mustImport(t, s, `{"members": [{"email": "A@msp.example"}]}`, Options{}); report.Members.Added != 0 {
			t.Errorf("the second import: %s", report)
		}
	})
}

// TestLinksStay: an import that changes a record leaves what its links are, and rest on.
func TestLinksStay(t *testing.T) {
	tests := map[string]directory.Link{
		"by a tenant's word": {},
		"proved":             {Vouched: true},
		"proved by a mail":   {Vouched: true, Mailed: true},
	}
	onEngines(t, func(t *testing.T, newStore func(*testing.T) store.Store) {
		for name, link := range tests {
			t.Run(name, func(t *testing.T) {
				s := newStore(t)
				seed(t, s)
				link.Provider, link.Identity, link.Address, link.Since = "microsoft", directory.Identity{Issuer: "i", Subject: "s"}, "linked@acme.example", epoch
				err := s.Edit(t.Context(), func(e directory.Editor) error {
					return errors.Join(
						e.PutContact(directory.Contact{ID: "linked", Email: "linked@acme.example", Account: "a1", Active: true, Links: directory.Links{link}}),
						e.PutMember(directory.Member{ID: "linked", Email: "linked@acme.example", Active: true, Links: directory.Links{link}}))
				})
				if err != nil {
					t.Fatal(err)
				}
				mustImport(t, s, `{"type":"contact","id":"linked","phone":"556"}`+"\n"+`{"type":"member","id":"linked","name":"Another"}`, testOptions())
				for _, kind := range []directory.Kind{directory.KindContact, directory.KindMember} {
					got, err := directory.LinksOf(t.Context(), s, kind, "linked")
					if err != nil || len(got) != 1 || !got[0].Since.Equal(epoch) {
						t.Fatalf("links of the %s %+v, %v", kind, got, err)
					}
					if got[0].Since = link.Since; got[0] != link {
						t.Errorf("link of the %s %+v, want %+v", kind, got[0], link)
					}
				}
			})
		}
	})
}

// TestTenantsSince: what a tenant says counts from the import that lists it, through all
// that list it still, and anew from the next one after it was taken off.
func TestTenantsSince(t *testing.T) {
	const t1, t2 = "11111111-2222-4333-8444-555555555555", "21111111-2222-4333-8444-555555555555"
	onEngines(t, func(t *testing.T, newStore func(*testing.T) store.Store) {
		s := newStore(t)
		for hour, c := range []struct {
			fields string
			want   []int // the hours since when t1 and t2 are listed; -1: they are not
		}{
			{`"tenants": ["` + t1 + `"]`, []int{0, -1}},
			{`"tenants": ["` + t2 + `", "` + t1 + `"]`, []int{0, 1}},
			{`"active": false`, []int{0, 1}},
			{`"tenants": ["` + t2 + `"]`, []int{-1, 1}},
			{`"tenants": ["` + t1 + `", "` + t2 + `"]`, []int{4, 1}},
			{`"tenants": []`, []int{-1, -1}},
		} {
			o := testOptions()
			o.Now = func() time.Time { return epoch.Add(time.Duration(hour) * time.Hour) }
			mustImport(t, s, `{"accounts": [{"id": "acme", "name": "Acme", `+c.fields+`}]}`, o)
			a, err := s.Account(t.Context(), "acme")
			if err != nil {
				t.Fatal(err)
			}
			for i, tenant := range []string{t1, t2} {
				at := slices.IndexFunc(a.Tenants, func(l directory.Listing) bool { return l.Tenant == tenant })
				if since := epoch.Add(time.Duration(c.want[i]) * time.Hour); at < 0 != (c.want[i] < 0) || at >= 0 && !a.Tenants[at].Since.Equal(since) {
					t.Errorf("after %s: lists %v", c.fields, a.Tenants)
				}
			}
		}
	})
}
