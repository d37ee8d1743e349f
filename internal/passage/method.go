package passage

import "net/http"

// known reports whether a method is registered (IANA HTTP Method Registry), in
// the very case, and one that portals are asked: not CONNECT, whose body is a
// tunnel; not TRACE, which sends back what the gateway has set; not PRI, which
// is no request.
func known(method string) bool {
	switch method {
	case "GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "QUERY",
		"ACL", "BASELINE-CONTROL", "BIND", "CHECKIN", "CHECKOUT", "COPY", "LABEL", "LINK", "LOCK", "MERGE", "MKACTIVITY", "MKCALENDAR",
		"MKCOL", "MKREDIRECTREF", "MKWORKSPACE", "MOVE", "ORDERPATCH", "PROPFIND", "PROPPATCH", "REBIND", "REPORT", "SEARCH", "UNBIND",
		"UNCHECKOUT", "UNLINK", "UNLOCK", "UPDATE", "UPDATEREDIRECTREF", "VERSION-CONTROL":
		return true
	}
	return false
}

// safe reports whether a method changes nothing (RFC 9110, 9.2.1; the registry
// says so of the last four).
func safe(method string) bool {
	switch method {
	case "GET", "HEAD", "OPTIONS", "PROPFIND", "REPORT", "SEARCH", "QUERY":
		return true
	}
	return false
}

// Early reports whether a request came before the TLS handshake was done
// (0-RTT), here or at a proxy, which says so: it could be a replay, from anywhere
// (RFC 8470, 5.1: whatever the header's value is).
func Early(r *http.Request) bool {
	return r.TLS != nil && !r.TLS.HandshakeComplete || len(r.Header["Early-Data"]) > 0
}
