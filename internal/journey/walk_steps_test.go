package journey_test

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/journey"
	"github.com/frontdesk-gateway/frontdesk/internal/provider"
	"github.com/frontdesk-gateway/frontdesk/internal/session"
)

// of is the next choice of the event at hand, below n.
func (w *walk) of(n int) int {
	if len(w.block) == 0 {
		return 0
	}
	b := w.block[0]
	w.block = w.block[1:]
	return int(b) % n
}

// once reports whether something happens that does once in n times.
func (w *walk) once(n int) bool { return w.of(n) == n-1 }

func oneOf[T any](w *walk, from ...T) T { return from[w.of(len(from))] }

// tick has time go on between two things that happen.
func (w *walk) tick() {
	w.world.now++
	w.advance(time.Second)
	w.typed, w.newPassword = "", ""
	w.timesUp()
}

// events are what can happen, each so often in all.
var events = []struct {
	times   int
	happens func(w *walk)
}{
	{24, (*walk).someoneBegins},
	{24, (*walk).someoneGoesOn},
	{6, (*walk).someoneAnswersOddly},
	{20, (*walk).someoneSwitches},
	{6, (*walk).someoneSignsOut},
	{4, (*walk).someoneEndsAnother},
	{4, (*walk).timePasses},
	{6, (*walk).mailboxChanges},
	{4, (*walk).providerSaysOtherwise},
	{3, (*walk).passwordIsOverheard},
	{8, (*walk).ownerSignsIn},
	{30, (*walk).operatorDoes},
}

// happen has the event of a block happen.
func (w *walk) happen() {
	all := 0
	for _, e := range events {
		all += e.times
	}
	n := w.of(all)
	for _, e := range events {
		if n -= e.times; n < 0 {
			w.tick()
			e.happens(w)
			return
		}
	}
}

// visit is a browser as it comes, with the cookie of its session.
func (w *walk) visit(v journey.Visit) journey.Visit {
	in := w.cookies[cookieAt(v)]
	if in == nil {
		return v
	}
	v.Replaces = []session.Key{in.key}
	if _, err := w.Living.Alive(w.t.Context(), in.key); err == nil {
		v.Current = &in.key
	}
	return v
}

func (w *walk) someoneBegins() {
	who := oneOf(w, ann, bea, ann, bea, cyd, cyd, dan, eve)
	v, address := oneOf(w, w.visits[who]...), oneOf(w, pat, pat, pat, kim)
	if len(w.attempts) > 0 && w.once(4) { // in another tab of that browser
		last := w.attempts[len(w.attempts)-1]
		who, v, address = last.by, last.visit, last.address
	}
	w.beginsAs(who, v, address)
}

func (w *walk) beginsAs(who actor, v journey.Visit, address string) {
	typed := oneOf(w, address, address, " "+strings.ToUpper(address[:3])+address[3:])
	out, err := w.Begin(w.t.Context(), w.visit(v), typed, "/")
	w.tell("%s begins at %s as %q: %s", who, v.Site, typed, short(out, err))
	a := w.attempted(who, v, address, out, nil)
	w.did(a, out, err)
	if a != nil {
		w.goOn(a, w.some())
	}
}

// some is how many steps somebody takes: a few, or all that there are.
func (w *walk) some() int { return oneOf(w, 0, 1, 2, 3, 4, 5, 12, 12, 12, 12) }

// attempted notes a sign-in that was begun.
func (w *walk) attempted(who actor, v journey.Visit, address string, out journey.Outcome, from *signin) *attempt {
	if out.Journey.ID == "" {
		return nil
	}
	a := &attempt{id: out.Journey.ID, by: who, visit: v, address: address, began: w.world.now, touched: w.clock(), from: from}
	w.attempts = append(w.attempts, a)
	return a
}

// someoneGoesOn has somebody come back to what they left, most often where they have proved
// something, or were sent a mail.
func (w *walk) someoneGoesOn() {
	var open, pending []*attempt
	for _, a := range w.attempts {
		if !a.over {
			open = append(open, a)
		}
		if !a.over && a.pending() {
			pending = append(pending, a)
		}
	}
	if len(pending) > 0 && !w.once(4) {
		open = pending
	}
	if len(open) > 0 {
		a := open[len(open)-1-w.of(min(len(open), 8))]
		w.tell("%s goes on as %s", a.by, a.address)
		w.goOn(a, 1+w.some())
	}
}

// goOn answers so many steps.
func (w *walk) goOn(a *attempt, steps int) *attempt {
	for ; steps > 0 && !a.over && w.violation == ""; steps-- {
		w.tick()
		a = w.step(a)
	}
	return a
}

// step answers the step that an attempt is at, as its page asks. At another origin the
// attempt is another one.
func (w *walk) step(a *attempt) *attempt {
	page, err := w.Load(w.t.Context(), w.visit(a.visit), a.id)
	if err != nil {
		w.did(a, page, err)
		return a
	}
	switch step := page.Step; step.Name {
	case journey.StepPlatform:
		w.posts(a, step.Name, journey.Form{Platform: string(oneOf(w, step.Platforms...))})
	case journey.StepEnter:
		return w.enters(a)
	case journey.StepMethod:
		w.posts(a, step.Name, journey.Form{Method: oneOf(w, step.Methods...)})
	case journey.StepProve:
		w.proves(a, page)
	case journey.StepNewPassword:
		w.setsPassword(a, step)
	case journey.StepCreate:
		w.posts(a, step.Name, journey.Form{Profile: journey.Profile{GivenName: "Pat", FamilyName: "Kim"}})
	case journey.StepStay:
		w.posts(a, step.Name, journey.Form{Stay: oneOf(w, "yes", "no")})
	case journey.StepAccount:
		w.posts(a, step.Name, journey.Form{Account: oneOf(w, step.Contacts...).Account})
	case journey.StepDone:
		w.posts(a, journey.StepStay, journey.Form{Stay: "no"})
	default:
		w.tell("  it is refused: %s", step.Refusal)
		a.over = true
	}
	return a
}

// posts answers a step; the deeds count where the answer is taken.
func (w *walk) posts(a *attempt, step journey.StepName, form journey.Form, deeds ...deed) journey.Outcome {
	page, _ := w.Load(w.t.Context(), w.visit(a.visit), a.id)
	out, err := w.Answer(w.t.Context(), w.visit(a.visit), a.id, step, form)
	if step == journey.StepMethod && form.Method == "" && page.Step.Confirms != "" && page.Step.Account.ID == "" && err == nil {
		a.takesBack()
	}
	if step == journey.StepPlatform && err == nil && out.Problem == nil && out.Journey.Notice == "" {
		a.chosen = directory.Platform(form.Platform)
	}
	w.tell("  %s posts %s %s: %s", a.by, step, written(form), short(out, err))
	w.did(a, out, err, deeds...)
	return out
}

// enters goes on at the platform's own origin.
func (w *walk) enters(a *attempt) *attempt {
	a.over = true
	page, _ := w.Load(w.t.Context(), w.visit(a.visit), a.id)
	out := w.posts(a, journey.StepEnter, journey.Form{})
	i := slices.IndexFunc(w.visits[a.by], func(v journey.Visit) bool { return strings.HasPrefix(out.Location, v.Origin.String()+"/") })
	if out.Location == "" || i < 0 {
		return a
	}
	v := w.visits[a.by][i]
	entered, err := w.Enter(w.t.Context(), w.visit(v), journey.TicketEnter, parameter(w.t, out.Location, "ticket"))
	w.tell("  %s enters %s: %s", a.by, v.Site, short(entered, err))
	next := w.attempted(a.by, v, a.address, entered, nil)
	if next != nil {
		next.chosen = page.Step.Platform
	}
	w.did(next, entered, err)
	if next == nil {
		return a
	}
	return next
}

// proves answers the page of a method.
func (w *walk) proves(a *attempt, page journey.Outcome) {
	switch page.Journey.Method {
	case directory.MethodEmailToken:
		w.typesCode(a)
	case directory.MethodPassword:
		w.typesPassword(a, page.Step)
	default:
		w.comesBack(a, page.Journey.Method)
	}
}

// typesCode types the code of the newest mail, where the person can read it, or whose
// mailbox it is hands it on. That is for what the mail spoke of, and so it is judged.
func (w *walk) typesCode(a *attempt) {
	l := a.newest()
	if l == nil || w.once(5) || l.reader != a.by && !w.once(8) {
		w.instead(a)
		return
	}
	if l.password && a.from == nil && w.once(2) { // remembers the password, and signs in by the same mail
		w.instead(a)
		w.posts(a, journey.StepMethod, journey.Form{Method: directory.MethodEmailToken})
		l = a.newest()
	}
	form := oneOf(w, journey.Form{Code: l.code}, journey.Form{Token: l.link})
	w.posts(a, journey.StepProve, form, w.typedCode(a, l))
}

// typesPassword types it, or says that it is forgotten.
func (w *walk) typesPassword(a *attempt, step journey.Step) {
	set := w.secrets[directory.PasswordOwner{Address: a.address, Kind: directory.KindOn(step.Platform)}]
	switch {
	case step.Forgot && w.once(3):
		w.posts(a, journey.StepProve, journey.Form{Forgot: true})
	case set != nil && set.known[a.by]:
		w.posts(a, journey.StepProve, journey.Form{Password: set.plain}, typedPassword(a, set, w.world.now))
	case step.Forgot:
		w.posts(a, journey.StepProve, journey.Form{Forgot: true})
	default:
		w.instead(a)
	}
}

// instead is what somebody does who cannot do what a page asks for.
func (w *walk) instead(a *attempt) {
	w.posts(a, journey.StepMethod, journey.Form{})
}

// comesBack comes back from the provider, or goes there.
func (w *walk) comesBack(a *attempt, at string) {
	own := w.accountsOf(a.by, at)
	if a.at == "" || len(own) == 0 {
		w.posts(a, oneOf(w, journey.StepProve, journey.StepMethod), journey.Form{})
		return
	}
	w.answersAs(a, oneOf(w, own...))
}

func (w *walk) answersAs(a *attempt, as *entraAccount) {
	location := a.at
	a.at, w.asking = "", a.address
	if door := strings.Split(strings.TrimPrefix(location, authority), "/")[1]; door != provider.TenantOrganizations && as.at != other && door != as.tenant {
		return // the provider itself does not let them in
	}
	named, vouched := as.says(a.address)
	done := deed{in: a, at: w.world.now, since: w.world.now, account: as, named: named == a.address, vouched: vouched && named == a.address}
	out, err := w.Callback(w.t.Context(), w.visit(a.visit), w.pickAt(as.at, location, as.oid))
	w.tell("  %s comes back as %s of %s, who is named %q, vouched for: %t: %s", a.by, as.of, as.tenant[:4], named, vouched, short(out, err))
	w.did(a, out, err, done)
	if a.again++; a.at == "" {
		a.again = 0
	}
	if a.again > 1 { // once it may be for the account that was chosen before
		w.violated("%s is sent to the provider again and again, which may answer at once, without end", a.by)
	}
}

// pickAt is pick at one of the providers.
func (w *walk) pickAt(at, location, person string) journey.Callback {
	callback := w.pick(location, person)
	callback.Provider = at
	return callback
}

// setsPassword answers the page for a new password.
func (w *walk) setsPassword(a *attempt, step journey.Step) {
	w.made++
	form := journey.Form{NewPassword: fmt.Sprintf("%s %d", plain, w.made)}
	if step.Current {
		set := w.secrets[directory.PasswordOwner{Address: a.address, Kind: directory.KindOn(step.Platform)}]
		if set == nil || !set.known[a.by] || step.Forgot && w.once(3) {
			w.posts(a, step.Name, journey.Form{Forgot: step.Forgot, NewPassword: form.NewPassword, Password: "wrong"})
			return
		}
		form.Password = set.plain
	}
	w.newPassword, w.typed = form.NewPassword, form.Password
	w.posts(a, step.Name, form)
}

// someoneAnswersOddly posts what no page asks for now.
func (w *walk) someoneAnswersOddly() {
	if len(w.attempts) == 0 {
		return
	}
	a := w.attempts[len(w.attempts)-1-w.of(min(len(w.attempts), 8))]
	w.tell("%s answers oddly", a.by)
	switch w.of(8) {
	case 0:
		w.instead(a)
	case 1:
		w.posts(a, journey.StepMethod, journey.Form{Method: oneOf(w, "microsoft", other, "email_token", "password")})
	case 2:
		w.posts(a, journey.StepProve, journey.Form{Forgot: true})
	case 3:
		w.posts(a, journey.StepAccount, journey.Form{Account: oneOf(w, accountIDs...)})
	case 4:
		w.posts(a, journey.StepPlatform, journey.Form{Platform: oneOf(w, "client", "tech", "admin")})
	case 5:
		w.posts(a, journey.StepNewPassword, journey.Form{Forgot: true})
	case 6:
		w.posts(a, journey.StepProve, w.resendOf(a))
	case 7:
		w.typesAnyCode(a)
	}
	w.goOn(a, w.of(5))
}

// typesAnyCode types one of a mail that may be an older one.
func (w *walk) typesAnyCode(a *attempt) {
	if len(a.letters) == 0 {
		return
	}
	if l := oneOf(w, a.letters...); l.reader == a.by {
		w.posts(a, journey.StepProve, journey.Form{Code: l.code}, w.typedCode(a, l))
	}
}

// typedCode is the deed of who types a code.
func (w *walk) typedCode(a *attempt, l *letter) deed {
	typed := func(d deed) bool { return d.letter == l }
	spent := l != a.newest() || slices.ContainsFunc(a.deeds, typed) || w.clock().Sub(l.made) >= w.Settings.TokenLifetime
	return deed{in: a, at: w.world.now, since: l.sent, letter: l, spent: spent}
}

// typedPassword is that of who types a password.
func typedPassword(a *attempt, s *secret, now int) deed {
	return deed{in: a, at: now, since: now, secret: s}
}

// resendOf is the form that asks for another mail, if a journey is there.
func (w *walk) resendOf(a *attempt) journey.Form {
	j, err := w.store.Journey(w.t.Context(), a.id)
	if err != nil {
		return journey.Form{Resend: "gone"}
	}
	return journey.Form{Resend: j.Token.Name()}
}

// someoneSwitches goes on from a session.
func (w *walk) someoneSwitches() {
	in := w.aSession()
	if in == nil {
		return
	}
	from, err := w.Living.Alive(w.t.Context(), in.key)
	if err != nil {
		w.violated("a session that lives: %v", err)
		return
	}
	v, here, to := w.visit(in.visit), in.visit, in.platform
	var out journey.Outcome
	what := oneOf(w, "account acme", "account borg", "account strict", "platform", "platform", "password", "password")
	switch kind, account, _ := strings.Cut(what, " "); kind {
	case "account":
		out, err = w.SwitchAccount(w.t.Context(), v, from, account)
	case "platform":
		there := oneOf(w, w.visits[in.by]...)
		if to = there.Site; w.stage.oneOrigin {
			to = oneOf(w, directory.Platforms...)
		}
		out, here, err = w.switchesPlatform(v, from, to, there)
	default:
		out, err = w.SetPassword(w.t.Context(), v, from)
	}
	w.tell("%s, as %v, switches to %s: %s", in.by, in.record, what, short(out, err))
	a := w.attempted(in.by, here, in.address, out, in)
	if a != nil {
		a.replaces, a.chosen = here.Origin == in.visit.Origin, to
	}
	w.did(a, out, err)
	if a != nil {
		w.goOn(a, w.some())
	}
}

// aSession is one that lives.
func (w *walk) aSession() *signin {
	var living []*signin
	for _, s := range w.signins {
		if s.ended == "" {
			living = append(living, s)
		}
	}
	if len(living) == 0 {
		return nil
	}
	return oneOf(w, living...)
}

// claimed are the sessions that live by a tenant's word alone.
func (w *walk) claimed() (claimed []*signin) {
	for _, s := range w.signins {
		if s.ended == "" && !w.knowsAddress(s) {
			claimed = append(claimed, s)
		}
	}
	return claimed
}

// knowsAddress reports whether the address as such is proved to be whose session it is.
func (w *walk) knowsAddress(s *signin) bool {
	return seeing[0].holds(w.openingBy(s.deeds, s.record, s.address))
}

// switchesPlatform goes all the way to another origin, where the browser asks for it.
func (w *walk) switchesPlatform(v journey.Visit, from session.Session, to directory.Platform, there journey.Visit) (journey.Outcome, journey.Visit, error) {
	out, err := w.SwitchPlatform(w.t.Context(), v, from, to)
	if err != nil || !strings.Contains(out.Location, "ask=") {
		return out, v, err
	}
	location, err := w.TakeUp(w.t.Context(), w.visit(there), parameter(w.t, out.Location, "ask"))
	if err == nil {
		location, err = w.Grant(w.t.Context(), v, from, parameter(w.t, location, "grant"))
	}
	if err == nil {
		out, err = w.Enter(w.t.Context(), w.visit(there), journey.TicketSwitch, parameter(w.t, location, "switch"))
	}
	return out, there, err
}

// someoneSignsOut does so of one session, or everywhere, and often of one by a tenant's
// word alone while somebody else signs in.
func (w *walk) someoneSignsOut() {
	in := w.aSession()
	if claimed := w.claimed(); len(claimed) > 0 && w.once(2) {
		in = oneOf(w, claimed...)
		who := oneOf(w, actors...)
		w.beginsAs(who, oneOf(w, w.visits[who]...), in.address)
	}
	if in == nil || in.ended != "" {
		return
	}
	s, err := w.store.Session(w.t.Context(), in.key)
	e := event{what: signedOut, signin: in}
	if w.happens(e); err == nil && w.once(2) {
		e.what = everywhere
		e.reached, e.leads, e.all = w.reached(in), w.leads, w.knowsAddress(in)
		e.kept = slices.DeleteFunc(slices.Clone(w.signins), func(s *signin) bool { _, err := w.store.Session(w.t.Context(), s.key); return err != nil })
		w.happens(e)
	}
	if err == nil && e.what == everywhere {
		err = w.SignOutEverywhere(w.t.Context(), in.visit, s)
	} else if err == nil {
		err = w.SignOut(w.t.Context(), in.visit, s)
	}
	w.tell("%s, as %v: %s", in.by, in.record, e.what)
	w.did(nil, journey.Outcome{}, err)
	if w.once(2) {
		w.someoneGoesOn()
	}
}

// someoneEndsAnother does so from a session, also of one that the person is not shown.
func (w *walk) someoneEndsAnother() {
	in, other := w.aSession(), w.aSession()
	if in == other {
		return
	}
	s, err := w.store.Session(w.t.Context(), in.key)
	ends, gone := w.store.Session(w.t.Context(), other.key)
	if err != nil || gone != nil {
		return
	}
	e := event{what: endedOther, signin: in, other: other}
	if other.record == in.record || slices.Contains(w.reached(in), other.record) {
		w.happens(e)
	}
	w.tell("%s, as %v: %s, of %v", in.by, in.record, e.what, other.record)
	w.did(nil, journey.Outcome{}, w.EndOther(w.t.Context(), s, ends.ID))
}

func (w *walk) timePasses() {
	d := oneOf(w, time.Minute, 5*time.Minute, 11*time.Minute, 31*time.Minute)
	w.tell("%s pass", d)
	w.advance(d)
	w.timesUp()
	w.checkSessions()
	if w.once(2) {
		w.someoneGoesOn()
	}
}

// mailboxChanges has an address go to somebody else: mails from then on do.
func (w *walk) mailboxChanges() {
	address := oneOf(w, pat, pat, kim)
	w.mailbox[address] = oneOf(w, ann, bea)
	w.tell("%s's is now the mailbox of %s", w.mailbox[address], address)
}

// providerSaysOtherwise has Acme's accounts have other addresses.
func (w *walk) providerSaysOtherwise() {
	a := w.accounts[w.of(2)]
	a.named, a.vouched = oneOf(w, pat, pat, kim, ""), w.once(2)
	w.tell("Acme has the account of %s have the address %q, vouched for: %t", a.of, a.named, a.vouched)
}

func (w *walk) passwordIsOverheard() {
	owner := oneOf(w, owners...)
	if set := w.secrets[owner]; set != nil {
		set.known[oneOf(w, eve, eve, dan)] = true
		w.tell("the password of %v is overheard", owner)
	}
}

// short says what came of an answer.
func short(out journey.Outcome, err error) string {
	switch {
	case err != nil:
		return err.Error()
	case out.Problem != nil:
		return string(out.Step.Name) + ", " + out.Problem.Key
	case out.Started != nil:
		return "signed in"
	}
	return strings.TrimSpace(string(out.Step.Name) + " " + out.Journey.Notice)
}

// written are the fields of a form that are filled in, without secrets.
func written(f journey.Form) string {
	var said []string
	for name, value := range map[string]string{"platform": f.Platform, "method": f.Method, "stay": f.Stay, "account": f.Account} {
		if value != "" {
			said = append(said, name+"="+value)
		}
	}
	for name, filled := range map[string]bool{"a code": f.Code != "", "a link": f.Token != "", "a password": f.Password != "", "a new password": f.NewPassword != "", "forgot": f.Forgot, "resend": f.Resend != ""} {
		if filled {
			said = append(said, name)
		}
	}
	slices.Sort(said)
	return strings.Join(said, ", ")
}
