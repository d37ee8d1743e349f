package journey_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/journey"
	"github.com/frontdesk-gateway/frontdesk/internal/mail"
	"github.com/frontdesk-gateway/frontdesk/internal/session"
)

const fresh = "a phrase that nobody has yet"

// atPassword goes as far as the password's page.
func (d *desk) atPassword(v journey.Visit, address string) (id string) {
	d.t.Helper()
	id = d.begin(v, address).Journey.ID
	d.wants(d.post(v, id, journey.StepMethod, journey.Form{Method: directory.MethodPassword}), journey.StepProve)
	return id
}

// byPassword signs in with a password.
func (d *desk) byPassword(v journey.Visit, address, password string) session.Session {
	d.t.Helper()
	id := d.atPassword(v, address)
	d.wants(d.post(v, id, journey.StepProve, journey.Form{Password: password}), journey.StepStay)
	return d.started(d.post(v, id, journey.StepStay, journey.Form{Stay: "no"}))
}

// started is the session that a journey must have left behind.
func (d *desk) started(out journey.Outcome) session.Session {
	d.t.Helper()
	if out.Started == nil {
		d.t.Fatalf("no session at step %s, %+v", out.Step.Name, out.Problem)
	}
	return out.Started.Session
}

// setting begins to set the password of somebody who is signed in.
func (d *desk) setting(v journey.Visit, s session.Session, step journey.StepName) journey.Outcome {
	d.t.Helper()
	out, err := d.SetPassword(d.t.Context(), v, s)
	if err != nil {
		d.t.Fatal(err)
	}
	return d.wants(out, step)
}

// wantsPassword fails unless a text is the password of an owner.
func (d *desk) wantsPassword(owner directory.PasswordOwner, text string) directory.Password {
	d.t.Helper()
	p, err := d.store.Password(d.t.Context(), owner)
	if err != nil {
		d.t.Fatal(err)
	}
	if result, err := d.Passwords.Verify(d.t.Context(), p.Hash, text); err != nil || !result.Match {
		d.t.Fatalf("%q is not the password of %s: %v", text, owner.Address, err)
	}
	return p
}

// wantsAlive fails unless a session is there, or is not.
func (d *desk) wantsAlive(s session.Session, alive bool) {
	d.t.Helper()
	if _, err := d.store.Session(d.t.Context(), s.Key); alive != (err == nil) || err != nil && !errors.Is(err, session.ErrNotFound) {
		d.t.Errorf("session %s of %s: %v, want it alive %t", s.ID, s.EntityID, err, alive)
	}
}

// told are the mails about a new password.
func (o *outbound) told() (told []mail.Message) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, m := range o.sent {
		if strings.HasPrefix(m.Subject, "Your password for") {
			told = append(told, m)
		}
	}
	return told
}

// TestForgotten: by the emailed token somebody sets a new password on the way,
// and is signed in by the token.
func TestForgotten(t *testing.T) {
	d := newDesk(t)
	var log bytes.Buffer
	d.Log = slog.New(slog.NewTextHandler(&log, nil))
	elsewhere := d.byPassword(d.browser(directory.Client), "ann@acme.example", plain)
	other := d.signIn(d.browser(directory.Client), "two@acme.example", "no", "acme").Started.Session
	d.advance(time.Minute)

	v := d.browser(directory.Client)
	id := d.atPassword(v, "ann@acme.example")
	out := d.wants(d.post(v, id, journey.StepProve, journey.Form{Forgot: true}), journey.StepProve)
	if out.Journey.Method != directory.MethodEmailToken {
		t.Fatalf("on by %q", out.Journey.Method)
	}
	if subject := d.mails.sent[len(d.mails.sent)-1].Subject; subject != "Your code to set a password for Client Portal" {
		t.Errorf("the mail is about %q", subject)
	}
	code, _ := d.mails.newest(t)
	d.wants(d.post(v, id, journey.StepNewPassword, journey.Form{NewPassword: fresh}), journey.StepProve) // not before the proof
	d.wantsPassword(annOwner, plain)
	d.wants(d.post(v, id, journey.StepProve, journey.Form{Code: code}), journey.StepNewPassword)
	d.wantsAlive(elsewhere, true)
	d.wants(d.post(v, id, journey.StepNewPassword, journey.Form{NewPassword: fresh}), journey.StepStay)

	if p := d.wantsPassword(annOwner, fresh); !p.Changed.Equal(d.clock()) {
		t.Errorf("set at %s", p.Changed)
	}
	d.wantsAlive(elsewhere, false)
	d.wantsAlive(other, true)
	s := d.started(d.post(v, id, journey.StepStay, journey.Form{Stay: "no"}))
	if s.Method != directory.MethodEmailToken || len(s.Proofs) != 1 {
		t.Errorf("signed in by %+v", s.Proofs)
	}
	told := d.mails.told()
	if len(told) != 1 || told[0].To != "Ann@acme.example" || !strings.Contains(told[0].Text, "4 March 2026, 05:07 UTC, from the internet address 203.0.113.7") || told[0].HTML == "" {
		t.Errorf("told %+v", told)
	}
	if line := `msg="password set" address=ann@acme.example kind=contact platform=client client_ip=203.0.113.7 journey=` + id; !strings.Contains(log.String(), line) {
		t.Errorf("no %s in\n%s", line, &log)
	}
	d.byPassword(d.browser(directory.Client), "ann@acme.example", fresh)
}

// TestForgottenNoMore: who goes on by another method is asked for nothing.
func TestForgottenNoMore(t *testing.T) {
	d := newDesk(t)
	v := d.browser(directory.Client)
	id := d.atPassword(v, "ann@acme.example")
	d.post(v, id, journey.StepProve, journey.Form{Forgot: true})
	d.wants(d.post(v, id, journey.StepMethod, journey.Form{}), journey.StepMethod)
	d.wants(d.post(v, id, journey.StepMethod, journey.Form{Method: directory.MethodEmailToken}), journey.StepProve)
	code, _ := d.mails.newest(t)
	d.wants(d.post(v, id, journey.StepProve, journey.Form{Code: code}), journey.StepStay)
}

// TestForgottenIsClosed: a form that the page does not show sets nothing.
func TestForgottenIsClosed(t *testing.T) {
	d := newDesk(t)
	d.edit(func(e directory.Editor) error {
		return e.PutAccount(directory.Account{ID: "acme", Name: "Acme", Methods: []string{"microsoft", "password"}, Active: true})
	})
	v := d.browser(directory.Client)
	id := d.atPassword(v, "ann@acme.example")
	d.wantsProblem(d.post(v, id, journey.StepProve, journey.Form{Forgot: true}), "password", "field_required")

	s := d.byPassword(v, "ann@acme.example", plain)
	out := d.setting(v, s, journey.StepNewPassword)
	if !out.Step.Current || out.Step.Forgot {
		t.Errorf("step %+v", out.Step)
	}
	d.wantsProblem(d.post(v, out.Journey.ID, journey.StepNewPassword, journey.Form{Forgot: true, NewPassword: fresh}), "password", "field_required")
	if n := d.mails.count(); n != 0 {
		t.Errorf("%d mails were sent", n)
	}
	d.wantsPassword(annOwner, plain)
}

// TestMailedPasswordIsAMail: what an emailed token set opens nothing that is
// closed to emailed tokens, also where that came later, and also by the
// password that it is changed to. One that an operator set does.
func TestMailedPasswordIsAMail(t *testing.T) {
	const changed = "another phrase that nobody has"
	for _, c := range []struct {
		name   string
		set    func(d *desk)
		opens  bool
		typing string
	}{
		{"set by mail", (*desk).forgetPassword, false, fresh},
		{"set by mail, then changed", func(d *desk) {
			d.forgetPassword()
			d.advance(time.Minute)
			d.changePassword(fresh, changed)
		}, false, changed},
		{"changed by mail, and an operator wants another one", func(d *desk) {
			d.forgetPassword()
			p := d.wantsPassword(annOwner, fresh)
			p.MustChange = true
			d.edit(func(e directory.Editor) error { return e.SetPassword(annOwner, p) })
			d.replaceRequired(fresh, changed)
		}, false, changed},
		{"set by an operator", func(*desk) {}, true, plain},
		{"set by an operator, then changed", func(d *desk) { d.changePassword(plain, changed) }, true, changed},
		{"set by an operator for one sign-in", func(d *desk) {
			p := d.wantsPassword(annOwner, plain)
			p.MustChange = true
			d.edit(func(e directory.Editor) error { return e.SetPassword(annOwner, p) })
			d.replaceRequired(plain, changed)
		}, true, changed},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t)
			c.set(d)
			d.edit(func(e directory.Editor) error {
				return errors.Join(
					e.PutAccount(directory.Account{ID: "closed", Name: "Closed", Methods: []string{"microsoft", "password"}, Active: true}),
					e.PutContact(directory.Contact{ID: "c-ann-closed", Email: "ann@acme.example", Account: "closed", Active: true}))
			})
			v := d.browser(directory.Client)
			id := d.atPassword(v, "ann@acme.example")
			d.wants(d.post(v, id, journey.StepProve, journey.Form{Password: c.typing}), journey.StepStay)
			d.wants(d.post(v, id, journey.StepStay, journey.Form{Stay: "no"}), journey.StepAccount)
			out := d.post(v, id, journey.StepAccount, journey.Form{Account: "closed"})
			if opened := out.Started != nil; opened != c.opens {
				t.Errorf("opened: %t, want %t", opened, c.opens)
			}
			if !c.opens && !slices.Equal(out.Step.Methods, []string{directory.MethodMicrosoft}) {
				t.Errorf("asked for %q", out.Step.Methods)
			}
		})
	}
}

// forgetPassword has Ann set another password by mail.
func (d *desk) forgetPassword() {
	d.t.Helper()
	v := d.browser(directory.Client)
	id := d.atPassword(v, "ann@acme.example")
	d.wants(d.post(v, id, journey.StepProve, journey.Form{Forgot: true}), journey.StepProve)
	code, _ := d.mails.newest(d.t)
	d.wants(d.post(v, id, journey.StepProve, journey.Form{Code: code}), journey.StepNewPassword)
	d.wants(d.post(v, id, journey.StepNewPassword, journey.Form{NewPassword: fresh}), journey.StepStay)
}

// changePassword has her change it, signed in.
func (d *desk) changePassword(present, next string) {
	d.t.Helper()
	v := d.browser(directory.Client)
	id := d.setting(v, d.byPassword(v, "ann@acme.example", present), journey.StepNewPassword).Journey.ID
	d.started(d.post(v, id, journey.StepNewPassword, journey.Form{Password: present, NewPassword: next}))
}

// replaceRequired has her replace one that is good for one sign-in.
func (d *desk) replaceRequired(present, next string) {
	d.t.Helper()
	v := d.browser(directory.Client)
	id := d.atPassword(v, "ann@acme.example")
	d.wants(d.post(v, id, journey.StepProve, journey.Form{Password: present}), journey.StepNewPassword)
	d.wants(d.post(v, id, journey.StepNewPassword, journey.Form{NewPassword: next}), journey.StepStay)
}

// TestForgottenAfterAMail: the code of a mail that spoke of signing in sets no
// password. Whoever hands it on was not told of that. A second click on
// "forgotten" sends no second mail.
func TestForgottenAfterAMail(t *testing.T) {
	d := newDesk(t)
	v := d.browser(directory.Client)
	id := d.askForCode(v, "ann@acme.example")
	before, _ := d.mails.newest(t)
	d.post(v, id, journey.StepMethod, journey.Form{Method: directory.MethodPassword})
	for range 2 {
		d.wants(d.post(v, id, journey.StepProve, journey.Form{Forgot: true}), journey.StepProve)
	}
	if n := d.mails.count(); n != 2 {
		t.Fatalf("%d mails were sent, want one to sign in and one to set a password", n)
	}
	if subject := d.mails.sent[1].Subject; subject != "Your code to set a password for Client Portal" {
		t.Errorf("the mail is about %q", subject)
	}
	code, _ := d.mails.newest(t)
	d.wantsProblem(d.post(v, id, journey.StepProve, journey.Form{Code: before}), "code", "code_wrong")
	d.wants(d.post(v, id, journey.StepProve, journey.Form{Code: code}), journey.StepNewPassword)
}

// TestForgottenBefore: a mail from before the password was set again sets no other,
// whenever its code is typed, so that whoever read the mailbox then does not undo
// what its owner, or an operator, did about it: the sign-in has ended.
func TestForgottenBefore(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(d *desk)
	}{
		{"set by the person", func(d *desk) {
			v := d.browser(directory.Client)
			id := d.atPassword(v, "ann@acme.example")
			d.post(v, id, journey.StepProve, journey.Form{Forgot: true})
			code, _ := d.mails.newest(d.t)
			d.wants(d.post(v, id, journey.StepProve, journey.Form{Code: code}), journey.StepNewPassword)
			d.wants(d.post(v, id, journey.StepNewPassword, journey.Form{NewPassword: fresh}), journey.StepStay)
		}},
		{"set by an operator", func(d *desk) {
			p := d.wantsPassword(annOwner, plain)
			hash, err := d.Passwords.Hash(d.t.Context(), fresh)
			if err != nil {
				d.t.Fatal(err)
			}
			d.edit(func(e directory.Editor) error { return e.SetPassword(annOwner, p.Successor(hash, d.clock())) })
		}},
	} {
		test := func(t *testing.T, late bool) {
			d := newDesk(t)
			v := d.browser(directory.Client)
			id := d.atPassword(v, "ann@acme.example")
			d.post(v, id, journey.StepProve, journey.Form{Forgot: true})
			code, _ := d.mails.newest(t)
			if !late {
				d.wants(d.post(v, id, journey.StepProve, journey.Form{Code: code}), journey.StepNewPassword)
			}
			c.change(d)
			if late {
				d.wantsEnded(v, id, journey.StepProve, journey.Form{Code: code})
			}
			d.wantsEnded(v, id, journey.StepNewPassword, journey.Form{NewPassword: "another phrase for this person"})
			d.wantsPassword(annOwner, fresh)
		}
		t.Run(c.name, func(t *testing.T) { test(t, false) })
		t.Run(c.name+", and typed afterwards", func(t *testing.T) { test(t, true) })
	}
}

// mailingStore has something happen just before a mailed token is kept.
type mailingStore struct {
	journey.Store
	before func()
}

func (s *mailingStore) UpdateJourney(ctx context.Context, id string, change func(journey.Journey) (journey.Journey, error)) (journey.Journey, error) {
	now, err := s.Store.Journey(ctx, id)
	if err != nil {
		return now, err
	}
	if next, err := change(now); err == nil && next.Token != nil && s.before != nil {
		before := s.before
		s.before = nil
		before()
	}
	return s.Store.UpdateJourney(ctx, id, change)
}

// TestForgottenWhileItIsSet: a mail that was decided on before the password was set
// again, and goes out after it, sets no other either.
func TestForgottenWhileItIsSet(t *testing.T) {
	d := newDesk(t)
	v := d.browser(directory.Client)
	id := d.atPassword(v, "ann@acme.example")
	p := d.wantsPassword(annOwner, plain)
	d.Service.Store = &mailingStore{Store: d.store, before: func() {
		d.edit(func(e directory.Editor) error { return e.SetPassword(annOwner, p.Successor(p.Hash, d.clock())) })
	}}
	d.wants(d.post(v, id, journey.StepProve, journey.Form{Forgot: true}), journey.StepProve)
	code, _ := d.mails.newest(t)
	d.wants(d.post(v, id, journey.StepProve, journey.Form{Code: code}), journey.StepProve)
	d.post(v, id, journey.StepNewPassword, journey.Form{NewPassword: fresh})
	d.wantsPassword(annOwner, plain)
}

// TestChangePassword: with the present one, in a session that goes on as another.
func TestChangePassword(t *testing.T) {
	d := newDesk(t)
	elsewhere := d.byPassword(d.browser(directory.Client), "ann@acme.example", plain)
	v := d.browser(directory.Client)
	s := d.byPassword(v, "ann@acme.example", plain)
	v.Current = &s.Key
	d.advance(time.Hour)
	out := d.setting(v, s, journey.StepNewPassword)
	if !out.Step.Current || !out.Step.Forgot {
		t.Errorf("step %+v", out.Step)
	}
	id := out.Journey.ID
	post := func(present, next string) journey.Outcome {
		return d.post(v, id, journey.StepNewPassword, journey.Form{Password: present, NewPassword: next})
	}
	d.wantsProblem(post("", fresh), "password", "field_required")
	d.wantsProblem(post(plain, ""), "new_password", "field_required")
	d.wantsProblem(post(plain+"!", fresh), "password", "password_wrong")
	d.wantsProblem(post(plain, plain), "new_password", "password_same")
	d.wantsPassword(annOwner, plain)
	d.wantsAlive(elsewhere, true)

	next := d.started(post(plain, fresh))
	p := d.wantsPassword(annOwner, fresh)
	d.wantsAlive(elsewhere, false)
	d.wantsAlive(s, false)
	d.wantsAlive(next, true)
	if next.ID == s.ID || next.EntityID != s.EntityID || !next.Expires.Equal(s.Expires) || len(next.Proofs) != 1 || !next.Proofs[0].PasswordSet.Equal(p.Changed) || !next.Proofs[0].At.Equal(s.Proofs[0].At) {
		t.Errorf("session %+v", next)
	}
	if j := d.stored(id); j.Password != journey.PasswordChanged {
		t.Errorf("the journey ends %q", j.Password)
	}
	if n := len(d.mails.told()); n != 1 {
		t.Errorf("%d mails told of it", n)
	}
	v.Current = &next.Key
	d.setting(v, next, journey.StepNewPassword) // and once more
}

// TestGuessesAtThePresentPassword count as those of a sign-in do.
func TestGuessesAtThePresentPassword(t *testing.T) {
	d := newDesk(t)
	v := d.browser(directory.Client)
	s := d.byPassword(v, "ann@acme.example", plain)
	id := d.setting(v, s, journey.StepNewPassword).Journey.ID
	for range 20 {
		d.wantsProblem(d.post(v, id, journey.StepNewPassword, journey.Form{Password: "wrong", NewPassword: "short"}), "new_password", "password_too_short")
	}
	wrong := func() journey.Outcome {
		return d.post(v, id, journey.StepNewPassword, journey.Form{Password: "wrong", NewPassword: fresh})
	}
	for range 4 {
		d.wantsWrong(wrong(), 0)
	}
	d.wantsWrong(wrong(), 30*time.Second)
	d.wantsWait(d.post(v, id, journey.StepNewPassword, journey.Form{Password: plain, NewPassword: fresh}), "password", 30*time.Second)
	d.wantsWait(d.tryPassword(d.browser(directory.Client), "ann@acme.example", plain), "password", 30*time.Second)
	d.wantsPassword(annOwner, plain)
}

// TestForgottenWhileSignedIn: an emailed token of this journey stands in for the
// present password, and the session goes on by what it was proved by.
func TestForgottenWhileSignedIn(t *testing.T) {
	d := newDesk(t)
	v := d.browser(directory.Client)
	s := d.byPassword(v, "ann@acme.example", plain)
	v.Current = &s.Key
	d.advance(time.Minute)
	id := d.setting(v, s, journey.StepNewPassword).Journey.ID
	out := d.wants(d.post(v, id, journey.StepNewPassword, journey.Form{Forgot: true}), journey.StepProve)
	if !slices.Equal(out.Step.Methods, []string{directory.MethodEmailToken}) || d.mails.count() != 1 {
		t.Fatalf("methods %q, %d mails", out.Step.Methods, d.mails.count())
	}
	d.wantsProblem(d.post(v, id, journey.StepNewPassword, journey.Form{NewPassword: fresh}), "password", "field_required") // neither proved nor typed
	code, _ := d.mails.newest(t)
	out = d.wants(d.post(v, id, journey.StepProve, journey.Form{Code: code}), journey.StepNewPassword)
	if out.Step.Current {
		t.Error("the present password is asked for")
	}
	next := d.started(d.post(v, id, journey.StepNewPassword, journey.Form{NewPassword: fresh}))
	d.wantsPassword(annOwner, fresh)
	if next.Method != directory.MethodPassword || len(next.Proofs) != 1 {
		t.Errorf("proofs %+v", next.Proofs)
	}
}

// TestRememberedAfterAll: by the back button, the present one still does.
func TestRememberedAfterAll(t *testing.T) {
	d := newDesk(t)
	v := d.browser(directory.Client)
	s := d.byPassword(v, "ann@acme.example", plain)
	id := d.setting(v, s, journey.StepNewPassword).Journey.ID
	d.wants(d.post(v, id, journey.StepNewPassword, journey.Form{Forgot: true}), journey.StepProve)
	out, err := d.LoadAt(t.Context(), v, id, journey.StepNewPassword)
	if err != nil || out.Step.Name != journey.StepNewPassword || !out.Step.Current {
		t.Fatalf("step %+v, %v", out.Step, err)
	}
	d.wantsProblem(d.post(v, id, journey.StepNewPassword, journey.Form{NewPassword: fresh}), "password", "field_required")
	d.started(d.post(v, id, journey.StepNewPassword, journey.Form{Password: plain, NewPassword: fresh}))
	d.wantsPassword(annOwner, fresh)
}

// TestFirstPassword: proved by mail in the journey itself, however they signed in.
func TestFirstPassword(t *testing.T) {
	d := newDesk(t)
	v := d.browser(directory.Client)
	s := d.signIn(v, "two@acme.example", "yes", "borg").Started.Session
	v.Current = &s.Key
	d.advance(time.Minute)
	mails := d.mails.count()
	out := d.setting(v, s, journey.StepProve)
	if !slices.Equal(out.Step.Methods, []string{directory.MethodEmailToken}) || d.mails.count() != mails+1 {
		t.Fatalf("methods %q, %d mails", out.Step.Methods, d.mails.count()-mails)
	}
	id := out.Journey.ID
	d.wants(d.post(v, id, journey.StepNewPassword, journey.Form{NewPassword: fresh}), journey.StepProve)
	code, _ := d.mails.newest(t)
	d.wants(d.post(v, id, journey.StepProve, journey.Form{Code: code}), journey.StepNewPassword)
	next := d.started(d.post(v, id, journey.StepNewPassword, journey.Form{NewPassword: fresh}))
	if next.EntityID != "c-two-borg" || !next.Persistent || len(next.Proofs) != 1 || !next.Proofs[0].At.Equal(s.Proofs[0].At) {
		t.Errorf("session %+v", next)
	}
	d.wantsAlive(s, false)
	d.wantsPassword(directory.PasswordOwner{Address: "two@acme.example", Kind: directory.KindContact}, fresh)
}

func TestSettingIsRefused(t *testing.T) {
	d := newDesk(t)
	v := d.browser(directory.Client)
	s := d.signIn(v, "two@acme.example", "no", "acme").Started.Session
	for _, methods := range [][]string{{"microsoft", "email_token"}, {"email_token"}} {
		d.edit(func(e directory.Editor) error {
			return errors.Join(e.PutAccount(directory.Account{ID: "acme", Methods: methods, Active: true}), e.PutAccount(directory.Account{ID: "borg", Methods: methods, Active: true}))
		})
		if out, err := d.SetPassword(t.Context(), v, s); !errors.Is(err, journey.ErrRefused) {
			t.Errorf("accounts that admit %q: step %s, %v", methods, out.Step.Name, err)
		}
	}
}

// TestMustChange: what an operator asks for comes right after the password, once.
func TestMustChange(t *testing.T) {
	d := newDesk(t)
	d.edit(func(e directory.Editor) error {
		p, err := e.Password(t.Context(), annOwner)
		p.MustChange = true
		return errors.Join(err, e.SetPassword(annOwner, p))
	})
	d.signIn(d.browser(directory.Client), "ann@acme.example", "no", "") // by another method, not held up
	v := d.browser(directory.Client)
	d.advance(900 * time.Millisecond) // the journey begins and the password is typed within one second
	id := d.atPassword(v, "ann@acme.example")
	out := d.wants(d.post(v, id, journey.StepProve, journey.Form{Password: plain}), journey.StepNewPassword)
	if out.Step.Current || out.Step.Forgot {
		t.Errorf("step %+v", out.Step)
	}
	d.wants(d.post(v, id, journey.StepStay, journey.Form{Stay: "no"}), journey.StepNewPassword)
	d.wantsProblem(d.post(v, id, journey.StepNewPassword, journey.Form{NewPassword: plain}), "new_password", "password_same")
	d.wants(d.post(v, id, journey.StepNewPassword, journey.Form{NewPassword: fresh}), journey.StepStay)
	if p := d.wantsPassword(annOwner, fresh); p.MustChange {
		t.Error("the next one has to be changed, too")
	}
	if s := d.started(d.post(v, id, journey.StepStay, journey.Form{Stay: "no"})); s.Method != directory.MethodPassword {
		t.Errorf("signed in by %s", s.Method)
	}
	d.byPassword(d.browser(directory.Client), "ann@acme.example", fresh)
}

// TestMustChangeForgotten: forgetting it is no way to keep it.
func TestMustChangeForgotten(t *testing.T) {
	for _, must := range []bool{true, false} {
		d := newDesk(t)
		d.edit(func(e directory.Editor) error {
			p, err := e.Password(t.Context(), annOwner)
			p.MustChange = must
			return errors.Join(err, e.SetPassword(annOwner, p))
		})
		v := d.browser(directory.Client)
		id := d.atPassword(v, "ann@acme.example")
		d.post(v, id, journey.StepProve, journey.Form{Forgot: true})
		code, _ := d.mails.newest(t)
		d.wants(d.post(v, id, journey.StepProve, journey.Form{Code: code}), journey.StepNewPassword)
		out := d.post(v, id, journey.StepNewPassword, journey.Form{NewPassword: plain})
		if must {
			d.wantsProblem(out, "new_password", "password_same")
			continue
		}
		d.wants(out, journey.StepStay) // nothing is told of the one that was forgotten
	}
}

// TestSamePasswordWithoutEnd: who types the present password as the new one makes
// us hash as often as they post; it counts as a failure of the client.
func TestSamePasswordWithoutEnd(t *testing.T) {
	d := newDesk(t)
	d.Settings.Limits.FailuresPerClient = 10
	v := d.browser(directory.Client)
	id := d.setting(v, d.byPassword(v, "ann@acme.example", plain), journey.StepNewPassword).Journey.ID
	post := func(next string) journey.Outcome {
		return d.post(v, id, journey.StepNewPassword, journey.Form{Password: plain, NewPassword: next})
	}
	for range 10 {
		d.wantsProblem(post(plain), "new_password", "password_same")
	}
	d.wantsWait(post(plain), "password", 30*time.Second)
	d.wantsWait(post(fresh), "password", 30*time.Second)
	d.advance(30 * time.Second)
	d.started(post(fresh))
	d.wantsPassword(annOwner, fresh)
}

// TestNewPasswordRules: each reason has its words, at the field.
func TestNewPasswordRules(t *testing.T) {
	d := newDesk(t)
	d.Brand.Name = "Quokkadesk Wombatly"
	v := d.browser(directory.Client)
	id := d.setting(v, d.byPassword(v, "ann@acme.example", plain), journey.StepNewPassword).Journey.ID
	for _, c := range []struct{ typed, key, characters string }{
		{"fourteen chars", "password_too_short", "15"},
		{strings.Repeat("so many words ", 30), "password_too_long", ""},
		{"a phrase with a bell \a in it", "password_unreadable", ""},
		{"passwordpassword", "password_common", ""},
		{"ann@acme.example1", "password_personal", ""},
		{"quokkadesk wombatly", "password_personal", ""},
		{"acme wombatly acme", "password_personal", ""},
	} {
		out := d.post(v, id, journey.StepNewPassword, journey.Form{Password: plain, NewPassword: c.typed})
		d.wantsProblem(out, "new_password", c.key)
		if got := out.Problem.Args["characters"]; c.characters != "" && got != c.characters {
			t.Errorf("%s: at least %q characters", c.typed, got)
		}
	}
	d.wantsPassword(annOwner, plain)
}

// TestOldProofsEnd: who has proved the address before its password changed, by
// whatever it was, and is not signed in yet, or has a code that was mailed then, begins
// again.
func TestOldProofsEnd(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(d *desk)
	}{
		{"changed by the person", func(d *desk) {
			v := d.browser(directory.Client)
			s := d.byPassword(v, "ann@acme.example", plain)
			id := d.setting(v, s, journey.StepNewPassword).Journey.ID
			d.started(d.post(v, id, journey.StepNewPassword, journey.Form{Password: plain, NewPassword: fresh}))
		}},
		{"changed by an operator", func(d *desk) {
			p := d.wantsPassword(annOwner, plain)
			d.edit(func(e directory.Editor) error { return e.SetPassword(annOwner, p.Successor(p.Hash, d.clock())) })
		}},
		{"taken away", func(d *desk) {
			d.edit(func(e directory.Editor) error { return e.SetPassword(annOwner, directory.Password{}) })
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t)
			v := d.browser(directory.Client)
			id := d.atPassword(v, "ann@acme.example")
			d.wants(d.post(v, id, journey.StepProve, journey.Form{Password: plain}), journey.StepStay)
			byMail, byProvider, mailed, begun := d.browser(directory.Client), d.browser(directory.Client), d.browser(directory.Client), d.browser(directory.Client)
			proved := d.wants(d.prove(byMail, "ann@acme.example"), journey.StepStay).Journey.ID
			out, err := d.atProvider(byProvider, "ann@acme.example", oidAnn)
			if err != nil {
				t.Fatal(err)
			}
			vouched := d.wants(out, journey.StepStay).Journey.ID
			asked := d.askForCode(mailed, "ann@acme.example")
			code, _ := d.mails.newest(t)
			choosing := d.wants(d.begin(begun, "ann@acme.example"), journey.StepMethod).Journey.ID
			c.change(d)
			d.wantsEnded(v, id, journey.StepStay, journey.Form{Stay: "no"})
			d.wantsEnded(byMail, proved, journey.StepStay, journey.Form{Stay: "no"})
			d.wantsEnded(byProvider, vouched, journey.StepStay, journey.Form{Stay: "no"})
			d.wantsEnded(mailed, asked, journey.StepProve, journey.Form{Code: code})
			d.wants(d.post(begun, choosing, journey.StepMethod, journey.Form{Method: directory.MethodEmailToken}), journey.StepProve)
			code, _ = d.mails.newest(t)
			d.wants(d.post(begun, choosing, journey.StepProve, journey.Form{Code: code}), journey.StepStay)
			d.started(d.post(begun, choosing, journey.StepStay, journey.Form{Stay: "no"}))
		})
	}
}

// racingStore has something happen just before a store is asked.
type racingStore struct {
	journey.Store
	directory.Reader
	directory directory.Store
	before    func()
}

func (s *racingStore) FinishJourney(ctx context.Context, id string, left session.Session, replaced ...session.Key) error {
	s.happen()
	return s.Store.FinishJourney(ctx, id, left, replaced...)
}

func (s *racingStore) MemberTenants(ctx context.Context) (directory.Tenants, error) {
	return s.directory.MemberTenants(ctx)
}

func (s *racingStore) KeepMemberTenants(ctx context.Context, tenants directory.Tenants) error {
	return s.directory.KeepMemberTenants(ctx, tenants)
}

func (s *racingStore) Edit(ctx context.Context, fn func(directory.Editor) error) error {
	s.happen()
	return s.directory.Edit(ctx, fn)
}

func (s *racingStore) EditLarge(ctx context.Context, fn func(directory.Editor) error) error {
	s.happen()
	return s.directory.EditLarge(ctx, fn)
}

func (s *racingStore) CreateContact(ctx context.Context, c directory.Contact) error {
	return s.directory.CreateContact(ctx, c)
}

func (s *racingStore) SetPassword(ctx context.Context, owner directory.PasswordOwner, p directory.Password) error {
	return s.directory.SetPassword(ctx, owner, p)
}

func (s *racingStore) happen() {
	if before := s.before; before != nil {
		s.before = nil
		before()
	}
}

// race has something happen just before the service next ends a journey or
// edits the directory.
func (d *desk) race(before func()) {
	racing := &racingStore{Store: d.store, Reader: d.store, directory: d.store, before: before}
	d.Service.Store, d.Service.Directory = racing, racing
}

// TestChangeWhileFinishing: a password that changes at the last moment lets
// nobody in by the one before.
func TestChangeWhileFinishing(t *testing.T) {
	d := newDesk(t)
	v := d.browser(directory.Client)
	id := d.atPassword(v, "ann@acme.example")
	d.wants(d.post(v, id, journey.StepProve, journey.Form{Password: plain}), journey.StepStay)
	p := d.wantsPassword(annOwner, plain)
	d.race(func() {
		d.edit(func(e directory.Editor) error { return e.SetPassword(annOwner, p.Successor(p.Hash, d.clock())) })
	})
	d.wantsEnded(v, id, journey.StepStay, journey.Form{Stay: "no"})
	if n := len(d.sessions(directory.KindContact, "c-ann")); n != 0 {
		t.Errorf("%d sessions", n)
	}
}

// endsFirst is a store in which a session ends just before a password is kept.
type endsFirst struct {
	journey.Store
	end func()
}

func (s endsFirst) UpdatePassword(ctx context.Context, id string, owner directory.PasswordOwner, change journey.PasswordChange) (journey.Journey, error) {
	s.end()
	return s.Store.UpdatePassword(ctx, id, owner, change)
}

// TestSignedOutWhileSetting: who is signed out while the new password is hashed sets none.
func TestSignedOutWhileSetting(t *testing.T) {
	d := newDesk(t)
	v := d.browser(directory.Client)
	from := d.byPassword(v, "ann@acme.example", plain)
	id := d.setting(v, from, journey.StepNewPassword).Journey.ID
	d.Service.Store = endsFirst{d.store, func() {
		if err := d.store.EndSessions(t.Context(), from.Key); err != nil {
			t.Error(err)
		}
	}}
	d.wantsEnded(v, id, journey.StepNewPassword, journey.Form{Password: plain, NewPassword: fresh})
	d.wantsPassword(annOwner, plain)
}

// TestUpgradeLosesToAChange: hashing the old password anew does not bring it
// back.
func TestUpgradeLosesToAChange(t *testing.T) {
	d := newDesk(t)
	old, err := bcrypt.GenerateFromPassword([]byte(plain), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	next := d.wantsPassword(annOwner, plain)
	before := directory.Password{}.Successor(string(old), next.Changed.Add(-time.Hour))
	if err := d.store.SetPassword(t.Context(), annOwner, before); err != nil {
		t.Fatal(err)
	}
	d.race(func() {
		d.edit(func(e directory.Editor) error { return e.SetPassword(annOwner, next) })
	})
	v := d.browser(directory.Client)
	id := d.atPassword(v, "ann@acme.example")
	d.post(v, id, journey.StepProve, journey.Form{Password: plain})
	if p, err := d.store.Password(t.Context(), annOwner); err != nil || p != next {
		t.Errorf("the password is %+v, %v; want %+v", p, err, next)
	}
}

// racingLiving has something happen just before it is asked.
type racingLiving struct {
	journey.Living
	before func()
}

func (l *racingLiving) Alive(ctx context.Context, key session.Key) (session.Session, error) {
	if before := l.before; before != nil {
		l.before = nil
		before()
	}
	return l.Living.Alive(ctx, key)
}

// TestSecondClick comes when the first one has just replaced the session: it is
// handed the same one.
func TestSecondClick(t *testing.T) {
	d := newDesk(t)
	v := d.browser(directory.Client)
	id := d.setting(v, d.byPassword(v, "ann@acme.example", plain), journey.StepNewPassword).Journey.ID
	form := journey.Form{Password: plain, NewPassword: fresh}
	var first session.Session
	d.Living = &racingLiving{Living: d.Living, before: func() { first = d.started(d.post(v, id, journey.StepNewPassword, form)) }}
	if second := d.started(d.post(v, id, journey.StepNewPassword, form)); second.Key != first.Key {
		t.Errorf("session %s, and then %s", first.ID, second.ID)
	}
}

// TestSecondClickBetween comes when the password is set and the session is not
// replaced yet: it does that.
func TestSecondClickBetween(t *testing.T) {
	d := newDesk(t)
	v := d.browser(directory.Client)
	id := d.setting(v, d.byPassword(v, "ann@acme.example", plain), journey.StepNewPassword).Journey.ID
	form := journey.Form{Password: plain, NewPassword: fresh}
	var second session.Session
	d.race(func() { second = d.started(d.post(v, id, journey.StepNewPassword, form)) })
	if first := d.started(d.post(v, id, journey.StepNewPassword, form)); first.Key != second.Key {
		t.Errorf("session %s, and then %s", second.ID, first.ID)
	}
}

// TestSetOnce: a hundred posts of one form set one password, tell of it once,
// and leave one session.
func TestSetOnce(t *testing.T) {
	d := newDesk(t)
	v := d.browser(directory.Client)
	s := d.byPassword(v, "ann@acme.example", plain)
	id := d.setting(v, s, journey.StepNewPassword).Journey.ID
	var mu sync.Mutex
	handed := map[session.Key]bool{}
	atOnce(100, func(int) {
		out, err := d.Answer(t.Context(), v, id, journey.StepNewPassword, journey.Form{Password: plain, NewPassword: fresh})
		if err != nil && !errors.Is(err, journey.ErrFinished) {
			t.Error(err)
		}
		if out.Problem != nil && out.Problem.Key != "problem.busy" && out.Problem.Key != "problem.too_many" {
			t.Errorf("problem %+v", out.Problem)
		}
		if out.Started != nil {
			mu.Lock()
			defer mu.Unlock()
			handed[out.Started.Secret.Key()] = true
		}
	})
	kept := d.sessions(directory.KindContact, "c-ann")
	if len(handed) != 1 || len(kept) != 1 || !handed[kept[0].Key] {
		t.Errorf("%d sessions were handed out, %d kept; want one and the same", len(handed), len(kept))
	}
	d.wantsPassword(annOwner, fresh)
	if n := len(d.mails.told()); n != 1 {
		t.Errorf("%d mails told of it", n)
	}
}

// TestSetAtOnceInTwoBrowsers: both know the present password, one sets another.
func TestSetAtOnceInTwoBrowsers(t *testing.T) {
	d := newDesk(t)
	typed := []string{fresh, "another phrase for this person"}
	visits, ids := make([]journey.Visit, 2), make([]string, 2)
	for i := range visits {
		visits[i] = d.browser(directory.Client)
		ids[i] = d.setting(visits[i], d.byPassword(visits[i], "ann@acme.example", plain), journey.StepNewPassword).Journey.ID
	}
	won := make([]bool, 2)
	atOnce(2, func(i int) {
		out, err := d.Answer(t.Context(), visits[i], ids[i], journey.StepNewPassword, journey.Form{Password: plain, NewPassword: typed[i]})
		if err != nil && !errors.Is(err, journey.ErrNotFound) {
			t.Error(err)
		}
		won[i] = out.Started != nil
	})
	if won[0] == won[1] {
		t.Fatalf("set in the first %t, in the second %t", won[0], won[1])
	}
	d.wantsPassword(annOwner, typed[slices.Index(won, true)])
	if n := len(d.mails.told()); n != 1 {
		t.Errorf("%d mails told of it", n)
	}
}

// TestMailFailureUndoesNothing, and is logged, whoever fails.
func TestMailFailureUndoesNothing(t *testing.T) {
	for _, c := range []struct {
		name string
		fail func(*outbound)
	}{
		{"not taken", func(o *outbound) { o.refuses = mail.ErrFull }},
		{"not delivered", func(o *outbound) { o.result = errors.New("no such mailbox") }},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t)
			failures := make(chan string, 10)
			d.Log = slog.New(slog.NewTextHandler(lines(failures), &slog.HandlerOptions{Level: slog.LevelError}))
			v := d.browser(directory.Client)
			id := d.setting(v, d.byPassword(v, "ann@acme.example", plain), journey.StepNewPassword).Journey.ID
			c.fail(d.mails)
			d.started(d.post(v, id, journey.StepNewPassword, journey.Form{Password: plain, NewPassword: fresh}))
			d.wantsPassword(annOwner, fresh)
			if line := <-failures; !strings.Contains(line, "telling of a new password by mail failed") || !strings.Contains(line, id) {
				t.Errorf("logged %s", line)
			}
		})
	}
}

// lines is a writer that sends what it is given.
type lines chan string

func (l lines) Write(p []byte) (int, error) {
	l <- string(p)
	return len(p), nil
}

// TestNoMailServer: nobody can be told, and passwords change all the same.
func TestNoMailServer(t *testing.T) {
	d := newDesk(t)
	v := d.browser(directory.Client)
	id := d.setting(v, d.byPassword(v, "ann@acme.example", plain), journey.StepNewPassword).Journey.ID
	d.Outbound = nil
	d.started(d.post(v, id, journey.StepNewPassword, journey.Form{Password: plain, NewPassword: fresh}))
	d.wantsPassword(annOwner, fresh)
}

// TestChangesPerPerson: who knows a password cannot change it so often that what
// tells of it floods the mailbox and the mail server. They stay signed in, and a
// mailed code replaces the password all the same: who has stolen one shuts its
// owner out of nothing.
func TestChangesPerPerson(t *testing.T) {
	d := newDesk(t)
	v := d.browser(directory.Client)
	s := d.byPassword(v, "ann@acme.example", plain)
	present, next := plain, fresh
	change := func() journey.Outcome {
		t.Helper()
		d.advance(time.Second)
		id := d.setting(v, s, journey.StepNewPassword).Journey.ID
		out := d.post(v, id, journey.StepNewPassword, journey.Form{Password: present, NewPassword: next})
		if out.Problem == nil {
			s, present, next = d.started(out), next, present
		}
		return out
	}
	for range 5 {
		d.started(change())
	}
	for range 5 {
		if out := change(); out.Problem == nil || out.Problem.Key != "problem.too_many" || out.Problem.Wait == 0 {
			t.Fatalf("step %s, problem %+v", out.Step.Name, out.Problem)
		}
	}
	if told := len(d.mails.told()); told != 5 {
		t.Errorf("%d mails", told)
	}
	d.wantsAlive(s, true)
	d.forgetPassword()
	s, present, next = d.byPassword(v, "ann@acme.example", fresh), fresh, plain
	d.advance(10 * time.Minute)
	d.started(change())
}
