package config

import "testing"

// TestDefaultsGiveWay: a default that could never be reached is lowered to what
// was written.
func TestDefaultsGiveWay(t *testing.T) {
	c := least()
	c.Limits = &Limits{WrongCodesPerPerson: 3, MailsPerPersonDaily: 2, MailsOverall: 100}
	s, err := c.Settings()
	if err != nil {
		t.Fatal(err)
	}
	if got := s.Limits; got.WrongCodesPerMail != 3 || got.MailsPerPerson != 2 || got.FailuresPerClient != 60 {
		t.Errorf("%+v", got)
	}
}
