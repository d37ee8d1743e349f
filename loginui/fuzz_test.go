package loginui

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"
)

// FuzzLanguage compares the choice of a language with a plain reading of
// RFC 9110, 12.5.4, and RFC 4647, 3.4, where there is one.
func FuzzLanguage(f *testing.F) {
	for _, seed := range []string{"", "de", "en", "de-AT,de;q=0.9,en;q=0.8", "en;q=0.5,de;q=0.6", "fr,de;q=0.1", "ja-JP;q=0.3, fr, de;q=0.2, en;q=0.1", "fr", "*", "de;q=0", "xx-YY, DE-ch", "en-GB;q=0.8, de;q=0.800", "de;q=x", strings.Repeat("de,", 400), "zh-Hant,\xff", "und,de", "de;q=1;x", "de-AT,de;q=0.1,en", "de-AT,en,de"} {
		f.Add(seed)
	}
	r := newTestRenderer(f)
	f.Fuzz(func(t *testing.T, header string) {
		got := r.catalogue.match(header).tag.String()
		if got != "en" && got != "de" {
			t.Fatalf("%q: %s", header, got)
		}
		if want, plain := plainLanguage(header); plain && got != want {
			t.Errorf("%q: %s, want %s", header, got, want)
		}
	})
}

// plainLanguage reads lists of some languages with weights; plain is false
// for any other, and where one language is wanted both more and less than the other: of
// "de-AT, en, de" either may be chosen.
func plainLanguage(header string) (language string, plain bool) {
	type wanted struct {
		language string
		weight   float64
	}
	var all []wanted
	for _, part := range strings.Split(header, ",") {
		tag, weight, weighted := strings.Cut(strings.Trim(part, " "), ";q=")
		q := 1.0
		if weighted {
			var err error
			if q, err = strconv.ParseFloat(weight, 64); err != nil || strings.Trim(weight, "0123456789.") != "" || weight[0] == '.' || q > 1 || len(weight) > 5 {
				return "", false
			}
		}
		switch tag {
		case "fr", "es", "ja-JP":
			continue
		case "de", "de-DE", "de-AT", "en", "en-US", "en-GB":
		default:
			return "", false
		}
		if q > 0 {
			all = append(all, wanted{tag[:2], q})
		}
	}
	slices.SortStableFunc(all, func(a, b wanted) int { return cmp.Compare(b.weight, a.weight) })
	all = slices.CompactFunc(all, func(a, b wanted) bool { return a.language == b.language })
	if len(all) == 0 {
		return "en", len(header) <= maxAcceptLanguage
	}
	return all[0].language, len(all) <= 2 && len(header) <= maxAcceptLanguage
}

// FuzzMail: a mail says in the same elements, in one line of subject and with
// one link, whatever strangers and the operator's own words put into it.
func FuzzMail(f *testing.F) {
	for _, value := range hostileValues {
		f.Add(value, value, value, "en")
	}
	f.Add("Acme & Söhne", "ann@acme.example", "2001:db8::1", "de-AT;q=0.9,*;q=x")
	r := newTestRenderer(f)
	mail := func(brand, address, ip, provider, languages string) (MailText, error) {
		return r.Mail(languages, TokenMail{
			Brand: Brand{Name: brand}, Platform: "client", Origin: "https://portal.msp.example", Address: address, Code: "12345678",
			Link: "https://portal.msp.example/frontdesk/sign-in?journey=J&token=x", Minutes: 10, Support: "help@msp.example", ClientIP: ip,
			Confirms: "idp", ConfirmsLabel: provider,
		})
	}
	want, err := mail("x", "x", "x", "x", "en")
	if err != nil {
		f.Fatal(err)
	}
	wantTags := tags(parseHTML(f, want.HTML))
	f.Fuzz(func(t *testing.T, brand, address, ip, languages string) {
		if brand == "" || address == "" || ip == "" {
			return // less is said then
		}
		m, err := mail(brand, address, ip, brand, languages)
		if err != nil {
			t.Fatal(err)
		}
		if m.Subject == "" || strings.ContainsFunc(m.Subject, unicode.IsControl) {
			t.Errorf("subject %q", m.Subject)
		}
		if got := tags(parseHTML(t, m.HTML)); got != wantTags {
			t.Errorf("elements %s, want %s", got, wantTags)
		}
		if !strings.Contains(m.Text, "https://portal.msp.example/frontdesk/sign-in?journey=J&token=x") || !strings.Contains(m.Text, "1234") {
			t.Errorf("no link or code in\n%s", m.Text)
		}
	})
}

// FuzzColour: a colour is # and six hexadecimal digits, or none.
func FuzzColour(f *testing.F) {
	for _, seed := range []string{"#0b5fff", "#ABCDEF", "0b5fff", "#fff", "#0b5fff;", "#0b5ffg", "##0b5ff"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		c, ok := parseColour(s)
		digits := strings.TrimPrefix(s, "#")
		if want := s == "#"+digits && len(digits) == 6 && strings.Trim(digits, "0123456789abcdefABCDEF") == ""; ok != want {
			t.Errorf("%q: %t", s, ok)
		}
		if ok && c.String() != strings.ToLower(s) {
			t.Errorf("%q became %s", s, c)
		}
	})
}
