package bolt

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"go.etcd.io/bbolt"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/session"
	"github.com/frontdesk-gateway/frontdesk/internal/store"
	"github.com/frontdesk-gateway/frontdesk/internal/store/promise"
)

// editor is a directory.Editor on one transaction. It remembers what it
// touched, for the promises that are checked at its end and for the watchers.
type editor struct {
	reader
	tx       *bbolt.Tx
	accounts map[string]bool
	contacts map[string]bool
	members  map[string]bool
	sessions []session.Key
	bearers
	failed  error
	indexes laterEntries
}

var _ directory.Editor = (*editor)(nil)

func newEditor(tx *bbolt.Tx) *editor {
	e := &editor{tx: tx, accounts: map[string]bool{}, contacts: map[string]bool{}, members: map[string]bool{},
		bearers: newBearers(), indexes: laterEntries{tx, map[string]map[string]bool{}}}
	e.reader = reader{func(ctx context.Context, fn func(*bbolt.Tx) error) error {
		if err := cmp.Or(ctx.Err(), e.wrote(e.indexes.flush())); err != nil {
			return err
		}
		return fn(tx)
	}}
	return e
}

// Edit implements directory.Store.
func (s *Store) Edit(ctx context.Context, fn func(directory.Editor) error) error {
	return s.update(ctx, func(tx *bbolt.Tx) error {
		e := newEditor(tx)
		if err := fn(e); err != nil {
			return err
		}
		if err := e.check(); err != nil {
			return err
		}
		s.tell(e.change())
		return nil
	})
}

func (e *editor) change() store.Change {
	return store.Change{
		Accounts: slices.Sorted(maps.Keys(e.accounts)),
		Contacts: slices.Sorted(maps.Keys(e.contacts)),
		Members:  slices.Sorted(maps.Keys(e.members)),
		Sessions: e.sessions,
	}
}

// wrote remembers an error of a write that may be half done, so that the edit
// fails by it even where its function goes on.
func (e *editor) wrote(err error) error {
	if e.failed == nil {
		e.failed = err
	}
	return err
}

func (e *editor) PutAccount(a directory.Account) error {
	if err := promise.Account(a); err != nil {
		return err
	}
	e.accounts[a.ID] = true
	old, err := accounts.putVia(e.tx, a, e.indexes.write)
	e.stoodOn(a.ID, promise.AccountFooting(old))
	return e.wrote(err)
}

func (e *editor) PutContact(c directory.Contact) error {
	if err := promise.Contact(c); err != nil {
		return err
	}
	e.contacts[c.ID] = true
	c.Links = c.Links.Of(c.Email)
	old, err := contacts.putVia(e.tx, c, e.indexes.write)
	e.bore(directory.KindContact, c.ID, promise.ContactFooting(old))
	return e.wrote(err)
}

func (e *editor) PutMember(m directory.Member) error {
	if err := promise.Member(m); err != nil {
		return err
	}
	e.members[m.ID] = true
	m.Links = m.Links.Of(m.Email)
	old, err := members.putVia(e.tx, m, e.indexes.write)
	e.bore(directory.KindMember, m.ID, promise.MemberFooting(old))
	return e.wrote(err)
}

func (e *editor) DeleteAccount(id string) error {
	old, err := remove(e, accounts, e.accounts, "account", id)
	if err == nil {
		e.stoodOn(id, promise.AccountFooting(old))
	}
	return err
}

func (e *editor) DeleteContact(id string) error {
	old, err := remove(e, contacts, e.contacts, "contact", id)
	if err != nil {
		return err
	}
	e.bore(directory.KindContact, id, promise.ContactFooting(old))
	e.leaves(directory.KindContact, id)
	return e.wrote(e.endSessions(directory.KindContact, id))
}

func (e *editor) DeleteMember(id string) error {
	old, err := remove(e, members, e.members, "member", id)
	if err != nil {
		return err
	}
	e.bore(directory.KindMember, id, promise.MemberFooting(old))
	e.leaves(directory.KindMember, id)
	return e.wrote(e.endSessions(directory.KindMember, id))
}

func remove[T any](e *editor, t *table[T], touched map[string]bool, kind, id string) (T, error) {
	old, found, err := t.deleteVia(e.tx, []byte(id), e.indexes.write)
	if err != nil {
		return old, e.wrote(err)
	}
	if !found {
		return old, missing(kind, id)
	}
	touched[id] = true
	return old, nil
}

// endSessions removes the sessions of a record, but for the spared one.
func (e *editor) endSessions(kind directory.Kind, id string) error {
	return e.endEach(sessionsOf(e.tx, kind, id))
}

// endSessionsWhere is endSessions for those of them that ends reports.
func (e *editor) endSessionsWhere(kind directory.Kind, id string, ends func(session.Session) bool) error {
	ended, err := sessionsWhere(e.tx, kind, id, ends)
	if err != nil {
		return err
	}
	return e.endEach(ended)
}

func (e *editor) endEach(keys []session.Key) error {
	for _, key := range keys {
		if e.spared != nil && key == *e.spared {
			continue
		}
		if _, _, err := sessions.delete(e.tx, key[:]); err != nil {
			return err
		}
		e.sessions = append(e.sessions, key)
	}
	return nil
}

func (e *editor) RenameContact(old, id string) error {
	c, err := mustGet(e.tx, contacts, "contact", old)
	if err != nil || old == id {
		return err
	}
	if _, taken, err := contacts.get(e.tx, []byte(id)); err != nil || taken {
		return cmp.Or(err, promise.Taken("contact", id))
	}
	c.ID = id
	if err := promise.Contact(c); err != nil {
		return err
	}
	if _, err := remove(e, contacts, e.contacts, "contact", old); err != nil {
		return err
	}
	e.renamed(old, c)
	if err := e.PutContact(c); err != nil {
		return err
	}
	return e.wrote(e.moveSessions(old, id))
}

func (e *editor) moveSessions(old, id string) error {
	for _, key := range sessionsOf(e.tx, directory.KindContact, old) {
		s, err := mustRead(e.tx, key)
		if err != nil {
			return err
		}
		s.EntityID = id
		if err := sessions.put(e.tx, s); err != nil {
			return err
		}
		e.sessions = append(e.sessions, s.Key)
	}
	return nil
}
