package bolt

import (
	"bytes"
	"cmp"
	"context"
	"slices"

	"go.etcd.io/bbolt"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/journey"
	"github.com/frontdesk-gateway/frontdesk/internal/session"
	"github.com/frontdesk-gateway/frontdesk/internal/store"
)

// ownPassword is a password and whose it is.
type ownPassword struct {
	owner directory.PasswordOwner
	directory.Password
}

func packPassword(p ownPassword) passwordRecord {
	return passwordRecord{
		Address: p.owner.Address, Kind: p.owner.Kind,
		Hash: p.Hash, Changed: p.Changed, MustChange: p.MustChange, Mailed: p.Mailed, Imported: p.Imported,
	}
}

func unpackPassword(r passwordRecord) ownPassword {
	return ownPassword{
		owner: directory.PasswordOwner{Address: r.Address, Kind: r.Kind},
		Password: directory.Password{
			Hash: r.Hash, PasswordState: directory.PasswordState{Changed: r.Changed, MustChange: r.MustChange, Mailed: r.Mailed}, Imported: r.Imported,
		},
	}
}

// passwordKey is where a password lies: those of one address side by side.
func passwordKey(o directory.PasswordOwner) []byte {
	return append(part(o.Address), o.Kind...)
}

func (r reader) Password(ctx context.Context, owner directory.PasswordOwner) (p directory.Password, err error) {
	err = r.view(ctx, func(tx *bbolt.Tx) error {
		own, found, err := passwords.get(tx, passwordKey(owner))
		if err == nil && !found {
			err = missing("password of "+string(owner.Kind), owner.Address)
		}
		p = own.Password
		return err
	})
	return p, err
}

// passwordsOf tells of the passwords of an address.
func passwordsOf(tx *bbolt.Tx, address string) (map[directory.Kind]directory.PasswordState, error) {
	out, prefix := map[directory.Kind]directory.PasswordState{}, part(address)
	c := tx.Bucket([]byte(passwords.name)).Cursor()
	for k, data := c.Seek(prefix); bytes.HasPrefix(k, prefix); k, data = c.Next() {
		p, err := passwords.read(k, data)
		if err != nil {
			return nil, err
		}
		out[p.owner.Kind] = p.PasswordState
	}
	return out, nil
}

// SetPassword implements directory.Store.
func (s *Store) SetPassword(ctx context.Context, owner directory.PasswordOwner, p directory.Password) error {
	return s.Edit(ctx, func(e directory.Editor) error { return e.SetPassword(owner, p) })
}

func (e *editor) SetPassword(owner directory.PasswordOwner, p directory.Password) error {
	before, _, err := passwords.get(e.tx, passwordKey(owner))
	if err != nil {
		return err
	}
	e.owners[owner] = true
	if !p.Changed.Equal(before.Changed) {
		e.changed[owner.Address], e.left[owner.Address] = true, true
	}
	if p.Hash == "" {
		_, _, err = passwords.delete(e.tx, passwordKey(owner))
	} else {
		err = passwords.put(e.tx, ownPassword{owner, p})
	}
	return e.wrote(err)
}

// UpdatePassword implements journey.Store.
func (s *Store) UpdatePassword(ctx context.Context, id string, owner directory.PasswordOwner, change journey.PasswordChange) (j journey.Journey, err error) {
	err = s.share(ctx, func(tx *bbolt.Tx) (err error) {
		var ended store.Change
		j, ended, err = updatePassword(tx, id, owner, change)
		s.tell(ended)
		return err
	})
	if err != nil {
		return journey.Journey{}, err
	}
	return j, nil
}

func updatePassword(tx *bbolt.Tx, id string, owner directory.PasswordOwner, change journey.PasswordChange) (j journey.Journey, ended store.Change, err error) {
	old, err := getJourney(tx, id)
	if err != nil {
		return j, ended, err
	}
	before, _, err := passwords.get(tx, passwordKey(owner))
	if err != nil {
		return j, ended, err
	}
	changed, p, err := change(old, before.Password)
	if err = cmp.Or(err, fromLives(tx, old)); err != nil {
		return j, ended, err
	}
	changed.ID = id
	if err := journeys.put(tx, changed); err != nil {
		return j, ended, err
	}
	e := newEditor(tx)
	e.spared, e.goesOn = old.From, id
	if err := e.SetPassword(owner, p); err != nil {
		return j, ended, err
	}
	if err := e.check(); err != nil {
		return j, ended, err
	}
	j, err = getJourney(tx, id) // a copy that change has no hold of
	return j, e.change(), err
}

// holds returns journey.ErrOutdated for a session that nobody is let in by any
// more, or with a proof that does not hold any more.
func holds(tx *bbolt.Tx, s session.Session) error {
	set, err := passwordsOf(tx, s.Address.Key())
	if err != nil {
		return err
	}
	in, err := letsIn(tx, s)
	if err != nil {
		return err
	}
	if !in || slices.ContainsFunc(s.Proofs, func(p session.Proof) bool { return !p.Holds(set) }) {
		return journey.ErrOutdated
	}
	return nil
}

// letsIn reports whether the session's entity does.
func letsIn(tx *bbolt.Tx, s session.Session) (bool, error) {
	if s.Kind == directory.KindMember {
		m, found, err := members.get(tx, []byte(s.EntityID))
		return found && s.OfMember(m), err
	}
	c, found, err := contacts.get(tx, []byte(s.EntityID))
	if err != nil || !found {
		return false, err
	}
	a, found, err := accounts.get(tx, []byte(c.Account))
	return found && s.OfContact(c, a), err
}
