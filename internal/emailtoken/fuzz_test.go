package emailtoken

import (
	"errors"
	"strings"
	"testing"
	"time"
	"unicode"
)

// FuzzTypedCode writes the right code as people may: what stands around and
// between its digits decides. Digits of Japanese keyboards count as such.
func FuzzTypedCode(f *testing.F) {
	token, secrets := New(binding, now.Add(time.Hour), 5)
	for _, seed := range [][3]string{{"", "", ""}, {" ", "-", "\n"}, {"\ufeff", "\u2011", "\u200b"}, {"Code: ", " ", "."}, {"", ".", ""}, {"'", "", "’"}, {"１", "", ""}, {"", "\x00", ""}, {"-", "\u2212", ""}, {"", "\xff", ""}, {"", "\u00a0", "\u3000"}, {strings.Repeat(" ", maxTyped-8), "", ""}, {strings.Repeat(" ", maxTyped-8), " ", ""}} {
		f.Add(seed[0], seed[1], seed[2], len(seed[1])%2 == 1)
	}
	f.Fuzz(func(t *testing.T, before, between, after string, wide bool) {
		first, second := secrets.Code[:4], secrets.Code[4:]
		if wide {
			second = strings.Map(func(r rune) rune { return r - '0' + '０' }, second)
		}
		typed := before + first + between + second + after
		err := token.CheckCode(binding, typed, now)
		forgiven := len(typed) <= maxTyped && !strings.ContainsFunc(before+between+after, func(r rune) bool {
			return !unicode.IsSpace(r) && !strings.ContainsRune("-\u2010\u2011\u2013\u200b\ufeff", r)
		})
		if forgiven != (err == nil) || err != nil && !errors.Is(err, ErrWrong) {
			t.Errorf("%q, %q, %q: %v", before, between, after, err)
		}
		if other := (Binding{Browser: binding.Browser, Journey: binding.Journey + "x"}); token.CheckCode(other, secrets.Code, now) == nil {
			t.Error("good in another journey")
		}
	})
}

// FuzzCheckLink: a link is good as it was sent, in every byte.
func FuzzCheckLink(f *testing.F) {
	token, secrets := New(binding, now.Add(time.Hour), 5)
	f.Add("", 0)
	f.Add("=", 43)
	f.Add(" ", 0)
	f.Add("\n", 7)
	f.Add("A", -1)
	f.Fuzz(func(t *testing.T, with string, at int) {
		link := secrets.Link
		at = (at%len(link) + len(link)) % len(link)
		for _, typed := range []string{with, link[:at], link[:at] + with + link[at:], link[:at] + with + link[min(at+len(with), len(link)):], strings.ToLower(link)} {
			if err := token.CheckLink(typed, now); (err == nil) != (typed == link) || err != nil && !errors.Is(err, ErrWrong) {
				t.Errorf("%q for %q: %v", typed, link, err)
			}
		}
	})
}
