package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"
)

// measureDirectory tells what directories of different sizes cost: to import, to
// start with, at rest, and with each look-up and change.
func measureDirectory(ctx context.Context, l *lab) ([]table, error) {
	sizes := l.sizes
	if l.huge {
		sizes = append(slices.Clone(sizes), hugeDirectory)
	}
	whole := table{title: fmt.Sprintf("Directories of contacts, %d in each account, imported from NDJSON in no order of their keys, and Caddy with them:", perAccount),
		columns: []string{"contacts", "import s", "processor s", "heap at most MiB", "import file MiB", "store MiB", "start ms", "heap at rest MiB"},
		note:    "The start is until Caddy listens; without Frontdesk it takes as long as the first line says. The heap at rest is after a collection."}
	if err := l.addBareStart(ctx, &whole); err != nil {
		return nil, err
	}
	each := table{columns: []string{"", "kind"}}
	for _, contacts := range sizes {
		d, err := l.directory(ctx, contacts)
		if err != nil {
			return nil, fmt.Errorf("%d contacts: %w", contacts, err)
		}
		if err := l.addDirectory(ctx, &whole, contacts, d); err != nil {
			return nil, fmt.Errorf("%d contacts: %w", contacts, err)
		}
		if err := l.addOperations(ctx, &each, contacts, d); err != nil {
			return nil, fmt.Errorf("%d contacts: %w", contacts, err)
		}
	}
	each.title = fmt.Sprintf("Each operation by the number of contacts, p50 / p99 in µs, of %d reads and %d writes of records at random. Writes wait for the disk, one after the other; in brackets is the processor time of one, on average.", l.reads, l.writes)
	return []table{whole, each}, nil
}

func mebibytes(bytes uint64) string { return fmt.Sprintf("%.1f", float64(bytes)/(1<<20)) }

func (l *lab) addBareStart(ctx context.Context, t *table) error {
	return l.started(ctx, alone, func(ready time.Duration, heap uint64) {
		t.add("no Frontdesk", "", "", "", "", "", fmt.Sprintf("%.0f", millis(ready)), mebibytes(heap))
	})
}

func (l *lab) addDirectory(ctx context.Context, t *table, contacts int, d *imported) error {
	return l.started(ctx, guarded("frontdesk", d.Store), func(ready time.Duration, heap uint64) {
		t.add(fmt.Sprint(contacts), fmt.Sprintf("%.2f", d.Took.Seconds()), fmt.Sprintf("%.2f", d.CPU.Seconds()), mebibytes(d.PeakHeap),
			mebibytes(uint64(d.FileSize)), mebibytes(uint64(d.StoreSize)), fmt.Sprintf("%.0f", millis(ready)), mebibytes(heap)) // #nosec G115 -- sizes of files
	})
}

// starts is how often a start is measured.
const starts = 5

// started starts Caddy some times, and hands over the median of how long that
// took, with the heap of the last.
func (l *lab) started(ctx context.Context, what site, tell func(ready time.Duration, heap uint64)) error {
	var (
		took []time.Duration
		heap uint64
	)
	for range starts {
		at, err := newAddress(false)
		if err != nil {
			return err
		}
		v, err := l.serveAt(ctx, at, what, "127.0.0.1:9", defaultGC)
		if err != nil {
			return err
		}
		heap, err = v.heapAtRest(ctx)
		if err := errors.Join(err, v.close()); err != nil {
			return err
		}
		took = append(took, v.ready)
	}
	slices.Sort(took)
	tell(quantile(took, 0.5), heap)
	return nil
}

// addOperations adds a column of what the operations cost.
func (l *lab) addOperations(ctx context.Context, t *table, contacts int, d *imported) error {
	timings, err := l.operate(ctx, operations{Store: d.Store, Contacts: contacts, Reads: l.reads, Writes: l.writes})
	if err != nil {
		return err
	}
	t.columns = append(t.columns, fmt.Sprint(contacts))
	for i, timing := range timings {
		if len(t.rows) == i {
			t.add(timing.Name, timing.Kind)
		}
		t.rows[i] = append(t.rows[i], timing.show())
	}
	return nil
}

// operate has the operations carried out on a copy of the store, by a process
// of their own.
func (l *lab) operate(ctx context.Context, o operations) (timings []timing, err error) {
	original := o.Store
	o.Store = l.place("frontdesk.db")
	if err := copyFile(o.Store, original); err != nil {
		return nil, err
	}
	worker, err := engage(ctx, "operate")
	if err != nil {
		return nil, err
	}
	err = errors.Join(worker.ask(o, &timings), worker.close(), os.Remove(o.Store))
	return timings, err
}
