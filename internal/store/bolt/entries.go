package bolt

import (
	"maps"
	"slices"

	"go.etcd.io/bbolt"
)

// writeEntry adds an entry to an index, or takes it out.
type writeEntry func(index string, entry []byte, there bool) error

// entriesIn writes entries at once.
func entriesIn(tx *bbolt.Tx) writeEntry {
	return func(index string, entry []byte, there bool) error {
		b := tx.Bucket([]byte(index))
		if there {
			return b.Put(entry, nil)
		}
		return b.Delete(entry)
	}
}

// laterEntries keeps the entries of a large change until the index is read or
// the change ends, and writes them in their order then. bbolt splits a page at
// the end of a transaction only: entries that came in any order would each
// move half of all that came before.
type laterEntries struct {
	tx      *bbolt.Tx
	pending map[string]map[string]bool // by index and entry: whether it is there
}

func (l *laterEntries) write(index string, entry []byte, there bool) error {
	if l.pending[index] == nil {
		l.pending[index] = map[string]bool{}
	}
	l.pending[index][string(entry)] = there
	return nil
}

func (l *laterEntries) flush() error {
	write := entriesIn(l.tx)
	for index, entries := range l.pending {
		for _, entry := range slices.Sorted(maps.Keys(entries)) {
			if err := write(index, []byte(entry), entries[entry]); err != nil {
				return err
			}
		}
		delete(l.pending, index)
	}
	return nil
}
