package journey_test

import (
	"slices"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/journey"
)

// mostAnswers is how many answers whoever has all in hand needs at most: platform, entry
// at its origin, method, proof, another password, stay, account, another method there, to
// which a code belongs, and a few for accounts at the provider that prove nothing.
const mostAnswers = 20

// owner is whose an address is, alone at a browser, with the mailbox, the password and
// their accounts at the provider.
type owner struct {
	*walk
	at      *attempt
	useless map[string]bool // methods that did not work out
	used    map[*entraAccount]bool
}

// ownerSignsIn has nobody who has all in hand be shut out, or asked without end.
func (w *walk) ownerSignsIn() {
	address, v := oneOf(w, pat, pat, kim), w.browserAt(oneOf(w, directory.Client, directory.Client, directory.Tech, directory.Admin))
	out, err := w.Begin(w.t.Context(), v, address, "/")
	w.tell("%s signs in at %s as %s, with all in hand: %s", w.mailbox[address], v.Site, address, short(out, err))
	o := &owner{w, w.attempted(w.mailbox[address], v, address, out, nil), map[string]bool{}, map[*entraAccount]bool{}}
	w.did(o.at, out, err)
	if o.at == nil {
		if w.people(address).Known() || w.isWelcome(address, byCode(address)) {
			w.violated("%s does not go on", address)
		}
		return
	}
	var page journey.Outcome
	for range mostAnswers {
		if o.at.over || w.violation != "" {
			break
		}
		if page, err = w.Load(w.t.Context(), o.at.visit, o.at.id); err != nil || !o.answers(page.Step) {
			break
		}
	}
	if !w.isIn(o.at) && w.violation == "" {
		w.shutOut(o, page.Step)
	}
}

func (w *walk) isIn(a *attempt) bool {
	return slices.ContainsFunc(w.signins, func(s *signin) bool {
		return s.ended == "" && s.by == a.by && s.address == a.address && s.visit.Browser == a.visit.Browser
	})
}

// answers answers a step as whoever wants in; false where there is nothing more to try.
func (o *owner) answers(step journey.Step) bool {
	o.tick()
	switch step.Name {
	case journey.StepMethod:
		left := slices.DeleteFunc(slices.Clone(step.Methods), func(m string) bool { return o.useless[m] })
		if len(left) == 0 {
			return false
		}
		o.posts(o.at, step.Name, journey.Form{Method: oneOf(o.walk, left...)})
	case journey.StepProve:
		o.proves(step)
	case journey.StepNewPassword:
		o.setsPassword(o.at, step)
	case journey.StepRefused:
		return false
	default:
		o.at = o.step(o.at)
	}
	return true
}

func (o *owner) proves(step journey.Step) {
	j, err := o.store.Journey(o.t.Context(), o.at.id)
	if err != nil {
		o.violated("the sign-in is gone: %v", err)
		return
	}
	switch j.Method {
	case directory.MethodEmailToken:
		l := o.at.newest()
		o.posts(o.at, journey.StepProve, journey.Form{Code: l.code}, o.typedCode(o.at, l))
	case directory.MethodPassword:
		o.password(step)
	default:
		o.account(j.Method)
	}
}

func (o *owner) password(step journey.Step) {
	set := o.secrets[directory.PasswordOwner{Address: o.at.address, Kind: directory.KindOn(step.Platform)}]
	switch {
	case set != nil && set.known[o.at.by]:
		o.posts(o.at, journey.StepProve, journey.Form{Password: set.plain}, typedPassword(o.at, set, o.world.now))
	case step.Forgot:
		o.posts(o.at, journey.StepProve, journey.Form{Forgot: true})
	default:
		o.useless[directory.MethodPassword] = true
		o.instead(o.at)
	}
}

// account signs in at the provider by one account after the other.
func (o *owner) account(at string) {
	var left []*entraAccount
	for _, a := range o.fitting(o.at, at) {
		if !o.used[a] {
			left = append(left, a)
		}
	}
	if len(left) == 0 || o.at.at == "" {
		o.useless[at] = true
		o.instead(o.at)
		return
	}
	as := oneOf(o.walk, left...)
	o.used[as] = true
	o.answersAs(o.at, as)
}

// fitting are the accounts of an owner that name the address, and nobody else's.
func (w *walk) fitting(a *attempt, at string) (fitting []*entraAccount) {
	for _, account := range w.accountsOf(a.by, at) {
		named, _ := account.says(a.address)
		elsewhere := false
		for p, h := range w.holds {
			elsewhere = elsewhere || h.by == account && w.records[p.record].address != a.address
		}
		if named == a.address && !elsewhere && (w.signedIn == nil || at == other || slices.Contains(w.signedIn, account.tenant)) {
			fitting = append(fitting, account)
		}
	}
	return fitting
}

// shutOut judges an end of an owner's sign-in without a session: something must have stood
// in the way of all that is admitted.
func (w *walk) shutOut(o *owner, step journey.Step) {
	byAccount := restOn(o.at.deeds, func(*entraAccount) bool { return true })
	welcome := w.isWelcome(o.at.address, o.at.bearing()) || !byAccount && w.isWelcome(o.at.address, byCode(o.at.address))
	if !w.people(o.at.address).Known() && welcome {
		w.violated("%s becomes no contact, at step %s %s", o.at.by, step.Name, step.Refusal)
	}
	chosen := ""
	if j, err := w.store.Journey(w.t.Context(), o.at.id); err == nil {
		chosen = j.Account
	}
	for id, f := range w.records {
		entered := id.kind == directory.KindOn(step.Platform) && (chosen == "" || f.account == chosen) &&
			(step.Platform == directory.Client || step.Platform == directory.Tech && f.tech || step.Platform == directory.Admin && f.admin)
		if f.address == o.at.address && f.active() && entered && w.provable(w.opening(o.at, id, step.Platform)) {
			w.violated("%s is shut out of %v on %s, at step %s %s", o.at.by, id, step.Platform, step.Name, step.Refusal)
		}
	}
}

// byCode is what somebody does who types a code that was mailed to an address.
func byCode(address string) []deed { return []deed{{letter: &letter{to: address}}} }

// isWelcome reports whether an address that nobody has becomes a contact by what somebody did.
func (w *walk) isWelcome(address string, by []deed) bool {
	o := w.openingBy(by, recordID{}, address)
	o.platform = directory.Client
	return slices.ContainsFunc(o.accounts, func(a directory.Account) bool {
		o.account = &a
		return anyHolds(creating, o)
	})
}

// provable reports whether an owner can prove to be a record.
func (w *walk) provable(o opening) bool {
	set := o.secret()
	password := set != nil && set.known[o.attempt.by] && o.admits(directory.MethodPassword)
	return o.admits(directory.MethodEmailToken) || password && !set.mailed || slices.ContainsFunc(slices.Concat(w.fitting(o.attempt, directory.MethodMicrosoft), w.fitting(o.attempt, other)), func(a *entraAccount) bool {
		h := o.held(a)
		_, vouched := a.says(o.address)
		now := deed{account: a, at: w.world.now}
		return o.admits(a.at) && o.comesFromHere(now) &&
			(o.listed(now) || vouched || h != nil && h.by == a && h.vouched) && !o.isAnothers(a)
	})
}
