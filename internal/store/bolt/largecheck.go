package bolt

import (
	"bytes"
	"encoding/binary"
	"errors"
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

// pageKeys returns at most pageSize keys of a bucket, beginning after the given
// one, or with the first for a nil one.
func pageKeys(tx *bbolt.Tx, bucket string, after []byte) (page [][]byte) {
	c := tx.Bucket([]byte(bucket)).Cursor()
	k, _ := c.First()
	if after != nil {
		if k, _ = c.Seek(after); bytes.Equal(k, after) {
			k, _ = c.Next()
		}
	}
	for ; k != nil && len(page) < pageSize; k, _ = c.Next() {
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

// endBarred ends the sessions of what is switched off, or under another address.
func (l *large) endBarred() error {
	var last []byte
	return l.eachKey(sessionsByEntity, func(k []byte) error {
		end := partEnd(k)
		kind, rest := directory.Kind(unpart(k[:end])), k[end:]
		id := unpart(rest[:partEnd(rest)])
		if owner := k[:end+partEnd(rest)]; !bytes.Equal(owner, last) {
			last = owner
			barred, err := l.barred(kind, id)
			if err != nil || !barred {
				return err
			}
			return l.endSessions(kind, string(id))
		}
		return nil
	})
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
	return found && was.Email.Key() != c.Email.Key(), err
}

// checkPasswords removes the passwords that nobody may have any more, and ends
// the sessions of the addresses that got another.
func (l *large) checkPasswords() error {
	set := l.newSettings()
	defer set.stop()
	err := l.eachKey(passwords.name, func(key []byte) error {
		wasSet, err := set.upTo(key)
		if err != nil || l.stays(key, wasSet) {
			return err
		}
		return l.write(l.next.bucket(passwords.name), key, nil)
	})
	if err != nil {
		return err
	}
	_, err = set.upTo(nil)
	return err
}

var errEnough = errors.New("no more is wanted")

// settings goes along what the edit set of passwords.
type settings struct {
	l          *large
	next       func() (key, moved []byte, ok bool)
	stop       func()
	key, moved []byte
	ok, nobody bool
	err        error
}

func (l *large) newSettings() *settings {
	s := &settings{l: l}
	k, _ := l.next.tx.Bucket([]byte(sessions.name)).Cursor().First()
	s.nobody = k == nil
	s.next, s.stop = iter.Pull2(func(yield func(key, moved []byte) bool) {
		s.err = l.set.drain(func(key, moved []byte) error {
			if !yield(key, moved) {
				return errEnough
			}
			return nil
		})
	})
	s.key, s.moved, s.ok = s.next()
	return s
}

// upTo takes up what was set before a key and at it, or, for a nil one, all that
// is left, and reports whether the key's was.
func (s *settings) upTo(key []byte) (there bool, err error) {
	for s.ok && (key == nil || bytes.Compare(s.key, key) <= 0) {
		there = there || bytes.Equal(s.key, key)
		if s.moved[0] != 0 && !s.nobody {
			if err := s.l.endSessionsAt(s.key[:partEnd(s.key)]); err != nil {
				return there, err
			}
		}
		s.key, s.moved, s.ok = s.next()
	}
	return there, s.err
}

// endSessionsAt ends the sessions of all entities of an address, a part.
func (l *large) endSessionsAt(address []byte) error {
	for _, kind := range []directory.Kind{directory.KindContact, directory.KindMember} {
		for _, id := range keys(l.next.tx, addressIndex(kind), address) {
			if err := l.endSessions(kind, string(id)); err != nil {
				return err
			}
		}
	}
	return nil
}

// stays reports whether somebody bears a password's address who did before, or
// anybody where it was set in this edit.
func (l *large) stays(key []byte, set bool) bool {
	address, kind := key[:partEnd(key)], directory.Kind(key[partEnd(key):])
	index := addressIndex(kind)
	for _, id := range keys(l.next.tx, index, address) {
		if kind == directory.KindContact {
			id = l.before(id)
		}
		if set || len(id) > 0 && lists(l.base, index, append(address[:len(address):len(address)], id...)) {
			return true
		}
	}
	return false
}

// lists reports whether an index has an entry.
func lists(tx *bbolt.Tx, index string, entry []byte) bool {
	k, _ := tx.Bucket([]byte(index)).Cursor().Seek(entry)
	return bytes.Equal(k, entry)
}
