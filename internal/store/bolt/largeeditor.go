package bolt

import (
	"cmp"
	"context"
	"errors"
	"os"

	"go.etcd.io/bbolt"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/store/promise"
)

// large is a directory.Editor of any size. What it writes waits in sorters until
// it is read, or the edit ends; see settle.
type large struct {
	reader
	ctx  context.Context
	s    *Store
	base *bbolt.Tx // the store before the edit
	next *next     // nil until it is needed

	spill   *spill
	records *sorter // what was written: a table and a key, and an op
	waiting *bloom  // the keys in records
	entries *sorter // what that makes of the indexes: an index and an entry, and whether it is there
	set     *sorter // keys of passwords that were set, and whether their sessions end
	failed  error
	key     []byte // of what is being noted
}

var _ directory.Editor = (*large)(nil)

func newLarge(ctx context.Context, s *Store, base *bbolt.Tx) *large {
	l := &large{ctx: ctx, s: s, base: base, waiting: newBloom()}
	l.spill = &spill{make: l.unseen}
	l.records, l.entries = newSorter(l.spill, s.pieces.sorted), newSorter(l.spill, s.pieces.sorted)
	l.set = newSorter(l.spill, s.pieces.sorted/4)
	l.reader = reader{func(ctx context.Context, fn func(*bbolt.Tx) error) error {
		if err := cmp.Or(ctx.Err(), l.settle()); err != nil {
			return err
		}
		return fn(l.tx())
	}}
	return l
}

// unseen makes a file without a name.
func (l *large) unseen() (*os.File, error) {
	f, err := beside(l.s.real + spillSuffix)
	if err != nil {
		return nil, hint(err)
	}
	return f, os.Remove(f.Name())
}

// end lets go of all that the edit holds. It may be called twice.
func (l *large) end() {
	_ = l.spill.close()
	if l.next != nil {
		_ = survive(l.next.discard)
		l.next = nil
	}
	release(l.base)
}

// tx is where the edit reads.
func (l *large) tx() *bbolt.Tx {
	if l.next != nil {
		return l.next.tx
	}
	return l.base
}

// copied sees to it that there is a copy to write to.
func (l *large) copied() (err error) {
	if l.next == nil {
		l.next, err = l.s.newNext(l.base)
	}
	return l.wrote(err)
}

// wrote remembers an error of a write that may be half done, so that the edit
// fails by it even where its function goes on.
func (l *large) wrote(err error) error {
	if l.failed == nil {
		l.failed = err
	}
	return err
}

// later notes what becomes of the record under a key.
func (l *large) later(table string, key, op []byte) error {
	l.key = append(append(l.key[:0], number(table)), key...)
	l.waiting.add(l.key)
	return l.wrote(l.records.add(l.key, op))
}

// at reads a record under a key. It is cheap but where that was written.
func (l *large) at(table string, key []byte) reader {
	l.key = append(append(l.key[:0], number(table)), key...)
	if l.waiting.has(l.key) {
		return l.reader
	}
	return reader{func(ctx context.Context, fn func(*bbolt.Tx) error) error {
		if err := cmp.Or(ctx.Err(), l.failed); err != nil {
			return err
		}
		return fn(l.tx())
	}}
}

func (l *large) Account(ctx context.Context, id string) (directory.Account, error) {
	return l.at(accounts.name, []byte(id)).Account(ctx, id)
}

func (l *large) Contact(ctx context.Context, id string) (directory.Contact, error) {
	return l.at(contacts.name, []byte(id)).Contact(ctx, id)
}

func (l *large) Member(ctx context.Context, id string) (directory.Member, error) {
	return l.at(members.name, []byte(id)).Member(ctx, id)
}

func (l *large) Password(ctx context.Context, owner directory.PasswordOwner) (directory.Password, error) {
	return l.at(passwords.name, passwordKey(owner)).Password(ctx, owner)
}

func (l *large) PutAccount(a directory.Account) error {
	if err := promise.Account(a); err != nil {
		return err
	}
	return putLater(l, accounts, a)
}

func (l *large) PutContact(c directory.Contact) error {
	if err := promise.Contact(c); err != nil {
		return err
	}
	c.Links = c.Links.Of(c.Email)
	return putLater(l, contacts, c)
}

func (l *large) PutMember(m directory.Member) error {
	if err := promise.Member(m); err != nil {
		return err
	}
	m.Links = m.Links.Of(m.Email)
	return putLater(l, members, m)
}

func putLater[T any](l *large, t *table[T], v T) error {
	data, err := t.encode(v)
	if err != nil {
		return l.wrote(err)
	}
	return l.later(t.name, t.key(v), putting(t.listings(v), data))
}

func (l *large) DeleteAccount(id string) error {
	if _, err := l.Account(l.ctx, id); err != nil {
		return err
	}
	return l.later(accounts.name, []byte(id), gone)
}

func (l *large) DeleteContact(id string) error {
	if _, err := l.Contact(l.ctx, id); err != nil {
		return err
	}
	if err := l.later(contacts.name, []byte(id), gone); err != nil {
		return err
	}
	return l.removed(directory.KindContact, id)
}

func (l *large) DeleteMember(id string) error {
	if _, err := l.Member(l.ctx, id); err != nil {
		return err
	}
	if err := l.later(members.name, []byte(id), gone); err != nil {
		return err
	}
	return l.removed(directory.KindMember, id)
}

func (l *large) RenameContact(old, id string) error {
	c, err := l.Contact(l.ctx, old)
	if err != nil || old == id {
		return err
	}
	if _, err := l.Contact(l.ctx, id); !errors.Is(err, directory.ErrNotFound) {
		return cmp.Or(err, promise.Taken("contact", id))
	}
	c.ID = id
	if err := promise.Contact(c); err != nil {
		return err
	}
	if err := l.later(contacts.name, []byte(old), gone); err != nil {
		return err
	}
	if err := l.PutContact(c); err != nil {
		return err
	}
	if err := l.renamed(old, id); err != nil {
		return err
	}
	return l.moveSessions(old, id)
}

func (l *large) SetPassword(owner directory.PasswordOwner, p directory.Password) error {
	op := instant(p.Changed)
	if p.Hash != "" {
		data, err := passwords.encode(ownPassword{owner, p})
		if err != nil {
			return l.wrote(err)
		}
		op = append(op, data...)
	}
	return l.later(passwords.name, passwordKey(owner), op)
}
