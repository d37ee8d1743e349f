package directory

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Platform is one of the three portals.
type Platform string

// The platforms, in the order in which they are listed to people.
const (
	Client Platform = "client"
	Tech   Platform = "tech"
	Admin  Platform = "admin"
)

// Platforms are all platforms in their listing order.
var Platforms = []Platform{Client, Tech, Admin}

// ParsePlatform reads a platform's name.
func ParsePlatform(s string) (Platform, error) {
	if p := Platform(s); slices.Contains(Platforms, p) {
		return p, nil
	}
	return "", fmt.Errorf("unknown platform %q: write client, tech or admin", s)
}

// Kind is the type of an entity.
type Kind string

// The two kinds of entity.
const (
	KindContact Kind = "contact"
	KindMember  Kind = "member"
)

// ParseKind reads a kind's name.
func ParseKind(s string) (Kind, error) {
	if k := Kind(s); k == KindContact || k == KindMember {
		return k, nil
	}
	return "", fmt.Errorf("unknown kind %q: write contact or member", s)
}

// Names of the sign-in methods that are always there. Every other name is
// that of a configured OpenID provider.
const (
	MethodMicrosoft  = "microsoft"
	MethodEmailToken = "email_token"
	MethodPassword   = "password"
)

var methodForm = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,31}$`)

// IsMethodName reports whether a text can name a sign-in method: lower-case
// letters, digits, - and _, a letter first, at most 32.
func IsMethodName(s string) bool { return methodForm.MatchString(s) }

var guidForm = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)

// IsGUID reports whether a text is an id as Entra's tokens spell those of
// tenants and objects: a GUID in lower case.
func IsGUID(s string) bool { return guidForm.MatchString(s) }

// PersonalTenant is the Entra tenant of all personal Microsoft accounts.
const PersonalTenant = "9188040d-6c67-4c5b-b112-36a304b66dad"

// ParseTenant reads the id of a tenant whose word on addresses is to count: a
// GUID, in any case, but that of the personal accounts, which is nobody's.
func ParseTenant(s string) (string, error) {
	switch s = strings.ToLower(strings.TrimSpace(s)); {
	case !IsGUID(s):
		return "", errors.New("not an Entra tenant id; write it as 11111111-2222-4333-8444-555555555555")
	case s == PersonalTenant:
		return "", errors.New("the tenant of all personal Microsoft accounts, which is nobody's; write that of a company")
	}
	return s, nil
}

// CreationRule says when an unknown address may become a contact of an
// account (DESIGN.md, "Rules for contact creation").
type CreationRule string

// The rules. The empty rule stands for the configured default.
const (
	CreateByDefault         CreationRule = ""
	CreateByDomain          CreationRule = "domain"
	CreateByTenant          CreationRule = "tenant"
	CreateByTenantAndDomain CreationRule = "tenant_and_domain"
	CreateOff               CreationRule = "off"
)

// ParseCreationRule reads a rule's name; the empty text is refused.
func ParseCreationRule(s string) (CreationRule, error) {
	switch r := CreationRule(s); r {
	case CreateByDomain, CreateByTenant, CreateByTenantAndDomain, CreateOff:
		return r, nil
	}
	return "", fmt.Errorf("unknown rule %q: write domain, tenant, tenant_and_domain or off", s)
}

// Account is a customer company.
type Account struct {
	ID      string
	Name    string
	Domains []string // email domains, as ParseDomain returns them
	Tenants Tenants  // Entra's, whose word on addresses counts for its contacts
	// ContactCreation is the account's own rule; empty: the default for all.
	ContactCreation CreationRule
	// Methods narrows the sign-in methods; empty: all that the platform admits.
	Methods []string
	Active  bool
}

// Admits reports whether the account lets people in by each of the methods.
func (a Account) Admits(methods ...string) bool {
	return len(a.Methods) == 0 || lists(a.Methods, methods)
}

// MaxDetail bounds each detail that people give of themselves at sign-in, in
// characters. An import admits no less: what was exported can be brought back.
const MaxDetail = 100

// Contact is a person at a customer, of exactly one account.
type Contact struct {
	ID         string
	Email      Address
	Name       string // display name; empty: given and family name
	GivenName  string
	FamilyName string
	Phone      string
	JobTitle   string
	Account    string // account id
	Groups     []string
	Primary    bool // listed first among the contacts of one address
	Active     bool
	// SelfRegistered marks a contact made at sign-in: an import's prune spares
	// it, and a new id with its address and account takes it over.
	SelfRegistered bool
	Created        time.Time
	Links          Links
}

// DisplayName is the name that portals and pages show, the address if there
// is no other.
func (c Contact) DisplayName() string {
	if c.Name != "" {
		return c.Name
	}
	if full := strings.TrimSpace(c.GivenName + " " + c.FamilyName); full != "" {
		return full
	}
	return string(c.Email)
}

// Member is a person of the service provider.
type Member struct {
	ID        string
	Email     Address
	Name      string
	Platforms []Platform // empty: tech and admin
	Groups    []string
	Active    bool
	Links     Links
}

// Opens reports whether the member's record opens a platform.
func (m Member) Opens(p Platform) bool {
	if len(m.Platforms) == 0 {
		return p == Tech || p == Admin
	}
	return p != Client && slices.Contains(m.Platforms, p)
}

// DisplayName is the name that portals and pages show, the address if there
// is no other.
func (m Member) DisplayName() string {
	if m.Name != "" {
		return m.Name
	}
	return string(m.Email)
}

// People is everything that is recorded about one address.
type People struct {
	// Contacts, active or not, in the order primary first, then account name,
	// then id. Accounts holds the account of each, by id.
	Contacts []Contact
	Accounts map[string]Account
	// Member is nil where the address has none.
	Member *Member
	// Passwords tells of the password of each kind that has one.
	Passwords map[Kind]PasswordState
}

// Bears reports whether an entity is among those of the address.
func (p People) Bears(kind Kind, id string) bool {
	if kind == KindMember {
		return p.Member != nil && p.Member.ID == id
	}
	return slices.ContainsFunc(p.Contacts, func(c Contact) bool { return c.ID == id })
}

// Known reports whether any record, active or not, bears the address.
func (p People) Known() bool { return len(p.Contacts) > 0 || p.Member != nil }
