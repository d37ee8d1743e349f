package loginui

import "html/template"

// passwordMailView is what the templates of the mail about a new password see.
type passwordMailView struct {
	mailFrame
	PasswordMail
}

// PasswordMail writes the mail that tells a person of a new password, in the
// language that suits the Accept-Language header of the request best.
func (r *Renderer) PasswordMail(acceptLanguage string, m PasswordMail) (MailText, error) {
	v := &passwordMailView{r.mailFrame(acceptLanguage, m.Brand, m.Support), m}
	return r.mail("password_changed", "password_changed.subject", v.mailFrame, m.Platform, v)
}

// Brand hides the mail's own by the name to show.
func (v *passwordMailView) Brand() string { return v.words.Brand() }

// where says when and from where the password was set.
func (v *passwordMailView) where() (key string, args []any, err error) {
	date, err := v.Date(v.At)
	args = []any{"address", v.Address, "origin", v.Origin, "date", date, "client", v.ClientIP}
	if v.ClientIP == "" {
		return "password_changed.where_unknown", args, err
	}
	return "password_changed.where", args, err
}

// Where is that as HTML.
func (v *passwordMailView) Where() (template.HTML, error) {
	key, args, err := v.where()
	if err != nil {
		return "", err
	}
	return v.Text(key, args...)
}

// PlainWhere is [passwordMailView.Where] for the plain mail.
func (v *passwordMailView) PlainWhere() (string, error) {
	key, args, err := v.where()
	if err != nil {
		return "", err
	}
	return v.Plain(key, args...)
}
