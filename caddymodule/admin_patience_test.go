package caddymodule

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

// deadlines notes what is asked of a connection.
type deadlines struct {
	http.ResponseWriter
	set []time.Time
}

func (d *deadlines) SetReadDeadline(t time.Time) error {
	d.set = append(d.set, t)
	return nil
}

// granted reports whether a deadline leaves time, but not for good.
func granted(t time.Time) bool { return time.Until(t) > 0 && time.Until(t) <= uploadPatience }

// TestSlowUpload: an upload is waited for as long as something comes, and no
// deadline is left for what is done with it.
func TestSlowUpload(t *testing.T) {
	d := &deadlines{ResponseWriter: httptest.NewRecorder()}
	r := httptest.NewRequest(http.MethodPost, adminImport, strings.NewReader("people"))
	unhurried(d, r)
	if _, err := r.Body.Read(make([]byte, 1)); err != nil || len(d.set) < 2 || !granted(d.set[len(d.set)-1]) {
		t.Errorf("while it is read, the deadlines are %v, %v", d.set, err)
	}
	before := len(d.set)
	if rest, err := io.ReadAll(r.Body); err != nil || string(rest) != "eople" {
		t.Errorf("the rest is %q, %v", rest, err)
	}
	if last := d.set[len(d.set)-1]; len(d.set) < before+2 || !last.IsZero() {
		t.Errorf("after it was read, the deadline is %v", last)
	}
}

// TestStalledUpload: the server looks for the rest of an upload that stopped
// before it answers. No deadline that passed is lifted: it would look for ever.
func TestStalledUpload(t *testing.T) {
	d := &deadlines{ResponseWriter: httptest.NewRecorder()}
	r := httptest.NewRequest(http.MethodPost, adminImport, iotest.ErrReader(os.ErrDeadlineExceeded))
	unhurried(d, r)
	if _, err := io.ReadAll(r.Body); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("reading failed by %v", err)
	}
	if len(d.set) == 0 || !granted(d.set[len(d.set)-1]) {
		t.Errorf("after nothing came any more, the deadlines are %v", d.set)
	}
}

// TestUploadPastDeadline: with a server whose time for reading is over at once.
func TestUploadPastDeadline(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		unhurried(w, r)
		got, err := io.ReadAll(r.Body)
		fmt.Fprint(w, len(got), " ", err)
	}))
	server.Config.ReadHeaderTimeout, server.Config.ReadTimeout = time.Minute, time.Nanosecond
	server.Start()
	defer server.Close()
	sent := strings.Repeat("people\n", 100_000)
	answer, err := http.Post(server.URL, "text/plain", strings.NewReader(sent))
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if got, err := io.ReadAll(answer.Body); err != nil || string(got) != fmt.Sprint(len(sent), " ", nil) {
		t.Errorf("it read %s, %v", got, err)
	}
}

// TestRoutesAreUnhurried: none of them is, or has its work, cut short.
func TestRoutesAreUnhurried(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel() // waits for no configuration
	for _, route := range (adminRoutes{}).Routes() {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			d := &deadlines{ResponseWriter: httptest.NewRecorder()}
			r := httptest.NewRequest(method, route.Pattern, nil).WithContext(ctx)
			r.Body = http.NoBody
			_ = route.Handler.ServeHTTP(d, r) // 405 or 503
			if len(d.set) == 0 || !d.set[len(d.set)-1].IsZero() {
				t.Errorf("%s %s: the deadlines are %v", method, route.Pattern, d.set)
			}
		}
	}
}
