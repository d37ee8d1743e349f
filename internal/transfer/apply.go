package transfer

import (
	"context"
	"fmt"
	"iter"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/spool"
)

// apply writes the plan. The order lets go of addresses before others take
// them, and of accounts when nobody is left in them. Records, of which there
// may be very many, go in the order of their ids: a sorted tree grows fastest
// at its end.
func (p *plan) apply(ctx context.Context, dir directory.Editor) error {
	steps := []func() error{
		func() error { return deleteEach(ctx, "removing contact", p.removedContacts, dir.DeleteContact) },
		func() error { return deleteEach(ctx, "removing member", p.removedMembers, dir.DeleteMember) },
		func() error { return p.putAccounts(ctx, dir) },
		func() error { return p.renameContacts(ctx, dir) },
		func() error { return p.putContacts(ctx, dir) },
		func() error { return p.putMembers(ctx, dir) },
		func() error { return deleteEach(ctx, "removing account", p.removedAccounts, dir.DeleteAccount) },
		func() error { return p.putPasswords(ctx, dir) },
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return ctx.Err()
}

func deleteEach(ctx context.Context, doing string, ids *spool.Log, do func(id string) error) error {
	return eachPlanned(ctx, ids.All(), func(r spool.Record) error {
		if err := do(string(r.Data)); err != nil {
			return fmt.Errorf("%s %q: %w", doing, r.Data, err)
		}
		return nil
	})
}

// eachPlanned goes through what was planned of one kind.
func eachPlanned[T any](ctx context.Context, planned iter.Seq2[T, error], do func(T) error) error {
	for item, err := range planned {
		if err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := do(item); err != nil {
			return err
		}
	}
	return nil
}

func (p *plan) putAccounts(ctx context.Context, dir directory.Editor) error {
	return eachPlanned(ctx, p.accounts.planned.All(), func(e spool.Entry) error {
		var a plannedAccount
		if err := p.coder.decode(e.Value, &a); err != nil {
			return err
		}
		if err := dir.PutAccount(directory.Account(a)); err != nil {
			return fmt.Errorf("writing account %q: %w", a.ID, err)
		}
		return nil
	})
}

func (p *plan) renameContacts(ctx context.Context, dir directory.Editor) error {
	return eachPlanned(ctx, p.renamed.All(), func(e spool.Entry) error {
		if err := dir.RenameContact(string(e.Value), string(e.Key)); err != nil {
			return fmt.Errorf("taking over contact %q as %q: %w", e.Value, e.Key, err)
		}
		return nil
	})
}

func (p *plan) putContacts(ctx context.Context, dir directory.Editor) error {
	return eachPlanned(ctx, p.contacts.planned.All(), func(e spool.Entry) error {
		var c plannedContact
		if err := p.coder.decode(e.Value, &c); err != nil {
			return err
		}
		if err := dir.PutContact(directory.Contact(c)); err != nil {
			return fmt.Errorf("writing contact %q: %w", c.ID, err)
		}
		return nil
	})
}

func (p *plan) putMembers(ctx context.Context, dir directory.Editor) error {
	return eachPlanned(ctx, p.members.planned.All(), func(e spool.Entry) error {
		var m plannedMember
		if err := p.coder.decode(e.Value, &m); err != nil {
			return err
		}
		if err := dir.PutMember(directory.Member(m)); err != nil {
			return fmt.Errorf("writing member %q: %w", m.ID, err)
		}
		return nil
	})
}

// putPasswords sets what the file holds, also where that is set already: who
// gets an address in the same file keeps the password that stands beside it.
func (p *plan) putPasswords(ctx context.Context, dir directory.Editor) error {
	return eachPlanned(ctx, p.passwords.All(), func(e spool.Entry) error {
		var imported hash
		if err := p.coder.decode(e.Value, &imported); err != nil {
			return err
		}
		owner := ownerOf(e.Key)
		present, _, err := find(dir.Password, ctx, owner)
		if err != nil {
			return fmt.Errorf("looking up the password of %q: %w", owner.Address, err)
		}
		if err := dir.SetPassword(owner, p.password(present, imported.value)); err != nil {
			return fmt.Errorf("setting the password of %q: %w", owner.Address, err)
		}
		return nil
	})
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
