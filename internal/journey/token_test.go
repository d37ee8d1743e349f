package journey_test

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/emailtoken"
	"github.com/frontdesk-gateway/frontdesk/internal/journey"
	"github.com/frontdesk-gateway/frontdesk/internal/mail"
	"github.com/frontdesk-gateway/frontdesk/internal/session"
	"github.com/frontdesk-gateway/frontdesk/loginui"
)

// TestTokenSpentOnce: a hundred posts of one code leave one proof, and a
// hundred posts of the last step one session.
func TestTokenSpentOnce(t *testing.T) {
	d := newDesk(t)
	v := d.browser(directory.Client)
	id := d.askForCode(v, "ann@acme.example")
	code, _ := d.mails.newest(t)
	atOnce(100, func(int) {
		if _, err := d.Answer(t.Context(), v, id, journey.StepProve, journey.Form{Code: code}); err != nil {
			t.Error(err)
		}
	})
	if j := d.stored(id); len(j.Proofs) != 1 || j.Token != nil {
		t.Fatalf("%d proofs, token %v", len(j.Proofs), j.Token)
	}
	var mu sync.Mutex
	handed := map[session.Key]bool{}
	atOnce(100, func(int) {
		out, err := d.Answer(t.Context(), v, id, journey.StepStay, journey.Form{Stay: "no"})
		if err != nil && !errors.Is(err, journey.ErrFinished) {
			t.Error(err)
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
}

func TestTokenLinkSpendsTheCode(t *testing.T) {
	d := newDesk(t)
	v := d.browser(directory.Client)
	id := d.askForCode(v, "ann@acme.example")
	code, link := d.mails.newest(t)
	d.wants(d.post(v, id, journey.StepProve, journey.Form{Token: link}), journey.StepStay)
	out := d.post(v, id, journey.StepProve, journey.Form{Code: code})
	d.wants(out, journey.StepStay)
	if n := len(d.stored(id).Proofs); n != 1 || out.Journey.Notice == "" {
		t.Errorf("%d proofs, notice %q", n, out.Journey.Notice)
	}
}

func TestNewestTokenOnly(t *testing.T) {
	d := newDesk(t)
	v := d.browser(directory.Client)
	id := d.askForCode(v, "ann@acme.example")
	oldCode, oldLink := d.mails.newest(t)
	out := d.wants(d.post(v, id, journey.StepProve, d.resend(id)), journey.StepProve)
	if out.Journey.Notice != "notice.mail_resent" || d.mails.count() != 2 {
		t.Fatalf("notice %q, %d mails", out.Journey.Notice, d.mails.count())
	}
	code, _ := d.mails.newest(t)
	d.wantsProblem(d.post(v, id, journey.StepProve, journey.Form{Code: oldCode}), "code", "code_wrong")
	d.wantsProblem(d.post(v, id, journey.StepProve, journey.Form{Token: oldLink}), "", "code_wrong")
	d.wants(d.post(v, id, journey.StepProve, journey.Form{Code: code}), journey.StepStay)
}

func TestTokenExpires(t *testing.T) {
	d := newDesk(t)
	v := d.browser(directory.Client)
	id := d.askForCode(v, "ann@acme.example")
	code, link := d.mails.newest(t)
	d.advance(d.Settings.TokenLifetime)
	for range d.Settings.Limits.WrongCodesPerPerson + 1 { // which is no guess
		d.wantsProblem(d.post(v, id, journey.StepProve, journey.Form{Code: code}), "code", "code_expired")
	}
	d.wantsProblem(d.post(v, id, journey.StepProve, journey.Form{Token: link}), "", "code_expired")
	d.post(v, id, journey.StepProve, d.resend(id))
	code, _ = d.mails.newest(t)
	d.wants(d.post(v, id, journey.StepProve, journey.Form{Code: code}), journey.StepStay)
}

// TestJourneyIsOneBrowsersAtOneOrigin: who knows the journey's id, the code and
// the link is nobody without the browser's cookie.
func TestJourneyIsOneBrowsersAtOneOrigin(t *testing.T) {
	d := newDesk(t)
	v := d.browser(directory.Client)
	id := d.askForCode(v, "ann@acme.example")
	code, link := d.mails.newest(t)
	noCookie := v
	noCookie.Browser = [32]byte{}
	elsewhere := v
	elsewhere.Origin = d.browser(directory.Tech).Origin
	for name, visit := range map[string]journey.Visit{"another browser": d.browser(directory.Client), "no cookie": noCookie, "another origin": elsewhere} {
		for _, form := range []journey.Form{{Code: code}, {Token: link}} {
			if _, err := d.Answer(t.Context(), visit, id, journey.StepProve, form); !errors.Is(err, journey.ErrNotFound) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := d.Load(t.Context(), visit, id); !errors.Is(err, journey.ErrNotFound) {
			t.Errorf("%s: load: %v", name, err)
		}
	}
	d.advance(30 * time.Minute)
	if _, err := d.Load(t.Context(), v, id); !errors.Is(err, journey.ErrNotFound) {
		t.Errorf("after half an hour: %v", err)
	}
}

func TestWrongCodesSpendTheToken(t *testing.T) {
	d := newDesk(t)
	v := d.browser(directory.Client)
	id := d.askForCode(v, "ann@acme.example")
	code, _ := d.mails.newest(t)
	for range d.Settings.Limits.WrongCodesPerMail - 1 {
		d.wantsProblem(d.post(v, id, journey.StepProve, journey.Form{Code: another(code)}), "code", "code_wrong")
	}
	d.wantsProblem(d.post(v, id, journey.StepProve, journey.Form{Code: another(code)}), "code", "code_spent")
	d.wantsProblem(d.post(v, id, journey.StepProve, journey.Form{Code: code}), "code", "code_spent")

	// Leaving the method and coming back sends a new one.
	d.post(v, id, journey.StepMethod, journey.Form{})
	d.wants(d.post(v, id, journey.StepMethod, journey.Form{Method: directory.MethodEmailToken}), journey.StepProve)
	code, _ = d.mails.newest(t)
	d.wants(d.post(v, id, journey.StepProve, journey.Form{Code: code}), journey.StepStay)
}

func TestBackAndForthSendsNoSecondMail(t *testing.T) {
	d := newDesk(t)
	v := d.browser(directory.Client)
	id := d.askForCode(v, "ann@acme.example")
	d.post(v, id, journey.StepMethod, journey.Form{})
	d.wants(d.post(v, id, journey.StepMethod, journey.Form{Method: directory.MethodEmailToken}), journey.StepProve)
	if n := d.mails.count(); n != 1 {
		t.Errorf("%d mails were sent", n)
	}
}

func TestMailState(t *testing.T) {
	for _, c := range []struct {
		name            string
		result, refuses error
		want            emailtoken.MailStatus
	}{
		{"sent", nil, nil, emailtoken.MailSent},
		{"failed", errors.New("550 no such user"), nil, emailtoken.MailFailed},
		{"perhaps sent", fmt.Errorf("after the dot: %w", mail.ErrUnknown), nil, emailtoken.MailSent},
		{"not taken", nil, mail.ErrFull, emailtoken.MailFailed},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t)
			d.mails.result, d.mails.refuses = c.result, c.refuses
			v := d.browser(directory.Client)
			id := d.askForCode(v, "ann@acme.example")
			if got := d.stored(id).Token.Mail; got != c.want {
				t.Fatalf("state %q, want %q", got, c.want)
			}
			// Choosing the method again tries again only after a failure.
			d.mails.result, d.mails.refuses = nil, nil
			before := d.mails.count()
			d.post(v, id, journey.StepMethod, journey.Form{Method: directory.MethodEmailToken})
			if again := d.mails.count() > before; again != (c.want == emailtoken.MailFailed) {
				t.Errorf("sent again: %t", again)
			}
			if got := d.stored(id).Token.Mail; got != emailtoken.MailSent {
				t.Errorf("state %q", got)
			}
		})
	}
}

// TestMailServerThatNeverAnswers: the page does not wait for it, and shows the
// end when it comes. The bubble's clock runs the grace out at once.
func TestMailServerThatNeverAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		d.mails.silent = true
		v := d.browser(directory.Client)
		id := d.askForCode(v, "ann@acme.example")
		if got := d.stored(id).Token.Mail; got != emailtoken.MailSending {
			t.Fatalf("state %q", got)
		}
		code, _ := d.mails.newest(t)
		d.post(v, id, journey.StepProve, d.resend(id))
		d.wantsProblem(d.post(v, id, journey.StepProve, journey.Form{Code: code}), "code", "code_wrong")
		d.mails.waiting[0](errors.New("too late")) // of a token that is no longer in force
		if got := d.stored(id).Token.Mail; got != emailtoken.MailSending {
			t.Errorf("the mail before changed the state to %q", got)
		}
		d.mails.waiting[1](nil)
		if got := d.stored(id).Token.Mail; got != emailtoken.MailSent {
			t.Errorf("state %q", got)
		}
	})
}

func TestMailText(t *testing.T) {
	d := newDesk(t)
	d.Brand = loginui.Brand{Name: "Help Desk of MSP"}
	v := d.browser(directory.Client)
	id := d.askForCode(v, "ANN@ACME.example")
	m := d.mails.sent[0]
	for _, body := range []string{m.Text, m.HTML} {
		for _, want := range []string{"Help Desk of MSP", "help@msp.example", v.ClientIP, "https://portal.msp.example/frontdesk/sign-in?journey=" + id} {
			if !strings.Contains(body, want) {
				t.Errorf("no %s in\n%s", want, body)
			}
		}
	}
	if m.To != "Ann@acme.example" {
		t.Errorf("sent to %q, not to the stored spelling", m.To)
	}
	if want := "https://portal.msp.example/frontdesk/sign-in?journey=" + id + "&token="; !strings.Contains(m.Text, want) {
		t.Errorf("no %s in\n%s", want, m.Text)
	}
	code, link := d.mails.newest(t)
	if j := fmt.Sprintf("%+v", d.stored(id)); strings.Contains(j, code) || strings.Contains(j, link) {
		t.Error("the store holds a secret of the mail")
	}
}

// TestMailToTheActiveSpelling: a record that is switched off does not say where
// mail goes.
func TestMailToTheActiveSpelling(t *testing.T) {
	d := newDesk(t)
	d.edit(func(e directory.Editor) error {
		return errors.Join(
			e.PutContact(directory.Contact{ID: "old", Email: "MIA@acme.example", Account: "acme", Primary: true}),
			e.PutContact(directory.Contact{ID: "new", Email: "mia@acme.example", Account: "borg", Active: true}))
	})
	d.askForCode(d.browser(directory.Client), "Mia@acme.example")
	if to := d.mails.sent[0].To; to != "mia@acme.example" {
		t.Errorf("sent to %q", to)
	}
}

// TestLoadChangesNothing: no GET does.
func TestLoadChangesNothing(t *testing.T) {
	d := newDesk(t)
	v := d.browser(directory.Client)
	id := d.askForCode(v, "ann@acme.example")
	before := d.stored(id)
	d.advance(time.Minute)
	for range 3 {
		if _, err := d.Load(t.Context(), v, id); err != nil {
			t.Fatal(err)
		}
	}
	if after := d.stored(id); !reflect.DeepEqual(before, after) {
		t.Errorf("the journey became\n%+v\nfrom\n%+v", after, before)
	}
}

// TestProofByMail is of when the code was typed, and holds as of when it was mailed.
func TestProofByMail(t *testing.T) {
	d := newDesk(t)
	v := d.browser(directory.Client)
	mailed := d.clock()
	id := d.askForCode(v, "ann@acme.example")
	d.advance(5 * time.Minute)
	code, _ := d.mails.newest(t)
	d.wants(d.post(v, id, journey.StepProve, journey.Form{Code: code}), journey.StepStay)
	if p := d.stored(id).Proofs[0]; !p.At.Equal(d.clock()) || !p.AsOf().Equal(mailed) {
		t.Errorf("at %s, as of %s; want %s and %s", p.At, p.AsOf(), d.clock(), mailed)
	}
}
