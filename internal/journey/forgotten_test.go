package journey_test

import (
	"testing"
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/journey"
)

// TestForgottenAfterConfirming: a code that was mailed to confirm an identity, and
// was overtaken by somebody else's, sets no password in place of one that is said
// to be forgotten: its mail did not speak of that.
func TestForgottenAfterConfirming(t *testing.T) {
	d := newDesk(t)
	former := d.browser(directory.Client)
	id, location := d.toProvider(former, "ann@acme.example")
	if _, err := d.Callback(t.Context(), former, d.pick(location, oidAlien)); err != nil {
		t.Fatal(err)
	}
	d.post(former, id, journey.StepMethod, journey.Form{Method: directory.MethodEmailToken})
	code, _ := d.mails.newest(t)
	d.wants(d.post(former, id, journey.StepProve, journey.Form{Code: code}), journey.StepStay)

	d.advance(time.Minute)
	ann := d.browser(directory.Client)
	annID, location := d.toProvider(ann, "ann@acme.example")
	if _, err := d.Callback(t.Context(), ann, d.pick(location, oidAnn)); err != nil {
		t.Fatal(err)
	}
	if out := d.post(ann, annID, journey.StepStay, journey.Form{Stay: "no"}); out.Started == nil {
		t.Fatalf("at %s", out.Step.Name)
	}

	d.advance(time.Minute)
	d.wants(d.post(former, id, journey.StepStay, journey.Form{Stay: "no"}), journey.StepMethod)
	d.wants(d.post(former, id, journey.StepMethod, journey.Form{Method: directory.MethodPassword}), journey.StepProve)
	d.post(former, id, journey.StepProve, journey.Form{Forgot: true})
	out := d.post(former, id, journey.StepNewPassword, journey.Form{NewPassword: "taken back by a former holder"})
	d.wants(out, journey.StepProve)
	if j := d.stored(id); j.Method != directory.MethodEmailToken || j.Token == nil {
		t.Errorf("another mail is not asked for: %+v", j)
	}
	code, _ = d.mails.newest(t) // who reads the mailbox today does
	d.wants(d.post(former, id, journey.StepProve, journey.Form{Code: code}), journey.StepNewPassword)
}
