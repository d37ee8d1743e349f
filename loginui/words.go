package loginui

import (
	"fmt"
	"html/template"
	"maps"
	"strconv"
	"time"
)

// words are the texts of one language as templates use them. {support} and
// {brand} are filled in every text; further arguments follow the key as pairs
// of name and value, or as one map.
type words struct {
	texts *texts
	frame Frame
}

// Text is a text as HTML, for the content of elements.
func (w words) Text(key string, args ...any) (template.HTML, error) {
	s, err := w.format(asHTML, key, args)
	return markup(s), err
}

// LinkText is a text as HTML for the inside of a link or button.
func (w words) LinkText(key string, args ...any) (template.HTML, error) {
	s, err := w.format(asLinkText, key, args)
	return markup(s), err
}

// Plain is a text without markup, for titles, attributes and plain mails.
func (w words) Plain(key string, args ...any) (string, error) {
	return w.format(asPlain, key, args)
}

func (w words) format(f notation, key string, args []any) (string, error) {
	named, err := argsByName(args)
	if err != nil {
		return "", fmt.Errorf("text %q: %w", key, err)
	}
	all := map[string]string{"brand": w.Brand(), "support": w.frame.Support}
	maps.Copy(all, named)
	return w.texts.format(f, key, all)
}

// argsByName reads pairs of name and value, or a single map.
func argsByName(args []any) (map[string]string, error) {
	if len(args) == 1 {
		if named, ok := args[0].(map[string]string); ok {
			return named, nil
		}
	}
	if len(args)%2 != 0 {
		return nil, fmt.Errorf("%d arguments are not pairs", len(args))
	}
	named := make(map[string]string, len(args)/2)
	for i := 0; i < len(args); i += 2 {
		named[fmt.Sprint(args[i])] = fmt.Sprint(args[i+1])
	}
	return named, nil
}

// Brand is the operator's name, or ours.
func (w words) Brand() string {
	if name := clean(w.frame.Brand.Name); name != "" {
		return name
	}
	name, _ := w.texts.format(asPlain, "brand.default", nil)
	return name
}

// PlatformName names a platform; one that the catalogue does not know is
// named by itself.
func (w words) PlatformName(platform string) (string, error) {
	return w.known(platform, "platform."+platform+".name")
}

// known is the text of key, or name where there is none.
func (w words) known(name, key string) (string, error) {
	if !w.texts.has(key) {
		return clean(name), nil
	}
	return w.Plain(key)
}

// Date is a point in time in words, in UTC.
func (w words) Date(t time.Time) (string, error) {
	t = t.UTC()
	month, err := w.Plain("date.month." + strconv.Itoa(int(t.Month())))
	if err != nil {
		return "", err
	}
	return w.Plain("date.text", "day", t.Day(), "month", month, "year", t.Year(), "time", t.Format("15:04"))
}

// Time is a point in time as an element.
func (w words) Time(t time.Time) (template.HTML, error) {
	text, err := w.Date(t)
	return markup(`<time datetime="` + t.UTC().Format(time.RFC3339) + `">` + escapeLiteral(text) + `</time>`), err
}

// Dated is a text as HTML whose {date} is a point in time.
func (w words) Dated(key string, t time.Time) (template.HTML, error) {
	element, err := w.Time(t)
	if err != nil {
		return "", err
	}
	withTime := notation{literal: escapeLiteral, value: func(_, _ string) string { return string(element) }}
	s, err := w.format(withTime, key, []any{"date", t})
	return markup(s), err
}

// Language is the language of the texts, as BCP 47 writes it.
func (w words) Language() string { return w.texts.tag.String() }

// Isolate writes data in its own direction.
func (w words) Isolate(value string) template.HTML { return markup(isolate(value)) }

// Mailto is a link that writes to an address.
func (w words) Mailto(address string) template.HTML { return mailto(address) }
