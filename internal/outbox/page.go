package outbox

import (
	"bytes"
	"embed"
	"html/template"
	"net"
	"net/http"
	"net/mail"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"time"
)

//go:embed page
var pageFiles embed.FS

var pages = template.Must(template.New("").Funcs(template.FuncMap{"when": when, "people": people}).ParseFS(pageFiles, "page/*.html"))

// Policies of the pages and of a mail's own HTML, which is shown in a frame
// without scripts and without an origin; its links open in a new tab. A page
// without an icon has browsers ask for /favicon.ico, which counts as an image.
const (
	pagePolicy = "default-src 'none'; style-src 'self'; img-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
	mailPolicy = "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; " +
		"img-src data:; form-action 'none'; frame-ancestors 'self'"
)

// listPage and mailPage are what the templates are given.
type listPage struct {
	Mails []Mail
	Now   time.Time
	Root  string // relative address of the list
}

type mailPage struct {
	Mail Mail
	Now  time.Time
	Root string
}

// Page shows the mails: the list at its root, each at mail/ID. Addresses on
// the pages are relative, so that it can be mounted below a prefix that
// [http.StripPrefix] takes away. Requests for a host that is not loopback are
// refused: a site that points its name at this machine cannot read the mails.
func (s *Server) Page() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.serveList)
	mux.HandleFunc("GET /mail/{id}", s.withMail(s.serveMail))
	mux.HandleFunc("GET /mail/{id}/html", s.withMail(serveHTML))
	mux.HandleFunc("GET /mail/{id}/source", s.withMail(serveSource))
	mux.HandleFunc("GET /style.css", serveFile("style.css"))
	mux.HandleFunc("GET /mark.svg", serveFile("mark.svg"))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		secure(w.Header())
		if !isLoopback(r.Host) {
			http.Error(w, "The outbox answers on loopback only.", http.StatusMisdirectedRequest)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

func secure(h http.Header) {
	h.Set("Content-Security-Policy", pagePolicy)
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
}

func isLoopback(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.ToLower(strings.Trim(host, "[]"))
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.IsLoopback()
}

func (s *Server) serveList(w http.ResponseWriter, _ *http.Request) {
	render(w, http.StatusOK, "list.html", listPage{s.Mails(), s.options.Now(), "./"})
}

func (s *Server) serveMail(w http.ResponseWriter, _ *http.Request, m Mail) {
	render(w, http.StatusOK, "mail.html", mailPage{m, s.options.Now(), "../"})
}

// withMail finds the mail that a request names.
func (s *Server) withMail(serve func(http.ResponseWriter, *http.Request, Mail)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		id, err := strconv.Atoi(r.PathValue("id"))
		if m, found := s.find(id); err == nil && found {
			serve(w, r, m)
			return
		}
		root := strings.Repeat("../", strings.Count(strings.Trim(r.URL.Path, "/"), "/"))
		render(w, http.StatusNotFound, "gone.html", listPage{Root: root})
	}
}

var headTag = regexp.MustCompile(`(?i)<head(?:\s[^>]*)?>`)

// serveHTML shows a mail's HTML part with its links opening in a new tab.
func serveHTML(w http.ResponseWriter, _ *http.Request, m Mail) {
	const base = `<base target="_blank">`
	content := base + m.HTML
	if at := headTag.FindStringIndex(m.HTML); at != nil {
		content = m.HTML[:at[1]] + base + m.HTML[at[1]:]
	}
	w.Header().Set("Content-Security-Policy", mailPolicy)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write([]byte(content))
}

func serveSource(w http.ResponseWriter, _ *http.Request, m Mail) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = w.Write(m.Raw)
}

// serveFile serves a file that the pages load.
func serveFile(name string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { http.ServeFileFS(w, r, pageFiles, "page/"+name) }
}

func render(w http.ResponseWriter, status int, name string, data any) {
	var page bytes.Buffer
	if err := pages.ExecuteTemplate(&page, name, data); err != nil {
		http.Error(w, "The page could not be made.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(page.Bytes())
}

// when is a time as people say it, where now is theirs: without the date on
// the same day.
func when(t, now time.Time) string {
	t = t.In(now.Location())
	if t.YearDay() == now.YearDay() && t.Year() == now.Year() {
		return t.Format("15:04:05")
	}
	return t.Format("2 Jan, 15:04")
}

// people is an address header as people read it: a bare address without its
// brackets, names without quotation marks.
func people(header string) string {
	addresses, err := mail.ParseAddressList(header)
	if err != nil {
		return header
	}
	var shown []string
	for _, a := range addresses {
		if a.Name == "" {
			shown = append(shown, a.Address)
			continue
		}
		shown = append(shown, a.Name+" <"+a.Address+">")
	}
	return strings.Join(shown, ", ")
}
