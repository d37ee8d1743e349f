package loginui

import (
	"html/template"
	"strings"
)

// fieldKind is how a field is typed and what browsers may fill in (WHATWG
// HTML, 4.10.18.7; WCAG 2.2, 1.3.5).
type fieldKind struct {
	Type         string
	Autocomplete string
	InputMode    string
	Optional     bool
	Verbatim     bool // no capitals, no spelling
	First        bool // what the page is about: takes the focus
}

var fieldKinds = map[string]fieldKind{
	"email":            {Type: "email", Autocomplete: "username", InputMode: "email", Verbatim: true, First: true},
	"code":             {Type: "text", Autocomplete: "one-time-code", InputMode: "numeric", Verbatim: true, First: true},
	"password":         {Type: "password", Autocomplete: "current-password", Verbatim: true, First: true},
	"current_password": {Type: "password", Autocomplete: "current-password", Verbatim: true, First: true},
	"new_password":     {Type: "password", Autocomplete: "new-password", Verbatim: true, First: true},
	"given_name":       {Type: "text", Autocomplete: "given-name"},
	"family_name":      {Type: "text", Autocomplete: "family-name"},
	"phone":            {Type: "tel", Autocomplete: "tel", InputMode: "tel", Optional: true},
	"job_title":        {Type: "text", Autocomplete: "organization-title", Optional: true},
}

// field is a labelled field of a form.
type field struct {
	fieldKind
	Name, Value string
	Label       string
	Optional    string // the word for it; empty for a required field
	Hint        template.HTML
	Problem     template.HTML
	Focus       bool
	DescribedBy string // ids of the notice, hint and problem there are
}

// kindOf is the kind of the field of that name: beside a new password, the other
// one is the current one.
func (v *view) kindOf(name string) string {
	if _, ok := v.Page.(NewPassword); ok && name == "password" {
		return "current_password"
	}
	return name
}

// Field is the field of that name; label, hint and kind follow from the name.
func (v *view) Field(name, value string) (field, error) {
	kind := v.kindOf(name)
	f := field{fieldKind: fieldKinds[kind], Name: name, Value: clean(value)}
	var err error
	if f.Label, err = v.Plain("field." + kind + ".label"); err != nil {
		return field{}, err
	}
	if f.fieldKind.Optional {
		if f.Optional, err = v.Plain("layout.optional"); err != nil {
			return field{}, err
		}
	}
	if hint := "field." + kind + ".hint"; v.texts.has(hint) {
		if f.Hint, err = v.Text(hint, v.hintArgs()...); err != nil {
			return field{}, err
		}
	}
	if f.Problem, err = v.fieldProblem(name); err != nil {
		return field{}, err
	}
	f.Focus = f.First && v.Form().Problem == nil && !v.second(name)
	f.DescribedBy, err = v.describedBy(f)
	return f, err
}

// second reports whether another field of the page takes the focus.
func (v *view) second(name string) bool {
	p, ok := v.Page.(NewPassword)
	return ok && p.Current && name == "new_password"
}

// hintArgs fill the hint of a field.
func (v *view) hintArgs() []any {
	if p, ok := v.Page.(NewPassword); ok {
		return []any{"characters", p.Characters}
	}
	return nil
}

// describedBy names what is read out with a field. A field that takes the
// focus also reads the notice, which would be passed over otherwise.
func (v *view) describedBy(f field) (string, error) {
	note, err := v.Notice()
	if err != nil {
		return "", err
	}
	var ids []string
	if note != nil && f.Focus {
		ids = append(ids, "notice")
	}
	if f.Hint != "" {
		ids = append(ids, f.Name+"-hint")
	}
	if f.Problem != "" {
		ids = append(ids, f.Name+"-problem")
	}
	return strings.Join(ids, " "), nil
}
