package journey_test

import (
	"testing"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/journey"
)

// TestBarredWhileFinishing: an import may take seconds, and a last step waits for
// it. Whoever that import switches off gets no session, which would let them in when
// they are switched on again; whom it takes over under another id goes on as that.
func TestBarredWhileFinishing(t *testing.T) {
	change := func(active bool) func(directory.Editor) error {
		return func(e directory.Editor) error {
			c, err := e.Contact(t.Context(), "c-ann")
			if err != nil {
				return err
			}
			c.Active = active
			return e.PutContact(c)
		}
	}
	for _, c := range []struct {
		name   string
		edit   func(directory.Editor) error
		undo   func(directory.Editor) error
		entity string // that has a session then; empty: the sign-in has ended
	}{
		{"switched off, and on again", change(false), change(true), ""},
		{"under another id", func(e directory.Editor) error { return e.RenameContact("c-ann", "c-new") }, nil, "c-new"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t)
			v := d.browser(directory.Client)
			id := d.atPassword(v, "ann@acme.example")
			d.wants(d.post(v, id, journey.StepProve, journey.Form{Password: plain}), journey.StepStay)
			d.wantsPassword(annOwner, plain)
			d.race(func() { d.edit(c.edit) })
			if c.entity == "" {
				d.wantsEnded(v, id, journey.StepStay, journey.Form{Stay: "no"})
			} else {
				d.started(d.post(v, id, journey.StepStay, journey.Form{Stay: "no"}))
			}
			if c.undo != nil {
				d.edit(c.undo)
			}
			for _, entity := range []string{"c-ann", "c-new"} {
				if n := len(d.sessions(directory.KindContact, entity)); (n > 0) != (entity == c.entity) {
					t.Errorf("%s has %d sessions", entity, n)
				}
			}
		})
	}
}
