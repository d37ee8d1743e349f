package journey

import (
	"net/netip"
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/limit"
)

// The limits, per person over all their journeys, and per client address:
// there failures count only, since an office shares one.
var (
	guessesPerPerson = limit.Window{Count: 10, Span: 15 * time.Minute}
	guessesPerClient = limit.Window{Count: 60, Span: 15 * time.Minute}
	mailsPerPerson   = limit.Window{Count: 5, Span: 10 * time.Minute}
	mailsPerDay      = limit.Window{Count: 30, Span: 24 * time.Hour}
	mailsPerClient   = limit.Window{Count: 60, Span: 10 * time.Minute}
	unknownPerClient = limit.Window{Count: 60, Span: 15 * time.Minute}
	beginsPerClient  = limit.Window{Count: 1000, Span: 10 * time.Minute} // an office at nine o'clock
)

// guessing are the counts that a guess at a code or password falls on; a right
// one is taken back. Each method has its own: one that is slowed never closes
// another.
func (s *Service) guessing(method string, t turn) []limit.Subject {
	return []limit.Subject{
		{Key: "guess " + method + " person " + t.journey.Address.Key(), Rule: guessesPerPerson},
		{Key: "guess " + method + " client " + clientNetwork(t.visit.ClientIP), Rule: guessesPerClient},
	}
}

func (s *Service) mailing(t turn) []limit.Subject {
	person := t.journey.Address.Key()
	return []limit.Subject{
		{Key: "mail person " + person, Rule: mailsPerPerson},
		{Key: "mail day " + person, Rule: mailsPerDay},
		{Key: "mail client " + clientNetwork(t.visit.ClientIP), Rule: mailsPerClient},
	}
}

func (s *Service) begins(v Visit) limit.Subject {
	return limit.Subject{Key: "begin client " + clientNetwork(v.ClientIP), Rule: beginsPerClient}
}

func (s *Service) unknown(v Visit) limit.Subject {
	return limit.Subject{Key: "unknown client " + clientNetwork(v.ClientIP), Rule: unknownPerClient}
}

// clientNetwork is what a client address is counted by: IPv6 by /64, since one
// subscriber holds all of it (RFC 6177).
func clientNetwork(ip string) string {
	addr, err := netip.ParseAddr(ip)
	if err != nil {
		return ip
	}
	addr = addr.Unmap().WithZone("")
	if addr.Is4() {
		return addr.String()
	}
	prefix, _ := addr.Prefix(64) // 64 is within an IPv6 address
	return prefix.String()
}
