package loginui

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
)

//go:embed templates assets texts
var embedded embed.FS

// Renderer makes bytes of pages and mails. It is safe for use by several
// goroutines at once.
type Renderer struct {
	catalogue *catalogue
	assets    *assets
	pages     *template.Template
	mails     map[string]mailTemplates
}

// New parses what is embedded. An error means that the program was built with
// a broken template or catalogue.
func New() (*Renderer, error) {
	texts, err := fs.Sub(embedded, "texts")
	if err != nil {
		return nil, fmt.Errorf("opening texts: %w", err)
	}
	return newRenderer(texts)
}

func newRenderer(texts fs.FS) (*Renderer, error) {
	r := &Renderer{}
	var err error
	if r.catalogue, err = loadCatalogue(texts); err != nil {
		return nil, err
	}
	if r.assets, err = loadAssets(); err != nil {
		return nil, err
	}
	if r.pages, err = parsePages(); err != nil {
		return nil, err
	}
	r.mails, err = parseMails()
	return r, err
}

// parsePages parses the layout, and of each page its title and content: see
// [view.Title] and [view.Content].
func parsePages() (*template.Template, error) {
	files := []string{"templates/layout.html", "templates/parts.html", "templates/icons.html"}
	for _, page := range pages {
		files = append(files, "templates/"+page.template()+".html")
	}
	parsed, err := template.ParseFS(embedded, files...)
	if err != nil {
		return nil, fmt.Errorf("parsing pages: %w", err)
	}
	return parsed, nil
}

// Render returns page as HTML, in the language that suits the Accept-Language
// header best. It fails for a key that the catalogue does not have or whose
// placeholders lack a value.
func (r *Renderer) Render(frame Frame, acceptLanguage string, page Page) ([]byte, error) {
	return r.render(frame, r.catalogue.match(acceptLanguage), page)
}

func (r *Renderer) render(frame Frame, texts *texts, page Page) ([]byte, error) {
	var b bytes.Buffer
	v := &view{words: words{texts: texts, frame: frame}, templates: r.pages, assets: r.assets, Page: page}
	if err := r.pages.ExecuteTemplate(&b, "layout", v); err != nil {
		return nil, fmt.Errorf("rendering page %s: %w", page.template(), err)
	}
	return noTemplate(b.Bytes()), nil
}

// noTemplate has nothing in a page read as an action of Go's templates: where an
// operator put Caddy's directive "templates" before the gateway, it runs what
// people typed, with the server's files and environment at hand.
func noTemplate(page []byte) []byte { return bytes.ReplaceAll(page, []byte("{{"), []byte("{&#123;")) }

// Has reports whether the catalogue has a text under key, for tests of those
// who name keys.
func (r *Renderer) Has(key string) bool { return r.catalogue.languages[0].has(key) }
