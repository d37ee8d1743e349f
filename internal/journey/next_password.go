package journey

import (
	"slices"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/session"
)

// newPassword is the step at which a person sets a password of their own, right
// after the proof: because they asked to, or because an operator did. ok is
// false where there is none to set.
func (f Facts) newPassword(j Journey, platform directory.Platform) (step Step, ok bool) {
	kind := directory.KindOn(platform)
	step = Step{Name: StepNewPassword, Platform: platform}
	switch wish, offer := j.Password, f.PasswordOffer(platform); {
	case wish == ChangePassword && offer == OfferChange:
		step.Current, step.Forgot = true, f.mailSets(kind)
		return step, true
	case !j.SetsPassword(), offer == OfferNothing, !f.mailSets(kind):
		// Nothing that can be granted (any more).
	case j.mailReplaces(f.People.Passwords[kind]):
		return step, true
	case j.From != nil, j.provedByMail():
		return proveBy(j, platform, []string{directory.MethodEmailToken}, directory.Account{}), true
	}
	step.Required = f.People.Passwords[kind].MustChange && j.provedByPassword(kind)
	return step, step.Required
}

// forgettable lets somebody go on who has forgotten the password that a step
// asks for. Who is signed in begins that at the session's page.
func (f Facts) forgettable(j Journey, step Step) Step {
	if step.Name == StepProve && j.Method == directory.MethodPassword && j.From == nil {
		step.Forgot = f.mailSets(directory.KindOn(step.Platform))
	}
	return step
}

// PasswordOffer is what somebody who is signed in can do with their password.
type PasswordOffer string

// The offers. A password that nobody could sign in by is not set, and a first
// one only by an emailed token.
const (
	OfferNothing PasswordOffer = ""
	OfferChange  PasswordOffer = "change"
	OfferFirst   PasswordOffer = "first"
)

// PasswordOffer tells what is offered to a person on a platform. One answer
// goes for all accounts of a contact, who share the password.
func (f Facts) PasswordOffer(platform directory.Platform) PasswordOffer {
	kind := directory.KindOn(platform)
	_, set := f.People.Passwords[kind]
	switch {
	case !slices.Contains(f.Settings.Platforms[platform].Methods, directory.MethodPassword), !f.accountsAdmit(kind, directory.MethodPassword):
		return OfferNothing
	case set:
		return OfferChange
	case f.mailSets(kind):
		return OfferFirst
	}
	return OfferNothing
}

// mailSets reports whether an emailed token may set a kind's password, a first
// one or in place of one that was forgotten. The password opens all that
// admits passwords, and an emailed token must not come there by this detour
// where an operator shut it out: so all of that has to admit emailed tokens
// too, each configured platform of the kind and each account of the address's
// contacts, also of those that are switched off, since the password is there
// still when they are switched on (OWASP ASVS 5.0, 6.3.4 and 6.4.3).
func (f Facts) mailSets(kind directory.Kind) bool {
	some := false
	for name, platform := range f.Settings.Platforms {
		if directory.KindOn(name) != kind || !slices.Contains(platform.Methods, directory.MethodPassword) {
			continue
		}
		if !slices.Contains(platform.Methods, directory.MethodEmailToken) {
			return false
		}
		some = true
	}
	shutOut := func(c directory.Contact) bool {
		account := f.People.Accounts[c.Account]
		return account.Admits(directory.MethodPassword) && !account.Admits(directory.MethodEmailToken)
	}
	if kind == directory.KindContact && slices.ContainsFunc(f.People.Contacts, shutOut) {
		return false
	}
	return some && f.accountsAdmit(kind, directory.MethodPassword)
}

// accountsAdmit reports whether any account of the address's contacts admits a
// method; members have none that could refuse it.
func (f Facts) accountsAdmit(kind directory.Kind, method string) bool {
	return kind == directory.KindMember || slices.ContainsFunc(f.People.Effective().Contacts, func(c directory.Contact) bool {
		return f.People.Accounts[c.Account].Admits(method)
	})
}

// holding are the proofs that hold still: one by a password that has changed
// since is none, whoever had it, nor is one by somebody whom the provider signs in no
// more that has the name by now.
func (f Facts) holding(proofs []session.Proof) []session.Proof {
	return slices.DeleteFunc(slices.Clone(proofs), func(p session.Proof) bool { return !p.Holds(f.People.Passwords) || f.foreign(p) })
}

// foreign reports whether an identity could not have been proved at the provider that
// is configured under the name: another was before, or other tenants were let in.
func (f Facts) foreign(p session.Proof) bool {
	named := f.Providers[p.Method]
	return named != nil && p.OfIdentity() && !named.Admits(p.Identity.Issuer)
}

// made reports whether a proof was made in this journey; the others came along
// from the session that it goes on from.
func (j Journey) made(p session.Proof) bool { return p.Journey == j.ID }

func (j Journey) provedByMail() bool {
	return slices.ContainsFunc(j.Proofs, func(p session.Proof) bool { return p.Method == directory.MethodEmailToken && j.made(p) })
}

// mailReplaces reports whether an emailed token was proved while a password, or
// none, was set: what was proved before another one was replaces that no more.
// Who reads a mailbox no longer must not undo what was done about it. Nor does one
// whose mail did not speak of that: see [Service.forget].
func (j Journey) mailReplaces(p directory.PasswordState) bool {
	return slices.ContainsFunc(j.Proofs, func(proof session.Proof) bool {
		return proof.Method == directory.MethodEmailToken && j.made(proof) && proof.Purpose.SetsPassword && proof.Purpose.Replaces.Equal(p.Changed)
	})
}

func (j Journey) provedByPassword(kind directory.Kind) bool {
	return slices.ContainsFunc(j.Proofs, func(p session.Proof) bool {
		return p.Method == directory.MethodPassword && p.Kind == kind && j.made(p)
	})
}
