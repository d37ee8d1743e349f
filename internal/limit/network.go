package limit

import "net/netip"

// Prefixes of IPv6 addresses that stand for an IPv4 address. Whoever holds that
// one address holds many of these, or shares their first half with everybody.
var (
	nat64      = netip.MustParsePrefix("64:ff9b::/96")   // RFC 6052, 2.1
	localNAT64 = netip.MustParsePrefix("64:ff9b:1::/48") // RFC 8215
	sixToFour  = netip.MustParsePrefix("2002::/16")      // RFC 3056, 2
	teredo     = netip.MustParsePrefix("2001::/32")      // RFC 4380, 4
)

// Networks are what a client is counted by. client is its IPv4 address or the
// /64 of its IPv6 address, which one subscriber holds all of; around is the /48
// of the latter, which is the most that one gets (RFC 6177), and empty for all
// others. Both are empty where ip is no address, as behind a unix socket.
func Networks(ip string) (client, around string) {
	addr, err := netip.ParseAddr(ip)
	if err != nil {
		return "", ""
	}
	addr = embedded(addr.WithZone("").Unmap())
	// Where in a translator's own prefix the IPv4 address stands is its
	// operator's choice: each address is another one.
	if addr.Is4() || localNAT64.Contains(addr) {
		return addr.String(), ""
	}
	return network(addr, 64), network(addr, 48)
}

// shared are the addresses within carriers' and companies' own networks that are
// no private ones (RFC 6598). The net knows none of them.
var shared = netip.MustParsePrefix("100.64.0.0/10")

// Block is the part of the net that a client comes from: the /16 around its IPv4
// address, the /32 around its IPv6 address, which is about the most that one
// holder has. It is empty where there is no telling one holder from another:
// for what is no address, and within networks of one's own.
func Block(ip string) string {
	addr, err := netip.ParseAddr(ip)
	if err != nil {
		return ""
	}
	addr = embedded(addr.WithZone("").Unmap())
	switch {
	case addr.IsPrivate(), addr.IsLoopback(), addr.IsLinkLocalUnicast(), shared.Contains(addr), localNAT64.Contains(addr):
		return ""
	case addr.Is4():
		return network(addr, 16)
	}
	return network(addr, 32)
}

func network(addr netip.Addr, bits int) string {
	return netip.PrefixFrom(addr, bits).Masked().String()
}

// embedded is the IPv4 address that an IPv6 address stands for, or the latter
// itself.
func embedded(addr netip.Addr) netip.Addr {
	b := addr.As16()
	switch {
	case nat64.Contains(addr):
		return netip.AddrFrom4([4]byte(b[12:]))
	case sixToFour.Contains(addr):
		return netip.AddrFrom4([4]byte(b[2:6]))
	case teredo.Contains(addr): // its bits are turned over, so that no translator on the way finds it
		return netip.AddrFrom4([4]byte{^b[12], ^b[13], ^b[14], ^b[15]})
	}
	return addr
}
