package bolt

import (
	"context"
	"fmt"
	"iter"

	"go.etcd.io/bbolt"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/store/promise"
)

// reader is directory.Reader, for the store and within an edit: view runs a
// function in a transaction of its own, or in that of the edit.
type reader struct {
	view func(context.Context, func(*bbolt.Tx) error) error
}

var _ directory.Reader = reader{}

func (r reader) Account(ctx context.Context, id string) (directory.Account, error) {
	return record(ctx, r, accounts, "account", id)
}

func (r reader) Contact(ctx context.Context, id string) (directory.Contact, error) {
	return record(ctx, r, contacts, "contact", id)
}

func (r reader) Member(ctx context.Context, id string) (directory.Member, error) {
	return record(ctx, r, members, "member", id)
}

func record[T any](ctx context.Context, r reader, t *table[T], kind, id string) (v T, err error) {
	err = r.view(ctx, func(tx *bbolt.Tx) (err error) {
		v, err = mustGet(tx, t, kind, id)
		return err
	})
	return v, err
}

// mustGet is get for a record that has to be there.
func mustGet[T any](tx *bbolt.Tx, t *table[T], kind, id string) (T, error) {
	v, found, err := t.get(tx, []byte(id))
	if err == nil && !found {
		err = missing(kind, id)
	}
	return v, err
}

func missing(kind, id string) error {
	return fmt.Errorf("%s %q: %w", kind, id, directory.ErrNotFound)
}

func (r reader) People(ctx context.Context, key string) (p directory.People, err error) {
	err = r.view(ctx, func(tx *bbolt.Tx) (err error) {
		p, err = people(tx, key)
		return err
	})
	return p, err
}

func people(tx *bbolt.Tx, key string) (directory.People, error) {
	var p directory.People
	var err error
	if p.Contacts, err = contacts.find(tx, contactsByAddress, part(key)); err != nil {
		return directory.People{}, err
	}
	found, err := members.find(tx, membersByAddress, part(key))
	if err != nil || len(found)+len(p.Contacts) == 0 {
		return directory.People{}, err
	}
	if len(found) > 0 {
		p.Member = &found[0]
	}
	if p.Accounts, err = accountsOf(tx, p.Contacts); err != nil {
		return directory.People{}, err
	}
	if p.Passwords, err = passwordsOf(tx, key); err != nil {
		return directory.People{}, err
	}
	promise.Order(p)
	return p, nil
}

func accountsOf(tx *bbolt.Tx, of []directory.Contact) (map[string]directory.Account, error) {
	out := make(map[string]directory.Account, len(of))
	for _, c := range of {
		a, found, err := accounts.get(tx, []byte(c.Account))
		if err != nil {
			return nil, err
		}
		if found { // within an edit, it may not be there yet
			out[a.ID] = a
		}
	}
	return out, nil
}

func (r reader) AccountsByDomain(ctx context.Context, domain string) ([]directory.Account, error) {
	return r.accountsBy(ctx, accountsByDomain, domain)
}

func (r reader) AccountsByTenant(ctx context.Context, tenant string) ([]directory.Account, error) {
	return r.accountsBy(ctx, accountsByTenant, tenant)
}

func (r reader) accountsBy(ctx context.Context, index, value string) (found []directory.Account, err error) {
	err = r.view(ctx, func(tx *bbolt.Tx) (err error) {
		found, err = accounts.find(tx, index, part(value))
		return err
	})
	return found, err
}

func (r reader) Linked(ctx context.Context, provider string, id directory.Identity) (linked []directory.Address, err error) {
	err = r.view(ctx, func(tx *bbolt.Tx) error {
		inContacts, err := contacts.find(tx, contactsByLink, linkEntry(provider, id))
		if err != nil {
			return err
		}
		inMembers, err := members.find(tx, membersByLink, linkEntry(provider, id))
		linked = append(packAll(inContacts, func(c directory.Contact) directory.Address { return c.Email }),
			packAll(inMembers, func(m directory.Member) directory.Address { return m.Email })...)
		return err
	})
	return linked, err
}

func (r reader) Accounts(ctx context.Context) iter.Seq2[directory.Account, error] {
	return all(ctx, r, accounts)
}

func (r reader) Contacts(ctx context.Context) iter.Seq2[directory.Contact, error] {
	return all(ctx, r, contacts)
}

func (r reader) Members(ctx context.Context) iter.Seq2[directory.Member, error] {
	return all(ctx, r, members)
}

// pageSize is how many records a listing reads at once.
const pageSize = 500

// all yields a table's records page by page: while the loop's body runs no
// transaction is open, and within an edit no cursor that a write would upset.
func all[T any](ctx context.Context, r reader, t *table[T]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var after []byte
		for {
			var page []T
			err := r.view(ctx, func(tx *bbolt.Tx) (err error) {
				page, err = t.page(tx, after, pageSize)
				return err
			})
			if err != nil {
				var none T
				yield(none, err)
				return
			}
			for _, v := range page {
				after = t.key(v) // before the loop's body can change v
				if !yield(v, nil) {
					return
				}
			}
			if len(page) < pageSize {
				return
			}
		}
	}
}
