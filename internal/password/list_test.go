package password

import (
	"slices"
	"strings"
	"testing"
)

// listedWords are the words of the list as refresh.sh writes them.
func listedWords(t testing.TB) []string {
	t.Helper()
	text, err := unpack(compressed)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	return slices.DeleteFunc(lines, func(line string) bool { return strings.HasPrefix(line, "# ") })
}

// TestList checks what refresh.sh makes.
func TestList(t *testing.T) {
	words := listedWords(t)
	if len(words) < 50_000 || words[0] != "123456" || words[1] != "password" || !slices.IsSorted(words[sizeOfFirst:]) {
		t.Errorf("%d words that begin with %q, sorted: %v", len(words), words[:3], slices.IsSorted(words[sizeOfFirst:]))
	}
	for _, word := range words {
		if len(word) < shortestWord || word != strings.ToLower(word) || strings.ContainsFunc(word, func(r rune) bool { return r <= ' ' || r > '~' }) {
			t.Errorf("%q cannot be found", word)
		}
	}
}

// TestListIsLongEnough: the 3000 most common passwords that an operator's
// least length lets through (OWASP ASVS 5.0, 6.2.4). Of 18 characters and more
// the source has fewer.
func TestListIsLongEnough(t *testing.T) {
	words := listedWords(t)
	for least := LowestMinLength; least <= 17; least++ {
		n := 0
		for _, word := range words {
			if len(word) >= least {
				n++
			}
		}
		if n < 3000 {
			t.Errorf("%d words have %d characters or more", n, least)
		}
	}
}

func TestRefusesAllOfTheList(t *testing.T) {
	for _, word := range listedWords(t) {
		if len(word) < LowestMinLength {
			continue
		}
		if got := verdict(t, strings.ToUpper(word), LowestMinLength); got != Common {
			t.Errorf("%q: got %q", word, got)
		}
	}
}

func TestParseList(t *testing.T) {
	text := "# made by hand\n#1pass\n" + strings.Repeat("p@ss\n", 2000) + "w0rd\nWORD\npass\n"
	l := parseList(text)
	want := map[string]int{folded("#1pass"): worthOfFirst, "pass": worthOfFirst, "word": worthOfFirst}
	if len(l.worth) != len(want) || l.longest != len("#1pass") {
		t.Errorf("got %v, longest %d", l.worth, l.longest)
	}
	for word, worth := range want {
		if l.worth[word] != worth {
			t.Errorf("%q is worth %d, want %d", word, l.worth[word], worth)
		}
	}
	if first, later := common().worth["dragon"], common().worth[folded("kettle")]; first != worthOfFirst || later != worthOfListed {
		t.Errorf("dragon is worth %d, kettle %d", first, later)
	}
}

func TestUnpackRefusesDamage(t *testing.T) {
	for name, damaged := range map[string][]byte{
		"empty": nil, "no gzip": []byte("password\n"), "cut": compressed[:len(compressed)/2],
	} {
		t.Run(name, func(t *testing.T) {
			if text, err := unpack(damaged); err == nil {
				t.Errorf("got %d bytes and no error", len(text))
			}
		})
	}
}

// BenchmarkList is what the first new password pays.
func BenchmarkList(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		text, err := unpack(compressed)
		if err != nil {
			b.Fatal(err)
		}
		parseList(text)
	}
}
