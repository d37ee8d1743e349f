package standin

import (
	"bytes"
	"embed"
	"html/template"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"
)

//go:embed pages
var files embed.FS

var pages = template.Must(template.ParseFS(files, "pages/*.html"))

// chooserPage is the list of accounts.
type chooserPage struct {
	Action string // this request's own address
	Hint   string // login_hint
	People []listed
}

// listed is one line of the list.
type listed struct {
	Person
	Initial string
	Hinted  bool // the one that login_hint names
}

// Address is what tells people apart in the list.
func (l listed) Address() string {
	if l.Username != "" {
		return l.Username
	}
	return l.Email
}

// listing puts the person that was hinted at first.
func listing(people []Person, hint string) []listed {
	var list []listed
	for _, person := range people {
		initial, _ := utf8.DecodeRuneInString(person.Name)
		list = append(list, listed{Person: person, Initial: string(initial), Hinted: person.answersTo(hint)})
	}
	slices.SortStableFunc(list, func(a, b listed) int {
		switch {
		case a.Hinted && !b.Hinted:
			return -1
		case b.Hinted && !a.Hinted:
			return 1
		}
		return 0
	})
	return list
}

func (p Person) answersTo(hint string) bool {
	return hint != "" && (strings.EqualFold(p.Username, hint) || strings.EqualFold(p.Email, hint))
}

type messagePage struct{ Title, Text string }

func errorPage(w http.ResponseWriter, text string) {
	render(w, http.StatusBadRequest, "message", messagePage{Title: "Sorry, but we’re having trouble signing you in", Text: text})
}

func (p *Provider) logout(w http.ResponseWriter, _ *http.Request) {
	render(w, http.StatusOK, "message", messagePage{Title: "You signed out", Text: "The stand-in keeps no session of its own. You can close this window."})
}

// render writes a page. Its form may lead anywhere over http and https: what
// follows the POST is the application's redirect, and browsers hold
// form-action against the whole chain.
func render(w http.ResponseWriter, status int, name string, data any) {
	var page bytes.Buffer
	if err := pages.ExecuteTemplate(&page, name, data); err != nil {
		http.Error(w, "the page cannot be rendered", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; "+
		"form-action 'self' http: https:; frame-ancestors 'none'; base-uri 'none'")
	w.Header().Set("Referrer-Policy", "no-referrer")
	w.WriteHeader(status)
	w.Write(page.Bytes())
}

func stylesheet(w http.ResponseWriter, r *http.Request) {
	http.ServeFileFS(w, r, files, "pages/style.css")
}
