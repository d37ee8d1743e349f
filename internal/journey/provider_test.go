package journey_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/journey"
	"github.com/frontdesk-gateway/frontdesk/internal/limit"
	"github.com/frontdesk-gateway/frontdesk/internal/provider"
	"github.com/frontdesk-gateway/frontdesk/internal/session"
	"github.com/frontdesk-gateway/frontdesk/internal/standin"
)

func TestProvider(t *testing.T) {
	d := newDesk(t)
	v := d.browser(directory.Client)
	id, location := d.toProvider(v, "Ann@acme.example")
	if got := parameter(t, location, "redirect_uri"); got != "https://portal.msp.example/frontdesk/callback/microsoft" {
		t.Errorf("redirect_uri %q", got)
	}
	if got := parameter(t, location, "login_hint"); got != "Ann@acme.example" {
		t.Errorf("login_hint %q", got)
	}
	out, err := d.Callback(t.Context(), v, d.pick(location, oidAnn))
	if err != nil {
		t.Fatal(err)
	}
	d.wants(out, journey.StepStay)
	j := d.stored(id)
	if len(j.Proofs) != 1 || j.Proofs[0].Method != "microsoft" || j.Proofs[0].Tenant != tenantAcme || !j.Proofs[0].Vouched || j.Provider != nil || j.Method != "" {
		t.Errorf("journey %+v", j)
	}
}

// TestCallbackIsOneBrowsersOnce: RFC 9700, 4.7.
func TestCallbackIsOneBrowsersOnce(t *testing.T) {
	for name, change := range map[string]func(*journey.Visit, *journey.Callback){
		"no state":           func(_ *journey.Visit, c *journey.Callback) { c.State = "" },
		"another state":      func(_ *journey.Visit, c *journey.Callback) { c.State = strings.Replace(c.State, ".", ".A", 1) },
		"the journey alone":  func(_ *journey.Visit, c *journey.Callback) { c.State, _, _ = strings.Cut(c.State, ".") },
		"another provider":   func(_ *journey.Visit, c *journey.Callback) { c.Provider = "other" },
		"another browser":    func(v *journey.Visit, _ *journey.Callback) { v.Browser[0] ^= 1 },
		"a browser unnamed":  func(v *journey.Visit, _ *journey.Callback) { v.Browser = [32]byte{} },
		"an unknown journey": func(_ *journey.Visit, c *journey.Callback) { c.State = "X" + c.State },
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			v := d.browser(directory.Client)
			id, location := d.toProvider(v, "ann@acme.example")
			good := d.pick(location, oidAnn)
			visit, callback := v, good
			change(&visit, &callback)
			if out, err := d.Callback(t.Context(), visit, callback); !errors.Is(err, journey.ErrNotFound) || out.Location != "" {
				t.Errorf("%q, %v", out.Location, err)
			}
			if n := len(d.stored(id).Proofs); n != 0 {
				t.Errorf("%d proofs", n)
			}
			out, err := d.Callback(t.Context(), v, good) // the right answer still counts
			if err != nil {
				t.Fatal(err)
			}
			d.wants(out, journey.StepStay)
			if _, err := d.Callback(t.Context(), v, good); !errors.Is(err, journey.ErrNotFound) {
				t.Errorf("replayed: %v", err)
			}
			if n := len(d.stored(id).Proofs); n != 1 {
				t.Errorf("%d proofs", n)
			}
		})
	}
}

func TestCallbackAtOnce(t *testing.T) {
	d := newDesk(t)
	v := d.browser(directory.Client)
	id, location := d.toProvider(v, "ann@acme.example")
	callback := d.pick(location, oidAnn)
	var good atomic.Int32
	atOnce(20, func(int) {
		_, err := d.Callback(t.Context(), v, callback)
		switch {
		case err == nil:
			good.Add(1)
		case !errors.Is(err, journey.ErrNotFound):
			t.Error(err)
		}
	})
	if n := len(d.stored(id).Proofs); good.Load() != 1 || n != 1 {
		t.Errorf("%d callbacks were taken, %d proofs", good.Load(), n)
	}
}

// TestSecondRequestEndsTheFirst: two tabs at the provider.
func TestSecondRequestEndsTheFirst(t *testing.T) {
	d := newDesk(t)
	v := d.browser(directory.Client)
	id, location := d.toProvider(v, "ann@acme.example")
	first := d.pick(location, oidAnn)
	second := d.post(v, id, journey.StepMethod, journey.Form{Method: "microsoft"})
	if _, err := d.Callback(t.Context(), v, first); !errors.Is(err, journey.ErrNotFound) {
		t.Errorf("the first request's answer: %v", err)
	}
	out, err := d.Callback(t.Context(), v, d.pick(second.Location, oidAnn))
	if err != nil {
		t.Fatal(err)
	}
	d.wants(out, journey.StepStay)
}

// TestCallbackAfterAnotherMethod: what was left is not taken up again.
func TestCallbackAfterAnotherMethod(t *testing.T) {
	d := newDesk(t)
	v := d.browser(directory.Client)
	id, location := d.toProvider(v, "ann@acme.example")
	callback := d.pick(location, oidAnn)
	d.wants(d.post(v, id, journey.StepMethod, journey.Form{Method: "email_token"}), journey.StepProve)
	if _, err := d.Callback(t.Context(), v, callback); !errors.Is(err, journey.ErrNotFound) {
		t.Errorf("%v", err)
	}
	if n := len(d.stored(id).Proofs); n != 0 {
		t.Errorf("%d proofs", n)
	}
}

// TestCallbackAfterChoosingAnew: who went back to the choice of methods is not
// signed in by the one that was left.
func TestCallbackAfterChoosingAnew(t *testing.T) {
	d := newDesk(t)
	v := d.browser(directory.Client)
	id, location := d.toProvider(v, "ann@acme.example")
	callback := d.pick(location, oidAnn)
	d.post(v, id, journey.StepMethod, journey.Form{})
	out, err := d.Callback(t.Context(), v, callback)
	if err != nil || out.Step.Name != journey.StepMethod {
		t.Errorf("step %s, %v", out.Step.Name, err)
	}
	if n := len(d.stored(id).Proofs); n != 0 {
		t.Errorf("%d proofs", n)
	}
}

// TestProviderNotices: what goes wrong at the provider leads back to the choice
// of methods, with the reason.
func TestProviderNotices(t *testing.T) {
	for _, c := range []struct {
		name, address string
		callback      func(*desk, string) journey.Callback
		want          string
	}{
		{"cancelled", "ann@acme.example", func(d *desk, l string) journey.Callback { return d.pick(l, "") }, "notice.provider_cancelled"},
		{"another error", "ann@acme.example", func(d *desk, l string) journey.Callback {
			c := d.pick(l, "")
			c.Response.Error = "server_error"
			return c
		}, "*"},
		{"a code of nobody", "ann@acme.example", func(d *desk, l string) journey.Callback {
			c := d.pick(l, oidAnn)
			c.Response.Code = "nonsense"
			return c
		}, "notice.provider_failed"},
		{"an address that nobody vouches for, where no emailed token is admitted", "only@acme.example", func(d *desk, l string) journey.Callback { return d.pick(l, oidOnly) }, "notice.unverified"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t)
			v := d.browser(directory.Client)
			id, location := d.toProvider(v, c.address)
			out, err := d.Callback(t.Context(), v, c.callback(d, location))
			if err != nil {
				t.Fatal(err)
			}
			j := d.stored(id)
			if j.Notice != c.want && (c.want != "*" || !strings.HasPrefix(j.Notice, "notice.provider_")) {
				t.Errorf("notice %q, want %q", j.Notice, c.want)
			}
			if len(j.Proofs) != 0 || !strings.HasPrefix(out.Location, "https://portal.msp.example/frontdesk/sign-in?journey="+id) {
				t.Errorf("%d proofs, sent to %q", len(j.Proofs), out.Location)
			}
			page, err := d.Load(t.Context(), v, id)
			if err != nil {
				t.Fatal(err)
			}
			d.wants(page, journey.StepMethod)
			again := d.post(v, id, journey.StepMethod, journey.Form{Method: "microsoft"}).Location
			if parameter(t, again, "prompt") != "select_account" { // or the same account would be taken
				t.Errorf("sent to %q", again)
			}
		})
	}
}

// TestOtherAddress: two addresses are never merged.
func TestOtherAddress(t *testing.T) {
	d := newDesk(t)
	v := d.browser(directory.Client)
	id, location := d.toProvider(v, "ann@acme.example")
	_, err := d.Callback(t.Context(), v, d.pick(location, oidTwo))
	var other *journey.OtherAddressError
	if !errors.As(err, &other) || other.Typed != "ann@acme.example" || other.Proved != "two@acme.example" {
		t.Fatalf("error %v", err)
	}
	if n := len(d.stored(id).Proofs); n != 0 {
		t.Errorf("%d proofs", n)
	}
	if other.Destination != "/deep?x=1" {
		t.Errorf("starts again for %q", other.Destination)
	}

	// A provider whose session goes on would name the same account for ever.
	if _, location = d.toProvider(v, "ann@acme.example"); strings.Contains(location, "prompt=") {
		t.Errorf("asked who it is at the first time: %s", location)
	}
	v.Again = true
	if _, location = d.toProvider(v, "ann@acme.example"); parameter(t, location, "prompt") != "select_account" {
		t.Errorf("sent to %s", location)
	}
}

// TestNoAddress: an identity without any cannot be another's.
func TestNoAddress(t *testing.T) {
	d := newDesk(t)
	d.startProvider([]standin.Person{{Tenant: tenantAcme, ObjectID: oidAnn, Username: "ann", Name: "Ann"}})
	v := d.browser(directory.Client)
	id, location := d.toProvider(v, "ann@acme.example")
	out, err := d.Callback(t.Context(), v, d.pick(location, oidAnn))
	if j := d.stored(id); err != nil || j.Notice != "notice.unverified" || len(j.Proofs) != 0 {
		t.Errorf("step %s, notice %q, %d proofs, %v", out.Step.Name, j.Notice, len(j.Proofs), err)
	}
}

// asksTransport notes what a provider is asked.
type asksTransport struct {
	handlerTransport
	asked []string
}

func (a *asksTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	a.asked = append(a.asked, r.Method+" "+r.URL.Path)
	return a.handlerTransport.RoundTrip(r)
}

// TestProviderIsAskedAlike whether or not anybody has the address: who comes with an
// identity of their own would tell by the time, and an administrator of the tenant by
// its log.
func TestProviderIsAskedAlike(t *testing.T) {
	var known []string
	for _, address := range []string{"ann@acme.example", "unknown@acme.example"} {
		d := newDesk(t)
		transport := &asksTransport{handlerTransport: handlerTransport{d.idp}}
		d.through(transport)
		v := d.browser(directory.Client)
		_, location := d.toProvider(v, address)
		var other *journey.OtherAddressError
		if _, err := d.Callback(t.Context(), v, d.pick(location, oidOnly)); !errors.As(err, &other) {
			t.Fatalf("%s: %v", address, err)
		}
		if known == nil {
			known = transport.asked
		}
		if !slices.Equal(transport.asked, known) {
			t.Errorf("%s: it is asked\n%q, for a known address\n%q", address, transport.asked, known)
		}
	}
}

// TestUnvouchedProof opens what lists the tenant, and shows nothing else of the
// address: not what it has with other accounts, nor its sessions there.
func TestUnvouchedProof(t *testing.T) {
	d := newDesk(t)
	elsewhere := d.signIn(d.browser(directory.Client), "two@acme.example", "no", "borg").Started.Session
	v := d.browser(directory.Client)
	from := d.signInAt(v, "two@acme.example", oidLoose).Started.Session
	if from.EntityID != "c-two-acme" {
		t.Fatalf("session %+v", from)
	}
	d.wantLink("c-two-acme", oidLoose, false)
	d.wantReach(from, "c-two-acme")
	d.wantReach(elsewhere, "c-two-acme", "c-two-borg", "c-two-strict")
	v.Current = &from.Key
	if _, err := d.SwitchAccount(t.Context(), v, from, "borg"); !errors.Is(err, journey.ErrRefused) {
		t.Errorf("switching to another account: %v", err)
	}
}

// TestUnvouchedNewPassword: what a new password must not be made of tells nothing of
// what the address has elsewhere. The rules are applied before the present password is
// asked for, as often as somebody likes.
func TestUnvouchedNewPassword(t *testing.T) {
	d := newDesk(t)
	owner := directory.PasswordOwner{Address: "two@acme.example", Kind: directory.KindContact}
	d.edit(func(e directory.Editor) error {
		p, err := e.Password(t.Context(), annOwner)
		return errors.Join(err, e.SetPassword(owner, p),
			e.PutAccount(directory.Account{ID: "borg", Name: "Borgholm Zylographics", Active: true}),
			e.PutContact(directory.Contact{ID: "c-two-borg", Email: "two@acme.example", Name: "Quillaja Twoflower", Account: "borg", Active: true}))
	})
	all := d.signIn(d.browser(directory.Client), "two@acme.example", "no", "acme").Started.Session
	some := d.signInAt(d.browser(directory.Client), "two@acme.example", oidLoose).Started.Session
	for _, c := range []struct {
		name        string
		from        session.Session
		typed       string
		field, want string
	}{
		{"known by a mail: another account", all, "Borgholm Zylographics", "new_password", "password_personal"},
		{"known by a mail: the name there", all, "Quillaja Twoflower", "new_password", "password_personal"},
		{"known by a tenant: another account", some, "Borgholm Zylographics", "password", "password_wrong"},
		{"known by a tenant: the name there", some, "Quillaja Twoflower", "password", "password_wrong"},
		{"known by a tenant: the account that lists it", some, "acme two@acme.example", "new_password", "password_personal"},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := d.browser(directory.Client)
			id := d.setting(v, c.from, journey.StepNewPassword).Journey.ID
			out := d.post(v, id, journey.StepNewPassword, journey.Form{Password: "a guess", NewPassword: c.typed})
			if out.Problem == nil || out.Problem.Field != c.field || out.Problem.Key != "problem."+c.want {
				t.Errorf("problem %+v, want %s", out.Problem, c.want)
			}
		})
	}
}

// TestUnvouchedMember reaches no contact, and an unvouched contact no member.
func TestUnvouchedMember(t *testing.T) {
	d := newDesk(t)
	d.startProvider([]standin.Person{{Tenant: tenantAcme, ObjectID: oidLoose, Username: "both@acme.example", Email: "both@acme.example"}})
	v := d.browser(directory.Client)
	_, location := d.toProviderAs(v, "both@acme.example", directory.Client)
	out, err := d.Callback(t.Context(), v, d.pick(location, oidLoose))
	if err != nil {
		t.Fatal(err)
	}
	from := d.stays(v, d.wants(out, journey.StepStay)).Started.Session
	d.wantReach(from, "c-both")
	if _, err := d.SwitchPlatform(t.Context(), v, from, directory.Tech); !errors.Is(err, journey.ErrRefused) {
		t.Errorf("switching to a member's platform: %v", err)
	}
}

// wantReach checks whom of an address a session's person is shown.
func (d *desk) wantReach(from session.Session, contacts ...string) {
	d.t.Helper()
	people, err := d.Reach(d.t.Context(), from)
	if err != nil {
		d.t.Fatal(err)
	}
	var got []string
	for _, c := range people.Contacts {
		got = append(got, c.ID)
	}
	slices.Sort(got)
	if !slices.Equal(got, contacts) || people.Member != nil {
		d.t.Errorf("reaches %q and member %v, want %q", got, people.Member, contacts)
	}
}

// TestUnvouchedForAnAccount asks once, not for ever, where the account that was
// chosen believes the provider's claim by nothing.
func TestUnvouchedForAnAccount(t *testing.T) {
	d := newDesk(t)
	v := d.browser(directory.Client)
	out := d.wants(d.prove(v, "two@acme.example"), journey.StepStay)
	id := out.Journey.ID
	d.wants(d.post(v, id, journey.StepStay, journey.Form{Stay: "no"}), journey.StepAccount)
	out = d.post(v, id, journey.StepAccount, journey.Form{Account: "strict"}) // admits microsoft alone, and lists no tenant
	if !strings.HasPrefix(out.Location, authority) {
		t.Fatalf("step %s, sent to %q", out.Step.Name, out.Location)
	}
	out, err := d.Callback(t.Context(), v, d.pick(out.Location, oidLoose))
	if err != nil {
		t.Fatal(err)
	}
	if j := d.stored(id); strings.HasPrefix(out.Location, authority) || j.Notice != "notice.unverified" {
		t.Fatalf("sent to %q, notice %q", out.Location, j.Notice)
	}
	out = d.post(v, id, journey.StepAccount, journey.Form{Account: "acme"})
	if out.Started == nil || out.Started.Session.EntityID != "c-two-acme" {
		t.Fatalf("step %s, %+v", out.Step.Name, out.Problem)
	}
	d.wantLink("c-two-strict", "", false)
}

// TestProviderThatIsDown costs its own method only.
func TestProviderThatIsDown(t *testing.T) {
	d := newDesk(t)
	refused := handlerTransport{http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) })}
	p, err := provider.New(d.Settings.Providers[0], provider.Options{HTTPClient: &http.Client{Transport: refused}, Now: d.clock, Logger: d.Log})
	if err != nil {
		t.Fatal(err)
	}
	d.Providers["microsoft"] = p
	v := d.browser(directory.Client)
	id := d.begin(v, "ann@acme.example").Journey.ID
	out := d.post(v, id, journey.StepMethod, journey.Form{Method: "microsoft"})
	if j := d.stored(id); !strings.HasPrefix(out.Location, "https://portal.msp.example/frontdesk/sign-in?journey="+id) || j.Notice != "notice.provider_unavailable" || j.Method != "" {
		t.Fatalf("sent to %q, notice %q", out.Location, j.Notice)
	}
	d.wants(d.post(v, id, journey.StepMethod, journey.Form{Method: "email_token"}), journey.StepProve)
}

// TestCreationByTenant: the tenant leads to an account that does not list the
// domain, where the provider vouches for the address.
func TestCreationByTenant(t *testing.T) {
	for _, vouched := range []bool{true, false} {
		d := newDesk(t)
		d.edit(func(e directory.Editor) error {
			return errors.Join(
				e.PutAccount(directory.Account{ID: "group", Domains: []string{"group.example"}, Tenants: directory.Tenants{{Tenant: tenantOther}}, ContactCreation: directory.CreateByTenant, Active: true}),
				e.PutAccount(directory.Account{ID: "acme", Tenants: directory.Tenants{{Tenant: tenantAcme}}, ContactCreation: directory.CreateByTenant, Active: true}))
		})
		d.startProvider([]standin.Person{{Tenant: tenantAcme, ObjectID: oidNew, Username: "new@group.example", Email: "new@group.example", EmailDomainVerified: vouched}})
		out, err := d.atProvider(d.browser(directory.Client), "new@group.example", oidNew)
		if err != nil {
			t.Fatal(err)
		}
		if vouched {
			d.wants(out, journey.StepCreate)
		} else if d.wants(out, journey.StepProve); out.Step.Confirms != "microsoft" {
			t.Errorf("step %+v", out.Step)
		}
		if vouched && out.Step.Account.ID != "acme" {
			t.Errorf("created in %q", out.Step.Account.ID)
		}
	}
}

// TestCreationByProvider fills the details in, and creates nothing before they
// are confirmed.
func TestCreationByProvider(t *testing.T) {
	d := newDesk(t)
	v := d.browser(directory.Client)
	id, location := d.toProvider(v, "new@acme.example")
	u, err := url.Parse(location)
	if err != nil || !strings.Contains(u.Query().Get("scope"), "User.Read") {
		t.Errorf("the profile is not asked for: %s, %v", location, err)
	}
	out, err := d.Callback(t.Context(), v, d.pick(location, oidNew))
	if err != nil {
		t.Fatal(err)
	}
	d.wants(out, journey.StepCreate)
	if p := d.stored(id).Profile; p.GivenName != "Nell" || p.FamilyName != "New" {
		t.Errorf("profile %+v", p)
	}
	if made := d.contacts("new@acme.example"); len(made) != 0 {
		t.Errorf("contacts %+v", made)
	}
}

// brokenCounts cannot be written once so many were.
type brokenCounts struct {
	limit.Store
	good int
	err  error
}

func (b *brokenCounts) UpdateCounters(ctx context.Context, keys []string, change func([]limit.Counter)) error {
	if b.good--; b.good < 0 {
		return b.err
	}
	return b.Store.UpdateCounters(ctx, keys, change)
}

// TestProviderWithoutCounts: that we cannot count is no failure of the provider, and
// is not told as one.
func TestProviderWithoutCounts(t *testing.T) {
	for _, c := range []struct {
		name string
		good int
	}{{"before it is asked", 0}, {"after it has answered", 1}} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t)
			v := d.browser(directory.Client)
			id, location := d.toProvider(v, "ann@acme.example")
			callback := d.pick(location, oidAnn)
			counts := &brokenCounts{Store: d.Limits.Store, good: c.good, err: errors.New("writing: no space left on device")}
			d.Limits.Store = counts
			if out, err := d.Callback(t.Context(), v, callback); !errors.Is(err, counts.err) {
				t.Errorf("sent to %q, %v", out.Location, err)
			}
			if j := d.stored(id); j.Notice != "" || len(j.Proofs) != 0 {
				t.Errorf("journey %+v", j)
			}
			d.Limits.Store = counts.Store
			d.wants(d.post(v, id, journey.StepMethod, journey.Form{Method: directory.MethodMicrosoft}), journey.StepProve)
		})
	}
}
