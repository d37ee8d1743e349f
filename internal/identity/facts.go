package identity

import (
	"net/url"
	"slices"
	"strings"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
)

// Facts are what a portal learns of the person behind a request. An empty fact
// has no header.
type Facts struct {
	directory.Entity
	Platform     directory.Platform
	Method       string
	Session      string // public id
	Impersonator string
}

// joinGroups lists groups with commas, each as encode writes it; a comma
// inside a group is %2C.
func joinGroups(groups []string, encode func(string) string) string {
	escaped := slices.Clone(groups)
	for i, g := range escaped {
		escaped[i] = strings.ReplaceAll(encode(g), ",", "%2C")
	}
	return strings.Join(escaped, ",")
}

// splitGroups undoes joinGroups.
func splitGroups(joined string) []string {
	if joined == "" {
		return nil
	}
	groups := strings.Split(joined, ",")
	for i, g := range groups {
		groups[i] = DecodeValue(g)
	}
	return groups
}

func plain(s string) string { return s }

// encoded reports whether a byte, or a letter that is more than one, is encoded.
func encoded(c rune) bool { return c < ' ' || c > '~' || c == '%' }

const upperHex = "0123456789ABCDEF"

// EncodeValue percent-encodes % and every byte outside printable ASCII, so
// that the value survives every server and is decoded by the common functions
// (RFC 3986, 2.1).
func EncodeValue(s string) string {
	if !strings.ContainsFunc(s, encoded) {
		return s // and no copy of it
	}
	var out strings.Builder
	for _, c := range []byte(s) {
		if !encoded(rune(c)) {
			out.WriteByte(c)
			continue
		}
		out.WriteByte('%')
		out.WriteByte(upperHex[c>>4])
		out.WriteByte(upperHex[c&15])
	}
	return out.String()
}

// DecodeValue undoes [EncodeValue]. What that has not made stays as it is.
func DecodeValue(s string) string {
	decoded, err := url.PathUnescape(s)
	if err != nil {
		return s
	}
	return decoded
}
