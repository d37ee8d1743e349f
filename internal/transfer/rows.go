package transfer

import (
	"github.com/frontdesk-gateway/frontdesk/internal/directory"
)

// The kinds of record, as the field and column "type" names them.
const (
	kindAccount = "account"
	kindContact = string(directory.KindContact)
	kindMember  = string(directory.KindMember)
)

// account, contact and member are what a file says of one record: each field
// checked by itself, and nothing known of the directory yet.
type (
	account struct {
		heading
		name, rule               opt[string]
		domains, tenants, method opt[[]string]
		active, force            opt[bool]
	}
	contact struct {
		heading
		email, name, givenName, lastName opt[string]
		phone, jobTitle, account, hash   opt[string]
		groups                           opt[[]string]
		primary, active, selfRegistered  opt[bool]
	}
	member struct {
		heading
		email, name, hash opt[string]
		platforms, groups opt[[]string]
		active            opt[bool]
	}
)

func (a *account) code(k *coder) {
	a.heading.code(k)
	for _, o := range []*opt[string]{&a.name, &a.rule} {
		codeOpt(k, a.line, o, codeText)
	}
	for _, o := range []*opt[[]string]{&a.domains, &a.tenants, &a.method} {
		codeOpt(k, a.line, o, codeTexts)
	}
	for _, o := range []*opt[bool]{&a.active, &a.force} {
		codeOpt(k, a.line, o, (*coder).flag)
	}
}

func (c *contact) code(k *coder) {
	c.heading.code(k)
	for _, o := range []*opt[string]{&c.email, &c.name, &c.givenName, &c.lastName, &c.phone, &c.jobTitle, &c.account, &c.hash} {
		codeOpt(k, c.line, o, codeText)
	}
	codeOpt(k, c.line, &c.groups, codeTexts)
	for _, o := range []*opt[bool]{&c.primary, &c.active, &c.selfRegistered} {
		codeOpt(k, c.line, o, (*coder).flag)
	}
}

func (m *member) code(k *coder) {
	m.heading.code(k)
	for _, o := range []*opt[string]{&m.email, &m.name, &m.hash} {
		codeOpt(k, m.line, o, codeText)
	}
	for _, o := range []*opt[[]string]{&m.platforms, &m.groups} {
		codeOpt(k, m.line, o, codeTexts)
	}
	codeOpt(k, m.line, &m.active, (*coder).flag)
}

// binder reads one field of a row.
type binder[R any] func(row *R, line int, v value) error

// tables are the fields of each kind of record, by name.
type tables struct {
	account map[string]binder[account]
	contact map[string]binder[contact]
	member  map[string]binder[member]
}

func newTables(o Options) tables {
	return tables{accountFields(o), contactFields(o), memberFields(o)}
}

func accountFields(o Options) map[string]binder[account] {
	methods := each(maxMethods, method(o.KnownMethod))
	return map[string]binder[account]{
		"id":      func(a *account, l int, v value) error { return bind(&a.id, l, v, value.text, identifier) },
		"name":    func(a *account, l int, v value) error { return bind(&a.name, l, v, value.text, filledName) },
		"domains": func(a *account, l int, v value) error { return bind(&a.domains, l, v, value.list, domains) },
		"tenants": func(a *account, l int, v value) error {
			return bind(&a.tenants, l, v, value.list, tenants)
		},
		"contact_creation": func(a *account, l int, v value) error { return bind(&a.rule, l, v, value.text, creationRule) },
		"methods": func(a *account, l int, v value) error {
			return bind(&a.method, l, v, value.list, methods)
		},
		"active":               func(a *account, l int, v value) error { return bind(&a.active, l, v, value.flag, anyFlag) },
		"force_public_domains": func(a *account, l int, v value) error { return bind(&a.force, l, v, value.flag, anyFlag) },
	}
}

func contactFields(o Options) map[string]binder[contact] {
	hash := passwordHash(o.CheckHash)
	return map[string]binder[contact]{
		"id":              func(c *contact, l int, v value) error { return bind(&c.id, l, v, value.text, identifier) },
		"email":           func(c *contact, l int, v value) error { return bind(&c.email, l, v, value.text, address) },
		"name":            func(c *contact, l int, v value) error { return bind(&c.name, l, v, value.text, oneName) },
		"given_name":      func(c *contact, l int, v value) error { return bind(&c.givenName, l, v, value.text, oneName) },
		"family_name":     func(c *contact, l int, v value) error { return bind(&c.lastName, l, v, value.text, oneName) },
		"phone":           func(c *contact, l int, v value) error { return bind(&c.phone, l, v, value.text, onePhone) },
		"job_title":       func(c *contact, l int, v value) error { return bind(&c.jobTitle, l, v, value.text, oneName) },
		"account":         func(c *contact, l int, v value) error { return bind(&c.account, l, v, value.text, identifier) },
		"groups":          func(c *contact, l int, v value) error { return bind(&c.groups, l, v, value.list, groups) },
		"primary":         func(c *contact, l int, v value) error { return bind(&c.primary, l, v, value.flag, anyFlag) },
		"active":          func(c *contact, l int, v value) error { return bind(&c.active, l, v, value.flag, anyFlag) },
		"self_registered": func(c *contact, l int, v value) error { return bind(&c.selfRegistered, l, v, value.flag, anyFlag) },
		"password_hash":   func(c *contact, l int, v value) error { return bind(&c.hash, l, v, value.text, hash) },
	}
}

func memberFields(o Options) map[string]binder[member] {
	hash := passwordHash(o.CheckHash)
	return map[string]binder[member]{
		"id":    func(m *member, l int, v value) error { return bind(&m.id, l, v, value.text, identifier) },
		"email": func(m *member, l int, v value) error { return bind(&m.email, l, v, value.text, address) },
		"name":  func(m *member, l int, v value) error { return bind(&m.name, l, v, value.text, oneName) },
		"platforms": func(m *member, l int, v value) error {
			return bind(&m.platforms, l, v, value.list, platforms)
		},
		"groups":        func(m *member, l int, v value) error { return bind(&m.groups, l, v, value.list, groups) },
		"active":        func(m *member, l int, v value) error { return bind(&m.active, l, v, value.flag, anyFlag) },
		"password_hash": func(m *member, l int, v value) error { return bind(&m.hash, l, v, value.text, hash) },
	}
}

// Checks of fields that do not depend on the options.
var (
	groups     = each(maxGroups, filled(maxGroup))
	domains    = each(maxDomains, domain)
	tenants    = each(maxTenants, directory.ParseTenant)
	platforms  = each(len(directory.Platforms), memberPlatform)
	oneName    = text(maxName)
	filledName = filled(maxName)
	onePhone   = text(maxPhone)
)
