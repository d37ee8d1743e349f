package memory

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/session"
	"github.com/frontdesk-gateway/frontdesk/internal/store"
	"github.com/frontdesk-gateway/frontdesk/internal/store/promise"
)

// editor is a directory.Editor on a copy of the data.
type editor struct {
	reader
	data    *data
	changed *store.Change
	bearers
}

func newEditor(d *data, changed *store.Change) *editor {
	within := func(ctx context.Context, fn func(*data) error) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		return fn(d)
	}
	return &editor{within, d, changed, newBearers(d)}
}

// Edit implements directory.Store.
func (s *Store) Edit(ctx context.Context, fn func(directory.Editor) error) error {
	return s.write(ctx, func(d *data, changed *store.Change) error { return edit(d, changed, fn) })
}

func edit(d *data, changed *store.Change, fn func(directory.Editor) error) error {
	e := newEditor(d, changed)
	if err := fn(e); err != nil {
		return err
	}
	for _, ids := range []*[]string{&changed.Accounts, &changed.Contacts, &changed.Members} {
		slices.Sort(*ids)
		*ids = slices.Compact(*ids)
	}
	if err := d.check(changed); err != nil {
		return err
	}
	e.endBarred()
	e.checkPasswords()
	e.endLeft()
	return nil
}

// EditLarge implements directory.Store.
func (s *Store) EditLarge(ctx context.Context, fn func(directory.Editor) error) error {
	return s.write(ctx, func(d *data, changed *store.Change) error {
		var named store.Change
		err := edit(d, &named, fn)
		*changed = store.Change{All: true}
		return err
	})
}

// endBarred ends the sessions of what the change left switched off, or under another
// address or account, those of members on platforms that they do not open, and those of
// contacts by a tenant that the account lists no more.
func (e *editor) endBarred() {
	for id, c := range e.data.contacts {
		if !slices.Contains(e.changed.Contacts, id) && !slices.Contains(e.changed.Accounts, c.Account) {
			continue
		}
		a := e.data.accounts[c.Account]
		barred := !c.Active || !a.Active || e.movedTo(directory.KindContact, id, c.Email) || e.resettled(c)
		unlisted := e.stood[a.ID].Unlisted(promise.AccountFooting(a))
		e.endSessionsWhere(directory.KindContact, id, func(s session.Session) bool { return barred || unlisted != nil && unlisted(s) })
	}
	for id, m := range e.data.members {
		if !slices.Contains(e.changed.Members, id) {
			continue
		}
		barred := !m.Active || e.movedTo(directory.KindMember, id, m.Email)
		e.endSessionsWhere(directory.KindMember, id, func(s session.Session) bool { return barred || !m.Opens(s.Platform) })
	}
}

// CreateContact implements directory.Store.
func (s *Store) CreateContact(ctx context.Context, c directory.Contact) error {
	return s.write(ctx, func(d *data, changed *store.Change) error {
		if d.people(c.Email.Key()).Known() {
			return fmt.Errorf("creating contact for %s: %w", c.Email, directory.ErrExists)
		}
		if _, taken := d.contacts[c.ID]; taken {
			return promise.Taken("contact", c.ID)
		}
		if err := newEditor(d, changed).PutContact(c); err != nil {
			return err
		}
		return d.check(changed)
	})
}

// check tests the promises of directory.Store for the records that changed.
func (d *data) check(changed *store.Change) error {
	for _, c := range d.contacts {
		if _, found := d.accounts[c.Account]; !found && slices.Contains(changed.Accounts, c.Account) {
			return promise.InUse(c.Account, c.ID)
		}
	}
	for _, id := range changed.Contacts {
		if c, found := d.contacts[id]; found {
			if err := d.checkContact(c); err != nil {
				return err
			}
		}
	}
	for _, id := range changed.Members {
		for _, other := range d.members {
			if m := d.members[id]; m.ID != other.ID && m.Email.Equal(other.Email) {
				return promise.SameAddress(m, other.ID)
			}
		}
	}
	return nil
}

func (d *data) checkContact(c directory.Contact) error {
	if _, found := d.accounts[c.Account]; !found {
		return promise.NoAccount(c)
	}
	for _, other := range d.contacts {
		if other.ID != c.ID && other.Account == c.Account && other.Email.Equal(c.Email) {
			return promise.SameAccount(c, other.ID)
		}
	}
	return nil
}

func (e *editor) PutAccount(a directory.Account) error {
	if err := promise.Account(a); err != nil {
		return err
	}
	e.data.accounts[a.ID] = copyAccount(a)
	e.changed.Accounts = append(e.changed.Accounts, a.ID)
	return nil
}

func (e *editor) PutContact(c directory.Contact) error {
	if err := promise.Contact(c); err != nil {
		return err
	}
	c.Links = c.Links.Of(c.Email)
	e.data.contacts[c.ID] = copyContact(c)
	e.changed.Contacts = append(e.changed.Contacts, c.ID)
	return nil
}

func (e *editor) PutMember(m directory.Member) error {
	if err := promise.Member(m); err != nil {
		return err
	}
	m.Links = m.Links.Of(m.Email)
	e.data.members[m.ID] = copyMember(m)
	e.changed.Members = append(e.changed.Members, m.ID)
	return nil
}

func (e *editor) DeleteAccount(id string) error {
	return remove(e.data.accounts, &e.changed.Accounts, "account", id)
}

func (e *editor) DeleteContact(id string) error {
	e.endSessions(directory.KindContact, id)
	e.leaves(directory.KindContact, id)
	return remove(e.data.contacts, &e.changed.Contacts, "contact", id)
}

func (e *editor) DeleteMember(id string) error {
	e.endSessions(directory.KindMember, id)
	e.leaves(directory.KindMember, id)
	return remove(e.data.members, &e.changed.Members, "member", id)
}

func remove[T any](records map[string]T, changed *[]string, kind, id string) error {
	if _, found := records[id]; !found {
		return missing(kind, id)
	}
	delete(records, id)
	*changed = append(*changed, id)
	return nil
}

func (e *editor) endSessions(kind directory.Kind, id string) {
	e.endSessionsWhere(kind, id, func(session.Session) bool { return true })
}

func (e *editor) endSessionsWhere(kind directory.Kind, id string, ends func(session.Session) bool) {
	for key, s := range maps.Clone(e.data.sessions) {
		if s.Kind == kind && s.EntityID == id && ends(s) && (e.spared == nil || key != *e.spared) {
			delete(e.data.sessions, key)
			e.changed.Sessions = append(e.changed.Sessions, key)
		}
	}
}

func (e *editor) RenameContact(old, id string) error {
	c, found := e.data.contacts[old]
	if !found {
		return missing("contact", old)
	}
	if old == id {
		return nil
	}
	if _, taken := e.data.contacts[id]; taken {
		return promise.Taken("contact", id)
	}
	c.ID = id
	if err := e.PutContact(c); err != nil {
		return err
	}
	e.renamed(old, id)
	for key, s := range e.data.sessions {
		if s.Kind == directory.KindContact && s.EntityID == old {
			s.EntityID = id
			e.data.sessions[key] = s
			e.changed.Sessions = append(e.changed.Sessions, key)
		}
	}
	return remove(e.data.contacts, &e.changed.Contacts, "contact", old)
}
