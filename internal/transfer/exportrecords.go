package transfer

import (
	"slices"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/maildomain"
)

// The records as they are written. Empty fields stand there too, so that an
// import brings them back, but for the rare ones.
type (
	accountRecord struct {
		ID              string   `json:"id"`
		Name            string   `json:"name"`
		Domains         []string `json:"domains"`
		Force           bool     `json:"force_public_domains,omitempty"`
		Tenants         []string `json:"tenants"`
		ContactCreation string   `json:"contact_creation"`
		Methods         []string `json:"methods"`
		Active          bool     `json:"active"`
	}
	contactRecord struct {
		ID             string   `json:"id"`
		Email          string   `json:"email"`
		Name           string   `json:"name"`
		GivenName      string   `json:"given_name"`
		FamilyName     string   `json:"family_name"`
		Phone          string   `json:"phone"`
		JobTitle       string   `json:"job_title"`
		Account        string   `json:"account"`
		Groups         []string `json:"groups"`
		Primary        bool     `json:"primary"`
		Active         bool     `json:"active"`
		SelfRegistered bool     `json:"self_registered,omitempty"`
		PasswordHash   string   `json:"password_hash,omitempty"`
	}
	memberRecord struct {
		ID           string               `json:"id"`
		Email        string               `json:"email"`
		Name         string               `json:"name"`
		Platforms    []directory.Platform `json:"platforms"`
		Groups       []string             `json:"groups"`
		Active       bool                 `json:"active"`
		PasswordHash string               `json:"password_hash,omitempty"`
	}
)

func exportAccount(a directory.Account) accountRecord {
	return accountRecord{
		ID: a.ID, Name: a.Name, Domains: orEmpty(a.Domains), Tenants: orEmpty(a.Tenants.IDs()),
		ContactCreation: string(a.ContactCreation), Methods: orEmpty(a.Methods), Active: a.Active,
		Force: slices.ContainsFunc(a.Domains, maildomain.Public),
	}
}

func exportContact(c directory.Contact, hash string) contactRecord {
	return contactRecord{
		ID: c.ID, Email: string(c.Email), Name: c.Name, GivenName: c.GivenName, FamilyName: c.FamilyName,
		Phone: c.Phone, JobTitle: c.JobTitle, Account: c.Account, Groups: orEmpty(c.Groups),
		Primary: c.Primary, Active: c.Active, SelfRegistered: c.SelfRegistered, PasswordHash: hash,
	}
}

func exportMember(m directory.Member, hash string) memberRecord {
	return memberRecord{
		ID: m.ID, Email: string(m.Email), Name: m.Name, Platforms: orEmpty(m.Platforms),
		Groups: orEmpty(m.Groups), Active: m.Active, PasswordHash: hash,
	}
}

// typed puts the kind in front of a record.
func typed(record any) any {
	switch r := record.(type) {
	case accountRecord:
		return struct {
			Type string `json:"type"`
			accountRecord
		}{kindAccount, r}
	case contactRecord:
		return struct {
			Type string `json:"type"`
			contactRecord
		}{kindContact, r}
	case memberRecord:
		return struct {
			Type string `json:"type"`
			memberRecord
		}{kindMember, r}
	}
	return record
}

// orEmpty has JSON write [] rather than null.
func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
