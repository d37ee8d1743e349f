package journey

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
)

// FuzzProfile: what is kept of what people say of themselves is short, in one
// line, reads as it stands there, and stays the same when it is typed again.
func FuzzProfile(f *testing.F) {
	f.Add(" Ann ", "Archer", "+1 (555) 0100", "CEO")
	f.Add("a\u200db", "\u202eb", "\x00", "\xff")
	f.Add("Ann", "\u202eb", "", "")
	f.Add("Ann", "b", "\x00", "")
	f.Add("", "b", "\u2066x", "\ufeff")
	f.Add("{env.SECRET}", "<script>", "=1+1", "\u2028")
	f.Add(strings.Repeat("é", 100), strings.Repeat("é", 101), "", "\ue000")
	f.Fuzz(func(t *testing.T, given, family, phone, job string) {
		typed := Profile{GivenName: given, FamilyName: family, Phone: phone, JobTitle: job}
		kept, problem := cleanProfile(typed)
		if problem != nil {
			if problem.Field == "" || problem.Key == "" {
				t.Errorf("%+v: %+v", typed, problem)
			}
			return
		}
		for _, s := range []string{kept.GivenName, kept.FamilyName, kept.Phone, kept.JobTitle} {
			bad := func(r rune) bool {
				return unicode.IsControl(r) || strings.ContainsRune("\u061c\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2028\u2029\u2066\u2067\u2068\u2069\ufeff", r)
			}
			if utf8.RuneCountInString(s) > directory.MaxDetail || !utf8.ValidString(s) || strings.ContainsFunc(s, bad) || strings.TrimSpace(s) != s {
				t.Errorf("%q is kept", s)
			}
		}
		if again, problem := cleanProfile(kept); problem != nil || again != kept || kept.GivenName == "" || kept.FamilyName == "" {
			t.Errorf("%+v became %+v, and that %+v, %v", typed, kept, again, problem)
		}
	})
}

// FuzzClip: what is kept of a browser's name is text of bounded length, and
// the beginning of what is text in it.
func FuzzClip(f *testing.F) {
	f.Add("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", 20)
	f.Add(strings.Repeat("é", 200), 255)
	f.Add("\xe2\x82", 1)
	f.Add("😀", 3)
	f.Fuzz(func(t *testing.T, s string, most int) {
		if most < 0 {
			return // none is
		}
		kept := clip(s, most)
		if len(kept) > most || !utf8.ValidString(kept) || !strings.HasPrefix(strings.ToValidUTF8(s, ""), kept) || len(s) <= most && utf8.ValidString(s) && kept != s {
			t.Errorf("%q became %q", s, kept)
		}
	})
}
