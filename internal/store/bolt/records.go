package bolt

import (
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/emailtoken"
	"github.com/frontdesk-gateway/frontdesk/internal/journey"
	"github.com/frontdesk-gateway/frontdesk/internal/keyring"
	"github.com/frontdesk-gateway/frontdesk/internal/limit"
	"github.com/frontdesk-gateway/frontdesk/internal/session"
)

// The stored forms. Their tags are the format of the file: a tag is never
// changed or used again for something else; a field can be added. The fields
// themselves are those of the types that they stand for: where one is changed
// and not the other, the compiler or the conformance suite says so.

type accountRecord struct {
	ID              string                 `cbor:"id"`
	Name            string                 `cbor:"name,omitempty"`
	Domains         []string               `cbor:"domains,omitempty"`
	Tenants         []listingRecord        `cbor:"tenants,omitempty"`
	ContactCreation directory.CreationRule `cbor:"creation,omitempty"`
	Methods         []string               `cbor:"methods,omitempty"`
	Active          bool                   `cbor:"active,omitempty"`
}

func packAccount(a directory.Account) accountRecord {
	return accountRecord{
		ID: a.ID, Name: a.Name, Domains: a.Domains, Tenants: packAll(a.Tenants, packListing), ContactCreation: a.ContactCreation, Methods: a.Methods, Active: a.Active,
	}
}

func unpackAccount(r accountRecord) directory.Account {
	return directory.Account{
		ID: r.ID, Name: r.Name, Domains: r.Domains, Tenants: packAll(r.Tenants, unpackListing), ContactCreation: r.ContactCreation, Methods: r.Methods, Active: r.Active,
	}
}

type listingRecord struct {
	Tenant string    `cbor:"tenant"`
	Since  time.Time `cbor:"since,omitzero"`
}

func packListing(l directory.Listing) listingRecord   { return listingRecord(l) }
func unpackListing(r listingRecord) directory.Listing { return directory.Listing(r) }

type contactRecord struct {
	ID             string            `cbor:"id"`
	Email          directory.Address `cbor:"email"`
	Name           string            `cbor:"name,omitempty"`
	GivenName      string            `cbor:"given,omitempty"`
	FamilyName     string            `cbor:"family,omitempty"`
	Phone          string            `cbor:"phone,omitempty"`
	JobTitle       string            `cbor:"job,omitempty"`
	Account        string            `cbor:"account"`
	Groups         []string          `cbor:"groups,omitempty"`
	Primary        bool              `cbor:"primary,omitempty"`
	Active         bool              `cbor:"active,omitempty"`
	SelfRegistered bool              `cbor:"self,omitempty"`
	Created        time.Time         `cbor:"created,omitzero"`
	Links          []linkRecord      `cbor:"links,omitempty"`
}

func packContact(c directory.Contact) contactRecord {
	return contactRecord{
		ID: c.ID, Email: c.Email, Name: c.Name, GivenName: c.GivenName, FamilyName: c.FamilyName, Phone: c.Phone, JobTitle: c.JobTitle,
		Account: c.Account, Groups: c.Groups, Primary: c.Primary, Active: c.Active, SelfRegistered: c.SelfRegistered, Created: c.Created,
		Links: packAll(c.Links, packLink),
	}
}

func unpackContact(r contactRecord) directory.Contact {
	return directory.Contact{
		ID: r.ID, Email: r.Email, Name: r.Name, GivenName: r.GivenName, FamilyName: r.FamilyName, Phone: r.Phone, JobTitle: r.JobTitle,
		Account: r.Account, Groups: r.Groups, Primary: r.Primary, Active: r.Active, SelfRegistered: r.SelfRegistered, Created: r.Created,
		Links: packAll(r.Links, unpackLink),
	}
}

type memberRecord struct {
	ID        string               `cbor:"id"`
	Email     directory.Address    `cbor:"email"`
	Name      string               `cbor:"name,omitempty"`
	Platforms []directory.Platform `cbor:"platforms,omitempty"`
	Groups    []string             `cbor:"groups,omitempty"`
	Active    bool                 `cbor:"active,omitempty"`
	Links     []linkRecord         `cbor:"links,omitempty"`
}

func packMember(m directory.Member) memberRecord {
	return memberRecord{
		ID: m.ID, Email: m.Email, Name: m.Name, Platforms: m.Platforms, Groups: m.Groups, Active: m.Active,
		Links: packAll(m.Links, packLink),
	}
}

func unpackMember(r memberRecord) directory.Member {
	return directory.Member{
		ID: r.ID, Email: r.Email, Name: r.Name, Platforms: r.Platforms, Groups: r.Groups, Active: r.Active,
		Links: packAll(r.Links, unpackLink),
	}
}

type identityRecord struct {
	Issuer  string `cbor:"iss"`
	Subject string `cbor:"sub"`
}

type linkRecord struct {
	Provider string         `cbor:"provider"`
	Identity identityRecord `cbor:"identity"`
	Address  string         `cbor:"address"`
	Vouched  bool           `cbor:"vouched,omitempty"`
	Mailed   bool           `cbor:"mailed,omitempty"`
	Since    time.Time      `cbor:"since,omitzero"`
}

func packLink(l directory.Link) linkRecord {
	return linkRecord{Provider: l.Provider, Identity: identityRecord(l.Identity), Address: l.Address, Vouched: l.Vouched, Mailed: l.Mailed, Since: l.Since}
}

func unpackLink(r linkRecord) directory.Link {
	return directory.Link{Provider: r.Provider, Identity: directory.Identity(r.Identity), Address: r.Address, Vouched: r.Vouched, Mailed: r.Mailed, Since: r.Since}
}

// passwordRecord holds whose it is too: nothing else of a table's record does.
type passwordRecord struct {
	Address    string         `cbor:"address"`
	Kind       directory.Kind `cbor:"kind"`
	Hash       string         `cbor:"hash"`
	Changed    time.Time      `cbor:"changed,omitzero"`
	MustChange bool           `cbor:"must,omitempty"`
	Mailed     bool           `cbor:"mailed,omitempty"`
	Imported   [32]byte       `cbor:"imported,omitzero"`
}

type proofRecord struct {
	Method      string         `cbor:"method"`
	At          time.Time      `cbor:"at,omitzero"`
	Purpose     purposeRecord  `cbor:"purpose,omitzero"`
	Journey     string         `cbor:"journey,omitempty"`
	Identity    identityRecord `cbor:"identity,omitzero"`
	Tenant      string         `cbor:"tenant,omitempty"`
	Kind        directory.Kind `cbor:"kind,omitempty"`
	PasswordSet time.Time      `cbor:"set,omitzero"`
	Vouched     bool           `cbor:"vouched,omitempty"`
	Claimed     bool           `cbor:"claimed,omitempty"`
}

type tokenRecord struct {
	Link    [32]byte           `cbor:"link"`
	Code    [32]byte           `cbor:"code"`
	Expires time.Time          `cbor:"expires,omitzero"`
	Left    int                `cbor:"left,omitempty"`
	Mail    journey.MailStatus `cbor:"mail,omitempty"`
	Purpose purposeRecord      `cbor:"purpose,omitzero"`
}

type purposeRecord struct {
	Made         time.Time `cbor:"made,omitzero"`
	SetsPassword bool      `cbor:"sets,omitempty"`
	Replaces     time.Time `cbor:"replaces,omitzero"`
	Confirms     string    `cbor:"confirms,omitempty"`
}

type providerRecord struct {
	Name   string   `cbor:"name"`
	Client string   `cbor:"client"`
	State  [32]byte `cbor:"state"`
}

type profileRecord struct {
	GivenName  string `cbor:"given,omitempty"`
	FamilyName string `cbor:"family,omitempty"`
	Phone      string `cbor:"phone,omitempty"`
	JobTitle   string `cbor:"job,omitempty"`
}

type ticketRecord struct {
	Hash        [32]byte           `cbor:"hash"`
	Kind        journey.TicketKind `cbor:"kind"`
	Origin      string             `cbor:"origin"`
	Expires     time.Time          `cbor:"expires,omitzero"`
	Platform    directory.Platform `cbor:"platform,omitempty"`
	Address     directory.Address  `cbor:"address,omitempty"`
	Destination string             `cbor:"destination,omitempty"`
	Session     session.Key        `cbor:"session"`
	Browser     session.Browser    `cbor:"browser"`
	Onward      string             `cbor:"onward,omitempty"`
}

type keyRecord struct {
	ID       string      `cbor:"id"`
	Use      keyring.Use `cbor:"use"`
	Material []byte      `cbor:"material"`
	Created  time.Time   `cbor:"created,omitzero"`
	Active   time.Time   `cbor:"active,omitzero"`
	Retired  time.Time   `cbor:"retired,omitzero"`
}

// counterRecord holds its key too: nothing else of a table's record does.
type counterRecord struct {
	Key    string    `cbor:"key"`
	Count  int       `cbor:"count"`
	Last   time.Time `cbor:"last,omitzero"`
	Before time.Time `cbor:"before,omitzero"`
	Reset  time.Time `cbor:"reset,omitzero"`
}

func (r counterRecord) counter() limit.Counter {
	return limit.Counter{Count: r.Count, Last: r.Last, Before: r.Before, Reset: r.Reset}
}

func packAll[T, R any](in []T, pack func(T) R) []R {
	var out []R
	for _, v := range in {
		out = append(out, pack(v))
	}
	return out
}

func packProof(p session.Proof) proofRecord {
	return proofRecord{Method: p.Method, At: p.At, Purpose: purposeRecord(p.Purpose), Journey: p.Journey, Identity: identityRecord(p.Identity), Tenant: p.Tenant, Kind: p.Kind, PasswordSet: p.PasswordSet, Vouched: p.Vouched, Claimed: p.Claimed}
}

func unpackProof(r proofRecord) session.Proof {
	return session.Proof{Method: r.Method, At: r.At, Purpose: emailtoken.Purpose(r.Purpose), Journey: r.Journey, Identity: directory.Identity(r.Identity), Tenant: r.Tenant, Kind: r.Kind, PasswordSet: r.PasswordSet, Vouched: r.Vouched, Claimed: r.Claimed}
}

func packToken(t *journey.Token) *tokenRecord {
	if t == nil {
		return nil
	}
	return &tokenRecord{Link: t.Link, Code: t.Code, Expires: t.Expires, Left: t.Left, Mail: t.Mail, Purpose: purposeRecord(t.Purpose)}
}

func unpackToken(r *tokenRecord) *journey.Token {
	if r == nil {
		return nil
	}
	return &journey.Token{Link: r.Link, Code: r.Code, Expires: r.Expires, Left: r.Left, Mail: r.Mail, Purpose: emailtoken.Purpose(r.Purpose)}
}

func packKey(k keyring.Key) keyRecord   { return keyRecord(k) }
func unpackKey(r keyRecord) keyring.Key { return keyring.Key(r) }
