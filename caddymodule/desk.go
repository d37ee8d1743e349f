package caddymodule

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/config"
	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/journey"
	"github.com/frontdesk-gateway/frontdesk/internal/password"
	"github.com/frontdesk-gateway/frontdesk/internal/session"
	"github.com/frontdesk-gateway/frontdesk/internal/transfer"
)

// desk does an operator's work on a directory: the running server's, behind
// the admin endpoint, or that of a file, for a command.
type desk struct {
	store    deskStore
	folder   string           // of the store's file
	settings *config.Settings // nil where only the file is at hand
}

// deskStore is what operators change.
type deskStore interface {
	directory.Store
	session.Store
	EndAt(ctx context.Context, address string, choose func(directory.People, []session.Session) journey.Ending) error
}

// importRequest says how a file is imported.
type importRequest struct {
	format transfer.Format
	dryRun bool
	prune  bool
}

func (d desk) importFile(ctx context.Context, file io.Reader, r importRequest) (transfer.Report, error) {
	return transfer.Import(ctx, d.store, file, transfer.Options{
		Format: r.format, DryRun: r.dryRun, Prune: r.prune, CheckHash: password.ParseHash, KnownMethod: d.knownMethod(),
		TempDir: d.folder,
	})
}

// knownMethod is nil where the configuration is not at hand: any name passes.
func (d desk) knownMethod() func(string) bool {
	if d.settings == nil {
		return nil
	}
	return d.settings.HasMethod
}

func (d desk) export(ctx context.Context, w io.Writer, format transfer.Format) error {
	return transfer.Export(ctx, d.store, w, transfer.ExportOptions{Format: format})
}

// setPassword sets the password of the address that a contact or member has.
// All sessions of the address end.
func (d desk) setPassword(ctx context.Context, r passwordRequest) error {
	address, names, err := d.person(ctx, d.store, r)
	if err != nil {
		return err
	}
	least, hashing := password.DefaultMinLength, password.Options{}
	if d.settings != nil {
		least, hashing = d.settings.MinLength, d.settings.Hashing
		names = append(names, d.settings.Brand.Name)
	}
	if err := password.CheckNew(r.Password, least, append(names, string(address))...); err != nil {
		return err
	}
	hash, err := password.New(hashing).Hash(ctx, r.Password)
	if err != nil {
		return err
	}
	return d.editPassword(ctx, r, func(present directory.Password) (directory.Password, error) {
		next := present.Successor(hash, time.Now())
		next.MustChange = r.RequireChange
		return next, nil
	})
}

// requirePasswordChange has the present password changed at the next sign-in.
func (d desk) requirePasswordChange(ctx context.Context, r passwordRequest) error {
	return d.editPassword(ctx, r, func(present directory.Password) (directory.Password, error) {
		if present.Hash == "" {
			return present, fmt.Errorf("%s %q has no password that could be changed: set one with set-password", r.Kind, r.ID)
		}
		present.MustChange = true
		return present, nil
	})
}

// editPassword changes the password of a person; change is given the zero one
// where none is set.
func (d desk) editPassword(ctx context.Context, r passwordRequest, change func(directory.Password) (directory.Password, error)) error {
	return d.store.Edit(ctx, func(e directory.Editor) error {
		address, _, err := d.person(ctx, e, r)
		if err != nil {
			return err
		}
		owner := directory.PasswordOwner{Address: address.Key(), Kind: r.Kind}
		present, err := e.Password(ctx, owner)
		if err != nil && !errors.Is(err, directory.ErrNotFound) {
			return err
		}
		next, err := change(present)
		if err != nil {
			return err
		}
		return e.SetPassword(owner, next)
	})
}

// unlinkRequest is the body of the route that unlinks; an empty Provider stands
// for all.
type unlinkRequest struct {
	Kind     directory.Kind `json:"kind"`
	ID       string         `json:"id"`
	Provider string         `json:"provider,omitempty"`
}

// unlinked is what came of it.
type unlinked struct {
	unlinkRequest
	removed int
	left    directory.Links
}

// unlink takes links from a record, and ends what rests on them: the sessions, and
// before, so that none makes the link anew, the sign-ins that are not finished and
// whatever sessions of the address could go on to the record by a switch.
func (d desk) unlink(ctx context.Context, r unlinkRequest) (unlinked, error) {
	u := unlinked{unlinkRequest: r}
	if _, err := directory.ParseKind(string(r.Kind)); err != nil {
		return u, err
	}
	address, err := d.address(ctx, r.Kind, r.ID)
	if err == nil {
		err = d.store.EndAt(ctx, address.Key(), r.ends)
	}
	if err != nil {
		return unlinked{}, err
	}
	err = directory.ChangeLinks(ctx, d.store, r.Kind, r.ID, func(links directory.Links) (directory.Links, error) {
		u.left = links.Without(r.Provider)
		u.removed = len(links) - len(u.left)
		return u.left, nil
	})
	if err != nil {
		return unlinked{}, err
	}
	return u, d.store.EndAt(ctx, address.Key(), r.ends) // what was finished in between
}

// ends is all of an address that rests on the links.
func (r unlinkRequest) ends(directory.People, []session.Session) journey.Ending {
	rests := func(p session.Proof) bool { return p.OfIdentity() && (r.Provider == "" || p.Method == r.Provider) }
	return journey.Ending{
		Sessions: func(s session.Session) bool { return s.RestsOn(rests) },
		Journeys: func(j journey.Journey) bool { return slices.ContainsFunc(j.Proofs, rests) },
	}
}

func (d desk) address(ctx context.Context, kind directory.Kind, id string) (directory.Address, error) {
	if kind == directory.KindMember {
		member, err := d.store.Member(ctx, id)
		return member.Email, err
	}
	contact, err := d.store.Contact(ctx, id)
	return contact.Email, err
}

// done says it; after a name that is no link's, which names there are.
func (u unlinked) done() string {
	switch {
	case u.removed > 0:
		return fmt.Sprintf("The %s %q is unlinked. Sessions that rested on that have ended.", u.Kind, u.ID)
	case len(u.left) == 0:
		return fmt.Sprintf("There was no link of %s %q to take away.", u.Kind, u.ID)
	}
	var providers []string
	for _, link := range u.left {
		providers = append(providers, link.Provider)
	}
	return fmt.Sprintf("There was no link of %s %q at %q to take away, only at %s.", u.Kind, u.ID, u.Provider, strings.Join(providers, ", "))
}

// person finds a contact's or member's address, and their names and those of
// their company, which no password may be made of.
func (d desk) person(ctx context.Context, in directory.Reader, r passwordRequest) (directory.Address, []string, error) {
	if _, err := directory.ParseKind(string(r.Kind)); err != nil {
		return "", nil, err
	}
	if r.Kind == directory.KindMember {
		member, err := in.Member(ctx, r.ID)
		return member.Email, []string{member.Name}, err
	}
	contact, err := in.Contact(ctx, r.ID)
	if err != nil {
		return "", nil, err
	}
	account, err := in.Account(ctx, contact.Account)
	return contact.Email, []string{contact.Name, contact.GivenName, contact.FamilyName, account.Name}, err
}
