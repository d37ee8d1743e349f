package passage

import (
	"net/http"
	"strings"
)

// isPath reports whether a request names a path, on its own or after an origin
// (RFC 9112, 3.2). The rest would reach a portal as its request line in a form
// that nothing here has judged: a * (but net/http answers OPTIONS *), the
// opaque part of "x:y", and an origin in an HTTP/2 :path.
func isPath(r *http.Request) bool {
	u := r.URL
	if u.Opaque != "" || u.Host != "" && r.ProtoMajor > 1 {
		return false
	}
	return strings.HasPrefix(u.Path, "/") || u.Path == "" && u.Host != ""
}
