package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Duration is a span of time: in JSON a text such as `90m` or `30d`, or a
// number of nanoseconds.
type Duration time.Duration

// maxDays bounds durations to what a time.Duration can hold.
const maxDays = 36500

// ParseDuration reads a Go duration, or a whole number of days such as `30d`.
// None is zero, which would be taken for the default.
func ParseDuration(s string) (Duration, error) {
	d, err := time.ParseDuration(s)
	if days, ok := strings.CutSuffix(s, "d"); ok {
		var n int
		if n, err = strconv.Atoi(days); n > maxDays {
			err = strconv.ErrRange
		}
		d = time.Duration(n) * 24 * time.Hour
	}
	if err != nil || d <= 0 {
		return 0, fmt.Errorf("%q is no duration: write it like 10m, 12h or 30d", s)
	}
	return Duration(d), nil
}

// String writes the duration as an operator would: 90s as 1m30s, then 10m, 48h,
// 30d.
func (d Duration) String() string {
	if day := Duration(24 * time.Hour); d > 2*day && d%day == 0 {
		return fmt.Sprintf("%dd", d/day)
	}
	s := time.Duration(d).String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// UnmarshalJSON implements json.Unmarshaler.
func (d *Duration) UnmarshalJSON(data []byte) error {
	var n int64
	if json.Unmarshal(data, &n) == nil {
		*d = Duration(n)
		return nil
	}
	var s string
	if err := json.Unmarshal(data, &s); err != nil {
		return errors.New(`a duration is a text like "10m" or a number of nanoseconds`)
	}
	parsed, err := ParseDuration(s)
	*d = parsed
	return err
}
