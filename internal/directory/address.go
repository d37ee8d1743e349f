package directory

import (
	"errors"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// Bounds of an address (RFC 5321, 4.5.3.1; RFC 3696 erratum 1690).
const (
	MaxAddress   = 254
	maxLocalPart = 64
)

// Address is an email address in the form that Frontdesk keeps and mails to:
// the local part as it was spelled, the domain by IDNA in lower-case ASCII.
// The zero value is no address.
type Address string

// ErrAddress says that a text is not an address that can sign in. Its wrapped
// forms say why, in words for operators; people are told by the pages.
var ErrAddress = errors.New("not an email address")

type addressError string

func (e addressError) Error() string { return ErrAddress.Error() + ": " + string(e) }
func (e addressError) Unwrap() error { return ErrAddress }

// ParseAddress reads one address as DESIGN.md, step 1, lays down: outer white
// space is trimmed; then exactly one @, no display name, an ASCII dot-atom as
// local part (RFC 5322, 3.2.3), a domain of at least two labels that IDNA
// takes to ASCII. The error wraps [ErrAddress].
func ParseAddress(s string) (Address, error) {
	if len(s) > 4*MaxAddress {
		return "", addressError("longer than 254 characters")
	}
	local, domain, found := strings.Cut(strings.TrimSpace(s), "@")
	if !found || strings.Contains(domain, "@") {
		return "", addressError("it needs exactly one @")
	}
	if err := checkLocalPart(local); err != nil {
		return "", err
	}
	domain, err := ParseDomain(domain)
	if err != nil {
		return "", err
	}
	if len(local)+1+len(domain) > MaxAddress {
		return "", addressError("longer than 254 characters")
	}
	return Address(local + "@" + domain), nil
}

func checkLocalPart(local string) error {
	if local == "" || len(local) > maxLocalPart {
		return addressError("the part before the @ has 1 to 64 characters")
	}
	for atom := range strings.SplitSeq(local, ".") {
		if atom == "" {
			return addressError("a dot may not stand first, last or twice before the @")
		}
		for _, c := range []byte(atom) {
			if !isAtext(c) {
				return addressError("the part before the @ has a character that is not allowed")
			}
		}
	}
	return nil
}

// isAtext is RFC 5322's atext.
func isAtext(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' ||
		strings.IndexByte("!#$%&'*+-/=?^_`{|}~", c) >= 0
}

// ParseDomain reads a mail domain: IDNA to ASCII (UTS 46, non-transitional,
// as browsers do), lower case, one trailing dot forgiven. At least two labels
// of letters, digits and inner hyphens. The error wraps [ErrAddress].
func ParseDomain(s string) (string, error) {
	if len(s) > 4*MaxAddress {
		return "", addressError("the domain is too long")
	}
	ascii, err := idna.Lookup.ToASCII(strings.TrimSuffix(s, "."))
	if err != nil || !utf8.ValidString(s) {
		return "", addressError("the domain is not one that mail can be sent to")
	}
	ascii = strings.ToLower(ascii)
	labels := strings.Split(ascii, ".")
	if len(labels) < 2 || len(ascii) > 253 {
		return "", addressError("the domain needs a dot, as in example.com")
	}
	for _, label := range labels {
		if !isHostLabel(label) {
			return "", addressError("the domain is not one that mail can be sent to")
		}
	}
	if isNumber(labels[len(labels)-1]) {
		return "", addressError("the domain is a number")
	}
	return ascii, nil
}

func isHostLabel(label string) bool {
	if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
		return false
	}
	for _, c := range []byte(label) {
		if !(c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-') {
			return false
		}
	}
	return true
}

func isNumber(s string) bool {
	return strings.Trim(s, "0123456789") == ""
}

// Key is the form under which an address is compared and indexed: the whole
// of it in lower case (DESIGN.md: the local part is compared without case).
func (a Address) Key() string { return strings.ToLower(string(a)) }

// Mailbox is the form under which attempts are counted: [Address.Key] without
// the tag of the local part. Mail for ann+1@ and ann+2@ lands in ann's one
// mailbox where the tag means what it usually does (RFC 5233), and whoever
// counts them apart lets it be flooded by as many tags as there are. It is for
// counting only: a tag may mean something else, and mail goes to the address.
func (a Address) Mailbox() string {
	local, domain, _ := strings.Cut(a.Key(), "@")
	if name, _, tagged := strings.Cut(local, "+"); tagged && name != "" {
		local = name
	}
	return local + "@" + domain
}

// Domain is the part after the @, in lower-case ASCII.
func (a Address) Domain() string {
	_, domain, _ := strings.Cut(string(a), "@")
	return domain
}

// Equal reports whether two addresses are the same person's by [Address.Key].
func (a Address) Equal(b Address) bool { return a != "" && a.Key() == b.Key() }
