package gateway

import (
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/journey"
	"github.com/frontdesk-gateway/frontdesk/internal/session"
	"github.com/frontdesk-gateway/frontdesk/loginui"
)

// getSession shows who is signed in, and grants a switch that another origin's
// browser asked for.
func (v *visit) getSession() {
	if v.session == nil {
		v.redirect(v.signInURL("/"))
		return
	}
	if secret := v.query.Get("grant"); secret != "" {
		v.grant(secret)
		return
	}
	err := v.ensureBrowser()
	var page loginui.Session
	if err == nil {
		page, err = v.sessionPage()
	}
	if err != nil {
		v.unavailable(err)
		return
	}
	v.render(http.StatusOK, true, page)
}

// grant answers a switch that was begun here and taken up at another origin.
func (v *visit) grant(secret string) {
	if !v.mayAct() {
		return
	}
	location, err := v.journeys.Grant(v.ctx(), v.visiting(), *v.session, secret)
	if err != nil {
		v.fail(err)
		return
	}
	v.redirect(location)
}

func (v *visit) sessionPage() (loginui.Session, error) {
	s, facts := *v.session, v.live.Facts()
	page := loginui.Session{
		Name: facts.Name, Email: string(facts.Email), Kind: string(s.Kind), Platform: string(s.Platform),
		Account: facts.AccountName, Method: s.Method, MethodLabel: v.journeys.Label(s.Method),
		SignedIn: signedInAt(s), Expires: s.Expires, Persistent: s.Persistent,
		Action: v.sessionPath(), SignOut: v.settings.Prefix + "/sign-out", Home: "/",
		SignsOutOf: v.signsOutOf(s.Proofs),
	}
	all, err := v.store.People(v.ctx(), s.Address.Key())
	if err != nil {
		return page, err
	}
	people, err := v.journeys.Reach(v.ctx(), s)
	if err != nil {
		return page, err
	}
	page.Password = v.passwordChoice(all.Effective())
	if len(session.OwnersOf(people)) < len(session.OwnersOf(all)) { // it is theirs, too, whom the person may not be
		page.Password.Changed = time.Time{}
	}
	if changed := page.Password.Changed; v.client.URL.RawQuery == passwordSet && v.clock.Now().Sub(changed) < saidFor {
		page.Notice = "notice.password_set"
	}
	people = people.Effective()
	page.Accounts = v.otherAccounts(people)
	page.Platforms = names(v.otherPlatforms(people))
	others, err := v.otherSessions(people)
	page.Others, page.More = others[:min(len(others), mostListed)], max(len(others)-mostListed, 0)
	return page, err
}

// sessionPath is where the session's page is.
func (v *visit) sessionPath() string { return v.settings.Prefix + "/session" }

// passwordSet is the query of the session's page that asks for the words that a
// password was set. They are said only where that is true: for saidFor after
// it, whoever made the address.
const (
	passwordSet = "password=set"
	saidFor     = 5 * time.Minute
)

// passwordChoice is what the person can do with their password.
func (v *visit) passwordChoice(people directory.People) loginui.PasswordChoice {
	offer := journey.Facts{Settings: v.settings, People: people}.PasswordOffer(v.session.Platform)
	return loginui.PasswordChoice{Offer: string(offer), Changed: people.Passwords[v.session.Kind].Changed}
}

func signedInAt(s session.Session) time.Time {
	if len(s.Proofs) > 0 {
		return s.Proofs[0].At
	}
	return s.Created
}

// otherAccounts are the accounts to choose from, where there is a choice.
func (v *visit) otherAccounts(people directory.People) (choices []loginui.AccountChoice) {
	if v.session.Platform != directory.Client || len(people.Contacts) < 2 {
		return nil
	}
	for _, c := range people.Contacts {
		choices = append(choices, loginui.AccountChoice{
			ID: c.Account, Name: people.Accounts[c.Account].Name, Contact: c.DisplayName(), Primary: c.Primary, Current: c.ID == v.session.EntityID,
		})
	}
	return choices
}

func (v *visit) otherPlatforms(people directory.People) []directory.Platform {
	return slices.DeleteFunc(people.Platforms(), func(p directory.Platform) bool {
		_, configured := v.settings.Platforms[p]
		return p == v.session.Platform || !configured
	})
}

// mostListed bounds the sessions on the page, which costs far more for each than to
// read it: a person can have hundreds, and ask for the page at any time.
const mostListed = 50

// otherSessions are the person's other sessions, the one that was used last first.
func (v *visit) otherSessions(people directory.People) (others []loginui.OtherSession, err error) {
	all, err := v.sessionsOf(session.OwnersOf(people))
	slices.SortStableFunc(all, func(a, b session.Session) int { return b.LastUsed.Compare(a.LastUsed) })
	for _, s := range all {
		if s.Key == v.session.Key || !s.Expires.After(v.clock.Now()) {
			continue
		}
		others = append(others, loginui.OtherSession{
			ID: s.ID, Platform: string(s.Platform), Account: accountOf(people, s), Browser: s.UserAgent, ClientIP: s.ClientIP, LastUsed: s.LastUsed,
		})
	}
	return others, err
}

func accountOf(people directory.People, s session.Session) string {
	for _, c := range people.Contacts {
		if s.Kind == directory.KindContact && c.ID == s.EntityID {
			return people.Accounts[c.Account].Name
		}
	}
	return ""
}

// sessionsOf are the sessions of entities.
func (v *visit) sessionsOf(owners []session.Owner) (all []session.Session, err error) {
	for _, owner := range owners {
		sessions, err := v.store.SessionsOf(v.ctx(), owner.Kind, owner.ID)
		if err != nil {
			return nil, err
		}
		all = append(all, sessions...)
	}
	return all, nil
}

// postSession switches account or platform, sets the password, or ends another
// session.
func (v *visit) postSession() {
	if v.session == nil {
		v.switchedAgain()
		return
	}
	switch visiting := v.visiting(); {
	case v.posted("account") != "":
		v.answer(v.journeys.SwitchAccount(v.ctx(), visiting, *v.session, v.posted("account")))
	case v.posted("platform") != "":
		v.answer(v.journeys.SwitchPlatform(v.ctx(), visiting, *v.session, directory.Platform(v.posted("platform"))))
	case v.posted("password") == "change":
		v.answer(v.journeys.SetPassword(v.ctx(), visiting, *v.session))
	default:
		if err := v.endOther(*v.session); err != nil {
			v.unavailable(err)
			return
		}
		v.redirect(v.origin.String() + v.sessionPath())
	}
}

// switchedAgain answers the second click of a double click on a switch, whose
// cookie is that of the session that the first one replaced; and a click right after
// it that ends another session: that one ends, and the browser goes where the switch leads.
func (v *visit) switchedAgain() {
	for _, key := range v.sessionKeys() {
		out, err := v.journeys.SwitchedAgain(v.ctx(), v.visiting(), key)
		if errors.Is(err, journey.ErrNotFound) {
			continue
		}
		if err == nil {
			err = v.endOther(out.Started.Session)
		}
		v.answer(out, err)
		return
	}
	v.redirect(v.signInURL("/"))
}

// endOther ends, of the person behind a session, the other one that the form names, if any.
func (v *visit) endOther(of session.Session) error {
	v.goOn()
	if id := v.posted("end"); id != "" {
		return v.journeys.EndOther(v.ctx(), of, id)
	}
	return nil
}
