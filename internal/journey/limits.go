package journey

import (
	"net/netip"
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/config"
	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/limit"
)

// The rules on how often something may be tried. How many are admitted is the
// operator's choice ([config.Limits]); in what time, and by whom, stands here.
//
// Persons are counted over all journeys, by the mailbox of their address where
// mails are concerned.
// Clients are counted by their failures alone, since an office shares one. What
// is counted for all people together keeps whoever has many addresses from
// draining the mail server, or guessing at large.
const (
	codesPerPerson   = time.Hour
	failuresOverall  = time.Hour
	mailsPerPerson   = 10 * time.Minute
	mailsDaily       = 24 * time.Hour
	mailsOverall     = 10 * time.Minute
	perClient        = 15 * time.Minute
	signInsPerClient = 10 * time.Minute // an office at nine o'clock

	// How long after the newest wrong password all are forgotten. In an office
	// somebody mistypes one every day: what was tried there once must not have
	// all of them wait from then on.
	forgetPerson = 24 * time.Hour
	forgetClient = time.Hour
)

// guessing are the counts that a guess at a code or password falls on; a right
// one does not stay there. Each method has its own: one that is slowed never
// closes another.
func (s *Service) guessing(method string, t turn) []limit.Subject {
	l, what := s.Settings.Limits, "guess "+method
	person := limit.Subject{Key: what + " person " + t.journey.Address.Mailbox()}
	client := limit.Subject{Key: what + " client " + clientNetwork(t.visit.ClientIP)}
	if method == directory.MethodPassword {
		// A right password ends the row of wrong ones, and must end no other's: each
		// password has a row of its own.
		owner := t.passwordOwner()
		person.Key = what + " person " + string(owner.Kind) + " " + owner.Address
		person.Rule, person.Consecutive = growing(l, l.WrongPasswordsPerPerson, 0, forgetPerson), true
		client.Rule = growing(l, l.FailuresPerClient, perClient, forgetClient)
	} else {
		person.Rule = limit.Window{Count: l.WrongCodesPerPerson, Span: codesPerPerson}
		client.Rule = limit.Window{Count: l.FailuresPerClient, Span: perClient}
	}
	return []limit.Subject{person, client, {
		Key: what + " overall", Rule: limit.Window{Count: l.FailuresOverall, Span: failuresOverall}, Ceiling: "limits failures_overall",
	}}
}

func growing(l config.Limits, free int, span, forget time.Duration) limit.Growing {
	return limit.Growing{Free: free, Span: span, First: config.FirstWait, Longest: time.Duration(l.LongestWait), Forget: forget}
}

// mailing are the counts that a mail falls on.
func (s *Service) mailing(t turn) []limit.Subject {
	return append(s.personsMail(t), s.unusedMail(t)...)
}

// personsMail are those of them that every mail that was sent stays on: it
// fills a mailbox.
func (s *Service) personsMail(t turn) []limit.Subject {
	l, person := s.Settings.Limits, t.journey.Address.Mailbox()
	return []limit.Subject{
		{Key: "mail person " + person, Rule: limit.Window{Count: l.MailsPerPerson, Span: mailsPerPerson}},
		{Key: "mail day " + person, Rule: limit.Window{Count: l.MailsPerPersonDaily, Span: mailsDaily}},
	}
}

// unusedMail are those of them that a mail does not stay on when its link or
// code is used.
func (s *Service) unusedMail(t turn) []limit.Subject {
	l := s.Settings.Limits
	return []limit.Subject{
		{Key: "mail client " + clientNetwork(t.visit.ClientIP), Rule: limit.Window{Count: l.FailuresPerClient, Span: perClient}},
		{Key: "mail overall", Rule: limit.Window{Count: l.MailsOverall, Span: mailsOverall}, Ceiling: "limits mails_overall"},
	}
}

func (s *Service) begins(v Visit) limit.Subject {
	return limit.Subject{Key: "begin client " + clientNetwork(v.ClientIP), Rule: limit.Window{Count: s.Settings.Limits.SignInsPerClient, Span: signInsPerClient}}
}

func (s *Service) unknown(v Visit) limit.Subject {
	return limit.Subject{Key: "unknown client " + clientNetwork(v.ClientIP), Rule: limit.Window{Count: s.Settings.Limits.UnknownAddressesPerClient, Span: perClient}}
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
