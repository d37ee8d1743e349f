package caddymodule

import (
	"errors"
	"strings"

	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile"

	"github.com/frontdesk-gateway/frontdesk/internal/config"
	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/gateway"
)

func init() {
	httpcaddyfile.RegisterGlobalOption("frontdesk", parseGlobalOption)
	httpcaddyfile.RegisterDirective("frontdesk", parseDirective)
	httpcaddyfile.RegisterDirectiveOrder("frontdesk", httpcaddyfile.Before, "forward_auth")
}

// parseDirective puts the gateway in front of a site. Syntax:
//
//	frontdesk [client|tech|admin] {
//	    public <paths...>
//	    headers {
//	        <name> <new_name>|off
//	    }
//	}
//
// Without a platform the site serves any of those that are configured at its
// origin. It takes no matcher, because it covers every path: the gateway's own
// pages, and the removal of headers that claim an identity. public lists the
// paths that pass without a session: a path, or a folder and all below it as
// in /assets/*. headers goes before the global option of that name.
//
// It may stand inside of handle or route, for sites that are told apart there, but
// not in a named route. Its place among the others is checked when Caddy provisions
// the handler: see order.
func parseDirective(h httpcaddyfile.Helper) ([]httpcaddyfile.ConfigValue, error) {
	h.Next() // consume directive name
	if h.IsNamedRoute() {
		// Of several handlers without matchers Caddy keeps the first alone there
		// (v2.11.9, extractNamedRoutes): the gateway could be left out in silence.
		return nil, h.Err("frontdesk cannot stand in a named route: write it in each site, or in a snippet that the sites import")
	}
	handler, err := parseHandler(h.Dispenser)
	if err != nil {
		return nil, err
	}
	return h.NewRoute(nil, handler), nil
}

// parseHandler reads the directive from behind its name.
func parseHandler(d *caddyfile.Dispenser) (*Handler, error) {
	handler, r := new(Handler), newOptionReader(d)
	if d.NextArg() {
		if isMatcher(d.Val()) {
			return nil, d.Errf("frontdesk takes no matcher, such as %q: it covers every path of its site; list the open ones with public", d.Val())
		}
		platform, err := directory.ParsePlatform(d.Val())
		if err != nil {
			return nil, d.WrapErr(err)
		}
		handler.Platform = string(platform)
	}
	if d.NextArg() {
		return nil, d.Errf("frontdesk: %q is one value too many: write one platform, or none", d.Val())
	}
	err := r.block("", options{
		"public":  list(&handler.Public, "public /health /assets/*"),
		"headers": renamedHeaders(&handler.Headers),
	})
	if err != nil {
		return nil, err
	}
	return handler, r.checkHandler(handler)
}

// isMatcher reports whether a first argument is what Caddy takes for a matcher.
func isMatcher(arg string) bool {
	return arg == "*" || strings.HasPrefix(arg, "/") || strings.HasPrefix(arg, "@")
}

// checkHandler checks the values, with the line of each that cannot be. No
// placeholder is filled in here.
func (r *optionReader) checkHandler(h *Handler) error {
	var errs []error
	for _, pattern := range h.Public {
		if _, err := gateway.ParsePublic([]string{pattern}); err != nil {
			errs = append(errs, r.position("public").WrapErr(err))
		}
	}
	if _, err := config.CheckHeaders("headers", h.Headers); err != nil {
		errs = append(errs, r.refusals(err))
	}
	return errors.Join(errs...)
}
