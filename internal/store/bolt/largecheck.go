package bolt

import (
	"bytes"
	"encoding/binary"
	"iter"

	"go.etcd.io/bbolt"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/store/promise"
)

// finish settles what waits, keeps the promises of directory.Store as check and
// checkPasswords do, and has the disk take the file. It does not remember what the
// edit touched: it walks along the indexes, and compares with the store before.
func (l *large) finish() error {
	if err := l.settle(); err != nil || l.next == nil {
		return err
	}
	if err := l.next.begin(l.ctx); err != nil { // walks are quicker over what is committed
		return err
	}
	for _, keep := range []func() error{
		l.checkAccounts, l.checkContacts, l.checkMembers, l.endBarred, l.checkPasswords, l.forgetRenames,
	} {
		if err := keep(); err != nil {
			return err
		}
	}
	l.s.did("checked")
	return l.next.finish(l.s.db.NoSync)
}

// listedIn yields what an index lists first parts under, and the keys.
func listedIn(tx *bbolt.Tx, index string) iter.Seq2[[]byte, []byte] {
	return func(yield func(entry, key []byte) bool) {
		c := tx.Bucket([]byte(index)).Cursor()
		for k, _ := c.First(); k != nil; k, _ = c.Next() {
			if end := partEnd(k); !yield(k[:end], k[end:]) {
				return
			}
		}
	}
}

// partEnd is where the first part of a key ends.
func partEnd(k []byte) int {
	length, n := binary.Uvarint(k)
	return n + int(length) // #nosec G115 -- as part wrote it
}

// unpart is what part encoded.
func unpart(entry []byte) []byte {
	_, n := binary.Uvarint(entry)
	return entry[n:]
}

// checkAccounts: a contact has an account.
func (l *large) checkAccounts() error {
	tx := l.next.tx
	var last []byte
	for entry, id := range listedIn(tx, contactsByAccount) {
		if bytes.Equal(entry, last) {
			continue
		}
		last = append(last[:0], entry...)
		account := unpart(entry)
		if tx.Bucket([]byte(accounts.name)).Get(account) != nil {
			continue
		}
		if l.base.Bucket([]byte(accounts.name)).Get(account) != nil {
			return promise.InUse(string(account), string(id))
		}
		c, err := mustGet(tx, contacts, "contact", string(id))
		if err != nil {
			return err
		}
		return promise.NoAccount(c)
	}
	return nil
}

// checkContacts: a contact is the only one of its address in its account.
func (l *large) checkContacts() error {
	return l.eachShared(contactsByAddress, func(entry []byte) error {
		same, err := contacts.find(l.next.tx, contactsByAddress, entry)
		if err != nil {
			return err
		}
		in := map[string][]string{}
		for _, c := range same {
			in[c.Account] = append(in[c.Account], c.ID)
		}
		for _, c := range same {
			if ids := in[c.Account]; len(ids) > 1 && l.touched(contacts.name, c.ID) {
				return promise.SameAccount(c, another(ids, c.ID))
			}
		}
		return nil
	})
}

// checkMembers: a member is the only one of its address.
func (l *large) checkMembers() error {
	return l.eachShared(membersByAddress, func(entry []byte) error {
		same, err := members.find(l.next.tx, membersByAddress, entry)
		if err != nil {
			return err
		}
		for _, m := range same {
			if l.touched(members.name, m.ID) {
				return promise.SameAddress(m, another(packAll(same, func(m directory.Member) string { return m.ID }), m.ID))
			}
		}
		return nil
	})
}

// eachShared calls fn for what an index lists several records under.
func (l *large) eachShared(index string, fn func(entry []byte) error) error {
	var last, told []byte
	for entry := range listedIn(l.next.tx, index) {
		if bytes.Equal(entry, last) && !bytes.Equal(entry, told) {
			told = append(told[:0], entry...)
			if err := fn(told); err != nil {
				return err
			}
		}
		last = append(last[:0], entry...)
	}
	return nil
}

// another is the first of several ids that is not that one.
func another(ids []string, id string) string {
	if ids[0] == id {
		return ids[1]
	}
	return ids[0]
}

// touched reports whether a record is another than before the edit.
func (l *large) touched(table, id string) bool {
	return !bytes.Equal(l.next.tx.Bucket([]byte(table)).Get([]byte(id)), l.base.Bucket([]byte(table)).Get([]byte(id)))
}
