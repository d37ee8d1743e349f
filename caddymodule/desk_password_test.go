package caddymodule

import (
	"errors"
	"strings"
	"testing"

	"github.com/frontdesk-gateway/frontdesk/internal/config"
	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/password"
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
			err := d.setPassword(t.Context(), c.kind, ids[c.kind], c.password)
			refused, ok := errors.AsType[*password.RuleError](err)
			if ok != (c.want != "") || ok && refused.Reason != c.want || !ok && err != nil {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}
