package journey_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/journey"
	"github.com/frontdesk-gateway/frontdesk/internal/session"
	"github.com/frontdesk-gateway/frontdesk/internal/transfer"
)

// operatorDoes is one of what an operator does.
func (w *walk) operatorDoes() {
	what, err := oneOf(w,
		(*walk).changesContact, (*walk).changesContact, (*walk).changesContact, (*walk).changesMember,
		(*walk).changesAccount, (*walk).changesAccount, (*walk).changesAccount,
		(*walk).takesLinkAway, (*walk).setsPasswordFor, (*walk).setsPasswordFor, (*walk).wantsAnother, (*walk).imports,
		(*walk).changesForAMoment, (*walk).changesForAMoment, (*walk).changesAtOnce, (*walk).changesAtOnce, (*walk).changesAtOnce, (*walk).shutsMailsOut, (*walk).shutsMailsOut, (*walk).changesMethods, (*walk).changesMemberTenants, (*walk).changesProvider, (*walk).changesCreation,
	)(w)
	w.tell("the operator %s (%v)", what, err)
	var clash *directory.ClashError
	if errors.As(err, &clash) || errors.Is(err, directory.ErrNotFound) {
		err = nil
	}
	w.did(nil, journey.Outcome{}, err)
	if w.once(2) { // who waited comes before anything else does
		w.someoneGoesOn()
	}
}

var (
	accountIDs = []string{"acme", "borg", "strict"}
	contactIDs = []string{"pat-acme", "pat-borg", "pat-strict", "kim-acme"}
)

// changesContact moves one to another address or account, switches it, removes it or
// adds it.
func (w *walk) changesContact() (what string, err error) {
	err = w.store.Edit(w.t.Context(), func(e directory.Editor) error {
		what, err = w.changesContactIn(e, oneOf(w, contactIDs...))
		return err
	})
	return what, err
}

func (w *walk) changesContactIn(e directory.Editor, id string) (what string, err error) {
	c, err := e.Contact(w.t.Context(), id)
	if errors.Is(err, directory.ErrNotFound) {
		c = directory.Contact{ID: id, Email: directory.Address(oneOf(w, pat, kim)), Account: id[4:], Active: true}
		return fmt.Sprintf("adds %s with %s", id, c.Email), e.PutContact(c)
	}
	switch w.of(6) {
	case 0:
		return "removes " + id, e.DeleteContact(id)
	case 1, 5:
		c.Account = oneOf(w, slices.DeleteFunc(slices.Clone(accountIDs), func(id string) bool { return id == c.Account })...)
	case 2, 3:
		c.Email = directory.Address(oneOf(w, pat, kim))
	case 4:
		c.Active = !c.Active
	}
	return fmt.Sprintf("has %s be of %s, with %s, active: %t", id, c.Account, c.Email, c.Active), cmp.Or(err, e.PutContact(c))
}

// changesMember does the same for the member, and takes platforms away.
func (w *walk) changesMember() (what string, err error) {
	err = w.store.Edit(w.t.Context(), func(e directory.Editor) error {
		what, err = w.changesMemberIn(e)
		return err
	})
	return what, err
}

func (w *walk) changesMemberIn(e directory.Editor) (what string, err error) {
	m, err := e.Member(w.t.Context(), "pat-member")
	if errors.Is(err, directory.ErrNotFound) {
		return "adds the member", e.PutMember(directory.Member{ID: "pat-member", Email: pat, Active: true})
	}
	switch w.of(4) {
	case 0:
		return "removes the member", e.DeleteMember(m.ID)
	case 1:
		m.Active = !m.Active
	case 2:
		m.Email = directory.Address(oneOf(w, pat, kim))
	case 3:
		m.Platforms = oneOf(w, nil, []directory.Platform{directory.Tech}, []directory.Platform{directory.Admin})
	}
	return fmt.Sprintf("has the member be with %s, of %v, active: %t", m.Email, m.Platforms, m.Active), cmp.Or(err, e.PutMember(m))
}

// What an account may admit, and list.
var (
	accountMethods  = [][]string{nil, nil, {"microsoft"}, {"password", "microsoft"}, {"email_token", "microsoft"}, {"password"}, {"email_token"}, {"email_token"}, {"email_token", "password"}, {other}, {other, "email_token"}, {other, "microsoft"}}
	accountTenants  = []directory.Tenants{nil, always(tenantAcme), always(tenantAcme), always(tenantBorg), always(tenantAcme, tenantBorg), always(tenantOther)}
	creationRules   = []directory.CreationRule{directory.CreateByDefault, directory.CreateOff, directory.CreateByTenant, directory.CreateByTenantAndDomain}
	platformMethods = [][]string{
		{"microsoft", "email_token", "password"}, {"microsoft", "email_token", "password"}, {"email_token", "password"},
		{"microsoft", "password"}, {"microsoft"}, {"email_token", "microsoft"}, {other, "email_token"}, {other, "microsoft", "email_token", "password"},
	}
)

// always are tenants that are listed since ever.
func always(tenants ...string) directory.Tenants {
	return directory.Tenants(nil).Relist(tenants, time.Time{})
}

// founds has the operator begin with accounts and platforms that are like any.
func (w *walk) founds() {
	w.edit(func(e directory.Editor) error {
		for _, id := range accountIDs {
			a, err := e.Account(w.t.Context(), id)
			if w.once(2) {
				a.Methods = oneOf(w, accountMethods...)
			}
			if w.once(2) {
				a.Tenants = oneOf(w, accountTenants...)
			}
			if w.once(4) {
				a.Domains = []string{"acme.example"}
			}
			if w.once(3) {
				a.ContactCreation = oneOf(w, creationRules...)
			}
			w.nowLists(id, a.Tenants.IDs())
			w.tell("%s admits %v, lists %v and %v, and creates by %q", id, a.Methods, a.Domains, a.Tenants.IDs(), a.ContactCreation)
			if err = cmp.Or(err, e.PutAccount(a)); err != nil {
				return err
			}
		}
		return nil
	})
	// Leaves room for another to come to an account, or to be new.
	gone := oneOf(w, nil, []string{"pat-acme"}, []string{"pat-borg"}, []string{"pat-strict"}, []string{"pat-acme", "pat-strict"}, []string{"pat-acme", "pat-borg"}, []string{"kim-acme"})
	w.tell("there is no %v", gone)
	w.edit(func(e directory.Editor) (err error) {
		for _, id := range gone {
			err = cmp.Or(err, e.DeleteContact(id))
		}
		return err
	})
	if w.once(3) {
		w.Settings.Creation.CatchAll = oneOf(w, accountIDs...)
		w.tell("%s catches all", w.Settings.Creation.CatchAll)
	}
	w.look(nil)
	for _, a := range w.accounts[:2] { // of Acme
		a.vouched = w.once(2)
	}
	for _, r := range []recordID{{directory.KindContact, "kim-acme"}, {directory.KindMember, "pat-member"}, w.ofPat()} {
		if _, there := w.records[r]; w.once(2) && there {
			what, err := w.setsPasswordOf(r, w.once(2))
			w.tell("%s (%v)", what, err)
		}
	}
	for _, name := range []directory.Platform{directory.Tech, directory.Admin} {
		w.admitOn(name, oneOf(w, platformMethods...)...)
		w.tell("%s admits %v", name, w.Settings.Platforms[name].Methods)
	}
}

// ofPat is a contact of pat's address.
func (w *walk) ofPat() recordID {
	return recordID{directory.KindContact, w.people(pat).Contacts[0].ID}
}

// changesAccount changes its methods, its tenants or rule, or switches it.
func (w *walk) changesAccount() (what string, err error) {
	before, err := w.store.Account(w.t.Context(), oneOf(w, accountIDs...))
	if err != nil {
		return "", err
	}
	a := before
	switch w.of(9) {
	case 0:
		a.Active = !a.Active
	case 1, 2, 3:
		a.Methods = oneOf(w, accountMethods...)
	case 4, 5, 6:
		a.Tenants = oneOf(w, accountTenants...)
	case 7:
		a.Domains = oneOf(w, nil, []string{"acme.example"})
	case 8:
		a.ContactCreation = oneOf(w, creationRules...)
	}
	return fmt.Sprintf("has %s admit %v, list %v and %v, create by %q, active: %t", a.ID, a.Methods, a.Domains, a.Tenants.IDs(), a.ContactCreation, a.Active), w.editsAccount(a)
}

// changesForAMoment does something to a record or account, and takes it back.
func (w *walk) changesForAMoment() (what string, err error) {
	contact, account := oneOf(w, contactIDs...), oneOf(w, accountIDs...)
	c, err := w.store.Contact(w.t.Context(), contact)
	if err != nil {
		return "finds no contact", err
	}
	a, err := w.store.Account(w.t.Context(), account)
	if err != nil {
		return "finds no account", err
	}
	otherAccount := a
	if otherAccount.Tenants = nil; w.once(2) {
		otherAccount.Active, otherAccount.Tenants = !a.Active, a.Tenants
	}
	if w.once(2) {
		return fmt.Sprintf("has %s list %v, active: %t, for a moment", account, otherAccount.Tenants.IDs(), otherAccount.Active),
			cmp.Or(w.editsAccount(otherAccount), w.editsAccount(a))
	}
	email, active := directory.Address("away@acme.example"), c.Active
	if w.once(2) {
		email, active = c.Email, !c.Active
	}
	return fmt.Sprintf("has %s be with %s, active: %t, for a moment", contact, email, active),
		cmp.Or(w.editsContact(contact, email, active), w.editsContact(contact, c.Email, c.Active))
}

// editsContact moves a contact and switches it.
func (w *walk) editsContact(id string, email directory.Address, active bool) error {
	return w.edits(func(e directory.Editor) error {
		c, err := e.Contact(w.t.Context(), id)
		c.Email, c.Active = email, active
		return cmp.Or(err, e.PutContact(c))
	})
}

// edits is a change that is looked at by itself.
func (w *walk) edits(change func(directory.Editor) error) error {
	return w.editsBy(w.store.Edit, change)
}

// editsBy is edits with what ends with tenants that accounts list no more.
func (w *walk) editsBy(edit func(context.Context, func(directory.Editor) error) error, change func(directory.Editor) error) error {
	before, listed := w.records, w.tenants()
	w.tick()
	err := edit(w.t.Context(), change)
	w.look(nil)
	for id, tenants := range w.tenants() {
		w.nowLists(id, tenants)
		gone := event{what: unlisted, tenants: slices.DeleteFunc(listed[id], func(t string) bool { return slices.Contains(tenants, t) })}
		for _, records := range []map[recordID]footing{before, w.records} {
			for record, f := range records {
				if f.account == id {
					gone.records, gone.addresses = append(gone.records, record), append(gone.addresses, f.address)
				}
			}
		}
		if len(gone.tenants) > 0 {
			w.happens(gone)
		}
	}
	return err
}

// tenants are those that each account lists.
func (w *walk) tenants() map[string][]string {
	all := map[string][]string{}
	for _, a := range w.accountsIn(w.store) {
		all[a.ID] = a.Tenants.IDs()
	}
	return all
}

// editsAccount is edits for an account.
func (w *walk) editsAccount(a directory.Account) error {
	return w.edits(func(e directory.Editor) error { return w.putAccount(e, a) })
}

// putAccount has an account be as it is given, and list its tenants from now on.
func (w *walk) putAccount(e directory.Editor, a directory.Account) error {
	is, err := e.Account(w.t.Context(), a.ID)
	a.Tenants = is.Tenants.Relist(a.Tenants.IDs(), w.clock())
	return cmp.Or(err, e.PutAccount(a))
}

// takesLinkAway does as the command unlink does.
func (w *walk) takesLinkAway() (what string, err error) {
	if len(w.records) == 0 {
		return "finds no record", nil
	}
	id := oneOf(w, w.recordsOf(w.records, nil)...)
	address := w.records[id].address
	w.happens(event{what: unlinked, record: id, addresses: []string{address}})
	w.letsGo(id)
	err = w.endsAtProviders(address, func(j journey.Journey) bool { return slices.ContainsFunc(j.Proofs, session.Proof.OfIdentity) })
	none := func(directory.Links) (directory.Links, error) { return nil, nil }
	return fmt.Sprintf("unlinks %v", id), cmp.Or(err, directory.ChangeLinks(w.t.Context(), w.store, id.kind, id.id, none))
}

// setsPasswordFor sets one that the record's person is told.
func (w *walk) setsPasswordFor() (what string, err error) {
	if len(w.records) == 0 {
		return "finds no record", nil
	}
	return w.setsPasswordOf(oneOf(w, w.recordsOf(w.records, nil)...), false)
}

// setsPasswordOf sets one as an operator does or, long ago, a mailed code did.
func (w *walk) setsPasswordOf(record recordID, mailed bool) (what string, err error) {
	owner := directory.PasswordOwner{Address: w.records[record].address, Kind: record.kind}
	w.made++
	set := &secret{plain: fmt.Sprintf("%s %d", plain, w.made), set: w.world.now, known: map[actor]bool{w.mailbox[owner.Address]: true}}
	set.mailed, set.mustChange = mailed, w.once(4)
	hash, err := w.Passwords.Hash(w.t.Context(), set.plain)
	if err != nil {
		return "", err
	}
	err = w.store.Edit(w.t.Context(), func(e directory.Editor) error {
		present, err := e.Password(w.t.Context(), owner)
		if err != nil && !errors.Is(err, directory.ErrNotFound) {
			return err
		}
		next := present.Successor(hash, w.clock())
		next.Mailed, next.MustChange = set.mailed, set.mustChange
		return e.SetPassword(owner, next)
	})
	w.secrets[owner] = set
	return fmt.Sprintf("sets the password of %v, by a mailed code: %t, to be changed: %t", owner, set.mailed, set.mustChange), err
}

// wantsAnother has a password be changed at the next sign-in.
func (w *walk) wantsAnother() (what string, err error) {
	owner := oneOf(w, owners...)
	err = w.store.Edit(w.t.Context(), func(e directory.Editor) error {
		p, err := e.Password(w.t.Context(), owner)
		if err != nil {
			return err
		}
		p.MustChange, w.secrets[owner].mustChange = true, true
		return e.SetPassword(owner, p)
	})
	return fmt.Sprintf("wants the password of %v changed", owner), err
}

// imports has a file say of a contact, or two, what they are.
func (w *walk) imports() (what string, err error) {
	contacts := []string{}
	for _, id := range w.oneOrTwo(contactIDs) {
		contacts = append(contacts, fmt.Sprintf(`{"id": %q, "email": %q, "account": %q, "active": %t}`, id, oneOf(w, pat, kim), oneOf(w, id[4:], "borg"), !w.once(4)))
	}
	file := fmt.Sprintf(`{"contacts": [%s]}`, strings.Join(contacts, ", "))
	w.importing = true
	_, err = transfer.Import(w.t.Context(), w.store, strings.NewReader(file), transfer.Options{Now: w.clock})
	if clashes := (*transfer.Errors)(nil); errors.As(err, &clashes) {
		err = nil
	}
	return "imports " + file, err
}

// changesMethods is a reload with other methods on a platform.
func (w *walk) changesMethods() (what string, err error) {
	name := oneOf(w, directory.Client, directory.Client, directory.Tech, directory.Admin)
	w.admitOn(name, oneOf(w, platformMethods...)...)
	return fmt.Sprintf("has %s admit %v", name, w.Settings.Platforms[name].Methods), nil
}

// shutsMailsOut has an account, or a platform, admit all but mailed codes.
func (w *walk) shutsMailsOut() (what string, err error) {
	const microsoft, password = directory.MethodMicrosoft, directory.MethodPassword
	if w.once(3) {
		name := oneOf(w, directory.Tech, directory.Admin)
		w.admitOn(name, microsoft, password)
		return fmt.Sprintf("shuts mails out of %s", name), nil
	}
	id := oneOf(w, accountIDs...)
	err = w.store.Edit(w.t.Context(), func(e directory.Editor) error {
		a, err := e.Account(w.t.Context(), id)
		a.Methods = []string{microsoft, password}
		return cmp.Or(err, e.PutAccount(a))
	})
	return "shuts mails out of " + id, err
}

// changesMemberTenants is a reload with others, after which the sessions of members who
// do not stand any more are ended.
func (w *walk) changesMemberTenants() (what string, err error) {
	tenants := oneOf(w, nil, []string{tenantAcme}, []string{tenantBorg}, []string{tenantAcme, tenantOther})
	w.Settings.MemberTenants = w.Settings.MemberTenants.Relist(tenants, w.clock())
	w.nowLists(ofMembers, tenants)
	w.happens(event{what: membersGone, tenants: tenants, counts: func(d deed) bool { return w.listed(ofMembers, d) }})
	for _, s := range w.signins {
		if _, gone := w.Living.Alive(w.t.Context(), s.key); gone != nil && s.record.kind == directory.KindMember {
			err = cmp.Or(err, w.store.EndSessions(w.t.Context(), s.key))
		}
	}
	return fmt.Sprintf("has members come from %v", tenants), err
}

// changesProvider is a reload with another tenant at the provider.
func (w *walk) changesProvider() (what string, err error) {
	tenant := oneOf(w, "organizations", "organizations", tenantAcme, tenantOther)
	w.replaceProvider(tenant)
	return "has the provider sign in " + tenant, nil
}

// changesCreation is a reload with another account for new contacts whom none takes, or
// several do.
func (w *walk) changesCreation() (what string, err error) {
	w.Settings.Creation.CatchAll = oneOf(w, append(accountIDs, "")...)
	return fmt.Sprintf("has %q catch all", w.Settings.Creation.CatchAll), nil
}
