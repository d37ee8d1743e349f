package journey

import (
	"slices"
	"testing"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/emailtoken"
	"github.com/frontdesk-gateway/frontdesk/internal/session"
)

// linkedTo links a record to a person at Microsoft.
func linkedTo(person string, change ...func(*directory.Link)) directory.Links {
	l := directory.Link{Provider: directory.MethodMicrosoft, Identity: identityOf(person), Address: "ann@acme.example", Vouched: true}
	for _, f := range change {
		f(&l)
	}
	return directory.Links{l}
}

func unvouchedLink(l *directory.Link)      { l.Vouched = false }
func mailedLink(l *directory.Link)         { l.Mailed = true }
func ofAnotherProvider(l *directory.Link)  { l.Provider = "google" }
func ofAnEarlierAddress(l *directory.Link) { l.Address = "old@acme.example" }
func ofAnotherIssuer(l *directory.Link)    { l.Identity.Issuer = "https://elsewhere.example" }
func linked(links directory.Links) func(*directory.Contact, *directory.Account) {
	return func(c *directory.Contact, _ *directory.Account) { c.Links = links }
}

func linkedMember(links directory.Links) person {
	return func(p *directory.People) {
		member()(p)
		p.Member.Links = links
	}
}

// TestLinks: whom an identity is, and who may become whom (DESIGN.md: a person
// is bound at the first proved sign-in, and found by that binding afterwards).
func TestLinks(t *testing.T) {
	token := session.Proof{Method: directory.MethodEmailToken, Purpose: confirming(directory.MethodMicrosoft), Vouched: true}
	namesNobody, namesGoogle := token, token
	namesNobody.Purpose, namesGoogle.Purpose = emailtoken.Purpose{}, confirming("google")
	vouched, claimed := proofAs("ann", tenantOther, true), proofAs("ann", tenantOther, false)
	renamed := claimed
	renamed.Claimed = false // the provider names another address
	trusted := proofAs("ann", tenantAcme, false)
	for _, c := range []struct {
		name   string
		people directory.People
		proofs []session.Proof
		door   string // the account; empty: the member's
		want   string // the method that opens it
	}{
		{"vouched, linked to nobody", whoever(contactIn("a")), []session.Proof{vouched}, "a", "microsoft"},
		{"claimed, linked to nobody", whoever(contactIn("a")), []session.Proof{claimed}, "a", ""},
		{"claimed, of the account's tenant", whoever(contactIn("a", ofTenant(tenantAcme))), []session.Proof{trusted}, "a", "microsoft"},
		{"claimed and confirmed", whoever(contactIn("a")), []session.Proof{claimed, token}, "a", "microsoft"},
		{"confirmed first, then claimed", whoever(contactIn("a")), []session.Proof{token, claimed}, "a", "microsoft"},
		{"claimed, and a mail that named nobody", whoever(contactIn("a")), []session.Proof{claimed, namesNobody}, "a", "email_token"},
		{"claimed, and a mail that named who signed in elsewhere", whoever(contactIn("a")), []session.Proof{claimed, namesGoogle}, "a", "email_token"},
		{"claimed and confirmed, but the account admits no emailed token", whoever(contactIn("a", admitting("microsoft"))), []session.Proof{claimed, token}, "a", ""},
		{"another address, confirmed", whoever(contactIn("a")), []session.Proof{renamed, token}, "a", "email_token"},

		{"linked", whoever(contactIn("a", linked(linkedTo("ann")))), []session.Proof{claimed}, "a", "microsoft"},
		{"linked, and the provider names another address now", whoever(contactIn("a", linked(linkedTo("ann")))), []session.Proof{renamed}, "a", "microsoft"},
		{"linked without a proof, the tenant is listed", whoever(contactIn("a", linked(linkedTo("ann", unvouchedLink)), ofTenant(tenantAcme))), []session.Proof{trusted}, "a", "microsoft"},
		{"linked without a proof, the tenant is listed no more", whoever(contactIn("a", linked(linkedTo("ann", unvouchedLink)))), []session.Proof{trusted}, "a", ""},
		{"linked without a proof, the tenant is listed no more, confirmed", whoever(contactIn("a", linked(linkedTo("ann", unvouchedLink)))), []session.Proof{renamed, token}, "a", "microsoft"},
		{"linked without a proof, proved now", whoever(contactIn("a", linked(linkedTo("ann", unvouchedLink)))), []session.Proof{vouched}, "a", "microsoft"},

		{"linked by a mail", whoever(contactIn("a", linked(linkedTo("ann", mailedLink)))), []session.Proof{claimed}, "a", "microsoft"},
		{"linked by a mail, but the account admits none", whoever(contactIn("a", linked(linkedTo("ann", mailedLink)), admitting("microsoft"))), []session.Proof{claimed}, "a", ""},
		{"linked by a mail, the account admits none, the tenant is listed", whoever(contactIn("a", linked(linkedTo("ann", mailedLink)), admitting("microsoft"), ofTenant(tenantAcme))), []session.Proof{trusted}, "a", "microsoft"},

		{"another's, vouched: a recycled address", whoever(contactIn("a", linked(linkedTo("before")))), []session.Proof{vouched}, "a", ""},
		{"another's, of the account's tenant", whoever(contactIn("a", linked(linkedTo("before")), ofTenant(tenantAcme))), []session.Proof{trusted}, "a", ""},
		{"another's, confirmed", whoever(contactIn("a", linked(linkedTo("before")))), []session.Proof{vouched, token}, "a", "microsoft"},
		{"another's, but the account admits no emailed token", whoever(contactIn("a", linked(linkedTo("before")), admitting("microsoft"))), []session.Proof{vouched, token}, "a", ""},
		{"another's, confirmed, naming another address", whoever(contactIn("a", linked(linkedTo("before")))), []session.Proof{renamed, token}, "a", "email_token"},
		{"the same subject of another issuer", whoever(contactIn("a", linked(linkedTo("ann", ofAnotherIssuer)))), []session.Proof{vouched}, "a", ""},
		{"another's at another provider", whoever(contactIn("a", linked(linkedTo("before", ofAnotherProvider)))), []session.Proof{vouched}, "a", "microsoft"},
		{"a link of an earlier address is void", whoever(contactIn("a", linked(linkedTo("ann", ofAnEarlierAddress)))), []session.Proof{renamed}, "a", ""},
		{"another's of an earlier address is void too", whoever(contactIn("a", linked(linkedTo("before", ofAnEarlierAddress)))), []session.Proof{vouched}, "a", "microsoft"},

		{"the address is another's by a second contact", whoever(contactIn("a"), contactIn("b", linked(linkedTo("before")))), []session.Proof{vouched}, "a", ""},
		{"so it is, confirmed", whoever(contactIn("a"), contactIn("b", linked(linkedTo("before")))), []session.Proof{vouched, token}, "a", "microsoft"},
		{"a second contact's unproved link binds nobody else", whoever(contactIn("a"), contactIn("b", linked(linkedTo("before", unvouchedLink)))), []session.Proof{vouched}, "a", "microsoft"},
		{"a second contact's link to the same", whoever(contactIn("a"), contactIn("b", linked(linkedTo("ann")))), []session.Proof{vouched}, "a", "microsoft"},
		{"a second contact's link is not this one's", whoever(contactIn("a"), contactIn("b", linked(linkedTo("ann")))), []session.Proof{renamed}, "a", ""},
		{"a member's link does not bind contacts", whoever(contactIn("a"), linkedMember(linkedTo("before"))), []session.Proof{vouched}, "a", "microsoft"},

		{"member: linked", whoever(linkedMember(linkedTo("ann"))), []session.Proof{renamed}, "", "microsoft"},
		{"member: another's", whoever(linkedMember(linkedTo("before"))), []session.Proof{vouched}, "", ""},
		{"member: another's, confirmed", whoever(linkedMember(linkedTo("before"))), []session.Proof{vouched, token}, "", "microsoft"},
		{"member: a contact's link does not bind members", whoever(member(), contactIn("a", linked(linkedTo("before")))), []session.Proof{vouched}, "", "microsoft"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := Facts{Settings: settings(), People: c.people}
			if c.door == "" {
				p, _ := f.opens(c.proofs, f.memberDoor(*c.people.Member, tech))
				wantMethod(t, p.Method, c.want)
				return
			}
			i := slices.IndexFunc(c.people.Contacts, func(contact directory.Contact) bool { return contact.Account == c.door })
			p, _ := f.opens(c.proofs, f.contactDoor(c.people.Contacts[i], client))
			wantMethod(t, p.Method, c.want)
		})
	}
}

func wantMethod(t *testing.T, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("opened by %q, want %q", got, want)
	}
}

// TestLinkedMemberTenants: members sign in from nowhere else, linked or not.
func TestLinkedMemberTenants(t *testing.T) {
	f := Facts{Settings: settings(memberTenants(tenantAcme)), People: whoever(linkedMember(linkedTo("ann")))}
	for tenant, want := range map[string]bool{tenantAcme: true, tenantOther: false, "": false} {
		if _, got := f.opens([]session.Proof{proofAs("ann", tenant, true)}, f.memberDoor(*f.People.Member, tech)); got != want {
			t.Errorf("tenant %q opens: %t, want %t", tenant, got, want)
		}
	}
	further := session.Proof{Method: "google", Identity: identityOf("ann"), Vouched: true, Claimed: true}
	f.Settings.Platforms[tech] = platform("microsoft google", atTech)
	if _, opens := f.opens([]session.Proof{further}, f.memberDoor(*f.People.Member, tech)); !opens {
		t.Error("another provider's identity, which has no tenant, does not open")
	}
}

// TestStands: a session stands as long as the word counts that it was opened by,
// whatever may be used to come in today.
func TestStands(t *testing.T) {
	token := session.Proof{Method: directory.MethodEmailToken, Purpose: confirming(directory.MethodMicrosoft), Vouched: true}
	trusted, vouched := proofAs("ann", tenantAcme, false), proofAs("ann", tenantAcme, true)
	word, proved := linked(linkedTo("ann", unvouchedLink)), linked(linkedTo("ann"))
	google := session.Proof{Method: "google", Identity: identityOf("ann"), Vouched: true, Claimed: true}
	for _, c := range []struct {
		name    string
		person  person
		proofs  []session.Proof
		method  string // that opened the entity; empty: the first proof's
		members []string
		want    bool
	}{
		{"by the word of a tenant that is listed", contactIn("a", word, ofTenant(tenantAcme)), []session.Proof{trusted}, "", nil, true},
		{"by that of one that is listed no more", contactIn("a", word), []session.Proof{trusted}, "", nil, false},
		{"by that of another than is listed", contactIn("a", word, ofTenant(tenantOther)), []session.Proof{trusted}, "", nil, false},
		{"the same, and by mail at another account", contactIn("a", word), []session.Proof{trusted, token}, "", nil, true},
		{"the same, where that counts for nothing", contactIn("a", word, admitting("microsoft")), []session.Proof{trusted, token}, "", nil, false},
		{"by an identity whose address was proved once", contactIn("a", proved), []session.Proof{trusted}, "", nil, true},
		{"by one that a mail linked, where that is admitted no more", contactIn("a", linked(linkedTo("ann", mailedLink)), admitting("microsoft")), []session.Proof{trusted}, "", nil, true},
		{"by one that the provider vouches for", contactIn("a", word), []session.Proof{vouched}, "", nil, true},
		{"by one that is another's now", contactIn("a", linked(linkedTo("before"))), []session.Proof{trusted}, "", nil, false},
		{"by mail", contactIn("a"), []session.Proof{token}, "", nil, true},
		{"by mail, after a tenant's word elsewhere", contactIn("a"), []session.Proof{trusted, token}, "email_token", nil, true},
		{"by a method that is admitted no more", contactIn("a", admitting("microsoft")), []session.Proof{token}, "", nil, true},
		{"by nothing", contactIn("a"), nil, "email_token", nil, false},
		{"a member of a tenant that is listed", linkedMember(linkedTo("ann", unvouchedLink)), []session.Proof{trusted}, "", []string{tenantAcme}, true},
		{"a member, where no tenant is listed any more", linkedMember(linkedTo("ann", unvouchedLink)), []session.Proof{trusted}, "", nil, false},
		{"a member who was proved, where members come from elsewhere now", linkedMember(linkedTo("ann")), []session.Proof{vouched}, "", []string{tenantOther}, false},
		{"a member who was proved, from anywhere", linkedMember(linkedTo("ann")), []session.Proof{vouched}, "", nil, true},
		{"a member by another provider", linkedMember(nil), []session.Proof{google}, "", []string{tenantOther}, true},
		{"a member by mail", linkedMember(nil), []session.Proof{token}, "", []string{tenantOther}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := Facts{Settings: settings(memberTenants(c.members...)), People: whoever(c.person)}
			s := session.Session{Kind: directory.KindContact, EntityID: "c-a", Platform: client, Method: c.method, Proofs: c.proofs}
			if f.People.Member != nil {
				s.Kind, s.EntityID, s.Platform = directory.KindMember, f.People.Member.ID, tech
			}
			if c.method == "" {
				s.Method = c.proofs[0].Method
			}
			if got := f.Stands(s); got != c.want {
				t.Errorf("stands: %t, want %t", got, c.want)
			}
		})
	}
}

// TestLatestIdentity: of two that open a door the later one is linked.
func TestLatestIdentity(t *testing.T) {
	f := Facts{Settings: settings(), People: whoever(contactIn("a"))}
	p, _ := f.opens([]session.Proof{proofAs("first", "", true), proofAs("second", "", true)}, f.contactDoor(f.People.Contacts[0], client))
	if p.Identity != identityOf("second") {
		t.Errorf("opened by %+v", p)
	}
}

// TestAdds: which proofs of a provider are kept.
func TestAdds(t *testing.T) {
	lists := directory.Account{ID: "lists", Active: true, Domains: []string{"acme.example"}, Tenants: directory.Tenants{{Tenant: tenantAcme}}, Methods: []string{"microsoft"}, ContactCreation: directory.CreateByTenant}
	lacks := directory.Account{ID: "lacks", Active: true}
	people := whoever(contactIn("lists", ofTenant(tenantAcme)), contactIn("lacks"), member())
	strict := whoever(contactIn("strict", admitting("microsoft")))
	for _, c := range []struct {
		name    string
		people  directory.People
		members []string
		byTen   []directory.Account
		before  []session.Proof
		step    Step
		tenant  string
		vouched bool
		want    bool
	}{
		{"vouched", people, nil, nil, nil, Step{Platform: client}, "", true, true},
		{"claimed, an account lists the tenant", people, nil, nil, nil, Step{Platform: client}, tenantAcme, false, true},
		{"claimed, to be confirmed", people, nil, nil, nil, Step{Platform: client}, tenantOther, false, true},
		{"claimed, cannot be confirmed", strict, nil, nil, nil, Step{Platform: client}, tenantOther, false, false},
		{"claimed, nobody has the address, an account lists the tenant", whoever(), nil, []directory.Account{lists}, nil, Step{Platform: client}, tenantAcme, false, true},
		{"claimed, nobody has the address, and cannot be confirmed", whoever(), nil, []directory.Account{lists}, nil, Step{Platform: client}, tenantOther, false, false},
		{"claimed, listed only where the method is not admitted", whoever(contactIn("listing", ofTenant(tenantAcme), admitting("email_token")), contactIn("strict", admitting("microsoft"))), nil, nil, nil, Step{Platform: client}, tenantAcme, false, false},
		{"for an account that lists the tenant", people, nil, nil, []session.Proof{{Method: "password", Vouched: true}}, Step{Platform: client, Account: lists}, tenantAcme, false, true},
		{"for an account that does not, though another does", people, nil, nil, []session.Proof{{Method: "password", Vouched: true}}, Step{Platform: client, Account: lacks}, tenantAcme, false, false},
		{"for an account that does not, after an emailed token", people, nil, nil, []session.Proof{{Method: "email_token", Purpose: confirming("microsoft"), Vouched: true}}, Step{Platform: client, Account: lacks}, tenantOther, false, true},
		{"member, vouched", people, nil, nil, nil, Step{Platform: tech}, tenantOther, true, true},
		{"member, claimed, to be confirmed", people, nil, nil, nil, Step{Platform: tech}, tenantAcme, false, true},
		{"member, claimed, where admin admits no emailed token", people, nil, nil, nil, Step{Platform: admin}, tenantAcme, false, false},
		{"member, claimed, at a switch", people, nil, nil, []session.Proof{{Method: "password", Vouched: true, Kind: directory.KindContact}}, Step{Platform: tech}, tenantAcme, false, false},
		{"member, of a listed tenant", people, []string{tenantAcme}, nil, nil, Step{Platform: tech}, tenantAcme, false, true},
		{"member, of another tenant", people, []string{tenantAcme}, nil, nil, Step{Platform: tech}, tenantOther, true, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			facts := Facts{Settings: settings(memberTenants(c.members...)), Domain: "acme.example", People: c.people, ByTenant: c.byTen}
			proofs := append(slices.Clone(c.before), proofAs("ann", c.tenant, c.vouched))
			if got := facts.Adds(proofs, c.step); got != c.want {
				t.Errorf("%t, want %t", got, c.want)
			}
		})
	}
}
