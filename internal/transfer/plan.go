package transfer

import (
	"context"
	"errors"
	"fmt"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/spool"
)

// plan is what an import is going to write. It is made of the directory as it
// was before, so that the order of the records in the file does not matter.
type plan struct {
	accounts, contacts, members keeper
	renamed                     *spool.Log // of contacts taken over
	passwords                   *spool.Map // by ownerKey
	coder                       coder

	removedAccounts, removedContacts, removedMembers *spool.Log // ids

	report Report
}

func newPlan(area *spool.Area, o Options) plan {
	return plan{
		accounts: keeper{planned: area.NewLog()}, contacts: keeper{planned: area.NewLog()}, members: keeper{planned: area.NewLog()},
		renamed: area.NewLog(), passwords: area.NewMap(0),
		removedAccounts: area.NewLog(), removedContacts: area.NewLog(), removedMembers: area.NewLog(),
		report: Report{DryRun: o.DryRun},
	}
}

// planner makes a plan, and finds what stands in its way.
type planner struct {
	*intake
	plan
	ctx     context.Context // of the one call that the planner lives for
	dir     directory.Reader
	options Options

	names     *spool.Map // of accounts, to their ids; nil until a row has no id
	places    *spool.Map // where the contacts of the file end up, to their rows' places
	addresses *spool.Map // of the file's members, by Address.Key, to the same
	standing  map[string]standing
}

func makePlan(ctx context.Context, dir directory.Reader, in *intake, o Options) (*plan, error) {
	p := &planner{intake: in, plan: newPlan(in.area, o), ctx: ctx, dir: dir, options: o,
		places: in.area.NewMap(in.contactRows.len()), addresses: in.area.NewMap(in.memberRows.len()),
		standing: map[string]standing{},
	}
	if o.Prune && in.len() == 0 && len(in.problems.list) == 0 {
		in.problems.add(0, "", "", "the file has no records; prune would remove the whole directory")
	}
	for _, step := range []func() error{p.planAccounts, p.planContacts, p.planMembers, p.planPrune, p.countRemoved} {
		if err := step(); err != nil {
			return nil, fmt.Errorf("planning the change: %w", err)
		}
	}
	return &p.plan, in.err()
}

// eachRow plans the rows of one kind, but for those whose id another row has.
func eachRow[R any, P rowOf[R]](p *planner, rows *roster[R, P], kind string, plan func(P) error) error {
	for row, err := range rows.all() {
		if err != nil {
			return err
		}
		if err := p.ctx.Err(); err != nil {
			return err
		}
		if h := row.head(); h.first > 0 {
			p.problems.add(int(h.id.line), label(kind, h.id), "id", "the %s stands on line %d already", kind, h.first)
			continue
		}
		if err := plan(row); err != nil {
			return err
		}
	}
	return nil
}

// find tells "not there" from "could not look".
func find[K, T any](get func(context.Context, K) (T, error), ctx context.Context, id K) (record T, found bool, err error) {
	record, err = get(ctx, id)
	if errors.Is(err, directory.ErrNotFound) {
		return record, false, nil
	}
	return record, err == nil, err
}

// newID makes an id that neither the file nor the directory has.
func newID[T any](p *planner, inFile func(string) (bool, error), get func(context.Context, string) (T, error)) (string, error) {
	for range 100 {
		id := p.options.NewID()
		inFile, err := inFile(id)
		if err != nil {
			return "", err
		}
		_, inStore, err := find(get, p.ctx, id)
		if err != nil {
			return "", err
		}
		if !inFile && !inStore {
			return id, nil
		}
	}
	return "", errors.New("no unused id can be made")
}

// setPassword plans the hash of an address; the contacts of one address must
// agree on it. It returns whether that changes anything. What is set already is
// set again for a row that gets the address, since that inherits none.
func (p *planner) setPassword(owner directory.PasswordOwner, before directory.Address, field opt[string], row interface{ label() string }) (bool, error) {
	if field.state != given {
		return false, nil
	}
	key := ownerKey(owner)
	value, twice, err := p.passwords.Get(key)
	if err != nil {
		return false, err
	}
	if twice {
		var planned plannedPassword
		if err := p.coder.decode(value, &planned); err != nil {
			return false, err
		}
		if planned.given != field.value {
			p.problems.add(int(field.line), row.label(), "password_hash", "line %d gives another one for the same address", planned.line)
		}
		return planned.isNew, nil
	}
	present, _, err := find(p.dir.Password, p.ctx, owner)
	if err != nil {
		return false, err
	}
	planned := plannedPassword{line: field.line, given: field.value, isNew: !present.Has(field.value), gets: before.Key() != owner.Address, password: present}
	if planned.isNew {
		planned.password = p.password(present, field.value)
	}
	return planned.isNew, p.passwords.Add(key, p.coder.encode(&planned))
}

func (p *planner) password(present directory.Password, hash string) directory.Password {
	if hash == "" {
		return directory.Password{}
	}
	return present.Import(hash, p.options.Now())
}
