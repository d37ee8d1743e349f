package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"runtime"
)

// admin asks Caddy's admin endpoint, and hands its answer to read.
func (v *server) admin(ctx context.Context, path string, read func(io.Reader) error) error {
	dialer := &net.Dialer{}
	transport := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return dialer.DialContext(ctx, "unix", filepath.Join(v.folder, "admin"))
	}}
	defer transport.CloseIdleConnections()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://127.0.0.1"+path, nil)
	if err != nil {
		return err
	}
	response, err := transport.RoundTrip(r)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("the admin endpoint of %s answered %s: %s", v.name, path, response.Status)
	}
	return read(response.Body)
}

// heapAtRest is what is in use after a collection, in bytes.
func (v *server) heapAtRest(ctx context.Context) (uint64, error) {
	var answer struct {
		MemStats runtime.MemStats `json:"memstats"`
	}
	err := errors.Join(
		v.admin(ctx, "/debug/pprof/heap?gc=1", func(r io.Reader) error { _, err := io.Copy(io.Discard, r); return err }),
		v.admin(ctx, "/debug/vars", func(r io.Reader) error { return json.NewDecoder(r).Decode(&answer) }),
	)
	return answer.MemStats.HeapAlloc, err
}
