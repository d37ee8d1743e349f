package bolt

import (
	"bytes"
	"encoding/binary"
	"slices"

	"go.etcd.io/bbolt"
)

// sequential is how full the pages become that are written in the order of their
// keys: little is put in between later.
const sequential = 0.9

// numbers are those of the buckets that a large edit writes in order.
var numbers = slices.Concat(accounts.buckets(), contacts.buckets(), members.buckets(), passwords.buckets())

func number(bucket string) byte { return byte(slices.Index(numbers, bucket)) } // #nosec G115 -- they are few

// An op is what becomes of a record: nothing, for one that is gone, or the
// entries that list it, and its data. That of a password is its
// PasswordState.Changed, and the data of one that is not gone.
var gone []byte

func putting(listings []listing, data []byte) []byte {
	size := len(data) + binary.MaxVarintLen64
	for _, l := range listings {
		size += len(l.entry) + 1 + binary.MaxVarintLen64
	}
	op := binary.AppendUvarint(make([]byte, 0, size), uint64(len(listings)+1)) // not empty in any case
	for _, l := range listings {
		op = append(op, number(l.index))
		op = append(binary.AppendUvarint(op, uint64(len(l.entry))), l.entry...)
	}
	return append(op, data...)
}

// listingsIn takes an op apart.
func listingsIn(op []byte) (listings []listing, data []byte) {
	if len(op) == 0 {
		return nil, nil
	}
	count, n := binary.Uvarint(op)
	op = op[n:]
	for range count - 1 {
		index := op[0]
		length, n := binary.Uvarint(op[1:])
		entry := op[1+n:][:length]
		listings = append(listings, listing{numbers[index], entry})
		op = op[1+n+len(entry):]
	}
	return listings, op
}

// settle writes what waits: the records in the order of their keys, and then,
// in the order of theirs, the entries of the indexes that follow from them.
func (l *large) settle() error {
	if l.failed != nil || l.records.empty() {
		return l.failed
	}
	if err := l.copied(); err != nil {
		return err
	}
	l.waiting.clear()
	if err := l.records.drain(l.settleRecord); err != nil {
		return l.wrote(err)
	}
	return l.wrote(l.entries.drain(l.settleEntry))
}

func (l *large) settleRecord(k, op []byte) error {
	switch table, key := numbers[k[0]], k[1:]; table {
	case accounts.name:
		return settleIn(l, accounts, key, op)
	case contacts.name:
		return settleIn(l, contacts, key, op)
	case members.name:
		return settleIn(l, members, key, op)
	default:
		return l.settlePassword(key, op)
	}
}

// settleIn writes a record, and notes how its entries differ from those of the
// one that was there.
func settleIn[T any](l *large, t *table[T], key, op []byte) error {
	b := l.next.bucket(t.name)
	after, data := listingsIn(op)
	was := b.Get(key)
	if was != nil && bytes.Equal(was, data) {
		return nil
	}
	before, err := t.listed(key, was)
	if err != nil {
		return err
	}
	if err := l.relist(before, after, []byte{0}); err != nil {
		return err
	}
	if err := l.relist(after, before, []byte{1}); err != nil {
		return err
	}
	return l.write(b, key, data)
}

// relist notes the entries that only the first have.
func (l *large) relist(first, second []listing, there []byte) error {
	for _, a := range first {
		if slices.ContainsFunc(second, func(b listing) bool { return a.index == b.index && bytes.Equal(a.entry, b.entry) }) {
			continue
		}
		l.key = append(append(l.key[:0], number(a.index)), a.entry...)
		if err := l.entries.add(l.key, there); err != nil {
			return err
		}
	}
	return nil
}

func (l *large) settleEntry(k, there []byte) error {
	b := l.next.bucket(numbers[k[0]])
	if there[0] == 0 {
		return l.write(b, k[1:], nil)
	}
	return l.write(b, k[1:], []byte{})
}

// settlePassword writes a password, and notes that it was set, and whether that
// ends sessions.
func (l *large) settlePassword(key, op []byte) error {
	before, _, err := passwords.get(l.next.tx, key)
	if err != nil {
		return err
	}
	changed, data := op[:instantSize], op[instantSize:]
	moved := byte(0)
	if !bytes.Equal(changed, instant(before.Changed)) {
		moved = 1
	}
	if err := l.set.add(key, []byte{moved}); err != nil {
		return err
	}
	if len(data) == 0 {
		data = nil
	}
	return l.write(l.next.bucket(passwords.name), key, data)
}

// write puts data under a key, or, for nil, takes out what lies there.
func (l *large) write(b *bbolt.Bucket, key, data []byte) error {
	var err error
	if data == nil {
		err = b.Delete(key)
	} else {
		err = b.Put(key, bytes.Clone(data)) // which bbolt keeps until it commits
	}
	if err != nil {
		return err
	}
	return l.next.wrote(l.ctx, len(key)+len(data)+entryOverhead)
}

// entryOverhead is what bbolt takes in memory for a key, in bytes.
const entryOverhead = 64

// bucket is a bucket to write to in order.
func (n *next) bucket(name string) *bbolt.Bucket {
	b := n.tx.Bucket([]byte(name))
	b.FillPercent = sequential
	return b
}
