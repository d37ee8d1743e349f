package loginui

import (
	"strings"
	"testing"
	"time"
)

// polish has more plural forms than English.
const polish = `{
	"unit.minutes.one": "{n} minuta", "unit.minutes.few": "{n} minuty", "unit.minutes.many": "{n} minut",
	"unit.minutes.other": "{n} minuty", "wait": "Czekaj {minutes}.", "who": "<b> {name} & {support}", "who.without_support": "{name}"
}`

func TestFormat(t *testing.T) {
	c, err := loadCatalogue(mapFS(map[string]string{"en.json": strings.ReplaceAll(polish, `"unit.minutes.few": "{n} minuty", `, ""), "pl.json": polish}))
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name     string
		notation notation
		key      string
		args     map[string]string
		want     string
	}{
		{"one", asPlain, "wait", map[string]string{"minutes": "1"}, "Czekaj 1 minuta."},
		{"few", asPlain, "wait", map[string]string{"minutes": "3"}, "Czekaj 3 minuty."},
		{"many", asHTML, "wait", map[string]string{"minutes": "5"}, "Czekaj 5 minut."},
		{"no number", asPlain, "wait", map[string]string{"minutes": "a while"}, "Czekaj a while."},
		{"support", asPlain, "who", map[string]string{"name": "A", "support": "b@c.example"}, "<b> A & b@c.example"},
		{"no support", asPlain, "who", map[string]string{"name": "A"}, "A"},
		{"HTML", asHTML, "who", map[string]string{"name": "<i>", "support": "b?c&d@e.example"},
			`&lt;b&gt; <bdi>&lt;i&gt;</bdi> &amp; <a href="mailto:b%3Fc&amp;d@e.example"><bdi>b?c&amp;d@e.example</bdi></a>`},
		{"inside a link", asLinkText, "who", map[string]string{"name": "A", "support": "b@c.example"},
			`&lt;b&gt; <bdi>A</bdi> &amp; <bdi>b@c.example</bdi>`},
		{"placeholder in a value", asPlain, "who", map[string]string{"name": "{support}"}, "{support}"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := c.match("pl").format(test.notation, test.key, test.args)
			if err != nil || got != test.want {
				t.Errorf("got %q, %v, want %q", got, err, test.want)
			}
		})
	}
}

func TestWait(t *testing.T) {
	texts := newTestRenderer(t).catalogue.languages[0]
	for wait, want := range map[string]string{
		"1ns": "1 second", "1s": "1 second", "1.5s": "2 seconds", "30s": "30 seconds", "58.1s": "59 seconds", "59s": "59 seconds",
		"59.001s": "1 minute", "1m0s": "1 minute", "1m0.5s": "2 minutes", "15m0s": "15 minutes", "1h0m0s": "60 minutes", "1h59m0s": "119 minutes",
		"1h59m0.001s": "2 hours", "2h0m0s": "2 hours", "2h0m0.1s": "3 hours", "24h0m0s": "24 hours",
		"0s": "1 second", "-5m": "1 second", "a while": "a while",
	} {
		got, err := texts.format(asPlain, "problem.too_many", map[string]string{"wait": wait})
		if want := "There were too many attempts. Wait " + want + ", then try again."; err != nil || got != want {
			t.Errorf("%s: %q, %v, want %q", wait, got, err, want)
		}
	}
}

func TestClean(t *testing.T) {
	tests := map[string]string{
		"plain":            "plain",
		"a\r\nBcc: b":      "a  Bcc: b",
		"a\x00\x1b\u0085b": "a   b",
		"\u202eabc\u2069":  "abc",
		"a\u2028b":         "a b",
		"a\xffb":           "a\uFFFDb",
		"Ünï 日本 עברית":     "Ünï 日本 עברית",
	}
	for in, want := range tests {
		t.Run(want, func(t *testing.T) {
			if got := clean(in); got != want {
				t.Errorf("clean(%q) = %q, want %q", in, got, want)
			}
		})
	}
}

func TestDate(t *testing.T) {
	w := words{texts: newTestRenderer(t).catalogue.languages[0]}
	for month := time.January; month <= time.December; month++ {
		at := time.Date(2026, month, 2, 1, 4, 0, 0, time.FixedZone("UTC+2", 2*60*60))
		got, err := w.Date(at)
		if want := at.UTC().Format("2 January 2006, 15:04 UTC"); err != nil || got != want {
			t.Errorf("date %q, %v, want %q", got, err, want)
		}
	}
}

func TestGroups(t *testing.T) {
	for code, want := range map[string]string{"12345678": "1234 5678", "123456": "1234 56", "1234": "1234", "": ""} {
		t.Run(code, func(t *testing.T) {
			v := tokenMailView{TokenMail: TokenMail{Code: code}}
			if got := v.Groups(); got != want {
				t.Errorf("groups %q, want %q", got, want)
			}
		})
	}
}
