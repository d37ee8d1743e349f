package transfer

import (
	"cmp"
	"context"
	"fmt"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/spool"
)

// apply writes the plan. The order lets go of addresses before others take
// them, and of accounts when nobody is left in them.
func (p *plan) apply(ctx context.Context, dir directory.Editor) error {
	for _, step := range []func() error{
		func() error { return deleteEach(ctx, "removing contact", p.removedContacts, dir.DeleteContact) },
		func() error { return deleteEach(ctx, "removing member", p.removedMembers, dir.DeleteMember) },
		func() error { return writeEach(ctx, p, p.accounts.planned, putAccount(dir)) },
		func() error { return writeEach(ctx, p, p.renamed, renameContact(dir)) },
		func() error { return writeEach(ctx, p, p.contacts.planned, putContact(dir)) },
		func() error { return writeEach(ctx, p, p.members.planned, putMember(dir)) },
		func() error { return deleteEach(ctx, "removing account", p.removedAccounts, dir.DeleteAccount) },
		func() error { return p.setPasswords(ctx, dir) },
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return ctx.Err()
}

func deleteEach(ctx context.Context, doing string, ids *spool.Log, do func(id string) error) error {
	for id, err := range ids.All() {
		if err := cmp.Or(err, ctx.Err()); err != nil {
			return err
		}
		if err := do(string(id.Data)); err != nil {
			return fmt.Errorf("%s %q: %w", doing, id.Data, err)
		}
	}
	return nil
}

// writeEach writes what was planned of one kind.
func writeEach[T any, P interface {
	*T
	coded
}](ctx context.Context, p *plan, planned *spool.Log, write func(T) error) error {
	for r, err := range planned.All() {
		if err := cmp.Or(err, ctx.Err()); err != nil {
			return err
		}
		var record T
		if err := p.coder.decode(r.Data, P(&record)); err != nil {
			return err
		}
		if err := write(record); err != nil {
			return err
		}
	}
	return nil
}

func putAccount(dir directory.Editor) func(plannedAccount) error {
	return func(a plannedAccount) error {
		if err := dir.PutAccount(directory.Account(a)); err != nil {
			return fmt.Errorf("writing account %q: %w", a.ID, err)
		}
		return nil
	}
}

func renameContact(dir directory.Editor) func(rename) error {
	return func(r rename) error {
		if err := dir.RenameContact(r.old, r.id); err != nil {
			return fmt.Errorf("taking over contact %q as %q: %w", r.old, r.id, err)
		}
		return nil
	}
}

func putContact(dir directory.Editor) func(plannedContact) error {
	return func(c plannedContact) error {
		if err := dir.PutContact(directory.Contact(c)); err != nil {
			return fmt.Errorf("writing contact %q: %w", c.ID, err)
		}
		return nil
	}
}

func putMember(dir directory.Editor) func(plannedMember) error {
	return func(m plannedMember) error {
		if err := dir.PutMember(directory.Member(m)); err != nil {
			return fmt.Errorf("writing member %q: %w", m.ID, err)
		}
		return nil
	}
}

func (p *plan) setPasswords(ctx context.Context, dir directory.Editor) error {
	for e, err := range p.passwords.All() {
		if err := cmp.Or(err, ctx.Err()); err != nil {
			return err
		}
		var planned plannedPassword
		if err := p.coder.decode(e.Value, &planned); err != nil {
			return err
		}
		if !planned.isNew && !planned.gets {
			continue
		}
		owner := ownerOf(e.Key)
		if err := dir.SetPassword(owner, planned.password); err != nil {
			return fmt.Errorf("setting the password of %q: %w", owner.Address, err)
		}
	}
	return nil
}
