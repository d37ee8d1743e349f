package journey

import (
	"fmt"
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
// draining the mail server, filling the store, or guessing at large.
const (
	codesPerPerson   = time.Hour
	failuresOverall  = time.Hour
	mailsPerPerson   = 10 * time.Minute
	daily            = 24 * time.Hour
	mailsOverall     = 10 * time.Minute
	perClient        = 15 * time.Minute
	signInsPerClient = 10 * time.Minute // an office at nine o'clock

	// How long after the newest wrong password all are forgotten. In an office
	// somebody mistypes one every day: what was tried there once must not have
	// all of them wait from then on.
	forgetPerson = 24 * time.Hour
	forgetClient = time.Hour

	// around is how many times a client's limit holds for the network around it,
	// in which many may be subscribers of their own.
	around = 10
)

// TooManyError says that something was not done because it was done too often.
type TooManyError struct {
	Wait time.Duration // until it is done again
	Back string        // address of a page to go on from; empty: begin anew
}

func (e *TooManyError) Error() string {
	return fmt.Sprintf("too many attempts: the next one is admitted in %s", e.Wait)
}

// strangers are the counts of something that a visit does, whoever the person
// is: those of the client, and, under option, of all people together.
func (s *Service) strangers(v Visit, what string, perClient limit.Rule, option string, rule limit.Rule) []limit.Subject {
	clients := s.clients(v, what, perClient)
	return append(clients, overall(v, what, option, rule, len(clients) == 0)...)
}

// everybodys are the counts, under option, of something that uses up what is
// everybody's: those of all people together, which refuse everybody at twice the
// number.
func everybodys(v Visit, what, option string, rule limit.Rule) []limit.Subject {
	return overall(v, what, option, rule, true)
}

// overall are the counts, under option, of all people together, and of the part
// of the net that the visit comes from: no holder of one gets all others held,
// or refused, alone, however many clients they are.
func overall(v Visit, what, option string, rule limit.Rule, closes bool) []limit.Subject {
	option = "limits " + option
	subjects := []limit.Subject{{Key: what + " overall", Rule: rule, Ceiling: option, Closes: closes}}
	if block := limit.Block(v.ClientIP); block != "" {
		subjects = append(subjects, limit.Subject{Key: what + " block " + block, Rule: rule, Part: option})
	}
	return subjects
}

// clients are the counts of a client; none for one without an address.
func (s *Service) clients(v Visit, what string, perClient limit.Rule) []limit.Subject {
	client, network := limit.Networks(v.ClientIP)
	if client == "" {
		s.unnamed.Do(func() {
			s.Log.Warn("a client has no address, as behind a unix socket: all of them are counted together; set trusted_proxies_unix for the server", "client_ip", v.ClientIP)
		})
		return nil
	}
	subjects := []limit.Subject{{Key: what + " client " + client, Rule: perClient}}
	if network != "" {
		subjects = append(subjects, limit.Subject{Key: what + " network " + network, Rule: limit.Times(around, perClient)})
	}
	return subjects
}

// guessing are the counts that a guess at a code or password falls on; a right
// one does not stay there. Each method has its own: one that is slowed never
// closes another.
func (s *Service) guessing(method string, t turn) []limit.Subject {
	l, what := s.Settings.Limits, "guess "+method
	if method == directory.MethodPassword {
		// A right password ends the row of wrong ones, and must end no other's: each
		// password has a row of its own.
		owner := t.passwordOwner()
		return append(s.failingPassword(t.visit), limit.Subject{
			Key:  what + " person " + string(owner.Kind) + " " + owner.Address,
			Rule: growing(l, l.WrongPasswordsPerPerson, 0, forgetPerson), Consecutive: true,
		})
	}
	return append(s.failing(t.visit, what, limit.Window{Count: l.FailuresPerClient, Span: perClient}), limit.Subject{
		Key: what + " person " + t.journey.Address.Mailbox(), Rule: limit.Window{Count: l.WrongCodesPerPerson, Span: codesPerPerson},
	})
}

// asking are the counts that asking a provider who came back falls on, where it
// does not know anybody: it would slow us down for everybody otherwise. The
// person has none: a stranger who types their address could close the method.
func (s *Service) asking(provider string, v Visit) []limit.Subject {
	return s.failing(v, "guess "+provider, limit.Window{Count: s.Settings.Limits.FailuresPerClient, Span: perClient})
}

// failingPassword are the counts of a failure with a password, whose ever it is.
func (s *Service) failingPassword(v Visit) []limit.Subject {
	l := s.Settings.Limits
	return s.failing(v, "guess "+directory.MethodPassword, growing(l, l.FailuresPerClient, perClient, forgetClient))
}

func (s *Service) failing(v Visit, what string, perClient limit.Rule) []limit.Subject {
	return s.strangers(v, what, perClient, "failures_overall", limit.Window{Count: s.Settings.Limits.FailuresOverall, Span: failuresOverall})
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
func (s *Service) personsMail(t turn) []limit.Subject { return s.filling(t, "mail") }

// filling are the counts of something that fills a person's mailbox.
func (s *Service) filling(t turn, what string) []limit.Subject {
	l, person := s.Settings.Limits, t.journey.Address.Mailbox()
	return []limit.Subject{
		{Key: what + " person " + person, Rule: limit.Window{Count: l.MailsPerPerson, Span: mailsPerPerson}},
		{Key: what + " day " + person, Rule: limit.Window{Count: l.MailsPerPersonDaily, Span: daily}},
	}
}

// changing are the counts of changing a password by the present one: of each the
// person is told by a mail. Those that a mailed code sets have none: who has stolen
// a password must not keep its owner from replacing it.
func (s *Service) changing(t turn) []limit.Subject {
	if !t.step.Current || s.Outbound == nil {
		return nil
	}
	return s.filling(t, "change")
}

// creating are the counts of creating a contact in an account.
func (s *Service) creating(account string) []limit.Subject {
	return []limit.Subject{{Key: "create account " + account, Rule: limit.Window{Count: s.Settings.Limits.NewContactsPerAccount, Span: daily}}}
}

// unusedMail are those of them that a mail does not stay on when its link or
// code is used.
func (s *Service) unusedMail(t turn) []limit.Subject {
	l := s.Settings.Limits
	return append(s.clients(t.visit, "mail", limit.Window{Count: l.FailuresPerClient, Span: perClient}),
		everybodys(t.visit, "mail", "mails_overall", limit.Window{Count: l.MailsOverall, Span: mailsOverall})...)
}

// begins are the counts of beginning a journey.
func (s *Service) begins(v Visit) []limit.Subject { return s.stored(v, "begin") }

// unfinished are those of them that a journey does not stay on when it is
// finished.
func (s *Service) unfinished(v Visit) []limit.Subject { return s.storedOverall(v, "begin") }

// tickets are the counts of issuing one: a journey can ask for any number.
func (s *Service) tickets(v Visit) []limit.Subject { return s.stored(v, "ticket") }

// stored are the counts of what fills the store, which is everybody's.
func (s *Service) stored(v Visit, what string) []limit.Subject {
	return append(s.clients(v, what, limit.Window{Count: s.Settings.Limits.SignInsPerClient, Span: signInsPerClient}),
		s.storedOverall(v, what)...)
}

func (s *Service) storedOverall(v Visit, what string) []limit.Subject {
	return everybodys(v, what, "sign_ins_overall", limit.Window{Count: s.Settings.Limits.SignInsOverall, Span: signInsPerClient})
}

func (s *Service) unknown(v Visit) []limit.Subject {
	l := s.Settings.Limits
	return s.strangers(v, "unknown", limit.Window{Count: l.UnknownAddressesPerClient, Span: perClient},
		"unknown_addresses_overall", limit.Window{Count: l.UnknownAddressesOverall, Span: perClient})
}
