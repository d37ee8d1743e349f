package journey_test

import (
	"context"
	"testing"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/journey"
	"github.com/frontdesk-gateway/frontdesk/internal/session"
)

// overtakenStore has something happen right before somebody is signed out.
type overtakenStore struct {
	journey.Store
	before func()
}

func (s overtakenStore) EndAt(ctx context.Context, address string, choose func(directory.People, []session.Session) journey.Ending) error {
	s.before()
	return s.Store.EndAt(ctx, address, choose)
}

// TestSignOutEverywhereMeanwhile: a sign-in that is finished while its person signs out
// everywhere leaves no session behind.
func TestSignOutEverywhereMeanwhile(t *testing.T) {
	d := newDesk(t)
	here, there := d.browser(directory.Client), d.browser(directory.Client)
	s := d.started(d.signIn(here, "ann@acme.example", "no", ""))
	id := d.wants(d.prove(there, "ann@acme.example"), journey.StepStay).Journey.ID
	d.Store = overtakenStore{Store: d.Store, before: func() { d.started(d.post(there, id, journey.StepStay, journey.Form{Stay: "no"})) }}
	if err := d.SignOutEverywhere(t.Context(), here, s); err != nil {
		t.Fatal(err)
	}
	if left := d.sessions(directory.KindContact, "c-ann"); len(left) > 0 || d.stored(id).Finished == "" {
		t.Errorf("%d sessions are left; finished by %q", len(left), d.stored(id).Finished)
	}
}
