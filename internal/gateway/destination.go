package gateway

import (
	"net/url"
	"path"
	"strings"
)

// maxDestination bounds a destination, in bytes.
const maxDestination = 8 << 10

// cleanDestination judges an address to return to: a path and query on the
// origin at hand, kept byte for byte. Whatever else it is, and whatever leads
// back to the gateway's own pages, becomes "/".
func cleanDestination(raw, prefix string) string {
	if !isPathOnly(raw) {
		return "/"
	}
	u, err := url.ParseRequestURI(raw)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || u.Opaque != "" {
		return "/"
	}
	clean := path.Clean(u.Path)
	if clean == prefix || strings.HasPrefix(clean, prefix+"/") {
		return "/"
	}
	return raw
}

// isPathOnly reports whether browsers read a text as a path on the same origin
// (WHATWG URL: a second slash or a backslash begins a host; tabs, newlines and
// outer controls are skipped).
func isPathOnly(raw string) bool {
	if len(raw) == 0 || len(raw) > maxDestination || raw[0] != '/' {
		return false
	}
	if len(raw) > 1 && (raw[1] == '/' || raw[1] == '\\') {
		return false
	}
	path, query, _ := strings.Cut(raw, "?")
	return !strings.ContainsFunc(path, notInPath) && !strings.ContainsFunc(query, notInQuery)
}

// notInQuery are the characters that browsers skip, cut at, or never send; in a
// path they read a backslash as a slash, too.
func notInQuery(r rune) bool { return r <= ' ' || r == 0x7f || r == '#' }
func notInPath(r rune) bool  { return notInQuery(r) || r == '\\' }

// destination is where the visitor was going, as they sent it.
func (v *visit) destination() string {
	target := v.client.Target
	if !strings.HasPrefix(target, "/") { // absolute-form
		target = v.client.URL.RequestURI()
	}
	return cleanDestination(target, v.settings.Prefix)
}

func (v *visit) signInURL(destination string) string {
	return v.settings.Prefix + "/sign-in?return=" + url.QueryEscape(destination)
}
