package password

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// What the pieces of a password are worth. The unit is a decimal digit: a
// password worth n takes about 10^n guesses of somebody who knows the list and
// the person. As in Microsoft Entra's password protection a known word counts
// little, wherever it stands, and what is not known counts in full.
const (
	worthOfDigit     = 1
	worthOfCharacter = 2 // any other, in whatever script: no rules on kinds
	worthOfPattern   = 2 // something repeated, or neighbours in the alphabet
	worthOfContext   = 1 // a word of the context
	worthOfTail      = 1 // what people append to a word: "2026", "123!"
)

// Lengths of pieces, in characters.
const (
	shortestWord   = 4 // of the list
	shortestRepeat = 3
	shortestRow    = 4
	longestTail    = 5
)

// enough is the worth that a new password needs: more than two words of the
// list, each with a tail, which four words have by any measure. Where the
// least length is short it is less, so that digits at random have it too, but
// for the chance of a pattern in them.
func enough(minLength int) int {
	return min(minLength-1, 2*(worthOfListed+worthOfTail)+1)
}

// candidate is a new password while its worth is being found.
type candidate struct {
	characters []rune   // in lower case
	folded     string   // the same characters, folded
	start      []int    // where in folded a character begins, and the end
	repeats    []int    // for each character what function repeats says
	context    []string // folded
}

func newCandidate(password string, context []string) *candidate {
	c := &candidate{characters: []rune(strings.ToLower(password)), context: context}
	c.folded = folded(string(c.characters))
	for start := range c.folded {
		c.start = append(c.start, start)
	}
	c.start = append(c.start, len(c.folded))
	c.repeats = repeats([]rune(c.folded))
	return c
}

// worth is the least that the pieces are worth into which the password can be
// cut. The work is bounded by the square of its length.
func (c *candidate) worth() int {
	least := make([]int, len(c.characters)+1) // of the characters up to there
	for to := range least {
		least[to] = to * worthOfCharacter
	}
	for from := range c.characters {
		c.pieces(from, func(to, worth int) { least[to] = min(least[to], least[from]+worth) })
	}
	return least[len(c.characters)]
}

// pieces calls found with the end and the worth of each piece that begins at a
// character.
func (c *candidate) pieces(from int, found func(to, worth int)) {
	found(from+1, worthOf(c.characters[from]))
	for n := shortestRepeat; n <= c.repeats[from]; n++ {
		found(from+n, worthOfPattern)
	}
	for n := shortestRow; n <= row(c.characters[from:]); n++ {
		found(from+n, worthOfPattern)
	}
	c.words(from, func(to, worth int) {
		found(to, worth)
		for end := to; end < min(to+longestTail, len(c.characters)) && isTail(c.characters[end]); end++ {
			found(end+1, worth+worthOfTail)
		}
	})
}

func worthOf(r rune) int {
	if unicode.IsDigit(r) {
		return worthOfDigit
	}
	return worthOfCharacter
}

func isTail(r rune) bool { return r <= unicode.MaxASCII && !unicode.IsLetter(r) }

// words calls found with each word of the list or the context that begins at a
// character.
func (c *candidate) words(from int, found func(to, worth int)) {
	begin, known := c.start[from], common()
	for to := from + shortestWord; to < len(c.start) && c.start[to]-begin <= known.longest; to++ {
		if worth, ok := known.worth[c.folded[begin:c.start[to]]]; ok {
			found(to, worth)
		}
	}
	for _, word := range c.context {
		if strings.HasPrefix(c.folded[begin:], word) {
			found(from+utf8.RuneCountInString(word), worthOfContext)
		}
	}
}
