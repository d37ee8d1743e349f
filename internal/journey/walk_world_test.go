package journey_test

import (
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/journey"
	"github.com/frontdesk-gateway/frontdesk/internal/session"
)

// actor is somebody in the world of a walk.
type actor string

const (
	ann actor = "Ann" // reads the mailbox of pat@acme.example at first
	bea actor = "Bea" // reads that of kim@acme.example, until the addresses go to somebody else
	cyd actor = "Cyd" // administers the Entra tenant of Borg, a customer
	dan actor = "Dan" // administers a tenant that is nobody's customer
	eve actor = "Eve" // overhears passwords, and knows them until they change
)

var actors = []actor{ann, bea, cyd, dan, eve}

const (
	pat = "pat@acme.example"
	kim = "kim@acme.example"
)

const tenantBorg = "33333333-3333-4333-8333-333333333333"

// other is a provider besides Microsoft, which the stand-in plays by a tenant of its own.
const (
	other      = "other"
	tenantOfIt = "44444444-4444-4444-8444-444444444444"
)

// entraAccount is an identity at the provider.
type entraAccount struct {
	oid, tenant string
	at          string // the provider
	of          actor
	// named is the address that the provider names, vouched whether it vouches for it.
	// Who administers a tenant has it name any address, and vouch for none.
	named    string
	vouched  bool
	anything bool
}

func entraAccounts() []*entraAccount {
	accounts := []*entraAccount{
		{oid: "bbbbbbbb-0000-4000-8000-000000000001", tenant: tenantAcme, of: ann, named: pat, vouched: true},
		{oid: "bbbbbbbb-0000-4000-8000-000000000002", tenant: tenantAcme, of: bea, named: kim, vouched: true},
		{oid: "bbbbbbbb-0000-4000-8000-000000000003", tenant: tenantOther, of: ann, anything: true},
		{oid: "bbbbbbbb-0000-4000-8000-000000000004", tenant: tenantOther, of: bea, anything: true},
		{oid: "bbbbbbbb-0000-4000-8000-000000000005", tenant: tenantBorg, of: cyd, anything: true},
		{oid: "bbbbbbbb-0000-4000-8000-000000000006", tenant: tenantOther, of: dan, anything: true},
		{oid: "bbbbbbbb-0000-4000-8000-000000000007", tenant: tenantOfIt, at: other, of: ann, named: pat, vouched: true},
		{oid: "bbbbbbbb-0000-4000-8000-000000000008", tenant: tenantOfIt, at: other, of: bea, anything: true},
		{oid: "bbbbbbbb-0000-4000-8000-000000000009", tenant: tenantOfIt, at: other, of: dan, anything: true},
	}
	for _, a := range accounts {
		a.at = cmp.Or(a.at, directory.MethodMicrosoft)
	}
	return accounts
}

// subject is what the account's provider calls whose it is.
func (a *entraAccount) subject() string {
	if a.at == directory.MethodMicrosoft {
		return a.oid
	}
	pairwise := sha256.Sum256([]byte("frontdesk " + a.oid))
	return base64.RawURLEncoding.EncodeToString(pairwise[:])
}

// secret is a password that was set.
type secret struct {
	plain  string
	set    int
	known  map[actor]bool
	mailed bool // a mailed code set it, or one that it was changed from
	// mustChange says that an operator wants it changed.
	mustChange bool
}

// letter is a mail with a code.
type letter struct {
	to         string
	reader     actor // whose mailbox it was when the mail was sent
	sent       int
	code, link string
	made       time.Time
	// What it speaks of besides signing in.
	password bool
	confirms string // the provider
}

// recordID names a contact or member.
type recordID struct {
	kind directory.Kind
	id   string
}

// place is a record at a provider.
type place struct {
	record recordID
	at     string
}

var providers = []string{directory.MethodMicrosoft, other}

// hold is whose a record is known to be at the provider.
type hold struct {
	by    *entraAccount
	since int
	// Why: each of these that was true once.
	vouched, mailed bool
}

func (h *hold) proved() bool { return h.vouched || h.mailed }

// deed is something that somebody did to say who they are, and was taken for.
type deed struct {
	in    *attempt
	at    int
	since int // what it speaks of: a code, of when its mail was sent

	letter  *letter       // whose code was typed,
	secret  *secret       // or the password that was,
	account *entraAccount // or who signed in at the provider, which then
	named   bool          // named the address
	vouched bool          // and vouched for it

	spent bool // a code that was good no more
}

// attempt is a sign-in that somebody began.
type attempt struct {
	id      string
	by      actor
	visit   journey.Visit
	address string
	began   int
	touched time.Time // when it was answered last
	from    *signin   // the session that it goes on from
	deeds   []deed
	letters []*letter
	void    int  // what was begun and done until then is void
	ended   what // what it has ended with just now, if it was pending
	gone    bool
	chosen  directory.Platform
	at      string // the provider, where the browser is
	again   int    // how often in a row it was sent there again
	over    bool
	// replaces says that it ends the session that it goes on from.
	replaces bool
	platform directory.Platform // where it ended
	anew     bool               // the person took back what was claimed, also in the session
}

// signin is a session: a sign-in that came to its end.
type signin struct {
	key      session.Key
	by       actor
	visit    journey.Visit
	record   recordID
	address  string
	platform directory.Platform
	method   string
	deeds    []deed
	ends     time.Time
	ended    string // by which rule
	unsure   bool   // whether it ends with what happens is not for the rules to say
}

// world is what is true, whatever the service makes of it.
type world struct {
	now      int // how much has happened
	mailbox  map[string]actor
	accounts []*entraAccount
	secrets  map[directory.PasswordOwner]*secret
	holds    map[place]*hold
	attempts []*attempt
	signins  []*signin
	// listings are, by account, the tenants that it lists, each with since when without a
	// break.
	listings map[string]map[string]int
}

// ofMembers is where member_tenants are among an account's.
const ofMembers = ""

// nowLists has an account list tenants from now on.
func (w *world) nowLists(account string, tenants []string) {
	before, now := w.listings[account], map[string]int{}
	for _, t := range tenants {
		since, was := before[t]
		if !was {
			since = w.now
		}
		now[t] = since
	}
	w.listings[account] = now
}

// listed reports whether a tenant's word counts for an account's people, given when
// somebody signed in from there.
func (w *world) listed(account string, d deed) bool {
	since, is := w.listings[account][d.account.tenant]
	return is && d.at >= since
}

func newWorld() world {
	return world{
		mailbox:  map[string]actor{pat: ann, kim: bea},
		accounts: entraAccounts(),
		secrets:  map[directory.PasswordOwner]*secret{},
		holds:    map[place]*hold{},
		listings: map[string]map[string]int{},
	}
}

// bearing are the deeds of an attempt that count still.
func (a *attempt) bearing() (deeds []deed) {
	if a.from != nil && !a.anew && a.from.ended == "" && a.void < a.began {
		deeds = slices.Clone(a.from.deeds)
	}
	for _, d := range a.deeds {
		if d.since > a.void && !d.spent {
			deeds = append(deeds, d)
		}
	}
	return deeds
}

// takesBack has a claim count no more that somebody was asked to confirm, and did not.
func (a *attempt) takesBack() { a.deeds, a.anew = nil, true }

// pending reports whether an attempt could be finished without being asked anew.
func (a *attempt) pending() bool { return len(a.deeds)+len(a.letters) > 0 || a.from != nil }

// platformOf is where a record was entered.
func (a *attempt) platformOf(id recordID) directory.Platform {
	if id.kind == directory.KindContact {
		return directory.Client
	}
	return cmp.Or(a.platform, directory.Tech)
}

// newest is the mail whose code is asked for.
func (a *attempt) newest() *letter {
	if len(a.letters) == 0 {
		return nil
	}
	return a.letters[len(a.letters)-1]
}

// letsGo has nobody be known to have a record.
func (w *world) letsGo(id recordID) {
	for _, at := range providers {
		delete(w.holds, place{id, at})
	}
}

// accountsOf are the accounts at a provider that an actor can sign in to.
func (w *world) accountsOf(who actor, at string) (own []*entraAccount) {
	for _, a := range w.accounts {
		if a.of == who && a.at == at {
			own = append(own, a)
		}
	}
	return own
}

// says tells what the provider says of an account to whom asks about an address.
func (a *entraAccount) says(address string) (named string, vouched bool) {
	if a.anything {
		return address, false
	}
	return a.named, a.vouched && a.named != ""
}

// rests reports whether a sign-in holds a deed by an account at the provider.
func (s *signin) rests(of func(*entraAccount) bool) bool { return restOn(s.deeds, of) }

func restOn(deeds []deed, of func(*entraAccount) bool) bool {
	return slices.ContainsFunc(deeds, func(d deed) bool { return d.account != nil && of(d.account) })
}

// pause is how long a sign-in waits for the next answer.
const pause = 30 * time.Minute
