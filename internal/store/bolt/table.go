package bolt

import (
	"bytes"
	"fmt"
	"slices"
	"time"

	"go.etcd.io/bbolt"
)

// table is a bucket of records and the buckets that index them. A record lies
// under its key; an index entry is what the index makes of the record, followed
// by the key, and has no value.
type table[T any] struct {
	name    string
	key     func(T) []byte
	encode  func(T) ([]byte, error)
	decode  func([]byte) (T, error)
	indexes []index[T]
	beside  []string // buckets of what else there is under a record's key, and goes with it
}

// index finds records by something else than their key. What its entries
// return is a [part], an [instant] or of one length, so that the key behind it is told apart.
type index[T any] struct {
	name    string
	entries func(T) [][]byte
}

// buckets are the names of all buckets of the table.
func (t *table[T]) buckets() []string {
	names := []string{t.name}
	for _, ix := range t.indexes {
		names = append(names, ix.name)
	}
	return append(names, t.beside...)
}

// get returns the record under key, and whether there is one.
func (t *table[T]) get(tx *bbolt.Tx, key []byte) (T, bool, error) {
	data := tx.Bucket([]byte(t.name)).Get(key)
	if data == nil {
		var none T
		return none, false, nil
	}
	v, err := t.read(key, data)
	return v, err == nil, err
}

func (t *table[T]) read(key, data []byte) (T, error) {
	v, err := t.decode(data)
	if err != nil {
		return v, fmt.Errorf("reading %q of %s: %w", key, t.name, err)
	}
	return v, nil
}

// put keeps a record in place of the one under its key, if there is one.
func (t *table[T]) put(tx *bbolt.Tx, v T) error {
	_, err := t.putVia(tx, v, entriesIn(tx))
	return err
}

// putVia is put with the index entries written by write. It returns the record
// that was there before, or the zero one.
func (t *table[T]) putVia(tx *bbolt.Tx, v T, write writeEntry) (old T, err error) {
	key := t.key(v)
	data, err := t.encode(v)
	if err != nil {
		return old, fmt.Errorf("encoding %q of %s: %w", key, t.name, err)
	}
	old, found, err := t.get(tx, key)
	if err != nil {
		return old, err
	}
	for _, ix := range t.indexes {
		var before [][]byte
		if found {
			before = ix.entries(old)
		}
		if err := ix.replace(write, key, before, ix.entries(v)); err != nil {
			return old, err
		}
	}
	return old, tx.Bucket([]byte(t.name)).Put(key, data)
}

// delete takes the record under key out and returns it, and whether there was
// one.
func (t *table[T]) delete(tx *bbolt.Tx, key []byte) (T, bool, error) {
	return t.deleteVia(tx, key, entriesIn(tx))
}

// deleteVia is delete with the index entries written by write.
func (t *table[T]) deleteVia(tx *bbolt.Tx, key []byte, write writeEntry) (T, bool, error) {
	old, found, err := t.get(tx, key)
	if err != nil || !found {
		return old, false, err
	}
	for _, ix := range t.indexes {
		if err := ix.replace(write, key, ix.entries(old), nil); err != nil {
			return old, false, err
		}
	}
	for _, name := range t.beside {
		if err := tx.Bucket([]byte(name)).Delete(key); err != nil {
			return old, false, err
		}
	}
	return old, true, tx.Bucket([]byte(t.name)).Delete(key)
}

// replace writes only what differs: most updates leave an index as it is.
func (ix index[T]) replace(write writeEntry, key []byte, before, after [][]byte) error {
	for _, entry := range before {
		if !contains(after, entry) {
			if err := write(ix.name, slices.Concat(entry, key), false); err != nil {
				return err
			}
		}
	}
	for _, entry := range after {
		if !contains(before, entry) {
			if err := write(ix.name, slices.Concat(entry, key), true); err != nil {
				return err
			}
		}
	}
	return nil
}

func contains(entries [][]byte, entry []byte) bool {
	return slices.ContainsFunc(entries, func(e []byte) bool { return bytes.Equal(e, entry) })
}

// listing is an index entry, with the key of its record.
type listing struct {
	index string
	entry []byte
}

// listings are the entries of a record.
func (t *table[T]) listings(v T) (out []listing) {
	key := t.key(v)
	for _, ix := range t.indexes {
		for _, entry := range ix.entries(v) {
			out = append(out, listing{ix.name, slices.Concat(entry, key)})
		}
	}
	return out
}

// listed are the entries of the record that lies under a key as data.
func (t *table[T]) listed(key, data []byte) ([]listing, error) {
	if data == nil {
		return nil, nil
	}
	v, err := t.read(key, data)
	return t.listings(v), err
}

// page returns at most n records in the order of their keys, beginning after
// the given key, or with the first for a nil one.
func (t *table[T]) page(tx *bbolt.Tx, after []byte, n int) ([]T, error) {
	var out []T
	c := tx.Bucket([]byte(t.name)).Cursor()
	for k, data := behind(c, after); k != nil && len(out) < n; k, data = c.Next() {
		v, err := t.read(k, data)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

// behind moves a cursor to what comes after a key, or to the first for a nil one.
func behind(c *bbolt.Cursor, key []byte) (k, data []byte) {
	if key == nil {
		return c.First()
	}
	if k, data = c.Seek(key); bytes.Equal(k, key) {
		return c.Next()
	}
	return k, data
}

// keys returns the keys of the records that an index lists under an entry, in
// their order.
func keys(tx *bbolt.Tx, index string, entry []byte) [][]byte {
	var out [][]byte
	c := tx.Bucket([]byte(index)).Cursor()
	for k, _ := c.Seek(entry); bytes.HasPrefix(k, entry); k, _ = c.Next() {
		out = append(out, bytes.Clone(k[len(entry):]))
	}
	return out
}

// due returns the keys of at most limit records that an index by time lists
// before an instant, the earliest first.
func due(tx *bbolt.Tx, index string, before time.Time, limit int) [][]byte {
	var out [][]byte
	end := instant(before)
	c := tx.Bucket([]byte(index)).Cursor()
	for k, _ := c.First(); k != nil && len(out) < limit && bytes.Compare(k[:instantSize], end) < 0; k, _ = c.Next() {
		out = append(out, bytes.Clone(k[instantSize:]))
	}
	return out
}

// find returns the records that an index lists under an entry.
func (t *table[T]) find(tx *bbolt.Tx, index string, entry []byte) ([]T, error) {
	var out []T
	for _, key := range keys(tx, index, entry) {
		v, found, err := t.get(tx, key)
		if err != nil {
			return nil, err
		}
		if !found {
			return nil, fmt.Errorf("reading %s: %q of %s is missing", index, key, t.name)
		}
		out = append(out, v)
	}
	return out, nil
}
