package gateway

import (
	"context"
	"errors"
	"iter"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/config"
	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/session"
	"github.com/frontdesk-gateway/frontdesk/internal/store"
	"github.com/frontdesk-gateway/frontdesk/internal/store/memory"
)

// load is a gateway in front of the technicians' site, made a moment after [opened], on
// a store that others have had before, with the members' tenants of its configuration.
// Its housekeeping has run for a moment, in the bubble of a test. It asks no other machines.
func load(t *testing.T, s store.Store, moment time.Duration, tenants ...string) *desk {
	t.Helper()
	d := newTechs(t, s, moment, tenants...)
	if err := d.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	d.runFor(0)
	return d
}

// withTed is a store that has a member.
func withTed(t *testing.T) *memory.Store {
	t.Helper()
	s := memory.New()
	if err := s.Edit(t.Context(), putTed); err != nil {
		t.Fatal(err)
	}
	return s
}

// newTechs is what load runs.
func newTechs(t *testing.T, s store.Store, moment time.Duration, tenants ...string) *desk {
	t.Helper()
	settings := settingsOf(t, func(c *config.Config) {
		c.Mail, c.Microsoft = nil, nil
		c.Platforms = map[string]*config.Platform{"tech": {Origins: []string{techs}, Methods: []string{"password"}}}
	})
	settings.MemberTenants = settings.MemberTenants.Relist(tenants, time.Time{})
	d := newDeskBy(t, s, opened.Add(moment), settings)
	d.Site = d.Site.Gateway.Site(directory.Tech, PublicPaths{}, nil)
	return d
}

// runFor has the housekeeping run for a moment and, while is called in between, as long
// again as a time of the bubble's.
func (d *desk) runFor(long time.Duration, while ...func()) {
	ctx, stop := context.WithCancel(d.tb.Context())
	var work sync.WaitGroup
	work.Go(func() { d.Run(ctx) })
	synctest.Wait()
	for _, f := range while {
		f()
	}
	time.Sleep(long)
	synctest.Wait()
	stop()
	work.Wait()
}

// TestMemberTenantListedAgain: what a configuration let nobody in by is not there when
// the next one would.
func TestMemberTenantListedAgain(t *testing.T) {
	const kept, gone, other = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222", "33333333-3333-4333-8333-333333333333"
	claimed := func(s *session.Session) { s.Proofs[0].Vouched = false }
	mailed := func(s *session.Session) {
		s.Method, s.Proofs = directory.MethodEmailToken, append(s.Proofs, session.Proof{Method: directory.MethodEmailToken, Vouched: true})
	}
	vouched := func(*session.Session) {}
	for _, c := range []struct {
		name   string
		loaded [][]string // lists of tenants, one after the other
		change func(*session.Session)
		want   int
	}{
		{"loaded as it was", [][]string{{kept, gone}}, vouched, http.StatusOK},
		{"a further one is listed", [][]string{{kept, gone}, {gone, kept, other}}, claimed, http.StatusOK},
		{"another is taken off and listed again", [][]string{{gone}, {kept, gone}}, claimed, http.StatusOK},
		{"it is taken off and listed again", [][]string{{kept}, {kept, gone}}, vouched, http.StatusUnauthorized},
		{"it is the only one, taken off and listed again", [][]string{nil, {gone}}, claimed, http.StatusUnauthorized},
		{"none is listed any more, and all may come", [][]string{nil}, vouched, http.StatusOK},
		{"all may come in between", [][]string{nil, {gone}}, vouched, http.StatusUnauthorized},
		{"somebody came by mail, too", [][]string{{kept}, {kept, gone}}, mailed, http.StatusOK},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := withTed(t)
				cookie, _ := load(t, s, 0, kept, gone).signIn(tedFrom(gone), c.change)
				var d *desk
				for n, tenants := range c.loaded {
					d = load(t, s, time.Duration(n+1)*time.Second, tenants...)
				}
				d.do(http.MethodGet, techs+"/frontdesk/whoami", with("Cookie", cookie)).wants(t, c.want)
				if log := d.log.String(); strings.Contains(log, "level=ERROR") {
					t.Error(log)
				}
			})
		})
	}
}

// TestConfigurationThatIsRefused: one that is made and never started, since another part of
// Caddy's is refused, leaves nothing to those after it.
func TestConfigurationThatIsRefused(t *testing.T) {
	const kept, gone = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"
	for _, c := range []struct {
		name          string
		was, refused  []string // lists of tenants
		signsInBefore bool     // or after the refusal
		want          int
	}{
		{"it lists one no more", []string{kept, gone}, []string{kept}, true, http.StatusOK},
		{"it lists none", []string{kept, gone}, nil, true, http.StatusOK},
		{"it lists another", []string{kept}, []string{kept, gone}, false, http.StatusUnauthorized},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := withTed(t)
				before := load(t, s, 0, c.was...)
				var cookie string
				if c.signsInBefore {
					cookie, _ = before.signIn(tedFrom(gone))
				}
				newTechs(t, s, time.Second, c.refused...)
				if !c.signsInBefore {
					before.now = before.now.Add(2 * time.Second)
					cookie, _ = before.signIn(tedFrom(gone))
				}
				load(t, s, 3*time.Second, kept, gone).do(http.MethodGet, techs+"/frontdesk/whoami", with("Cookie", cookie)).wants(t, c.want)
			})
		})
	}
}

// TestTenantsListedWhileTheClockWasAhead: once it is right, members come in again.
func TestTenantsListedWhileTheClockWasAhead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := withTed(t)
		const tenant = "11111111-1111-4111-8111-111111111111"
		load(t, s, 10*365*24*time.Hour, tenant)
		d := load(t, s, 0, tenant)
		cookie, _ := d.signIn(tedFrom(tenant))
		d.do(http.MethodGet, techs+"/frontdesk/whoami", with("Cookie", cookie)).wants(t, http.StatusOK)
	})
}

// TestStartWritesNothingNew: where the list is the one before, a full disk stops no reload.
func TestStartWritesNothingNew(t *testing.T) {
	const tenant, another = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"
	for _, c := range []struct {
		name  string
		lists []string
		want  error
	}{
		{"the same", []string{tenant}, nil},
		{"another", []string{another}, errFull},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := memory.New()
				load(t, s, 0, tenant)
				if err := newTechs(t, &full{s}, time.Second, c.lists...).Start(t.Context()); !errors.Is(err, c.want) {
					t.Errorf("%v, want %v", err, c.want)
				}
			})
		})
	}
}

// full is a store that keeps no tenants of members any more.
type full struct{ store.Store }

var errFull = errors.New("no space left on device")

func (*full) KeepMemberTenants(context.Context, directory.Tenants) error { return errFull }

// memberless is a store that cannot tell of its members until it is well.
type memberless struct {
	store.Store
	well atomic.Bool
}

var errMembers = errors.New("input/output error")

func (s *memberless) Members(ctx context.Context) iter.Seq2[directory.Member, error] {
	if s.well.Load() {
		return s.Store.Members(ctx)
	}
	return func(yield func(directory.Member, error) bool) { yield(directory.Member{}, errMembers) }
}

// TestMemberTenantsCannotBeFound: it is in the log, and nobody else feels it.
func TestMemberTenantsCannotBeFound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := withTed(t)
		const tenant = "11111111-1111-4111-8111-111111111111"
		d := load(t, &memberless{Store: s}, 0, tenant)
		if log := d.log.String(); !strings.Contains(log, "ending sessions by tenants that are listed no more failed") || !strings.Contains(log, errMembers.Error()) {
			t.Error(log)
		}
		cookie, _ := d.signIn(tedFrom(tenant))
		d.do(http.MethodGet, techs+"/frontdesk/whoami", with("Cookie", cookie)).wants(t, http.StatusOK)
	})
}

// TestMemberTenantsAreLookedAtAgain: what could not be ended when the configuration was
// loaded, and who came in by the one before as it went, is not there for the next one
// either.
func TestMemberTenantsAreLookedAtAgain(t *testing.T) {
	const kept, gone = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"
	for _, c := range []struct {
		name string
		runs func(before, d *desk, s *memory.Store) (cookie string)
	}{
		{"the store failed", func(before, d *desk, s *memory.Store) string {
			cookie, _ := before.signIn(tedFrom(gone))
			failing := &memberless{Store: s}
			d.store.Store = failing
			d.runFor(sweepEvery, func() { failing.well.Store(true) })
			return cookie
		}},
		{"somebody signed in as the configuration changed", func(before, d *desk, _ *memory.Store) (cookie string) {
			d.runFor(sweepEvery, func() { cookie, _ = before.signIn(tedFrom(gone)) })
			return cookie
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := withTed(t)
				cookie := c.runs(load(t, s, 0, kept, gone), newTechs(t, s, time.Second, kept), s)
				load(t, s, 2*time.Second, kept, gone).do(http.MethodGet, techs+"/frontdesk/whoami", with("Cookie", cookie)).wants(t, http.StatusUnauthorized)
			})
		})
	}
}

// TestCutShort: a configuration that goes at once, because another one is loaded, logs
// no failure of what it had no time for.
func TestCutShort(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, alone)
		ctx, stop := context.WithCancel(t.Context())
		stop()
		d.Run(ctx)
		if log := d.log.String(); strings.Contains(log, "level=ERROR") {
			t.Error(log)
		}
	})
}
