package memory

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/store"
	"github.com/frontdesk-gateway/frontdesk/internal/store/promise"
)

// reader is directory.Reader, for the store and within an edit: it runs a
// function on the data of the one or the other.
type reader func(context.Context, func(*data) error) error

func (in reader) Account(ctx context.Context, id string) (directory.Account, error) {
	return get(ctx, in, "account", id, accountsIn, copyAccount)
}

func (in reader) Contact(ctx context.Context, id string) (directory.Contact, error) {
	return get(ctx, in, "contact", id, contactsIn, copyContact)
}

func (in reader) Member(ctx context.Context, id string) (directory.Member, error) {
	return get(ctx, in, "member", id, membersIn, copyMember)
}

func (in reader) Accounts(ctx context.Context) iter.Seq2[directory.Account, error] {
	return list(ctx, in, accountsIn, copyAccount)
}

func (in reader) Contacts(ctx context.Context) iter.Seq2[directory.Contact, error] {
	return list(ctx, in, contactsIn, copyContact)
}

func (in reader) Members(ctx context.Context) iter.Seq2[directory.Member, error] {
	return list(ctx, in, membersIn, copyMember)
}

func (in reader) AccountsByDomain(ctx context.Context, domain string) ([]directory.Account, error) {
	return in.accountsWhere(ctx, func(a directory.Account) bool { return slices.Contains(a.Domains, domain) })
}

func (in reader) AccountsByTenant(ctx context.Context, tenant string) ([]directory.Account, error) {
	return in.accountsWhere(ctx, func(a directory.Account) bool { return slices.Contains(a.Tenants.IDs(), tenant) })
}

// get returns a copy of the record that pick finds under id.
func get[T any](ctx context.Context, in reader, kind, id string, pick func(*data) map[string]T, copied func(T) T) (v T, err error) {
	err = in(ctx, func(d *data) error {
		found, ok := pick(d)[id]
		if !ok {
			return missing(kind, id)
		}
		v = copied(found)
		return nil
	})
	return v, err
}

// list yields copies of the records that were there when the loop began.
func list[T any](ctx context.Context, in reader, pick func(*data) map[string]T, copied func(T) T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var records map[string]T
		err := in(ctx, func(d *data) error {
			records = maps.Clone(pick(d))
			return nil
		})
		if err != nil {
			var none T
			yield(none, err)
			return
		}
		for _, id := range slices.Sorted(maps.Keys(records)) {
			if !yield(copied(records[id]), nil) {
				return
			}
		}
	}
}

func missing(kind, id string) error {
	return fmt.Errorf("%s %q: %w", kind, id, directory.ErrNotFound)
}

func accountsIn(d *data) map[string]directory.Account { return d.accounts }
func contactsIn(d *data) map[string]directory.Contact { return d.contacts }
func membersIn(d *data) map[string]directory.Member   { return d.members }

func (in reader) People(ctx context.Context, key string) (p directory.People, err error) {
	err = in(ctx, func(d *data) error {
		p = d.people(key)
		return nil
	})
	return p, err
}

func (d *data) people(key string) directory.People {
	p := directory.People{Accounts: map[string]directory.Account{}, Passwords: d.passwordsOf(key)}
	for _, c := range d.contacts {
		if c.Email.Key() == key {
			p.Contacts = append(p.Contacts, copyContact(c))
			if a, ok := d.accounts[c.Account]; ok {
				p.Accounts[c.Account] = copyAccount(a)
			}
		}
	}
	for _, m := range d.members {
		if m.Email.Key() == key {
			m := copyMember(m)
			p.Member = &m
		}
	}
	if !p.Known() {
		return directory.People{}
	}
	promise.Order(p)
	return p
}

func (in reader) accountsWhere(ctx context.Context, lists func(directory.Account) bool) (found []directory.Account, err error) {
	for a, err := range list(ctx, in, accountsIn, copyAccount) {
		if err != nil {
			return nil, err
		}
		if lists(a) {
			found = append(found, a)
		}
	}
	return found, nil
}

func (in reader) Linked(ctx context.Context, provider string, id directory.Identity) (linked []directory.Address, err error) {
	err = in(ctx, func(d *data) error {
		add := func(links directory.Links, address directory.Address) {
			if link, ok := links.At(provider, address); ok && link.Identity == id {
				linked = append(linked, address)
			}
		}
		for _, c := range d.contacts {
			add(c.Links, c.Email)
		}
		for _, m := range d.members {
			add(m.Links, m.Email)
		}
		return nil
	})
	return linked, err
}

// MemberTenants implements directory.Store.
func (in reader) MemberTenants(ctx context.Context) (list directory.Tenants, err error) {
	err = in(ctx, func(d *data) error {
		list = copyTenants(d.memberTenants)
		return nil
	})
	return list, err
}

// KeepMemberTenants implements directory.Store.
func (s *Store) KeepMemberTenants(ctx context.Context, tenants directory.Tenants) error {
	return s.write(ctx, func(d *data, _ *store.Change) error {
		d.memberTenants = copyTenants(tenants)
		return nil
	})
}
