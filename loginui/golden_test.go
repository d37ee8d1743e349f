package loginui

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files instead of comparing with them")

// assetHash is the part of an asset's name that changes with its content.
var assetHash = regexp.MustCompile(`-[0-9a-f]{12}\.(css|svg)`)

func newTestRenderer(t testing.TB) *Renderer {
	t.Helper()
	r, err := New()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func renderCase(t *testing.T, r *Renderer, c pageCase) string {
	t.Helper()
	body, err := r.Render(c.frame, "en", c.page)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func checkGolden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs (go test -update writes it anew); got:\n%s", file, got)
	}
}

func TestPagesGolden(t *testing.T) {
	r := newTestRenderer(t)
	for _, c := range pageCases() {
		t.Run(c.name, func(t *testing.T) {
			body := assetHash.ReplaceAllString(renderCase(t, r, c), "-HASH.$1")
			checkGolden(t, c.name+".html", body)
		})
	}
}

func TestMailGolden(t *testing.T) {
	r := newTestRenderer(t)
	bare, toSet := tokenMail(), tokenMail()
	bare.Brand, bare.Support, bare.ClientIP = Brand{}, "", ""
	toSet.Password = true
	barePassword := passwordMail()
	barePassword.Brand, barePassword.Support, barePassword.ClientIP = Brand{}, "", ""
	for name, write := range map[string]func() (MailText, error){
		"mail":                    func() (MailText, error) { return r.Mail("en", tokenMail()) },
		"mail_bare":               func() (MailText, error) { return r.Mail("en", bare) },
		"mail_to_set":             func() (MailText, error) { return r.Mail("en", toSet) },
		"mail_confirms":           func() (MailText, error) { m := tokenMail(); m.Confirms = "microsoft"; return r.Mail("en", m) },
		"mail_german":             func() (MailText, error) { return r.Mail("de-CH, en;q=0.5", tokenMail()) },
		"password_changed":        func() (MailText, error) { return r.PasswordMail("en", passwordMail()) },
		"password_changed_bare":   func() (MailText, error) { return r.PasswordMail("en", barePassword) },
		"password_changed_german": func() (MailText, error) { return r.PasswordMail("de-CH, en;q=0.5", passwordMail()) },
	} {
		t.Run(name, func(t *testing.T) {
			got, err := write()
			if err != nil {
				t.Fatal(err)
			}
			checkGolden(t, name+".txt", "Subject: "+got.Subject+"\n\n"+got.Text)
			checkGolden(t, name+".mail.html", got.HTML)
		})
	}
}

// TestLanguages renders every page in every language; its goldens are English.
func TestLanguages(t *testing.T) {
	r := newTestRenderer(t)
	for _, texts := range r.catalogue.languages {
		language := texts.tag.String()
		for _, c := range pageCases() {
			t.Run(language+"/"+c.name, func(t *testing.T) {
				body, err := r.Render(c.frame, language, c.page)
				if err != nil || !strings.Contains(string(body), `<html lang="`+language+`"`) {
					t.Errorf("%v\n%s", err, body)
				}
			})
		}
	}
}
