package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"

	"github.com/dustin/go-humanize"
)

// Size is a number of bytes: in JSON a text such as `19MiB`, or a number.
type Size int64

// Units of a Size.
const (
	KiB Size = 1 << 10
	MiB Size = 1 << 20
)

// ParseSize reads a size as Caddy's own options have it: `19MiB`, or `20MB` by
// the units of 1000. None is zero, which would be taken for the default.
func ParseSize(s string) (Size, error) {
	n, err := humanize.ParseBytes(s)
	if err != nil || n == 0 || n > math.MaxInt64 {
		return 0, fmt.Errorf("%q is no size: write it like 19MiB", s)
	}
	return Size(n), nil
}

// String writes the size in the largest unit of which it is a multiple.
func (s Size) String() string {
	switch {
	case s%MiB == 0:
		return fmt.Sprintf("%dMiB", s/MiB)
	case s%KiB == 0:
		return fmt.Sprintf("%dKiB", s/KiB)
	}
	return fmt.Sprintf("%dB", int64(s))
}

// UnmarshalJSON implements json.Unmarshaler.
func (s *Size) UnmarshalJSON(data []byte) error {
	var n int64
	if json.Unmarshal(data, &n) == nil {
		*s = Size(n)
		return nil
	}
	var text string
	if err := json.Unmarshal(data, &text); err != nil {
		return errors.New(`a size is a text like "19MiB" or a number of bytes`)
	}
	parsed, err := ParseSize(text)
	*s = parsed
	return err
}
