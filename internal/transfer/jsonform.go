package transfer

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// jsonForm are the values of JSON, which have to be well-formed.
type jsonForm struct{}

func (jsonForm) absent(raw string) bool { return raw == "null" }

func (jsonForm) text(raw string) (string, error) {
	if plain(raw) {
		return raw[1 : len(raw)-1], nil
	}
	var s string
	if err := json.Unmarshal([]byte(raw), &s); err != nil {
		return "", errors.New(`write a text in quotes, as in "abc"`)
	}
	return s, nil
}

// plain reports whether raw is a text that stands there as it is: of ASCII,
// without a backslash.
func plain(raw string) bool {
	for i := range len(raw) {
		if raw[i] == '\\' || raw[i] >= 0x80 {
			return false
		}
	}
	return raw[0] == '"'
}

func (f jsonForm) list(raw string) ([]string, error) {
	list := []string{}
	if raw[0] != '[' {
		return nil, errList
	}
	for i := following(raw, 1); raw[i] != ']'; i = following(raw, i) {
		end := valueEnd(raw, i)
		item, err := f.text(raw[i:end])
		if err != nil || raw[i] != '"' {
			return nil, errList
		}
		list, i = append(list, item), end
	}
	return list, nil
}

var errList = errors.New(`write a list of texts, as in ["a", "b"]`)

func (jsonForm) flag(raw string) (bool, error) {
	if raw != "true" && raw != "false" {
		return false, errors.New("write true or false, without quotes")
	}
	return raw == "true", nil
}

// objectFields takes a well-formed value apart, with the line of each field.
// They are good until the next.
func (in *intake) objectFields(raw string, line int) ([]entryField, error) {
	if raw == "" || raw[0] != '{' {
		return nil, errors.New("a record must be an object")
	}
	in.fields = in.fields[:0]
	counted := 0
	for i := following(raw, 1); raw[i] != '}'; i = following(raw, i) {
		end := valueEnd(raw, i)
		name, err := jsonForm{}.text(raw[i:end])
		if err != nil {
			return nil, err
		}
		line += strings.Count(raw[counted:end], "\n")
		counted = end
		i = following(raw, end)
		end = valueEnd(raw, i)
		if len(in.fields) == maxFields {
			return nil, fmt.Errorf("more than %d fields", maxFields)
		}
		in.fields = append(in.fields, entryField{name, line, value{jsonForm{}, raw[i:end]}})
		i = end
	}
	return in.fields, nil
}

// following returns where the next value, or the end, of an object or list is.
func following(raw string, i int) int {
	for strings.IndexByte(" \t\r\n,:", raw[i]) >= 0 {
		i++
	}
	return i
}

// valueEnd returns the end of the value that begins at i.
func valueEnd(raw string, i int) int {
	depth := 0
	for ; ; i++ {
		switch raw[i] {
		case '"':
			i = textEnd(raw, i+1)
		case '{', '[':
			depth++
			continue
		case '}', ']':
			depth--
		default:
			if depth == 0 {
				return scalarEnd(raw, i)
			}
			continue
		}
		if depth == 0 {
			return i + 1
		}
	}
}

// textEnd returns where the closing quotation mark is.
func textEnd(raw string, i int) int {
	for ; raw[i] != '"'; i++ {
		if raw[i] == '\\' {
			i++
		}
	}
	return i
}

func scalarEnd(raw string, i int) int {
	if n := strings.IndexAny(raw[i:], " \t\r\n,:]}"); n >= 0 {
		return i + n
	}
	return len(raw)
}
