package config

import "time"

// Limits say how often something may be tried. A person is counted over all
// their sign-ins and spellings of their address, and for mails and codes with or
// without a +tag; a client is an IPv4 address, or the /64 of an IPv6 address.
// Each method is limited by itself: a limit on one closes no other.
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
	// codes; mails whose link and code were not used; wrong passwords, the last
	// of which has the next one wait; the waits grow as for a person, until an
	// hour without a wrong one. Successes are not counted. Default: 60.
	FailuresPerClient int `json:"failures_per_client,omitempty"`

	// Addresses that nobody has, typed by a client in 15 minutes, 10 to 100000;
	// then nobody begins to sign in there. Default: 60.
	UnknownAddressesPerClient int `json:"unknown_addresses_per_client,omitempty"`

	// Sign-ins begun by a client in ten minutes, 10 to 1000000. Default: 1000.
	SignInsPerClient int `json:"sign_ins_per_client,omitempty"`

	// Mails to all people together in ten minutes whose link and code were not
	// used, 100 to 1000000. Default: 2000.
	MailsOverall int `json:"mails_overall,omitempty"`

	// Failures of all people together in an hour, 100 to 1000000, counted
	// apart: wrong codes; wrong passwords. Default: 10000.
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
		{"unknown_addresses_per_client", &l.UnknownAddressesPerClient, 60, 10, 100_000},
		{"sign_ins_per_client", &l.SignInsPerClient, 1000, 10, 1_000_000},
		{"mails_overall", &l.MailsOverall, 2000, 100, 1_000_000},
		{"failures_overall", &l.FailuresOverall, 10_000, 100, 1_000_000},
	} {
		*n.value = k.number("limits "+n.name, *n.value, n.fallback, n.least, n.most)
	}
	l.LongestWait = Duration(k.span("limits longest_wait", l.LongestWait, defaultLongestWait, FirstWait, maxLongestWait))
}
