package bolt

import (
	"encoding/binary"
	"time"
)

// part encodes one part of a key that further parts follow. Its length stands
// before it, so that no choice of bytes in one part (ids are arbitrary) can be
// taken for another.
func part(s string) []byte {
	return append(binary.AppendUvarint(nil, uint64(len(s))), s...)
}

// instantSize is the length of what instant returns.
const instantSize = 12

// instant encodes a time so that the order of the bytes is that of the times,
// to the nanosecond and over the whole range of time.Time, the zero time
// included.
func instant(t time.Time) []byte {
	const sign = 1 << 63                                            // lets negative numbers sort first
	b := binary.BigEndian.AppendUint64(nil, uint64(t.Unix())^sign)  // #nosec G115 -- the bits are wanted
	return binary.BigEndian.AppendUint32(b, uint32(t.Nanosecond())) // #nosec G115 -- below 10^9 always
}

// instantOf is the time, in UTC, that instant encoded; zero for anything else.
func instantOf(b []byte) time.Time {
	if len(b) != instantSize {
		return time.Time{}
	}
	const sign = 1 << 63
	seconds := int64(binary.BigEndian.Uint64(b) ^ sign) // #nosec G115 -- the bits are wanted
	return time.Unix(seconds, int64(binary.BigEndian.Uint32(b[8:]))).UTC()
}
