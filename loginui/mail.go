package loginui

import (
	"fmt"
	"html/template"
	"strings"
)

// groupLength is how many digits of a code stand together.
const groupLength = 4

// mailView is what the templates of a mail see.
type mailView struct {
	words
	TokenMail
}

// Mail writes the mail with an emailed token, in the language that suits the
// Accept-Language header of the request for it best. The subject is a single
// line without control characters.
func (r *Renderer) Mail(acceptLanguage string, m TokenMail) (MailText, error) {
	v := &mailView{
		words:     words{texts: r.catalogue.match(acceptLanguage), frame: Frame{Brand: m.Brand, Support: m.Support}},
		TokenMail: m,
	}
	platform, err := v.PlatformName(m.Platform)
	if err != nil {
		return MailText{}, err
	}
	subject, err := v.Plain("mail.subject", "platform", platform)
	if err != nil {
		return MailText{}, err
	}
	var text, html strings.Builder
	if err := r.mailText.Execute(&text, v); err != nil {
		return MailText{}, fmt.Errorf("rendering text of mail: %w", err)
	}
	if err := r.mailHTML.Execute(&html, v); err != nil {
		return MailText{}, fmt.Errorf("rendering HTML of mail: %w", err)
	}
	return MailText{Subject: subject, Text: text.String(), HTML: html.String()}, nil
}

// Brand hides the mail's own by the name to show.
func (v *mailView) Brand() string { return v.words.Brand() }

// Groups is the code with a space after every fourth digit.
func (v *mailView) Groups() string {
	var groups []string
	code := clean(v.Code)
	for len(code) > groupLength {
		groups = append(groups, code[:groupLength])
		code = code[groupLength:]
	}
	return strings.Join(append(groups, code), " ")
}

// Where says where the request came from; Plain or Text makes it words.
func (v *mailView) where() (key string, args []any) {
	args = []any{"address", v.Address, "origin", v.Origin, "client", v.ClientIP}
	if v.ClientIP == "" {
		return "mail.where_unknown", args
	}
	return "mail.where", args
}

// Where says where the request came from, as HTML.
func (v *mailView) Where() (template.HTML, error) {
	key, args := v.where()
	return v.Text(key, args...)
}

// PlainWhere is [mailView.Where] for the plain mail.
func (v *mailView) PlainWhere() (string, error) {
	key, args := v.where()
	return v.Plain(key, args...)
}

// PlainLink is the link without what could break its line.
func (v *mailView) PlainLink() string { return clean(v.Link) }

// Accent and OnAccent colour the button.
func (v *mailView) Accent() template.CSS   { return template.CSS(v.palette().accent.String()) }
func (v *mailView) OnAccent() template.CSS { return template.CSS(v.palette().on.String()) }

func (v *mailView) palette() palette {
	c, ok := parseColour(v.frame.Brand.Accent)
	if !ok {
		c = defaultAccent
	}
	return light.palette(c)
}
