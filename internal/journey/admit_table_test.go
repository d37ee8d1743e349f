package journey

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/config"
	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/emailtoken"
	"github.com/frontdesk-gateway/frontdesk/internal/session"
)

// reasons are who may be opened by what, whole: a proof opens a record where one of
// these holds of it.
var reasons = map[string][]reason{
	directory.MethodMicrosoft: {
		{"it is linked to the record since the address was proved", func(c combination) bool { return c.link == annProved }},
		{"it is linked by a mail, and mails are admitted", func(c combination) bool { return c.link == annMailed && c.admitsMail() }},
		{"it is linked, and the tenant is listed", func(c combination) bool { return c.linkedToAnn() && c.trusted() }},
		{"it is linked, and the provider vouches now", func(c combination) bool { return c.linkedToAnn() && c.says == vouches }},
		{"it is linked, and a mail that named it was answered", func(c combination) bool { return c.linkedToAnn() && c.confirmed() }},
		{"the provider vouches for it, and the address is nobody else's", func(c combination) bool { return c.says == vouches && !c.anothers() }},
		{"its tenant is listed and says so, and the address is nobody else's", func(c combination) bool { return c.says == claims && c.trusted() && !c.anothers() }},
		{"it names the address, and a mail that named it was answered", func(c combination) bool { return c.says != namesAnother && c.confirmed() }},
	},
	directory.MethodEmailToken: {
		{"nobody else was linked since it was made", func(c combination) bool { return !c.overtaken(c.made) }},
	},
	directory.MethodPassword: {
		{"it is the kind's, and nobody else was linked since it was typed", func(c combination) bool { return c.typed == c.kind() && !c.overtaken(early) }},
	},
}

// rules hold whatever else does.
var rules = []rule{
	{"nothing opens by a method that is not admitted", func(c combination, opened string) bool { return opened == "" || c.admits(opened) }},
	{"nothing opens that was not proved", func(c combination, opened string) bool {
		return opened == "" || map[string]bool{directory.MethodMicrosoft: c.says != unasked, directory.MethodEmailToken: c.mailed(), directory.MethodPassword: c.typed != ""}[opened]
	}},
	{"members come from the tenants that are listed, where some are", func(c combination, opened string) bool {
		return opened != directory.MethodMicrosoft || !c.member || c.tenants == "" || c.trusted()
	}},
	{"a name alone is nobody", func(c combination, opened string) bool {
		return opened != directory.MethodMicrosoft || c.says != namesAnother || c.linkedToAnn()
	}},
	{"where mails are shut out, nothing rests on one", func(c combination, opened string) bool {
		without := c
		without.purpose = noMail
		if c.link == annMailed {
			without.link = annUnproved
		}
		return c.admitsMail() || opened == without.opened()
	}},
	{"a tenant that is not listed says nothing", func(c combination, opened string) bool {
		without := c
		without.tenant = false
		return c.tenants == hers || opened == without.opened()
	}},
	{"a mail that named nobody, or somebody else, links nobody", func(c combination, opened string) bool {
		without := c
		without.purpose = noMail
		return c.purpose == confirming(directory.MethodMicrosoft) || opened != directory.MethodMicrosoft || opened == without.opened()
	}},
}

// TestWhoMayBeOpenedByWhat walks all that a record can be like, with all that can have
// been proved.
func TestWhoMayBeOpenedByWhat(t *testing.T) {
	seen, combinations := map[string]int{}, 0
	for r := range records {
		for p := range evidences {
			c := combination{r, p}
			opened, because := c.opened(), c.why()
			if want, _, _ := strings.Cut(because, ":"); opened != want {
				t.Fatalf("opened by %q, want %q\n%+v", opened, because, c)
			}
			for _, rule := range rules {
				if !rule.holds(c, opened) {
					t.Fatalf("opened by %q, although %s\n%+v", opened, rule.says, c)
				}
			}
			combinations++
			seen[because]++
		}
	}
	for method, all := range reasons {
		for _, r := range all {
			if seen[method+": "+r.why] == 0 {
				t.Errorf("no combination is opened by %s because %s", method, r.why)
			}
		}
	}
	t.Logf("%d combinations, %d of which open nothing", combinations, seen[""])
}

type reason struct {
	why   string
	holds func(combination) bool
}

type rule struct {
	says  string
	holds func(c combination, opened string) bool
}

// combination is a record of an address, and what somebody has proved.
type combination struct {
	record
	evidence
}

// record is what a record can be like: a contact in its account, or a member.
type record struct {
	member    bool
	methods   string // admitted: at the contact's account, or on the member's platform
	tenants   string // listed: those of the account, or member_tenants
	link      string // of the record, at Microsoft
	other     string // link of another record of the address
	setByMail bool   // the password
}

// What stands for links, and for tenants that are listed.
const (
	annUnproved    = "to ann, by her tenant's word"
	annProved      = "to ann, proved"
	annMailed      = "to ann, by a mail"
	beforeUnproved = "to who had the address before, by the tenant's word"
	beforeProved   = "to who had it before, proved"

	hers   = tenantAcme
	others = tenantOther
)

// evidence is what can have been proved, in moments: a link was made between two of them.
type evidence struct {
	says    string             // what Microsoft says of the address as ann signs in there
	tenant  bool               // she has one
	at      time.Time          // when she signed in
	purpose emailtoken.Purpose // of a mail that was answered
	made    time.Time          // when it was
	apart   bool               // in another journey than she signed in in
	typed   directory.Kind     // whose password; empty: none
}

// What a provider says of an address.
const (
	unasked      = "" // nobody signed in there
	vouches      = "vouched"
	claims       = "claimed"
	namesAnother = "names another"
)

var (
	early    = time.Date(2026, 3, 1, 12, 1, 0, 0, time.UTC)
	linkedAt = early.Add(time.Minute)
	midway   = early.Add(2 * time.Minute)
	late     = early.Add(3 * time.Minute)

	noMail = emailtoken.Purpose{Confirms: "no mail"}
)

func records(yield func(record) bool) {
	for _, methods := range []string{"microsoft email_token password", "microsoft", "microsoft password", "email_token", "password"} {
		for _, tenants := range []string{"", hers, others} {
			for _, link := range []string{"", annUnproved, annProved, annMailed, beforeUnproved, beforeProved} {
				for _, other := range []string{"", annProved, beforeUnproved, beforeProved} {
					for _, setByMail := range []bool{false, true} {
						if !yield(record{false, methods, tenants, link, other, setByMail}) || other == "" && !yield(record{true, methods, tenants, link, other, setByMail}) {
							return
						}
					}
				}
			}
		}
	}
}

// evidences leaves out what differs in nothing that was proved.
func evidences(yield func(evidence) bool) {
	for _, says := range []string{unasked, vouches, claims, namesAnother} {
		for _, tenant := range []bool{false, true} {
			for _, at := range []time.Time{early, midway} {
				for _, purpose := range []emailtoken.Purpose{noMail, {}, confirming(directory.MethodMicrosoft), confirming("google")} {
					for _, made := range []time.Time{early, late} {
						for _, apart := range []bool{false, true} {
							for _, typed := range []directory.Kind{"", directory.KindContact, directory.KindMember} {
								alike := says == unasked && (tenant || at != early || apart) || purpose == noMail && made != early || purpose == noMail && typed == "" && apart
								if !alike && !yield(evidence{says, tenant, at, purpose, made, apart, typed}) {
									return
								}
							}
						}
					}
				}
			}
		}
	}
}

// why is the method that opens, and the reason; empty where nothing does. An identity
// comes first, since it can be linked.
func (c combination) why() string {
	for _, method := range []string{directory.MethodMicrosoft, directory.MethodEmailToken, directory.MethodPassword} {
		proved := map[string]bool{directory.MethodMicrosoft: c.says != unasked && c.comesFromListed(), directory.MethodEmailToken: c.mailed(), directory.MethodPassword: c.typed != ""}
		i := slices.IndexFunc(reasons[method], func(r reason) bool { return r.holds(c) })
		if i >= 0 && proved[method] && c.admits(method) {
			return method + ": " + reasons[method][i].why
		}
	}
	return ""
}

func (c record) kind() directory.Kind {
	if c.member {
		return directory.KindMember
	}
	return directory.KindContact
}

func (c combination) admits(method string) bool {
	return strings.Contains(c.methods, method) && (method != directory.MethodPassword || !c.setByMail || c.admitsMail())
}

func (c combination) admitsMail() bool {
	return strings.Contains(c.methods, directory.MethodEmailToken)
}
func (c combination) mailed() bool          { return c.purpose != noMail }
func (c combination) linkedToAnn() bool     { return strings.HasPrefix(c.link, "to ann") }
func (c combination) trusted() bool         { return c.tenant && c.tenants == hers }
func (c combination) comesFromListed() bool { return !c.member || c.tenants == "" || c.trusted() }

// anothers reports whether the address is known to be somebody else's than ann's.
func (c combination) anothers() bool {
	return strings.HasPrefix(c.link, "to who") || !c.linkedToAnn() && c.other == beforeProved
}

// confirmed reports whether a mail that named ann's identity was answered where she
// had signed in, and while the address was hers.
func (c combination) confirmed() bool {
	return c.admitsMail() && c.purpose == confirming(directory.MethodMicrosoft) && !c.apart && !c.made.Before(c.at) && !c.overtaken(c.made)
}

// overtaken reports whether what ann proved then has been overtaken: she signed in in
// the same journey, and somebody else was linked since.
func (c combination) overtaken(then time.Time) bool {
	same := c.says != unasked && !c.apart
	return same && linkedAt.After(then) && (strings.HasPrefix(c.link, "to who") || c.other == beforeProved)
}

// opened is the method by which the code has the record opened.
func (c combination) opened() string {
	s, known := scenes[c.record]
	if !known {
		s.facts, s.door = c.facts()
		scenes[c.record] = s
	}
	p, _ := s.facts.opens(c.proofs(), s.door)
	return p.Method
}

// scenes are made once for each record.
var scenes = map[record]scene{}

type scene struct {
	facts Facts
	door  door
}

func (c combination) proofs() (proofs []session.Proof) {
	here, elsewhere := "journey", "journey"
	if c.apart {
		elsewhere = "another"
	}
	if c.says != unasked {
		p := session.Proof{Method: directory.MethodMicrosoft, At: c.at, Journey: here, Identity: identityOf("ann"), Vouched: c.says == vouches, Claimed: c.says != namesAnother}
		if c.tenant {
			p.Tenant = hers
		}
		proofs = append(proofs, p)
	}
	if c.mailed() {
		purpose := c.purpose
		purpose.Made = c.made
		proofs = append(proofs, session.Proof{Method: directory.MethodEmailToken, At: late.Add(time.Minute), Journey: elsewhere, Purpose: purpose, Vouched: true})
	}
	if c.typed != "" {
		proofs = append([]session.Proof{{Method: directory.MethodPassword, At: early, Journey: elsewhere, Kind: c.typed, Vouched: true}}, proofs...)
	}
	return proofs
}

func (c record) facts() (Facts, door) {
	f := Facts{Settings: settings(), People: whoever(member(), contactIn("a"), contactIn("b"))}
	f.People.Passwords[c.kind()] = directory.PasswordState{Mailed: c.setByMail}
	methods, tenants := strings.Fields(c.methods), listed(strings.Fields(c.tenants)...)
	links := linkOf(c.link)
	if c.member {
		f.Settings.MemberTenants, f.Settings.Platforms[tech] = tenants, config.PlatformSettings{Methods: methods}
		f.People.Member.Links = links
		return f, f.memberDoor(*f.People.Member, tech)
	}
	f.People.Contacts[0].Links, f.People.Contacts[1].Links = links, linkOf(c.other)
	f.People.Accounts["a"] = directory.Account{ID: "a", Active: true, Methods: methods, Tenants: tenants}
	return f, f.contactDoor(f.People.Contacts[0], client)
}

func linkOf(link string) directory.Links {
	if link == "" {
		return nil
	}
	who := "before"
	if strings.HasPrefix(link, "to ann") {
		who = "ann"
	}
	return linkedTo(who, func(l *directory.Link) {
		l.Since, l.Vouched, l.Mailed = linkedAt, link == annProved || link == annMailed || link == beforeProved, link == annMailed
	})
}
