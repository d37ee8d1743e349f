package loginui

import (
	"html/template"
	"maps"
	"slices"
	"strings"
)

// pages has one of each page, for parsing their templates.
var pages = []Page{
	Email{}, Platform{}, Method{}, Code{}, Link{}, LinkElsewhere{}, Password{}, NewPassword{}, Create{}, Stay{},
	Account{}, Enter{}, Session{}, SignOut{}, SignedOut{}, Message{},
}

func (Email) template() string         { return "email" }
func (Platform) template() string      { return "platform" }
func (Method) template() string        { return "method" }
func (Code) template() string          { return "code" }
func (Link) template() string          { return "link" }
func (LinkElsewhere) template() string { return "link_elsewhere" }
func (Password) template() string      { return "password" }
func (NewPassword) template() string   { return "new_password" }
func (Create) template() string        { return "create" }
func (Stay) template() string          { return "stay" }
func (Account) template() string       { return "account" }
func (Enter) template() string         { return "enter" }
func (Session) template() string       { return "session" }
func (SignOut) template() string       { return "sign_out" }
func (SignedOut) template() string     { return "signed_out" }
func (Message) template() string       { return "message" }

// form is promoted to the pages of a journey, by which the layout knows them.
func (f Form) form() Form { return f }

// view is what templates see: the page, its frame and words.
type view struct {
	words
	templates *template.Template
	assets    *assets
	Page      Page
}

// Title is the page's own, for its heading and the window's.
func (v *view) Title() (template.HTML, error) { return v.part("title") }

// Content is what stands on the page's card.
func (v *view) Content() (template.HTML, error) { return v.part("content") }

func (v *view) part(name string) (template.HTML, error) {
	var b strings.Builder
	err := v.templates.ExecuteTemplate(&b, v.Page.template()+":"+name, v)
	return template.HTML(b.String()), err // #nosec G203 -- html/template wrote it
}

// Frame is what stands around the card.
func (v *view) Frame() Frame { return v.frame }

// Form is the page's, empty for a page outside the journey.
func (v *view) Form() Form {
	if p, ok := v.Page.(interface{ form() Form }); ok {
		return p.form()
	}
	return Form{}
}

// Username is the address, for password managers.
func (v *view) Username() string { return clean(v.Form().Address) }

// Wide reports whether the page has more to show than one question.
func (v *view) Wide() bool { _, ok := v.Page.(Session); return ok }

// Identity is the address to show in the layout; the pages with a password show
// it in a field instead.
func (v *view) Identity() string {
	switch v.Page.(type) {
	case Password, NewPassword:
		return ""
	}
	return v.Form().Address
}

// Style is the address of the style sheet.
func (v *view) Style() string { return v.asset(v.assets.style.name) }

// Mark is the address of our own mark.
func (v *view) Mark() string { return v.asset(v.assets.mark.name) }

// Logo is the address of the operator's logo.
func (v *view) Logo() string { return v.asset("logo") }

// Accent is the address of the operator's colours; empty for the default.
func (v *view) Accent() string {
	c, ok := parseColour(v.frame.Brand.Accent)
	if !ok || c == defaultAccent {
		return ""
	}
	return v.asset(accent(c).name)
}

// InlineStyle is what the style sheets of a standalone page hold.
func (v *view) InlineStyle() template.CSS {
	return template.CSS(v.assets.inline(v.frame.Brand)) // #nosec G203 -- our own files, and colours that were parsed
}

func (v *view) asset(name string) string { return v.frame.Prefix + "/assets/" + name }

// anchors are the fields and questions that a page shows: what the summary of a
// problem can link to.
func anchors(p Page) []string {
	if p, ok := p.(NewPassword); ok && p.Current {
		return []string{"email", "password", "new_password"}
	}
	return anchorsOf[p.template()]
}

var anchorsOf = map[string][]string{
	"email": {"email"}, "platform": {"platform"}, "method": {"method"}, "code": {"code"},
	"password": {"email", "password"}, "new_password": {"email", "new_password"}, "stay": {"stay"}, "account": {"account"},
	"create": {"given_name", "family_name", "phone", "job_title"},
}

// problem is what was wrong with the last post, in words.
type problem struct {
	Field     string        // on this page; empty for the whole form
	Summary   template.HTML // inside the link to the field
	Text      template.HTML
	Reference string
}

// Problem is nil where nothing was wrong.
func (v *view) Problem() (*problem, error) {
	p := v.Form().Problem
	if p == nil {
		return nil, nil
	}
	args := v.problemArgs(p)
	summary, err := v.LinkText(p.Key, args)
	if err != nil {
		return nil, err
	}
	field := p.Field
	if !slices.Contains(anchors(v.Page), field) {
		field = ""
	}
	text, err := v.Text(p.Key, args)
	return &problem{Field: field, Summary: summary, Text: text, Reference: p.Reference}, err
}

// problemArgs are a problem's arguments, and the label of its field as {field}.
func (v *view) problemArgs(p *Problem) map[string]string {
	args := maps.Clone(p.Args)
	if label, err := v.Plain("field." + v.kindOf(p.Field) + ".label"); err == nil {
		if args == nil {
			args = map[string]string{}
		}
		args["field"] = label
	}
	return args
}

// fieldProblem is the text of a problem with the field of that name.
func (v *view) fieldProblem(name string) (template.HTML, error) {
	p, err := v.Problem()
	if p == nil || err != nil || p.Field != name {
		return "", err
	}
	return p.Text, nil
}

// notice is a note on top of a page.
type notice struct {
	Text template.HTML
	Tone string // class: "warning" or "info"
}

// warnings are the notices that report a failure.
var warnings = map[string]bool{
	"notice.provider_failed": true, "notice.provider_unavailable": true,
	"notice.unverified": true, "notice.mail_failed": true,
}

// Notice is nil where there is none. A mail that could not be sent outranks
// what else there is to note.
func (v *view) Notice() (*notice, error) {
	key := v.Form().Notice
	if session, ok := v.Page.(Session); ok {
		key = session.Notice
	}
	if code, ok := v.Page.(Code); ok && code.Mail == "failed" {
		key = "notice.mail_failed"
	}
	if key == "" {
		return nil, nil
	}
	text, err := v.Text(key)
	if warnings[key] {
		return &notice{Text: text, Tone: "warning"}, err
	}
	return &notice{Text: text, Tone: "info"}, err
}
