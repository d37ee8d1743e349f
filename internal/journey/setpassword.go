package journey

import (
	"cmp"
	"context"
	"errors"
	"strconv"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/limit"
	"github.com/frontdesk-gateway/frontdesk/internal/mail"
	"github.com/frontdesk-gateway/frontdesk/internal/password"
	"github.com/frontdesk-gateway/frontdesk/internal/session"
	"github.com/frontdesk-gateway/frontdesk/loginui"
)

// SetPassword begins a journey in which somebody who is signed in sets their
// password, a first one or another. It replaces the session by one of the same
// proofs. ErrRefused where nothing is offered.
func (s *Service) SetPassword(ctx context.Context, v Visit, from session.Session) (Outcome, error) {
	people, err := s.Directory.People(ctx, from.Address.Key())
	if err != nil {
		return Outcome{}, err
	}
	if (Facts{Settings: s.Settings, People: people}).PasswordOffer(from.Platform) == OfferNothing {
		return Outcome{}, ErrRefused
	}
	j := inherit(from, from.Platform)
	j.Account, j.Replaces, j.Password = accountOf(people, from), true, ChangePassword
	if j, err = s.create(ctx, v, j); err != nil {
		return Outcome{}, err
	}
	return s.advance(ctx, v, j)
}

// accountOf is the account of a contact's session.
func accountOf(people directory.People, s session.Session) string {
	for _, c := range people.Contacts {
		if s.Kind == directory.KindContact && c.ID == s.EntityID {
			return c.Account
		}
	}
	return ""
}

// forgot goes on to an emailed token in place of the password that is asked
// for; after that proof the new one is.
func (m passwordMethod) forgot(ctx context.Context, t turn) (Outcome, error) {
	out, err := m.forget(ctx, t)
	if err != nil {
		return out, err
	}
	t.journey = out.Journey
	return m.startMethod(ctx, t, directory.MethodEmailToken)
}

// forget takes up the wish to set another password without the present one. A
// mail that spoke of signing in must not do that: its code may have been handed
// on by somebody who was told of nothing more.
func (s *Service) forget(ctx context.Context, t turn) (Outcome, error) {
	return s.save(ctx, t, func(j *Journey) {
		if !j.SetsPassword() {
			j.Token = nil
		}
		j.Password = ResetPassword
	})
}

// answerNewPassword sets the password that was typed. What can be said of it
// without the present one is said first: that costs no guess.
func (s *Service) answerNewPassword(ctx context.Context, t turn) (Outcome, error) {
	if t.form.Forgot && t.step.Forgot {
		return s.forget(ctx, t)
	}
	if out := s.checkNew(t); out.Problem != nil {
		return out, nil
	}
	changes := s.changing(t)
	if wait, err := s.Limits.Wait(ctx, changes...); wait > 0 || err != nil {
		return t.tooMany("new_password", wait), err
	}
	if t.step.Current {
		if _, out, err := (passwordMethod{s}).guess(ctx, t); err != nil || out.Problem != nil {
			return out, err
		}
		ctx = context.WithoutCancel(ctx) // see setNew
	}
	out, hashed, err := s.setNew(ctx, t, changes)
	if hashed || t.step.Current {
		err = s.hashedFor(ctx, t, err)
	}
	if errors.Is(err, password.ErrBusy) {
		return t.busy(), nil
	}
	return out, err
}

// checkNew applies the rules for new passwords to the form.
func (s *Service) checkNew(t turn) Outcome {
	switch {
	case t.step.Current && t.form.Password == "":
		return t.problem("password", "field_required", nil)
	case t.form.NewPassword == "":
		return t.problem("new_password", "field_required", nil)
	}
	var rule *password.RuleError
	err := password.CheckNew(t.form.NewPassword, s.Settings.MinLength, s.personal(t)...)
	if errors.As(err, &rule) {
		return t.problem("new_password", "password_"+string(rule.Reason), map[string]string{"characters": strconv.Itoa(rule.Limit)})
	}
	return Outcome{}
}

// personal are the words that a password of this person must not be made of: those
// of whom they are known to be, since what is refused tells of them.
func (s *Service) personal(t turn) []string {
	people := t.facts.reached(t.facts.People, t.facts.holding(t.journey.Proofs))
	words := []string{string(t.journey.Address), s.Brand.Name}
	for _, c := range people.Contacts {
		words = append(words, c.DisplayName(), c.GivenName, c.FamilyName, people.Accounts[c.Account].Name)
	}
	if people.Member != nil {
		words = append(words, people.Member.DisplayName())
	}
	return words
}

// setNew hashes the new password and keeps it. It must be another than the present
// one where that is known or an operator wants it changed. Once something was hashed
// the answer counts, whether or not the browser has left: otherwise who leaves each
// time could have the same answer hashed without end.
func (s *Service) setNew(ctx context.Context, t turn, changes []limit.Subject) (out Outcome, hashed bool, err error) {
	if t.step.Current || t.facts.People.Passwords[t.passwordOwner().Kind].MustChange {
		if out, err = s.checkOther(ctx, t); err != nil || out.Problem != nil {
			return out, false, err
		}
		ctx, hashed = context.WithoutCancel(ctx), true
	}
	hash, err := s.Passwords.Hash(ctx, t.form.NewPassword)
	if err != nil {
		return Outcome{}, hashed, err
	}
	ctx = context.WithoutCancel(ctx)
	if wait, err := s.Limits.Count(ctx, changes...); wait > 0 || err != nil {
		return Outcome{}, true, cmp.Or(err, errMoved) // others were faster: what is judged anew says how long to wait
	}
	if out, err = s.keepNew(ctx, t, hash); err != nil {
		err = errors.Join(err, s.Limits.Forgive(ctx, changes...))
	}
	return out, true, err
}

// checkOther refuses the present password as the new one. That counts as a
// failure of the client: otherwise who knows a password could keep everybody's
// from being checked, by typing it as the new one without end.
func (s *Service) checkOther(ctx context.Context, t turn) (Outcome, error) {
	present, err := s.present(ctx, t)
	if errors.Is(err, directory.ErrNotFound) {
		err = errMoved
	}
	if err != nil {
		return Outcome{}, err
	}
	subjects := s.failingPassword(t.visit)
	if wait, err := s.Limits.Count(ctx, subjects...); wait > 0 || err != nil {
		return t.tooMany("new_password", wait), err
	}
	result, err := s.Passwords.Verify(ctx, present.Hash, t.form.NewPassword)
	if err == nil && result.Match {
		return t.problem("new_password", "password_same", nil), nil
	}
	return Outcome{}, errors.Join(err, s.Limits.Forgive(context.WithoutCancel(ctx), subjects...))
}

// keepNew keeps the new password in place of the one that the answer was judged
// by: of any number of posts, in one journey or several, one succeeds. With it
// the person's other sessions end (OWASP ASVS 5.0, 7.4.3).
func (s *Service) keepNew(ctx context.Context, t turn, hash string) (Outcome, error) {
	owner, kept := t.passwordOwner(), directory.Password{}
	judged := t.facts.People.Passwords[owner.Kind].Changed
	j, err := s.Store.UpdatePassword(ctx, t.journey.ID, owner, func(j Journey, present directory.Password) (Journey, directory.Password, error) {
		if !present.Changed.Equal(judged) {
			return j, present, errMoved
		}
		kept = present.Successor(hash, s.Now())
		kept.Mailed = present.Mailed || !t.step.Current && !t.step.Required
		j, err := s.changed(t.journey, j, func(j *Journey) { j.passwordSet(owner.Kind, kept, t.facts.holding(j.Proofs)) })
		return j, kept, err
	})
	if err != nil {
		return Outcome{}, err
	}
	s.Log.Info("password set", "address", j.Address, "kind", owner.Kind, "platform", t.step.Platform, "client_ip", t.visit.ClientIP, "journey", j.ID)
	s.tellOfPassword(t, kept)
	return Outcome{Journey: j}, nil
}

// passwordSet takes up that the person knows the new password. A token that was
// mailed to somebody signed in served to set it: they stay signed in by what
// they had proved before.
func (j *Journey) passwordSet(kind directory.Kind, p directory.Password, proofs []session.Proof) {
	wished := j.From != nil && j.Password != NoPasswordWish
	j.Proofs = nil
	for _, proof := range proofs {
		if wished && proof.Method == directory.MethodEmailToken && j.made(proof) {
			continue
		}
		if proof.Method == directory.MethodPassword && proof.Kind == kind {
			proof.PasswordSet = p.Changed
		}
		j.Proofs = append(j.Proofs, proof)
	}
	j.Method, j.Token, j.Provider, j.Notice, j.Password = "", nil, nil, "", NoPasswordWish
	if wished {
		j.Password = PasswordChanged
	}
}

// tellOfPassword has a mail tell the person (OWASP ASVS 5.0, 6.3.7). It is not
// waited for, and the password is set whatever becomes of it.
func (s *Service) tellOfPassword(t turn, p directory.Password) {
	if s.Outbound == nil {
		return
	}
	to := storedSpelling(t.facts.People.Effective(), t.step.Platform, t.journey.Address)
	text, err := s.Mails.PasswordMail(t.visit.Languages, loginui.PasswordMail{
		Brand: s.Brand, Platform: string(t.step.Platform), Origin: t.journey.Origin, Address: string(to), At: p.Changed,
		Support: string(s.Settings.Support), ClientIP: t.visit.ClientIP,
	})
	failed := func(err error) {
		if err != nil && !errors.Is(err, mail.ErrUnknown) {
			s.Log.Error("telling of a new password by mail failed", "address", to, "journey", t.journey.ID, "error", err)
		}
	}
	if err == nil {
		err = s.Outbound.Enqueue(mail.Message{To: to, Subject: text.Subject, Text: text.Text, HTML: text.HTML}, failed)
	}
	failed(err)
}
