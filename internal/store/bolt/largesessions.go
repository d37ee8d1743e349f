package bolt

import (
	"bytes"

	"go.etcd.io/bbolt"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/session"
	"github.com/frontdesk-gateway/frontdesk/internal/store/promise"
)

// endSessions removes the sessions of a record.
func (l *large) endSessions(kind directory.Kind, id string) error {
	return l.endEach(sessionsOf(l.tx(), kind, id))
}

// endSessionsWhere is endSessions for those of them that ends reports.
func (l *large) endSessionsWhere(kind directory.Kind, id []byte, ends func(session.Session) bool) error {
	ended, err := sessionsWhere(l.next.tx, kind, string(id), ends)
	if err != nil {
		return err
	}
	return l.endEach(ended)
}

func (l *large) endEach(ended []session.Key) error {
	return deleteEach(l, sessions, packAll(ended, func(key session.Key) []byte { return key[:] }))
}

// deleteEach takes out what no large edit writes in order.
func deleteEach[T any](l *large, t *table[T], keys [][]byte) error {
	if len(keys) == 0 {
		return nil
	}
	if err := l.copied(); err != nil {
		return err
	}
	for _, key := range keys {
		if _, _, err := t.delete(l.next.tx, key); err != nil {
			return l.wrote(err)
		}
		if err := l.next.wrote(l.ctx, len(key)); err != nil {
			return l.wrote(err)
		}
	}
	return nil
}

func (l *large) moveSessions(old, id string) error {
	for _, key := range sessionsOf(l.tx(), directory.KindContact, old) {
		if err := l.wrote(l.moveSession(key, id)); err != nil {
			return err
		}
	}
	return nil
}

func (l *large) moveSession(key session.Key, id string) error {
	if err := l.copied(); err != nil {
		return err
	}
	v, err := mustRead(l.next.tx, key)
	if err != nil {
		return err
	}
	v.EntityID = id
	if err := sessions.put(l.next.tx, v); err != nil {
		return err
	}
	return l.next.wrote(l.ctx, len(key))
}

// endAt ends the sessions of all entities of an address, a part, and its pending
// journeys.
func (l *large) endAt(address []byte) error {
	for _, kind := range []directory.Kind{directory.KindContact, directory.KindMember} {
		for _, id := range keys(l.next.tx, addressIndex(kind), address) {
			if err := l.endSessions(kind, string(id)); err != nil {
				return err
			}
		}
	}
	return l.endJourneysAt(address)
}

// pageKeys returns at most pageSize keys of a bucket, beginning after the given
// one, or with the first for a nil one.
func pageKeys(tx *bbolt.Tx, bucket string, after []byte) (page [][]byte) {
	c := tx.Bucket([]byte(bucket)).Cursor()
	for k, _ := behind(c, after); k != nil && len(page) < pageSize; k, _ = c.Next() {
		page = append(page, bytes.Clone(k))
	}
	return page
}

// eachKey calls fn for the keys of a bucket, which fn may change.
func (l *large) eachKey(bucket string, fn func(key []byte) error) error {
	var after []byte
	for {
		page := pageKeys(l.next.tx, bucket, after)
		for _, key := range page {
			if err := fn(key); err != nil {
				return err
			}
			after = key
		}
		if len(page) < pageSize {
			return nil
		}
	}
}

// endBarred ends the sessions of what is switched off, or under another address or
// account, those of members on platforms that they do not open, and those of contacts by
// a tenant that the account lists no more; and the journeys that are pending at the
// addresses which these had, or which records have come to.
func (l *large) endBarred() error {
	lost, err := l.someAccountLost()
	if err != nil {
		return err
	}
	if err := l.endLeft(lost); err != nil {
		return err
	}
	var last []byte
	return l.eachKey(sessionsByEntity, func(k []byte) error {
		one := partEnd(k)
		two := one + partEnd(k[one:])
		if bytes.Equal(k[:two], last) {
			return nil
		}
		last = k[:two]
		kind, id := directory.Kind(unpart(k[:one])), unpart(k[one:two])
		if !lost && l.asBefore(kind, id) {
			return nil
		}
		barred, err := l.barred(kind, id)
		switch {
		case err != nil:
			return err
		case barred:
			return l.endSessions(kind, string(id))
		case kind == directory.KindMember:
			return l.endShutOut(id)
		case lost:
			return l.endUnlisted(id)
		}
		return nil
	})
}

func (l *large) endShutOut(id []byte) error {
	m, _, err := members.get(l.next.tx, id)
	if err != nil {
		return err
	}
	return l.endSessionsWhere(directory.KindMember, id, shutOut(m))
}

// endUnlisted ends the sessions of a contact by a tenant that its account lists no more.
func (l *large) endUnlisted(id []byte) error {
	is, err := footing(l.next.tx, directory.KindContact, id)
	if err != nil {
		return err
	}
	was, now, err := l.accountFootings([]byte(is.Account))
	if err != nil {
		return err
	}
	unlisted := was.Unlisted(now)
	if unlisted == nil {
		return nil
	}
	return l.endSessionsWhere(directory.KindContact, id, unlisted)
}

// someAccountLost reports whether there is an account that is not what it was. Who is
// of a new one has come there.
func (l *large) someAccountLost() (bool, error) {
	before := l.base.Bucket([]byte(accounts.name))
	c := l.next.tx.Bucket([]byte(accounts.name)).Cursor()
	for id, data := c.First(); id != nil; id, data = c.Next() {
		if bytes.Equal(data, before.Get(id)) {
			continue
		}
		if was, now, err := l.accountFootings(id); err != nil || was.Lost(now) {
			return true, err
		}
	}
	return false, nil
}

// accountFootings are those of an account before the edit and after it; both are zero
// where it is what it was, new, or gone.
func (l *large) accountFootings(id []byte) (was, now promise.Footing, err error) {
	before := l.base.Bucket([]byte(accounts.name)).Get(id)
	if before == nil || !l.touched(accounts.name, string(id)) {
		return was, now, nil
	}
	a, err := accounts.read(id, before)
	if err != nil {
		return was, now, err
	}
	b, found, err := accounts.get(l.next.tx, id)
	if !found {
		return was, now, err
	}
	return promise.AccountFooting(a), promise.AccountFooting(b), err
}

// asBefore reports whether a contact or member is what it was.
func (l *large) asBefore(kind directory.Kind, id []byte) bool {
	if kind == directory.KindMember {
		return !l.touched(members.name, string(id))
	}
	return bytes.Equal(l.before(id), id) && !l.touched(contacts.name, string(id))
}

func (l *large) barred(kind directory.Kind, id []byte) (bool, error) {
	if kind == directory.KindMember {
		m, found, err := members.get(l.next.tx, id)
		if err != nil || !found || !m.Active {
			return true, err
		}
		was, found, err := members.get(l.base, id)
		return found && was.Email.Key() != m.Email.Key(), err
	}
	c, found, err := contacts.get(l.next.tx, id)
	if err != nil || !found || !c.Active {
		return true, err
	}
	a, found, err := accounts.get(l.next.tx, []byte(c.Account))
	if err != nil || !found || !a.Active {
		return true, err
	}
	was, found, err := contacts.get(l.base, l.before(id))
	return found && (was.Email.Key() != c.Email.Key() || was.Account != c.Account), err
}
