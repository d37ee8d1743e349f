package journey

import (
	"context"
	"errors"
	"net/url"
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/clock"
	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/emailtoken"
	"github.com/frontdesk-gateway/frontdesk/internal/limit"
	"github.com/frontdesk-gateway/frontdesk/internal/mail"
	"github.com/frontdesk-gateway/frontdesk/loginui"
)

// tokenMethod signs in by a link and code sent by mail.
type tokenMethod struct{ *Service }

// start sends a mail, unless one is still good: going back and forth sends no
// second one.
func (m tokenMethod) start(ctx context.Context, t turn) (Outcome, error) {
	if token := t.journey.Token; token != nil && token.Mail != emailtoken.MailFailed && token.Usable(m.Now()) == nil && !m.ahead(*token) && token.Purpose.Confirms == t.step.Confirms {
		return Outcome{Journey: t.journey, Step: t.step}, nil
	}
	return m.send(ctx, t)
}

func (m tokenMethod) answer(ctx context.Context, t turn) (Outcome, error) {
	switch {
	case t.form.Resend != "":
		return m.resend(ctx, t)
	case t.form.Token != "":
		// Nobody guesses 256 bits: a link is good however much others guess at codes.
		return m.check(ctx, t, "", nil, func(token emailtoken.Token, _ emailtoken.Binding, now time.Time) error {
			return token.CheckLink(t.form.Token, now)
		})
	}
	return m.check(ctx, t, "code", m.guessing(directory.MethodEmailToken, t), func(token emailtoken.Token, b emailtoken.Binding, now time.Time) error {
		return token.CheckCode(b, t.form.Code, now)
	})
}

// resend sends a new mail in place of the one that the page named: the second
// click of a double click finds that one replaced, and sends no other.
func (m tokenMethod) resend(ctx context.Context, t turn) (Outcome, error) {
	if t.form.Resend != t.journey.Token.Name() {
		return Outcome{Journey: t.journey, Step: t.step}, nil
	}
	out, err := m.send(ctx, t)
	if err != nil || out.Problem != nil || out.Journey.Notice != "" {
		return out, err
	}
	j, err := m.notice(ctx, out.Journey, "notice.mail_resent")
	return Outcome{Journey: j, Step: t.step}, err
}

// check spends the token where the proof holds; subjects are what it counts as
// a guess at. The token leaves the journey in the same change that adds the
// proof: it is good once.
func (m tokenMethod) check(ctx context.Context, t turn, field string, subjects []limit.Subject, check func(emailtoken.Token, emailtoken.Binding, time.Time) error) (Outcome, error) {
	token := t.journey.Token
	if token == nil || m.ahead(*token) {
		return t.problem(field, "code_expired", nil), nil
	}
	if wait, err := m.Limits.Count(ctx, subjects...); wait > 0 || err != nil {
		return t.tooMany(field, wait), err
	}
	ctx = context.WithoutCancel(ctx) // the browser of a double click leaves, and was counted
	switch err := check(*token, t.binding(), m.Now()); {
	case errors.Is(err, emailtoken.ErrExpired):
		return t.problem(field, "code_expired", nil), m.Limits.Forgive(ctx, subjects...)
	case errors.Is(err, emailtoken.ErrSpent):
		return t.problem(field, "code_spent", nil), nil
	case err != nil:
		return m.wrong(ctx, t, field)
	}
	if err := m.Limits.Succeeded(ctx, subjects...); err != nil {
		return Outcome{}, err
	}
	proof := m.proof(t, directory.MethodEmailToken)
	proof.Purpose, proof.Vouched = token.Purpose, true // who was linked since it was made has overtaken it
	out, err := m.proved(ctx, t, proof, Profile{})
	if err != nil {
		return out, err
	}
	return out, m.Limits.Forgive(ctx, m.unusedMail(t)...) // once: the token is spent
}

// ahead reports whether a token was made while a clock was ahead.
func (m tokenMethod) ahead(t emailtoken.Token) bool {
	return clock.Ahead(t.Expires, m.Now().Add(m.Settings.TokenLifetime))
}

func (m tokenMethod) wrong(ctx context.Context, t turn, field string) (Outcome, error) {
	m.failed(t, directory.MethodEmailToken, "wrong code")
	j, err := m.update(ctx, t.journey, func(j *Journey) {
		token := *j.Token
		token.Left--
		j.Token = &token
	})
	if err != nil {
		return Outcome{}, err
	}
	t.journey = j
	if j.Token.Left <= 0 {
		return t.problem(field, "code_spent", nil), nil
	}
	return t.problem(field, "code_wrong", nil), nil
}

func (t turn) binding() emailtoken.Binding {
	return emailtoken.Binding{Browser: t.visit.Browser[:], Journey: t.journey.ID}
}

// send makes a new token, which ends the one before, and mails it. What was counted
// is sent, whether or not the browser has left: otherwise a stranger could use up
// the mails of a person who receives none.
func (m tokenMethod) send(ctx context.Context, t turn) (Outcome, error) {
	subjects := m.mailing(t)
	if wait, err := m.Limits.Count(ctx, subjects...); wait > 0 || err != nil {
		return t.tooMany("", wait), err
	}
	token, secrets := emailtoken.New(t.binding(), m.Now().UTC().Add(m.Settings.TokenLifetime), m.Settings.Limits.WrongCodesPerMail)
	token.Purpose = emailtoken.Purpose{
		Made: t.facts.sinceLinked(m.Now().UTC()), SetsPassword: t.journey.SetsPassword(),
		Replaces: t.facts.People.Passwords[t.passwordOwner().Kind].Changed, Confirms: t.step.Confirms,
	}
	counted := context.WithoutCancel(ctx)
	j, err := m.update(counted, t.journey, func(j *Journey) { j.Token, j.Notice = &token, "" })
	if err != nil {
		return Outcome{}, errors.Join(err, m.Limits.Forgive(counted, subjects...))
	}
	t.journey = j
	message, err := m.compose(t, secrets)
	if err != nil {
		return Outcome{}, err
	}
	return m.hand(ctx, t, message)
}

// sendGrace is how long the page waits for a mail server that answers at once;
// the answer is on the page then. A slow one is not waited for.
const sendGrace = 500 * time.Millisecond

// hand gives the mail to the queue, and notes on the journey what became of it.
func (m tokenMethod) hand(ctx context.Context, t turn, message mail.Message) (Outcome, error) {
	token, noted, counted := *t.journey.Token, make(chan struct{}), context.WithoutCancel(ctx)
	err := m.Outbound.Enqueue(message, func(err error) {
		defer close(noted)
		m.noteMail(counted, t, token, err)
	})
	if err != nil {
		m.noteMail(counted, t, token, err)
		return m.reload(ctx, t)
	}
	timer := time.NewTimer(sendGrace)
	defer timer.Stop()
	select {
	case <-noted:
	case <-timer.C:
	case <-ctx.Done():
	}
	return m.reload(ctx, t)
}

// noteMail writes what became of the mail, where its token is still the one in
// force. One that could not be sent has filled no mailbox, and does not stay on
// the person's counts.
func (m tokenMethod) noteMail(ctx context.Context, t turn, token emailtoken.Token, sendErr error) {
	id, status := t.journey.ID, emailtoken.MailSent
	if sendErr != nil && !errors.Is(sendErr, mail.ErrUnknown) {
		status = emailtoken.MailFailed
		m.Log.Error("sending an emailed token failed", "journey", id, "error", errors.Join(sendErr, m.Limits.Forgive(ctx, m.personsMail(t)...)))
	}
	_, err := m.Store.UpdateJourney(ctx, id, func(j Journey) (Journey, error) {
		if j.Token == nil || j.Token.Link != token.Link {
			return j, errMoved
		}
		changed := *j.Token
		changed.Mail = status
		j.Token = &changed // no new version: no answer is judged by it
		return j, nil
	})
	if err != nil && !errors.Is(err, errMoved) && !errors.Is(err, ErrNotFound) {
		m.Log.Error("noting the state of a mail failed", "journey", id, "error", err)
	}
}

func (m tokenMethod) reload(ctx context.Context, t turn) (Outcome, error) {
	j, err := m.Store.Journey(context.WithoutCancel(ctx), t.journey.ID)
	return Outcome{Journey: j, Step: t.step}, err
}

// compose writes the mail. It goes to the stored spelling of the address.
func (m tokenMethod) compose(t turn, secrets emailtoken.Secrets) (mail.Message, error) {
	link := m.Page(t.journey, "") + "&token=" + url.QueryEscape(secrets.Link)
	purpose, to := t.journey.Token.Purpose, storedSpelling(t.facts.People.Effective(), t.step.Platform, t.journey.Address)
	text, err := m.Mails.Mail(t.visit.Languages, loginui.TokenMail{
		Brand: m.Brand, Platform: string(t.step.Platform), Origin: t.journey.Origin, Address: string(to), Code: secrets.Code, Link: link,
		Password: purpose.SetsPassword, Minutes: int(m.Settings.TokenLifetime / time.Minute), Support: string(m.Settings.Support), ClientIP: t.visit.ClientIP,
		Confirms: purpose.Confirms, ConfirmsLabel: m.Label(purpose.Confirms),
	})
	return mail.Message{To: to, Subject: text.Subject, Text: text.Text, HTML: text.HTML}, err
}

// storedSpelling is the address as a record spells it; as it was typed where
// nobody bears it yet.
func storedSpelling(p directory.People, platform directory.Platform, typed directory.Address) directory.Address {
	switch {
	case directory.KindOn(platform) == directory.KindMember && p.Member != nil:
		return p.Member.Email
	case len(p.Contacts) > 0:
		return p.Contacts[0].Email
	}
	return typed
}

func (t turn) tooMany(field string, wait time.Duration) Outcome {
	return slowed(t.problem(field, "too_many", waitArgs(wait)), wait)
}

// slowed marks a form that was not judged.
func slowed(out Outcome, wait time.Duration) Outcome {
	out.Problem.Wait = wait
	return out
}

// waitArgs tell people how long to wait.
func waitArgs(wait time.Duration) map[string]string { return map[string]string{"wait": wait.String()} }
