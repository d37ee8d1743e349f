package demo

import (
	"net/http"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
)

// startPage is the page that everything begins at.
type startPage struct {
	Addresses Addresses
	Portals   []portalLink
	Guide     []guideSection
	StorePath string // empty: the store goes with the demo
	Admin     string
	Caddyfile string
}

type portalLink struct {
	look
	Platform directory.Platform
	Origin   string
	Methods  []string
}

func newStartPage(addresses Addresses, o Options, caddyfile []byte) http.Handler {
	page := startPage{Addresses: addresses, Guide: guide, StorePath: o.StorePath, Admin: o.Admin, Caddyfile: string(caddyfile)}
	for _, platform := range directory.Platforms {
		page.Portals = append(page.Portals, portalLink{looks[platform], platform, addresses.Portals[platform], portalMethods[platform]})
	}
	mux := http.NewServeMux()
	serveAssets(mux)
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) { render(w, http.StatusOK, "start", page) })
	return mux
}
