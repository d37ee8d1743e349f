package gateway

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/frontdesk-gateway/frontdesk/internal/config"
	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/session"
)

func TestAdvisoriesOfZitadel(t *testing.T) {
	attacks{
		"CVE-2023-22492: who is switched off renews their access":                 offMeansOff,
		"CVE-2023-44399: recovery tells who is known":                             recoveryTellsNothing,
		"CVE-2023-46238: script in an uploaded picture":                           scriptInTheLogo,
		"CVE-2023-47111: lockout passed by guesses at once":                       guessesAtOnce,
		"CVE-2024-28197: cookie planted from a sub-domain":                        cookiesOfOneHost,
		"CVE-2024-29891: script in an uploaded picture, past the CSP":             scriptInTheLogo,
		"CVE-2024-32868: codes without a lockout":                                 codesAreLimited,
		"CVE-2024-32967: errors of the store told":                                storeErrorsAreNotTold,
		"CVE-2024-39683: sessions of others listed":                               ownSessionsOnly,
		"CVE-2024-41952: words tell who is known":                                 wordsTellNothing,
		"CVE-2024-41953: HTML in mails":                                           htmlInMails,
		"CVE-2024-46999: rights taken away stay in tokens":                        rightsTakenAway,
		"CVE-2024-47060: organisation switched off stays open":                    organisationOff,
		"CVE-2024-49757: registration by its address although it is off":          registrationThatIsOff,
		"CVE-2025-31124: name shown as it is stored":                              storedSpellingIsNotShown,
		"CVE-2025-53895: sessions changed by their id":                            ownSessionsOnly,
		"CVE-2025-57770: ids tell who is known, at another page":                  idsTellNothing,
		"CVE-2025-64102: tries at codes and passwords are free":                   triesAreTheirPersons,
		"CVE-2025-64431: other organisations by their ids":                        accountsByID,
		"CVE-2025-64717: identities linked by a provider that is off":             providerThatIsOff,
		"CVE-2025-67495: sign-out leads anywhere":                                 signOutLeadsNowhereElse,
		"CVE-2026-23511: ids tell who is known":                                   idsTellNothing,
		"CVE-2026-27840: truncated tokens are good":                               truncatedTokens,
		"CVE-2026-27946: address marked as verified by its owner":                 factsInTheForm,
		"CVE-2026-29192: redirect to a script, as it was stored":                  scriptAsDestination,
		"CVE-2026-29193: method used although it is off":                          methodThatIsOff,
		"CVE-2026-33132: organisation that was asked for not enforced":            sessionOfOnePlatform,
		"CVE-2026-44671: wildcards in a name":                                     wildcards,
		"CVE-2026-54693: address marked as verified by its owner, at another API": factsInTheForm,
		"CVE-2026-55670: rights of a deleted person's id":                         recycledIDs,
		"CVE-2026-56667: redirect to a script":                                    scriptAsDestination,
		"CVE-2026-105208: tokens that can be altered":                             malformedCookies,
		"CVE-2026-105209: code for one person taken for another":                  linkOfAnotherJourney,
		"CVE-2026-105210: factors set up before the proof":                        passwordBeforeTheProof,
		"CVE-2026-105211: code in the answer":                                     codeIsMailedOnly,
		"CVE-2026-105212: key set up before the proof":                            passwordBeforeTheProof,
		"CVE-2026-105213: users of an organisation that is off sign in":           organisationOff,
		"CVE-2026-105215: callback that nobody asked for":                         forgedCallback,
		"CVE-2026-109371: user renamed before the proof":                          nothingIsRenamed,
		"GHSA-jh92-5mrj-p2w2: sessions by ids that can be guessed":                publicIDs,
	}.run(t)
}

// offMeansOff: neither a journey that was proved before nor an open session comes back
// when the person does.
func offMeansOff(t *testing.T) {
	d, o := newTown(t)
	v := d.visitor(t)
	v.proves(o, "bob@acme.example").shows(t, 200, `name="stay"`)
	cookie, _ := d.signIn(func(s *session.Session) { s.EntityID, s.Address = "c-bob", "bob@acme.example" })
	put := func(active bool) {
		d.edit(func(e directory.Editor) error {
			return e.PutContact(directory.Contact{ID: "c-bob", Email: "bob@acme.example", Account: "acme", Active: active})
		})
	}
	put(false)
	v.post("stay", "stay", "yes").wants(t, http.StatusGone)
	put(true)
	v.post("stay", "stay", "yes").wants(t, http.StatusGone)
	v.wantsNobody()
	d.do("GET", portal+"/", with("Cookie", cookie)).wants(t, http.StatusUnauthorized)
}

// scriptInTheLogo: what an operator's file holds does not run.
func scriptInTheLogo(t *testing.T) {
	logo := logoFile(t)
	d := newDesk(t, func(c *config.Config) { c.Brand = &config.Brand{Name: "Desk", Logo: logo} })
	h := d.do("GET", portal+"/frontdesk/assets/logo").wants(t, 200).Header()
	csp := h.Get("Content-Security-Policy")
	if h.Get("Content-Type") != "image/svg+xml" || h.Get("X-Content-Type-Options") != "nosniff" || !strings.Contains(csp, "default-src 'none'") || !strings.Contains(csp, "sandbox") || strings.Contains(csp, "script") {
		t.Errorf("headers %v", h)
	}
}

// guessesAtOnce are no more than one after the other would be.
func guessesAtOnce(t *testing.T) {
	d, _ := newTown(t)
	v := d.toPassword(t, d.journeys.Passwords)
	var judged, slowed, other atomic.Int32
	var all sync.WaitGroup
	begin := make(chan struct{})
	for range 50 {
		all.Go(func() {
			<-begin
			switch d.plainPost(v.at, "step=prove&password=wrong", v.cookies) {
			case http.StatusUnprocessableEntity:
				judged.Add(1)
			case http.StatusTooManyRequests:
				slowed.Add(1)
			default:
				other.Add(1)
			}
		})
	}
	close(begin)
	all.Wait()
	if free := int32(d.settings.Limits.WrongPasswordsPerPerson); judged.Load() > free || slowed.Load() == 0 {
		t.Errorf("%d judged, %d slowed, %d neither; %d are free", judged.Load(), slowed.Load(), other.Load(), free)
	}
}

// codesAreLimited per mail, and per person over all mails and browsers.
func codesAreLimited(t *testing.T) {
	d, o := newTown(t)
	limits := d.settings.Limits
	for range limits.WrongCodesPerPerson / limits.WrongCodesPerMail {
		v := d.visitor(t)
		v.toCode("bob@acme.example")
		for range limits.WrongCodesPerMail - 1 {
			v.post("prove", "code", "00000000").wants(t, 422)
		}
		v.post("prove", "code", "11111111").shows(t, 422, "too often")
	}
	v := d.visitor(t)
	v.toCode("BOB@acme.example")
	code, _ := o.newest(t)
	v.post("prove", "code", code).wants(t, http.StatusTooManyRequests)
	v.wantsNobody()
}

func storeErrorsAreNotTold(t *testing.T) {
	const cause = "dial tcp db.internal:5432: user=frontdesk password=hush"
	for _, path := range []string{"/", "/health", "/frontdesk/sign-in?journey=x", "/frontdesk/session", "/frontdesk/whoami", "/frontdesk/health"} {
		d := newDesk(t)
		cookie, _ := d.signIn()
		d.store.fail(errors.New(cause))
		for _, how := range []func(*http.Request){navigating, with("Accept", "application/json")} {
			got := d.do("GET", portal+path, how, with("Cookie", cookie+"; "+d.browserOf()))
			if got.pass != nil || got.Code != http.StatusServiceUnavailable || strings.Contains(got.Body.String(), "internal") || strings.Contains(got.Body.String(), "hush") {
				t.Errorf("%s: passed on %t, status %d\n%s", path, got.pass != nil, got.Code, got.Body)
			}
		}
	}
}

// ownSessionsOnly are listed, and only they can be ended.
func ownSessionsOnly(t *testing.T) {
	d, _ := newTown(t)
	here, _ := d.signIn()
	_, bob := d.signIn(func(s *session.Session) {
		s.ID, s.EntityID, s.Address, s.UserAgent, s.ClientIP = "S-bob", "c-bob", "bob@acme.example", "Bob's browser", "192.0.2.66"
	})
	page := d.do("GET", portal+"/frontdesk/session", navigating, with("Cookie", here)).wants(t, 200).Body.String()
	for _, of := range []string{"S-bob", "Bob", "192.0.2.66", "bob@"} {
		if strings.Contains(page, of) {
			t.Errorf("the page names %s\n%s", of, page)
		}
	}
	d.doBody("POST", portal+"/frontdesk/session", "end=S-bob", posting, with("Cookie", here)).wants(t, 303)
	d.wantsEnded(bob, false)
}

// wordsTellNothing: a password that is posted for known, switched off and new
// addresses, none of which has one, gets the same words; and so does a wrong one
// of who has one, switched off or not.
func wordsTellNothing(t *testing.T) {
	for _, addresses := range [][]string{{"bob@acme.example", "off@acme.example", newcomer}, {"on-pw@acme.example", "off-pw@acme.example"}} {
		d, _ := newTown(t)
		hash, err := d.journeys.Passwords.Hash(t.Context(), present)
		if err != nil {
			t.Fatal(err)
		}
		d.edit(func(e directory.Editor) error {
			var errs []error
			for id, active := range map[string]bool{"on-pw": true, "off-pw": false} {
				owner := directory.PasswordOwner{Address: id + "@acme.example", Kind: directory.KindContact}
				errs = append(errs, e.PutContact(directory.Contact{ID: id, Email: directory.Address(owner.Address), Account: "acme", Active: active}), e.SetPassword(owner, directory.Password{}.Successor(hash, d.now)))
			}
			return errors.Join(errs...)
		})
		answers := map[string]bool{}
		for _, address := range addresses {
			v := d.visitor(t)
			v.get(portal + "/")
			v.post("email", "email", address)
			method := v.seen(v.post("method", "method", "password"), address)
			answers[method+v.seen(v.post("prove", "password", "wrong"), address)] = true
			v.wantsNobody()
		}
		if len(answers) != 1 {
			t.Errorf("%v: %d different answers\n%v", addresses, len(answers), answers)
		}
	}
}

// storedSpellingIsNotShown to who typed another one.
func storedSpellingIsNotShown(t *testing.T) {
	d, _ := newTown(t)
	d.edit(func(e directory.Editor) error {
		return e.PutContact(directory.Contact{ID: "c-spelt", Email: "Spelt.Out@acme.example", Name: "Sue Spelt", Account: "acme", Active: true})
	})
	v := d.visitor(t)
	v.get(portal + "/")
	for _, page := range []answer{v.post("email", "email", "spelt.out@ACME.example"), v.post("method", "method", "email_token"), v.post("prove", "code", "00000000"), v.get(v.at)} {
		for _, stored := range []string{"Spelt.Out", "Sue", "c-spelt", "Acme"} {
			if strings.Contains(page.Body.String(), stored) {
				t.Errorf("%q in\n%s", stored, page.Body)
			}
		}
	}
}

// recycledIDs: somebody new under an old id and address has neither the sessions
// nor the password, the links or the account of the one before.
func recycledIDs(t *testing.T) {
	d, _ := newTown(t)
	d.withPassword(t, present)
	cookie, _ := d.signIn()
	link := directory.Link{Provider: "microsoft", Identity: directory.Identity{Issuer: "https://login.msp.example", Subject: "ann"}, Address: "ann@acme.example"}
	d.edit(func(e directory.Editor) error {
		return e.PutContact(directory.Contact{ID: "c-ann", Email: "ann@acme.example", Account: "acme", Links: directory.Links{}.With(link), Active: true})
	})
	d.edit(func(e directory.Editor) error {
		return errors.Join(e.DeleteContact("c-ann"), e.DeleteContact("c-borg"))
	})
	d.edit(func(e directory.Editor) error {
		return e.PutContact(directory.Contact{ID: "c-ann", Email: "ann@acme.example", Account: "borg", Active: true})
	})
	d.do("GET", portal+"/", with("Cookie", cookie)).wants(t, http.StatusUnauthorized)
	people, err := d.store.People(t.Context(), "ann@acme.example")
	if err != nil || len(people.Passwords) != 0 || len(people.Contacts) != 1 || len(people.Contacts[0].Links) != 0 || people.Contacts[0].Account != "borg" {
		t.Errorf("%+v, %v", people, err)
	}
	linked, err := d.store.Linked(t.Context(), "microsoft", link.Identity)
	if err != nil || len(linked) != 0 {
		t.Errorf("linked to %v, %v", linked, err)
	}
}

// htmlInMails: what people are called is text.
func htmlInMails(t *testing.T) {
	const hostile = `<a href="https://evil.example">click</a>`
	d, o := newTown(t)
	d.edit(func(e directory.Editor) error {
		return errors.Join(
			e.PutAccount(directory.Account{ID: "acme", Name: hostile, Domains: []string{"acme.example"}, Active: true}),
			e.PutContact(directory.Contact{ID: "c-bob", Email: "b'o&b@acme.example", Name: hostile, Account: "acme", Active: true}))
	})
	v := d.visitor(t)
	v.get(portal + "/")
	v.post("email", "email", "b'o&b@acme.example")
	v.request("POST", v.at, "step=method&method=email_token", func(r *http.Request) {
		posting(r)
		r.Header.Set("User-Agent", hostile)
		r.Header.Set("Accept-Language", hostile)
	})
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.sent) != 1 {
		t.Fatalf("%d mails", len(o.sent))
	}
	if m := o.sent[0]; strings.Contains(m.HTML, "<a href=\"https://evil") || strings.Contains(m.HTML, "b'o&b") || strings.ContainsAny(m.Subject, "<\r\n") {
		t.Errorf("subject %q\n%s", m.Subject, m.HTML)
	}
}

// rightsTakenAway are gone from headers and the signed assertion with the next
// request.
func rightsTakenAway(t *testing.T) {
	d := newDesk(t)
	cookie, _ := d.signIn()
	assertion := func() string {
		t.Helper()
		got := d.do("GET", portal+"/", with("Cookie", cookie))
		if got.pass == nil {
			t.Fatalf("status %d", got.Code)
		}
		return payload(t, got.request.Header.Get("X-Frontdesk-Assertion"))
	}
	if before := assertion(); !strings.Contains(before, `"users"`) {
		t.Fatalf("no group in %s", before)
	}
	d.edit(func(e directory.Editor) error {
		return e.PutContact(directory.Contact{ID: "c-ann", Email: "ann@acme.example", Account: "acme", Active: true})
	})
	if after := assertion(); strings.Contains(after, `"users"`) {
		t.Errorf("a group that was taken away: %s", after)
	}
	member := func(platforms ...directory.Platform) func(directory.Editor) error {
		return func(e directory.Editor) error {
			return e.PutMember(directory.Member{ID: "m-bob", Email: "bob@msp.example", Platforms: platforms, Active: true})
		}
	}
	d.edit(member())
	tech := &desk{Site: d.Gateway.Site(directory.Tech, PublicPaths{}, nil), tb: t, store: d.store, log: d.log}
	cookie, _ = d.signIn(func(s *session.Session) {
		s.ID, s.Kind, s.EntityID, s.Address, s.Platform, s.Origin = "S2", directory.KindMember, "m-bob", "bob@msp.example", directory.Tech, techs
	})
	if got := tech.do("GET", techs+"/", with("Cookie", cookie)); got.pass == nil {
		t.Fatalf("status %d", got.Code)
	}
	d.edit(member(directory.Admin))
	tech.do("GET", techs+"/", with("Cookie", cookie)).wants(t, http.StatusUnauthorized)
}

// organisationOff: its people are out, and do not get in.
func organisationOff(t *testing.T) {
	d, o := newTown(t)
	v := d.visitor(t)
	v.proves(o, "bob@acme.example").shows(t, 200, `name="stay"`)
	cookie, _ := d.signIn()
	d.edit(func(e directory.Editor) error {
		return e.PutAccount(directory.Account{ID: "acme", Name: "Acme", Domains: []string{"acme.example"}})
	})
	d.do("GET", portal+"/", with("Cookie", cookie)).wants(t, http.StatusUnauthorized)
	v.post("stay", "stay", "yes").wants(t, http.StatusGone)
	late := d.visitor(t)
	late.proves(o, "bob@acme.example").wants(t, 403)
	late.wantsNobody()
	d.wantsNoSessions("c-ann", "c-bob")
}

// registrationThatIsOff: the step is not there, whoever posts to it.
func registrationThatIsOff(t *testing.T) {
	d, o := newTown(t)
	v := d.visitor(t)
	v.proves(o, newcomer).shows(t, 200, `name="given_name"`)
	d.edit(func(e directory.Editor) error {
		return e.PutAccount(directory.Account{ID: "acme", Name: "Acme", Domains: []string{"acme.example"}, ContactCreation: directory.CreateOff, Active: true})
	})
	v.post("create", "given_name", "New", "family_name", "Comer").wants(t, 403)
	v.post("create", "given_name", "New", "family_name", "Comer", "account", "borg").wants(t, 403)
	d.wantsUnknown(newcomer)
	late := d.visitor(t)
	late.get(portal + "/")
	late.post("email", "email", newcomer).wants(t, 422)
	late.post("create", "email", newcomer, "given_name", "New", "family_name", "Comer").wants(t, 422)
	d.wantsUnknown(newcomer)
}

// triesAreTheirPersons: the row of wrong passwords goes on in the next browser,
// and the right one is not judged while it lasts.
func triesAreTheirPersons(t *testing.T) {
	d, _ := newTown(t)
	d.withPassword(t, present)
	for range d.settings.Limits.WrongPasswordsPerPerson {
		v := d.visitor(t)
		v.get(portal + "/")
		v.post("email", "email", "ann@acme.example")
		v.post("method", "method", "password")
		v.post("prove", "password", "wrong").wants(t, 422)
	}
	v := d.visitor(t)
	v.get(portal + "/")
	v.post("email", "email", "ann@acme.example")
	v.post("method", "method", "password")
	v.post("prove", "password", present).wants(t, http.StatusTooManyRequests)
	v.wantsNobody()
}

// withoutProviders has acme admit emailed tokens alone.
func (d *desk) withoutProviders() {
	d.tb.Helper()
	d.edit(func(e directory.Editor) error {
		return e.PutAccount(directory.Account{ID: "acme", Name: "Acme", Methods: []string{"email_token"}, Domains: []string{"acme.example"}, Active: true})
	})
}

// providerThatIsOff: nobody is sent there, and no answer from there is taken.
func providerThatIsOff(t *testing.T) {
	d, _ := newTown(t)
	d.withoutProviders()
	v := d.visitor(t)
	v.get(portal + "/")
	v.post("email", "email", "bob@acme.example").shows(t, 200, `name="code"`)
	if got := v.post("method", "method", "microsoft"); got.Code == http.StatusSeeOther {
		t.Errorf("sent to %s", got.Header().Get("Location"))
	}
	v.get(portal+"/frontdesk/callback/microsoft?code=x&state="+v.journeyOf()+".x").wants(t, 410)
	v.wantsNobody()
	if c, err := d.store.Contact(t.Context(), "c-bob"); err != nil || len(c.Links) != 0 {
		t.Errorf("links %v, %v", c.Links, err)
	}
}

// methodThatIsOff: a right password where none is admitted.
func methodThatIsOff(t *testing.T) {
	d, _ := newTown(t)
	d.withPassword(t, present)
	d.edit(func(e directory.Editor) error { return e.DeleteContact("c-borg") })
	d.withoutProviders()
	v := d.visitor(t)
	v.get(portal + "/")
	v.post("email", "email", "ann@acme.example").shows(t, 200, `name="code"`)
	for _, step := range []string{"method", "prove"} {
		v.post(step, "method", "password", "password", present)
		v.wantsNobody()
	}
	d.wantsNoSessions("c-ann")
}

// idsTellNothing: the same answer for an id that is nobody's and for somebody
// else's, with and without a link's secret.
func idsTellNothing(t *testing.T) {
	d, o := newTown(t)
	v, stranger := d.visitor(t), d.visitor(t)
	v.toCode("bob@acme.example")
	_, link := o.newest(t)
	stranger.get(portal + "/")
	theirs, token := v.journeyOf(), tokenOf(t, link)
	for _, c := range []struct{ path, secret string }{{"", ""}, {"&step=prove", ""}, {"&token=", token}, {"&token=", "x"}} {
		answers := map[string]bool{}
		for _, id := range []string{theirs, "AAAAAAAAAAAAAAAAAAAAAAAAAA", "c-bob"} {
			got := stranger.request("GET", portal+"/frontdesk/sign-in?journey="+id+c.path+c.secret, "", navigating)
			answers[http.StatusText(got.Code)+reference10.ReplaceAllString(got.Body.String(), "REFERENCE")] = true
		}
		if len(answers) != 1 {
			t.Errorf("%s: %d answers\n%v", c.path, len(answers), answers)
		}
	}
}

// truncatedTokens: of cookies, codes and links nothing less than all is good.
func truncatedTokens(t *testing.T) {
	d, o := newTown(t)
	cookie, _ := d.signIn()
	_, sealed, _ := strings.Cut(cookie, "=")
	for i := range sealed {
		if got := d.do("GET", portal+"/", with("Cookie", cookie[:len(cookie)-len(sealed)]+sealed[:i])); got.pass != nil {
			t.Fatalf("%d of %d characters are good", i, len(sealed))
		}
	}
	d.settings.Limits.WrongCodesPerMail, d.settings.Limits.WrongCodesPerPerson = 100, 100
	v := d.visitor(t)
	v.toCode("bob@acme.example")
	code, link := o.newest(t)
	token := tokenOf(t, link)
	for i := range len(code) {
		v.post("prove", "code", code[:i]).wants(t, 422)
	}
	for i := range len(token) {
		v.post("prove", "token", token[:i]).wants(t, 422)
	}
	v.wantsNobody()
}

// factsInTheForm: who creates a contact says their name, phone and title.
func factsInTheForm(t *testing.T) {
	d, o := newTown(t)
	v := d.visitor(t)
	v.proves(o, newcomer).shows(t, 200, `name="given_name"`)
	v.post("create", "given_name", "New", "family_name", "Comer", "id", "c-ann", "email", "ann@acme.example", "account", "borg", "groups", "admins", "primary", "true",
		"active", "true", "platform", "tech", "verified", "true", "email_verified", "true", "links", "x").shows(t, 200, `name="stay"`)
	d.wantsUnknown("eve@acme.example")
	people, err := d.store.People(t.Context(), newcomer)
	if err != nil || len(people.Contacts) != 1 || people.Member != nil {
		t.Fatalf("%+v, %v", people, err)
	}
	if c := people.Contacts[0]; c.ID == "c-ann" || c.Email != newcomer || c.Account != "acme" || len(c.Groups) != 0 || len(c.Links) != 0 {
		t.Errorf("created %+v", c)
	}
}

// sessionOfOnePlatform: a contact's cookie at the site of the members.
func sessionOfOnePlatform(t *testing.T) {
	d, _ := newTown(t)
	tech := &desk{Site: d.Gateway.Site(directory.Tech, PublicPaths{}, nil), tb: t, store: d.store, log: d.log}
	cookie, _ := d.signIn()
	tech.do("GET", techs+"/", with("Cookie", cookie)).wants(t, http.StatusUnauthorized)
	for _, origin := range []string{techs, alias} {
		cookie, _ = d.signIn(func(s *session.Session) { s.ID, s.Origin = origin, origin })
		tech.do("GET", techs+"/", with("Cookie", cookie)).wants(t, http.StatusUnauthorized)
		d.do("GET", portal+"/", with("Cookie", cookie)).wants(t, http.StatusUnauthorized)
	}
	v := d.visitor(t)
	v.get(portal + "/")
	v.post("email", "email", "bob@acme.example")
	if got := v.post("platform", "platform", "tech"); got.Code == http.StatusSeeOther {
		t.Errorf("sent to %s", got.Header().Get("Location"))
	}
}

// wildcards are characters of an address like any other, or none.
func wildcards(t *testing.T) {
	d, _ := newTown(t)
	for _, address := range []string{"*@acme.example", "a*@acme.example", "b?b@acme.example", "%@acme.example", "b_b@acme.example", "bob@*", "bob@*.example", "bob@acme.*", "bob)(mail=*@acme.example", "bob@acme.example)(x=y"} {
		v := d.visitor(t)
		v.get(portal + "/")
		got := v.post("email", "email", address)
		for _, of := range []string{"c-bob", "Bob"} {
			if strings.Contains(got.Body.String(), of) {
				t.Errorf("%s finds somebody\n%s", address, got.Body)
			}
		}
		d.wantsUnknown(strings.ToLower(address))
	}
	d.wantsNoSessions("c-bob", "c-ann")
}

// passwordBeforeTheProof: who typed an address only sets nothing for it.
func passwordBeforeTheProof(t *testing.T) {
	d, _ := newTown(t)
	d.withPassword(t, present)
	v := d.visitor(t)
	v.get(portal + "/")
	v.post("email", "email", "ann@acme.example").shows(t, 200, `name="method"`)
	for _, before := range [][]string{nil, {"method", "method", "password"}, {"prove", "forgot", "yes"}, {"method", "method", "email_token"}} {
		if before != nil {
			v.post(before[0], before[1:]...)
		}
		v.post("new_password", "new_password", fresh)
		v.post("new_password", "password", "wrong", "new_password", fresh)
		v.post("prove", "new_password", fresh)
		v.request("POST", portal+"/frontdesk/session", "password=change&new_password="+url.QueryEscape(fresh), posting)
		v.get(portal + "/")
		v.post("email", "email", "ann@acme.example")
	}
	d.wantsPassword(t, present)
}

// codeIsMailedOnly: no answer to the browser holds it, or the link.
func codeIsMailedOnly(t *testing.T) {
	d, o := newTown(t)
	v := d.visitor(t)
	answers := []answer{v.toCode("bob@acme.example")}
	code, link := o.newest(t)
	answers = append(answers, v.get(v.at), v.post("prove", "code", "00000000"), v.post("method", "method", "email_token"))
	for _, a := range answers {
		text := a.Body.String()
		for _, values := range a.Header() {
			text += strings.Join(values, "\n")
		}
		for _, secret := range []string{code, code[:4] + " " + code[4:], tokenOf(t, link)} {
			if strings.Contains(text, secret) {
				t.Errorf("%q in\n%s", secret, text)
			}
		}
	}
	if strings.Contains(d.log.String(), code) || strings.Contains(d.log.String(), tokenOf(t, link)) {
		t.Errorf("the log has the code or the link\n%s", d.log)
	}
}

// forgedCallback: an answer of a provider's that nobody asked for, with an
// identity of the caller's choice.
func forgedCallback(t *testing.T) {
	d, _ := newTown(t)
	v := d.visitor(t)
	v.toCode("bob@acme.example")
	id := v.journeyOf()
	for _, query := range []string{
		"code=x&state=" + id, "code=x&state=" + id + ".", "code=x&state=" + id + ".AAAA", "id_token=eyJhbGciOiJub25lIn0.e30.&state=" + id, "oid=x&sub=x&email=bob@acme.example&state=" + id,
	} {
		v.get(portal+"/frontdesk/callback/microsoft?"+query).wants(t, 410)
		v.request("POST", portal+"/frontdesk/callback/microsoft", query, posting).wants(t, 405)
	}
	v.wantsNobody()
	if c, err := d.store.Contact(t.Context(), "c-bob"); err != nil || len(c.Links) != 0 {
		t.Errorf("links %v, %v", c.Links, err)
	}
}

// nothingIsRenamed by who typed an address only.
func nothingIsRenamed(t *testing.T) {
	d, _ := newTown(t)
	before, err := d.store.Contact(t.Context(), "c-bob")
	if err != nil {
		t.Fatal(err)
	}
	v := d.visitor(t)
	v.toCode("bob@acme.example")
	for _, step := range []string{"email", "create", "account", "stay", "prove", "rename"} {
		v.post(step, "email", "eve@acme.example", "username", "eve", "given_name", "Eve", "family_name", "Evil", "phone", "1", "account", "borg")
	}
	after, err := d.store.Contact(t.Context(), "c-bob")
	if err != nil || after.Email != before.Email || after.Name != before.Name || after.Account != before.Account {
		t.Errorf("became %+v, %v", after, err)
	}
	d.wantsUnknown("eve@acme.example")
}

// accountsByID: one that the person has no contact in is not there.
func accountsByID(t *testing.T) {
	d, o := newTown(t)
	d.edit(func(e directory.Editor) error {
		return errors.Join(e.PutAccount(directory.Account{ID: "rival", Name: "Rival", Active: true}),
			e.PutContact(directory.Contact{ID: "c-rival", Email: "rita@rival.example", Account: "rival", Active: true}))
	})
	v := d.visitor(t)
	v.proves(o, "ann@acme.example").shows(t, 200, `name="stay"`)
	v.post("stay", "stay", "no").shows(t, 200, `name="account"`)
	v.post("account", "account", "rival").wants(t, 422)
	if got := v.post("account", "account", "acme"); got.pass == nil || got.pass.facts().ID != "c-ann" {
		t.Fatalf("status %d", got.Code)
	}
	for _, fields := range [][]string{{"account", "rival"}, {"account", "c-rival"}, {"platform", "tech"}, {"platform", "admin"}} {
		v.at = portal + "/frontdesk/session"
		if got := v.post("", fields...); got.pass != nil || got.Code != http.StatusForbidden {
			t.Errorf("%v: passed on %t, status %d", fields, got.pass != nil, got.Code)
		}
	}
	d.wantsNoSessions("c-rival")
}

// publicIDs name a session in pages and headers and open nothing.
func publicIDs(t *testing.T) {
	d := newDesk(t)
	cookie, s := d.signIn()
	got := d.do("GET", portal+"/", with("Cookie", cookie))
	public := got.request.Header.Get("X-Frontdesk-Session")
	if public != s.ID {
		t.Fatalf("the id is %q", public)
	}
	for _, name := range []string{secureSessionName, secureBrowserName, plainSessionName} {
		if got := d.do("GET", portal+"/", with("Cookie", name+"="+public)); got.pass != nil {
			t.Errorf("%s: passed on", name)
		}
	}
	for _, header := range []string{"X-Frontdesk-Session", "Authorization", "X-Frontdesk-Assertion"} {
		if got := d.do("GET", portal+"/", with(header, got.request.Header.Get(header)+public)); got.pass != nil {
			t.Errorf("%s: passed on", header)
		}
	}
	drawn := map[string]bool{}
	for range 1000 {
		drawn[string(func() []byte { s := session.NewSecret(); return s[:8] }())] = true
	}
	if len(drawn) != 1000 {
		t.Errorf("%d of 1000 secrets begin alike", 1000-len(drawn))
	}
}

// cookiesOfOneHost: __Host-, without Domain, for the whole site and https alone
// (RFC 6265bis, 4.1.3.2), so that no other host can read or plant them; and a
// name that was planted all the same is replaced, not taken.
func cookiesOfOneHost(t *testing.T) {
	d, o := newTown(t)
	v := d.visitor(t)
	v.cookies[secureBrowserName], v.cookies[secureSessionName] = "planted", "planted"
	var set []*http.Cookie
	keep := func(a answer) { set = append(set, a.Result().Cookies()...) }
	keep(v.get(portal + "/"))
	if v.cookies[secureBrowserName] == "planted" {
		t.Error("a browser's name that was never sealed here is taken")
	}
	keep(v.proves(o, "bob@acme.example"))
	form := url.Values{"step": {"stay"}, "stay": {"no"}}.Encode()
	keep(d.doBody("POST", v.at, form, posting, with("Cookie", secureBrowserName+"="+v.cookies[secureBrowserName])).wants(t, 303))
	names := map[string]bool{}
	for _, c := range set {
		names[c.Name] = true
		if !strings.HasPrefix(c.Name, "__Host-") || c.Domain != "" || c.Path != "/" || !c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode {
			t.Errorf("Set-Cookie %s", c)
		}
	}
	if !names[secureSessionName] || !names[secureBrowserName] {
		t.Errorf("only %v were set", names)
	}
}

// payload is what a JWT says.
func payload(t *testing.T, token string) string {
	t.Helper()
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		t.Fatalf("no token: %q", token)
	}
	var claims map[string]any
	raw, err := decoding.DecodeString(parts[1])
	if err == nil {
		err = json.Unmarshal(raw, &claims)
	}
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}
