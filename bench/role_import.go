package main

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"runtime/metrics"
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/password"
	"github.com/frontdesk-gateway/frontdesk/internal/store/bolt"
	"github.com/frontdesk-gateway/frontdesk/internal/transfer"
)

// playImport imports a file, as `caddy frontdesk import --store` does.
func playImport(in *json.Decoder, out *json.Encoder) error {
	var d imported
	if err := in.Decode(&d); err != nil {
		return err
	}
	if err := d.run(); err != nil {
		return err
	}
	return out.Encode(d)
}

func (d *imported) run() (err error) {
	file, err := os.Open(d.File)
	if err != nil {
		return err
	}
	defer file.Close()
	stop := watchHeap(&d.PeakHeap)
	begun := time.Now()
	s, err := bolt.Open(d.Store, bolt.Options{})
	if err != nil {
		return err
	}
	_, err = transfer.Import(context.Background(), s, file, transfer.Options{Format: transfer.NDJSON, CheckHash: password.ParseHash})
	err = errors.Join(err, s.Close())
	d.Took = time.Since(begun)
	stop()
	if err != nil {
		return err
	}
	if d.CPU, err = cpuTime(os.Getpid()); err != nil {
		return err
	}
	d.FileSize, err = sizeOf(d.File)
	if err != nil {
		return err
	}
	d.StoreSize, err = sizeOf(d.Store)
	return err
}

func sizeOf(path string) (int64, error) {
	info, err := os.Stat(path)
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// heapEvery is how often the heap is looked at: garbage comes and goes more
// slowly than that.
const heapEvery = 2 * time.Millisecond

// watchHeap notes the largest heap in use, in bytes, until stop returns.
func watchHeap(most *uint64) (stop func()) {
	ended, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			*most = max(*most, heapInUse())
			select {
			case <-ended:
				return
			case <-time.After(heapEvery):
			}
		}
	}()
	return func() { close(ended); <-done }
}

// heapInUse are the objects of the heap, those that nobody needs any more
// included until they are collected, with what is lost between them: HeapInuse
// of runtime.MemStats.
func heapInUse() (bytes uint64) {
	samples := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}, {Name: "/memory/classes/heap/unused:bytes"}}
	metrics.Read(samples)
	for _, s := range samples {
		bytes += s.Value.Uint64()
	}
	return bytes
}
