package journey

import (
	"context"
	"crypto/rand"
	"errors"
	"strconv"
	"strings"
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
		out := t.problem(problem.Field, problem.Key, problem.Args)
		out.Journey.Profile = t.form.Profile // as it was typed
		return out, nil
	}
	contact := directory.Contact{
		ID: rand.Text(), Email: t.journey.Address, Account: t.step.Account.ID,
		GivenName: profile.GivenName, FamilyName: profile.FamilyName, Phone: profile.Phone, JobTitle: profile.JobTitle,
		Active: true, SelfRegistered: true, Created: s.Now().UTC(),
	}
	err := s.Directory.CreateContact(ctx, contact)
	if _, clashes := errors.AsType[*directory.ClashError](err); clashes { // the account went in between
		err = errMoved
	}
	if err != nil && !errors.Is(err, directory.ErrExists) { // a second post, or another tab
		return Outcome{}, err
	}
	if err == nil {
		s.Log.Info("contact created at sign-in", "contact", contact.ID, "address", contact.Email, "account", contact.Account, "journey", t.journey.ID)
	}
	return s.save(ctx, t, func(j *Journey) { j.Profile = profile })
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
