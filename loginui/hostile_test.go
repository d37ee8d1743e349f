package loginui

import (
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode"

	"golang.org/x/net/html"
)

// hostileValues try to leave each place that a value is written to.
var hostileValues = map[string]string{
	"markup":    `"'></title></textarea><script>alert(1)</script><img src=x onerror=alert(1)>`,
	"attribute": `" onfocus="alert(1)" style="color:red" x="`,
	"scheme":    `javascript:alert(1)`,
	"direction": "moc.elpmaxe\u202egnp.exe\u2066\x00\x1b[2J\r\nBcc: all@example.com",
	"invalid":   "\xff\xfe<script>",
	"template":  "{{{env `HOME`}}}{{{{env `HOME`}}",
}

// keyFields hold keys of the catalogue, which only our own code sets.
var keyFields = map[string]string{
	"Problem.Key": "problem.too_many", "Form.Notice": "notice.step_again", "Session.Notice": "notice.password_set",
	"Message.Key": "other_address", "Message.LinkKey": "action.sign_in",
}

// fill sets every string below v, and one element in every collection.
func fill(v reflect.Value, value string) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(value)
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), value)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0), value)
	case reflect.Map:
		v.Set(reflect.ValueOf(map[string]string{"typed": value, "proved": value, "wait": value, "support": value}))
	case reflect.Struct:
		fillStruct(v, value)
	}
}

func fillStruct(v reflect.Value, value string) {
	if v.Type() == reflect.TypeFor[time.Time]() {
		return
	}
	for i := range v.NumField() {
		if key, ok := keyFields[v.Type().Name()+"."+v.Type().Field(i).Name]; ok {
			v.Field(i).SetString(key)
			continue
		}
		fill(v.Field(i), value)
	}
}

// filled is a copy of what with every string set to value.
func filled[T any](what T, value string) T {
	v := reflect.New(reflect.TypeOf(what)).Elem()
	fill(v, value)
	return v.Interface().(T)
}

// filledFrame is a frame that loads its style, as on all pages but one.
func filledFrame(value string) Frame {
	frame := filled(Frame{}, value)
	frame.Standalone = false
	return frame
}

func TestHostileValuesInPages(t *testing.T) {
	r := newTestRenderer(t)
	for name, value := range hostileValues {
		for _, page := range pages {
			t.Run(name+"/"+page.template(), func(t *testing.T) {
				hostile := renderCase(t, r, pageCase{frame: filledFrame(value), page: filled(page, value)})
				harmless := renderCase(t, r, pageCase{frame: filledFrame("x"), page: filled(page, "x")})
				root := parseHTML(t, hostile)
				checkInert(t, root)
				checkBalanced(t, hostile)
				checkText(t, root)
				if strings.Contains(hostile, "{{") {
					t.Error("the page is a template")
				}
				if got, want := tags(root), tags(parseHTML(t, harmless)); got != want {
					t.Errorf("elements %s, want %s", got, want)
				}
			})
		}
	}
}

// tags lists the elements of a page in order.
func tags(root *html.Node) string {
	var b strings.Builder
	for n := range elements(root) {
		b.WriteString(n.Data + " ")
	}
	return b.String()
}

// checkText reports characters that change how the text around them looks.
func checkText(t *testing.T, root *html.Node) {
	t.Helper()
	for n := range root.Descendants() {
		if n.Type == html.TextNode && strings.ContainsFunc(n.Data, disturbing) {
			t.Errorf("text %q", n.Data)
		}
		if name := attr(n, "name"); fieldKinds[name].Type != "" && strings.ContainsFunc(attr(n, "value"), disturbing) {
			t.Errorf("field %s holds %q", name, attr(n, "value"))
		}
	}
}

func disturbing(r rune) bool {
	return unicode.Is(unicode.Bidi_Control, r) || unicode.IsControl(r) && r != '\n'
}

func TestHostileValuesInMails(t *testing.T) {
	r := newTestRenderer(t)
	for name, write := range map[string]func(value string) (MailText, error){
		"token":    func(value string) (MailText, error) { return r.Mail("en", filled(TokenMail{}, value)) },
		"password": func(value string) (MailText, error) { return r.PasswordMail("en", filled(PasswordMail{}, value)) },
	} {
		t.Run(name, func(t *testing.T) { testHostileMail(t, write) })
	}
}

func testHostileMail(t *testing.T, write func(value string) (MailText, error)) {
	harmless, err := write("x")
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range hostileValues {
		t.Run(name, func(t *testing.T) {
			got, err := write(value)
			if err != nil {
				t.Fatal(err)
			}
			if strings.ContainsFunc(got.Subject, unicode.IsControl) || strings.ContainsFunc(got.Text, disturbing) {
				t.Errorf("subject %q, text %q", got.Subject, got.Text)
			}
			if lines := strings.Count(got.Text, "\n"); lines != strings.Count(harmless.Text, "\n") {
				t.Errorf("text has %d lines: %q", lines, got.Text)
			}
			root := parseHTML(t, got.HTML)
			checkText(t, root)
			if got, want := tags(root), tags(parseHTML(t, harmless.HTML)); got != want {
				t.Errorf("elements %s, want %s", got, want)
			}
			if strings.Contains(got.HTML, `href="javascript:`) {
				t.Error("the link runs a script")
			}
		})
	}
}

// FuzzEmail types anything at all into step 1, in any language.
func FuzzEmail(f *testing.F) {
	r := newTestRenderer(f)
	for _, value := range hostileValues {
		f.Add(value, "en")
	}
	f.Add("a@example.com", "de-AT;q=0.9,*;q=x")
	form := journeyForm("email", first, problemAt("email", "problem.email_invalid"))
	want, err := r.Render(plainFrame, "en", Email{Form: form, Email: "x"})
	if err != nil {
		f.Fatal(err)
	}
	wantTags := tags(parseHTML(f, string(want)))
	f.Fuzz(func(t *testing.T, typed, acceptLanguage string) {
		body, err := r.Render(plainFrame, acceptLanguage, Email{Form: form, Email: typed})
		if err != nil {
			t.Fatal(err)
		}
		if got := tags(parseHTML(t, string(body))); got != wantTags {
			t.Errorf("elements %s, want %s", got, wantTags)
		}
	})
}
