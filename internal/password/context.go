package password

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Bounds of the context's words.
const (
	shortestContext = 3  // bytes: two characters outside ASCII are a name
	maxContext      = 64 // words; further ones are not looked for
)

// contextWords are the words of texts, folded: each text as it is, what stands
// in it between signs, and of "olivia84" the letters alone.
func contextWords(texts []string) []string {
	var words []string
	for _, text := range texts {
		text = norm.NFC.String(text)
		for _, part := range slices.Concat([]string{text}, parts(text, unicode.IsDigit), parts(text)) {
			if len(words) == maxContext {
				return words
			}
			if word := folded(part); len(word) >= shortestContext && !slices.Contains(words, word) {
				words = append(words, word)
			}
		}
	}
	return words
}

// parts cuts a text at all that is neither letter nor of a kind that is kept.
func parts(text string, keep ...func(rune) bool) []string {
	return strings.FieldsFunc(text, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsMark(r) &&
			!slices.ContainsFunc(keep, func(kept func(rune) bool) bool { return kept(r) })
	})
}
