package bolt

import (
	"bytes"
	"cmp"

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
	waiting, err := journeys.find(l.tx(), journeysByAddress, address)
	var ids [][]byte
	for _, j := range waiting {
		if j.Pending() {
			ids = append(ids, []byte(j.ID))
		}
	}
	return cmp.Or(err, deleteEach(l, journeys, ids))
}

// removed ends what a record had begun that was taken out: its sessions, and the
// pending journeys of the address that it bore before the edit. Another record may
// take its id and address, so a walk at the end comes too late.
func (l *large) removed(kind directory.Kind, id string) error {
	if err := l.endSessions(kind, id); err != nil || empty(l.tx(), journeysByAddress) {
		return err
	}
	was, err := footing(l.base, kind, l.originally(kind, []byte(id)))
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
// they were, or that records have come to, along the index of journeys. lost says
// whether an account is not what it was.
func (l *large) endLeft(lost bool) error {
	var last []byte
	return l.eachKey(journeysByAddress, func(k []byte) error {
		address := k[:partEnd(k)]
		if bytes.Equal(address, last) {
			return nil
		}
		last = address
		left, err := l.left(address, lost)
		if err != nil || !left && !l.arrived(address) {
			return err
		}
		return l.endJourneysAt(address)
	})
}

// left reports whether a record that bore an address, a part, is not what it was.
func (l *large) left(address []byte, lost bool) (bool, error) {
	for _, kind := range []directory.Kind{directory.KindContact, directory.KindMember} {
		var now map[string][]byte
		for _, id := range keys(l.base, addressIndex(kind), address) {
			if !lost && l.asBefore(kind, id) {
				continue
			}
			if now == nil {
				now = l.remaining(kind, address)
			}
			if over, err := l.leaves(kind, id, now[string(id)]); err != nil || over {
				return true, err
			}
		}
	}
	return false, nil
}

// arrived reports whether a record bears an address, a part, that did not before.
func (l *large) arrived(address []byte) bool {
	for _, kind := range []directory.Kind{directory.KindContact, directory.KindMember} {
		index := addressIndex(kind)
		for _, id := range keys(l.next.tx, index, address) {
			was := l.originally(kind, id)
			if len(was) == 0 || !lists(l.base, index, append(address[:len(address):len(address)], was...)) {
				return true
			}
		}
	}
	return false
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

// leaves compares the record that bore an address under an id, and its account, with
// what has become of them there, under now.
func (l *large) leaves(kind directory.Kind, id, now []byte) (bool, error) {
	if now == nil { // removed, or under another address
		return true, nil
	}
	was, err := footing(l.base, kind, id)
	if err != nil {
		return true, err
	}
	is, err := footing(l.next.tx, kind, now)
	if err != nil || was.Lost(is) || kind == directory.KindMember {
		return was.Lost(is), err
	}
	before, after, err := l.accountFootings([]byte(is.Account))
	return before.Lost(after), err
}

// footing is that of a contact or member.
func footing(tx *bbolt.Tx, kind directory.Kind, id []byte) (promise.Footing, error) {
	if kind == directory.KindMember {
		m, _, err := members.get(tx, id)
		return promise.MemberFooting(m), err
	}
	c, _, err := contacts.get(tx, id)
	return promise.ContactFooting(c), err
}
