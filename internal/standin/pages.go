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

// chooserPage is a list of accounts, to sign in to or out of.
type chooserPage struct {
	Action string // this request's own address
	Hint   string // login_hint
	People []listed
}

// listed is one line of the list.
type listed struct {
	Person
	Initial  string
	Hinted   bool // the one that login_hint names
	SignedIn bool // the one who is signed in to the browser
}

// Address is what tells people apart in the list.
func (l listed) Address() string {
	if l.Username != "" {
		return l.Username
	}
	return l.Email
}

// listing puts the person that was hinted at first, and marks who is signed
// in.
func listing(people []Person, hint string, signedIn Person) []listed {
	var list []listed
	for _, person := range people {
		initial, _ := utf8.DecodeRuneInString(person.Name)
		list = append(list, listed{Person: person, Initial: string(initial), Hinted: person.answersTo(hint), SignedIn: person.ObjectID == signedIn.ObjectID})
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
	render(w, http.StatusBadRequest, "message", messagePage{Title: "Sorry, but this did not work", Text: text})
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
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src 'self'; "+
		"form-action 'self' http: https:; frame-ancestors 'none'; base-uri 'none'")
	w.Header().Set("Referrer-Policy", "no-referrer")
	w.WriteHeader(status)
	_, _ = w.Write(page.Bytes()) // nothing is left to do where the client is gone
}

// file serves a file that the pages load.
func file(name string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { http.ServeFileFS(w, r, files, "pages/"+name) }
}
