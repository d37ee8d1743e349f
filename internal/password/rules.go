package password

import (
	"cmp"
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
	// MaxBytes is the most, in UTF-8 after NFC: 64 characters fit in any script.
	MaxBytes = 256
)

// Reason says why a new password is refused. The ones below are all there are;
// pages tell people each in words of their own.
type Reason string

// The reasons.
const (
	// TooShort and TooLong: the least length in characters and the greatest in
	// bytes, which [RuleError.Limit] holds.
	TooShort Reason = "too_short"
	TooLong  Reason = "too_long"
	// Unreadable: not UTF-8, or with control characters, which nobody types.
	Unreadable Reason = "unreadable"
	// Common: in the list of common passwords, or little more than words of it
	// or a pattern.
	Common Reason = "common"
	// Personal: little more than words of the context.
	Personal Reason = "personal"
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
		return "the password is among the first that are guessed: choose another, such as four words at random"
	}
	return "the password is little more than what is known of the person, the company or the service: choose another, such as four words at random"
}

// CheckNew applies the rules for a new password: its length in characters
// (code points after NFC), and that it is not little more than common passwords
// and words of the context: the person's address and names, and those of the
// company and the service (NIST SP 800-63B-4, 3.1.1.2; OWASP ASVS 5.0, 6.2.4
// and 6.2.11). The password as a whole is judged: such a word within a longer
// one is no reason. Case, look-alikes (p@ssw0rd), what is appended (2026!),
// repetitions and neighbours in the alphabet make it little more.
//
// Any character that can be typed is welcome, spaces and all scripts included;
// there are no rules on kinds of characters. A minLength of 0 stands for
// [DefaultMinLength], and less than [LowestMinLength] is raised to it. The
// error is a [*RuleError].
func CheckNew(password string, minLength int, context ...string) error {
	if !utf8.ValidString(password) || strings.ContainsFunc(password, unicode.IsControl) {
		return &RuleError{Reason: Unreadable}
	}
	password = norm.NFC.String(password)
	if len(password) > MaxBytes {
		return &RuleError{TooLong, MaxBytes}
	}
	minLength = max(cmp.Or(minLength, DefaultMinLength), LowestMinLength)
	if utf8.RuneCountInString(password) < minLength {
		return &RuleError{TooShort, minLength}
	}
	if newCandidate(password, nil).worth() < enough(minLength) {
		return &RuleError{Reason: Common}
	}
	if newCandidate(password, contextWords(context)).worth() < enough(minLength) {
		return &RuleError{Reason: Personal}
	}
	return nil
}
