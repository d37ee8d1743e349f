package passage

import (
	"net/http"
	"strings"
)

// isPath reports whether a request names a path, on its own or after an origin
// (RFC 9112, 3.2). The rest would reach a portal as its request line in a form
// that nothing here has judged: a * (but net/http answers OPTIONS *), the
// opaque part of "x:y", and an origin in an HTTP/2 :path. Nor is it a path where a
// space in the query, which HTTP/2 and HTTP/3 let through, would end it there, and
// have the visitor say which version of HTTP the rest is.
func isPath(r *http.Request) bool {
	u := r.URL
	if u.Opaque != "" || u.Host != "" && r.ProtoMajor > 1 || strings.Contains(u.RawQuery, " ") {
		return false
	}
	return strings.HasPrefix(u.Path, "/") || u.Path == "" && u.Host != ""
}
