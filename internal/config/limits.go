package config

import (
	"fmt"
	"time"
)

// Limits say how often something may be tried. A person is counted over all
// their sign-ins and spellings of their address, and for mails and codes with or
// without a +tag; a client is an IPv4 address, or the /64 of an IPv6 address, and the /48 around it has
// ten times as much.
// Each method is limited by itself: a limit on one closes no other.
//
// A limit on all people together closes to nobody who has done little: as long
// as it is reached, persons and clients are held to a tenth of their own limits.
// Only at twice the number of mails_overall or sign_ins_overall everybody waits. The
// clients of one /16 of IPv4, or /32 of IPv6, together have half of each number, or a tenth of it once it
// is reached; those of private networks have all of it.
type Limits struct {
	// Wrong codes that a mail survives, 1 to 10. Default: 5.
	WrongCodesPerMail int `json:"wrong_codes_per_mail,omitempty"`

	// Wrong codes of a person in an hour, over all mails, 3 to 100. Default: 10.
	WrongCodesPerPerson int `json:"wrong_codes_per_person,omitempty"`

	// Mails to a person in ten minutes, 1 to 100. Default: 5.
	MailsPerPerson int `json:"mails_per_person,omitempty"`

	// Mails to a person in a day, 1 to 1000. Default: 30.
	MailsPerPersonDaily int `json:"mails_per_person_daily,omitempty"`

	// Wrong passwords of a person in a row until the next one has to wait, 3 to
	// 100 (NIST SP 800-63B-4, 3.2.2): the last of them has it wait for 30
	// seconds, each further one twice as long as the one before.
	// A right password, or 24 hours without a wrong one, ends the row.
	// Default: 5.
	WrongPasswordsPerPerson int `json:"wrong_passwords_per_person,omitempty"`

	// The longest that a wrong password has the next one wait, 30 seconds to an
	// hour. Default: `15m`.
	LongestWait Duration `json:"longest_wait,omitempty"`

	// Failures of a client in 15 minutes, 10 to 100000, counted apart: wrong
	// codes; mails whose link and code were not used; answers that each provider
	// turned down; wrong passwords, the last
	// of which has the next one wait; the waits grow as for a person, until an
	// hour without a wrong one. Successes are not counted. Default: 60.
	FailuresPerClient int `json:"failures_per_client,omitempty"`

	// Contacts that sign-ins create in an account in a day, 1 to 1000000: whoever
	// has a domain has as many addresses as they like. Default: 500.
	NewContactsPerAccount int `json:"new_contacts_per_account,omitempty"`

	// Addresses that nobody has, typed by a client in 15 minutes, 10 to 100000;
	// then nobody begins to sign in there. Default: 60.
	UnknownAddressesPerClient int `json:"unknown_addresses_per_client,omitempty"`

	// Addresses that nobody has, typed by all people together in 15 minutes, 100
	// to 1000000. Default: 10000.
	UnknownAddressesOverall int `json:"unknown_addresses_overall,omitempty"`

	// Sign-ins begun by a client in ten minutes, 10 to 1000000. Default: 1000.
	SignInsPerClient int `json:"sign_ins_per_client,omitempty"`

	// Sign-ins begun by all people together in ten minutes and not finished, 1000
	// to 10000000. Default: 50000.
	SignInsOverall int `json:"sign_ins_overall,omitempty"`

	// Mails to all people together in ten minutes whose link and code were not
	// used, 100 to 1000000. Default: 2000.
	MailsOverall int `json:"mails_overall,omitempty"`

	// Failures of all people together in an hour, 100 to 1000000, counted
	// apart: wrong codes; wrong passwords; answers that each provider turned
	// down. Default: 10000.
	FailuresOverall int `json:"failures_overall,omitempty"`
}

// FirstWait is the first of the waits that grow.
const FirstWait = 30 * time.Second

const (
	defaultLongestWait = 15 * time.Minute
	maxLongestWait     = time.Hour
)

// limits fills in what was not written.
func (k *checker) limits() {
	l := &k.settings.Limits
	if written := k.config.Limits; written != nil {
		*l = *written
	}
	written := *l
	for _, n := range []struct {
		name                  string
		value                 *int
		fallback, least, most int
	}{
		{"wrong_codes_per_mail", &l.WrongCodesPerMail, 5, 1, 10},
		{"wrong_codes_per_person", &l.WrongCodesPerPerson, 10, 3, 100},
		{"mails_per_person", &l.MailsPerPerson, 5, 1, 100},
		{"mails_per_person_daily", &l.MailsPerPersonDaily, 30, 1, 1000},
		{"wrong_passwords_per_person", &l.WrongPasswordsPerPerson, 5, 3, 100},
		{"failures_per_client", &l.FailuresPerClient, 60, 10, 100_000},
		{"new_contacts_per_account", &l.NewContactsPerAccount, 500, 1, 1_000_000},
		{"unknown_addresses_per_client", &l.UnknownAddressesPerClient, 60, 10, 100_000},
		{"unknown_addresses_overall", &l.UnknownAddressesOverall, 10_000, 100, 1_000_000},
		{"sign_ins_per_client", &l.SignInsPerClient, 1000, 10, 1_000_000},
		{"sign_ins_overall", &l.SignInsOverall, 50_000, 1000, 10_000_000},
		{"mails_overall", &l.MailsOverall, 2000, 100, 1_000_000},
		{"failures_overall", &l.FailuresOverall, 10_000, 100, 1_000_000},
	} {
		*n.value = k.number("limits "+n.name, *n.value, n.fallback, n.least, n.most)
	}
	l.LongestWait = Duration(k.span("limits longest_wait", l.LongestWait, defaultLongestWait, FirstWait, maxLongestWait))
	k.limitsAgree(l, written)
}

// limitsAgree refuses a limit that could never be reached, because of another
// one that is smaller and counts the same. A default gives way.
func (k *checker) limitsAgree(l *Limits, written Limits) {
	for _, c := range []struct {
		name    string
		value   *int
		written int
		within  string
		most    int
	}{
		{"wrong_codes_per_mail", &l.WrongCodesPerMail, written.WrongCodesPerMail, "wrong_codes_per_person", l.WrongCodesPerPerson},
		{"mails_per_person", &l.MailsPerPerson, written.MailsPerPerson, "mails_per_person_daily", l.MailsPerPersonDaily},
		{"failures_per_client", &l.FailuresPerClient, written.FailuresPerClient, "failures_overall", l.FailuresOverall},
		{"unknown_addresses_per_client", &l.UnknownAddressesPerClient, written.UnknownAddressesPerClient, "unknown_addresses_overall", l.UnknownAddressesOverall},
		{"sign_ins_per_client", &l.SignInsPerClient, written.SignInsPerClient, "sign_ins_overall", l.SignInsOverall},
	} {
		switch {
		case *c.value <= c.most:
		case c.written == 0:
			*c.value = c.most
		default:
			k.refuse("limits "+c.name, fmt.Sprint(c.written), "%d is more than %s, which is %d, so that it could never be reached: write %d or less, or more for %s",
				c.written, c.within, c.most, c.most, c.within)
		}
	}
}
