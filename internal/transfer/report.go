package transfer

import (
	"fmt"
	"strings"
)

// Count is what became of the records of one kind.
type Count struct {
	Added, Changed, Unchanged, Removed int
}

func (c Count) String() string {
	return fmt.Sprintf("%d added, %d changed, %d unchanged, %d removed",
		c.Added, c.Changed, c.Unchanged, c.Removed)
}

// Report is what an import did, or in a dry run would have done.
type Report struct {
	DryRun                      bool
	Accounts, Contacts, Members Count
	// TakenOver are the contacts made at sign-in that a record of the file took
	// over; Contacts counts them as changed or, where the record had one already, as
	// removed.
	TakenOver int
	// Spared are the contacts made at sign-in that prune left alone, and
	// KeptAccounts the ids of the accounts it kept for their sake.
	Spared       int
	KeptAccounts []string // at most 100
	KeptMore     int      // how many there were beyond KeptAccounts
}

// String says it in words, a line for each fact, without a final newline.
func (r Report) String() string {
	lines := []string{
		"accounts: " + r.Accounts.String(),
		"contacts: " + r.Contacts.String(),
		"members: " + r.Members.String(),
	}
	if r.TakenOver > 0 {
		lines = append(lines, fmt.Sprintf("contacts made at sign-in and taken over: %d", r.TakenOver))
	}
	if r.Spared > 0 {
		lines = append(lines, fmt.Sprintf("contacts made at sign-in and spared: %d", r.Spared))
	}
	for _, id := range r.KeptAccounts {
		lines = append(lines, fmt.Sprintf("account %s is not in the file, but kept for the contacts spared in it", quote(id)))
	}
	if r.KeptMore > 0 {
		lines = append(lines, fmt.Sprintf("and %d more accounts are kept for the same reason", r.KeptMore))
	}
	if r.DryRun {
		lines = append(lines, "dry run: nothing was written")
	}
	return strings.Join(lines, "\n")
}

// maxKept is how many kept accounts a report names.
const maxKept = 100

func (r *Report) keptAccount(id string) {
	if len(r.KeptAccounts) == maxKept {
		r.KeptMore++
		return
	}
	r.KeptAccounts = append(r.KeptAccounts, id)
}

// add counts one record.
func (c *Count) add(isNew, changed bool) {
	switch {
	case isNew:
		c.Added++
	case changed:
		c.Changed++
	default:
		c.Unchanged++
	}
}
