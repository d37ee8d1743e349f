package journey

import (
	"slices"

	"github.com/frontdesk-gateway/frontdesk/internal/config"
	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/provider"
	"github.com/frontdesk-gateway/frontdesk/internal/session"
)

// StepName names a step: the value of the field "step" in its form.
type StepName string

// The steps, in their order.
const (
	StepEmail       StepName = "email"        // 1
	StepPlatform    StepName = "platform"     // 2
	StepEnter       StepName = "enter"        // go on at another origin
	StepMethod      StepName = "method"       // 3: choose
	StepProve       StepName = "prove"        // 3: go through with the method
	StepNewPassword StepName = "new_password" // after the proof: set a password
	StepCreate      StepName = "create"       // 4
	StepStay        StepName = "stay"         // 5
	StepAccount     StepName = "account"      // 6
	StepDone        StepName = "done"
	StepRefused     StepName = "refused"
)

// Refusal says why a journey cannot go on.
type Refusal string

// The refusals.
const (
	// RefusedUnregistered: nobody has the address and no contact can be
	// created for it; step 1 says so.
	RefusedUnregistered Refusal = "unregistered"
	// RefusedInactive: the address was proved, and is switched off.
	RefusedInactive Refusal = "inactive"
	// RefusedNotCreated: the address was proved, and no account takes it.
	RefusedNotCreated Refusal = "not_created"
	// RefusedNoMethod: nothing that could prove the address is admitted.
	RefusedNoMethod Refusal = "no_method"
)

// Step is what comes next, with what there is to choose.
type Step struct {
	Name      StepName
	Refusal   Refusal                      // StepRefused
	Platform  directory.Platform           // the one being entered; from StepEnter on
	Platforms []directory.Platform         // StepPlatform
	Methods   []string                     // StepMethod, StepProve: what is offered
	Contacts  []directory.Contact          // StepAccount
	Accounts  map[string]directory.Account // StepAccount: theirs, by id
	// Account: where StepCreate creates; for StepMethod and StepProve after an
	// account was chosen, the one that asks for another method.
	Account directory.Account
	// Confirms: the provider whose claim of the address an emailed token at StepMethod
	// and StepProve is to confirm; empty otherwise.
	Confirms string
	Entity   directory.Entity // StepDone
	Proof    session.Proof    // StepDone: the one that opens the entity

	Forgot   bool // StepProve by password, StepNewPassword: an emailed token is offered instead
	Current  bool // StepNewPassword: asks for the present password too
	Required bool // StepNewPassword: an operator asks for it
}

// Facts are what [Next] goes by besides the journey itself.
type Facts struct {
	Settings *config.Settings
	Journey  string // its id
	// Providers tell whose identities each signs in; none: what they proved is not
	// asked about.
	Providers map[string]*provider.Provider
	Domain    string // of the address
	People    directory.People
	// ByDomain and ByTenant are the accounts that list the address's domain, or
	// a proof's tenant. They matter only where nobody bears the address.
	ByDomain []directory.Account
	ByTenant []directory.Account
	CatchAll *directory.Account
}

// Next is the one place that decides which step comes next (DESIGN.md, "The
// six steps"). It goes by answers and proofs, in the fixed order, and skips
// the steps with nothing to ask.
func Next(j Journey, f Facts) Step {
	j.Proofs = f.holding(j.Proofs)
	return f.forgettable(j, f.next(j))
}

func (f Facts) next(j Journey) Step {
	if j.Address == "" {
		return Step{Name: StepEmail}
	}
	people := f.People.Effective()
	platforms := f.platforms(people)
	if len(platforms) == 0 {
		return Step{Name: StepRefused, Refusal: RefusedUnregistered}
	}
	platform, chosen := choosePlatform(j, platforms)
	if !chosen {
		return Step{Name: StepPlatform, Platforms: platforms}
	}
	if !f.Settings.At(platform, j.Origin) {
		return Step{Name: StepEnter, Platform: platform}
	}
	if !f.Proved(j.Proofs, platform) {
		return f.prove(j, platform)
	}
	return f.afterProof(j, platform)
}

// prove is step 3 until the address is proved: by one of the methods that are
// offered or, where a provider only claimed it, by an emailed token besides.
func (f Facts) prove(j Journey, platform directory.Platform) Step {
	if len(j.Proofs) > 0 && f.Confirms(j.Proofs, platform) {
		step := proveBy(j, platform, []string{directory.MethodEmailToken}, directory.Account{})
		step.Confirms = j.Proofs[len(j.Proofs)-1].Method
		return step
	}
	return proveBy(j, platform, f.methods(f.People.Effective(), platform), directory.Account{})
}

// afterProof decides steps 4 to 6.
func (f Facts) afterProof(j Journey, platform directory.Platform) Step {
	if !f.People.Known() {
		return f.create(j, platform)
	}
	people := f.People.Effective()
	if !f.People.Active() || !slices.Contains(people.Platforms(), platform) {
		return Step{Name: StepRefused, Refusal: RefusedInactive, Platform: platform}
	}
	if step, asked := f.newPassword(j, platform); asked {
		return step
	}
	if j.Stay == Unanswered {
		return Step{Name: StepStay, Platform: platform}
	}
	if platform != directory.Client {
		return f.enterAsMember(j, platform, people)
	}
	return f.enterAsContact(j, platform, people)
}

// create is step 4.
func (f Facts) create(j Journey, platform directory.Platform) Step {
	account, ok := f.creationAccount(j.Proofs)
	if !ok {
		return Step{Name: StepRefused, Refusal: RefusedNotCreated, Platform: platform}
	}
	return Step{Name: StepCreate, Platform: platform, Account: account}
}

// creationAccount is the account that the proofs create a contact in.
func (f Facts) creationAccount(proofs []session.Proof) (directory.Account, bool) {
	candidates := slices.Concat(f.ByDomain, f.ByTenant)
	for _, proof := range preferred(proofs) {
		if !proof.Vouched && !proof.Claimed {
			continue // it was that of a record which is gone
		}
		claim := directory.Claim{Domain: f.Domain, Tenant: proof.Tenant, At: proof.At, Method: proof.Method,
			Vouched: proof.Vouched, Confirmed: byEmailToo(proofs, proof)}
		if account, ok := f.Settings.Creation.Choose(claim, candidates, f.CatchAll); ok {
			return account, true
		}
	}
	return directory.Account{}, false
}

// enterAsContact is step 6 and the end of a contact's journey.
func (f Facts) enterAsContact(j Journey, platform directory.Platform, people directory.People) Step {
	people = f.reached(people, j.Proofs)
	contact, ok := chooseContact(j, people.Contacts)
	if !ok {
		return Step{Name: StepAccount, Platform: platform, Contacts: people.Contacts, Accounts: people.Accounts}
	}
	account := people.Accounts[contact.Account]
	d := f.contactDoor(contact, platform)
	proof, ok := f.opens(j.Proofs, d)
	if !ok {
		only := people
		only.Contacts = []directory.Contact{contact}
		step := proveBy(j, platform, f.further(only, platform), account)
		step.Confirms = f.confirmsAt(j.Proofs, d)
		return step
	}
	return Step{Name: StepDone, Platform: platform, Entity: directory.ContactEntity(contact, account), Proof: proof}
}

// enterAsMember is the end of a member's journey.
func (f Facts) enterAsMember(j Journey, platform directory.Platform, people directory.People) Step {
	proof, ok := f.opens(j.Proofs, f.memberDoor(*people.Member, platform))
	if !ok {
		return proveBy(j, platform, f.further(people, platform), directory.Account{})
	}
	return Step{Name: StepDone, Platform: platform, Entity: directory.MemberEntity(*people.Member), Proof: proof}
}

// platforms are those that the address opens and the operator has configured.
// An address that could become a contact opens client.
func (f Facts) platforms(people directory.People) []directory.Platform {
	opened := people.Platforms()
	if !f.People.Known() && len(f.methods(people, directory.Client)) > 0 {
		opened = []directory.Platform{directory.Client}
	}
	return slices.DeleteFunc(opened, func(p directory.Platform) bool {
		_, configured := f.Settings.Platforms[p]
		return !configured
	})
}

// methods are what step 3 offers.
func (f Facts) methods(people directory.People, platform directory.Platform) []string {
	admitted := f.Settings.Platforms[platform].Methods
	if !f.People.Known() {
		return f.Settings.Creation.Methods(admitted, f.ByDomain, f.CatchAll)
	}
	return people.MethodsOn(platform, admitted)
}

// further are the methods to ask for where those that were used do not do.
func (f Facts) further(people directory.People, platform directory.Platform) []string {
	return people.MethodsOn(platform, f.Settings.Platforms[platform].Methods)
}

// choosePlatform is step 2: the answer, or what needs no question.
func choosePlatform(j Journey, platforms []directory.Platform) (directory.Platform, bool) {
	if slices.Contains(platforms, j.Platform) {
		return j.Platform, true
	}
	both := platforms[0] == directory.Client && len(platforms) > 1
	switch {
	case both:
		moveToFront(platforms, j.Site)
		return "", false
	case slices.Contains(platforms, j.Site):
		return j.Site, true
	}
	return platforms[0], true // client, or tech before admin
}

func moveToFront(platforms []directory.Platform, first directory.Platform) {
	if i := slices.Index(platforms, first); i > 0 {
		copy(platforms[1:i+1], platforms[:i])
		platforms[0] = first
	}
}

// proveBy is step 3: go through with the method chosen, or choose one.
func proveBy(j Journey, platform directory.Platform, methods []string, account directory.Account) Step {
	step := Step{Name: StepMethod, Platform: platform, Methods: methods, Account: account}
	switch {
	case len(methods) == 0:
		return Step{Name: StepRefused, Refusal: RefusedNoMethod, Platform: platform}
	case slices.Contains(methods, j.Method):
		step.Name = StepProve
	}
	return step
}

// chooseContact is step 6: the answer, or the only one there is.
func chooseContact(j Journey, contacts []directory.Contact) (directory.Contact, bool) {
	if len(contacts) == 1 {
		return contacts[0], true
	}
	i := slices.IndexFunc(contacts, func(c directory.Contact) bool { return c.Account == j.Account })
	if i < 0 {
		return directory.Contact{}, false
	}
	return contacts[i], true
}
