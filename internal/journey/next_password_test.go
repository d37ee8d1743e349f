package journey

import (
	"testing"
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/config"
	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/emailtoken"
	"github.com/frontdesk-gateway/frontdesk/internal/session"
)

func wishing(w PasswordWish) func(*Journey) { return func(j *Journey) { j.Password = w } }

// from makes a journey one of somebody who is signed in.
func from(j *Journey) { j.From, j.Created = &session.Key{1}, journeyBegan }

// madeIn is the journey of a proof: the tables' own, which has no id, or one
// before it.
func madeIn(at time.Time) string {
	if at.Before(journeyBegan) {
		return "an earlier one"
	}
	return ""
}

// typed adds a proof by the password of a kind that was set then.
func typed(kind directory.Kind, at, set time.Time) func(*Journey) {
	return func(j *Journey) {
		j.Proofs = append(j.Proofs, session.Proof{Method: directory.MethodPassword, Kind: kind, At: at, Journey: madeIn(at), PasswordSet: set, Vouched: true})
	}
}

// mailed adds a proof by emailed token, made while the tables' password was set.
func mailed(at time.Time) func(*Journey) {
	return func(j *Journey) {
		j.Proofs = append(j.Proofs, session.Proof{Method: directory.MethodEmailToken, At: at, Journey: madeIn(at), Purpose: emailtoken.Purpose{SetsPassword: true, Replaces: passwordSet}, Vouched: true})
	}
}

// inPlaceOf has the last proof, by emailed token, replace the password of a time.
func inPlaceOf(set time.Time) func(*Journey) {
	return func(j *Journey) { j.Proofs[len(j.Proofs)-1].Purpose.Replaces = set }
}

func mustChange(kind directory.Kind) person {
	return func(p *directory.People) {
		p.Passwords[kind] = directory.PasswordState{Changed: passwordSet, MustChange: true}
	}
}

// begun is a journey that has a beginning.
func begun(site directory.Platform, change ...func(*Journey)) Journey {
	j := at(site, change...)
	j.Created = journeyBegan
	return j
}

// TestNextPassword is about setting passwords, and proofs by those of before.
func TestNextPassword(t *testing.T) {
	before, after := journeyBegan.Add(-time.Minute), journeyBegan.Add(time.Minute)
	ann := whoever(contactIn("acme"), withPassword(kindC))
	none := whoever(contactIn("acme"))
	flagged := whoever(contactIn("acme"), mustChange(kindC))
	passwordOnly := whoever(contactIn("acme"), contactIn("b", admitting("password")), withPassword(kindC))
	noMail := settings(having(client, "microsoft password", atClient))
	signedIn := func(change ...func(*Journey)) Journey {
		return begun(client, append([]func(*Journey){from, typed(kindC, before, passwordSet), stays(No), account("acme")}, change...)...)
	}
	for _, c := range []struct {
		name     string
		journey  Journey
		people   directory.People
		settings *config.Settings // nil: settings()
		want     string
	}{
		// Forgotten, before the sign-in
		{name: "the password's page offers a way on", journey: begun(client, by("password")), people: ann, want: "prove client [microsoft email_token password] or forgot"},
		{name: "but the code's page not", journey: begun(client, by("email_token")), people: ann, want: "prove client [microsoft email_token password]"},
		{name: "nor where the platform admits no emailed token", journey: begun(client, by("password")), people: ann, settings: noMail, want: "prove client [microsoft password]"},
		{name: "nor where an account admits none", journey: begun(client, by("password")), people: passwordOnly, want: "prove client [microsoft email_token password]"},
		{name: "nor on the way of somebody signed in", journey: begun(client, from, by("password")), people: ann, want: "prove client [microsoft email_token password]"},
		{name: "forgotten: the token comes first", journey: begun(client, wishing(ResetPassword), by("email_token")), people: ann, want: "prove client [microsoft email_token password]"},
		{name: "forgotten: the new one after the token, before anything else", journey: begun(client, wishing(ResetPassword), mailed(after)), people: ann, want: "new_password client"},
		{name: "forgotten, and remembered", journey: begun(client, wishing(ResetPassword), typed(kindC, after, passwordSet)), people: ann, want: "stay client"},
		{name: "forgotten, and signed in by another method", journey: begun(client, wishing(ResetPassword), microsoft(tenantAcme, true)), people: ann, want: "stay client"},
		{name: "forgotten: the token was proved before the present one was set", journey: begun(client, wishing(ResetPassword), mailed(after), inPlaceOf(passwordSet.Add(-time.Hour))), people: ann, want: "method client [email_token]"},
		{name: "forgotten: another token was proved since", journey: begun(client, wishing(ResetPassword), mailed(after), inPlaceOf(passwordSet.Add(-time.Hour)), mailed(after)), people: ann, want: "new_password client"},
		{name: "forgotten, then shut out", journey: begun(client, wishing(ResetPassword), mailed(after)), people: passwordOnly, want: "stay client"},
		{name: "forgotten by somebody who is inactive", journey: begun(client, wishing(ResetPassword), mailed(after)), people: whoever(contactIn("acme", off), withPassword(kindC)), want: "refused inactive"},
		{name: "a token alone sets nothing", journey: begun(client, mailed(after)), people: ann, want: "stay client"},

		// Changed by somebody who is signed in
		{name: "change: the present one is asked for", journey: signedIn(wishing(ChangePassword)), people: ann, want: "new_password client with the present one or forgot"},
		{name: "change: though a token was proved", journey: signedIn(wishing(ChangePassword), mailed(after)), people: ann, want: "new_password client with the present one or forgot"},
		{name: "change: nothing but the present one does where no token is admitted", journey: signedIn(wishing(ChangePassword)), people: ann, settings: noMail, want: "new_password client with the present one"},
		{name: "change: forgotten, a token is asked for alone", journey: signedIn(wishing(ResetPassword)), people: ann, want: "method client [email_token]"},
		{name: "change: a token from before the journey is none", journey: signedIn(wishing(ResetPassword), mailed(before)), people: ann, want: "method client [email_token]"},
		{name: "change: forgotten, and proved", journey: signedIn(wishing(ResetPassword), mailed(after)), people: ann, want: "new_password client"},
		{name: "change: done", journey: signedIn(wishing(PasswordChanged)), people: ann, want: "done client as c-acme"},
		{name: "a first one: a token is asked for alone", journey: begun(client, from, mailed(before), stays(No), wishing(ChangePassword)), people: none, want: "method client [email_token]"},
		{name: "a first one: in progress", journey: begun(client, from, mailed(before), stays(No), wishing(ChangePassword), by("email_token")), people: none, want: "prove client [email_token]"},
		{name: "a first one: proved", journey: begun(client, from, mailed(before), mailed(after), inPlaceOf(time.Time{}), stays(No), wishing(ChangePassword)), people: none, want: "new_password client"},
		{name: "a first one: proved, and set elsewhere", journey: begun(client, from, mailed(after), inPlaceOf(time.Time{}), stays(No), wishing(ResetPassword)), people: ann, want: "method client [email_token]"},
		{name: "a first one: not offered any more", journey: begun(client, from, mailed(before), stays(No), wishing(ChangePassword)), people: none, settings: settings(having(client, "microsoft email_token", atClient)), want: "done client as c-acme"},
		{name: "a member's", journey: begun(tech, from, typed(kindM, before, passwordSet), stays(No), wishing(ChangePassword)), people: whoever(member(), withPassword(kindM)), want: "new_password tech with the present one or forgot"},
		{name: "a member's first one, the contact has one", journey: begun(tech, to(tech), from, mailed(before), stays(No), wishing(ChangePassword)), people: whoever(member(), contactIn("acme"), withPassword(kindC)), want: "method tech [email_token]"},

		// Asked for by an operator
		{name: "required, after the password", journey: begun(client, typed(kindC, after, passwordSet)), people: flagged, want: "new_password client, required"},
		{name: "required, after the password at once", journey: begun(client, typed(kindC, journeyBegan, passwordSet)), people: flagged, want: "new_password client, required"},
		{name: "required, though forgotten and remembered", journey: begun(client, wishing(ResetPassword), typed(kindC, after, passwordSet)), people: flagged, want: "new_password client, required"},
		{name: "required, but signed in otherwise", journey: begun(client, mailed(after)), people: flagged, want: "stay client"},
		{name: "required, but the password is from before", journey: signedIn(), people: flagged, want: "done client as c-acme"},
		{name: "required of the contact, not of the member", journey: begun(tech, to(tech), typed(kindM, after, passwordSet)), people: whoever(member(), contactIn("acme"), mustChange(kindC), withPassword(kindM)), want: "stay tech"},
		{name: "required, and no token is admitted anywhere", journey: begun(client, typed(kindC, after, passwordSet)), people: flagged, settings: noMail, want: "new_password client, required"},

		// Proofs by a password from before
		{name: "the present one proves", journey: begun(client, typed(kindC, after, passwordSet)), people: ann, want: "stay client"},
		{name: "an earlier one does not", journey: begun(client, typed(kindC, after, passwordSet.Add(-time.Hour))), people: ann, want: "method client [microsoft email_token password]"},
		{name: "nor one that was taken away", journey: begun(client, typed(kindC, after, passwordSet)), people: none, want: "method client [microsoft email_token]"},
		{name: "nor at the end", journey: begun(client, typed(kindC, after, passwordSet.Add(-time.Hour)), stays(No)), people: ann, want: "method client [microsoft email_token password]"},
		{name: "nor beside another proof, for an account that asks for it", journey: begun(client, mailed(after), typed(kindC, after, passwordSet.Add(-time.Hour)), stays(No), account("b")), people: passwordOnly, want: "method client [password] for b"},
		{name: "the other kind's change is none", journey: begun(client, to(client), typed(kindC, after, passwordSet)), people: whoever(contactIn("acme"), member(), withPassword(kindC), func(p *directory.People) { p.Passwords[kindM] = directory.PasswordState{Changed: after} }), want: "stay client"},
	} {
		t.Run(c.name, func(t *testing.T) {
			facts := Facts{Settings: c.settings, People: c.people}
			if facts.Settings == nil {
				facts.Settings = settings()
			}
			if got := brief(Next(c.journey, facts)); got != c.want {
				t.Errorf("%s\nwant %s", got, c.want)
			}
		})
	}
}

// TestPasswordOffer: an emailed token sets no password that would open what an
// operator closed to emailed tokens.
func TestPasswordOffer(t *testing.T) {
	all := "microsoft email_token password"
	for _, c := range []struct {
		name     string
		people   directory.People
		settings *config.Settings // nil: settings()
		platform directory.Platform
		mailSets bool
		offer    PasswordOffer
	}{
		{name: "a contact's first", people: whoever(contactIn("acme")), platform: client, mailSets: true, offer: OfferFirst},
		{name: "a contact's present one", people: whoever(contactIn("acme"), withPassword(kindC)), platform: client, mailSets: true, offer: OfferChange},
		{name: "the member's is not the contact's", people: whoever(contactIn("acme"), withPassword(kindM)), platform: client, mailSets: true, offer: OfferFirst},
		{name: "no emailed token on client: first", people: whoever(contactIn("acme")), settings: settings(having(client, "microsoft password", atClient)), platform: client},
		{name: "no emailed token on client: present", people: whoever(contactIn("acme"), withPassword(kindC)), settings: settings(having(client, "microsoft password", atClient)), platform: client, offer: OfferChange},
		{name: "no password on client", people: whoever(contactIn("acme"), withPassword(kindC)), settings: settings(having(client, "microsoft email_token", atClient)), platform: client},
		{name: "tech is nothing to contacts", people: whoever(contactIn("acme")), settings: settings(having(tech, "password", atTech)), platform: client, mailSets: true, offer: OfferFirst},
		{name: "an account without emailed tokens", people: whoever(contactIn("a"), contactIn("b", admitting("microsoft", "password")), withPassword(kindC)), platform: client, offer: OfferChange},
		{name: "an account without emailed tokens: first", people: whoever(contactIn("a"), contactIn("b", admitting("microsoft", "password"))), platform: client},
		{name: "an account without either", people: whoever(contactIn("a"), contactIn("b", admitting("microsoft"))), platform: client, mailSets: true, offer: OfferFirst},
		{name: "no account with passwords", people: whoever(contactIn("a", admitting("microsoft", "email_token")), contactIn("b", admitting("microsoft")), withPassword(kindC)), platform: client},
		{name: "an account without emailed tokens that is off", people: whoever(contactIn("a"), contactIn("b", admitting("password"), accountOff)), platform: client},
		{name: "nobody", people: whoever(), platform: client},
		{name: "a member's first", people: whoever(member()), platform: tech, mailSets: true, offer: OfferFirst},
		{name: "a member's present one", people: whoever(member(), withPassword(kindM)), platform: tech, mailSets: true, offer: OfferChange},
		{name: "admin admits no password", people: whoever(member(), withPassword(kindM)), platform: admin, mailSets: true},
		{name: "admin admits both", people: whoever(member()), settings: settings(having(admin, all, atAdmin)), platform: admin, mailSets: true, offer: OfferFirst},
		{name: "admin admits passwords and no emailed token", people: whoever(member(), withPassword(kindM)), settings: settings(having(admin, "microsoft password", atAdmin)), platform: tech, offer: OfferChange},
		{name: "admin is not configured", people: whoever(member()), settings: settings(without(admin)), platform: tech, mailSets: true, offer: OfferFirst},
		{name: "client is nothing to members", people: whoever(member()), settings: settings(having(client, "password", atClient)), platform: tech, mailSets: true, offer: OfferFirst},
		{name: "accounts are nothing to members", people: whoever(member(), contactIn("a", admitting("password"))), platform: tech, mailSets: true, offer: OfferFirst},
		{name: "no platform of members admits passwords", people: whoever(member(), withPassword(kindM)), settings: settings(having(tech, "email_token", atTech)), platform: tech},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := Facts{Settings: c.settings, People: c.people}
			if f.Settings == nil {
				f.Settings = settings()
			}
			if got := f.mailSets(directory.KindOn(c.platform)); got != c.mailSets {
				t.Errorf("an emailed token may set it: %t, want %t", got, c.mailSets)
			}
			if got := f.PasswordOffer(c.platform); got != c.offer {
				t.Errorf("offer %q, want %q", got, c.offer)
			}
		})
	}
}

// TestReopenedPassword: by the back button somebody signed in can still type the
// present password, until the token was proved.
func TestReopenedPassword(t *testing.T) {
	ann := whoever(contactIn("acme"), withPassword(kindC))
	after := journeyBegan.Add(time.Minute)
	for _, c := range []struct {
		name    string
		journey Journey
		form    Form
		step    StepName
		want    string
	}{
		{"forgotten, by somebody signed in", begun(client, from, typed(kindC, passwordSet, passwordSet), wishing(ResetPassword), by("email_token")), Form{}, StepNewPassword, "new_password client with the present one or forgot"},
		{"forgotten and proved, by somebody signed in", begun(client, from, typed(kindC, passwordSet, passwordSet), wishing(ResetPassword), mailed(after)), Form{}, StepNewPassword, "new_password client"},
		{"forgotten, before the sign-in", begun(client, wishing(ResetPassword), by("email_token")), Form{}, StepNewPassword, "prove client [microsoft email_token password]"},
		{"forgotten and remembered, before the sign-in", begun(client, wishing(ResetPassword), typed(kindC, after, passwordSet)), Form{}, StepNewPassword, "stay client"},
		{"nobody wished to", begun(client, from, typed(kindC, passwordSet, passwordSet), stays(No)), Form{}, StepNewPassword, "done client as c-acme"},
		{"a password's page, when another method was chosen", begun(client, by("email_token")), Form{Forgot: true}, StepProve, "prove client [microsoft email_token password] or forgot"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := brief(Next(c.journey.reopened(c.step, c.form), Facts{Settings: settings(), People: ann})); got != c.want {
				t.Errorf("%s\nwant %s", got, c.want)
			}
		})
	}
}
