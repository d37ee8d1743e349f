package caddymodule

import (
	"fmt"
	"maps"
	"net/http"
	"sync/atomic"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/frontdesk-gateway/frontdesk/internal/config"
	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/gateway"
	"github.com/frontdesk-gateway/frontdesk/internal/identity"
)

func init() {
	caddy.RegisterModule(new(Handler))
}

// Handler stands in front of a portal: it lets requests with a session through
// with identity headers, and sends people without one to sign in. It must come
// before everything that answers, on every path of its site. A configuration whose
// routes would leave a portal open in silence does not load.
//
// The person's facts are placeholders for the handlers after it:
//
// Placeholder | Description
// ------------|------------
// `{http.auth.user.id}` | Entity id; also `user_id` in access logs
// `{http.auth.user.email}` | Address
// `{http.auth.user.name}` | Display name
// `{http.auth.user.platform}` | `client`, `tech` or `admin`
// `{http.auth.user.entity}` | `contact` or `member`
// `{http.auth.user.account_id}` | Chosen account
// `{http.auth.user.account_name}` | Its name
// `{http.auth.user.groups}` | Groups, comma-separated
// `{http.auth.user.method}` | How they signed in
// `{http.auth.user.session}` | Public id of the session
type Handler struct {
	// The platform of this site. Default: all that share the site's origin;
	// the site tells them apart by `{http.auth.user.platform}`.
	Platform string `json:"platform,omitempty"`

	// Paths that pass without a session: a path, or a folder and `/*`. Matched
	// against the decoded path as it comes to this handler. No placeholders.
	// Default: none.
	Public []string `json:"public,omitempty"`

	// New names for the headers that this portal receives, by default name;
	// `off` drops one. They go before those of the app. No placeholders.
	// Default: the app's.
	Headers map[string]string `json:"headers,omitempty"`

	app    *App
	public gateway.PublicPaths
	names  map[string]string // the app's renamings, and this site's over them
	site   atomic.Pointer[gateway.Site]

	proxiesChecked atomic.Bool
}

// CaddyModule returns the Caddy module information.
func (*Handler) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "http.handlers.frontdesk", New: func() caddy.Module { return new(Handler) }}
}

// Provision finds the app and checks the site against it.
func (h *Handler) Provision(ctx caddy.Context) error {
	app, err := ctx.AppIfConfigured("frontdesk")
	if err != nil {
		return fmt.Errorf("the directive frontdesk needs the global option of the same name: %w", err)
	}
	h.app = app.(*App)
	if h.public, err = gateway.ParsePublic(h.Public); err != nil {
		return err
	}
	names := maps.Clone(h.app.settings.Headers)
	maps.Copy(names, h.Headers)
	if h.names, err = config.CheckHeaders("headers", names); err != nil {
		return err
	}
	h.app.given.add(h.names)
	if err := h.checkPlatform(); err != nil {
		return err
	}
	server, ok := ctx.Value(caddyhttp.ServerCtxKey).(*caddyhttp.Server)
	if !ok {
		return nil
	}
	return h.app.checkOrder(server)
}

func (h *Handler) checkPlatform() error {
	if h.Platform == "" {
		return nil
	}
	platform, err := directory.ParsePlatform(h.Platform)
	if err != nil {
		return err
	}
	return h.app.settings.CheckSite(platform)
}

// bind returns the site, and makes it with the first request: at the very
// first start the store comes into being after this handler. nil until then.
func (h *Handler) bind() *gateway.Site {
	if site := h.site.Load(); site != nil {
		return site
	}
	g := h.app.gateway.Load()
	if g == nil {
		return nil
	}
	h.site.CompareAndSwap(nil, g.Site(directory.Platform(h.Platform), h.public, h.names, h.app.given.all()...))
	return h.site.Load()
}

// ServeHTTP implements caddyhttp.MiddlewareHandler.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request, next caddyhttp.Handler) error {
	site, client := h.bind(), clientOf(r)
	h.checkProxies(r, client)
	if site == nil {
		h.app.closed.Answer(w, r, client, h.app.given.all()...)
		setPlaceholders(r, gateway.PassNobody, client.Before)
		return nil
	}
	pass, portal := site.Handle(w, r, client)
	if pass == nil { // answered; a handler around this one may hand it on nevertheless
		setPlaceholders(r, gateway.PassNobody, client.Before)
		return nil
	}
	setPlaceholders(r, pass, client.Before)
	defer portal.Over()
	if stream := portal.Stream(); stream != nil {
		r = r.WithContext(stream.Context())
	}
	return next.ServeHTTP(portal, r)
}

// checkProxies warns, with the first request of a trusted proxy, where Caddy
// takes a client's address from what that client itself wrote into a header: a
// proxy appends to it, and without trusted_proxies_strict the first entry counts.
func (h *Handler) checkProxies(r *http.Request, client gateway.Client) {
	if !client.Trusted || h.proxiesChecked.Load() || h.proxiesChecked.Swap(true) {
		return
	}
	server, ok := r.Context().Value(caddyhttp.ServerCtxKey).(*caddyhttp.Server)
	if ok && server.TrustedProxiesStrict == 0 {
		h.app.log.Warn("clients behind a trusted proxy that appends to X-Forwarded-For can choose the address they are counted by: add trusted_proxies_strict to the server's options")
	}
}

// clientOf is what Caddy knows of a request: the address as the visitor sent
// it, since rewrites come before this handler, and where it came from.
func clientOf(r *http.Request) gateway.Client {
	client := gateway.Client{URL: r.URL, Target: r.RequestURI}
	if original, ok := r.Context().Value(caddyhttp.OriginalRequestCtxKey).(http.Request); ok && original.URL != nil {
		client.URL, client.Target = original.URL, original.RequestURI
	}
	vars, _ := r.Context().Value(caddyhttp.VarsCtxKey).(map[string]any)
	client.IP, _ = vars[caddyhttp.ClientIPVarKey].(string)
	client.Trusted, _ = vars[caddyhttp.TrustedProxyVarKey].(bool)
	if r.Context().Value(caddyhttp.ErrorCtxKey) != nil { // it is in handle_errors now
		client.Before = judgedOf(r)
	}
	return client
}

// setPlaceholders has the placeholders say who is calling. They are there for
// nobody, too: of one that is not there header_up sends the name, braces and all,
// which is a person to a portal. What a handler before this one set there, as
// basic_auth does, would go before them: a portal behind FastCGI would take it for
// REMOTE_USER.
func setPlaceholders(r *http.Request, pass gateway.Pass, before *gateway.Judged) {
	replacer, ok := r.Context().Value(caddy.ReplacerCtxKey).(*caddy.Replacer)
	if !ok {
		return
	}
	replacer.DeleteByPrefix(gateway.PlaceholderPrefix)
	if before == nil {
		replacer.Map(caddy.ReplacerFunc(pass))
		return
	}
	set := func(key string) { // of two that are mapped the replacer asks the first alone
		value, _ := pass(key)
		replacer.Set(key, value)
	}
	set(gateway.JudgedPlaceholder)
	for _, name := range identity.FactNames {
		set(gateway.PlaceholderPrefix + name)
	}
}

// judgedOf returns how a request passed before; nil where it did not.
func judgedOf(r *http.Request) *gateway.Judged {
	replacer, ok := r.Context().Value(caddy.ReplacerCtxKey).(*caddy.Replacer)
	if !ok {
		return nil
	}
	value, _ := replacer.Get(gateway.JudgedPlaceholder)
	if judged, ok := value.(gateway.Judged); ok {
		return &judged
	}
	return nil
}

// Interface guards
var (
	_ caddy.Provisioner           = (*Handler)(nil)
	_ caddyhttp.MiddlewareHandler = (*Handler)(nil)
)
