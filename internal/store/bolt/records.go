package bolt

import (
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
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
	Tenants         []string               `cbor:"tenants,omitempty"`
	ContactCreation directory.CreationRule `cbor:"creation,omitempty"`
	Methods         []string               `cbor:"methods,omitempty"`
	Active          bool                   `cbor:"active,omitempty"`
}

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
}

type memberRecord struct {
	ID        string               `cbor:"id"`
	Email     directory.Address    `cbor:"email"`
	Name      string               `cbor:"name,omitempty"`
	Platforms []directory.Platform `cbor:"platforms,omitempty"`
	Groups    []string             `cbor:"groups,omitempty"`
	Active    bool                 `cbor:"active,omitempty"`
}

type proofRecord struct {
	Method  string         `cbor:"method"`
	At      time.Time      `cbor:"at,omitzero"`
	Tenant  string         `cbor:"tenant,omitempty"`
	Kind    directory.Kind `cbor:"kind,omitempty"`
	Vouched bool           `cbor:"vouched,omitempty"`
}

type tokenRecord struct {
	Link    [32]byte           `cbor:"link"`
	Code    [32]byte           `cbor:"code"`
	Expires time.Time          `cbor:"expires,omitzero"`
	Wrong   int                `cbor:"wrong,omitempty"`
	Mail    journey.MailStatus `cbor:"mail,omitempty"`
}

type providerRecord struct {
	Name  string   `cbor:"name"`
	State [32]byte `cbor:"state"`
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
	Browser     journey.Browser    `cbor:"browser"`
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
	Key   string    `cbor:"key"`
	Count int       `cbor:"count"`
	Reset time.Time `cbor:"reset,omitzero"`
}

func (r counterRecord) counter() limit.Counter {
	return limit.Counter{Count: r.Count, Reset: r.Reset}
}

func packAll[T, R any](in []T, pack func(T) R) []R {
	var out []R
	for _, v := range in {
		out = append(out, pack(v))
	}
	return out
}

func packProof(p session.Proof) proofRecord   { return proofRecord(p) }
func unpackProof(r proofRecord) session.Proof { return session.Proof(r) }
func packKey(k keyring.Key) keyRecord         { return keyRecord(k) }
func unpackKey(r keyRecord) keyring.Key       { return keyring.Key(r) }
