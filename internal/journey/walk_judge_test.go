package journey_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/journey"
	"github.com/frontdesk-gateway/frontdesk/internal/session"
)

// did is what the service made of an answer: what came of it is judged.
func (w *walk) did(a *attempt, out journey.Outcome, err error, deeds ...deed) {
	if err != nil && !w.refused(err) {
		w.violated("an error: %v", err)
	}
	if a != nil {
		w.receive(a)
		if err == nil && out.Problem == nil && out.Journey.Notice == "" || out.Started != nil {
			a.deeds = append(a.deeds, deeds...)
		}
		a.over = a.over || err != nil
		if out.Started == nil && err == nil && out.Problem == nil {
			a.touched = w.clock()
		}
		if strings.HasPrefix(out.Location, authority) {
			a.at = out.Location
		}
	}
	if out.Started != nil && a != nil {
		a.platform = out.Started.Session.Platform
	}
	w.look(a)
	if out.Started != nil && a != nil {
		w.begins(a, out.Started.Session)
	}
	w.checkSessions()
	w.checkAttempts()
}

// refused reports whether an error is one of those that people meet.
func (w *walk) refused(err error) bool {
	var other *journey.OtherAddressError
	return errors.Is(err, journey.ErrNotFound) || errors.Is(err, journey.ErrFinished) || errors.Is(err, journey.ErrRefused) || errors.As(err, &other)
}

// receive has the mails that an attempt had sent come to whose mailbox it is.
func (w *walk) receive(a *attempt) {
	for _, m := range w.mails.sent[w.read:] {
		code, link := codeInMail.FindStringSubmatch(m.Text), linkInMail.FindStringSubmatch(m.Text)
		if code == nil || link == nil {
			continue // tells of a new password
		}
		l := &letter{
			to: m.To.Key(), sent: w.world.now, made: w.clock(), code: code[1] + code[2], link: link[1],
			password: strings.Contains(m.Subject, "set a password"), confirms: confirmsIn(m.Text),
		}
		l.reader = w.mailbox[l.to]
		a.letters = append(a.letters, l)
		w.tell("  a mail to %s, read by %s; speaks of a password: %t, of an identity at: %q", l.to, l.reader, l.password, l.confirms)
	}
	w.read = len(w.mails.sent)
}

// confirmsIn is the provider whose account a mail says that its code links.
func confirmsIn(text string) string {
	if _, links, said := strings.Cut(text, "links an account to your address"); said && strings.Contains(links, "the Microsoft account") {
		return directory.MethodMicrosoft
	} else if said {
		return other
	}
	return ""
}

// opening is what an attempt amounts to at a record.
func (w *walk) opening(a *attempt, r recordID, p directory.Platform) opening {
	o := w.openingBy(a.bearing(), r, a.address)
	o.platform, o.attempt, o.typed = p, a, w.typed
	return o
}

// openingBy is what deeds amount to at a record of an address.
func (w *walk) openingBy(deeds []deed, r recordID, address string) opening {
	o := opening{world: &w.world, settings: w.Settings, record: r, address: address, deeds: deeds, tenants: w.signedIn, people: w.people(address), accounts: w.accountsIn(w.store)}
	for _, c := range o.people.Contacts {
		if r == (recordID{directory.KindContact, c.ID}) {
			account := o.people.Accounts[c.Account]
			o.account = &account
		}
	}
	return o
}

// look finds what has changed in the directory, which nobody but an operator or
// the attempt at hand can have done.
func (w *walk) look(by *attempt) {
	w.lookAtRecords(by)
	w.lookAtLinks(by)
	w.lookAtPasswords(by)
}

// lookAtRecords judges a new contact, and has end what ends with what an operator changed.
func (w *walk) lookAtRecords(by *attempt) {
	before, now := w.records, w.snapshot()
	if w.importing {
		w.takenOver(before, now)
		w.importing = false
	}
	w.records = now
	w.lookForHeirs(before, now)
	for _, id := range w.recordsOf(before, now) {
		was, is := before[id], now[id]
		switch {
		case was == is:
		case by != nil && was == (footing{}):
			w.created(by, id, is)
		case by != nil:
			w.violated("a sign-in changed %v from %+v to %+v", id, was, is)
		default:
			w.changed(id, was, is)
		}
	}
}

// takenOver has contacts that were made at sign-in go on under the id of an import, with
// all that is theirs.
func (w *walk) takenOver(before, now map[recordID]footing) {
	for old, was := range before {
		for id, is := range now {
			if _, stays := now[old]; stays || before[id] != (footing{}) || !w.selfMade[old] || is.address != was.address || is.account != was.account {
				continue
			}
			before[id], w.selfMade[id] = was, true
			delete(before, old)
			for _, at := range providers {
				if h := w.holds[place{old, at}]; h != nil {
					w.holds[place{id, at}] = h
				}
			}
			w.letsGo(old)
			for _, s := range w.signins {
				if s.record == old {
					s.record = id
				}
			}
		}
	}
}

func (w *walk) created(by *attempt, id recordID, is footing) {
	w.selfMade[id] = true
	o := w.opening(by, id, directory.Client)
	if o.account == nil || is.address != by.address || !anyHolds(creating, o) {
		w.violated("%s became a new contact of %s", by.by, is.account)
	}
}

// changed tells what an operator's change of a record ends.
func (w *walk) changed(id recordID, was, is footing) {
	e := event{record: id, addresses: []string{was.address, is.address}}
	if was.address != is.address {
		w.letsGo(id)
	}
	leaves := was.address != is.address || was.account != is.account || was.on && !is.on || was.accountOn && !is.accountOn
	if leaves && was != (footing{}) {
		e.what = left
		w.happens(e)
	}
	if is != (footing{}) && (leaves || is.on && !was.on || is.accountOn && !was.accountOn) {
		e.what = arrived
		w.happens(e)
	}
	for p, gone := range map[directory.Platform]bool{directory.Tech: was.tech && !is.tech, directory.Admin: was.admin && !is.admin} {
		if gone {
			e.what, e.platform = platformGone, p
			w.happens(e)
		}
	}
}

// lookAtLinks judges who was linked. A link goes with what ends it, and with nothing else.
func (w *walk) lookAtLinks(by *attempt) {
	links := w.links()
	for _, id := range w.recordsOf(w.records, nil) {
		for _, at := range providers {
			w.lookAtLink(by, id, w.holds[place{id, at}], links[place{id, at}])
		}
	}
}

func (w *walk) lookAtLink(by *attempt, id recordID, h *hold, link *entraAccount) {
	switch {
	case h == nil && link == nil, h != nil && h.by == link:
	case link == nil:
		w.violated("%v is linked to %s's account no more, for no reason", id, h.by.of)
	case by == nil:
		w.violated("%v is linked to %s's account by nobody", id, link.of)
	default:
		w.linked(by, id, h, link)
	}
}

// linked judges a new link by what the attempt amounts to with that identity alone.
func (w *walk) linked(by *attempt, id recordID, before *hold, to *entraAccount) {
	o := w.opening(by, id, by.platformOf(id))
	o.deeds = slices.DeleteFunc(o.deeds, func(d deed) bool { return d.account != nil && d.account != to })
	if !anyHolds(linking, o) {
		w.violated("%s had %v be linked to an account of %s, at %s", by.by, id, to.of, to.tenant)
	}
	e := event{what: tookOver, record: id, addresses: []string{by.address}, by: by, is: to}
	if before != nil {
		e.was = before.by
	}
	w.holds[place{id, to.at}] = &hold{by: to, since: w.world.now}
	w.happens(e)
}

// lookForHeirs finds the passwords that a change leaves to nobody. One stays with a record
// that bore its address before, and goes where there is none: nobody inherits it.
func (w *walk) lookForHeirs(before, now map[recordID]footing) {
	for _, owner := range owners {
		stays := func(id recordID) bool {
			return id.kind == owner.Kind && before[id].address == owner.Address && now[id].address == owner.Address
		}
		heir := slices.ContainsFunc(w.recordsOf(before, now), stays)
		had, left := !w.passwords[owner].IsZero(), !w.passwordChanged(owner).IsZero()
		switch {
		case had && left && !heir:
			w.violated("somebody has inherited the password of %v", owner)
		case had && !left && heir:
			w.violated("the password of %v is gone for no reason", owner)
		}
	}
}

// lookAtPasswords judges who set one.
func (w *walk) lookAtPasswords(by *attempt) {
	for _, owner := range owners {
		changed := w.passwordChanged(owner)
		if changed.Equal(w.passwords[owner]) {
			continue
		}
		w.passwords[owner] = changed
		switch {
		case changed.IsZero():
			delete(w.secrets, owner)
		case by == nil:
			w.happens(event{what: passwordSet, addresses: []string{owner.Address}})
		default:
			w.setPassword(by, owner)
		}
	}
}

func (w *walk) setPassword(by *attempt, owner directory.PasswordOwner) {
	o := w.opening(by, recordID{kind: owner.Kind}, directory.Platform(""))
	present := o.secret()
	if owner.Address != by.address || !anyHolds(settingPasswords, o) {
		w.violated("%s set the password of %v", by.by, owner)
	}
	mailed := settingPasswords[1].holds(o) && !settingPasswords[0].holds(o) && !settingPasswords[2].holds(o)
	set := &secret{plain: w.newPassword, set: w.world.now, known: map[actor]bool{by.by: true}, mailed: mailed || present != nil && present.mailed}
	w.secrets[owner] = set
	w.happens(event{what: passwordSet, addresses: []string{owner.Address}, by: by})
	if by.from != nil { // who was signed in stays so by what they had proved before: the code served to set it
		by.deeds = slices.DeleteFunc(by.deeds, func(d deed) bool { return d.letter != nil && d.letter.password })
	}
	if slices.ContainsFunc(o.deeds, func(d deed) bool { return present != nil && d.secret == present }) {
		by.deeds = append(by.deeds, typedPassword(by, set, w.world.now))
	}
}

// begins judges a session that an attempt left behind.
func (w *walk) begins(a *attempt, s session.Session) {
	if slices.ContainsFunc(w.signins, func(known *signin) bool { return known.key == s.Key }) {
		return // handed once more
	}
	a.over = true
	record := recordID{s.Kind, s.EntityID}
	o := w.opening(a, record, s.Platform)
	w.tell("  => a session of %s as %s %s on %s, by %s", a.by, s.Kind, s.EntityID, s.Platform, s.Method)
	o.method = s.Method
	w.ground(o, s.Method)
	if a.from != nil && a.from.ended != "" {
		w.violated("%s went on from a session that had ended: %s", a.by, a.from.ended)
	}
	if way, known := waysIn[s.Method]; !known || !way.holds(o) {
		w.violated("%s has a session of %s %s on %s by %s", a.by, s.Kind, s.EntityID, s.Platform, s.Method)
	}
	if f := w.records[record]; !f.active() || f.address != a.address || !f.opens(record, s.Platform) {
		w.violated("%s has a session of %s %s on %s, which is off, of another address or opens no such platform", a.by, s.Kind, s.EntityID, s.Platform)
	}
	if w.clock().Sub(a.touched) > pause {
		w.violated("%s goes on after half an hour", a.by)
	}
	deeds := slices.DeleteFunc(a.bearing(), func(d deed) bool { return d.account != nil && !o.signsIn(d.account) })
	w.replace(a)
	ends := w.clock().Add(w.Settings.Lifetime)
	if s.Persistent {
		ends = w.clock().Add(w.Settings.Persistent)
	}
	if a.from != nil { // a switch does not move it
		ends = a.from.ends
	}
	in := &signin{ends: ends, key: s.Key, by: a.by, visit: a.visit, record: record, address: a.address, platform: s.Platform, method: s.Method, deeds: deeds}
	w.signins = append(w.signins, in)
	w.cookies[cookieAt(a.visit)] = in
	w.sees(in, s)
}

// sees judges which records of the address a new session is shown.
func (w *walk) sees(in *signin, s session.Session) {
	people, err := w.Reach(w.t.Context(), s)
	if err != nil {
		w.violated("looking for what a session is shown: %v", err)
	}
	should := w.reached(in)
	for _, id := range w.bearing(in.address) {
		if shown := people.Bears(id.kind, id.id); shown != slices.Contains(should, id) {
			w.violated("%s, as %v, is shown %v: %t", in.by, in.record, id, shown)
		}
	}
}

// reached are the records of the address that whoever is signed in is shown.
func (w *walk) reached(in *signin) []recordID {
	return slices.DeleteFunc(w.bearing(in.address), func(id recordID) bool { return !anyHolds(seeing, w.openingBy(in.deeds, id, in.address)) })
}

// bearing are the records of an address.
func (w *walk) bearing(address string) []recordID {
	return slices.DeleteFunc(w.recordsOf(w.records, nil), func(id recordID) bool { return w.records[id].address != address })
}

// leads are the records that an attempt can enter as, whatever is proved in it. The account
// that was chosen can be chosen anew, unlike a platform that is there still.
func (w *walk) leads(a *attempt) []recordID {
	all := slices.DeleteFunc(w.bearing(a.address), func(id recordID) bool { return !w.records[id].active() })
	chosen := slices.DeleteFunc(slices.Clone(all), func(id recordID) bool { return !w.records[id].opens(id, a.chosen) })
	if len(chosen) > 0 {
		return chosen
	}
	return all
}

// ground notes what more is known of whom a record is linked to.
func (w *walk) ground(o opening, method string) {
	h := w.holds[place{o.record, method}]
	if h == nil {
		return
	}
	for _, d := range o.deeds {
		if d.account == h.by {
			vouched, mailed := h.vouched || d.vouched, h.mailed || o.confirmed(d)
			w.betters(o.record, h, vouched && !h.vouched || mailed && !h.proved())
			h.vouched, h.mailed = vouched, mailed
		}
	}
}

// betters leaves open whether sessions end in which somebody else signed in, too, when
// a link comes to be proved.
func (w *walk) betters(record recordID, h *hold, is bool) {
	for _, s := range w.signins {
		s.unsure = s.unsure || is && s.record == record && s.rests(func(a *entraAccount) bool { return a.at == h.by.at && a != h.by })
	}
}

// replace ends the session that the browser had there, and the one that was switched from.
func (w *walk) replace(a *attempt) {
	if had := w.cookies[cookieAt(a.visit)]; had != nil && had.ended == "" {
		had.ended = "the browser signed in again"
	}
	if a.replaces && a.from.ended == "" {
		a.from.ended = "a switch"
	}
}

// timesUp has the sessions end that have lived their time.
func (w *walk) timesUp() {
	for _, s := range w.signins {
		if s.ended == "" && !w.clock().Before(s.ends) {
			s.ended = "its time was over"
		}
	}
}

// checkSessions compares who is let in with who should be.
func (w *walk) checkSessions() {
	for _, s := range w.signins {
		_, err := w.Living.Alive(w.t.Context(), s.key)
		alive := err == nil
		switch {
		case err != nil && !errors.Is(err, session.ErrNotFound):
			w.violated("looking for a session: %v", err)
		case alive && s.ended != "":
			w.violated("%s's session as %v lives, though: %s", s.by, s.record, s.ended)
		case !alive && s.unsure && s.ended == "":
			s.ended = "it was unsure"
		case !alive && s.ended == "":
			w.violated("%s's session as %v has ended for no reason", s.by, s.record)
		}
		s.unsure = false
	}
}

// checkAttempts compares which sign-ins are there still with which should be.
func (w *walk) checkAttempts() {
	for _, a := range w.attempts {
		if a.over || a.gone || a.from != nil && a.from.ended != "" {
			continue
		}
		j, err := w.store.Journey(w.t.Context(), a.id)
		a.gone = errors.Is(err, journey.ErrNotFound)
		switch {
		case err != nil && !a.gone:
			w.violated("looking for a sign-in: %v", err)
		case a.gone && a.ended == "":
			w.violated("what %s began as %s has ended for no reason", a.by, a.address)
		case !a.gone && a.ended != "" && (j.Pending() || a.ended.endsBegun() && j.Finished == ""):
			w.violated("what %s began as %s goes on, though: %s", a.by, a.address, a.ended)
		}
		a.ended = ""
	}
}

func anyHolds(rules []rule, o opening) bool {
	return slices.ContainsFunc(rules, func(r rule) bool { return r.holds(o) })
}

// violated notes the first rule that is broken.
func (w *walk) violated(format string, args ...any) {
	if w.violation == "" {
		w.violation = fmt.Sprintf(format, args...)
		w.tell("  !! %s", w.violation)
	}
}

func (w *walk) tell(format string, args ...any) {
	w.trace = append(w.trace, fmt.Sprintf(format, args...))
}
