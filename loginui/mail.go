package loginui

import (
	"fmt"
	"html/template"
	"strings"
	texttemplate "text/template"
)

// mailTemplates are the two forms of one mail.
type mailTemplates struct {
	html *template.Template
	text *texttemplate.Template
}

func parseMails() (map[string]mailTemplates, error) {
	parsed := map[string]mailTemplates{}
	for _, name := range []string{"mail", "password_changed"} {
		html, err := template.ParseFS(embedded, "templates/mail_layout.html", "templates/"+name+".html")
		if err != nil {
			return nil, fmt.Errorf("parsing %s: %w", name, err)
		}
		text, err := texttemplate.ParseFS(embedded, "templates/"+name+".txt")
		if err != nil {
			return nil, fmt.Errorf("parsing %s: %w", name, err)
		}
		parsed[name] = mailTemplates{html, text}
	}
	return parsed, nil
}

// mailFrame is what the templates of every mail see beside its own.
type mailFrame struct{ words }

func (r *Renderer) mailFrame(acceptLanguage string, brand Brand, support string) mailFrame {
	return mailFrame{words{texts: r.catalogue.match(acceptLanguage), frame: Frame{Brand: brand, Support: support}}}
}

// Accent and OnAccent colour the button.
func (f mailFrame) Accent() template.CSS   { return f.palette().accent.css() }
func (f mailFrame) OnAccent() template.CSS { return f.palette().on.css() }

func (f mailFrame) palette() palette {
	c, ok := parseColour(f.frame.Brand.Accent)
	if !ok {
		c = defaultAccent
	}
	return light.palette(c)
}

// mail fills in the templates of one name. The subject, whose text is under a
// key, is a single line without control characters.
func (r *Renderer) mail(name, subjectKey string, f mailFrame, platform string, view any) (MailText, error) {
	platform, err := f.PlatformName(platform)
	if err != nil {
		return MailText{}, err
	}
	subject, err := f.Plain(subjectKey, "platform", platform)
	if err != nil {
		return MailText{}, err
	}
	var text, html strings.Builder
	if err := r.mails[name].text.Execute(&text, view); err != nil {
		return MailText{}, fmt.Errorf("rendering text of %s: %w", name, err)
	}
	if err := r.mails[name].html.ExecuteTemplate(&html, "mail", view); err != nil {
		return MailText{}, fmt.Errorf("rendering HTML of %s: %w", name, err)
	}
	return MailText{Subject: subject, Text: text.String(), HTML: html.String()}, nil
}
