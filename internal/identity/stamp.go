package identity

import (
	"net/http"
	"strings"
)

// Names are what portals receive the headers as, in the order of [HeaderNames]; a
// header without a name is not sent.
type Names [MostHeaders]string

// NewNames applies an operator's renamings, in which `off` drops a header.
func NewNames(renamed map[string]string) *Names {
	names := Names(headerNames)
	for i, name := range headerNames {
		switch to := renamed[name]; {
		case strings.EqualFold(to, "off"):
			names[i] = ""
		case to != "":
			names[i] = http.CanonicalHeaderKey(to)
		}
	}
	return &names
}

// WantAssertion reports whether the portal receives the assertion.
func (n *Names) WantAssertion() bool { return n[atAssertion] != "" }

// Set puts the headers on a request that was stripped before. The values, and the
// assertion, which becomes one of them where it is wanted, are the request's own:
// later handlers change them in place.
func (n *Names) Set(h http.Header, values *Values, assertion string) {
	values[atAssertion] = assertion
	for i, name := range n {
		if name != "" && values[i] != "" {
			h[name] = values[i : i+1 : i+1]
		}
	}
}
