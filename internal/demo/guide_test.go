package demo

import (
	"maps"
	"slices"
	"testing"

	"github.com/frontdesk-gateway/frontdesk/internal/config"
	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/journey"
	"github.com/frontdesk-gateway/frontdesk/internal/password"
	"github.com/frontdesk-gateway/frontdesk/internal/standin"
	"github.com/frontdesk-gateway/frontdesk/internal/store/memory"
)

// seeded is a store with the sample people. Importing them twice is part of
// the demo: a store may be kept.
func seeded(t *testing.T) *memory.Store {
	t.Helper()
	store := memory.New()
	for range 2 {
		if err := seed(t.Context(), store); err != nil {
			t.Fatal(err)
		}
	}
	return store
}

func settings(t *testing.T, addresses Addresses) *config.Settings {
	t.Helper()
	c := config.Config{
		Microsoft: &config.Microsoft{ClientID: clientID, ClientSecret: "secret"},
		Mail:      &config.Mail{From: "desk@northgate.example", Server: "127.0.0.1:25", TLS: "off"},
		Platforms: map[string]*config.Platform{},
	}
	for _, p := range directory.Platforms {
		c.Platforms[string(p)] = &config.Platform{Origins: []string{addresses.Portals[p]}, Methods: portalMethods[p]}
	}
	s, err := c.Settings()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestGuide holds the start page to what the journey really offers each of the
// sample people, by the journey's own decision.
func TestGuide(t *testing.T) {
	store, addresses := seeded(t), newAddresses(8080)
	facts := journey.Facts{Settings: settings(t, addresses)}
	for _, section := range guide {
		for _, v := range section.Visitors {
			t.Run(v.Address, func(t *testing.T) {
				address, err := directory.ParseAddress(v.Address)
				if err != nil {
					t.Fatal(err)
				}
				if facts.People, err = store.People(t.Context(), address.Key()); err != nil {
					t.Fatal(err)
				}
				if facts.ByDomain, err = store.AccountsByDomain(t.Context(), address.Domain()); err != nil {
					t.Fatal(err)
				}
				checkVisitor(t, v, facts, journey.Journey{Address: address, Origin: addresses.Portals[v.Begin], Site: v.Begin})
			})
		}
	}
}

func checkVisitor(t *testing.T, v visitor, facts journey.Facts, j journey.Journey) {
	t.Helper()
	step := journey.Next(j, facts)
	if v.Portals == nil {
		if step.Refusal != journey.RefusedUnregistered {
			t.Errorf("step %q, refusal %q; want to be told that it is unregistered", step.Name, step.Refusal)
		}
		return
	}
	if portals := opened(facts.People); !slices.Equal(portals, v.Portals) {
		t.Errorf("portals %v, want %v", portals, v.Portals)
	}
	if both := len(v.Portals) == len(directory.Platforms); both != (step.Name == journey.StepPlatform) {
		t.Errorf("the first step is %q for %v", step.Name, v.Portals)
	}
	j.Platform = v.Begin
	if step := journey.Next(j, facts); !slices.Equal(step.Methods, v.Methods) {
		t.Errorf("step %q offers %v, want %v", step.Name, step.Methods, v.Methods)
	}
}

// opened are the portals of an address; somebody new opens the client's.
func opened(people directory.People) []directory.Platform {
	if !people.Known() {
		return onClient
	}
	return people.Effective().Platforms()
}

func TestPasswords(t *testing.T) {
	store, hasher := seeded(t), password.New(password.Options{})
	for _, section := range guide {
		for _, v := range section.Visitors {
			if v.Password == "" {
				continue
			}
			owner := directory.PasswordOwner{Address: v.Address, Kind: directory.KindOn(v.Begin)}
			set, err := store.Password(t.Context(), owner)
			if err != nil {
				t.Fatalf("%s: %v", v.Address, err)
			}
			if result, err := hasher.Verify(t.Context(), set.Hash, v.Password); err != nil || !result.Match {
				t.Errorf("%s: %+v, %v; want a match", v.Address, result, err)
			}
		}
	}
}

// TestSeedingAgain is nobody's change of password, which would end sessions.
func TestSeedingAgain(t *testing.T) {
	store := seeded(t)
	before, err := store.People(t.Context(), "ben@harbour-coffee.example")
	if err != nil {
		t.Fatal(err)
	}
	if err := seed(t.Context(), store); err != nil {
		t.Fatal(err)
	}
	after, err := store.People(t.Context(), "ben@harbour-coffee.example")
	if err != nil || len(after.Passwords) != 1 || !maps.Equal(before.Passwords, after.Passwords) {
		t.Errorf("passwords %+v, then %+v, %v", before.Passwords, after.Passwords, err)
	}
}

// TestEverybodyIsListed: who is in the file is on the page, and has an account
// at the stand-in for Microsoft.
func TestEverybodyIsListed(t *testing.T) {
	store := seeded(t)
	listed := map[string]bool{}
	for _, section := range guide {
		for _, v := range section.Visitors {
			listed[v.Address] = true
		}
	}
	check := func(address directory.Address, err error) {
		if err != nil {
			t.Fatal(err)
		}
		if !listed[string(address)] {
			t.Errorf("%s is not in the guide", address)
		}
		if person, ok := microsoftPerson(string(address)); !ok || person.EmailDomainVerified == (address == unvouched) {
			t.Errorf("%s cannot sign in at the stand-in", address)
		}
	}
	for c, err := range store.Contacts(t.Context()) {
		check(c.Email, err)
	}
	for m, err := range store.Members(t.Context()) {
		check(m.Email, err)
		if person, _ := microsoftPerson(string(m.Email)); person.Tenant != northgateTenant {
			t.Errorf("member %s signs in from tenant %s", m.Email, person.Tenant)
		}
	}
}

// microsoftPerson finds a person of the stand-in by address.
func microsoftPerson(address string) (standin.Person, bool) {
	people := microsoftPeople()
	i := slices.IndexFunc(people, func(p standin.Person) bool { return p.Email == address })
	if i < 0 {
		return standin.Person{}, false
	}
	return people[i], true
}
