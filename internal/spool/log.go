package spool

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
)

// Log keeps records in the order in which they came.
type Log struct {
	area   *Area
	file   *os.File
	kept   int64  // bytes of the log that are in the file
	tail   []byte // those after it
	random cursor
	n      int
}

// NewLog makes an empty log in the area.
func (a *Area) NewLog() *Log {
	l := &Log{area: a}
	l.random = cursor{log: l, size: 4 << 10}
	return l
}

// Len is how many records there are.
func (l *Log) Len() int { return l.n }

// Append adds a record and returns its place. After an error the log is of no
// use.
func (l *Log) Append(record ...[]byte) (at int64, err error) {
	size := 0
	for _, part := range record {
		size += len(part)
	}
	if len(l.tail)+size > l.area.options.Buffer {
		if err := l.flush(); err != nil {
			return 0, err
		}
	}
	at = l.end()
	l.tail = binary.AppendUvarint(l.tail, uint64(size))
	for _, part := range record {
		l.tail = append(l.tail, part...)
	}
	l.n++
	return at, nil
}

func (l *Log) end() int64 { return l.kept + int64(len(l.tail)) }

func (l *Log) flush() (err error) {
	if len(l.tail) == 0 {
		return nil
	}
	if l.file == nil {
		if l.file, err = l.area.file(); err != nil {
			return err
		}
	}
	if _, err := l.file.Write(l.tail); err != nil {
		return fmt.Errorf("writing a temporary file: %w", err)
	}
	l.kept += int64(len(l.tail))
	l.tail = l.tail[:0]
	return nil
}

// At returns the record at a place that [Log.Append] returned. It is good until
// the log is used again.
func (l *Log) At(at int64) ([]byte, error) {
	record, _, err := l.random.read(at)
	return record, err
}

// All yields the places and the records that are there when the loop begins; a
// record is good until the log is used again. The loop ends with the first error.
func (l *Log) All() iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		c := cursor{log: l, size: 32 << 10}
		for at, end := int64(0), l.end(); at < end; {
			data, next, err := c.read(at)
			if !yield(Record{at, data}, err) || err != nil {
				return
			}
			at = next
		}
	}
}

// Record is one of a log.
type Record struct {
	At   int64
	Data []byte
}

// cursor reads records. It reads ahead: what is in the file never changes.
type cursor struct {
	log    *Log
	size   int
	window []byte
	from   int64 // where the window begins
}

var errDamaged = errors.New("reading a temporary file: it is damaged")

// read returns the record at a place, and the place of the next one.
func (c *cursor) read(at int64) (record []byte, next int64, err error) {
	if at >= c.log.kept { // a record is in the file whole, or not at all
		return record, next, frame(c.log.tail[min(at-c.log.kept, int64(len(c.log.tail))):], at, &record, &next)
	}
	if at >= c.from && at < c.from+int64(len(c.window)) && frame(c.window[at-c.from:], at, &record, &next) == nil {
		return record, next, nil
	}
	if err := c.fill(at, c.size); err != nil {
		return nil, 0, err
	}
	if size, n := binary.Uvarint(c.window); n > 0 && size > uint64(len(c.window)-n) && size < uint64(c.log.kept) { // #nosec G115 -- neither is negative
		if err := c.fill(at, int(size)+n); err != nil { // #nosec G115 -- checked
			return nil, 0, err
		}
	}
	return record, next, frame(c.window, at, &record, &next)
}

func (c *cursor) fill(at int64, size int) error {
	if cap(c.window) < size {
		c.window = make([]byte, size)
	}
	n, err := c.log.file.ReadAt(c.window[:min(int64(size), c.log.kept-at)], at)
	if err != nil && err != io.EOF {
		return fmt.Errorf("reading a temporary file: %w", err)
	}
	c.window, c.from = c.window[:n], at
	return nil
}

// frame finds the record that b begins with.
func frame(b []byte, at int64, record *[]byte, next *int64) error {
	size, n := binary.Uvarint(b)
	if n <= 0 || size > uint64(len(b)-n) { // #nosec G115 -- n is smaller
		return errDamaged
	}
	end := n + int(size) // #nosec G115 -- checked
	*record, *next = b[n:end:end], at+int64(end)
	return nil
}
