package transfer

import (
	"fmt"
	"maps"
	"slices"

	"github.com/frontdesk-gateway/frontdesk/internal/maildomain"
	"github.com/frontdesk-gateway/frontdesk/internal/spool"
)

// entry is one record as a decoder found it.
type entry struct {
	kind   string
	line   int
	fields []entryField
}

type entryField struct {
	name  string
	line  int
	value value
}

// label names the record in messages by the best that it says of itself.
func (e entry) label() string {
	for _, name := range []string{"id", "email", "name"} {
		for _, f := range e.fields {
			if s, err := f.value.text(); f.name == name && err == nil && s != "" {
				return e.kind + " " + quote(s)
			}
		}
	}
	return e.kind
}

// intake takes the entries of a file, checks each by itself, and keeps them
// aside: a file may hold more than memory.
type intake struct {
	problems
	tables      tables
	area        *spool.Area
	accountRows *roster[account, *account]
	contactRows *roster[contact, *contact]
	memberRows  *roster[member, *member]
	fields      []entryField // room for those of one record
	// broken says that the rest of the file could not be read, so that what
	// the records say of each other cannot be judged.
	broken bool
}

func newIntake(o Options) *intake {
	area := spool.New(o.spool)
	return &intake{tables: newTables(o), area: area,
		accountRows: newRoster[account](area), contactRows: newRoster[contact](area), memberRows: newRoster[member](area)}
}

// len is how many records there are.
func (in *intake) len() int {
	return in.accountRows.len() + in.contactRows.len() + in.memberRows.len()
}

// stop tells of what the file cannot be read on from.
func (in *intake) stop(line int, format string, args ...any) {
	in.problems.add(line, "", "", format, args...)
	in.broken = true
}

// take checks an entry and keeps it. An error is none of the file's.
func (in *intake) take(e entry) error {
	switch e.kind {
	case kindAccount:
		row := &account{heading: heading{line: e.line}}
		fill(in, row, in.tables.account, e)
		in.refusePublicDomains(*row, e)
		return in.accountRows.add(row)
	case kindContact:
		row := &contact{heading: heading{line: e.line}}
		fill(in, row, in.tables.contact, e)
		return in.contactRows.add(row)
	case kindMember:
		row := &member{heading: heading{line: e.line}}
		fill(in, row, in.tables.member, e)
		return in.memberRows.add(row)
	}
	in.problems.add(e.line, "", "type", "%s is not a type of record: write account, contact or member", quote(e.kind))
	return nil
}

func fill[R any](in *intake, row *R, table map[string]binder[R], e entry) {
	for i, f := range e.fields {
		bind, known := table[f.name]
		switch {
		case !known:
			in.problems.add(f.line, e.label(), quoteName(f.name), "%s", in.unknown(e.kind, f.name))
		case slices.ContainsFunc(e.fields[:i], func(before entryField) bool { return before.name == f.name }):
			in.problems.add(f.line, e.label(), f.name, "it stands there twice")
		case !f.value.absent():
			if err := bind(row, f.line, f.value); err != nil {
				in.problems.add(f.line, e.label(), f.name, "%v", err)
			}
		}
	}
}

// unknown says what to write instead of a name that is no field of the kind.
func (in *intake) unknown(kind, name string) string {
	if knownField(name) {
		return fmt.Sprintf("%s has no such field", article(kind))
	}
	return "unknown field" + didYouMean(name, in.names(kind))
}

func (in *intake) names(kind string) []string {
	switch kind {
	case kindAccount:
		return slices.Sorted(maps.Keys(in.tables.account))
	case kindContact:
		return slices.Sorted(maps.Keys(in.tables.contact))
	default:
		return slices.Sorted(maps.Keys(in.tables.member))
	}
}

func article(kind string) string {
	if kind == kindAccount {
		return "an " + kind
	}
	return "a " + kind
}

// refusePublicDomains keeps everybody of a public mail service from becoming
// a contact of one company.
func (in *intake) refusePublicDomains(a account, e entry) {
	if a.force.value {
		return
	}
	for _, d := range a.domains.value {
		if maildomain.Public(d) {
			in.problems.add(int(a.domains.line), e.label(), "domains",
				"%s is a public mail domain, where anybody can have an address; force_public_domains admits it", d)
		}
	}
}
