// Package maildomain owns the list of public mail domains: those at which
// anybody can get an address, so that having one there proves nothing about
// the company a person belongs to (DESIGN.md, "Rules for contact creation").
//
// The list is the data of the npm package free-email-domains, which is
// maintained and under the MIT licence (LICENSE.free-email-domains). The
// first lines of public.txt name the version; refresh.sh replaces it. What that
// package lacks stands in more.txt: add there, never to public.txt.
package maildomain

import (
	_ "embed"
	"strings"
	"sync"
)

//go:generate ./refresh.sh

//go:embed public.txt
var list string

//go:embed more.txt
var more string

var public = sync.OnceValue(func() map[string]struct{} {
	set := make(map[string]struct{}, strings.Count(list, "\n"))
	for _, text := range []string{list, more} {
		for line := range strings.Lines(text) {
			if domain := strings.TrimSpace(line); domain != "" && domain[0] != '#' {
				set[domain] = struct{}{}
			}
		}
	}
	return set
})

// Public reports whether a domain, as directory.ParseDomain returns it, is
// that of a public mail service. Sub-domains do not count.
func Public(domain string) bool {
	_, listed := public()[domain]
	return listed
}
