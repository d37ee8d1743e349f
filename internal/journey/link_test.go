package journey_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/journey"
	"github.com/frontdesk-gateway/frontdesk/internal/session"
	"github.com/frontdesk-gateway/frontdesk/internal/standin"
)

// atProvider signs in there as a person, and returns what that led to.
func (d *desk) atProvider(v journey.Visit, address, person string) (journey.Outcome, error) {
	d.t.Helper()
	_, location := d.toProvider(v, address)
	return d.Callback(d.t.Context(), v, d.pick(location, person))
}

// signInAt goes to the end by a person at the provider.
func (d *desk) signInAt(v journey.Visit, address, person string) journey.Outcome {
	d.t.Helper()
	out, err := d.atProvider(v, address, person)
	if err != nil {
		d.t.Fatal(err)
	}
	d.wants(out, journey.StepStay)
	return d.stays(v, out)
}

// stays answers step 5, which must be the last.
func (d *desk) stays(v journey.Visit, out journey.Outcome) journey.Outcome {
	d.t.Helper()
	out = d.post(v, out.Journey.ID, journey.StepStay, journey.Form{Stay: "no"})
	if out.Started == nil {
		d.t.Fatalf("no session at step %s, %+v", out.Step.Name, out.Problem)
	}
	return out
}

// wantLink checks whom a contact is linked to; nobody for "".
func (d *desk) wantLink(id, subject string, vouched bool) {
	d.t.Helper()
	c, err := d.store.Contact(d.t.Context(), id)
	if err != nil {
		d.t.Fatal(err)
	}
	link, _ := c.Links.At("microsoft", c.Email)
	if link.Identity.Subject != subject || link.Vouched != vouched {
		d.t.Errorf("%s is linked to %+v, want %q, vouched %t", id, link, subject, vouched)
	}
}

func TestFirstSignInLinks(t *testing.T) {
	d := newDesk(t)
	v := d.browser(directory.Client)
	out := d.signInAt(v, "ann@acme.example", oidAnn)
	if s := out.Started.Session; s.Method != "microsoft" || s.Proofs[0].Identity.Subject != oidAnn || !strings.Contains(s.Proofs[0].Identity.Issuer, tenantAcme) {
		t.Errorf("session %+v", s)
	}
	d.wantLink("c-ann", oidAnn, true)
	if !strings.Contains(d.log.String(), `msg="identity linked"`) {
		t.Error("the link is not in the log")
	}
}

// TestLinkedIsFoundByIdentity: the provider names another address by now.
func TestLinkedIsFoundByIdentity(t *testing.T) {
	d := newDesk(t)
	d.signInAt(d.browser(directory.Client), "ann@acme.example", oidAnn)
	d.startProvider([]standin.Person{
		{Tenant: tenantAcme, ObjectID: oidAnn, Username: "ann.married@acme.example", Email: "ann.married@acme.example", Name: "Ann Married", EmailDomainVerified: true},
	})
	out := d.signInAt(d.browser(directory.Client), "ann@acme.example", oidAnn)
	if s := out.Started.Session; s.EntityID != "c-ann" {
		t.Errorf("session %+v", s)
	}

	// Under the new address she is not a new person, nor merged with one.
	_, err := d.atProvider(d.browser(directory.Client), "ann.married@acme.example", oidAnn)
	var other *journey.OtherAddressError
	if !errors.As(err, &other) || other.Typed != "ann.married@acme.example" || other.Proved != "Ann@acme.example" {
		t.Errorf("error %v", err)
	}
}

// TestLinkedElsewhere: one identity may have two addresses that have records,
// where the provider vouches for both.
func TestLinkedElsewhere(t *testing.T) {
	d := newDesk(t)
	d.signInAt(d.browser(directory.Client), "ann@acme.example", oidAnn)
	both := standin.Person{Tenant: tenantAcme, ObjectID: oidAnn, Username: "both@acme.example", Email: "both@acme.example", Name: "Ann", EmailDomainVerified: true}
	d.startProvider([]standin.Person{both})
	v := d.browser(directory.Client)
	_, location := d.toProviderAs(v, "both@acme.example", directory.Client)
	if out, err := d.Callback(t.Context(), v, d.pick(location, oidAnn)); err != nil || out.Step.Name != journey.StepStay {
		t.Errorf("vouched: step %s, %v", out.Step.Name, err)
	}

	both.EmailDomainVerified = false
	d.startProvider([]standin.Person{both})
	_, location = d.toProviderAs(v, "both@acme.example", directory.Client)
	var other *journey.OtherAddressError
	if _, err := d.Callback(t.Context(), v, d.pick(location, oidAnn)); !errors.As(err, &other) {
		t.Errorf("claimed: %v", err)
	}
}

// toProviderAs is toProvider where step 2 asks for the platform.
func (d *desk) toProviderAs(v journey.Visit, address string, p directory.Platform) (id, location string) {
	d.t.Helper()
	id = d.begin(v, address).Journey.ID
	d.wants(d.post(v, id, journey.StepPlatform, journey.Form{Platform: string(p)}), journey.StepMethod)
	return id, d.post(v, id, journey.StepMethod, journey.Form{Method: "microsoft"}).Location
}

// TestClaimedAddressIsConfirmed by an emailed token in the same journey, once.
func TestClaimedAddressIsConfirmed(t *testing.T) {
	d := newDesk(t)
	v := d.browser(directory.Client)
	out, err := d.atProvider(v, "ann@acme.example", oidAlien)
	if err != nil {
		t.Fatal(err)
	}
	d.wants(out, journey.StepProve)
	if out.Step.Confirms != "microsoft" || out.Journey.Method != directory.MethodEmailToken || d.mails.count() != 1 {
		t.Fatalf("step %+v, method %q, %d mails", out.Step, out.Journey.Method, d.mails.count())
	}
	d.wantLink("c-ann", "", false)
	if text := d.mails.sent[0].Text; !strings.Contains(text, "whoever has the Microsoft account that was used there") {
		t.Errorf("the mail does not say what the code does:\n%s", text)
	}
	code, _ := d.mails.newest(t)
	d.wantsProblem(d.post(v, out.Journey.ID, journey.StepProve, journey.Form{Code: another(code)}), "code", "code_wrong")
	out = d.stays(v, d.wants(d.post(v, out.Journey.ID, journey.StepProve, journey.Form{Code: code}), journey.StepStay))
	if s := out.Started.Session; s.Method != "microsoft" {
		t.Errorf("signed in by %q", s.Method)
	}
	d.wantLink("c-ann", oidAlien, true)
	d.signInAt(d.browser(directory.Client), "ann@acme.example", oidAlien) // not asked again
	if n := d.mails.count(); n != 1 {
		t.Errorf("%d mails", n)
	}
}

// TestClaimIsDropped: who cannot get the mail chooses another method, and the
// claim is not confirmed by it.
func TestClaimIsDropped(t *testing.T) {
	d := newDesk(t)
	v := d.browser(directory.Client)
	out, err := d.atProvider(v, "ann@acme.example", oidAlien)
	if err != nil {
		t.Fatal(err)
	}
	id := d.wants(out, journey.StepProve).Journey.ID
	out = d.post(v, id, journey.StepMethod, journey.Form{})
	if out.Location != "https://portal.msp.example/frontdesk/sign-in?journey="+id+"&step=method" {
		t.Fatalf("sent to %q", out.Location)
	}
	page, err := d.LoadAt(t.Context(), v, id, journey.StepMethod)
	if err != nil || len(page.Step.Methods) != 3 || page.Step.Confirms != "" {
		t.Fatalf("step %+v, %v", page.Step, err)
	}
	d.wants(d.post(v, id, journey.StepMethod, journey.Form{Method: directory.MethodPassword}), journey.StepProve)
	out = d.stays(v, d.wants(d.post(v, id, journey.StepProve, journey.Form{Password: plain}), journey.StepStay))
	if s := out.Started.Session; s.Method != directory.MethodPassword || len(s.Proofs) != 1 {
		t.Errorf("session %+v", s)
	}
	d.wantLink("c-ann", "", false)
}

// TestConfirmedCreation: nothing is written before the proof.
func TestConfirmedCreation(t *testing.T) {
	d := newDesk(t)
	d.startProvider([]standin.Person{{Tenant: tenantOther, ObjectID: oidNew, Username: "new@acme.example", Email: "new@acme.example", GivenName: "Nell", FamilyName: "New"}})
	v := d.browser(directory.Client)
	out, err := d.atProvider(v, "new@acme.example", oidNew)
	if err != nil {
		t.Fatal(err)
	}
	d.wants(out, journey.StepProve)
	if made := d.contacts("new@acme.example"); len(made) != 0 {
		t.Fatalf("contacts %+v", made)
	}
	code, _ := d.mails.newest(t)
	out = d.wants(d.post(v, out.Journey.ID, journey.StepProve, journey.Form{Code: code}), journey.StepCreate)
	if p := out.Journey.Profile; p.GivenName != "Nell" {
		t.Errorf("profile %+v", p)
	}
	out = d.wants(d.post(v, out.Journey.ID, journey.StepCreate, journey.Form{Profile: journey.Profile{GivenName: "Nell", FamilyName: "New"}}), journey.StepStay)
	out = d.stays(v, out)
	d.wantLink(out.Started.Session.EntityID, oidNew, true)
}

// TestRecycledAddress: a new person with an old address is not the old one by
// the provider's word alone; an emailed token makes them so, and ends what the
// old one had.
func TestRecycledAddress(t *testing.T) {
	d := newDesk(t)
	before := d.signInAt(d.browser(directory.Client), "ann@acme.example", oidAnn).Started.Session
	byMail := d.signIn(d.browser(directory.Client), "ann@acme.example", "no", "").Started.Session
	byAnother := byMail
	byAnother.Key, byAnother.ID = session.NewSecret().Key(), "S-another"
	byAnother.Proofs = []session.Proof{{Method: "other", Identity: directory.Identity{Issuer: "https://other.example", Subject: "ann"}, Vouched: true}}
	if err := d.store.FinishJourney(t.Context(), d.begin(d.browser(directory.Client), "ann@acme.example").Journey.ID, byAnother); err != nil {
		t.Fatal(err)
	}

	v := d.browser(directory.Client)
	out, err := d.atProvider(v, "ann@acme.example", oidAgain)
	if err != nil {
		t.Fatal(err)
	}
	d.wants(out, journey.StepProve)
	d.wantLink("c-ann", oidAnn, true)
	code, _ := d.mails.newest(t)
	d.stays(v, d.wants(d.post(v, out.Journey.ID, journey.StepProve, journey.Form{Code: code}), journey.StepStay))
	d.wantLink("c-ann", oidAgain, true)
	if _, err := d.store.Session(t.Context(), before.Key); !errors.Is(err, session.ErrNotFound) {
		t.Errorf("the session of the identity before: %v", err)
	}
	for name, s := range map[string]session.Session{"by mail": byMail, "by another provider": byAnother} {
		if _, err := d.store.Session(t.Context(), s.Key); err != nil {
			t.Errorf("a session %s: %v", name, err)
		}
	}
	if !strings.Contains(d.log.String(), "instead_of="+oidAnn) {
		t.Error("the new link is not in the log")
	}

	out, err = d.atProvider(d.browser(directory.Client), "ann@acme.example", oidAnn) // and now the old one is asked
	if err != nil || out.Step.Name != journey.StepProve {
		t.Errorf("the identity before: step %s, %v", out.Step.Name, err)
	}
}

// TestRecycledWhileWaiting: whoever had the address before, and waits at their last
// step with it proved by a code, does not take it back from the newcomer.
func TestRecycledWhileWaiting(t *testing.T) {
	d := newDesk(t)
	d.signInAt(d.browser(directory.Client), "ann@acme.example", oidAnn)
	confirmed := func(v journey.Visit, person string) (id string) {
		out, err := d.atProvider(v, "ann@acme.example", person)
		if err != nil {
			t.Fatal(err)
		}
		code, _ := d.mails.newest(t)
		return d.wants(d.post(v, out.Journey.ID, journey.StepProve, journey.Form{Code: code}), journey.StepStay).Journey.ID
	}
	stays := func(v journey.Visit, id string) (journey.Outcome, error) {
		return d.Answer(t.Context(), v, id, journey.StepStay, journey.Form{Stay: "no"})
	}
	alien, again := d.browser(directory.Client), d.browser(directory.Client)
	first, second := confirmed(alien, oidAlien), confirmed(alien, oidAlien)
	if out, err := stays(alien, first); err != nil || out.Started == nil {
		t.Fatalf("step %s, %v", out.Step.Name, err)
	}
	d.wantLink("c-ann", oidAlien, true)
	newcomer := d.started(d.post(again, confirmed(again, oidAgain), journey.StepStay, journey.Form{Stay: "no"}))
	if out, err := stays(alien, second); !errors.Is(err, journey.ErrNotFound) {
		t.Errorf("the one before: session %v, %v", out.Started, err)
	}
	d.wantLink("c-ann", oidAgain, true)
	d.wantsAlive(newcomer, true)
}

// TestTakenBackByACodeOfOld: a code that whoever had the address before was sent
// makes the record theirs no more once it is linked to a newcomer: neither in a
// sign-in that waits, though nobody was linked then, nor by a switch from a session
// with another account.
func TestTakenBackByACodeOfOld(t *testing.T) {
	confirmed := func(d *desk, v journey.Visit, person string) journey.Outcome {
		_, location := d.toProvider(v, "two@acme.example")
		out, err := d.Callback(t.Context(), v, d.pick(location, person))
		if err != nil {
			t.Fatal(err)
		}
		if out.Step.Name == journey.StepProve {
			code, _ := d.mails.newest(t)
			out = d.post(v, out.Journey.ID, journey.StepProve, journey.Form{Code: code})
		}
		return d.wants(out, journey.StepStay)
	}
	enters := func(d *desk, v journey.Visit, waiting journey.Outcome, account string) journey.Outcome {
		out := d.post(v, waiting.Journey.ID, journey.StepStay, journey.Form{Stay: "yes"})
		return d.post(v, d.wants(out, journey.StepAccount).Journey.ID, journey.StepAccount, journey.Form{Account: account})
	}
	switches := func(d *desk, v journey.Visit, from session.Session, account string) journey.Outcome {
		v.Current = &from.Key
		out, err := d.SwitchAccount(t.Context(), v, from, account)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	for _, tt := range []struct {
		name   string
		begins func(*desk, journey.Visit) (goesOn func() journey.Outcome)
	}{
		{"in a sign-in that waits", func(d *desk, v journey.Visit) func() journey.Outcome {
			waiting := confirmed(d, v, oidAlien)
			return func() journey.Outcome { return enters(d, v, waiting, "acme") }
		}},
		{"in a sign-in that waits, by a mail from before", func(d *desk, v journey.Visit) func() journey.Outcome {
			_, location := d.toProvider(v, "two@acme.example")
			out, err := d.Callback(t.Context(), v, d.pick(location, oidAlien))
			if err != nil {
				t.Fatal(err)
			}
			id := d.wants(out, journey.StepProve).Journey.ID
			code, _ := d.mails.newest(t)
			return func() journey.Outcome {
				return enters(d, v, d.wants(d.post(v, id, journey.StepProve, journey.Form{Code: code}), journey.StepStay), "acme")
			}
		}},
		{"from another account", func(d *desk, v journey.Visit) func() journey.Outcome {
			from := d.started(enters(d, v, confirmed(d, v, oidAlien), "borg"))
			return func() journey.Outcome { return switches(d, v, from, "acme") }
		}},
		{"from another account, and linked to this one before", func(d *desk, v journey.Visit) func() journey.Outcome {
			from := d.started(enters(d, v, confirmed(d, v, oidAlien), "acme"))
			from = d.started(switches(d, v, from, "borg"))
			return func() journey.Outcome { return switches(d, v, from, "acme") }
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := newDesk(t)
			d.startProvider([]standin.Person{
				{Tenant: tenantOther, ObjectID: oidAlien, Username: "two@acme.example", Email: "two@acme.example", Name: "Tova Before"},
				{Tenant: tenantOther, ObjectID: oidTwo, Username: "two@acme.example", Email: "two@acme.example", Name: "Tova Two", EmailDomainVerified: true},
			})
			goesOn := tt.begins(d, d.browser(directory.Client))
			d.advance(time.Minute)
			v := d.browser(directory.Client)
			newcomer := d.started(enters(d, v, confirmed(d, v, oidTwo), "acme"))
			d.wantLink("c-two-acme", oidTwo, true)
			d.advance(time.Minute)
			d.wants(goesOn(), journey.StepMethod)
			d.wantLink("c-two-acme", oidTwo, true)
			d.wantsAlive(newcomer, true)
		})
	}
}

// TestLinkedInBetween: of two identities that sign in at the same time one is
// linked, and the other is judged anew.
func TestLinkedInBetween(t *testing.T) {
	d := newDesk(t)
	first, second := d.browser(directory.Client), d.browser(directory.Client)
	one, err := d.atProvider(first, "ann@acme.example", oidAnn)
	if err != nil {
		t.Fatal(err)
	}
	two, err := d.atProvider(second, "ann@acme.example", oidAgain)
	if err != nil {
		t.Fatal(err)
	}
	d.wants(one, journey.StepStay)
	d.wants(two, journey.StepStay)
	d.stays(first, one)
	out := d.post(second, two.Journey.ID, journey.StepStay, journey.Form{Stay: "no"})
	if out.Started != nil || out.Step.Confirms != "microsoft" {
		t.Fatalf("step %+v, session %v", out.Step, out.Started)
	}
	d.wantLink("c-ann", oidAnn, true)
}

// TestTwoFirstSignInsAtOnce: whatever the order, one identity wins.
func TestTwoFirstSignInsAtOnce(t *testing.T) {
	d := newDesk(t)
	visits, journeys := make([]journey.Visit, 20), make([]string, 20)
	for i := range visits {
		visits[i] = d.browser(directory.Client)
		out, err := d.atProvider(visits[i], "ann@acme.example", []string{oidAnn, oidAgain}[i%2])
		if err != nil {
			t.Fatal(err)
		}
		journeys[i] = d.wants(out, journey.StepStay).Journey.ID
	}
	started := make([]*journey.Started, 20)
	atOnce(20, func(i int) {
		out, err := d.Answer(t.Context(), visits[i], journeys[i], journey.StepStay, journey.Form{Stay: "no"})
		if err != nil {
			t.Error(err)
		}
		started[i] = out.Started
	})
	subjects := map[string]int{}
	for _, s := range started {
		if s != nil {
			subjects[s.Session.Proofs[0].Identity.Subject]++
		}
	}
	if len(subjects) != 1 || subjects[oidAnn]+subjects[oidAgain] != 10 {
		t.Errorf("sessions by identity: %v", subjects)
	}
}

func TestUnlinked(t *testing.T) {
	d := newDesk(t)
	d.signInAt(d.browser(directory.Client), "ann@acme.example", oidAnn)
	err := directory.ChangeLinks(t.Context(), d.store, directory.KindContact, "c-ann", func(ls directory.Links) (directory.Links, error) { return ls.Without("microsoft"), nil })
	if err != nil {
		t.Fatal(err)
	}
	d.signInAt(d.browser(directory.Client), "ann@acme.example", oidAgain)
	d.wantLink("c-ann", oidAgain, true)
}

// TestTokenOfAnotherJourney confirms no identity: what a session was proved by
// weeks ago comes along at a switch, but was not proved together.
func TestTokenOfAnotherJourney(t *testing.T) {
	listsTenant := func(d *desk) {
		d.edit(func(e directory.Editor) error {
			return e.PutAccount(directory.Account{ID: "strict", Name: "Strict", Methods: []string{"microsoft"}, Tenants: directory.Tenants{{Tenant: tenantAcme}}, Active: true})
		})
	}
	switchTo := func(d *desk, v journey.Visit, from session.Session, account string) journey.Outcome {
		v.Current = &from.Key
		out, err := d.SwitchAccount(t.Context(), v, from, account)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	wantByMail := func(d *desk, out journey.Outcome) {
		t.Helper()
		if out.Started == nil || out.Started.Session.Method != directory.MethodEmailToken {
			t.Fatalf("step %s, session %+v", out.Step.Name, out.Started)
		}
		d.wantLink("c-two-borg", "", false)
	}
	t.Run("an identity of today", func(t *testing.T) {
		d := newDesk(t)
		listsTenant(d)
		v := d.browser(directory.Client)
		from := d.signIn(v, "two@acme.example", "yes", "borg").Started.Session
		d.advance(20 * 24 * time.Hour)
		out, err := d.Callback(t.Context(), v, d.pick(switchTo(d, v, from, "strict").Location, oidLoose))
		if err != nil || out.Started == nil {
			t.Fatalf("step %s, %v", out.Step.Name, err)
		}
		wantByMail(d, switchTo(d, v, out.Started.Session, "borg"))
	})
	t.Run("an identity that only a tenant vouches for leads to no token of today", func(t *testing.T) {
		d := newDesk(t)
		v := d.browser(directory.Client)
		_, location := d.toProvider(v, "two@acme.example")
		out, err := d.Callback(t.Context(), v, d.pick(location, oidLoose))
		if err != nil {
			t.Fatal(err)
		}
		from := d.stays(v, out).Started.Session
		d.advance(20 * 24 * time.Hour)
		v.Current = &from.Key
		if _, err := d.SwitchAccount(t.Context(), v, from, "borg"); !errors.Is(err, journey.ErrRefused) {
			t.Errorf("it leads on: %v", err)
		}
	})
}

// hangsUp is a directory whose caller goes away after an edit.
type hangsUp struct {
	directory.Store
	goes func()
}

func (s hangsUp) Edit(ctx context.Context, fn func(directory.Editor) error) error {
	defer s.goes()
	return s.Store.Edit(ctx, fn)
}

// TestLinkedAndGone: a browser that drops the request in the midst, as at a
// double click, leaves no session of the identity before behind.
func TestLinkedAndGone(t *testing.T) {
	d := newDesk(t)
	before := d.signInAt(d.browser(directory.Client), "ann@acme.example", oidAnn).Started.Session
	v := d.browser(directory.Client)
	out, err := d.atProvider(v, "ann@acme.example", oidAgain)
	if err != nil {
		t.Fatal(err)
	}
	code, _ := d.mails.newest(t)
	id := d.wants(d.post(v, out.Journey.ID, journey.StepProve, journey.Form{Code: code}), journey.StepStay).Journey.ID
	ctx, cancel := context.WithCancel(t.Context())
	d.Directory = hangsUp{d.store, cancel}
	if _, err := d.Answer(ctx, v, id, journey.StepStay, journey.Form{Stay: "no"}); err != nil && !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	d.wantLink("c-ann", oidAgain, true)
	if _, err := d.store.Session(t.Context(), before.Key); !errors.Is(err, session.ErrNotFound) {
		t.Errorf("the session of the identity before: %v", err)
	}
}

// unlinksFirst is a store in which an operator unlinks a contact just before a
// journey to it is finished.
type unlinksFirst struct {
	journey.Store
	unlink func()
	after  func()
}

func (s unlinksFirst) FinishJourney(ctx context.Context, id string, v session.Session, replaced ...session.Key) error {
	s.unlink()
	defer s.after()
	return s.Store.FinishJourney(ctx, id, v, replaced...)
}

// endsAtProviders ends journeys, and the sessions that hold a provider's proof.
func (d *desk) endsAtProviders(address string, journeys func(journey.Journey) bool) error {
	return d.store.EndAt(d.t.Context(), address, func(directory.People, []session.Session) journey.Ending {
		return journey.Ending{Sessions: func(s session.Session) bool { return s.RestsOn(session.Proof.OfIdentity) }, Journeys: journeys}
	})
}

// unlinksAnn takes Ann's links away, and nothing else.
func (d *desk) unlinksAnn() error {
	return directory.ChangeLinks(d.t.Context(), d.store, directory.KindContact, "c-ann", func(directory.Links) (directory.Links, error) { return nil, nil })
}

// TestUnlinkedInBetween: who takes a link away ends the sessions that rest on
// it, and cannot know of one that is about to begin; also of a browser that leaves
// then, and asks again.
func TestUnlinkedInBetween(t *testing.T) {
	for name, leaves := range map[string]bool{"stays": false, "leaves": true} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			d.signInAt(d.browser(directory.Client), "ann@acme.example", oidAnn)
			v := d.browser(directory.Client)
			out, err := d.atProvider(v, "ann@acme.example", oidAnn)
			if err != nil {
				t.Fatal(err)
			}
			ctx, leave := context.WithCancel(t.Context())
			defer leave()
			d.Store = unlinksFirst{d.store, func() {
				err := d.unlinksAnn()
				if err == nil {
					err = d.endsAtProviders("ann@acme.example", nil)
				}
				if err != nil {
					t.Error(err)
				}
			}, leave}
			d.Directory = forThoseWhoStay{d.store}
			answer := func(ctx context.Context) (journey.Outcome, error) {
				return d.Answer(ctx, v, out.Journey.ID, journey.StepStay, journey.Form{Stay: "no"})
			}
			if leaves {
				_, _ = answer(ctx) // to nobody
			}
			if out, err := answer(t.Context()); !errors.Is(err, journey.ErrFinished) || out.Started != nil {
				t.Errorf("session %+v, %v", out.Started, err)
			}
			if left := d.sessions(directory.KindContact, "c-ann"); len(left) != 0 {
				t.Errorf("sessions %+v", left)
			}
		})
	}
}

// forThoseWhoStay is a directory that reads nothing for who has left.
type forThoseWhoStay struct{ directory.Store }

func (s forThoseWhoStay) Contact(ctx context.Context, id string) (directory.Contact, error) {
	if err := ctx.Err(); err != nil {
		return directory.Contact{}, err
	}
	return s.Store.Contact(ctx, id)
}

// TestLinkProvedLater: a link that rested on the tenant alone is proved by the
// same identity later, which ends none of its sessions.
func TestLinkProvedLater(t *testing.T) {
	d := newDesk(t)
	loose := standin.Person{Tenant: tenantAcme, ObjectID: oidLoose, Username: "ann@acme.example", Email: "ann@acme.example", Name: "Ann"}
	d.startProvider([]standin.Person{loose})
	before := d.signInAt(d.browser(directory.Client), "ann@acme.example", oidLoose).Started.Session
	d.wantLink("c-ann", oidLoose, false)
	loose.EmailDomainVerified = true
	d.startProvider([]standin.Person{loose})
	d.signInAt(d.browser(directory.Client), "ann@acme.example", oidLoose)
	d.wantLink("c-ann", oidLoose, true)
	loose.EmailDomainVerified = false
	d.startProvider([]standin.Person{loose})
	d.signInAt(d.browser(directory.Client), "ann@acme.example", oidLoose)
	d.wantLink("c-ann", oidLoose, true)
	if _, err := d.store.Session(t.Context(), before.Key); err != nil {
		t.Errorf("the session before: %v", err)
	}
}

// unlinksBetween is a directory in which an operator unlinks a contact just before
// somebody is looked up who answers the last step.
type unlinksBetween struct {
	directory.Store
	lookUps int // before that one
	unlink  func()
}

func (s *unlinksBetween) People(ctx context.Context, key string) (directory.People, error) {
	if s.lookUps--; s.lookUps == -1 {
		s.unlink()
	}
	return s.Store.People(ctx, key)
}

// TestUnlinkedWhileFinishing: a link that was taken away does not come back with an
// answer on its way, whose sign-in was ended after it was taken up.
func TestUnlinkedWhileFinishing(t *testing.T) {
	for name, leaves := range map[string]bool{"stays": false, "leaves": true} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			d.signInAt(d.browser(directory.Client), "ann@acme.example", oidAnn)
			v := d.browser(directory.Client)
			out, err := d.atProvider(v, "ann@acme.example", oidAnn)
			if err != nil {
				t.Fatal(err)
			}
			ctx, leave := context.WithCancel(t.Context())
			defer leave()
			d.Directory = &unlinksBetween{hangsUp{d.store, func() {
				if leaves {
					leave()
				}
			}}, 1, func() {
				err := d.store.EndAt(t.Context(), "ann@acme.example", func(directory.People, []session.Session) journey.Ending {
					return journey.Ending{Journeys: func(journey.Journey) bool { return true }}
				})
				if err == nil {
					err = d.unlinksAnn()
				}
				if err != nil {
					t.Error(err)
				}
			}}
			out, err = d.Answer(ctx, v, out.Journey.ID, journey.StepStay, journey.Form{Stay: "no"})
			if !errors.Is(err, journey.ErrNotFound) {
				t.Errorf("session %v, %v", out.Started, err)
			}
			d.wantLink("c-ann", "", false)
		})
	}
}

// TestChangedWhileFinishing: what becomes of a record while its sign-in is finished is
// judged anew, and is no error: an import may take a contact over under another id.
func TestChangedWhileFinishing(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(directory.Editor) error
		step   journey.StepName
		entity string // of the session; empty: there is none
	}{
		{"taken over", func(e directory.Editor) error { return e.RenameContact("c-ann", "1042") }, journey.StepDone, "1042"},
		{"removed", func(e directory.Editor) error { return e.DeleteContact("c-ann") }, journey.StepCreate, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t)
			v := d.browser(directory.Client)
			out, err := d.atProvider(v, "ann@acme.example", oidAnn)
			if err != nil {
				t.Fatal(err)
			}
			change := sync.OnceFunc(func() { d.edit(c.change) })
			d.Directory = linksFirst{d.store, change}
			out = d.wants(d.post(v, out.Journey.ID, journey.StepStay, journey.Form{Stay: "no"}), c.step)
			if c.entity == "" {
				if out.Started != nil {
					t.Errorf("session %+v", out.Started.Session)
				}
				return
			}
			if s := d.started(out); s.EntityID != c.entity {
				t.Errorf("signed in as %s", s.EntityID)
			}
			d.wantLink(c.entity, oidAnn, true)
		})
	}
}

// TestAccountGoesWhileCreating: so is an account that goes just before a contact is
// made in it.
func TestAccountGoesWhileCreating(t *testing.T) {
	d := newDesk(t)
	v := d.browser(directory.Client)
	id := d.wants(d.prove(v, "new@borg.example"), journey.StepCreate).Journey.ID
	d.Directory = createsLate{d.store, func() {
		d.edit(func(e directory.Editor) error {
			return errors.Join(e.DeleteContact("c-two-borg"), e.DeleteAccount("borg"))
		})
	}}
	out := d.post(v, id, journey.StepCreate, journey.Form{Profile: journey.Profile{GivenName: "Nell", FamilyName: "New"}})
	if d.wants(out, journey.StepRefused); out.Step.Refusal != journey.RefusedUnregistered {
		t.Errorf("refused as %q", out.Step.Refusal)
	}
}

// createsLate is a directory in which something happens just before a contact is made.
type createsLate struct {
	directory.Store
	before func()
}

func (s createsLate) CreateContact(ctx context.Context, c directory.Contact) error {
	s.before()
	return s.Store.CreateContact(ctx, c)
}

// linksFirst is a directory in which somebody else is linked just before an edit.
type linksFirst struct {
	directory.Store
	link func()
}

func (s linksFirst) Edit(ctx context.Context, fn func(directory.Editor) error) error {
	s.link()
	return s.Store.Edit(ctx, fn)
}

// TestLinkedAtTheSameTime: the link that was judged by is the one that is
// replaced, or none is.
func TestLinkedAtTheSameTime(t *testing.T) {
	d := newDesk(t)
	v := d.browser(directory.Client)
	out, err := d.atProvider(v, "ann@acme.example", oidAgain)
	if err != nil {
		t.Fatal(err)
	}
	before := directory.Link{Provider: "microsoft", Identity: directory.Identity{Issuer: authority, Subject: oidAnn}, Address: "ann@acme.example", Vouched: true}
	d.Directory = linksFirst{d.store, func() {
		err := directory.ChangeLinks(t.Context(), d.store, directory.KindContact, "c-ann", func(ls directory.Links) (directory.Links, error) { return ls.With(before), nil })
		if err != nil {
			t.Error(err)
		}
	}}
	out = d.post(v, out.Journey.ID, journey.StepStay, journey.Form{Stay: "no"})
	if out.Started != nil || out.Step.Confirms != "microsoft" {
		t.Errorf("step %+v, session %v", out.Step, out.Started)
	}
	d.wantLink("c-ann", oidAnn, true)
}

// TestTenantListedNoMore: with the tenant whose word alone it was ends what it
// opened, at an account's list as at that of the members' tenants; what was
// begun from it ends too.
func TestTenantListedNoMore(t *testing.T) {
	d := newDesk(t)
	v := d.browser(directory.Client)
	_, location := d.toProvider(v, "two@acme.example")
	out, err := d.Callback(t.Context(), v, d.pick(location, oidLoose))
	if err != nil {
		t.Fatal(err)
	}
	d.wants(out, journey.StepStay)
	s := d.started(d.post(v, out.Journey.ID, journey.StepStay, journey.Form{Stay: "yes"}))
	if s.EntityID != "c-two-acme" {
		t.Fatalf("signed in as %s", s.EntityID)
	}
	byMail := d.signIn(d.browser(directory.Client), "two@acme.example", "no", "acme").Started.Session
	alive := func(s session.Session) bool {
		_, err := d.Living.Alive(t.Context(), s.Key)
		return err == nil
	}
	if !alive(s) || !alive(byMail) {
		t.Fatal("they do not begin")
	}
	d.edit(func(e directory.Editor) error {
		a, err := e.Account(t.Context(), "acme")
		if err != nil {
			return err
		}
		a.Tenants = nil
		return e.PutAccount(a)
	})
	if alive(s) {
		t.Error("the session goes on by the word of a tenant that is listed no more")
	}
	if !alive(byMail) {
		t.Error("a session by mail ended with it")
	}
}

// TestSignOutEverywhere ends what the person has begun: of an identity that a tenant
// alone vouches for, that is what this one has proved, and nothing else of the
// address.
func TestSignOutEverywhere(t *testing.T) {
	d := newDesk(t)
	at := func(identity string) (journey.Visit, string) {
		v := d.browser(directory.Client)
		_, location := d.toProvider(v, "two@acme.example")
		out, err := d.Callback(t.Context(), v, d.pick(location, identity))
		if err != nil {
			t.Fatal(err)
		}
		return v, d.wants(out, journey.StepStay).Journey.ID
	}
	v, id := at(oidLoose)
	s := d.started(d.post(v, id, journey.StepStay, journey.Form{Stay: "no"}))
	_, loose := at(oidLoose)
	byMail := d.wants(d.prove(d.browser(directory.Client), "two@acme.example"), journey.StepStay).Journey.ID
	other := d.wants(d.prove(d.browser(directory.Client), "ann@acme.example"), journey.StepStay).Journey.ID
	wants := func(of session.Session, stay ...string) {
		t.Helper()
		if err := d.SignOutEverywhere(t.Context(), v, of); err != nil {
			t.Fatal(err)
		}
		for _, id := range []string{loose, byMail, other} {
			_, err := d.store.Journey(t.Context(), id)
			if slices.Contains(stay, id) != (err == nil) {
				t.Errorf("journey %s: %v", id, err)
			}
		}
	}
	wants(s, byMail, other)
	s.Proofs = []session.Proof{{Method: directory.MethodEmailToken, Vouched: true}}
	moved := s
	moved.EntityID = "c-ann" // whose record has another address now
	wants(moved, byMail, other)
	wants(s, other)
}

// TestSignOutEverywhereOfTheRecord: nor does what is unfinished elsewhere, by whatever method,
// become a session of those whose sessions end, even where a tenant alone says who the
// person is; what can lead to others of the address stays.
func TestSignOutEverywhereOfTheRecord(t *testing.T) {
	t.Run("the member first", func(t *testing.T) { signOutEverywhereOfTheRecord(t, false) })
	t.Run("the contact first", func(t *testing.T) { signOutEverywhereOfTheRecord(t, true) })
}

func signOutEverywhereOfTheRecord(t *testing.T, contactFirst bool) {
	d := newDesk(t)
	d.Settings.MemberTenants = directory.Tenants{{Tenant: tenantOther}}
	d.startProvider([]standin.Person{
		{Tenant: tenantOther, ObjectID: oidLoose, Username: "both@acme.example", Email: "both@acme.example"},
		{Tenant: tenantAcme, ObjectID: oidTwo, Username: "both@acme.example", Email: "both@acme.example"},
		{Tenant: tenantAcme, ObjectID: oidAgain, Username: "two@acme.example", Email: "two@acme.example"},
	})
	at := func(p directory.Platform, address, identity string) session.Session {
		t.Helper()
		v := d.browser(p)
		var location string
		if address == "both@acme.example" {
			_, location = d.toProviderAs(v, address, p)
		} else {
			_, location = d.toProvider(v, address)
		}
		out, err := d.Callback(t.Context(), v, d.pick(location, identity))
		if err != nil {
			t.Fatal(err)
		}
		d.wants(out, journey.StepStay)
		return d.started(d.post(v, out.Journey.ID, journey.StepStay, journey.Form{Stay: "no"}))
	}
	member, contact, ofTwo := at(directory.Tech, "both@acme.example", oidLoose), at(directory.Client, "both@acme.example", oidTwo), at(directory.Client, "two@acme.example", oidAgain)
	d.wantReach(contact, "c-both")
	d.wantReach(ofTwo, "c-two-acme")

	unfinished := map[string]func() string{
		"a member's password": func() string {
			v := d.browser(directory.Tech)
			id := d.begin(v, "both@acme.example").Journey.ID
			d.post(v, id, journey.StepPlatform, journey.Form{Platform: "tech"})
			d.wants(d.post(v, id, journey.StepMethod, journey.Form{Method: directory.MethodPassword}), journey.StepProve)
			return d.wants(d.post(v, id, journey.StepProve, journey.Form{Password: plain}), journey.StepStay).Journey.ID
		},
		"a member's mail": func() string {
			v := d.browser(directory.Tech)
			id := d.begin(v, "both@acme.example").Journey.ID
			d.post(v, id, journey.StepPlatform, journey.Form{Platform: "tech"})
			return d.wants(d.post(v, id, journey.StepMethod, journey.Form{Method: directory.MethodEmailToken}), journey.StepProve).Journey.ID
		},
		"a contact's code": func() string {
			v := d.browser(directory.Client)
			id := d.begin(v, "both@acme.example").Journey.ID
			d.post(v, id, journey.StepPlatform, journey.Form{Platform: "client"})
			d.wants(d.post(v, id, journey.StepMethod, journey.Form{Method: directory.MethodEmailToken}), journey.StepProve)
			code, _ := d.mails.newest(t)
			return d.wants(d.post(v, id, journey.StepProve, journey.Form{Code: code}), journey.StepStay).Journey.ID
		},
		"a code for several accounts": func() string {
			return d.wants(d.prove(d.browser(directory.Client), "two@acme.example"), journey.StepStay).Journey.ID
		},
	}
	ids := map[string]string{}
	for name, begin := range unfinished {
		ids[name] = begin()
	}
	type leaving struct {
		name string
		of   session.Session
		ends []string
	}
	leave := []leaving{
		{"a contact of several", ofTwo, nil},
		{"a member", member, []string{"a member's password", "a member's mail"}},
		{"the only contact", contact, []string{"a contact's code"}},
	}
	if contactFirst {
		slices.Reverse(leave)
	}
	var ended []string
	for _, c := range leave {
		ended = append(ended, c.ends...)
		if err := d.SignOutEverywhere(t.Context(), d.browser(directory.Client), c.of); err != nil {
			t.Fatal(err)
		}
		for name, id := range ids {
			if _, err := d.store.Journey(t.Context(), id); slices.Contains(ended, name) == (err == nil) {
				t.Errorf("%s: %s: %v", c.name, name, err)
			}
		}
	}
}

// TestSignOutEverywhereUndecided: what a sign-in can lead to is not what was chosen in it, where
// that can be chosen anew, nor is it open where all that there is to choose ends.
func TestSignOutEverywhereUndecided(t *testing.T) {
	const two, both = "two@acme.example", "both@acme.example"
	newcomer := func(t *testing.T) *desk {
		d := newDesk(t)
		d.startProvider([]standin.Person{
			{Tenant: tenantAcme, ObjectID: oidAgain, Username: two, Email: two},
			{Tenant: tenantAcme, ObjectID: oidTwo, Username: both, Email: both},
		})
		return d
	}
	signOut := func(d *desk, v journey.Visit, location, identity string) {
		d.t.Helper()
		out, err := d.Callback(t.Context(), v, d.pick(location, identity))
		if err != nil {
			d.t.Fatal(err)
		}
		d.wants(out, journey.StepStay)
		s := d.started(d.post(v, out.Journey.ID, journey.StepStay, journey.Form{Stay: "no"}))
		if err := d.SignOutEverywhere(t.Context(), v, s); err != nil {
			d.t.Fatal(err)
		}
	}
	t.Run("an account that was chosen", func(t *testing.T) {
		d := newcomer(t)
		d.edit(func(e directory.Editor) error {
			a, err := e.Account(t.Context(), "acme")
			a.Methods = []string{directory.MethodMicrosoft}
			return errors.Join(err, e.PutAccount(a))
		})
		v := d.browser(directory.Client)
		id := d.wants(d.prove(v, two), journey.StepStay).Journey.ID
		d.wants(d.post(v, id, journey.StepStay, journey.Form{Stay: "no"}), journey.StepAccount)
		d.wants(d.post(v, id, journey.StepAccount, journey.Form{Account: "acme"}), journey.StepProve) // by microsoft, besides

		other := d.browser(directory.Client)
		_, location := d.toProvider(other, two)
		signOut(d, other, location, oidAgain)
		if s := d.started(d.post(v, id, journey.StepAccount, journey.Form{Account: "borg"})); s.EntityID != "c-two-borg" {
			t.Errorf("a session of %s", s.EntityID)
		}
	})
	t.Run("a platform that came meanwhile", func(t *testing.T) {
		d := newcomer(t)
		d.Settings.MemberTenants = directory.Tenants{{Tenant: tenantAcme}}
		tech, admin := d.Settings.Platforms[directory.Tech], d.Settings.Platforms[directory.Admin]
		delete(d.Settings.Platforms, directory.Tech)
		delete(d.Settings.Platforms, directory.Admin)
		v := d.browser(directory.Client)
		id := d.wants(d.prove(v, both), journey.StepStay).Journey.ID
		d.Settings.Platforms[directory.Tech], d.Settings.Platforms[directory.Admin] = tech, admin

		other := d.browser(directory.Client)
		_, location := d.toProviderAs(other, both, directory.Client)
		signOut(d, other, location, oidTwo)
		d.wantsEnded(v, id, journey.StepPlatform, journey.Form{Platform: "client"})
	})
}

// TestTakenBackThroughAnotherAccount: nor does such a code by way of an account that
// asks for more, whose tenant has a say there and none in the newcomer's.
func TestTakenBackThroughAnotherAccount(t *testing.T) {
	d := newDesk(t)
	d.startProvider([]standin.Person{
		{Tenant: tenantOther, ObjectID: oidAlien, Username: "two@acme.example", Email: "two@acme.example", Name: "Tova Before"},
		{Tenant: tenantAcme, ObjectID: oidLoose, Username: "two@acme.example", Email: "two@acme.example", Name: "Tova Two"},
	})
	d.edit(func(e directory.Editor) error {
		return e.PutAccount(directory.Account{ID: "strict", Name: "Strict", Methods: []string{"microsoft"}, Tenants: directory.Tenants{{Tenant: tenantOther}}, Active: true})
	})
	stays := func(v journey.Visit, id string) journey.Outcome {
		return d.post(v, id, journey.StepStay, journey.Form{Stay: "yes"})
	}
	comesBack := func(v journey.Visit, location, person string) journey.Outcome {
		out, err := d.Callback(t.Context(), v, d.pick(location, person))
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	before := d.browser(directory.Client)
	id := d.askForCode(before, "two@acme.example")
	code, _ := d.mails.newest(t)
	d.advance(time.Minute)

	v := d.browser(directory.Client)
	_, location := d.toProvider(v, "two@acme.example")
	newcomer := d.started(stays(v, d.wants(comesBack(v, location, oidLoose), journey.StepStay).Journey.ID))
	d.wantLink("c-two-acme", oidLoose, false)
	d.advance(time.Minute)

	d.wants(d.post(before, id, journey.StepProve, journey.Form{Code: code}), journey.StepStay)
	d.wants(stays(before, id), journey.StepAccount)
	location = d.post(before, id, journey.StepAccount, journey.Form{Account: "strict"}).Location
	from := d.started(comesBack(before, location, oidAlien))
	before.Current = &from.Key
	out, err := d.SwitchAccount(t.Context(), before, from, "acme")
	if err != nil {
		t.Fatal(err)
	}
	d.wants(out, journey.StepMethod)
	d.wantLink("c-two-acme", oidLoose, false)
	d.wantsAlive(newcomer, true)
}

// TestCodeThatSpokeOfNobody: a code confirms the identity that its mail named. One that
// was mailed for a sign-in alone, and may have been handed on for no more than that,
// links nobody by way of an account that asks for an identity, too.
func TestCodeThatSpokeOfNobody(t *testing.T) {
	d := newDesk(t)
	d.startProvider([]standin.Person{{Tenant: tenantOther, ObjectID: oidAlien, Username: "two@acme.example", Email: "two@acme.example", Name: "Not Tova"}})
	d.edit(func(e directory.Editor) error {
		return e.PutAccount(directory.Account{ID: "strict", Name: "Strict", Methods: []string{"microsoft"}, Tenants: directory.Tenants{{Tenant: tenantOther}}, Active: true})
	})
	v := d.browser(directory.Client)
	id := d.askForCode(v, "two@acme.example")
	code, _ := d.mails.newest(t)
	d.advance(time.Minute)
	d.wants(d.post(v, id, journey.StepProve, journey.Form{Code: code}), journey.StepStay)
	d.wants(d.post(v, id, journey.StepStay, journey.Form{Stay: "yes"}), journey.StepAccount)
	location := d.post(v, id, journey.StepAccount, journey.Form{Account: "strict"}).Location
	out, err := d.Callback(t.Context(), v, d.pick(location, oidAlien))
	if err != nil {
		t.Fatal(err)
	}
	d.switchLinksNobody(v, d.started(out), "acme", "c-two-acme")
}

// switchLinksNobody switches to an account, where the code opens the contact, and links
// nobody to it.
func (d *desk) switchLinksNobody(v journey.Visit, from session.Session, account, contact string) {
	d.t.Helper()
	v.Current = &from.Key
	out, err := d.SwitchAccount(d.t.Context(), v, from, account)
	if err != nil {
		d.t.Fatal(err)
	}
	if s := d.started(out); s.EntityID != contact || s.Method != directory.MethodEmailToken {
		d.t.Errorf("signed in as %s by %s", s.EntityID, s.Method)
	}
	d.wantLink(contact, "", false)
}

// TestCodeThatSpokeOfSigningIn: nor does one that was mailed after the identity had signed
// in, for an account that asks for a code besides: its mail named no identity either.
func TestCodeThatSpokeOfSigningIn(t *testing.T) {
	d := newDesk(t)
	d.edit(func(e directory.Editor) error {
		return e.PutAccount(directory.Account{ID: "strict", Name: "Strict", Methods: []string{"email_token"}, Tenants: directory.Tenants{{Tenant: tenantAcme}}, Active: true})
	})
	v := d.browser(directory.Client)
	_, location := d.toProvider(v, "two@acme.example")
	out, err := d.Callback(t.Context(), v, d.pick(location, oidLoose))
	if err != nil {
		t.Fatal(err)
	}
	id := d.wants(out, journey.StepStay).Journey.ID
	d.wants(d.post(v, id, journey.StepStay, journey.Form{Stay: "yes"}), journey.StepAccount)
	d.advance(time.Minute)
	d.wants(d.post(v, id, journey.StepAccount, journey.Form{Account: "strict"}), journey.StepProve)
	if text := d.mails.sent[0].Text; strings.Contains(text, "can sign in as you from then on") {
		t.Fatalf("the mail names an identity:\n%s", text)
	}
	code, _ := d.mails.newest(t)
	d.switchLinksNobody(v, d.started(d.post(v, id, journey.StepProve, journey.Form{Code: code})), "borg", "c-two-borg")
}

// TestLinkedByMail: an identity that an emailed token linked opens what admits those, and
// nothing where the operator shut them out: neither another platform of the same member
// nor an account that the contact has come to since.
func TestLinkedByMail(t *testing.T) {
	for _, c := range []struct {
		name     string
		address  string
		platform directory.Platform // where the link is made
		other    directory.Platform
		vouched  bool // by the provider, too, when the person comes back
		opens    bool
	}{
		{"the same platform", "boss@acme.example", directory.Tech, directory.Tech, false, true},
		{"a platform without emailed tokens", "boss@acme.example", directory.Tech, directory.Admin, false, false},
		{"the same, and the provider vouches by now", "boss@acme.example", directory.Tech, directory.Admin, true, true},
		{"an account without emailed tokens", "ann@acme.example", directory.Client, directory.Client, false, false},
		{"the same, and the provider vouches for it", "ann@acme.example", directory.Client, directory.Client, true, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t)
			d.edit(func(e directory.Editor) error {
				return e.PutMember(directory.Member{ID: "m-boss", Email: "boss@acme.example", Active: true})
			})
			person := standin.Person{Tenant: tenantOther, ObjectID: oidAlien, Username: c.address, Email: c.address, Name: "Somebody"}
			d.startProvider([]standin.Person{person})
			at := func(p directory.Platform) (journey.Visit, journey.Outcome) {
				v := d.browser(p)
				out, err := d.atProvider(v, c.address, oidAlien)
				if err != nil {
					t.Fatal(err)
				}
				return v, out
			}
			v, out := at(c.platform)
			code, _ := d.mails.newest(t)
			d.started(d.stays(v, d.wants(d.post(v, out.Journey.ID, journey.StepProve, journey.Form{Code: code}), journey.StepStay)))

			if c.platform == directory.Client {
				d.edit(func(e directory.Editor) error {
					contact, err := e.Contact(t.Context(), "c-ann")
					contact.Account = "strict"
					return errors.Join(err, e.PutContact(contact))
				})
			}
			person.EmailDomainVerified = c.vouched
			d.startProvider([]standin.Person{person})
			v, out = at(c.other)
			if j := d.stored(out.Journey.ID); (len(j.Proofs) > 0) != c.opens {
				t.Fatalf("proofs %+v, notice %q", j.Proofs, j.Notice)
			}
			if c.opens {
				s := d.started(d.stays(v, d.wants(out, journey.StepStay)))
				links, err := directory.LinksOf(t.Context(), d.store, s.Kind, s.EntityID)
				if link, _ := links.At("microsoft", s.Address); err != nil || link.Mailed == c.vouched {
					t.Errorf("link %+v, %v", link, err)
				}
			}
		})
	}
}

// TestConfirmedForEachAccount: who is linked in one account is asked for a code once in
// another one, too, not at each sign-in; its mail says what it does.
func TestConfirmedForEachAccount(t *testing.T) {
	d := newDesk(t)
	d.startProvider([]standin.Person{{Tenant: tenantOther, ObjectID: oidAlien, Username: "two@acme.example", Email: "two@acme.example", Name: "Tova Two"}})
	signsIn := func(account string) (mails int) {
		d.advance(time.Minute)
		before, v := d.mails.count(), d.browser(directory.Client)
		out, err := d.atProvider(v, "two@acme.example", oidAlien)
		if err != nil {
			t.Fatal(err)
		}
		id := out.Journey.ID
		types := func() {
			if out.Step.Name == journey.StepMethod {
				out = d.post(v, id, journey.StepMethod, journey.Form{Method: directory.MethodEmailToken})
			}
			if out.Step.Name == journey.StepProve {
				if text := d.mails.sent[d.mails.count()-1].Text; !strings.Contains(text, "can sign in as you from then on") {
					t.Errorf("the mail names no identity:\n%s", text)
				}
				code, _ := d.mails.newest(t)
				out = d.post(v, id, journey.StepProve, journey.Form{Code: code})
			}
		}
		types()
		out = d.post(v, d.wants(out, journey.StepStay).Journey.ID, journey.StepStay, journey.Form{Stay: "no"})
		out = d.post(v, d.wants(out, journey.StepAccount).Journey.ID, journey.StepAccount, journey.Form{Account: account})
		types()
		if s := d.started(out); s.EntityID != "c-two-"+account || s.Method != directory.MethodMicrosoft {
			t.Errorf("signed in as %s by %s", s.EntityID, s.Method)
		}
		return d.mails.count() - before
	}
	for i, c := range []struct {
		account string
		mails   int
	}{{"acme", 1}, {"acme", 0}, {"borg", 1}, {"borg", 0}} {
		if mails := signsIn(c.account); mails != c.mails {
			t.Errorf("sign-in %d, with %s: %d mails, want %d", i+1, c.account, mails, c.mails)
		}
	}
}
