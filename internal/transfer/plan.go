package transfer

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
)

// plan is what an import is going to write. It is made of the directory as it
// was before, so that the order of the records in the file does not matter.
type plan struct {
	accounts  []directory.Account
	contacts  []directory.Contact
	members   []directory.Member
	renamed   map[string]string // ids of contacts taken over: new to old
	passwords map[directory.PasswordOwner]string
	now       func() time.Time // when they are set

	removedAccounts, removedContacts, removedMembers []string

	report Report
}

// planner makes a plan, and finds what stands in its way.
type planner struct {
	*intake
	plan
	ctx     context.Context // of the one call that the planner lives for
	dir     directory.Reader
	options Options

	accountRows map[string]*account // by id
	contactRows map[string]*contact
	memberRows  map[string]*member
	places      map[place]*contact // where the contacts of the file end up
	addresses   map[string]*member // by Address.Key
	takenOver   map[string]bool    // ids before the rename
	hashLines   map[directory.PasswordOwner]int32
	standing    map[string]bool // accounts outside the file: whether they exist
}

func makePlan(ctx context.Context, dir directory.Reader, in *intake, o Options) (*plan, error) {
	p := &planner{intake: in, ctx: ctx, dir: dir, options: o,
		plan: plan{
			renamed: map[string]string{}, passwords: map[directory.PasswordOwner]string{}, now: o.Now,
			report: Report{DryRun: o.DryRun},
		},
		accountRows: map[string]*account{}, contactRows: map[string]*contact{}, memberRows: map[string]*member{},
		places: map[place]*contact{}, addresses: map[string]*member{},
		takenOver: map[string]bool{}, hashLines: map[directory.PasswordOwner]int32{},
		standing: map[string]bool{},
	}
	if o.Prune && in.empty() && len(in.problems.list) == 0 {
		in.problems.add(0, "", "", "the file has no records; prune would remove the whole directory")
	}
	for _, step := range []func() error{p.planAccounts, p.planContacts, p.planMembers, p.planPrune} {
		if err := step(); err != nil {
			return nil, fmt.Errorf("reading the directory: %w", err)
		}
	}
	return &p.plan, in.err()
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
func newID[R, T any](p *planner, rows map[string]R, get func(context.Context, string) (T, error)) (string, error) {
	for range 100 {
		id := p.options.NewID()
		_, inFile := rows[id]
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
// agree on it. It returns whether that changes anything.
func (p *planner) setPassword(owner directory.PasswordOwner, hash opt[string], record string) (bool, error) {
	if hash.state != given {
		return false, nil
	}
	if planned, twice := p.passwords[owner]; twice && planned != hash.value {
		p.problems.add(int(hash.line), record, "password_hash",
			"line %d gives another one for the same address", p.hashLines[owner])
		return false, nil
	}
	p.passwords[owner], p.hashLines[owner] = hash.value, hash.line
	present, _, err := find(p.dir.Password, p.ctx, owner)
	return !present.Has(hash.value), err
}
