package caddymodule

import (
	"fmt"
	"slices"
)

// beside tells of portals that are reached behind frontdesk, and without it, too: there
// they receive the headers that the client sent. It may be meant, for what asks for
// tokens of its own, so the configuration loads.
func (o order) beside(sites []*route) (told []string) {
	var reached []portal
	var behind []string
	for _, host := range hostsIn(sites) {
		f := flow{clean: true}
		f.routes(of(host, sites), true)
		reached, behind = append(reached, f.reached...), append(behind, f.behind...)
	}
	for _, p := range reached {
		for _, upstream := range p.upstreams {
			if !p.goesOn && slices.Contains(behind, upstream) {
				told = append(told, fmt.Sprintf("%s: the portal at %s is behind frontdesk, and is reached without it, too: there it receives headers "+
					"as clients send them, whoever these claim to be; put the same frontdesk before it there, and list as public what is to be open", o.server, upstream))
			}
		}
	}
	slices.Sort(told)
	return slices.Compact(told)
}
