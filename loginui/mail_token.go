package loginui

import (
	"html/template"
	"strings"
)

// groupLength is how many digits of a code stand together.
const groupLength = 4

// tokenMailView is what the templates of a mail with a token see.
type tokenMailView struct {
	mailFrame
	TokenMail
}

// Mail writes the mail with an emailed token, in the language that suits the
// Accept-Language header of the request for it best.
func (r *Renderer) Mail(acceptLanguage string, m TokenMail) (MailText, error) {
	v := &tokenMailView{r.mailFrame(acceptLanguage, m.Brand, m.Support), m}
	subject := "mail.subject"
	if m.Password {
		subject = "mail.subject_password"
	}
	return r.mail("mail", subject, v.mailFrame, m.Platform, v)
}

// Brand hides the mail's own by the name to show.
func (v *tokenMailView) Brand() string { return v.words.Brand() }

// Title is the key of the heading, which says what the code is for.
func (v *tokenMailView) Title() string {
	if v.Password {
		return "mail.title_password"
	}
	return "mail.title"
}

// Button is the key of the button's label.
func (v *tokenMailView) Button() string {
	if v.Password {
		return "layout.continue"
	}
	return "mail.button"
}

// Ignore is the key of what to do for those who did not ask: nothing.
func (v *tokenMailView) Ignore() string {
	if v.Password {
		return "mail.ignore_password"
	}
	return "mail.ignore"
}

// Groups is the code with a space after every fourth digit.
func (v *tokenMailView) Groups() string {
	var groups []string
	code := clean(v.Code)
	for len(code) > groupLength {
		groups = append(groups, code[:groupLength])
		code = code[groupLength:]
	}
	return strings.Join(append(groups, code), " ")
}

// where says where the request came from; Plain or Text makes it words.
func (v *tokenMailView) where() (key string, args []any) {
	args = []any{"address", v.Address, "origin", v.Origin, "client", v.ClientIP}
	switch known := v.ClientIP != ""; {
	case v.Password && known:
		return "mail.where_password", args
	case v.Password:
		return "mail.where_password_unknown", args
	case known:
		return "mail.where", args
	}
	return "mail.where_unknown", args
}

// Where says where the request came from, as HTML.
func (v *tokenMailView) Where() (template.HTML, error) {
	key, args := v.where()
	return v.Text(key, args...)
}

// PlainWhere is [tokenMailView.Where] for the plain mail.
func (v *tokenMailView) PlainWhere() (string, error) {
	key, args := v.where()
	return v.Plain(key, args...)
}

// PlainLink is the link without what could break its line.
func (v *tokenMailView) PlainLink() string { return clean(v.Link) }
