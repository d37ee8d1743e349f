package caddymodule

import (
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/config"
	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/journey"
	"github.com/frontdesk-gateway/frontdesk/internal/password"
	"github.com/frontdesk-gateway/frontdesk/internal/session"
	"github.com/frontdesk-gateway/frontdesk/internal/store/memory"
)

// TestUnlink: what rests on the link ends with it, and nothing else does.
func TestUnlink(t *testing.T) {
	for _, c := range []struct {
		name     string
		provider string
		done     string
		links    int
		sessions map[string]bool // by method: whether they live on
	}{
		{"from one provider", "microsoft", "is unlinked", 1, map[string]bool{"microsoft": false, "google": true, "email_token": true, "microsoft as another contact": false, "microsoft as a member": false}},
		{"from all", "", "is unlinked", 0, map[string]bool{"microsoft": false, "google": false, "email_token": true, "microsoft as another contact": false, "microsoft as a member": false}},
		{"from one that it is not linked to", "okta", `no link of contact "c" at "okta" to take away, only at microsoft, google.`, 2, map[string]bool{"microsoft": true, "google": true, "email_token": true, "microsoft as another contact": true, "microsoft as a member": true}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := memory.New()
			keys := linkedPerson(t, s)
			result, err := desk{store: s}.unlink(t.Context(), unlinkRequest{Kind: directory.KindContact, ID: "c", Provider: c.provider})
			if done := result.done(); err != nil || !strings.Contains(done, c.done) {
				t.Fatalf("%q, %v", done, err)
			}
			contact, err := s.Contact(t.Context(), "c")
			if err != nil || len(contact.Links) != c.links {
				t.Errorf("links %+v, %v", contact.Links, err)
			}
			for method, lives := range c.sessions {
				if _, err := s.Session(t.Context(), keys[method]); errors.Is(err, session.ErrNotFound) == lives {
					t.Errorf("the session by %s: %v", method, err)
				}
				if _, err := s.Journey(t.Context(), "waiting "+method); errors.Is(err, journey.ErrNotFound) == lives {
					t.Errorf("the sign-in by %s that waits at its last step, and would be linked again: %v", method, err)
				}
			}
		})
	}
}

// TestUnlinkWhileSwitching: who switches to and fro meanwhile is not left with a session by
// which the link would be made anew.
func TestUnlinkWhileSwitching(t *testing.T) {
	s := memory.New()
	from, err := s.Session(t.Context(), linkedPerson(t, s)["microsoft"])
	if err != nil {
		t.Fatal(err)
	}
	busy := &busyStore{Store: s}
	busy.between = func() {
		to, id := from, rand.Text()
		to.Key, to.ID, to.EntityID = session.NewSecret().Key(), id, map[string]string{"c": "d", "d": "c"}[from.EntityID]
		err := s.CreateJourney(t.Context(), journey.Journey{ID: id, From: &from.Key, Address: from.Address, Proofs: from.Proofs})
		if err == nil {
			err = s.FinishJourney(t.Context(), id, to, from.Key)
		}
		if err == nil {
			from = to
		} else if !errors.Is(err, journey.ErrNotFound) {
			t.Error(err)
		}
	}
	if _, err := (desk{store: busy}).unlink(t.Context(), unlinkRequest{Kind: directory.KindContact, ID: "c", Provider: "microsoft"}); err != nil {
		t.Error(err)
	}
	for _, id := range []string{"c", "d"} {
		all, err := s.SessionsOf(t.Context(), directory.KindContact, id)
		rests := func(s session.Session) bool { return s.Proofs[0].Method == "microsoft" }
		if err != nil || slices.ContainsFunc(all, rests) {
			t.Errorf("sessions of %s: %+v, %v", id, all, err)
		}
	}
}

// busyStore has something else be done after what is read of sessions, and before what
// is changed of them.
type busyStore struct {
	*memory.Store
	between func()
}

func (s *busyStore) SessionsOf(ctx context.Context, kind directory.Kind, id string) ([]session.Session, error) {
	all, err := s.Store.SessionsOf(ctx, kind, id)
	s.between()
	return all, err
}

func (s *busyStore) EndSessions(ctx context.Context, keys ...session.Key) error {
	s.between()
	return s.Store.EndSessions(ctx, keys...)
}

func (s *busyStore) EndAt(ctx context.Context, address string, choose func(directory.People, []session.Session) journey.Ending) error {
	s.between()
	return s.Store.EndAt(ctx, address, choose)
}

// linkedPerson keeps a contact with two links, and a session by each and by mail,
// and a sign-in that is proved and not finished; and sessions by the first as
// somebody else of the address, from which a switch could lead to the contact.
func linkedPerson(t *testing.T, s *memory.Store) map[string]session.Key {
	t.Helper()
	now, keys := time.Now(), map[string]session.Key{}
	contact := directory.Contact{ID: "c", Email: "ann@acme.example", Account: "a", Active: true}
	var sessions []session.Session
	for i, method := range []string{"microsoft", "google", "email_token"} {
		proof := session.Proof{Method: method, Vouched: true}
		if method != "email_token" {
			proof.Identity = directory.Identity{Issuer: "https://" + method, Subject: "ann"}
			contact.Links = contact.Links.With(directory.Link{Provider: method, Identity: proof.Identity, Address: "ann@acme.example"})
		}
		keys[method] = session.Key{byte(i + 1)}
		sessions = append(sessions, session.Session{
			Key: keys[method], ID: method, Kind: directory.KindContact, EntityID: "c", Address: contact.Email, Proofs: []session.Proof{proof}, Expires: now.Add(time.Hour),
		})
	}
	for i, elsewhere := range []session.Session{
		{ID: "microsoft as another contact", Kind: directory.KindContact, EntityID: "d", Platform: directory.Client},
		{ID: "microsoft as a member", Kind: directory.KindMember, EntityID: "m", Platform: directory.Tech},
	} {
		elsewhere.Key, elsewhere.Address, elsewhere.Proofs, elsewhere.Expires = session.Key{byte(10 + i)}, contact.Email, sessions[0].Proofs, sessions[0].Expires
		keys[elsewhere.ID] = elsewhere.Key
		sessions = append(sessions, elsewhere)
	}
	err := s.Edit(t.Context(), func(e directory.Editor) error {
		return errors.Join(e.PutAccount(directory.Account{ID: "a", Active: true}), e.PutContact(contact),
			e.PutAccount(directory.Account{ID: "b", Active: true}), e.PutContact(directory.Contact{ID: "d", Email: contact.Email, Account: "b", Active: true}),
			e.PutMember(directory.Member{ID: "m", Email: contact.Email, Active: true}))
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range sessions {
		journeyAndSession(t, s, v)
		j := journey.Journey{ID: "waiting " + v.ID, Address: v.Address, Proofs: v.Proofs, Expires: v.Expires}
		if err := s.CreateJourney(t.Context(), j); err != nil {
			t.Fatal(err)
		}
	}
	return keys
}

func journeyAndSession(t *testing.T, s *memory.Store, v session.Session) {
	t.Helper()
	err := errors.Join(s.CreateJourney(t.Context(), journey.Journey{ID: v.ID}), s.FinishJourney(t.Context(), v.ID, v))
	if err != nil {
		t.Fatal(err)
	}
}

// TestSetPasswordCosts: an operator's password is hashed at the costs of the
// configuration, or where only the file is at hand at the default ones.
func TestSetPasswordCosts(t *testing.T) {
	for name, tt := range map[string]struct {
		settings *config.Settings
		want     string
	}{
		"server": {&config.Settings{MinLength: 15, Hashing: password.Options{Memory: 7168, Time: 5, Parallelism: 1}}, "$argon2id$v=19$m=7168,t=5,p=1$"},
		"file":   {nil, "$argon2id$v=19$m=19456,t=2,p=1$"},
	} {
		t.Run(name, func(t *testing.T) {
			d := desk{store: memory.New(), settings: tt.settings}
			err := d.store.Edit(t.Context(), func(e directory.Editor) error {
				return e.PutMember(directory.Member{ID: "m", Email: "tom@msp.example", Active: true})
			})
			if err == nil {
				err = d.setPassword(t.Context(), passwordRequest{Kind: directory.KindMember, ID: "m", Password: testPassword})
			}
			if err != nil {
				t.Fatal(err)
			}
			set, err := d.store.Password(t.Context(), directory.PasswordOwner{Address: "tom@msp.example", Kind: directory.KindMember})
			if err != nil || !strings.HasPrefix(set.Hash, tt.want) {
				t.Errorf("hash %s, %v, want %s", set.Hash, err, tt.want)
			}
		})
	}
}

// TestUnknownKind: the admin endpoint is spoken to by more than our commands.
func TestUnknownKind(t *testing.T) {
	s := memory.New()
	linkedPerson(t, s)
	d, want := desk{store: s}, "write contact or member"
	for _, kind := range []directory.Kind{"", "account", "Contact"} {
		for name, err := range map[string]error{
			"set-password":            d.setPassword(t.Context(), passwordRequest{Kind: kind, ID: "c", Password: testPassword}),
			"require-password-change": d.requirePasswordChange(t.Context(), passwordRequest{Kind: kind, ID: "c"}),
			"unlink":                  func() error { _, err := d.unlink(t.Context(), unlinkRequest{Kind: kind, ID: "c"}); return err }(),
		} {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s of kind %q: %v", name, kind, err)
			}
		}
	}
}
