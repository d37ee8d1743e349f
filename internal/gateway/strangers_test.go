package gateway

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/config"
	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/journey"
	"github.com/frontdesk-gateway/frontdesk/internal/limit"
	"github.com/frontdesk-gateway/frontdesk/internal/mail"
	"github.com/frontdesk-gateway/frontdesk/internal/password"
	"github.com/frontdesk-gateway/frontdesk/internal/standin"
	"github.com/frontdesk-gateway/frontdesk/internal/store"
)

// work counts what takes time: hashes, mails and writes.
type work struct{ hashes, mails, writes atomic.Int64 }

func (w *work) String() string {
	return fmt.Sprintf("%d hashes, %d mails, %d writes", w.hashes.Load(), w.mails.Load(), w.writes.Load())
}

func (w *work) reset() {
	w.hashes.Store(0)
	w.mails.Store(0)
	w.writes.Store(0)
}

// countingStore counts the changes of what sign-ins write.
type countingStore struct {
	store.Store
	work *work
}

func (s countingStore) CreateJourney(ctx context.Context, j journey.Journey) error {
	s.work.writes.Add(1)
	return s.Store.CreateJourney(ctx, j)
}

func (s countingStore) UpdateJourney(ctx context.Context, id string, change func(journey.Journey) (journey.Journey, error)) (journey.Journey, error) {
	s.work.writes.Add(1)
	return s.Store.UpdateJourney(ctx, id, change)
}

func (s countingStore) UpdateCounters(ctx context.Context, keys []string, change func([]limit.Counter)) error {
	s.work.writes.Add(int64(len(keys)))
	return s.Store.UpdateCounters(ctx, keys, change)
}

func (s countingStore) CreateTicket(ctx context.Context, t journey.Ticket) error {
	s.work.writes.Add(1)
	return s.Store.CreateTicket(ctx, t)
}

func (s countingStore) Edit(ctx context.Context, fn func(directory.Editor) error) error {
	s.work.writes.Add(1)
	return s.Store.Edit(ctx, fn)
}

// countingHasher counts hashes; what one of them costs is package password's.
type countingHasher struct {
	journey.Hasher
	work *work
}

func (h countingHasher) Hash(ctx context.Context, plain string) (string, error) {
	h.work.hashes.Add(1)
	return h.Hasher.Hash(ctx, plain)
}

func (h countingHasher) Verify(ctx context.Context, encoded, plain string) (password.Result, error) {
	h.work.hashes.Add(1)
	return h.Hasher.Verify(ctx, encoded, plain)
}

func (h countingHasher) VerifyNobody(ctx context.Context, plain string) error {
	h.work.hashes.Add(1)
	return h.Hasher.VerifyNobody(ctx, plain)
}

// People of the strangers' desk. Their addresses are of one length, so that the
// answers are.
const (
	someone     = "some@acme.example"
	offWithout  = "off0@acme.example"
	accountOff  = "gone@gone.example"
	nobodyYet   = "newx@acme.example"
	linked      = "link@acme.example"
	withOwn     = "pass@acme.example"
	withCheap   = "chea@acme.example"
	offWith     = "offp@acme.example"
	offAccount  = "gonp@gone.example"
	unknown     = "some@nowh.example"
	ofOff       = "newx@gone.example" // whose domain is that of an account that is off
	ofClosed    = "newx@shut.example" // whose domain's account creates nobody
	oidStranger = "aaaaaaaa-0000-4000-8000-00000000000b"
	oidClaims   = "aaaaaaaa-0000-4000-8000-00000000000c"
	oidNone     = "aaaaaaaa-0000-4000-8000-00000000000d"
)

// stranger is a visitor who knows an address and nothing else.
type stranger struct {
	*visitor
	address string
	base    string // of the provider
	work    *work
	views   []view
}

// view is what a stranger sees, and could measure, of one step.
type view struct {
	step   string
	status []int // of each answer on the way
	header string
	length int
	body   string
	work   string
}

func newStranger(t *testing.T, address string) *stranger {
	t.Helper()
	const tenant = "99999999-1111-4111-8111-111111111111"
	server := httptest.NewUnstartedServer(nil)
	base := "http://" + server.Listener.Addr().String()
	entra, err := standin.New(standin.Config{
		BaseURL: base,
		People: []standin.Person{
			{Tenant: tenant, ObjectID: oidStranger, Username: "evil@evil.example", Email: "evil@evil.example", EmailDomainVerified: true},
			{Tenant: tenant, ObjectID: oidClaims, Username: address, Email: address}, // an administrator can write anything
			{Tenant: tenant, ObjectID: oidNone, Username: "nobody"},
		},
		Clients: []standin.Client{{ID: "id", Secret: "secret", RedirectURIs: []string{portal + "/frontdesk/callback/microsoft"}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	server.Config.Handler = entra
	server.Start()
	t.Cleanup(server.Close)
	d := newDesk(t, func(c *config.Config) {
		c.Microsoft.Authority = base
		c.Limits = &config.Limits{SignInsPerClient: 20, UnknownAddressesPerClient: 10, FailuresPerClient: 10}
	})
	d.now = time.Now() // the stand-in's
	d.fillStrangers(base)
	s := &stranger{visitor: d.visitor(t), address: address, base: base, work: &work{}}
	d.store.Store = countingStore{d.store.Store, s.work}
	d.journeys.Passwords = countingHasher{d.journeys.Passwords, s.work}
	d.journeys.Outbound = countingMails{s.work}
	return s
}

// countingMails counts the mails, and has sent each before it goes on: nothing
// here depends on how fast that is.
type countingMails struct{ work *work }

func (m countingMails) Enqueue(_ mail.Message, done func(error)) error {
	m.work.mails.Add(1)
	done(nil)
	return nil
}

func (d *desk) fillStrangers(base string) {
	d.tb.Helper()
	own, err := d.journeys.Passwords.Hash(d.tb.Context(), plain)
	if err != nil {
		d.tb.Fatal(err)
	}
	cheap, err := password.New(password.Options{Memory: 32, Time: 1}).Hash(d.tb.Context(), plain)
	if err != nil {
		d.tb.Fatal(err)
	}
	err = d.store.Edit(d.tb.Context(), func(e directory.Editor) error {
		for _, a := range []directory.Account{
			{ID: "gone", Name: "Gone", Domains: []string{"gone.example"}},
			{ID: "shut", Name: "Shut", Domains: []string{"shut.example"}, ContactCreation: directory.CreateOff, Active: true},
		} {
			if err := e.PutAccount(a); err != nil {
				return err
			}
		}
		for address, c := range map[string]directory.Contact{
			someone: {Account: "acme", Active: true}, offWithout: {Account: "acme"}, accountOff: {Account: "gone", Active: true},
			withOwn: {Account: "acme", Active: true}, withCheap: {Account: "acme", Active: true}, offWith: {Account: "acme"}, offAccount: {Account: "gone", Active: true},
			linked: {Account: "acme", Active: true, Links: directory.Links{{Provider: "microsoft", Identity: directory.Identity{Issuer: base, Subject: "another"}, Address: linked}}},
		} {
			c.ID, c.Email = address, directory.Address(address)
			if err := e.PutContact(c); err != nil {
				return err
			}
		}
		for address, hash := range map[string]string{withOwn: own, withCheap: cheap, offWith: own, offAccount: own} {
			if err := e.SetPassword(directory.PasswordOwner{Address: address, Kind: directory.KindContact}, directory.Password{}.Successor(hash, d.now)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		d.tb.Fatal(err)
	}
}

// masks are what differs from journey to journey, always of the same length.
var masks = []*regexp.Regexp{
	regexp.MustCompile(`browser=[A-Za-z0-9_=-]{100,}`), // the browser's cookie, which the others could cut
	regexp.MustCompile(`\b[A-Z2-7]{26}\b`),             // ids
	regexp.MustCompile(`\b[A-Z2-7]{10}\b`),             // references
	regexp.MustCompile(`\b[0-9a-f]{16}\b`),             // names of tokens
	regexp.MustCompile(`[A-Za-z0-9_-]{43}\b`),          // nonces and challenges
	regexp.MustCompile(`127\.0\.0\.1(:|%3A)\d{5}`),     // the provider
}

func (s *stranger) masked(text string) string {
	for _, spelling := range []string{s.address, url.QueryEscape(s.address)} {
		text = strings.ReplaceAll(text, spelling, "ADDRESS")
	}
	for _, mask := range masks {
		text = mask.ReplaceAllString(text, "MASKED")
	}
	return text
}

// sees notes what one step shows.
func (s *stranger) sees(step string, do func() answer) answer {
	s.t.Helper()
	s.trail = nil
	s.work.reset()
	got := do()
	v := view{step: step, length: got.Body.Len(), body: s.masked(got.Body.String()), work: s.work.String()}
	for _, a := range s.trail {
		v.status = append(v.status, a.Code)
		for _, name := range slices.Sorted(maps.Keys(a.Header())) {
			v.header += fmt.Sprintf("%s: %s\n", name, s.masked(strings.Join(a.Header()[name], " | ")))
		}
	}
	s.views = append(s.views, v)
	return got
}

func (s *stranger) posts(name, step string, fields ...string) answer {
	s.t.Helper()
	return s.sees(name, func() answer { return s.post(step, fields...) })
}

// begins is step 1 until the client is refused.
func (s *stranger) begins(times int) {
	for i := range times {
		s.sees(fmt.Sprint("portal ", i), func() answer { return s.get(portal + "/") })
		s.posts(fmt.Sprint("email ", i), "email", "email", s.address)
	}
}

// picks goes to the provider and comes back with what change makes of its
// answer.
func (s *stranger) picks(name, person string, change func(url.Values)) {
	s.t.Helper()
	s.get(portal + "/")
	s.post("email", "email", s.address)
	away := s.posts(name+": away", "method", "method", "microsoft").Header().Get("Location")
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	form := url.Values{"person": {person}}
	if person == "" {
		form = url.Values{"cancel": {"yes"}}
	}
	picked, err := client.PostForm(away, form)
	if err != nil {
		s.t.Fatal(err)
	}
	picked.Body.Close()
	back, err := picked.Location()
	if err != nil {
		s.t.Fatalf("sent to %q: %v", away, err)
	}
	query := back.Query()
	change(query)
	back.RawQuery = query.Encode()
	s.sees(name, func() answer { return s.get(back.String()) })
}

// guesses is all that a stranger can try with an address that goes on.
func (s *stranger) guesses() {
	s.begins(1)
	s.posts("a password unasked", "prove", "password", "wrong")
	s.posts("mail", "method", "method", "email_token")
	for i := range 12 {
		s.posts(fmt.Sprint("code ", i), "prove", "code", "00000000")
	}
	s.posts("a made-up link", "prove", "token", strings.Repeat("x", 43))
	s.posts("other methods", "method")
	s.picks("an identity that claims the address", oidClaims, func(url.Values) {})
	s.picks("an identity that names no address", oidNone, func(url.Values) {})
	for i := range 6 {
		s.sees("portal again", func() answer { return s.get(portal + "/") })
		s.post("email", "email", s.address)
		s.posts(fmt.Sprint("mail again ", i), "method", "method", "email_token")
	}
	for i := range 3 {
		s.picks(fmt.Sprint("a made-up answer ", i), oidStranger, func(q url.Values) { q.Set("code", "made-up") })
	}
	s.picks("a made-up state", oidStranger, func(q url.Values) { q.Set("state", "x"+q.Get("state")) })
	s.picks("the stranger's own address", oidStranger, func(url.Values) {})
	s.picks("cancelled", "", func(url.Values) {})
	s.begins(10)
}

func (s *stranger) guessesPasswords() {
	s.begins(1)
	s.posts("password", "method", "method", "password")
	for i := range 7 {
		s.posts(fmt.Sprint("password ", i), "prove", "password", fmt.Sprint("wrong ", i))
	}
	s.posts("a long one", "prove", "password", strings.Repeat("x", 2000))
	s.posts("none", "prove", "password", "")
	s.posts("forgot", "prove", "forgot", "yes")
	s.posts("code", "prove", "code", "00000000")
}

// TestStrangersSeeNoDifference: whoever walks through all steps with an address
// that is not theirs sees the same words under the same status and headers,
// after the same work, whether somebody has it or not, and whatever became of
// that record or its account. What differs is what steps 1 to 3 ask (DESIGN.md,
// "The six steps"): whether the address can go on, which platforms it opens, and
// which methods it has.
func TestStrangersSeeNoDifference(t *testing.T) {
	for _, tt := range []struct {
		name   string
		like   string // the address that the others are compared with
		others map[string]string
		walk   func(*stranger)
	}{
		{"who can go on, without a password", someone, map[string]string{
			"nobody yet": nobodyYet, "switched off": offWithout, "of an account that is off": accountOff, "linked at the provider": linked,
		}, (*stranger).guesses},
		{"who has a password", withOwn, map[string]string{
			"of another system": withCheap, "switched off": offWith, "of an account that is off": offAccount,
		}, (*stranger).guessesPasswords},
		{"who cannot go on", unknown, map[string]string{
			"of an account that is off": ofOff, "of an account that creates nobody": ofClosed,
		}, func(s *stranger) { s.begins(12) }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			want := newStranger(t, tt.like)
			tt.walk(want)
			for name, address := range tt.others {
				t.Run(name, func(t *testing.T) {
					got := newStranger(t, address)
					tt.walk(got)
					for i, v := range got.views {
						v.differs(t, want.views[i])
					}
				})
			}
		})
	}
}

// differs reports what two views do not share.
func (v view) differs(t *testing.T, want view) {
	t.Helper()
	for what, pair := range map[string][2]string{
		"step": {v.step, want.step}, "status": {fmt.Sprint(v.status), fmt.Sprint(want.status)}, "header": {v.header, want.header},
		"length": {fmt.Sprint(v.length), fmt.Sprint(want.length)}, "body": {v.body, want.body}, "work": {v.work, want.work},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s: the %s tells:\n%s\ninstead of\n%s", v.step, what, pair[0], pair[1])
		}
	}
}

// TestDifferencesByDesign are those of steps 1 to 3, and the test above would
// see them.
func TestDifferencesByDesign(t *testing.T) {
	for name, tt := range map[string]struct{ one, other, step string }{
		"step 1: who can go on and who cannot": {someone, unknown, "email 0"},
		"step 3: with and without a password":  {someone, withOwn, "email 0"},
	} {
		t.Run(name, func(t *testing.T) {
			one, other := newStranger(t, tt.one), newStranger(t, tt.other)
			one.begins(1)
			other.begins(1)
			for i, v := range one.views {
				if same := v.body == other.views[i].body; same != (v.step != tt.step) {
					t.Errorf("%s: the same: %t", v.step, same)
				}
			}
		})
	}
}
