package transfer

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
)

// apply writes the plan. The order lets go of addresses before others take
// them, and of accounts when nobody is left in them. Contacts, of which there
// may be very many, go in the order of their ids: a sorted tree grows fastest
// at its end.
func (p *plan) apply(ctx context.Context, dir directory.Editor) error {
	steps := []func() error{
		func() error { return deleteEach("removing contact", p.removedContacts, dir.DeleteContact) },
		func() error { return deleteEach("removing member", p.removedMembers, dir.DeleteMember) },
		func() error { return p.putAccounts(dir) },
		func() error { return p.putContacts(ctx, dir) },
		func() error { return p.putMembers(ctx, dir) },
		func() error { return deleteEach("removing account", p.removedAccounts, dir.DeleteAccount) },
		func() error { return p.putPasswords(ctx, dir) },
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return ctx.Err()
}

func deleteEach(doing string, ids []string, do func(id string) error) error {
	for _, id := range ids {
		if err := do(id); err != nil {
			return fmt.Errorf("%s %q: %w", doing, id, err)
		}
	}
	return nil
}

func (p *plan) putAccounts(dir directory.Editor) error {
	for _, a := range p.accounts {
		if err := dir.PutAccount(a); err != nil {
			return fmt.Errorf("writing account %q: %w", a.ID, err)
		}
	}
	return nil
}

func (p *plan) putContacts(ctx context.Context, dir directory.Editor) error {
	for id, old := range p.renamed {
		if err := dir.RenameContact(old, id); err != nil {
			return fmt.Errorf("taking over contact %q as %q: %w", old, id, err)
		}
	}
	slices.SortFunc(p.contacts, func(a, b directory.Contact) int { return cmp.Compare(a.ID, b.ID) })
	for _, c := range p.contacts {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := dir.PutContact(c); err != nil {
			return fmt.Errorf("writing contact %q: %w", c.ID, err)
		}
	}
	return nil
}

func (p *plan) putMembers(ctx context.Context, dir directory.Editor) error {
	for _, m := range p.members {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := dir.PutMember(m); err != nil {
			return fmt.Errorf("writing member %q: %w", m.ID, err)
		}
	}
	return nil
}

// putPasswords sets what the file holds, also where that is set already: who
// gets an address in the same file keeps the password that stands beside it.
func (p *plan) putPasswords(ctx context.Context, dir directory.Editor) error {
	for owner, hash := range p.passwords {
		present, _, err := find(dir.Password, ctx, owner)
		if err != nil {
			return fmt.Errorf("looking up the password of %q: %w", owner.Address, err)
		}
		if err := dir.SetPassword(owner, p.password(present, hash)); err != nil {
			return fmt.Errorf("setting the password of %q: %w", owner.Address, err)
		}
	}
	return nil
}

func (p *plan) password(present directory.Password, hash string) directory.Password {
	switch {
	case present.Has(hash):
		return present
	case hash == "":
		return directory.Password{}
	}
	return present.Import(hash, p.now())
}
