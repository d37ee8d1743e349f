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
	for _, reading := range []string{u.Path, resolved(raw)} {
		if isBelow(reading, prefix) || isBelow(path.Clean(reading), prefix) {
			return "/"
		}
	}
	return raw
}

// isBelow reports whether a path is a folder or lies in it.
func isBelow(p, folder string) bool { return p == folder || strings.HasPrefix(p, folder+"/") }

// resolved is the path that browsers ask for: its dot segments are gone, also
// those with encoded dots, and empty segments count (WHATWG URL, 4.4, "path
// state"); then decoded, as the gateway reads it. Cleaning does away with empty
// segments first, and so with others than browsers do.
func resolved(raw string) string {
	escaped, _, _ := strings.Cut(raw, "?")
	var kept []string
	for segment := range strings.SplitSeq(escaped[1:], "/") {
		switch strings.ReplaceAll(strings.ToLower(segment), "%2e", ".") {
		case ".":
		case "..":
			kept = kept[:max(len(kept)-1, 0)]
		default:
			kept = append(kept, segment)
		}
	}
	decoded, err := url.PathUnescape("/" + strings.Join(kept, "/"))
	if err != nil {
		return raw // it was parsed before
	}
	return decoded
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
	return cleanDestination(originForm(v.client.Target), v.settings.Prefix)
}

// originForm takes scheme and authority off a request's target (RFC 9112, 3.2.2),
// and leaves the rest byte for byte; "/" where it has none.
func originForm(target string) string {
	if strings.HasPrefix(target, "/") {
		return target
	}
	_, rest, _ := strings.Cut(target, ":")
	rest, hasAuthority := strings.CutPrefix(rest, "//")
	i := strings.IndexAny(rest, "/?")
	switch {
	case !hasAuthority, i < 0:
		return "/"
	case rest[i] == '?':
		return "/" + rest[i:]
	}
	return rest[i:]
}

func (v *visit) signInURL(destination string) string {
	return v.settings.Prefix + "/sign-in?return=" + url.QueryEscape(destination)
}
