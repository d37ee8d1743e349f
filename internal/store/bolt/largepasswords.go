package bolt

import (
	"bytes"
	"errors"
	"iter"

	"go.etcd.io/bbolt"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
)

// checkPasswords removes the passwords that nobody may have any more, and ends
// the sessions and pending journeys of the addresses that got another.
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
	s.nobody = empty(l.next.tx, sessions.name) && empty(l.next.tx, journeysByAddress)
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
			if err := s.l.endAt(s.key[:partEnd(s.key)]); err != nil {
				return there, err
			}
		}
		s.key, s.moved, s.ok = s.next()
	}
	return there, s.err
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
