package password

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// lookAlikes are the characters that are commonly written for a letter. An l
// counts as an i, because a 1 may stand for either.
var lookAlikes = map[rune]rune{
	'0': 'o', '1': 'i', '!': 'i', '|': 'i', 'l': 'i', '3': 'e', '4': 'a', '@': 'a', '5': 's', '$': 's', '7': 't', '+': 't', '8': 'b',
}

// fold brings a character and what is written for it to the same one: lower
// case, Latin letters without marks and of normal width, no look-alikes.
func fold(r rune) rune {
	if r > unicode.MaxASCII && unicode.Is(unicode.Latin, r) {
		r = []rune(norm.NFKD.String(string(r)))[0]
	}
	r = unicode.ToLower(r)
	if letter, ok := lookAlikes[r]; ok {
		return letter
	}
	return r
}

func folded(text string) string { return strings.Map(fold, text) }
