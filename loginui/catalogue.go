package loginui

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"golang.org/x/text/language"
)

// fallback is the language of people whose languages we do not have, and the
// one that the others are compared with.
const fallback = "en"

// maxAcceptLanguage bounds what is parsed of a stranger's header, in bytes.
const maxAcceptLanguage = 512

// catalogue holds every text in every language.
type catalogue struct {
	matcher   language.Matcher
	languages []*texts // in the order of the matcher's tags, fallback first
}

// texts are the texts of one language by key.
type texts struct {
	tag  language.Tag
	text map[string]text
}

// loadCatalogue reads LANGUAGE.json from every file of dir and refuses a
// language that has gaps.
func loadCatalogue(dir fs.FS) (*catalogue, error) {
	names, err := fs.Glob(dir, "*.json")
	if err != nil {
		return nil, fmt.Errorf("listing languages: %w", err)
	}
	all := make(map[string]*texts, len(names))
	for _, name := range names {
		t, err := loadTexts(dir, name)
		if err != nil {
			return nil, fmt.Errorf("loading texts %s: %w", name, err)
		}
		all[strings.TrimSuffix(path.Base(name), ".json")] = t
	}
	return newCatalogue(all)
}

func loadTexts(dir fs.FS, name string) (*texts, error) {
	tag, err := language.Parse(strings.TrimSuffix(name, ".json"))
	if err != nil {
		return nil, fmt.Errorf("file name is no language: %w", err)
	}
	raw, err := fs.ReadFile(dir, name)
	if err != nil {
		return nil, err
	}
	var flat map[string]string
	if err := json.Unmarshal(raw, &flat); err != nil {
		return nil, fmt.Errorf("parsing: %w", err)
	}
	t := &texts{tag: tag, text: make(map[string]text, len(flat))}
	for key, value := range flat {
		t.text[key] = parseText(value)
	}
	return t, nil
}

func newCatalogue(all map[string]*texts) (*catalogue, error) {
	base, ok := all[fallback]
	if !ok {
		return nil, fmt.Errorf("no texts in the default language %q", fallback)
	}
	c := &catalogue{languages: []*texts{base}}
	tags := []language.Tag{base.tag}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if err := all[name].compare(base); err != nil {
			return nil, fmt.Errorf("language %s: %w", name, err)
		}
		if name != fallback {
			c.languages = append(c.languages, all[name])
			tags = append(tags, all[name].tag)
		}
	}
	c.matcher = language.NewMatcher(tags)
	return c, nil
}

// match returns the texts that suit an Accept-Language header best. A header
// that is malformed or too long counts as none.
func (c *catalogue) match(acceptLanguage string) *texts {
	if len(acceptLanguage) > maxAcceptLanguage {
		acceptLanguage = ""
	}
	tags, _, err := language.ParseAcceptLanguage(acceptLanguage)
	if err != nil {
		tags = nil
	}
	_, index, _ := c.matcher.Match(tags...)
	return c.languages[index]
}

// compare reports the first key that t lacks or has beyond base, or whose
// placeholders differ. Plural forms are each language's own; it needs "other".
func (t *texts) compare(base *texts) error {
	for _, key := range slices.Sorted(maps.Keys(base.text)) {
		theirs, ok := t.text[key]
		switch {
		case !ok && isPluralForm(key) && !strings.HasSuffix(key, ".other"):
		case !ok:
			return fmt.Errorf("no text %q", key)
		case !slices.Equal(theirs.placeholders(), base.text[key].placeholders()):
			return fmt.Errorf("text %q: placeholders %q instead of %q", key, theirs.placeholders(), base.text[key].placeholders())
		}
	}
	for _, key := range slices.Sorted(maps.Keys(t.text)) {
		if _, ok := base.text[key]; !ok && !isPluralForm(key) {
			return fmt.Errorf("text %q is unknown in %s", key, base.tag)
		}
	}
	return nil
}

func isPluralForm(key string) bool { return strings.HasPrefix(key, "unit.") }
