package standin

import (
	"crypto/rsa"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"
)

// Provider is the stand-in's handler. It is safe for concurrent use.
type Provider struct {
	cfg   Config
	key   *rsa.PrivateKey
	keyID string
	mux   *http.ServeMux

	mu       sync.Mutex
	grants   map[string]grant          // by authorization code
	access   map[string]accessToken    // by access token
	sessions map[string]browserSession // by the value of the browser's cookie
}

// grant is what an authorization code stands for.
type grant struct {
	person      Person
	client      Client
	redirectURI string
	challenge   string // RFC 7636, S256
	nonce       string
	profile     bool // User.Read was asked for
	expires     time.Time
}

type accessToken struct {
	person  Person
	profile bool
	expires time.Time
}

const (
	codeLifetime  = 10 * time.Minute
	tokenLifetime = time.Hour
	// maxPending bounds codes, access tokens and sessions each: what has expired goes
	// first, and when nothing has, nothing new is given out.
	maxPending = 10_000
)

func (p *Provider) routes() *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{tenant}/v2.0/.well-known/openid-configuration", p.discovery)
	mux.HandleFunc("GET /{tenant}/discovery/v2.0/keys", p.keys)
	mux.HandleFunc("GET /{tenant}/oauth2/v2.0/authorize", p.chooser)
	mux.HandleFunc("POST /{tenant}/oauth2/v2.0/authorize", p.choose)
	mux.HandleFunc("POST /{tenant}/oauth2/v2.0/token", p.token)
	mux.HandleFunc("GET /{tenant}/oauth2/v2.0/logout", p.logout)
	mux.HandleFunc("POST /{tenant}/oauth2/v2.0/logout", p.logout) // the form of its page
	mux.HandleFunc("GET /v1.0/me", p.me)
	mux.HandleFunc("GET /style.css", file("style.css"))
	mux.HandleFunc("GET /mark.svg", file("mark.svg"))
	return mux
}

func (p *Provider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	if tenant, ok := firstSegment(r.URL.Path); ok && !p.knowsTenant(tenant) {
		writeError(w, http.StatusBadRequest, "invalid_tenant", "AADSTS90002: Tenant '"+tenant+"' not found.")
		return
	}
	p.mux.ServeHTTP(w, r)
}

// offered are the people who can sign in by a tenant segment.
func (p *Provider) offered(tenant string) []Person {
	return slices.DeleteFunc(slices.Clone(p.cfg.People), func(person Person) bool {
		switch tenant {
		case "common":
			return false
		case "organizations":
			return person.Tenant == PersonalTenant
		}
		return person.Tenant != tenant
	})
}

func (p *Provider) knowsTenant(tenant string) bool {
	return tenant == "common" || tenant == "organizations" || len(p.offered(tenant)) > 0
}

// keep puts v under an unguessable key, if there is room.
func keep[V any](p *Provider, in map[string]V, key string, v V, expired func(V) bool) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(in) >= maxPending {
		maps.DeleteFunc(in, func(_ string, v V) bool { return expired(v) })
	}
	if len(in) >= maxPending {
		return false
	}
	in[key] = v
	return true
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // nothing is left to do where the client is gone
}

// writeError answers in Entra's form.
func writeError(w http.ResponseWriter, status int, code, description string) {
	writeJSON(w, status, map[string]any{"error": code, "error_description": description})
}
