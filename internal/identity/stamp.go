package identity

import (
	"net/http"
	"strings"
)

// Names maps the default name of each header to the one that portals receive;
// a header that is missing from it is not sent.
type Names map[string]string

// NewNames applies an operator's renamings, in which `off` drops a header.
func NewNames(renamed map[string]string) Names {
	names := Names{}
	for _, name := range HeaderNames {
		switch to := renamed[name]; {
		case to == "":
			names[name] = name
		case !strings.EqualFold(to, "off"):
			names[name] = http.CanonicalHeaderKey(to)
		}
	}
	return names
}

// Stamp sets the headers of one person. It is made once per session and site.
type Stamp struct {
	headers   [MostHeaders]header
	told      int    // how many of them there are
	assertion string // name of the assertion's header; empty: not sent
}

// NewStamp prepares the headers of the facts.
func NewStamp(f Facts, names Names) Stamp {
	s := Stamp{assertion: names[HeaderAssertion]}
	for name, value := range f.headers {
		if to, sent := names[name]; sent && value != "" {
			s.headers[s.told] = header{to, value}
			s.told++
		}
	}
	return s
}

// WantsAssertion reports whether the portal receives the assertion.
func (s *Stamp) WantsAssertion() bool { return s.assertion != "" }

// Values are the headers' values on one request: later handlers change them in
// place.
type Values [MostHeaders]string

// Set puts the headers on a request that was stripped before. values are the
// request's own.
func (s *Stamp) Set(h http.Header, values *Values, assertion string) {
	for i, header := range s.headers[:s.told] {
		values[i] = header.value
		h[header.name] = values[i : i+1 : i+1]
	}
	if s.WantsAssertion() {
		values[s.told] = assertion
		h[s.assertion] = values[s.told : s.told+1 : s.told+1]
	}
}
