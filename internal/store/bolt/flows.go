package bolt

import (
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/journey"
	"github.com/frontdesk-gateway/frontdesk/internal/session"
)

// The stored forms of what holds others: see the rules in records.go.

type sessionRecord struct {
	Key        session.Key        `cbor:"key"`
	ID         string             `cbor:"id"`
	Kind       directory.Kind     `cbor:"kind"`
	EntityID   string             `cbor:"entity"`
	Address    directory.Address  `cbor:"address"`
	Platform   directory.Platform `cbor:"platform"`
	Origin     string             `cbor:"origin"`
	Browser    session.Browser    `cbor:"browser"`
	Proofs     []proofRecord      `cbor:"proofs,omitempty"`
	Method     string             `cbor:"method,omitempty"`
	Persistent bool               `cbor:"persistent,omitempty"`
	Created    time.Time          `cbor:"created,omitzero"`
	Began      time.Time          `cbor:"began,omitzero"`
	Expires    time.Time          `cbor:"expires,omitzero"`
	LastUsed   time.Time          `cbor:"used,omitzero"`
	UserAgent  string             `cbor:"agent,omitempty"`
	ClientIP   string             `cbor:"ip,omitempty"`
}

func packSession(s session.Session) sessionRecord {
	return sessionRecord{
		Key: s.Key, ID: s.ID, Kind: s.Kind, EntityID: s.EntityID, Address: s.Address,
		Platform: s.Platform, Origin: s.Origin, Browser: s.Browser, Proofs: packAll(s.Proofs, packProof), Method: s.Method,
		Persistent: s.Persistent, Created: s.Created, Began: s.Began, Expires: s.Expires, LastUsed: s.LastUsed,
		UserAgent: s.UserAgent, ClientIP: s.ClientIP,
	}
}

func unpackSession(r sessionRecord) session.Session {
	return session.Session{
		Key: r.Key, ID: r.ID, Kind: r.Kind, EntityID: r.EntityID, Address: r.Address,
		Platform: r.Platform, Origin: r.Origin, Browser: r.Browser, Proofs: packAll(r.Proofs, unpackProof), Method: r.Method,
		Persistent: r.Persistent, Created: r.Created, Began: r.Began, Expires: r.Expires, LastUsed: r.LastUsed,
		UserAgent: r.UserAgent, ClientIP: r.ClientIP,
	}
}

type journeyRecord struct {
	Version     uint64             `cbor:"version,omitempty"`
	ID          string             `cbor:"id"`
	Browser     session.Browser    `cbor:"browser"`
	Created     time.Time          `cbor:"created,omitzero"`
	Expires     time.Time          `cbor:"expires,omitzero"`
	Origin      string             `cbor:"origin"`
	Site        directory.Platform `cbor:"site,omitempty"`
	Destination string             `cbor:"destination,omitempty"`
	Address     directory.Address  `cbor:"address,omitempty"`
	Platform    directory.Platform `cbor:"platform,omitempty"`
	Again       bool               `cbor:"again,omitempty"`
	Method      string             `cbor:"method,omitempty"`
	Token       *tokenRecord       `cbor:"token,omitempty"`
	Provider    *providerRecord    `cbor:"provider,omitempty"`
	Proofs      []proofRecord      `cbor:"proofs,omitempty"`
	Profile     profileRecord      `cbor:"profile,omitzero"`
	Stay        journey.Answer     `cbor:"stay,omitempty"`
	Account     string             `cbor:"account,omitempty"`
	From        *session.Key       `cbor:"from,omitempty"`
	Replaces    bool               `cbor:"replaces,omitempty"`
	Began       time.Time          `cbor:"began,omitzero"`
	Ends        time.Time          `cbor:"ends,omitzero"`
	Finished    string             `cbor:"finished,omitempty"`
	Notice      string             `cbor:"notice,omitempty"`

	Password journey.PasswordWish `cbor:"password,omitempty"`
}

func packJourney(j journey.Journey) journeyRecord {
	return journeyRecord{
		Version: j.Version, ID: j.ID, Browser: j.Browser, Created: j.Created, Expires: j.Expires,
		Origin: j.Origin, Site: j.Site, Destination: j.Destination,
		Address: j.Address, Platform: j.Platform, Again: j.Again, Method: j.Method,
		Token: packToken(j.Token), Provider: (*providerRecord)(j.Provider),
		Proofs: packAll(j.Proofs, packProof), Profile: profileRecord(j.Profile),
		Stay: j.Stay, Account: j.Account, Password: j.Password,
		From: j.From, Replaces: j.Replaces, Began: j.Began, Ends: j.Ends, Finished: j.Finished, Notice: j.Notice,
	}
}

func unpackJourney(r journeyRecord) journey.Journey {
	return journey.Journey{
		Version: r.Version, ID: r.ID, Browser: r.Browser, Created: r.Created, Expires: r.Expires,
		Origin: r.Origin, Site: r.Site, Destination: r.Destination,
		Address: r.Address, Platform: r.Platform, Again: r.Again, Method: r.Method,
		Token: unpackToken(r.Token), Provider: (*journey.Provider)(r.Provider),
		Proofs: packAll(r.Proofs, unpackProof), Profile: journey.Profile(r.Profile),
		Stay: r.Stay, Account: r.Account, Password: r.Password,
		From: r.From, Replaces: r.Replaces, Began: r.Began, Ends: r.Ends, Finished: r.Finished, Notice: r.Notice,
	}
}
