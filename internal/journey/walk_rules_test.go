package journey_test

import (
	"slices"

	"github.com/frontdesk-gateway/frontdesk/internal/config"
	"github.com/frontdesk-gateway/frontdesk/internal/directory"
)

// These tables are who may be opened by what, as docs/sign-in.md, docs/security.md and
// docs/operating.md have it. They go by what people did and by what is true in the
// world of the walk, and by nothing that the service keeps of either.

// opening is somebody's wish to be a record: what they did, and how things stand.
type opening struct {
	*world
	settings *config.Settings
	people   directory.People // of the address
	deeds    []deed           // that count
	record   recordID
	address  string
	method   string // that a session names
	platform directory.Platform
	account  *directory.Account // nil: a member's
	accounts []directory.Account
	tenants  []string // whose people the provider signs in by now; nil: of all

	attempt *attempt
	typed   string // the present password, in the same answer
}

// rule is a line of a table.
type rule struct {
	name, says string
	holds      func(o opening) bool
}

// waysIn are, by the method that a session names, what somebody has to have done.
var waysIn = map[string]rule{
	directory.MethodEmailToken: {
		"a mailed code",
		"Where platform and account admit it, a code of a mail that was sent to the record's address; unless somebody else was linked since it was sent than whom the person signed in as with it.",
		func(o opening) bool {
			return o.admits(directory.MethodEmailToken) && slices.ContainsFunc(o.deeds, func(d deed) bool {
				return d.letter != nil && d.letter.to == o.address && !o.overtaken(d)
			})
		},
	},
	directory.MethodPassword: {
		"the password",
		"Where it is admitted, the password that is set now for the kind of record; where a mailed code set it, only where such codes are admitted, too. In the sign-in in which it is typed, one that an operator wants changed opens nothing.",
		func(o opening) bool {
			set := o.secrets[directory.PasswordOwner{Address: o.address, Kind: o.record.kind}]
			return set != nil && o.admits(directory.MethodPassword) && (!set.mailed || o.admits(directory.MethodEmailToken)) &&
				slices.ContainsFunc(o.deeds, func(d deed) bool { return d.secret == set && !(set.mustChange && d.in == o.attempt) })
		},
	},
	directory.MethodMicrosoft: linkedIdentity,
	other:                     linkedIdentity,
}

var linkedIdentity = rule{
	"the linked identity",
	"Where it is admitted, the identity that the record is linked to, at a provider that signs it in still: while the provider's word is what it was linked by, or the tenant is listed, or a mailed code did and such codes are admitted. A member comes from member_tenants.",
	func(o opening) bool {
		return o.asIdentity(func(d deed) bool {
			h := o.held(d.account)
			return d.account.at == o.method && h != nil && h.by == d.account && (h.vouched || o.listed(d) || h.mailed && o.admits(directory.MethodEmailToken))
		})
	},
}

// linking is when an identity may become a record's.
var linking = []rule{
	{
		"the provider vouches",
		"The provider vouches that the address is the identity's, and neither the record nor, by a proof, another contact of the address is linked to somebody else.",
		func(o opening) bool {
			return o.asIdentity(func(d deed) bool { return d.vouched && !o.isAnothers(d.account) })
		},
	},
	{
		"the tenant is listed",
		"The provider names the address, the account (for a member: member_tenants) lists the tenant, nobody else is linked, and the identity to no other address.",
		func(o opening) bool {
			return o.asIdentity(func(d deed) bool {
				return d.named && o.listed(d) && !o.isAnothers(d.account) && !o.isElsewhere(d)
			})
		},
	},
	{
		"a code confirms it",
		"The provider names the address, and in the same sign-in the person typed the code of a mail that was sent after that and spoke of the provider's identity, where such codes are admitted; the identity is linked to no other address, or the provider vouches for this one, too. That replaces whoever was linked before the mail was sent.",
		func(o opening) bool {
			return o.asIdentity(func(d deed) bool { return o.confirmed(d) && !o.isElsewhere(d) })
		},
	},
}

// settingPasswords is when somebody may set a password without an operator.
var settingPasswords = []rule{
	{
		"the present one",
		"Who types the present password with the new one.",
		func(o opening) bool { present := o.secret(); return present != nil && o.typed == present.plain },
	},
	{
		"a mail that speaks of it",
		"Who typed, in the same sign-in, the code of a mail that spoke of setting a password and was sent while the present one, or none, was set; where nothing that admits passwords is closed to mailed codes.",
		func(o opening) bool {
			present := o.secret()
			return o.mailSets() && slices.ContainsFunc(o.deeds, func(d deed) bool {
				return d.letter != nil && d.in == o.attempt && d.letter.password && (present == nil || d.letter.sent > present.set)
			})
		},
	},
	{
		"an operator asks for it",
		"Who typed, in the same sign-in, the password that an operator wants changed.",
		func(o opening) bool {
			present := o.secret()
			return present != nil && present.mustChange && slices.ContainsFunc(o.deeds, func(d deed) bool { return d.secret == present && d.in == o.attempt })
		},
	},
}

// creating is when somebody becomes a new contact of an account, where an active account
// whose rule is not off lists the domain of the address.
var creating = []rule{
	{
		"the only account that takes them",
		"The account takes them, and no other one does, by the same proof: it admits the method, and its rule holds for the domain of the address or the tenant of the identity; of several that go by the tenant alone those that list the domain, if any does.",
		func(o opening) bool {
			return o.isOfUse(func(d deed) bool { takers := o.takers(d); return len(takers) == 1 && takers[0].ID == o.account.ID })
		},
	},
	{
		"the catch-all account",
		"No account takes them, or several do, and the operator named this one for that.",
		func(o opening) bool {
			return o.account.Active && o.account.ID == o.settings.Creation.CatchAll && o.isOfUse(func(d deed) bool { return len(o.takers(d)) != 1 })
		},
	},
}

// seeing is when whoever is signed in is shown another record of the address, may switch to
// it, and signs it out with all.
var seeing = []rule{
	{
		"the address is proved",
		"By a code, a password or the provider's word; or by the link of a record of the address that one of these made.",
		func(o opening) bool {
			return provedAddress(o.deeds) || restOn(o.deeds, o.isLinked)
		},
	},
	{
		"the tenant is listed",
		"The record's account (for a member: member_tenants) lists the tenant of an identity that somebody signed in as, which the record is linked to or, while nobody else is, which names the address.",
		func(o opening) bool {
			return slices.ContainsFunc(o.deeds, func(d deed) bool {
				return d.account != nil && o.listed(d) && (o.isLinkedTo(d.account) || d.named && !o.isAnothers(d.account))
			})
		},
	},
}

// what names something that happened in the world.
type what string

const (
	left         what = "a record left" // its address or account, or was removed or switched off
	arrived      what = "a record arrived"
	platformGone what = "a platform was taken away"
	passwordSet  what = "a password was set"
	unlisted     what = "an account lists a tenant no more"
	membersGone  what = "member_tenants changed"
	unlinked     what = "an operator unlinked a record"
	tookOver     what = "a record was linked to somebody else"
	signedOut    what = "somebody signed out"
	everywhere   what = "somebody signed out everywhere"
	endedOther   what = "somebody ended another session of theirs"
)

// event is one of these, with what it is about.
type event struct {
	what      what
	record    recordID
	addresses []string
	platform  directory.Platform
	records   []recordID // of the account
	tenants   []string   // that are listed no more; of membersGone: those that are
	counts    func(deed) bool
	was, is   *entraAccount // whom the record was and is linked to
	by        *attempt
	signin    *signin
	other     *signin                   // that is ended from this one
	reached   []recordID                // whom it signs out everywhere
	all       bool                      // as whom the address was proved to be theirs
	leads     func(*attempt) []recordID // whom an attempt can enter as
	kept      []*signin                 // of which the store has the sessions, also where they let nobody in
}

// endings are what ends with what happens, the sessions and what of the unfinished
// sign-ins was begun before.
var endings = map[what]struct {
	says     string
	sessions func(e event, s *signin) bool
	attempts func(e event, a *attempt) bool
}{
	left: {
		"With a record that is removed, switched off, or gets another address or account, end its sessions, and what is unfinished at the address that it had.",
		func(e event, s *signin) bool { return s.record == e.record },
		func(e event, a *attempt) bool { return slices.Contains(e.addresses, a.address) },
	},
	arrived: {
		"Where an operator has a record come to an address, or switches one on, ends what is unfinished there.",
		nil,
		func(e event, a *attempt) bool { return slices.Contains(e.addresses, a.address) },
	},
	platformGone: {
		"With a platform that is taken from a member end the sessions there, and what is unfinished.",
		func(e event, s *signin) bool { return s.record == e.record && s.platform == e.platform },
		func(e event, a *attempt) bool { return slices.Contains(e.addresses, a.address) },
	},
	passwordSet: {
		"A new password ends all sessions of the address, and what is unfinished, but where it was set.",
		func(e event, s *signin) bool {
			return slices.Contains(e.addresses, s.address) && (e.by == nil || e.by.from != s)
		},
		func(e event, a *attempt) bool { return slices.Contains(e.addresses, a.address) && a != e.by },
	},
	unlisted: {
		"With a tenant that an account lists no more end the sessions of its contacts in which somebody signed in from there, and what is unfinished at their addresses.",
		func(e event, s *signin) bool {
			return slices.Contains(e.records, s.record) && s.rests(func(a *entraAccount) bool { return slices.Contains(e.tenants, a.tenant) })
		},
		func(e event, a *attempt) bool { return slices.Contains(e.addresses, a.address) },
	},
	membersGone: {
		"With a tenant that member_tenants does not list, or did not when they came by it, end the sessions of members.",
		func(e event, s *signin) bool {
			s.unsure = s.record.kind == directory.KindMember && s.method == directory.MethodMicrosoft
			return s.unsure && len(e.tenants) > 0 && !slices.ContainsFunc(s.deeds, func(d deed) bool { return d.account != nil && e.counts(d) })
		},
		nil,
	},
	unlinked: {
		"When an operator takes a link away, the sessions of the address in which somebody signed in at the provider end, and the unfinished sign-ins.",
		func(e event, s *signin) bool {
			return slices.Contains(e.addresses, s.address) && s.rests(func(*entraAccount) bool { return true })
		},
		func(e event, a *attempt) bool {
			return slices.Contains(e.addresses, a.address) && restOn(a.bearing(), func(*entraAccount) bool { return true })
		},
	},
	tookOver: {
		"When somebody else is linked, the sessions of the record end in which another signed in at the provider, and the unfinished sign-ins of whom the link was.",
		func(e event, s *signin) bool {
			ends := s.record == e.record && s.rests(func(a *entraAccount) bool { return a.at == e.is.at && a != e.is })
			if s == e.by.from { // it ends as the new one begins
				e.by.replaces, ends = e.by.replaces || ends, false
			}
			return ends
		},
		func(e event, a *attempt) bool {
			return a != e.by && slices.Contains(e.addresses, a.address) && e.was != nil && restOn(a.bearing(), func(of *entraAccount) bool { return of == e.was })
		},
	},
	signedOut: {
		"Signing out ends the session, and what is unfinished in that browser.",
		func(e event, s *signin) bool { return s == e.signin },
		func(e event, a *attempt) bool {
			return a.visit.Browser == e.signin.visit.Browser
		},
	},
	everywhere: {
		"Signing out everywhere ends the sessions of all records that the person is shown, what is unfinished in the browsers of these, and at the address: where that is proved all of it, else what they proved by an identity of theirs, and what can lead to none but those records.",
		func(e event, s *signin) bool {
			return s.record == e.signin.record || slices.Contains(e.reached, s.record)
		},
		func(e event, a *attempt) bool {
			return e.begun(a) || slices.ContainsFunc(e.kept, func(s *signin) bool {
				return a.visit.Browser == s.visit.Browser && (s.record == e.signin.record || slices.Contains(e.reached, s.record))
			})
		},
	},
	endedOther: {
		"Ending another session of a record that the person is shown ends it, and what is unfinished in its browser.",
		func(e event, s *signin) bool { return s == e.other },
		func(e event, a *attempt) bool {
			return a.visit.Browser == e.other.visit.Browser
		},
	},
}

// begun reports whether what is unfinished is that of the person who signs out.
func (e event) begun(a *attempt) bool {
	theirs := func(of *entraAccount) bool {
		return e.signin.rests(func(own *entraAccount) bool { return own == of })
	}
	reached := func(id recordID) bool { return slices.Contains(e.reached, id) }
	return a.address == e.signin.address && (e.all || restOn(a.bearing(), theirs) || !slices.ContainsFunc(e.leads(a), func(id recordID) bool { return !reached(id) }))
}

// endsBegun reports whether that ends also what nobody has said in yet who they are: what
// they typed and was not judged is at hand in the browser.
func (w what) endsBegun() bool { return w == signedOut || w == everywhere || w == endedOther }

// happens has what an event ends be over.
func (w *world) happens(e event) {
	ending := endings[e.what]
	for _, s := range w.signins {
		if s.ended == "" && ending.sessions != nil && ending.sessions(e, s) {
			s.ended = string(e.what)
		}
	}
	for _, a := range w.attempts {
		if ending.attempts != nil && (a.pending() || e.what.endsBegun()) && ending.attempts(e, a) {
			a.void, a.ended = w.now, e.what
		}
	}
}

// provedAddress reports whether an address as such was proved.
func provedAddress(deeds []deed) bool {
	return slices.ContainsFunc(deeds, func(d deed) bool { return d.account == nil || d.vouched })
}

func (o opening) admits(method string) bool {
	return slices.Contains(o.settings.Platforms[o.platform].Methods, method) && (o.account == nil || o.account.Admits(method))
}

// asIdentity reports whether somebody signed in at the provider as one that may open the
// record there, and of which more is asked.
func (o opening) asIdentity(more func(deed) bool) bool {
	return slices.ContainsFunc(o.deeds, func(d deed) bool {
		return d.account != nil && o.admits(d.account.at) && o.signsIn(d.account) && o.comesFromHere(d) && more(d)
	})
}

// signsIn reports whether the provider signs somebody in by now.
func (o opening) signsIn(a *entraAccount) bool {
	return o.tenants == nil || a.at == other || slices.Contains(o.tenants, a.tenant)
}

// comesFromHere reports whether a record's people may come from where somebody does.
func (o opening) comesFromHere(d deed) bool {
	return o.account != nil || d.account.at == other || len(o.listings[ofMembers]) == 0 || o.listed(d)
}

// listed reports whether the word of a tenant that somebody signed in from counts for the
// record: the account, or member_tenants, listed it then and has since.
func (o opening) listed(d deed) bool {
	if o.account == nil {
		return o.world.listed(ofMembers, d)
	}
	return o.world.listed(o.account.ID, d)
}

// others are whom else the record, or by a proof another contact of the address, is linked to.
func (o opening) others(than *entraAccount) (others []*hold) {
	if h := o.held(than); h != nil && h.by != than {
		others = append(others, h)
	}
	for _, c := range o.people.Contacts {
		id := recordID{directory.KindContact, c.ID}
		if h := o.holds[place{id, than.at}]; o.record.kind == directory.KindContact && id != o.record && h != nil && h.by != than && h.proved() {
			others = append(others, h)
		}
	}
	return others
}

// isLinked reports whether a record of the address is linked, by a proof, to an account.
func (o opening) isLinked(a *entraAccount) bool {
	for p, h := range o.holds {
		if h.by == a && h.proved() && o.people.Bears(p.record.kind, p.record.id) {
			return true
		}
	}
	return false
}

// held is whose the record is at an account's provider.
func (o opening) held(a *entraAccount) *hold { return o.holds[place{o.record, a.at}] }

// isLinkedTo reports whether the record is linked to an account, by whatever.
func (o opening) isLinkedTo(a *entraAccount) bool {
	h := o.held(a)
	return h != nil && h.by == a
}

// isElsewhere reports whether who signed in was linked to another address alone: they
// become nobody else by what is only claimed.
func (o opening) isElsewhere(d deed) bool {
	here, elsewhere := false, false
	for p, h := range o.holds {
		if h.by == d.account && h.since < d.at {
			bears := o.people.Bears(p.record.kind, p.record.id)
			here, elsewhere = here || bears, elsewhere || !bears
		}
	}
	return elsewhere && !here && !d.vouched
}

func (o opening) isAnothers(a *entraAccount) bool { return len(o.others(a)) > 0 }

// confirmed reports whether a code proved what a provider named, or whom the record is
// linked to.
func (o opening) confirmed(as deed) bool {
	return (as.named || o.isLinkedTo(as.account)) && o.admits(directory.MethodEmailToken) && slices.ContainsFunc(o.deeds, func(d deed) bool {
		return d.letter != nil && d.in == as.in && d.letter.confirms == as.account.at && d.letter.to == o.address && d.letter.sent >= as.at &&
			!slices.ContainsFunc(o.others(as.account), func(h *hold) bool { return h.since > d.letter.sent })
	})
}

// overtaken reports whether somebody else was linked since the mail of a code was sent
// than whom the person signed in as with it, at a provider that signs them in still.
func (o opening) overtaken(code deed) bool {
	return slices.ContainsFunc(o.deeds, func(d deed) bool {
		return d.account != nil && o.signsIn(d.account) && d.in == code.in &&
			slices.ContainsFunc(o.others(d.account), func(h *hold) bool { return h.since > code.since })
	})
}

func (o opening) secret() *secret {
	return o.secrets[directory.PasswordOwner{Address: o.address, Kind: o.record.kind}]
}

// mailSets reports whether nothing that the password opens is closed to mailed codes.
func (o opening) mailSets() bool {
	closed := func(admits func(string) bool) bool {
		return admits(directory.MethodPassword) && !admits(directory.MethodEmailToken)
	}
	for name, p := range o.settings.Platforms {
		if directory.KindOn(name) == o.record.kind && closed(func(m string) bool { return slices.Contains(p.Methods, m) }) {
			return false
		}
	}
	return o.record.kind == directory.KindMember || !slices.ContainsFunc(o.people.Contacts, func(c directory.Contact) bool {
		account := o.people.Accounts[c.Account]
		return closed(func(m string) bool { return account.Admits(m) })
	})
}

// isOfUse reports whether a domain is listed at all, and something that somebody did proves the
// address for an account that is to have them, of which more is asked: by a code, by the
// provider's word, or by a code that was mailed to confirm the identity, and that the account
// admits; or the account lists both domain and tenant.
func (o opening) isOfUse(more func(deed) bool) bool {
	listed := func(a directory.Account) bool {
		return a.Active && o.settings.Creation.Rule(a) != directory.CreateOff && o.ofDomain(a)
	}
	return slices.ContainsFunc(o.accounts, listed) && slices.ContainsFunc(o.deeds, func(d deed) bool {
		switch {
		case d.letter != nil:
			return d.letter.to == o.address && o.admits(directory.MethodEmailToken) && more(d)
		case d.account != nil:
			proved := d.vouched || o.confirmed(d) || o.ofDomain(*o.account) && o.listed(d)
			return d.named && o.admits(d.account.at) && proved && more(d)
		}
		return false
	})
}

// takers are the accounts that take whom a deed proved to be new.
func (o opening) takers(d deed) []directory.Account {
	byTenant := func(a directory.Account) bool { return o.settings.Creation.Rule(a) == directory.CreateByTenant }
	takers := slices.DeleteFunc(slices.Clone(o.accounts), func(a directory.Account) bool {
		domain, tenant, method := o.ofDomain(a), false, directory.MethodEmailToken
		if d.account != nil {
			tenant, method = o.world.listed(a.ID, d), d.account.at
		}
		rule := o.settings.Creation.Rule(a)
		return !a.Active || !a.Admits(method) || !(rule == directory.CreateByDomain && domain || rule == directory.CreateByTenant && tenant || rule == directory.CreateByTenantAndDomain && domain && tenant)
	})
	both := func(a directory.Account) bool { return byTenant(a) && o.ofDomain(a) }
	if slices.ContainsFunc(takers, both) {
		takers = slices.DeleteFunc(takers, func(a directory.Account) bool { return byTenant(a) && !o.ofDomain(a) })
	}
	return takers
}

func (o opening) ofDomain(a directory.Account) bool {
	return slices.Contains(a.Domains, directory.Address(o.address).Domain())
}
