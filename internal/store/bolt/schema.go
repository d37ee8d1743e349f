package bolt

import (
	"slices"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/journey"
	"github.com/frontdesk-gateway/frontdesk/internal/session"
)

// schema is the version of what lies in the file: raised when an older
// Frontdesk would misread it.
const schema = 1

// Names of the buckets that are no table's, and of the indexes.
const (
	metaBucket = "meta"
	keysBucket = "keys" // one entry: all keys

	accountsByDomain  = "accounts.domain"
	accountsByTenant  = "accounts.tenant"
	contactsByAddress = "contacts.address"
	contactsByAccount = "contacts.account"
	contactsByLink    = "contacts.link"
	membersByAddress  = "members.address"
	membersByLink     = "members.link"
	journeysByExpiry  = "journeys.expires"
	journeysByAddress = "journeys.address" // those that are not finished
	journeysByBrowser = "journeys.browser"
	ticketsByExpiry   = "tickets.expires"
	sessionsByEntity  = "sessions.entity"
	sessionsByExpiry  = "sessions.expires"
	sessionsByUse     = "sessions.used" // those that end when idle, by a use that may not be the last
	lastUses          = "sessions.last" // last use of each session, beside its record
	countersByReset   = "counters.reset"
)

var (
	accounts = newTable("accounts",
		func(a directory.Account) []byte { return []byte(a.ID) },
		packAccount, unpackAccount,
		index[directory.Account]{accountsByDomain, func(a directory.Account) [][]byte { return packAll(a.Domains, part) }},
		index[directory.Account]{accountsByTenant, func(a directory.Account) [][]byte { return packAll(a.Tenants.IDs(), part) }},
	)
	contacts = newTable("contacts",
		func(c directory.Contact) []byte { return []byte(c.ID) },
		packContact, unpackContact,
		index[directory.Contact]{contactsByAddress, one(func(c directory.Contact) []byte { return part(c.Email.Key()) })},
		index[directory.Contact]{contactsByAccount, one(func(c directory.Contact) []byte { return part(c.Account) })},
		index[directory.Contact]{contactsByLink, func(c directory.Contact) [][]byte { return links(c.Links, c.Email) }},
	)
	members = newTable("members",
		func(m directory.Member) []byte { return []byte(m.ID) },
		packMember, unpackMember,
		index[directory.Member]{membersByAddress, one(func(m directory.Member) []byte { return part(m.Email.Key()) })},
		index[directory.Member]{membersByLink, func(m directory.Member) [][]byte { return links(m.Links, m.Email) }},
	)
	passwords = newTable("passwords",
		func(p ownPassword) []byte { return passwordKey(p.owner) }, packPassword, unpackPassword,
	)
	journeys = newTable("journeys",
		func(j journey.Journey) []byte { return []byte(j.ID) }, packJourney, unpackJourney,
		index[journey.Journey]{journeysByExpiry, one(func(j journey.Journey) []byte { return instant(j.Expires) })},
		index[journey.Journey]{journeysByAddress, unfinished},
		index[journey.Journey]{journeysByBrowser, one(func(j journey.Journey) []byte { return j.Browser[:] })},
	)
	tickets = newTable("tickets",
		func(t journey.Ticket) []byte { return t.Hash[:] },
		func(t journey.Ticket) ticketRecord { return ticketRecord(t) },
		func(r ticketRecord) journey.Ticket { return journey.Ticket(r) },
		index[journey.Ticket]{ticketsByExpiry, one(func(t journey.Ticket) []byte { return instant(t.Expires) })},
	)
	sessions = newTable("sessions",
		func(s session.Session) []byte { return s.Key[:] }, packSession, unpackSession,
		index[session.Session]{sessionsByEntity, one(func(s session.Session) []byte {
			return append(entity(s.Kind, s.EntityID), instant(s.Created)...)
		})},
		index[session.Session]{sessionsByExpiry, one(func(s session.Session) []byte { return instant(s.Expires) })},
		index[session.Session]{sessionsByUse, idles},
	).with(lastUses)
	counters = newTable("counters",
		func(r counterRecord) []byte { return []byte(r.Key) },
		func(r counterRecord) counterRecord { return r },
		func(r counterRecord) counterRecord { return r },
		index[counterRecord]{countersByReset, one(func(r counterRecord) []byte { return instant(r.Reset) })},
	)
)

func newTable[T, R any](name string, key func(T) []byte, pack func(T) R, unpack func(R) T, indexes ...index[T]) *table[T] {
	encode, decode := codec(pack, unpack)
	return &table[T]{name: name, key: key, encode: encode, decode: decode, indexes: indexes}
}

// with adds a bucket of what lies beside the records.
func (t *table[T]) with(bucket string) *table[T] {
	t.beside = append(t.beside, bucket)
	return t
}

// one is for an index that lists every record once.
func one[T any](entry func(T) []byte) func(T) [][]byte {
	return func(v T) [][]byte { return [][]byte{entry(v)} }
}

// entity is what the sessions of one contact or member are listed under, the
// oldest first.
func entity(kind directory.Kind, id string) []byte {
	return append(part(string(kind)), part(id)...)
}

// links lists a record under the identities that it is linked to.
func links(ls directory.Links, address directory.Address) (entries [][]byte) {
	for _, l := range ls {
		if l.Address == address.Key() {
			entries = append(entries, linkEntry(l.Provider, l.Identity))
		}
	}
	return entries
}

func linkEntry(provider string, id directory.Identity) []byte {
	return slices.Concat(part(provider), part(id.Issuer), part(id.Subject))
}

// unfinished lists the journeys that are, under their address.
func unfinished(j journey.Journey) [][]byte {
	if j.Finished != "" {
		return nil
	}
	return [][]byte{part(j.Address.Key())}
}

// idles lists the sessions that end when they are not used for a while.
func idles(s session.Session) [][]byte {
	if s.Persistent {
		return nil
	}
	return [][]byte{instant(s.LastUsed)}
}

// buckets are all buckets of a store.
func buckets() []string {
	names := []string{metaBucket, keysBucket}
	for _, t := range []interface{ buckets() []string }{accounts, contacts, members, passwords, journeys, tickets, sessions, counters} {
		names = append(names, t.buckets()...)
	}
	return names
}
