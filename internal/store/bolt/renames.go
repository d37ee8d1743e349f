package bolt

import "bytes"

// renamedBucket, which only the file of a large edit has, and only while it is
// under way, holds the ids that renamed contacts had before it, behind a byte; for
// an id that was given up, that byte alone.
const renamedBucket = "edit.renamed"

// renamed notes that a contact goes on under another id.
func (l *large) renamed(old, id string) error {
	if err := l.copied(); err != nil {
		return err
	}
	before := append([]byte{'='}, l.before([]byte(old))...)
	b, err := l.next.tx.CreateBucketIfNotExists([]byte(renamedBucket))
	if err != nil {
		return l.wrote(err)
	}
	if err := b.Put([]byte(old), []byte{'='}); err != nil {
		return l.wrote(err)
	}
	return l.wrote(l.write(b, []byte(id), before))
}

// before returns the id that a contact had before the edit, if it was there;
// nothing for one that took the id of a renamed one.
func (l *large) before(id []byte) []byte {
	b := l.tx().Bucket([]byte(renamedBucket))
	if b == nil {
		return id
	}
	if v := b.Get(id); v != nil {
		return bytes.Clone(v[1:])
	}
	return id
}

func (l *large) forgetRenames() error {
	if l.next.tx.Bucket([]byte(renamedBucket)) == nil {
		return nil
	}
	return l.next.tx.DeleteBucket([]byte(renamedBucket))
}
