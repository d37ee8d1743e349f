package identity

import (
	"net/http"
	"strings"
)

// Names are what portals receive the headers as, in the order of [HeaderNames]; a
// header without a name is not sent.
type Names [MostHeaders]string

// assertion is the place of the assertion's header: the last one.
const assertion = MostHeaders - 1

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

// Stamp sets the headers of one person. It is made once per session and site.
type Stamp struct {
	names  *Names
	values [assertion]string // empty ones are not sent
}

// NewStamp prepares the headers of the facts.
func NewStamp(f Facts, names *Names) Stamp {
	s := Stamp{names, f.values()}
	for i := range s.values {
		if names[i] == "" {
			s.values[i] = ""
		}
	}
	return s
}

// WantsAssertion reports whether the portal receives the assertion.
func (s *Stamp) WantsAssertion() bool { return s.names[assertion] != "" }

// Values are the headers' values on one request: later handlers change them in
// place.
type Values [MostHeaders]string

// Set puts the headers on a request that was stripped before. values are the
// request's own.
func (s *Stamp) Set(h http.Header, values *Values, token string) {
	for i, value := range s.values {
		if value != "" {
			values[i] = value
			h[s.names[i]] = values[i : i+1 : i+1]
		}
	}
	if s.WantsAssertion() {
		values[assertion] = token
		h[s.names[assertion]] = values[assertion:]
	}
}
