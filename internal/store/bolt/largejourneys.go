package bolt

import (
	"bytes"

	"go.etcd.io/bbolt"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/store/promise"
)

// empty reports whether nothing lies in a bucket.
func empty(tx *bbolt.Tx, bucket string) bool {
	k, _ := tx.Bucket([]byte(bucket)).Cursor().First()
	return k == nil
}

// endJourneysAt ends the pending journeys of an address, a part.
func (l *large) endJourneysAt(address []byte) error {
	return deleteEach(l, journeys, keys(l.tx(), journeysByAddress, address))
}

// removed ends what a record had begun that was taken out: its sessions, and the
// pending journeys of the address that it bore before the edit. Another record may
// take its id and address, so a walk at the end comes too late.
func (l *large) removed(kind directory.Kind, id string) error {
	if err := l.endSessions(kind, id); err != nil || empty(l.tx(), journeysByAddress) {
		return err
	}
	was, _, err := footing(l.base, kind, l.originally(kind, []byte(id)))
	if err != nil || was.Address == "" {
		return err
	}
	return l.endJourneysAt(part(was.Address))
}

// originally is the id that a record had before the edit.
func (l *large) originally(kind directory.Kind, id []byte) []byte {
	if kind == directory.KindContact {
		return l.before(id)
	}
	return id
}

// endLeft ends the journeys that are pending at addresses whose records are not what
// they were, along the index of such journeys. off says whether an account was
// switched off.
func (l *large) endLeft(off bool) error {
	var last []byte
	return l.eachKey(journeysByAddress, func(k []byte) error {
		address := k[:partEnd(k)]
		if bytes.Equal(address, last) {
			return nil
		}
		last = address
		left, err := l.left(address, off)
		if err != nil || !left {
			return err
		}
		return l.endJourneysAt(address)
	})
}

// left reports whether a record that bore an address, a part, is not what it was.
func (l *large) left(address []byte, off bool) (bool, error) {
	for _, kind := range []directory.Kind{directory.KindContact, directory.KindMember} {
		var now map[string][]byte
		for _, id := range keys(l.base, addressIndex(kind), address) {
			if !off && l.asBefore(kind, id) {
				continue
			}
			if now == nil {
				now = l.remaining(kind, address)
			}
			if lost, err := l.lost(kind, id, now[string(id)]); err != nil || lost {
				return true, err
			}
		}
	}
	return false, nil
}

// remaining are the ids of the records that bear an address after the edit, by those
// that they had before: of one address there may be as many as there are accounts.
func (l *large) remaining(kind directory.Kind, address []byte) map[string][]byte {
	now := map[string][]byte{}
	for _, id := range keys(l.next.tx, addressIndex(kind), address) {
		now[string(l.originally(kind, id))] = id
	}
	return now
}

// lost compares the record that bore an address under an id with what has become
// of it there, under now.
func (l *large) lost(kind directory.Kind, id, now []byte) (bool, error) {
	if now == nil { // removed, or under another address
		return true, nil
	}
	was, before, err := footing(l.base, kind, id)
	if err != nil {
		return true, err
	}
	is, after, err := footing(l.next.tx, kind, now)
	return was.Lost(is) || before && !after, err
}

// footing is that of a record, and whether a contact's account is switched on.
func footing(tx *bbolt.Tx, kind directory.Kind, id []byte) (f promise.Footing, on bool, err error) {
	if kind == directory.KindMember {
		m, _, err := members.get(tx, id)
		return promise.MemberFooting(m), true, err
	}
	c, _, err := contacts.get(tx, id)
	if err != nil {
		return f, false, err
	}
	a, _, err := accounts.get(tx, []byte(c.Account))
	return promise.ContactFooting(c), a.Active, err
}
