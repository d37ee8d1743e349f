package bolt

import (
	"errors"
	"path/filepath"
	"testing"

	"go.etcd.io/bbolt"

	"github.com/frontdesk-gateway/frontdesk/internal/journey"
)

// TestNoTicketWaitsForNobody: made-up tickets are turned away while the writer
// is at work, and never wait for the disk.
func TestNoTicketWaitsForNobody(t *testing.T) {
	s := openTest(t, filepath.Join(t.TempDir(), "frontdesk.db"), Options{})
	tx, err := s.db.Begin(true)
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	answered := make(chan error, 1)
	go func() {
		_, err := s.SpendTicket(t.Context(), [32]byte{7})
		answered <- err
	}()
	if err := <-answered; !errors.Is(err, journey.ErrNotFound) {
		t.Errorf("error %v", err)
	}
}

// TestFailuresInCompany: many changes that fail have the others run over and over,
// but not the more often the more there are.
func TestFailuresInCompany(t *testing.T) {
	s := openTest(t, filepath.Join(t.TempDir(), "frontdesk.db"), Options{})
	const each = 10 * most
	runs := 0
	var whole, failing []*change
	for range each {
		whole = append(whole, s.group.join(func(*bbolt.Tx) error { runs++; return nil }))
		failing = append(failing, s.group.join(func(*bbolt.Tx) error { return errors.New("moved on") }))
	}
	last := 0
	err := s.share(t.Context(), func(*bbolt.Tx) error { last++; return nil })
	if err != nil || last != 1 {
		t.Errorf("who came last: run %d times, %v", last, err)
	}
	if runs > each*most {
		t.Errorf("%d changes ran %d times", each, runs)
	}
	for _, c := range whole {
		if c.state != done || c.err != nil {
			t.Fatalf("a whole one: state %d, %v", c.state, c.err)
		}
	}
	for _, c := range failing {
		if c.state != alone {
			t.Fatalf("a failing one: state %d", c.state)
		}
	}
}
