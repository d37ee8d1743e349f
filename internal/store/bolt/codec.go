package bolt

import "github.com/fxamacker/cbor/v2"

// Records are kept as CBOR (RFC 8949): unlike JSON it holds strings of any
// bytes, which ids may be, and it stays readable when fields are added. Times
// are RFC 3339 in UTC, to the nanosecond.
var (
	encoding = must(cbor.EncOptions{Time: cbor.TimeRFC3339NanoUTC}.EncMode())
	decoding = must(cbor.DecOptions{UTF8: cbor.UTF8DecodeInvalid}.DecMode())
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err) // a constant option is wrong
	}
	return v
}

// codec makes the two directions of a table's encoding: pack turns a value into
// the form R in which it is stored, unpack back.
func codec[T, R any](pack func(T) R, unpack func(R) T) (func(T) ([]byte, error), func([]byte) (T, error)) {
	encode := func(v T) ([]byte, error) { return encoding.Marshal(pack(v)) }
	decode := func(data []byte) (T, error) {
		var r R
		err := decoding.Unmarshal(data, &r)
		return unpack(r), err
	}
	return encode, decode
}
