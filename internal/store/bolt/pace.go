package bolt

import (
	"context"
	"time"

	"go.etcd.io/bbolt"
)

// pace sizes the transactions of work that can wait by how long the ones before
// held the writer: a record costs a few microseconds in a small store, and a page
// or three of the disk in a large one. The zero value begins with first.
type pace struct{ size int }

// paces are one for each kind of work: its records cost differently.
type paces struct{ sessions, touches, journeys, counters pace }

const (
	holdFor  = 10 * time.Millisecond // what others are to wait; several times that where the disk stalls
	first    = 128                   // records in the first transaction
	smallest = 16
	largest  = 2000
)

// records is how many the next transaction takes.
func (p *pace) records() int {
	if p.size == 0 {
		p.size = first
	}
	return p.size
}

// took learns from a transaction of n records. It grows by twice at most, and
// only where n is what was asked for.
func (p *pace) took(n int, held time.Duration) {
	if n == 0 {
		return
	}
	fit := largest
	if held > 0 {
		fit = int(min(largest, time.Duration(n)*holdFor/held))
	}
	if fit > p.size {
		fit = min(fit, 2*n, largest)
		fit = max(fit, p.size)
	}
	p.size = max(fit, smallest)
}

// inTurn runs one transaction of work that can wait: work does as many records as
// most says, and returns how many they were. Who comes meanwhile is next.
func (s *Store) inTurn(ctx context.Context, p *pace, limit int, work func(tx *bbolt.Tx, most int) (int, error)) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := s.writing.await(ctx); err != nil {
		return err
	}
	defer s.writing.unlock()
	var n int
	began := s.now()
	err := s.write(func(tx *bbolt.Tx) (err error) {
		n, err = work(tx, min(limit, p.records()))
		return err
	})
	p.took(n, s.now().Sub(began))
	return err
}
