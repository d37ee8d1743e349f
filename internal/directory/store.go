package directory

import (
	"context"
	"errors"
	"fmt"
	"iter"
)

// ErrNotFound is returned where a record that was asked for by id, address or
// key does not exist.
var ErrNotFound = errors.New("not found")

// ClashError is returned by [Store.Edit] and [Store.CreateContact] where a
// change would break what the store promises. Nothing of the change is kept.
type ClashError struct {
	Kind   string // "account", "contact" or "member": the record that cannot be kept
	ID     string
	Reason string // for operators: what stands in the way, and its id
}

func (e *ClashError) Error() string { return fmt.Sprintf("%s %q: %s", e.Kind, e.ID, e.Reason) }

// Reader are the look-ups in the directory. Every result is a copy that the
// caller may change. The work of each but Accounts, Contacts and Members does
// not grow with the size of the directory, but for a logarithm.
type Reader interface {
	Account(ctx context.Context, id string) (Account, error) // ErrNotFound
	Contact(ctx context.Context, id string) (Contact, error) // ErrNotFound
	Member(ctx context.Context, id string) (Member, error)   // ErrNotFound
	// People returns all that bears an address, by [Address.Key]; the zero
	// People, and no error, for an address that nobody bears.
	People(ctx context.Context, key string) (People, error)
	// AccountsByDomain and AccountsByTenant return the accounts, active or not,
	// that list a domain or a tenant, in the order of their ids.
	AccountsByDomain(ctx context.Context, domain string) ([]Account, error)
	AccountsByTenant(ctx context.Context, tenant string) ([]Account, error)
	// Linked returns the addresses of the records that are linked to an identity
	// at a provider, by links that hold; in no order.
	Linked(ctx context.Context, provider string, identity Identity) ([]Address, error)
	Password(ctx context.Context, owner PasswordOwner) (Password, error) // ErrNotFound

	// Accounts, Contacts and Members yield all records in the order of their
	// ids. The loop may end early; after an error it ends.
	Accounts(ctx context.Context) iter.Seq2[Account, error]
	Contacts(ctx context.Context) iter.Seq2[Contact, error]
	Members(ctx context.Context) iter.Seq2[Member, error]
}

// Editor is what [Store.Edit] hands to its function. It reads its own writes.
type Editor interface {
	Reader
	PutAccount(Account) error
	// PutContact and PutMember keep, of the record's links, those that were made
	// for its address.
	PutContact(Contact) error
	PutMember(Member) error
	// Delete* take a record out; ErrNotFound where there is none.
	DeleteAccount(id string) error
	DeleteContact(id string) error
	DeleteMember(id string) error
	// RenameContact gives a contact another id, and its sessions with it; unfinished
	// sign-ins go on.
	RenameContact(old, id string) error
	// SetPassword keeps a password; one without a hash removes it. Where that
	// moves [PasswordState.Changed], all sessions of the address's entities end, and
	// the unfinished sign-ins of the address.
	SetPassword(owner PasswordOwner, p Password) error
}

// Store keeps the directory. An engine promises, at the end of each Edit and
// CreateContact:
//
//   - An address has at most one contact in an account and at most one member, and the
//     account of each contact exists.
//   - The sessions of an entity that is removed, gets another address or account, or is
//     switched off, by itself or by its account, end with the change. So do a member's on
//     a platform that is taken away, and those of a contact with a proof by a tenant that
//     its account lists no more. None of them comes back with what it rested on.
//   - With each of these changes end the unfinished sign-ins of the address that the
//     entity bore before, in which something is proved or a mailed token is in force:
//     none of them is finished as who gets the address next. So do, where Edit has an
//     entity come to an address, or switches it on, by itself or by its account, those
//     that are pending there: they may be of who had the address before, and began since.
//   - A password goes when nobody of its kind bears its address any more, and when others
//     bear it than before: who gets an address inherits none, unless the same Edit sets it.
type Store interface {
	Reader
	// Edit makes one atomic change of the directory: all that fn writes, or,
	// where fn returns an error or a promise of the store would be broken
	// (*ClashError), nothing. fn runs once and must not use the Store itself.
	Edit(ctx context.Context, fn func(Editor) error) error
	// EditLarge is Edit for a change of any size: the memory that it takes does
	// not grow with the change, and its time grows with the whole store. Other
	// changes wait for it, look-ups find what was there before. Its function
	// should look up what it needs before it writes: from then on only records that
	// it did not write are found by their ids as quickly as before.
	EditLarge(ctx context.Context, fn func(Editor) error) error
	// CreateContact adds a contact made at sign-in under an id the store has
	// not used. Where the address already has a contact in that account, or is
	// borne by any other record, nothing is written and ErrExists is returned:
	// of any number of calls at once for one address, one succeeds.
	CreateContact(ctx context.Context, c Contact) error
	// MemberTenants are those that were kept last, from which members come.
	MemberTenants(ctx context.Context) (Tenants, error)
	KeepMemberTenants(ctx context.Context, tenants Tenants) error
	// SetPassword is Edit with that one change.
	SetPassword(ctx context.Context, owner PasswordOwner, p Password) error
}

// ErrExists is returned by [Store.CreateContact] for an address that any
// record bears.
var ErrExists = errors.New("already exists")
