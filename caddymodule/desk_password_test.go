package caddymodule

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/config"
	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/password"
	"github.com/frontdesk-gateway/frontdesk/internal/session"
	"github.com/frontdesk-gateway/frontdesk/internal/store/memory"
	"github.com/frontdesk-gateway/frontdesk/internal/transfer"
)

// TestSetPasswordKnowsTheContext: the person's address and names, the
// company's and the service's.
func TestSetPasswordKnowsTheContext(t *testing.T) {
	d := desk{store: memory.New(), settings: &config.Settings{MinLength: 15, Brand: config.Look{Name: "Zyphra Help Desk"}}}
	people := `{"accounts": [{"id": "a", "name": "Quillon Works"}],
		"contacts": [{"id": "c", "email": "vexley@acme.example", "name": "Ottilie Brandauer", "given_name": "Tillie", "family_name": "Brandauer-Nagy", "account": "a"}],
		"members": [{"id": "m", "email": "vexley@msp.example", "name": "Ottilie Brandauer"}]}`
	if _, err := d.importFile(t.Context(), strings.NewReader(people), importRequest{format: transfer.JSON}); err != nil {
		t.Fatal(err)
	}
	ids := map[directory.Kind]string{directory.KindContact: "c", directory.KindMember: "m"}
	for _, c := range []struct {
		name, password string
		kind           directory.Kind
		want           password.Reason
	}{
		{"another", "violet kettle drums softly", directory.KindContact, ""},
		{"the address", "vexley@acme.example", directory.KindContact, password.Personal},
		{"the name", "ottiliebrandauer", directory.KindContact, password.Personal},
		{"given and family name", "TillieNagyTillie2026", directory.KindContact, password.Personal},
		{"the company", "QuillonQuillon2026!", directory.KindContact, password.Personal},
		{"the service", "zyphrazyphra12345", directory.KindContact, password.Personal},
		{"a member's address", "vexley@msp.example", directory.KindMember, password.Personal},
		{"a member's name", "ottiliebrandauer", directory.KindMember, password.Personal},
		{"the service, a member", "zyphrazyphra12345", directory.KindMember, password.Personal},
		{"a customer's company, a member", "QuillonQuillon2026!", directory.KindMember, ""},
		{"common", "passwordpassword", directory.KindMember, password.Common},
		{"too short for the settings", "violet kettle", directory.KindMember, password.TooShort},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := d.setPassword(t.Context(), passwordRequest{Kind: c.kind, ID: ids[c.kind], Password: c.password})
			refused, ok := errors.AsType[*password.RuleError](err)
			if ok != (c.want != "") || ok && refused.Reason != c.want || !ok && err != nil {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

// TestDeskPasswords: an operator's new password ends the person's sessions, and
// asks for another where that is wished; asking alone ends none.
func TestDeskPasswords(t *testing.T) {
	store := memory.New()
	d := desk{store: store}
	err := store.Edit(t.Context(), func(e directory.Editor) error {
		return e.PutMember(directory.Member{ID: "m", Email: "M@msp.example", Active: true})
	})
	if err != nil {
		t.Fatal(err)
	}
	state := func() directory.PasswordState {
		people, err := store.People(t.Context(), "m@msp.example")
		if err != nil {
			t.Fatal(err)
		}
		return people.Passwords[directory.KindMember]
	}
	request := passwordRequest{Kind: directory.KindMember, ID: "m", Password: testPassword}
	var before directory.PasswordState
	for i, c := range []struct {
		name        string
		do          func() error
		must, fresh bool
	}{
		{"set", func() error { return d.setPassword(t.Context(), request) }, false, true},
		{"asked for another", func() error { return d.requirePasswordChange(t.Context(), request) }, true, false},
		{"set again", func() error { return d.setPassword(t.Context(), request) }, false, true},
		{"set for one sign-in", func() error {
			once := request
			once.RequireChange = true
			return d.setPassword(t.Context(), once)
		}, true, true},
	} {
		key := session.Key{byte(i + 1)}
		journeyAndSession(t, store, session.Session{Key: key, ID: string(rune('a' + i)), Kind: directory.KindMember, EntityID: "m", Address: "m@msp.example", Platform: directory.Tech, Expires: time.Now().Add(time.Hour)})
		if err := c.do(); err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		_, err := store.Session(t.Context(), key)
		if ended := err != nil; ended != c.fresh {
			t.Errorf("%s: the session: %v", c.name, err)
		}
		after := state()
		if after.MustChange != c.must || after.Changed.After(before.Changed) != c.fresh {
			t.Errorf("%s: %+v after %+v", c.name, after, before)
		}
		before = after
	}
}
