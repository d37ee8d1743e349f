package password

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Lengths of a new password (NIST SP 800-63B-4, 3.1.1.2).
const (
	// DefaultMinLength is the least number of characters where a password is
	// all that proves the person.
	DefaultMinLength = 15
	// LowestMinLength is the least that an operator may choose.
	LowestMinLength = 8
	// MaxBytes is the most, in UTF-8: 64 characters fit in any script.
	MaxBytes = 256
)

// Reason says why a new password is refused.
type Reason string

// The reasons.
const (
	TooShort   Reason = "too_short"
	TooLong    Reason = "too_long"
	Unreadable Reason = "unreadable" // not UTF-8, or control characters
	Common     Reason = "common"     // in the block list, or one pattern repeated
	Personal   Reason = "personal"   // little more than the person's address or name
)

// RuleError is a new password's refusal.
type RuleError struct {
	Reason Reason
	// Limit is the bound that was missed: characters for TooShort, bytes for
	// TooLong.
	Limit int
}

func (e *RuleError) Error() string {
	switch e.Reason {
	case TooShort:
		return fmt.Sprintf("the password needs at least %d characters", e.Limit)
	case TooLong:
		return fmt.Sprintf("the password is longer than %d bytes", e.Limit)
	case Unreadable:
		return "the password has a character that cannot be typed"
	case Common:
		return "the password is one of the first that are guessed: choose another"
	}
	return "the password is too close to the person's address or name: choose another"
}

// CheckNew applies the rules for a new password: its length in characters
// (code points after NFC), the block list, and that it is not made of the
// context: the person's address, name, and the names of company and service.
// Any character that can be typed is welcome, spaces and all scripts included;
// there are no rules on kinds of characters (NIST SP 800-63B-4, 3.1.1.2). A
// minLength of 0 stands for [DefaultMinLength], and less than
// [LowestMinLength] is raised to it. The error is a [*RuleError].
func CheckNew(password string, minLength int, context ...string) error {
	if len(password) > MaxBytes {
		return &RuleError{TooLong, MaxBytes}
	}
	if !utf8.ValidString(password) || strings.ContainsFunc(password, unicode.IsControl) {
		return &RuleError{Reason: Unreadable}
	}
	if minLength == 0 {
		minLength = DefaultMinLength
	}
	minLength = max(minLength, LowestMinLength)
	normal := norm.NFC.String(password)
	if utf8.RuneCountInString(normal) < minLength {
		return &RuleError{TooShort, minLength}
	}
	if isCommon(normal) {
		return &RuleError{Reason: Common}
	}
	if isPersonal(normal, context) {
		return &RuleError{Reason: Personal}
	}
	return nil
}

// isPersonal reports whether fewer than LowestMinLength characters remain of a
// password once the context's words are taken out of it.
func isPersonal(password string, context []string) bool {
	rest := strings.ToLower(password)
	for _, text := range context {
		text = strings.ToLower(norm.NFC.String(text))
		for _, word := range append([]string{text}, words(text)...) {
			if utf8.RuneCountInString(word) >= 3 {
				rest = strings.ReplaceAll(rest, word, "")
			}
		}
	}
	return rest != strings.ToLower(password) && utf8.RuneCountInString(rest) < LowestMinLength
}

func words(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}
