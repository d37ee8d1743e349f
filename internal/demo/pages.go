package demo

import (
	"bytes"
	"embed"
	"html/template"
	"net/http"
)

//go:embed assets
var assets embed.FS

//go:embed pages
var pageFiles embed.FS

var pages = template.Must(template.New("").Funcs(template.FuncMap{"method": methodLabel, "title": title}).ParseFS(pageFiles, "pages/*.html"))

const policy = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// render answers with a page. Pages say who is signed in, so nobody keeps them.
func render(w http.ResponseWriter, status int, name string, data any) {
	var page bytes.Buffer
	if err := pages.ExecuteTemplate(&page, name, data); err != nil {
		http.Error(w, "The page could not be made.", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", policy)
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	w.WriteHeader(status)
	_, _ = w.Write(page.Bytes())
}

// serveAssets serves what the pages are dressed in.
func serveAssets(mux *http.ServeMux) { mux.Handle("GET /assets/", http.FileServerFS(assets)) }

// methodLabel is a sign-in method as the sign-in pages call it.
func methodLabel(name string) string {
	switch name {
	case microsoft:
		return "Microsoft"
	case emailToken:
		return "emailed code"
	case byPassword:
		return "password"
	}
	return name
}
