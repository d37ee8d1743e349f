package directory

import (
	"slices"
	"testing"
)

func contact(id, account string, active bool) Contact {
	return Contact{ID: id, Email: "ann@acme.example", Account: account, Active: active}
}

func people(member *Member, contacts ...Contact) People {
	return People{
		Contacts: contacts, Member: member, Passwords: map[Kind]PasswordState{},
		Accounts: map[string]Account{
			"on": account("on"), "on2": account("on2", onlyMethods(MethodMicrosoft)), "on3": account("on3", onlyMethods(MethodEmailToken)),
			"on4": account("on4", onlyMethods(MethodMicrosoft, MethodPassword)),
			"off": account("off", inactive),
		},
	}
}

// TestEffective: the active entities count; where none is, all do, so that a
// stranger cannot tell.
func TestEffective(t *testing.T) {
	on, off := &Member{ID: "m", Active: true}, &Member{ID: "m"}
	for _, c := range []struct {
		name     string
		people   People
		contacts []string
		member   bool
		active   bool
	}{
		{"nobody", people(nil), nil, false, false},
		{"active contact", people(nil, contact("c", "on", true)), []string{"c"}, false, true},
		{"one of two contacts", people(nil, contact("c", "on", true), contact("d", "on2", false)), []string{"c"}, false, true},
		{"contact of an inactive account beside another", people(nil, contact("c", "off", true), contact("d", "on", true)), []string{"d"}, false, true},
		{"contact of an unknown account", people(nil, contact("c", "lost", true), contact("d", "on", true)), []string{"d"}, false, true},
		{"inactive contact alone", people(nil, contact("c", "on", false)), []string{"c"}, false, false},
		{"contact of an inactive account alone", people(nil, contact("c", "off", true)), []string{"c"}, false, false},
		{"active member", people(on), nil, true, true},
		{"inactive member alone", people(off), nil, true, false},
		{"inactive member, active contact", people(off, contact("c", "on", true)), []string{"c"}, false, true},
		{"active member, inactive contact", people(on, contact("c", "on", false)), nil, true, true},
		{"all inactive", people(off, contact("c", "on", false), contact("d", "off", true)), []string{"c", "d"}, true, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := c.people.Effective()
			var ids []string
			for _, contact := range got.Contacts {
				ids = append(ids, contact.ID)
			}
			if !slices.Equal(ids, c.contacts) || (got.Member != nil) != c.member {
				t.Errorf("contacts %q, member %v; want %q, %t", ids, got.Member, c.contacts, c.member)
			}
			if c.people.Active() != c.active {
				t.Errorf("active %t, want %t", c.people.Active(), c.active)
			}
		})
	}
}

func TestPlatforms(t *testing.T) {
	for _, c := range []struct {
		name   string
		people People
		want   []Platform
	}{
		{"nobody", people(nil), nil},
		{"contact", people(nil, contact("c", "on", true)), []Platform{Client}},
		{"member", people(&Member{}), []Platform{Tech, Admin}},
		{"member of admin only", people(&Member{Platforms: []Platform{Admin}}), []Platform{Admin}},
		{"both", people(&Member{Platforms: []Platform{Tech}}, contact("c", "on", true)), []Platform{Client, Tech}},
		{"a member's record never opens client", people(&Member{Platforms: []Platform{Client, Tech}}), []Platform{Tech}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := c.people.Platforms(); !slices.Equal(got, c.want) {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

func TestMethodsOn(t *testing.T) {
	all := []string{MethodMicrosoft, MethodEmailToken, MethodPassword}
	withPassword := func(p People, kinds ...Kind) People {
		for _, k := range kinds {
			p.Passwords[k] = PasswordState{}
		}
		return p
	}
	mailed := func(p People, k Kind) People {
		p.Passwords[k] = PasswordState{Mailed: true}
		return p
	}
	for _, c := range []struct {
		name     string
		people   People
		platform Platform
		admitted []string
		want     []string
	}{
		{"no password set, none offered", people(nil, contact("c", "on", true)), Client, all, []string{MethodMicrosoft, MethodEmailToken}},
		{"a contact's password", withPassword(people(nil, contact("c", "on", true)), KindContact), Client, all, all},
		{"a member's password is not the contact's", withPassword(people(&Member{}, contact("c", "on", true)), KindMember), Client, all, []string{MethodMicrosoft, MethodEmailToken}},
		{"a contact's password is not the member's", withPassword(people(&Member{}, contact("c", "on", true)), KindContact), Tech, all, []string{MethodMicrosoft, MethodEmailToken}},
		{"a password that was set by mail", mailed(people(nil, contact("c", "on", true)), KindContact), Client, all, all},
		{"the same, where the platform admits no emailed token", mailed(people(nil, contact("c", "on", true)), KindContact), Client, []string{MethodMicrosoft, MethodPassword}, []string{MethodMicrosoft}},
		{"the same, where the account admits none", mailed(people(nil, contact("c", "on4", true)), KindContact), Client, all, []string{MethodMicrosoft}},
		{"the same, where one of two accounts does", mailed(people(nil, contact("c", "on4", true), contact("d", "on", true)), KindContact), Client, all, all},
		{"the other kind's was set by mail", mailed(withPassword(people(&Member{}, contact("c", "on4", true)), KindContact), KindMember), Client, all, []string{MethodMicrosoft, MethodPassword}},
		{"an account narrows", people(nil, contact("c", "on2", true)), Client, all, []string{MethodMicrosoft}},
		{"the union of two accounts", people(nil, contact("c", "on2", true), contact("d", "on3", true)), Client, all, []string{MethodMicrosoft, MethodEmailToken}},
		{"the platform comes first", people(nil, contact("c", "on", true)), Client, []string{MethodEmailToken}, []string{MethodEmailToken}},
		{"the platform's order stays", people(nil, contact("c", "on", true)), Client, []string{MethodEmailToken, MethodMicrosoft}, []string{MethodEmailToken, MethodMicrosoft}},
		{"nothing in common", people(nil, contact("c", "on2", true)), Client, []string{MethodEmailToken}, nil},
		{"accounts do not narrow a member", people(&Member{}, contact("c", "on2", true)), Tech, all, []string{MethodMicrosoft, MethodEmailToken}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := c.people.MethodsOn(c.platform, c.admitted); !slices.Equal(got, c.want) {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

func TestDisplayNames(t *testing.T) {
	for _, c := range []struct{ name, got, want string }{
		{"contact's own", Contact{Name: "Ann", GivenName: "A", FamilyName: "B", Email: "a@b.cd"}.DisplayName(), "Ann"},
		{"contact's parts", Contact{GivenName: "Ann", FamilyName: "Archer", Email: "a@b.cd"}.DisplayName(), "Ann Archer"},
		{"contact's family name", Contact{FamilyName: "Archer", Email: "a@b.cd"}.DisplayName(), "Archer"},
		{"contact's address", Contact{Email: "a@b.cd"}.DisplayName(), "a@b.cd"},
		{"member's own", Member{Name: "Ted", Email: "a@b.cd"}.DisplayName(), "Ted"},
		{"member's address", Member{Email: "a@b.cd"}.DisplayName(), "a@b.cd"},
	} {
		if c.got != c.want {
			t.Errorf("%s: %q, want %q", c.name, c.got, c.want)
		}
	}
}

func TestParsePlatform(t *testing.T) {
	for _, p := range Platforms {
		if got, err := ParsePlatform(string(p)); got != p || err != nil {
			t.Errorf("%q: %q, %v", p, got, err)
		}
	}
	if _, err := ParsePlatform("Client"); err == nil {
		t.Error("a platform in another spelling was read")
	}
}
