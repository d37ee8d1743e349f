package identity

import (
	"net/http"
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

// Placeholders returns the facts under the names of the placeholders, empty
// ones too.
func (f Facts) Placeholders() []Fact {
	return []Fact{
		{"id", f.ID}, {"email", string(f.Email)}, {"name", f.Name}, {"platform", string(f.Platform)}, {"entity", string(f.Kind)},
		{"account_id", f.AccountID}, {"account_name", f.AccountName}, {"groups", joinGroups(f.Groups, plain)}, {"method", f.Method},
		{"session", f.Session}, {"impersonator", f.Impersonator},
	}
}

// Placeholder returns one fact by its name.
func (f Facts) Placeholder(name string) (string, bool) {
	for _, fact := range f.Placeholders() {
		if fact.Name == name {
			return fact.Value, true
		}
	}
	return "", false
}

// header is one header as it is set on requests.
type header struct {
	name  string // canonical
	value string
}

// headers are the headers of the facts, but for the assertion.
func (f Facts) headers(renamed func(string) (string, bool)) []header {
	var out []header
	for _, h := range []header{
		{HeaderUser, EncodeValue(f.ID)}, {HeaderEmail, EncodeValue(string(f.Email))}, {HeaderName, EncodeValue(f.Name)},
		{HeaderGroups, joinGroups(f.Groups, EncodeValue)}, {HeaderPlatform, string(f.Platform)}, {HeaderEntity, string(f.Kind)},
		{HeaderAccountID, EncodeValue(f.AccountID)}, {HeaderAccountName, EncodeValue(f.AccountName)},
		{HeaderMethod, f.Method}, {HeaderSession, f.Session}, {HeaderImpersonator, EncodeValue(f.Impersonator)},
	} {
		name, sent := renamed(h.name)
		if sent && h.value != "" {
			out = append(out, header{http.CanonicalHeaderKey(name), h.value})
		}
	}
	return out
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

const upperHex = "0123456789ABCDEF"

// EncodeValue percent-encodes % and every byte outside printable ASCII, so
// that the value survives every server and is decoded by the common functions
// (RFC 3986, 2.1).
func EncodeValue(s string) string {
	var out strings.Builder
	for _, c := range []byte(s) {
		if c >= ' ' && c <= '~' && c != '%' {
			out.WriteByte(c)
			continue
		}
		out.WriteByte('%')
		out.WriteByte(upperHex[c>>4])
		out.WriteByte(upperHex[c&15])
	}
	return out.String()
}
