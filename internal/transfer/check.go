package transfer

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
)

// Bounds of what a record may hold: lengths in characters, lists in items.
const (
	maxFields = 100 // in all: each that is wrong is told with what the others say

	maxID     = 128
	maxIDSize = 255 // in bytes: what the stores admit
	maxName   = 200
	maxPhone  = directory.MaxDetail
	maxHash   = 512
	maxGroup  = 100

	maxGroups  = 100
	maxDomains = 1000
	maxTenants = 100
	maxMethods = 50
)

// check brings a value into the directory's form, or says what is wrong.
type check[T any] func(T) (T, error)

// text admits one line of at most limit characters, or none, and trims it.
func text(limit int) check[string] {
	return func(s string) (string, error) {
		s = strings.TrimSpace(s)
		if len(s) > limit && utf8.RuneCountInString(s) > limit {
			return "", fmt.Errorf("longer than %d characters", limit)
		}
		if strings.ContainsFunc(s, isControl) {
			return "", errors.New("it has a control character or a line break")
		}
		return s, nil
	}
}

func isControl(r rune) bool {
	return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' // all of Zl and Zp
}

// filled is text that may not be empty.
func filled(limit int) check[string] {
	line := text(limit)
	return func(s string) (string, error) {
		s, err := line(s)
		if err == nil && s == "" {
			err = errors.New("it may not be empty")
		}
		return s, err
	}
}

var filledID = filled(maxID)

func identifier(s string) (string, error) {
	s, err := filledID(s)
	if err == nil && len(s) > maxIDSize {
		err = fmt.Errorf("longer than %d bytes", maxIDSize)
	}
	return s, err
}

func address(s string) (string, error) {
	a, err := directory.ParseAddress(s)
	return string(a), err
}

func domain(s string) (string, error) {
	d, err := directory.ParseDomain(strings.TrimSpace(s))
	if err != nil { // speaks of addresses first, which nobody wrote here
		err = errors.New(strings.TrimPrefix(err.Error(), directory.ErrAddress.Error()+": "))
	}
	return d, err
}

// creationRule admits the empty text: the configured default.
func creationRule(s string) (string, error) {
	if s = strings.TrimSpace(s); s == "" {
		return "", nil
	}
	r, err := directory.ParseCreationRule(s)
	return string(r), err
}

func memberPlatform(s string) (string, error) {
	p, err := directory.ParsePlatform(strings.TrimSpace(s))
	if err == nil && p == directory.Client {
		err = errors.New("a member opens tech and admin only")
	}
	return string(p), err
}

// method checks a method's name, by shape alone where nobody knows the names.
func method(known func(string) bool) check[string] {
	return func(s string) (string, error) {
		s = strings.TrimSpace(s)
		if !directory.IsMethodName(s) {
			return "", errors.New("not the name of a sign-in method: write microsoft, email_token, password, or a provider's name")
		}
		if known != nil && !known(s) {
			return "", errors.New("no such sign-in method is configured: name one that a platform lists in methods")
		}
		return s, nil
	}
}

// passwordHash admits the empty text, which takes the password away. It never
// repeats the hash.
func passwordHash(valid func(string) error) check[string] {
	return func(s string) (string, error) {
		switch {
		case s == "":
			return "", nil
		case valid == nil:
			return "", errors.New("password hashes are not taken here")
		case len(s) > maxHash:
			return "", fmt.Errorf("longer than %d characters", maxHash)
		}
		return s, valid(s)
	}
}

func anyFlag(b bool) (bool, error) { return b, nil }

// each checks the items of a list and drops those that stand there twice. Next
// to an error it returns the items that are in order.
func each(limit int, item check[string]) check[[]string] {
	return func(list []string) ([]string, error) {
		if len(list) > limit {
			return nil, fmt.Errorf("more than %d items", limit)
		}
		var checked []string
		var wrong problemList
		for _, s := range list {
			v, err := item(s)
			if err != nil {
				wrong = append(wrong, fmt.Sprintf("%s: %v", quote(s), err))
			} else if !slices.Contains(checked, v) {
				checked = append(checked, v)
			}
		}
		if wrong != nil {
			return checked, wrong
		}
		return checked, nil
	}
}

// problemList is what is wrong with the items of one list.
type problemList []string

func (l problemList) Error() string {
	const shown = 5
	if len(l) <= shown {
		return strings.Join(l, "; ")
	}
	return fmt.Sprintf("%s; and %d more items", strings.Join(l[:shown], "; "), len(l)-shown)
}

// quote shows a text of the file in a message, shortened.
func quote(s string) string {
	const limit = 60
	if utf8.RuneCountInString(s) > limit {
		s = string([]rune(s)[:limit]) + "…"
	}
	return fmt.Sprintf("%q", s)
}
