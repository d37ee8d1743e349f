package provider

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"
)

// TestPanicOverADocument: what a provider answers cannot end the process; it is
// down for those who ask, and back when its answer is one again.
func TestPanicOverADocument(t *testing.T) {
	now, panics := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC), true
	var log bytes.Buffer
	c := newCache("keys", func(context.Context) (int, error) {
		if panics {
			panic("a bug in a parser")
		}
		return 7, nil
	}, func() time.Time { return now }, slog.New(slog.NewTextHandler(&log, nil)))
	for range 2 {
		if _, err := c.fresh(t.Context(), time.Hour); !errors.Is(err, ErrUnavailable) {
			t.Errorf("error %v", err)
		}
	}
	if !strings.Contains(log.String(), "a bug in a parser") || !strings.Contains(log.String(), "cache_test.go") {
		t.Errorf("the log has no cause or stack:\n%s", &log)
	}
	now, panics = now.Add(retryAfter), false
	if v, err := c.fresh(t.Context(), time.Hour); v != 7 || err != nil {
		t.Errorf("%d, %v", v, err)
	}
}
