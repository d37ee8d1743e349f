package gateway

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"strings"
	"testing"
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/config"
	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/journey"
	"github.com/frontdesk-gateway/frontdesk/internal/password"
)

const plain = "correct horse battery staple"

var annsPassword = directory.PasswordOwner{Address: "ann@acme.example", Kind: directory.KindContact}

// toPassword gives Ann one, and leads her to where it is asked for.
func (d *desk) toPassword(t *testing.T, hasher journey.Hasher) *visitor {
	t.Helper()
	hash, err := hasher.Hash(t.Context(), plain)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.store.SetPassword(t.Context(), annsPassword, directory.Password{}.Successor(hash, d.now)); err != nil {
		t.Fatal(err)
	}
	v := d.visitor(t)
	v.get(portal + "/")
	v.post("email", "email", "ann@acme.example")
	v.post("method", "method", "password").shows(t, 200, `autocomplete="current-password"`)
	return v
}

// TestTooManyPasswords: a form that comes too often is answered by 429, and the
// page and Retry-After name the same wait.
func TestTooManyPasswords(t *testing.T) {
	d := newDesk(t)
	v := d.toPassword(t, d.journeys.Passwords)
	for range 4 {
		got := v.post("prove", "password", "wrong").shows(t, 422, "Type it again.")
		if strings.Contains(got.Body.String(), "Reference") {
			t.Fatal("who mistyped is given a reference")
		}
	}
	fifth := v.post("prove", "password", "wrong").shows(t, 422, "Wait 30 seconds, then type it again.")
	if after := fifth.Header().Get("Retry-After"); after != "" {
		t.Errorf("a password that was judged: Retry-After %q", after)
	}
	for _, step := range []struct {
		pass             time.Duration
		text, retryAfter string
	}{{0, "Wait 30 seconds, then try again.", "30"}, {500 * time.Millisecond, "Wait 30 seconds, then try again.", "30"}, {28500 * time.Millisecond, "Wait 1 second, then try again.", "1"}} {
		d.now = d.now.Add(step.pass)
		got := v.post("prove", "password", plain).shows(t, 429, step.text, `name="password"`, "There is a problem", "Reference")
		if reference := logged(d.log.String()); !strings.Contains(got.Body.String(), reference) {
			t.Errorf("no reference %q in\n%s", reference, got.Body)
		}
		if after := got.Header().Get("Retry-After"); after != step.retryAfter {
			t.Errorf("Retry-After %q, want %q", after, step.retryAfter)
		}
	}
	d.now = d.now.Add(time.Second)
	v.post("prove", "password", plain).shows(t, 200, `name="stay"`)
}

func TestTooManyAddresses(t *testing.T) {
	d := newDesk(t, func(c *config.Config) { c.Limits = &config.Limits{UnknownAddressesPerClient: 10} })
	v := d.visitor(t)
	v.get(portal + "/")
	for range 10 {
		v.post("email", "email", "x@nowhere.example").wants(t, 422)
	}
	got := v.post("email", "email", "x@nowhere.example").shows(t, 429, `value="x@nowhere.example"`, "Wait 15 minutes, then try again.")
	if after := got.Header().Get("Retry-After"); after != "900" {
		t.Errorf("Retry-After %q, want 900", after)
	}
}

// TestTooManyMails: nobody is told to wait for a mail that is not sent.
func TestTooManyMails(t *testing.T) {
	d := newDesk(t, func(c *config.Config) { c.Limits = &config.Limits{MailsPerPerson: 1} })
	d.journeys.Outbound = &outbound{}
	d.atCode(t)
	v := d.visitor(t)
	v.get(portal + "/")
	v.post("email", "email", "ann@acme.example")
	got := v.post("method", "method", "email_token").shows(t, 429, "Wait 10 minutes, then try again.", `name="resend"`)
	for _, promise := range []string{"sending a code", "Type it here", "The code is good", "No mail yet?"} {
		if strings.Contains(got.Body.String(), promise) {
			t.Errorf("%q is said of a mail that is not sent", promise)
		}
	}
}

func TestTooManyEntries(t *testing.T) {
	d := newDesk(t, func(c *config.Config) { c.Limits = &config.Limits{SignInsPerClient: 10} })
	v := d.visitor(t)
	enter := func() answer {
		secret := rand.Text()
		err := d.store.CreateTicket(t.Context(), journey.Ticket{
			Hash: sha256.Sum256([]byte(secret)), Kind: journey.TicketEnter, Origin: portal, Expires: d.now.Add(time.Minute),
			Platform: directory.Client, Address: "ann@acme.example", Destination: "/",
		})
		if err != nil {
			t.Fatal(err)
		}
		return v.get(portal + "/frontdesk/sign-in?ticket=" + secret)
	}
	for range 10 {
		enter().shows(t, 200, `name="method"`)
	}
	enter().shows(t, 429, `name="email"`, "Wait 10 minutes, then try again.")
}

// TestTooManyOfWhatHasNoForm: a page says so, with the wait and a reference.
func TestTooManyOfWhatHasNoForm(t *testing.T) {
	d := newDesk(t, func(c *config.Config) {
		c.Limits = &config.Limits{SignInsPerClient: 10}
		c.Platforms["client"].Methods = []string{"email_token", "password"}
	})
	hash, err := d.journeys.Passwords.Hash(t.Context(), plain)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.store.SetPassword(t.Context(), annsPassword, directory.Password{}.Successor(hash, d.now)); err != nil {
		t.Fatal(err)
	}
	cookie, _ := d.signIn()
	change := func() answer {
		return d.doBody("POST", portal+"/frontdesk/session", "password=change", posting, with("Cookie", cookie))
	}
	for range 10 {
		change().wants(t, 303)
	}
	got := change().shows(t, 429, "Wait 10 minutes, then try again.", "Reference", logged(d.log.String()))
	if after := got.Header().Get("Retry-After"); after != "600" {
		t.Errorf("Retry-After %q, want 600", after)
	}
}

// TestBusy: who comes while too many passwords are being hashed has failed
// through no fault of their own.
func TestBusy(t *testing.T) {
	d := newDesk(t)
	v := d.toPassword(t, d.journeys.Passwords)
	d.journeys.Passwords = busy{}
	got := v.post("prove", "password", plain).shows(t, 503, "We are very busy", `name="password"`, "Reference", logged(d.log.String()))
	if after := got.Header().Get("Retry-After"); after != "2" {
		t.Errorf("Retry-After %q, want 2", after)
	}
}

// busy hashes nothing.
type busy struct{}

func (busy) Hash(context.Context, string) (string, error) { return "", password.ErrBusy }
func (busy) VerifyNobody(context.Context, string) error   { return password.ErrBusy }
func (busy) Verify(context.Context, string, string) (password.Result, error) {
	return password.Result{}, password.ErrBusy
}

// TestHashingCosts: a hash is made anew at the operator's costs when its person
// signs in, and no other way.
func TestHashingCosts(t *testing.T) {
	d := newDesk(t, func(c *config.Config) { c.Password = &config.Password{Argon2id: &config.Argon2id{Iterations: 3}} })
	const costs = "$argon2id$v=19$m=12288,t=3,p=1$"
	hash := func() string {
		t.Helper()
		p, err := d.store.Password(t.Context(), annsPassword)
		if err != nil {
			t.Fatal(err)
		}
		return p.Hash
	}
	v := d.toPassword(t, password.New(password.Options{Memory: 64, Time: 1}))
	before := hash()
	v.post("prove", "password", "wrong").wants(t, 422)
	if hash() != before {
		t.Error("a wrong password changed the hash")
	}
	v.post("prove", "password", plain).shows(t, 200, `name="stay"`)
	if h := hash(); !strings.HasPrefix(h, costs) {
		t.Errorf("hash %s, want %s", h, costs)
	}
}
