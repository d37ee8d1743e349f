package password

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

func TestWorth(t *testing.T) {
	for name, c := range map[string]struct {
		password string
		context  []string
		want     int
	}{
		"nothing":                        {"", nil, 0},
		"unknown characters":             {"qzvx", nil, 4 * worthOfCharacter},
		"digits":                         {"9406", nil, 4 * worthOfDigit},
		"digits of another script":       {"٩٤٠٦", nil, 4 * worthOfDigit},
		"of the first thousand":          {"dragon", nil, worthOfFirst},
		"of the rest":                    {"kettle", nil, worthOfListed},
		"of the context":                 {"harper", []string{"harper"}, worthOfContext},
		"with a tail":                    {"dragon2026!", nil, worthOfFirst + worthOfTail},
		"tail after context":             {"harper2026!", []string{"harper"}, worthOfContext + worthOfTail},
		"tail too long":                  {"harper2026!?", []string{"harper"}, worthOfContext + worthOfTail + worthOfCharacter},
		"no tail of letters":             {"dragonqz", nil, worthOfFirst + 2*worthOfCharacter},
		"no tail of emoji":               {"harper🌵🛶", []string{"harper"}, worthOfContext + 2*worthOfCharacter},
		"no tail in front":               {"!!harper", []string{"harper"}, 2*worthOfCharacter + worthOfContext},
		"repeated":                       {"qzvxqzvxqzvx", nil, 4*worthOfCharacter + worthOfPattern},
		"repeated in another case":       {"qzvxQZVX", nil, 4*worthOfCharacter + worthOfPattern},
		"two characters are no repeat":   {"qzvxqz", nil, 6 * worthOfCharacter},
		"a row":                          {"klmnopq", nil, worthOfPattern},
		"a row in any case":              {"kLmNoPq", nil, worthOfPattern},
		"a row backwards":                {"qponmlk", nil, worthOfPattern},
		"three are no row":               {"klm", nil, 3 * worthOfCharacter},
		"a row that turns":               {"qrstsrq", nil, worthOfPattern + 3*worthOfCharacter},
		"cheapest cut, not the first":    {"passworddragon", nil, 2 * worthOfFirst},
		"a word that begins another one": {"dragonfly", nil, worthOfListed},
	} {
		t.Run(name, func(t *testing.T) {
			if got := newCandidate(c.password, c.context).worth(); got != c.want {
				t.Errorf("%q is worth %d, want %d", c.password, got, c.want)
			}
		})
	}
}

func TestFold(t *testing.T) {
	for text, want := range map[string]string{
		"P@$$w0rd": "password", "P45SWORD": "password", "!1|lLiI": "iiiiiii", "7ra+3": "trate", "8a8y": "baby",
		"ÀÉÎÕÜñçŘ": "aeiouncr", "ＡｂＣ": "abc", "İstanbul": "istanbui", "ﬁ": "f",
		"Пароль": "пароль", "Ёж": "ёж", "王芳": "王芳", "296 ?": "296 ?", "": "",
	} {
		if got := folded(text); got != want {
			t.Errorf("%q folds to %q, want %q", text, got, want)
		}
	}
}

func TestContextWords(t *testing.T) {
	for name, c := range map[string]struct {
		texts, want []string
	}{
		"an address":           {[]string{"quinn84@acme.example"}, []string{"quinnbaaacme.exampie", "quinnba", "acme", "exampie", "quinn"}},
		"a name":               {[]string{"José O'Hara"}, []string{"jose o'hara", "jose", "hara"}},
		"a name with marks":    {[]string{"शर्मा"}, []string{"शर्मा"}},
		"a decomposed name":    {[]string{norm.NFD.String("José")}, []string{"jose"}},
		"the same twice":       {[]string{"Acme", "ACME"}, []string{"acme"}},
		"too short":            {[]string{"Bo", "x", "é", ""}, nil},
		"short in letters":     {[]string{"王芳"}, []string{"王芳"}},
		"short only in pieces": {[]string{"j.d@ab.io"}, []string{"j.daab.io"}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := contextWords(c.texts); !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
	var many []string
	for i := range 10 * maxContext {
		many = append(many, "word"+string(rune('一'+i)))
	}
	if got := contextWords([]string{strings.Join(many, " ")}); len(got) != maxContext {
		t.Errorf("%d words of a long text", len(got))
	}
}

func TestEnough(t *testing.T) {
	for least, want := range map[int]int{8: 7, 10: 9, 12: 11, 15: 11, 64: 11} {
		if got := enough(least); got != want {
			t.Errorf("with at least %d characters %d is enough, want %d", least, got, want)
		}
	}
}

// TestFourRandomWordsPass draws from the worst words there are.
func TestFourRandomWordsPass(t *testing.T) {
	letters := func(word string) bool { return strings.Trim(word, "abcdefghijklmnopqrstuvwxyz") == "" }
	words := slices.DeleteFunc(listedWords(t)[:sizeOfFirst], func(word string) bool { return !letters(word) })
	random := rand.New(rand.NewPCG(1, 2))
	for range 5000 {
		random.Shuffle(len(words), func(i, j int) { words[i], words[j] = words[j], words[i] })
		if phrase := strings.Join(words[:4], " "); verdict(t, phrase, 0) != "" {
			t.Errorf("refused %q", phrase)
		}
	}
}

// most bounds the pieces of a password of n characters: repetitions and rows of
// each length, and words with each tail.
func most(n int) int {
	return n * (1 + 2*n + (1+longestTail)*(common().longest+maxContext))
}

func pieces(password string, context []string) int {
	n := 0
	c := newCandidate(password, contextWords(context))
	for from := range c.characters {
		c.pieces(from, func(int, int) { n++ })
	}
	return n
}

// TestWorkIsBounded: whoever sets a password chooses what is worked on.
func TestWorkIsBounded(t *testing.T) {
	for name, text := range map[string]string{
		"one character": "a", "a word": "password", "words in words": "passwordsforeverylovesummer1234", "look-alikes": "@4e3i1|!0$57",
		"a row": "abcdefghijklmnopqrstuvwxyz", "grows in NFC": "\u0344", "signs": "\u093f\u0902",
	} {
		t.Run(name, func(t *testing.T) {
			password := strings.Repeat(text, MaxBytes/len(text))
			context := slices.Repeat([]string{password, strings.Repeat(text+" ", 10_000)}, 10)
			if n, bound := pieces(norm.NFC.String(password), context), most(MaxBytes); n > bound {
				t.Errorf("%d pieces, more than %d", n, bound)
			}
		})
	}
}

func FuzzCheckNew(f *testing.F) {
	f.Add("violet kettle drums softly", "olivia@example.com")
	f.Add("P@ssw0rd!P@ssw0rd!", "Olivia Harper")
	f.Add("Pässwörd 2026 王芳", "王芳")
	f.Add("e\u0301\u0344 \U0001F469\u200d\U0001F4BB abcdefgh", "İ\u0345ß\xff")
	f.Fuzz(func(t *testing.T, password, context string) {
		alone, known := verdict(t, password, LowestMinLength), verdict(t, password, LowestMinLength, context)
		if alone == Personal || known != alone && (alone != "" || known != Personal) {
			t.Errorf("%q by itself, %q with a context", alone, known)
		}
		normal := norm.NFC.String(password)
		if known == "" && (len(normal) > MaxBytes || utf8.RuneCountInString(normal) < LowestMinLength) {
			t.Errorf("accepted %d bytes", len(normal))
		}
		if len(normal) > MaxBytes || !utf8.ValidString(password) {
			return
		}
		if other := norm.NFD.String(password); len(other) <= maxInput && verdict(t, other, LowestMinLength) != alone {
			t.Errorf("%q when decomposed, %q as typed", verdict(t, other, LowestMinLength), alone)
		}
		if n, bound := pieces(normal, []string{context}), most(utf8.RuneCountInString(normal)); n > bound {
			t.Errorf("%d pieces, more than %d", n, bound)
		}
	})
}

func BenchmarkCheckNew(b *testing.B) {
	for name, password := range map[string]string{
		"phrase": "violet kettle drums softly", "longest": strings.Repeat("password1qaz2wsx", MaxBytes/16),
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				_ = CheckNew(password, 0, olivia...)
			}
		})
	}
}
