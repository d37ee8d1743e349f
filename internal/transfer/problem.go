package transfer

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// maxProblems is how many problems of one file are told; the rest is counted.
const maxProblems = 100

// Problem is one reason why a file cannot be imported.
type Problem struct {
	Line    int    // from 1; 0: the file as a whole
	Record  string // kind and name, as in: contact "c1"; empty: no record
	Field   string // empty: the record as a whole
	Message string
}

func (p Problem) String() string {
	var parts []string
	if p.Line > 0 {
		parts = append(parts, fmt.Sprintf("line %d", p.Line))
	}
	for _, part := range []string{p.Record, p.Field, p.Message} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, ": ")
}

// Errors is what [Import] returns for a file with problems. Nothing of the
// file has been written.
type Errors struct {
	List []Problem // by line; at most 100
	More int       // how many there were beyond List
}

func (e *Errors) Error() string {
	var b strings.Builder
	for i, p := range e.List {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(p.String())
	}
	if e.More > 0 {
		fmt.Fprintf(&b, "\nand %d more", e.More)
	}
	return b.String()
}

// problems collects what is wrong with a file.
type problems struct {
	list []Problem
	more int
}

func (ps *problems) add(line int, record, field, format string, args ...any) {
	if len(ps.list) == maxProblems {
		ps.more++
		return
	}
	ps.list = append(ps.list, Problem{line, record, field, fmt.Sprintf(format, args...)})
}

// err returns nil where there are none.
func (ps *problems) err() error {
	if len(ps.list) == 0 {
		return nil
	}
	list := slices.Clone(ps.list)
	slices.SortStableFunc(list, func(a, b Problem) int { return cmp.Compare(a.Line, b.Line) })
	return &Errors{List: list, More: ps.more}
}
