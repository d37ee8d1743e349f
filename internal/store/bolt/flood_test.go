package bolt

import (
	"errors"
	"path/filepath"
	"testing"

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
