package journey

import (
	"cmp"
	"context"
	"errors"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/limit"
	"github.com/frontdesk-gateway/frontdesk/internal/password"
)

// passwordMethod signs in by a password of the address and the kind of entity.
type passwordMethod struct{ *Service }

func (m passwordMethod) start(_ context.Context, t turn) (Outcome, error) {
	return Outcome{Journey: t.journey, Step: t.step}, nil
}

func (m passwordMethod) answer(ctx context.Context, t turn) (Outcome, error) {
	if t.form.Forgot && t.step.Forgot {
		return m.forgot(ctx, t)
	}
	typed, out, err := m.guess(ctx, t)
	if err != nil || out.Problem != nil {
		return out, err
	}
	ctx = context.WithoutCancel(ctx) // see setNew
	proof := m.proof(t, directory.MethodPassword)
	proof.Kind, proof.PasswordSet, proof.Vouched = directory.KindOn(t.step.Platform), typed.Changed, true
	out, err = m.proved(ctx, t, proof, Profile{})
	return out, m.hashedFor(ctx, t, err)
}

// hashedFor counts an answer that was hashed for nothing as a failure of the client:
// the journey moved on meanwhile, or it was hashed in part and turned away then. Who
// posts many at once could otherwise have the same one hashed without end, and it
// would be right each time.
func (s *Service) hashedFor(ctx context.Context, t turn, err error) error {
	if errors.Is(err, errMoved) || errors.Is(err, password.ErrBusy) {
		_, failed := s.Limits.Count(context.WithoutCancel(ctx), s.failingPassword(t.visit)...)
		return cmp.Or(failed, err)
	}
	return err
}

// guess checks the present password as it was typed, and returns it where that
// is right; otherwise the page that says why not. Every guess counts, wherever
// it is made.
func (m passwordMethod) guess(ctx context.Context, t turn) (directory.Password, Outcome, error) {
	none := directory.Password{}
	if t.form.Password == "" {
		return none, t.problem("password", "field_required", nil), nil
	}
	subjects := m.guessing(directory.MethodPassword, t)
	if wait, err := m.Limits.Count(ctx, subjects...); wait > 0 || err != nil {
		return none, t.tooMany("password", wait), err
	}
	typed, match, err := m.verify(ctx, t)
	ctx = context.WithoutCancel(ctx) // the browser of a double click leaves, and was counted
	switch {
	case err == nil && match:
		return typed, Outcome{}, m.Limits.Succeeded(ctx, subjects...)
	case err == nil:
		out, err := m.wrong(ctx, t, subjects)
		return none, out, err
	}
	forgiven := m.Limits.Forgive(ctx, subjects...) // it was not judged
	if errors.Is(err, password.ErrBusy) {
		return none, t.busy(), forgiven
	}
	return none, Outcome{}, errors.Join(err, forgiven)
}

// wrong names the wait before the next try, where there is one by now.
func (m passwordMethod) wrong(ctx context.Context, t turn, subjects []limit.Subject) (Outcome, error) {
	m.failed(t, directory.MethodPassword, "wrong password")
	wait, err := m.Limits.Wait(ctx, subjects...)
	if wait > 0 {
		return t.problem("password", "password_wrong_wait", waitArgs(wait)), err
	}
	return t.problem("password", "password_wrong", nil), err
}

// verify costs the same time for a person who has no password (any more).
func (m passwordMethod) verify(ctx context.Context, t turn) (p directory.Password, match bool, err error) {
	p, err = m.present(ctx, t)
	if errors.Is(err, directory.ErrNotFound) {
		return p, false, m.Passwords.VerifyNobody(ctx, t.form.Password)
	}
	if err != nil {
		return p, false, err
	}
	result, err := m.Passwords.Verify(ctx, p.Hash, t.form.Password)
	if err != nil || !result.Match || !result.Outdated {
		return p, result.Match, err
	}
	m.upgrade(ctx, t.passwordOwner(), p, t.form.Password)
	return p, true, nil
}

// present is the password that an answer is judged by; errMoved where another
// one has been set since.
func (s *Service) present(ctx context.Context, t turn) (directory.Password, error) {
	owner := t.passwordOwner()
	p, err := s.Directory.Password(ctx, owner)
	if err == nil && !p.Changed.Equal(t.facts.People.Passwords[owner.Kind].Changed) {
		err = errMoved
	}
	return p, err
}

func (t turn) passwordOwner() directory.PasswordOwner {
	return directory.PasswordOwner{Address: t.journey.Address.Key(), Kind: directory.KindOn(t.step.Platform)}
}

// upgrade hashes a password anew that another system, or older parameters,
// hashed. It stays the same password; where another one was set in the
// meantime, that one stays. The sign-in does not depend on it.
func (m passwordMethod) upgrade(ctx context.Context, owner directory.PasswordOwner, typed directory.Password, plain string) {
	hash, err := m.Passwords.Hash(ctx, plain)
	if err == nil {
		err = m.Directory.Edit(ctx, func(e directory.Editor) error {
			now, err := e.Password(ctx, owner)
			if err != nil || now.Hash != typed.Hash {
				return err
			}
			return e.SetPassword(owner, now.Rehashed(hash))
		})
	}
	if err != nil && !errors.Is(err, directory.ErrNotFound) {
		m.Log.Warn("upgrading a password hash failed; it is tried again at the next sign-in", "address", owner.Address, "error", err)
	}
}
