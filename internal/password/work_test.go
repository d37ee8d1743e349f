package password

import (
	"errors"
	"testing"

	"github.com/go-crypt/crypt/algorithm"
)

// counted is a digest that counts what it is compared with.
type counted struct {
	algorithm.Digest
	times int
}

func (c *counted) MatchAdvanced(password string) (bool, error) {
	c.times++
	return c.Digest.MatchAdvanced(password)
}

// TestWorkOfAWrongPassword: however cheap the hash is that another system made,
// a wrong password costs one of our own, once, and is wrong also where there is
// no room for that.
func TestWorkOfAWrongPassword(t *testing.T) {
	own := Options{Memory: 64, Time: 1, Concurrent: 1, Queue: -1}
	cheap, err := New(Options{Memory: 32, Time: 1}).Hash(t.Context(), "imported")
	if err != nil {
		t.Fatal(err)
	}
	present, err := New(own).Hash(t.Context(), "ours")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, hash, password string
		match                bool
		nobody               int // comparisons with nobody's hash
	}{
		{"a cheap hash", cheap, "wrong", false, 1},
		{"a cheap hash, right", cheap, "imported", true, 0}, // the caller hashes it anew
		{"our own", present, "wrong", false, 0},
		{"our own, right", present, "ours", true, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := New(own)
			nobody := &counted{Digest: h.nobody}
			h.nobody = nobody
			result, err := h.Verify(t.Context(), tt.hash, tt.password)
			if err != nil || result.Match != tt.match || nobody.times != tt.nobody {
				t.Errorf("%+v, %v, after %d comparisons with nobody's; want %d", result, err, nobody.times, tt.nobody)
			}
		})
	}
	h := New(own)
	h.nobody = failing{h.nobody}
	if result, err := h.Verify(t.Context(), cheap, "wrong"); err != nil || result.Match {
		t.Errorf("%+v, %v", result, err)
	}
}

// failing cannot be compared with.
type failing struct{ algorithm.Digest }

func (failing) MatchAdvanced(string) (bool, error) { return false, errors.New("no memory") }
