package demo

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/identity"
)

// look is what tells the sample portals apart.
type look struct {
	Name, Purpose string
	Deep          string // an address inside the portal, with a query
	DeepName      string
}

var looks = map[directory.Platform]look{
	directory.Client: {"Client portal", "where customers find their tickets and invoices", "/tickets/1042?tab=history&from=mail", "Ticket 1042"},
	directory.Tech:   {"Tech portal", "where technicians work on tickets", "/queue/urgent?view=board&assignee=me", "Urgent queue"},
	directory.Admin:  {"Admin portal", "where accounts and contracts are managed", "/accounts/harbour?section=contracts", "Harbour Coffee"},
}

// title is a platform's name on the pages.
func title(p directory.Platform) string { return looks[p].Name }

// maxForm bounds what a portal reads of a posted form, in bytes.
const maxForm = 16 << 10

// portal is a sample portal: it shows what it received.
type portal struct {
	platform  directory.Platform
	addresses Addresses
	assertion *verifier
}

func newPortal(platform directory.Platform, addresses Addresses, client *http.Client, now func() time.Time) http.Handler {
	p := &portal{platform: platform, addresses: addresses,
		assertion: &verifier{origin: addresses.Portals[platform], platform: platform, client: client, now: now}}
	mux := http.NewServeMux()
	serveAssets(mux)
	mux.HandleFunc("GET /api/hello", serveHello)
	mux.HandleFunc("POST /echo", p.servePosted)
	mux.HandleFunc("GET /status", p.servePage)
	mux.HandleFunc("GET /", p.servePage)
	return mux
}

func (p *portal) servePage(w http.ResponseWriter, r *http.Request) {
	render(w, http.StatusOK, "portal", p.view(r))
}

// servePosted shows a form that was posted.
func (p *portal) servePosted(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		http.Error(w, "The form could not be read.", http.StatusBadRequest)
		return
	}
	view := p.view(r)
	view.Posted = &posted{r.PostForm.Get("message")}
	render(w, http.StatusOK, "portal", view)
}

// serveHello is a small API.
func serveHello(w http.ResponseWriter, r *http.Request) {
	facts := decodedFacts(r.Header)
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	_ = json.NewEncoder(w).Encode(map[string]string{
		"message":  "Hello, " + facts[identity.HeaderName],
		"user":     facts[identity.HeaderUser],
		"platform": facts[identity.HeaderPlatform],
	})
}
