package journey_test

import (
	"errors"
	"reflect"
	"slices"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/journey"
	"github.com/frontdesk-gateway/frontdesk/internal/session"
)

var fay = journey.Form{Profile: journey.Profile{GivenName: "Fay", FamilyName: "First"}}

// TestFirstSignInsAtOnce: a hundred people cannot be one.
func TestFirstSignInsAtOnce(t *testing.T) {
	d := newDesk(t)
	type visitor struct {
		visit journey.Visit
		id    string
	}
	visitors := make([]visitor, 100)
	for i := range visitors {
		v := d.browser(directory.Client)
		id, location := d.toProvider(v, "new@acme.example")
		out, err := d.Callback(t.Context(), v, d.pick(location, oidNew))
		if err != nil {
			t.Fatal(err)
		}
		d.wants(out, journey.StepCreate)
		visitors[i] = visitor{v, id}
	}
	atOnce(len(visitors), func(i int) {
		out, err := d.Answer(t.Context(), visitors[i].visit, visitors[i].id, journey.StepCreate, fay)
		if err != nil || out.Step.Name != journey.StepStay {
			t.Errorf("step %s, %v", out.Step.Name, err)
		}
	})
	if made := d.contacts("new@acme.example"); len(made) != 1 || !made[0].SelfRegistered || !made[0].Active || made[0].Account != "acme" || made[0].Name != "" || made[0].GivenName != "Fay" {
		t.Errorf("contacts %+v", made)
	}
}

// TestNothingIsWrittenBeforeTheProof: neither by a typed address nor by a
// profile that is posted early.
func TestNothingIsWrittenBeforeTheProof(t *testing.T) {
	d := newDesk(t)
	v := d.browser(directory.Client)
	id := d.askForCode(v, "fay@acme.example")
	code, _ := d.mails.newest(t)
	d.post(v, id, journey.StepCreate, fay)
	d.post(v, id, journey.StepProve, journey.Form{Code: another(code), Profile: fay.Profile})
	out := d.wants(d.post(v, id, journey.StepProve, journey.Form{Code: code, Profile: fay.Profile}), journey.StepCreate)
	if out.Step.Account.ID != "acme" {
		t.Errorf("created in %q", out.Step.Account.ID)
	}
	if made := d.contacts("fay@acme.example"); len(made) != 0 {
		t.Fatalf("before the details were posted: %+v", made)
	}
	out = d.post(v, id, journey.StepCreate, journey.Form{Profile: journey.Profile{FamilyName: "First", JobTitle: "CEO"}})
	d.wantsProblem(out, "given_name", "field_required")
	if out.Journey.Profile.JobTitle != "CEO" {
		t.Error("what was typed is lost")
	}
	if made := d.contacts("fay@acme.example"); len(made) != 0 {
		t.Fatalf("with a problem in the form: %+v", made)
	}
	d.wants(d.post(v, id, journey.StepCreate, fay), journey.StepStay)
	if made := d.contacts("fay@acme.example"); len(made) != 1 {
		t.Fatalf("contacts %+v", made)
	}
}

// TestAnswersOutOfOrderChangeNothing posts every step's form to a journey that
// waits for another.
func TestAnswersOutOfOrderChangeNothing(t *testing.T) {
	form := journey.Form{Platform: "tech", Stay: "yes", Account: "borg", Password: plain, Code: "12345678", Profile: fay.Profile}
	for _, c := range []struct {
		name  string
		reach func(*desk, journey.Visit) string
		at    journey.StepName
		posts []journey.StepName
	}{
		{"at the method", func(d *desk, v journey.Visit) string { return d.begin(v, "two@acme.example").Journey.ID }, journey.StepMethod,
			[]journey.StepName{journey.StepEmail, journey.StepPlatform, journey.StepEnter, journey.StepProve, journey.StepCreate, journey.StepStay, journey.StepAccount, journey.StepDone, journey.StepRefused, "", "nonsense"}},
		{"at the code", func(d *desk, v journey.Visit) string { return d.askForCode(v, "two@acme.example") }, journey.StepProve,
			[]journey.StepName{journey.StepEmail, journey.StepPlatform, journey.StepEnter, journey.StepCreate, journey.StepStay, journey.StepAccount, journey.StepDone}},
		{"after the proof", func(d *desk, v journey.Visit) string { return d.prove(v, "two@acme.example").Journey.ID }, journey.StepStay,
			[]journey.StepName{journey.StepEmail, journey.StepPlatform, journey.StepEnter, journey.StepMethod, journey.StepProve, journey.StepCreate, journey.StepAccount, journey.StepDone}},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t)
			v := d.browser(directory.Client)
			id := c.reach(d, v)
			for _, step := range c.posts {
				before := d.stored(id)
				out := d.wants(d.post(v, id, step, form), c.at)
				after := d.stored(id)
				if out.Started != nil || out.Location != "" || after.Notice != "notice.step_again" {
					t.Errorf("%q: started %v, sent to %q, notice %q", step, out.Started, out.Location, after.Notice)
				}
				after.Notice, after.Version, after.Expires = before.Notice, before.Version, before.Expires
				if !reflect.DeepEqual(before, after) {
					t.Errorf("%q changed the journey to\n%+v\nfrom\n%+v", step, after, before)
				}
			}
		})
	}
}

// TestAnswersThatAreNotOffered: what the page did not offer is not taken.
func TestAnswersThatAreNotOffered(t *testing.T) {
	d := newDesk(t)
	v := d.browser(directory.Client)
	out := d.wants(d.begin(v, "both@acme.example"), journey.StepPlatform)
	id := out.Journey.ID
	d.wantsProblem(d.post(v, id, journey.StepPlatform, journey.Form{Platform: "root"}), "platform", "choose")
	d.wantsProblem(d.post(v, id, journey.StepPlatform, journey.Form{}), "platform", "choose")
	d.wants(d.post(v, id, journey.StepPlatform, journey.Form{Platform: "client"}), journey.StepMethod)
	for _, method := range []string{"password", "other", "nonsense"} { // a password is the member's only
		d.wantsProblem(d.post(v, id, journey.StepMethod, journey.Form{Method: method}), "method", "choose")
	}
	w := d.browser(directory.Client)
	out = d.wants(d.prove(w, "two@acme.example"), journey.StepStay)
	for _, stay := range []string{"", "maybe", "YES"} {
		d.wantsProblem(d.post(w, out.Journey.ID, journey.StepStay, journey.Form{Stay: stay}), "stay", "choose")
	}
	out = d.wants(d.post(w, out.Journey.ID, journey.StepStay, journey.Form{Stay: "no"}), journey.StepAccount)
	for _, account := range []string{"", "closed", "c-two-acme"} {
		d.wantsProblem(d.post(w, out.Journey.ID, journey.StepAccount, journey.Form{Account: account}), "account", "choose")
	}
}

// TestGoingBack: before the proof every answer can be changed.
func TestGoingBack(t *testing.T) {
	d := newDesk(t)
	v := d.browser(directory.Client)
	id := d.wants(d.begin(v, "both@acme.example"), journey.StepPlatform).Journey.ID
	d.post(v, id, journey.StepPlatform, journey.Form{Platform: "client"})
	d.wants(d.post(v, id, journey.StepMethod, journey.Form{Method: "email_token"}), journey.StepProve)
	code, _ := d.mails.newest(t)
	out := d.post(v, id, journey.StepPlatform, journey.Form{Platform: "tech"})
	if out.Step.Name != journey.StepEnter || out.Location == "" {
		t.Fatalf("step %s, sent to %q", out.Step.Name, out.Location)
	}
	d.wants(d.post(v, id, journey.StepPlatform, journey.Form{Platform: "client"}), journey.StepMethod)
	d.wants(d.post(v, id, journey.StepProve, journey.Form{Code: code}), journey.StepMethod) // of the platform that was left
	d.wants(d.post(v, id, journey.StepMethod, journey.Form{Method: "email_token"}), journey.StepProve)
	code, _ = d.mails.newest(t)
	d.wants(d.post(v, id, journey.StepProve, journey.Form{Code: code}), journey.StepStay)
	d.wants(d.post(v, id, journey.StepPlatform, journey.Form{Platform: "tech"}), journey.StepStay) // after it, not
}

func TestSession(t *testing.T) {
	for _, c := range []struct {
		stay       string
		persistent bool
		life       time.Duration
	}{{"no", false, 24 * time.Hour}, {"yes", true, 30 * 24 * time.Hour}} {
		t.Run(c.stay, func(t *testing.T) {
			d := newDesk(t)
			v := d.browser(directory.Client)
			v.UserAgent = "Firefox\xff"
			out := d.signIn(v, "ann@acme.example", c.stay, "")
			if out.Location != "https://portal.msp.example/deep?x=1" {
				t.Errorf("sent to %s", out.Location)
			}
			s, err := d.store.Session(t.Context(), out.Started.Secret.Key())
			if err != nil {
				t.Fatal(err)
			}
			now := d.clock()
			if s.EntityID != "c-ann" || s.Kind != directory.KindContact || s.Platform != directory.Client || s.Origin != "https://portal.msp.example" ||
				s.Persistent != c.persistent || !s.Expires.Equal(now.Add(c.life)) || !s.Created.Equal(now) || s.UserAgent != "Firefox" || s.ClientIP != v.ClientIP ||
				len(s.Proofs) != 1 || s.Proofs[0].Method != "email_token" || !s.Proofs[0].Vouched || s.ID == "" {
				t.Errorf("session %+v", s)
			}
		})
	}
}

// TestFinishedJourney: a finished journey never moves again. The browser that
// lost the answer is handed its session once more, and no other.
func TestFinishedJourney(t *testing.T) {
	d := newDesk(t)
	v := d.browser(directory.Client)
	out := d.signIn(v, "ann@acme.example", "no", "")
	id, key := out.Journey.ID, out.Started.Secret.Key()
	before := d.stored(id)
	if _, err := d.Load(t.Context(), v, id); !errors.Is(err, journey.ErrFinished) {
		t.Errorf("load: %v", err)
	}
	again, err := d.Answer(t.Context(), v, id, journey.StepStay, journey.Form{Stay: "yes"})
	if err != nil || again.Started == nil || again.Started.Secret.Key() != key || again.Started.Session.Persistent {
		t.Errorf("posted again: %+v, %v", again.Started, err)
	}
	if _, err := d.Answer(t.Context(), d.browser(directory.Client), id, journey.StepStay, journey.Form{Stay: "no"}); !errors.Is(err, journey.ErrNotFound) {
		t.Errorf("posted by another browser: %v", err)
	}
	signedIn := v
	signedIn.Current = &key
	if out, err := d.Answer(t.Context(), signedIn, id, journey.StepStay, journey.Form{Stay: "no"}); !errors.Is(err, journey.ErrFinished) || out.Started != nil {
		t.Errorf("posted by a browser that has the session: %v", err)
	}
	d.advance(time.Minute + time.Second)
	if out, err := d.Answer(t.Context(), v, id, journey.StepStay, journey.Form{Stay: "yes"}); !errors.Is(err, journey.ErrFinished) || out.Started != nil {
		t.Errorf("posted again after more than a minute: %v", err)
	}
	if err := d.store.EndSessions(t.Context(), key); err != nil {
		t.Fatal(err)
	}
	for _, step := range []journey.StepName{journey.StepStay, journey.StepDone, journey.StepProve} {
		if out, err := d.Answer(t.Context(), v, id, step, journey.Form{Stay: "no"}); !errors.Is(err, journey.ErrFinished) || out.Started != nil {
			t.Errorf("%s posted after the session ended: %v", step, err)
		}
	}
	if after := d.stored(id); !reflect.DeepEqual(before, after) {
		t.Errorf("the journey moved to %+v", after)
	}
}

// TestSigningInAgainReplaces: the session that the browser had here ends.
func TestSigningInAgainReplaces(t *testing.T) {
	d := newDesk(t)
	v := d.browser(directory.Client)
	first := d.signIn(v, "ann@acme.example", "no", "").Started.Secret.Key()
	v.Current = &first
	second := d.signIn(v, "ann@acme.example", "no", "").Started.Secret.Key()
	if all := d.sessions(directory.KindContact, "c-ann"); len(all) != 1 || all[0].Key != second {
		t.Errorf("%d sessions", len(all))
	}
}

// TestPrimaryFirst: step 6 shows the store's order.
func TestPrimaryFirst(t *testing.T) {
	d := newDesk(t)
	v := d.browser(directory.Client)
	out := d.wants(d.prove(v, "two@acme.example"), journey.StepStay)
	out = d.wants(d.post(v, out.Journey.ID, journey.StepStay, journey.Form{Stay: "no"}), journey.StepAccount)
	var order []string
	for _, c := range out.Step.Contacts {
		order = append(order, c.Account)
	}
	if !slices.Equal(order, []string{"acme", "borg", "strict"}) {
		t.Errorf("accounts %q", order)
	}
	out = d.post(v, out.Journey.ID, journey.StepAccount, journey.Form{Account: "borg"})
	if out.Started == nil || out.Started.Session.EntityID != "c-two-borg" {
		t.Errorf("outcome %+v", out)
	}
}

func TestInactiveIsToldAfterTheProof(t *testing.T) {
	d := newDesk(t)
	out := d.prove(d.browser(directory.Client), "off@acme.example")
	if out.Step.Refusal != journey.RefusedInactive || out.Started != nil {
		t.Errorf("step %s, refusal %q", out.Step.Name, out.Step.Refusal)
	}
	if n := len(d.contacts("off@acme.example")); n != 1 {
		t.Errorf("%d contacts", n)
	}
}

func TestBeginRefusesBadAddresses(t *testing.T) {
	d := newDesk(t)
	for _, typed := range []string{"", "ann", "Ann <ann@acme.example>", "ann＠acme.example"} {
		out, err := d.Begin(t.Context(), d.browser(directory.Client), typed, "/")
		if err != nil {
			t.Fatal(err)
		}
		d.wantsProblem(out, "email", "email_invalid")
	}
}

func TestPassword(t *testing.T) {
	d := newDesk(t)
	v := d.browser(directory.Client)
	out := d.begin(v, "ann@acme.example")
	id := out.Journey.ID
	d.wants(d.post(v, id, journey.StepMethod, journey.Form{Method: "password"}), journey.StepProve)
	d.wantsProblem(d.post(v, id, journey.StepProve, journey.Form{}), "password", "field_required")
	d.wantsProblem(d.post(v, id, journey.StepProve, journey.Form{Password: plain + " "}), "password", "password_wrong")
	d.wants(d.post(v, id, journey.StepProve, journey.Form{Password: plain}), journey.StepStay)
}

// TestPasswordThatIsGone: it can be taken away while its page is open.
func TestPasswordThatIsGone(t *testing.T) {
	d := newDesk(t)
	v := d.browser(directory.Client)
	id := d.begin(v, "ann@acme.example").Journey.ID
	d.post(v, id, journey.StepMethod, journey.Form{Method: "password"})
	if err := d.store.SetPassword(t.Context(), annOwner, directory.Password{}); err != nil {
		t.Fatal(err)
	}
	d.wants(d.post(v, id, journey.StepProve, journey.Form{Password: plain}), journey.StepMethod)
	if n := len(d.stored(id).Proofs); n != 0 {
		t.Errorf("%d proofs", n)
	}
}

// TestPasswordUpgrade: another system's hash is replaced at the first right
// password, and by nothing else.
func TestPasswordUpgrade(t *testing.T) {
	d := newDesk(t)
	old, err := bcrypt.GenerateFromPassword([]byte(plain), 10)
	if err != nil {
		t.Fatal(err)
	}
	set := directory.Password{}.Successor(string(old), d.clock())
	set.MustChange = true
	if err := d.store.SetPassword(t.Context(), annOwner, set); err != nil {
		t.Fatal(err)
	}
	stored := func() directory.Password {
		p, err := d.store.Password(t.Context(), annOwner)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	prove := func(password string) journey.Outcome {
		v := d.browser(directory.Client)
		id := d.begin(v, "ann@acme.example").Journey.ID
		d.post(v, id, journey.StepMethod, journey.Form{Method: "password"})
		return d.post(v, id, journey.StepProve, journey.Form{Password: password})
	}
	d.wantsProblem(prove("wrong"), "password", "password_wrong")
	if stored() != set {
		t.Fatal("a wrong password changed the hash")
	}
	d.wants(prove(plain), journey.StepNewPassword)
	upgraded := stored()
	if result, err := d.Passwords.Verify(t.Context(), upgraded.Hash, plain); err != nil || !result.Match || result.Outdated || upgraded != set.Rehashed(upgraded.Hash) {
		t.Errorf("upgraded to %+v: %+v, %v", upgraded, result, err)
	}
	d.wants(prove(plain), journey.StepNewPassword)
	if stored() != upgraded {
		t.Error("a hash of our own was replaced")
	}
}

// TestSwitchAccount: proofs and end come along; the session is replaced by one
// with another public id.
func TestSwitchAccount(t *testing.T) {
	for _, stay := range []string{"yes", "no"} {
		t.Run("stay "+stay, func(t *testing.T) {
			d := newDesk(t)
			v := d.browser(directory.Client)
			from := d.signIn(v, "two@acme.example", stay, "acme").Started.Session
			d.advance(time.Hour)
			v.Current = &from.Key
			out, err := d.SwitchAccount(t.Context(), v, from, "borg")
			if err != nil || out.Started == nil {
				t.Fatalf("%+v, %v", out, err)
			}
			s := out.Started.Session
			if s.EntityID != "c-two-borg" || !s.Expires.Equal(from.Expires) || s.Persistent != from.Persistent || s.ID == from.ID || s.Key == from.Key ||
				!reflect.DeepEqual(s.Proofs, from.Proofs) || out.Location != "https://portal.msp.example/" {
				t.Errorf("session %+v to %s, from %+v", s, out.Location, from)
			}
			if _, err := d.store.Session(t.Context(), from.Key); !errors.Is(err, session.ErrNotFound) {
				t.Errorf("the session before: %v", err)
			}
		})
	}
}

func TestSwitchAccountRefused(t *testing.T) {
	d := newDesk(t)
	v := d.browser(directory.Client)
	from := d.signIn(v, "two@acme.example", "no", "acme").Started.Session
	for _, account := range []string{"", "nowhere", "c-two-borg"} {
		if out, err := d.SwitchAccount(t.Context(), v, from, account); !errors.Is(err, journey.ErrRefused) || out.Started != nil {
			t.Errorf("to %q: %v", account, err)
		}
	}
	d.edit(func(e directory.Editor) error {
		return e.PutContact(directory.Contact{ID: "c-two-borg", Email: "two@acme.example", Account: "borg"})
	})
	if _, err := d.SwitchAccount(t.Context(), v, from, "borg"); !errors.Is(err, journey.ErrRefused) {
		t.Errorf("to an account whose contact is off: %v", err)
	}
}

// TestSwitchAccountAsksForAMethod: an account that admits none of the proofs
// asks for one that it does, and only then the session is replaced.
func TestSwitchAccountAsksForAMethod(t *testing.T) {
	d := newDesk(t)
	v := d.browser(directory.Client)
	from := d.signIn(v, "two@acme.example", "no", "acme").Started.Session
	v.Current = &from.Key
	out, err := d.SwitchAccount(t.Context(), v, from, "strict")
	if err != nil || out.Started != nil || out.Location == "" {
		t.Fatalf("%+v, %v", out, err)
	}
	if _, err := d.store.Session(t.Context(), from.Key); err != nil {
		t.Errorf("the session before ended too early: %v", err)
	}
	out, err = d.Callback(t.Context(), v, d.pick(out.Location, oidTwo))
	if err != nil || out.Started == nil {
		t.Fatalf("%+v, %v", out, err)
	}
	s := out.Started.Session
	if s.EntityID != "c-two-strict" || len(s.Proofs) != 2 || s.Method != "microsoft" || !s.Expires.Equal(from.Expires) {
		t.Errorf("session %+v", s)
	}
}
