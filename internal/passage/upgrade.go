package passage

import (
	"net/http"
	"strings"

	"golang.org/x/net/http/httpguts"
)

// isWebSocket reports whether a request is the well-formed opening of a
// WebSocket: by GET without a body on HTTP/1.1 (RFC 6455, 4.2.1), or by CONNECT
// on HTTP/2 and HTTP/3 (RFC 8441, 5; RFC 9220, 3). Whatever else asks for an
// upgrade is answered as if it had not (RFC 9110, 7.8).
//
// reverse_proxy tunnels whatever protocol the first Upgrade line names, by any
// method and after any body, as soon as a portal answers 101.
func isWebSocket(r *http.Request) bool {
	if !only(r.Header, "Sec-Websocket-Version", "13") {
		return false
	}
	if r.Method == http.MethodConnect {
		return r.ProtoMajor == 3 && r.Proto == "websocket" || r.ProtoMajor == 2 && only(r.Header, ":protocol", "websocket")
	}
	return r.Method == http.MethodGet && r.ProtoMajor == 1 && r.ProtoAtLeast(1, 1) && r.ContentLength == 0 &&
		only(r.Header, "Upgrade", "websocket") && len(r.Header["Sec-Websocket-Key"]) == 1 &&
		httpguts.HeaderValuesContainsToken(r.Header["Connection"], "upgrade")
}

// only reports whether a header came once, with a value in whatever case.
func only(h http.Header, name, value string) bool {
	values := h[name]
	return len(values) == 1 && strings.EqualFold(values[0], value)
}

// setUpgrade puts back what a WebSocket's opening needs, and no more: names in
// Connection would have the proxy remove what was set here (RFC 9110, 7.6.1).
func setUpgrade(r *http.Request) {
	switch {
	case r.ProtoMajor == 1:
		r.Header["Connection"], r.Header["Upgrade"] = []string{"Upgrade"}, []string{"websocket"}
	case r.ProtoMajor == 2:
		r.Header[":protocol"] = []string{"websocket"}
	}
}
