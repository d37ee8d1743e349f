package loginui

import (
	"fmt"
	"html/template"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/feature/plural"
)

// text is a text of the catalogue, cut at its {placeholders}.
type text []part

// part is a literal, or a placeholder to be filled by the argument of its name.
type part struct {
	literal string
	name    string
}

func parseText(s string) text {
	var t text
	for s != "" {
		before, rest, found := strings.Cut(s, "{")
		name, after, closed := strings.Cut(rest, "}")
		if !found || !closed {
			return append(t, part{literal: s})
		}
		if before != "" {
			t = append(t, part{literal: before})
		}
		t = append(t, part{name: name})
		s = after
	}
	return t
}

// placeholders returns the names in t, sorted.
func (t text) placeholders() []string {
	var names []string
	for _, p := range t {
		if p.name != "" {
			names = append(names, p.name)
		}
	}
	slices.Sort(names)
	return names
}

// withoutSupport marks the sibling of a text with {support} that is used where
// no support address is configured.
const withoutSupport = ".without_support"

// notation is how a text is written: as plain text or as HTML.
type notation struct {
	literal func(string) string
	value   func(name, value string) string
}

var (
	asPlain = notation{
		literal: func(s string) string { return s },
		value:   func(_, v string) string { return v },
	}
	// asHTML isolates values from the direction of the text around them, and
	// makes a support address a link.
	asHTML = notation{literal: escapeLiteral, value: htmlValue}
	// asLinkText is asHTML for the inside of a link, where no other may stand.
	asLinkText = notation{literal: escapeLiteral, value: func(_, v string) string { return isolate(v) }}
)

// format writes the text of key with its placeholders filled from args. An
// unknown key and a placeholder without argument are errors.
func (t *texts) format(f notation, key string, args map[string]string) (string, error) {
	if sibling := key + withoutSupport; args["support"] == "" && t.has(sibling) {
		key = sibling
	}
	parts, ok := t.text[key]
	if !ok {
		return "", fmt.Errorf("no text %q in %s", key, t.tag)
	}
	var b strings.Builder
	for _, p := range parts {
		if p.name == "" {
			b.WriteString(f.literal(p.literal))
			continue
		}
		value, ok := args[p.name]
		if !ok {
			return "", fmt.Errorf("text %q: no value for {%s}", key, p.name)
		}
		b.WriteString(t.value(f, p.name, clean(value)))
	}
	return b.String(), nil
}

// value writes one argument. A number whose name is a unit of the catalogue
// becomes a phrase: "minutes" 5 is "5 minutes", in the language's plural form.
// A wait, which is a time.Duration as text, is told in the unit that suits it.
func (t *texts) value(f notation, name, value string) string {
	if name == "wait" {
		name, value = waitUnit(value)
	}
	n, err := strconv.Atoi(value)
	unit := "unit." + name + "."
	if err != nil || !t.has(unit+"other") {
		return f.value(name, value)
	}
	key := unit + pluralForms[plural.Cardinal.MatchPlural(t.tag, n, 0, 0, 0, 0)]
	if !t.has(key) {
		key = unit + "other"
	}
	var b strings.Builder
	for _, p := range t.text[key] {
		if p.name != "" {
			p.literal = value
		}
		b.WriteString(f.literal(p.literal))
	}
	return b.String()
}

// waitUnit is a wait in seconds, minutes or hours, rounded up: who comes back
// when it is over is not told to wait again.
func waitUnit(wait string) (unit, n string) {
	d, err := time.ParseDuration(wait)
	switch {
	case err != nil:
		return "wait", wait
	case d <= 59*time.Second:
		return "seconds", inUnits(d, time.Second)
	case d <= 119*time.Minute:
		return "minutes", inUnits(d, time.Minute)
	}
	return "hours", inUnits(d, time.Hour)
}

func inUnits(d, unit time.Duration) string {
	return strconv.FormatInt(int64(max((d+unit-1)/unit, 1)), 10)
}

// pluralForms are CLDR's names of the plural categories.
var pluralForms = map[plural.Form]string{
	plural.Other: "other", plural.Zero: "zero", plural.One: "one",
	plural.Two: "two", plural.Few: "few", plural.Many: "many",
}

func (t *texts) has(key string) bool {
	_, ok := t.text[key]
	return ok
}

// literalEscaper is enough for the content of elements. Apostrophes stay, so
// that a page's source reads like the text.
var literalEscaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

func escapeLiteral(s string) string { return literalEscaper.Replace(s) }

func htmlValue(name, value string) string {
	if name == "support" {
		return string(mailto(value))
	}
	return isolate(value)
}

// markup has html/template take a text as it is. Nothing else does: all data in
// it went through isolate, mailto or a notation, which escape.
func markup(escaped string) template.HTML {
	return template.HTML(escaped) // #nosec G203 -- see above; hostile_test.go holds the callers to it
}

// isolate writes data for people to read, in its own direction.
func isolate(value string) string {
	return "<bdi>" + template.HTMLEscapeString(clean(value)) + "</bdi>"
}

// mailto is a link that writes to an address (RFC 6068).
func mailto(address string) template.HTML {
	target := url.URL{Scheme: "mailto", Opaque: url.PathEscape(clean(address))}
	return markup(`<a href="` + template.HTMLEscapeString(target.String()) + `">` + isolate(address) + `</a>`)
}

// clean takes out of data what could change how the text around it looks:
// control characters and line ends become spaces, the explicit marks of
// direction (Unicode UAX #9, 2.1 to 2.6) disappear.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Bidi_Control, r):
			return -1
		case unicode.IsControl(r), r == '\u2028', r == '\u2029':
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
}
