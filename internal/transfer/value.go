package transfer

import (
	"errors"
	"math"
	"regexp"
	"strings"
)

// value is what a file says of one field, as it stands there.
type value struct {
	form form
	raw  string
}

// form is how values are written.
type form interface {
	// absent reports that the field is to keep what the record has.
	absent(raw string) bool
	text(raw string) (string, error)
	list(raw string) ([]string, error)
	flag(raw string) (bool, error)
}

func (v value) absent() bool            { return v.form.absent(v.raw) }
func (v value) text() (string, error)   { return v.form.text(v.raw) }
func (v value) list() ([]string, error) { return v.form.list(v.raw) }
func (v value) flag() (bool, error)     { return v.form.flag(v.raw) }

// cells are the values of CSV.
type cells struct{}

func (cells) absent(raw string) bool            { return raw == "" }
func (cells) text(raw string) (string, error)   { return cell(raw).text() }
func (cells) list(raw string) ([]string, error) { return cell(raw).list() }
func (cells) flag(raw string) (bool, error)     { return cell(raw).flag() }

// cell is a value in CSV, without outer white space; doc.go has its rules.
type cell string

// clearing is the cell that empties a field.
const clearing cell = "-"

func (c cell) text() (string, error) {
	if c == clearing {
		return "", nil
	}
	return c.unguard(), nil
}

// formula finds what spreadsheets read as the start of a formula (OWASP, "CSV
// Injection"; ASVS 5.0, 1.2.10), or the guard itself, where a cell begins. Where
// a comma separates decimals they take semicolons for what separates cells: so
// each is a beginning too.
var formula, guardedFormula = regexp.MustCompile(`(^|;)(` + formulaStart + `)`), regexp.MustCompile(`(^|;)'(` + formulaStart + `)`)

const formulaStart = `["\s\pZ]*[-=+@'＝＋－＠]`

// guard puts an apostrophe before each formula of a text. Most begin with a
// letter or digit, and only there.
func guard(s string) cell {
	if s == "" || isAlphanumeric(s[0]) && !strings.Contains(s, ";") {
		return cell(s)
	}
	return cell(formula.ReplaceAllString(s, "$1'$2"))
}

func isAlphanumeric(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}

// unguard drops the apostrophes that protect a cell from spreadsheets.
func (c cell) unguard() string {
	if !strings.Contains(string(c), "'") {
		return string(c)
	}
	return guardedFormula.ReplaceAllString(string(c), "$1$2")
}

func (c cell) list() ([]string, error) {
	list := []string{}
	if c == clearing {
		return list, nil
	}
	var item strings.Builder
	escaped := false
	for _, r := range c.unguard() {
		switch {
		case escaped:
			item.WriteRune(r)
			escaped = false
		case r == '\\':
			escaped = true
		case r == ';':
			list = append(list, item.String())
			item.Reset()
		default:
			item.WriteRune(r)
		}
	}
	if escaped {
		return nil, errors.New(`it ends with a single backslash; write \\`)
	}
	return dropEmpty(append(list, item.String())), nil
}

// dropEmpty forgives a semicolon too many.
func dropEmpty(list []string) []string {
	kept := list[:0]
	for _, item := range list {
		if strings.TrimSpace(item) != "" {
			kept = append(kept, item)
		}
	}
	return kept
}

func (c cell) flag() (bool, error) {
	switch strings.ToLower(string(c)) {
	case "true", "yes", "1":
		return true, nil
	case "false", "no", "0":
		return false, nil
	}
	return false, errors.New("write true or false")
}

// state is how far a field of a row can be used.
type state uint8

const (
	absent state = iota
	given
	faulty // given, and a problem is told of it
)

// opt is a field of a row.
type opt[T any] struct {
	value T
	line  int32
	state state
}

// into sets *field where the file gives a value.
func (o opt[T]) into(field *T) {
	if o.state == given {
		*field = o.value
	}
}

// bind reads a field: get takes it out of the file's form, check brings it
// into the directory's.
func bind[T any](o *opt[T], line int, raw value, get func(value) (T, error), check func(T) (T, error)) error {
	o.line, o.state = int32(min(line, math.MaxInt32)), faulty // #nosec G115 -- it is no larger
	v, err := get(raw)
	if err != nil {
		return err
	}
	if o.value, err = check(v); err != nil {
		return err
	}
	o.state = given
	return nil
}
