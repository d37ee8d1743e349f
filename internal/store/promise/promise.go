// Package promise owns the rules of store.Store that are the same in every
// engine: which records can be kept at all, the words in which a broken promise
// is told, and the order of an address's contacts. Only engines import it.
package promise

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/session"
)

// MaxID is the longest id of a record, in bytes. An id may hold any byte.
const MaxID = 255

var (
	errID      = fmt.Errorf("an id has 1 to %d bytes", MaxID)
	errAddress = fmt.Errorf("an address has 1 to %d bytes", directory.MaxAddress)
	errSession = errors.New("keeping a session: it has no public id")
)

// Account returns why an account cannot be kept, or nil.
func Account(a directory.Account) error { return record("account", a.ID) }

// Contact returns why a contact cannot be kept, or nil. That its account
// exists is a promise about the whole directory: see [NoAccount].
func Contact(c directory.Contact) error { return record("contact", c.ID, c.Email) }

// Member returns why a member cannot be kept, or nil.
func Member(m directory.Member) error { return record("member", m.ID, m.Email) }

func record(kind, id string, address ...directory.Address) error {
	if id == "" || len(id) > MaxID {
		return fmt.Errorf("keeping %s %q: %w", kind, id, errID)
	}
	for _, a := range address {
		if a == "" || len(a) > directory.MaxAddress {
			return fmt.Errorf("keeping %s %q: %w", kind, id, errAddress)
		}
	}
	return nil
}

// Session returns why a session cannot be kept, or nil: a journey is known as
// finished by the public id.
func Session(s session.Session) error {
	if s.ID == "" {
		return errSession
	}
	return nil
}

// Taken is returned where a record of that id is already there.
func Taken(kind, id string) error {
	return &directory.ClashError{Kind: kind, ID: id, Reason: "the id is taken"}
}

// NoAccount is returned for a contact whose account does not exist.
func NoAccount(c directory.Contact) error {
	return &directory.ClashError{Kind: "contact", ID: c.ID, Reason: fmt.Sprintf("its account %q does not exist", c.Account)}
}

// SameAccount is returned for a contact whose address already has another one
// in its account.
func SameAccount(c directory.Contact, other string) error {
	return &directory.ClashError{Kind: "contact", ID: c.ID,
		Reason: fmt.Sprintf("contact %q of account %q has the same address, %s", other, c.Account, c.Email)}
}

// SameAddress is returned for a member whose address already has another one.
func SameAddress(m directory.Member, other string) error {
	return &directory.ClashError{Kind: "member", ID: m.ID,
		Reason: fmt.Sprintf("member %q has the same address, %s", other, m.Email)}
}

// InUse is returned for an account that is to go while it has contacts.
func InUse(account, contact string) error {
	return &directory.ClashError{Kind: "account", ID: account, Reason: fmt.Sprintf("contact %q is still of it", contact)}
}

// Order puts the contacts of an address in the order that
// [directory.People] lays down: primary first, then account name, then id.
func Order(p directory.People) {
	slices.SortFunc(p.Contacts, func(a, b directory.Contact) int {
		return cmp.Or(
			cmp.Compare(rank(a), rank(b)),
			cmp.Compare(p.Accounts[a.Account].Name, p.Accounts[b.Account].Name),
			cmp.Compare(a.ID, b.ID),
		)
	})
}

func rank(c directory.Contact) int {
	if c.Primary {
		return 0
	}
	return 1
}
