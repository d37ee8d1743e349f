package password

import (
	_ "embed"
	"slices"
	"strings"
	"unicode"
)

// common.txt holds the words that passwords are most often made of, one a
// line, in lower case. With a minimum of 15 characters the lists of leaked
// passwords are short; what is left of them are these words, repeated, joined
// or followed by digits.
//
//go:embed common.txt
var commonText string

var commonWords = longestFirst(strings.Fields(commonText))

// runs are the rows that fingers walk along.
var runs = []string{
	"abcdefghijklmnopqrstuvwxyz", "01234567890123456789", "qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertzuiop", "azertyuiop",
	"1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik,9ol.0p;/",
}

func longestFirst(words []string) []string {
	slices.SortStableFunc(words, func(a, b string) int { return len(b) - len(a) })
	return words
}

// isCommon reports whether a password is a common one: fewer than five
// different characters, one short piece repeated, a walk along a row of keys,
// or common words and digits with little else.
func isCommon(password string) bool {
	lower := strings.ToLower(password)
	return distinct(lower) < 5 || period(lower) <= 5 || isRun(lower) || isListed(lower)
}

func distinct(s string) int {
	seen := map[rune]bool{}
	for _, r := range s {
		seen[r] = true
	}
	return len(seen)
}

// period is the number of characters after which a text repeats itself.
func period(s string) int {
	runes := []rune(s)
	for p := 1; p < len(runes); p++ {
		if slices.Equal(runes[p:], runes[:len(runes)-p]) {
			return p
		}
	}
	return len(runes)
}

// isRun reports whether a password is made of pieces, each of four characters
// or more, of the rows or their reverse.
func isRun(s string) bool {
	for s != "" {
		n := 0
		for _, run := range runs {
			n = max(n, prefixWithin(s, run), prefixWithin(s, reverse(run)))
		}
		if n < 4 {
			return len(s) < 4 // a remainder as short as this changes nothing
		}
		s = s[n:]
	}
	return true
}

// prefixWithin is the length of the longest prefix of s that run contains.
func prefixWithin(s, run string) int {
	n := 0
	for n < len(s) && strings.Contains(run, s[:n+1]) {
		n++
	}
	return n
}

func reverse(s string) string {
	b := []byte(s)
	slices.Reverse(b)
	return string(b)
}

// isListed reports whether, with common words, digits and signs taken out,
// fewer than four letters remain.
func isListed(s string) bool {
	rest := s
	for _, word := range commonWords {
		rest = strings.ReplaceAll(rest, word, "")
	}
	if rest == s {
		return false
	}
	letters := 0
	for _, r := range rest {
		if unicode.IsLetter(r) {
			letters++
		}
	}
	return letters < 4
}
