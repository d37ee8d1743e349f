package identity

import (
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

// Fact is one fact under its placeholder's name.
type Fact struct {
	Name  string // "id", "account_id", ...: {http.auth.user.NAME}
	Value string
}

// placeholders are the facts' names, and how each is read.
var placeholders = []struct {
	name string
	of   func(Facts) string
}{
	{"id", func(f Facts) string { return f.ID }},
	{"email", func(f Facts) string { return string(f.Email) }},
	{"name", func(f Facts) string { return f.Name }},
	{"platform", func(f Facts) string { return string(f.Platform) }},
	{"entity", func(f Facts) string { return string(f.Kind) }},
	{"account_id", func(f Facts) string { return f.AccountID }},
	{"account_name", func(f Facts) string { return f.AccountName }},
	{"groups", func(f Facts) string { return joinGroups(f.Groups, plain) }},
	{"method", func(f Facts) string { return f.Method }},
	{"session", func(f Facts) string { return f.Session }},
	{"impersonator", func(f Facts) string { return f.Impersonator }},
}

// Placeholders returns the facts under the names of the placeholders, empty
// ones too.
func (f Facts) Placeholders() []Fact {
	facts := make([]Fact, len(placeholders))
	for i, p := range placeholders {
		facts[i] = Fact{p.name, p.of(f)}
	}
	return facts
}

// Placeholder returns one fact by its name.
func (f Facts) Placeholder(name string) (string, bool) {
	for _, p := range placeholders {
		if p.name == name {
			return p.of(f), true
		}
	}
	return "", false
}

// values are those of the headers, in the order of [HeaderNames], but for the
// assertion.
func (f Facts) values() [assertion]string {
	return [...]string{
		EncodeValue(f.ID), EncodeValue(string(f.Email)), EncodeValue(f.Name), joinGroups(f.Groups, EncodeValue),
		string(f.Platform), string(f.Kind), EncodeValue(f.AccountID), EncodeValue(f.AccountName),
		f.Method, f.Session, EncodeValue(f.Impersonator),
	}
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
