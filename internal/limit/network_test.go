package limit_test

import (
	"testing"

	"github.com/frontdesk-gateway/frontdesk/internal/limit"
)

// TestNetworks: whoever holds one address of IPv4, or one network of IPv6, is
// one client, and two who do not are two.
func TestNetworks(t *testing.T) {
	for _, tt := range []struct{ name, ip, client, around string }{
		{"IPv4", "203.0.113.7", "203.0.113.7", ""},
		{"IPv4 in IPv6", "::ffff:203.0.113.7", "203.0.113.7", ""},
		{"IPv4 in IPv6, in hexadecimal", "::ffff:cb00:7107", "203.0.113.7", ""},
		{"IPv6", "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64", "2001:db8:1::/48"},
		{"IPv6 in capitals, spelled out", "2001:0DB8:0001:0002:0000:0000:0000:0001", "2001:db8:1:2::/64", "2001:db8:1::/48"},
		{"IPv6 with a zone", "fe80::1%eth0", "fe80::/64", "fe80::/48"},
		{"IPv6 with another zone", "fe80::2%eth1", "fe80::/64", "fe80::/48"},
		{"loopback", "::1", "::/64", "::/48"},
		{"NAT64", "64:ff9b::203.0.113.7", "203.0.113.7", ""},
		{"NAT64, another client", "64:ff9b::203.0.113.8", "203.0.113.8", ""},
		{"beside NAT64", "64:ff9b:0:0:0:1:203.0.113.8", "64:ff9b::/64", "64:ff9b::/48"},
		{"a translator's own NAT64 of 96 bits", "64:ff9b:1::203.0.113.7", "64:ff9b:1::cb00:7107", ""},
		{"a translator's own NAT64 of 64 bits", "64:ff9b:1:0:cb:71:700::", "64:ff9b:1:0:cb:71:700:0", ""},
		{"6to4", "2002:cb00:7107:1::1", "203.0.113.7", ""},
		{"6to4, another of its 65536 networks", "2002:cb00:7107:ffff::1", "203.0.113.7", ""},
		{"Teredo", "2001:0:c000:0201:8000:f227:34ff:8ef8", "203.0.113.7", ""},
		{"Teredo by another server", "2001:0:c633:6401:0:1234:34ff:8ef8", "203.0.113.7", ""},
		{"beside Teredo", "2001:1::1", "2001:1::/64", "2001:1::/48"},
		{"a unix socket", "@", "", ""},
		{"a named unix socket", "@/run/frontdesk.sock", "", ""},
		{"nothing", "", "", ""},
		{"address and port", "203.0.113.7:443", "", ""},
		{"a network", "203.0.113.0/24", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if client, around := limit.Networks(tt.ip); client != tt.client || around != tt.around {
				t.Errorf("%s is counted by %q and %q, want %q and %q", tt.ip, client, around, tt.client, tt.around)
			}
		})
	}
}

// TestBlocks: what one holder has is one block; what many share is none.
func TestBlocks(t *testing.T) {
	for _, tt := range []struct{ name, ip, block string }{
		{"IPv4", "203.0.113.7", "203.0.0.0/16"},
		{"IPv4 in IPv6", "::ffff:203.0.113.7", "203.0.0.0/16"},
		{"IPv6", "2001:db8:1:2:3:4:5:6", "2001:db8::/32"},
		{"NAT64", "64:ff9b::203.0.113.7", "203.0.0.0/16"},
		{"6to4", "2002:cb00:7107:1::1", "203.0.0.0/16"},
		{"Teredo", "2001:0:c000:0201:8000:f227:34ff:8ef8", "203.0.0.0/16"},
		{"a translator's own NAT64", "64:ff9b:1::203.0.113.7", ""},
		{"a private network", "10.1.2.3", ""},
		{"a private network of IPv6", "fd00::1", ""},
		{"a shared network", "100.100.1.2", ""},
		{"beside shared networks", "100.128.1.2", "100.128.0.0/16"},
		{"loopback", "127.0.0.1", ""},
		{"loopback of IPv6", "::1", ""},
		{"a zone", "fe80::1%eth0", ""},
		{"a unix socket", "@", ""},
		{"nothing", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if block := limit.Block(tt.ip); block != tt.block {
				t.Errorf("%s is of %q, want %q", tt.ip, block, tt.block)
			}
		})
	}
}

func FuzzNetworks(f *testing.F) {
	for _, ip := range []string{"203.0.113.7", "64:ff9b::1", "2002::1%z", "@"} {
		f.Add(ip)
	}
	f.Fuzz(func(t *testing.T, ip string) {
		client, around := limit.Networks(ip)
		if block := limit.Block(ip); len(block) > 45 || client == "" && block != "" {
			t.Errorf("%q is of %q", ip, block)
		}
		if len(client) > 45 || len(around) > 45 || client == "" && around != "" {
			t.Errorf("%q is counted by %q and %q", ip, client, around)
		}
	})
}
