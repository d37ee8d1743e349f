package journey

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
)

// maxDetailBytes bounds each detail that a person gives of themselves, beside
// its characters. Four bytes are the most that a character has.
const maxDetailBytes = 4 * directory.MaxDetail

// answerCreate is step 4: the address was proved, and Next found the account.
func (s *Service) answerCreate(ctx context.Context, t turn) (Outcome, error) {
	profile, problem := cleanProfile(t.form.Profile)
	if problem != nil {
		return t.typed(t.problem(problem.Field, problem.Key, problem.Args)), nil
	}
	wait, err := s.createContact(ctx, t, profile)
	switch {
	case err != nil:
		return Outcome{}, err
	case wait > 0:
		return t.typed(slowed(t.problem("", "too_many_new", waitArgs(wait)), wait)), nil
	}
	return s.save(context.WithoutCancel(ctx), t, func(j *Journey) { j.Profile = profile })
}

// typed shows the details again as they were typed.
func (t turn) typed(out Outcome) Outcome {
	out.Journey.Profile = t.form.Profile
	return out
}

// createContact adds the person, unless they are there by now: a second post, or
// another tab, was faster.
func (s *Service) createContact(ctx context.Context, t turn, p Profile) (wait time.Duration, err error) {
	contact := directory.Contact{
		ID: rand.Text(), Email: t.journey.Address, Account: t.step.Account.ID,
		GivenName: p.GivenName, FamilyName: p.FamilyName, Phone: p.Phone, JobTitle: p.JobTitle,
		Active: true, SelfRegistered: true, Created: s.Now().UTC(),
	}
	counts := s.creating(contact.Account)
	if wait, err := s.Limits.Count(ctx, counts...); wait > 0 || err != nil {
		people, failed := s.Directory.People(ctx, contact.Email.Key())
		if err = cmp.Or(err, failed); err == nil && people.Known() { // the first of two posts had the last place
			wait = 0
		}
		return wait, err
	}
	ctx = context.WithoutCancel(ctx) // counted, and created, for good
	if err = s.Directory.CreateContact(ctx, contact); err == nil {
		s.Log.Info("contact created at sign-in", "contact", contact.ID, "address", contact.Email, "account", contact.Account, "journey", t.journey.ID)
		return 0, nil
	}
	if _, clashes := errors.AsType[*directory.ClashError](err); clashes { // the account went in between
		err = errMoved
	}
	if errors.Is(err, directory.ErrExists) {
		err = nil
	}
	return 0, errors.Join(err, s.Limits.Forgive(ctx, counts...))
}

// cleanProfile trims what was typed and refuses what cannot be kept.
func cleanProfile(p Profile) (Profile, *Problem) {
	for _, field := range []struct {
		name     string
		value    *string
		required bool
	}{
		{"given_name", &p.GivenName, true},
		{"family_name", &p.FamilyName, true},
		{"phone", &p.Phone, false},
		{"job_title", &p.JobTitle, false},
	} {
		if len(*field.value) <= maxDetailBytes {
			*field.value = strings.Join(strings.Fields(*field.value), " ")
		}
		switch {
		case *field.value == "" && field.required:
			return p, &Problem{Field: field.name, Key: "field_required"}
		case len(*field.value) > maxDetailBytes || utf8.RuneCountInString(*field.value) > directory.MaxDetail:
			return p, &Problem{Field: field.name, Key: "field_too_long", Args: map[string]string{"characters": strconv.Itoa(directory.MaxDetail)}}
		case !utf8.ValidString(*field.value), strings.ContainsFunc(*field.value, unprintable):
			return p, &Problem{Field: field.name, Key: "field_characters"}
		}
	}
	return p, nil
}

// printable leaves out what cleanProfile refuses: nobody sees it in what
// a provider filled in, to take it out.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unprintable(r) {
			return -1
		}
		return r
	}, s)
}

// unprintable are the characters that change how the text around them reads:
// control characters, and the invisible format characters, bidirectional
// overrides among them (Unicode TR 36). The joiners that scripts need stay.
func unprintable(r rune) bool {
	return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) && r != '\u200c' && r != '\u200d' || unicode.Is(unicode.Co, r)
}
