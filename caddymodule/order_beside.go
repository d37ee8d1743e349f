package caddymodule

import (
	"fmt"
	"net"
	"slices"
	"strings"

	"github.com/caddyserver/caddy/v2"
)

// beside tells of portals that are reached behind frontdesk, and without it, too: there
// they receive the headers that the client sent. It may be meant, for what asks for
// tokens of its own, so the configuration loads.
func (o order) beside(sites, failed []*route) (told []string) {
	var reached, behind []string
	for _, host := range hostsIn(sites, failed) {
		for _, list := range [][]*route{sites, failed} {
			f := flow{clean: true}
			f.routes(of(host, list), true)
			f.answer()
			for _, p := range f.portals() {
				if !p.goesOn {
					reached = append(reached, asked(host, p.upstreams)...)
				}
			}
			behind = append(behind, asked(host, f.behind)...)
		}
	}
	for _, upstream := range reached {
		if slices.ContainsFunc(behind, func(other string) bool { return spelt(other) == spelt(upstream) }) {
			told = append(told, fmt.Sprintf("%s: the portal at %s is behind frontdesk, and is reached without it, too: there it receives headers "+
				"as clients send them, whoever these claim to be; put the same frontdesk before it there, and list as public what is to be open", o.server, upstream))
		}
	}
	slices.Sort(told)
	return slices.Compact(told)
}

// spelt is an upstream in one spelling of its address: Caddy dials this host where none
// is named, too.
func spelt(upstream string) string {
	network, host, port, err := caddy.SplitNetworkAddress(upstream)
	if err != nil || port == "" || caddy.IsUnixNetwork(network) {
		return upstream
	}
	if ip := net.ParseIP(host); host == "" || ip.IsLoopback() || ip.IsUnspecified() {
		host = "localhost"
	}
	return strings.ToLower(host) + ":" + port
}

// asked are upstreams as the requests for a host come to them: what a placeholder
// names may be another one for each.
func asked(host string, upstreams []string) (all []string) {
	for _, upstream := range upstreams {
		if strings.Contains(upstream, "{") && host != "" {
			upstream += " of " + host
		}
		all = append(all, upstream)
	}
	return all
}
