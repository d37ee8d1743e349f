package gateway

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/clock"
	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/journey"
	"github.com/frontdesk-gateway/frontdesk/internal/keyring"
	"github.com/frontdesk-gateway/frontdesk/internal/limit"
	"github.com/frontdesk-gateway/frontdesk/internal/session"
	"github.com/frontdesk-gateway/frontdesk/internal/store"
	"github.com/frontdesk-gateway/frontdesk/internal/store/bolt"
)

// closes fails unless the answer is 503 in a form that fits the request, with a
// reference that the log has, and says nothing of the cause.
func (a answer) closes(t *testing.T, d *desk, cause string) answer {
	t.Helper()
	a.wants(t, http.StatusServiceUnavailable)
	h := a.Header()
	if h.Get("Retry-After") == "" || h.Get("Location") != "" || h.Get("Set-Cookie") != "" || h.Get("Cache-Control") != "no-store" {
		t.Errorf("headers %v", h)
	}
	ref := logged(d.log.String())
	if ref == "" || !strings.Contains(a.Body.String(), ref) {
		t.Errorf("no reference %q in\n%s", ref, a.Body)
	}
	if !strings.Contains(d.log.String(), cause) || strings.Contains(a.Body.String(), cause) {
		t.Errorf("the cause %q is not in the log, or on the page\n%s\n%s", cause, d.log, a.Body)
	}
	if !isDocument(a.request) {
		a.problem(t)
	} else if !strings.HasPrefix(h.Get("Content-Type"), "text/html") {
		t.Errorf("%s\n%s", h.Get("Content-Type"), a.Body)
	}
	return a
}

// panicking is a store that panics in every call of a request.
type panicking struct{ store.Store }

const bug = "a bug in the store"

func (panicking) Check(context.Context) error                                   { panic(bug) }
func (panicking) Session(context.Context, session.Key) (session.Session, error) { panic(bug) }
func (panicking) Holder(context.Context, session.Key) (session.Session, directory.People, error) {
	panic(bug)
}
func (panicking) Journey(context.Context, string) (journey.Journey, error) { panic(bug) }
func (panicking) CreateJourney(context.Context, journey.Journey) error     { panic(bug) }
func (panicking) People(context.Context, string) (directory.People, error) { panic(bug) }
func (panicking) EndSessions(context.Context, ...session.Key) error        { panic(bug) }
func (panicking) SpendTicket(context.Context, [32]byte) (journey.Ticket, error) {
	panic(bug)
}
func (panicking) Counters(context.Context, ...string) ([]limit.Counter, error) {
	panic(bug)
}

// requests are of every kind that looks something up, of somebody whose session
// is not in memory.
var requests = []struct {
	name, method, path, body string
}{
	{"portal", "GET", "/tickets/7", ""},
	{"public path", "GET", "/health", ""},
	{"whoami", "GET", "/frontdesk/whoami", ""},
	{"session", "GET", "/frontdesk/session", ""},
	{"sign-in", "GET", "/frontdesk/sign-in", ""},
	{"step", "GET", "/frontdesk/sign-in?journey=J&step=method", ""},
	{"email", "POST", "/frontdesk/sign-in?return=%2F", "email=ann%40acme.example&step=email"},
	{"sign-out", "POST", "/frontdesk/sign-out", "everywhere=yes"},
	{"callback", "GET", "/frontdesk/callback/microsoft?state=x&code=y", ""},
}

// closesAll makes every kind of request, as a browser and as a program, and
// checks that each is refused while the fault lasts; mended, the session that was
// there before is good.
func closesAll(t *testing.T, cause string, fault func(*desk) (mend func())) {
	for _, c := range requests {
		for kind, how := range map[string]func(*http.Request){"page": posting, "program": with("Accept", "application/json")} {
			if c.method == "POST" && kind == "program" {
				how = func(r *http.Request) { posting(r); r.Header.Set("Sec-Fetch-Mode", "cors") }
			}
			t.Run(c.name+" for a "+kind, func(t *testing.T) {
				d := newDesk(t)
				cookie, _ := d.signIn()
				browser := d.browserOf()
				mend := fault(d)
				d.doBody(c.method, portal+c.path, c.body, how, with("Cookie", cookie+"; "+browser)).closes(t, d, cause)
				mend()
				if got := d.do("GET", portal+"/", with("Cookie", cookie)); got.pass == nil || got.pass.facts() == nil {
					t.Errorf("after it was mended: status %d\n%s", got.Code, got.Body)
				}
			})
		}
	}
}

func TestPanicInTheStore(t *testing.T) {
	closesAll(t, bug, func(d *desk) func() {
		whole := d.store.Store
		d.store.Store = panicking{whole}
		return func() { d.store.Store = whole }
	})
}

// TestPanicInAStep: in what a signed-in person asks for, whose session needs no
// look at the store.
func TestPanicInAStep(t *testing.T) {
	for _, c := range []struct {
		method, path, body string
	}{
		{"GET", "/frontdesk/session", ""},
		{"POST", "/frontdesk/session", "account=other"},
		{"POST", "/frontdesk/session", "end=S2"},
		{"POST", "/frontdesk/sign-out", ""},
		{"GET", "/frontdesk/sign-in?journey=J", ""},
		{"GET", "/frontdesk/sign-in?ask=x", ""}, // names the browser on the way, which nobody is to keep
	} {
		d := newDesk(t)
		cookie, _ := d.signIn()
		if !strings.Contains(c.path, "ask=") {
			cookie += "; " + d.browserOf()
		}
		d.do("GET", portal+"/", with("Cookie", cookie))
		whole := d.store.Store
		d.store.Store = panicking{whole}
		d.doBody(c.method, portal+c.path, c.body, posting, with("Cookie", cookie)).closes(t, d, bug)
		if !strings.Contains(d.log.String(), "closed_test.go") {
			t.Errorf("%s: no stack in the log:\n%s", c.path, d.log)
		}
		if got := d.do("GET", portal+"/", with("Cookie", cookie)); got.pass == nil || got.pass.facts() == nil {
			t.Errorf("%s: the next request: status %d", c.path, got.Code)
		}
		d.store.Store = whole
		d.do("GET", portal+"/frontdesk/session", navigating, with("Cookie", cookie)).shows(t, 200, "Ann")
	}
}

// TestPanicInRendering: a page that cannot be made is told in plain words; so is
// one where even the page that says so cannot be.
func TestPanicInRendering(t *testing.T) {
	d := newDesk(t)
	pages := d.pages
	d.pages = nil
	got := d.do("GET", portal+"/frontdesk/sign-in", navigating).wants(t, http.StatusServiceUnavailable)
	if ref := logged(d.log.String()); ref == "" || !strings.Contains(got.Body.String(), ref) || got.Header().Get("Set-Cookie") != "" || got.Header().Get("Retry-After") == "" {
		t.Errorf("%v\n%s\n%s", got.Header(), got.Body, d.log)
	}
	d.pages = pages
	d.do("GET", portal+"/frontdesk/sign-in", navigating).shows(t, 200, `name="email"`)
}

// brokenWriter panics where it is written to, once.
type brokenWriter struct {
	*httptest.ResponseRecorder
	cause any
}

func (w *brokenWriter) Write(p []byte) (int, error) {
	if cause := w.cause; cause != nil {
		w.cause = nil
		panic(cause)
	}
	return w.ResponseRecorder.Write(p)
}

// TestPanicInTheMiddleOfAnAnswer breaks the connection off: a part must not look
// like the whole. What others abort on purpose goes through as it is.
func TestPanicInTheMiddleOfAnAnswer(t *testing.T) {
	for _, cause := range []any{"a bug in the writer", http.ErrAbortHandler} {
		t.Run(fmt.Sprint(cause), func(t *testing.T) {
			d := newDesk(t)
			defer func() {
				if p := recover(); p != http.ErrAbortHandler {
					t.Errorf("recovered %v", p)
				}
				if told := strings.Contains(d.log.String(), "could not be decided"); told != (cause != http.ErrAbortHandler) {
					t.Errorf("told in the log: %t", told)
				}
			}()
			r := httptest.NewRequest("GET", portal+"/frontdesk/sign-in", nil)
			d.Handle(&brokenWriter{httptest.NewRecorder(), cause}, r, Client{URL: r.URL})
		})
	}
}

// TestPanicElsewhere: in the housekeeping and in the probes it costs that turn.
func TestPanicElsewhere(t *testing.T) {
	d := newDesk(t)
	d.attempt(t.Context(), "sweeping", func(context.Context) error { panic("a bug in a sweep") })
	d.probes.check["microsoft"] = func(context.Context) error { panic("a bug in a probe") }
	d.probes.check["email_token"] = func(context.Context) error { return nil }
	d.probes.look(t.Context())
	if down := d.probes.down(); len(down) != 1 || down[0] != "microsoft" {
		t.Errorf("down: %v", down)
	}
	for _, part := range []string{"sweeping failed", "a bug in a sweep", "closed_test.go", "a bug in a probe"} {
		if !strings.Contains(d.log.String(), part) {
			t.Errorf("no %q in\n%s", part, d.log)
		}
	}
}

// TestWhoLeavesIsNoFailure: browsers drop requests all day, and strangers as many as
// they like. The operator's alarm is for what is broken, also where both come together.
func TestWhoLeavesIsNoFailure(t *testing.T) {
	for name, c := range map[string]struct {
		broken error
		alarm  bool
	}{
		"left":                          {nil, false},
		"left, and the store is broken": {errors.New("the disk is gone"), true},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			ctx, leave := context.WithCancel(t.Context())
			leave()
			cookie, _ := d.signIn()
			if c.broken != nil {
				d.store.fail(c.broken)
			}
			d.do("GET", portal+"/tickets", navigating, with("Cookie", cookie), func(r *http.Request) { *r = *r.WithContext(ctx) }).wants(t, http.StatusServiceUnavailable)
			if alarm := strings.Contains(d.log.String(), "level=ERROR"); alarm != c.alarm {
				t.Errorf("alarm %t, want %t\n%s", alarm, c.alarm, d.log)
			}
		})
	}
}

// TestClosedStore is what a request meets that outlives its configuration.
func TestClosedStore(t *testing.T) {
	s, err := bolt.Open(filepath.Join(t.TempDir(), "frontdesk.db"), bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	closesAll(t, store.ErrClosed.Error(), func(d *desk) func() {
		whole := d.store.Store
		d.store.Store = s
		return func() { d.store.Store = whole }
	})
}

// TestClockWentBack: nobody is let in, and nothing that was over is good again,
// until the clock is where it was.
func TestClockWentBack(t *testing.T) {
	closesAll(t, "went back", func(d *desk) func() {
		before := d.now
		d.now = d.now.Add(-clock.Tolerance - time.Second)
		return func() { d.now = before }
	})
	for name, c := range map[string]struct {
		back time.Duration
		path string
		how  func(*http.Request)
		want int // 0: passed on
	}{
		"within the tolerance":                  {clock.Tolerance, "/", nil, 0},
		"by more":                               {time.Hour, "/", nil, 503},
		"a public path, for nobody":             {time.Hour, "/health", with("Cookie", ""), 0},
		"the portal, for nobody":                {time.Hour, "/", func(r *http.Request) { r.Header.Del("Cookie"); navigating(r) }, 303},
		"the sign-in, for nobody":               {time.Hour, "/frontdesk/sign-in", with("Cookie", ""), 503},
		"the style of the page that says so":    {time.Hour, "/frontdesk/assets/logo", nil, 404},
		"the keys by which assertions are read": {time.Hour, "/frontdesk/jwks.json", nil, 200},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			cookie, _ := d.signIn()
			d.do("GET", portal+"/", with("Cookie", cookie))
			d.now = d.now.Add(-c.back)
			if c.how == nil {
				c.how = func(*http.Request) {}
			}
			got := d.do("GET", portal+c.path, with("Cookie", cookie), c.how)
			if passed := got.pass != nil; passed != (c.want == 0) || !passed && got.Code != c.want {
				t.Errorf("passed on %t, status %d", passed, got.Code)
			}
		})
	}
}

// TestClockWentBackRevivesNothing: neither a session nor a code that was over.
func TestClockWentBackRevivesNothing(t *testing.T) {
	d := newDesk(t)
	cookie, _ := d.signIn()
	d.do("GET", portal+"/", with("Cookie", cookie))
	d.now = d.now.Add(25 * time.Hour)
	d.do("GET", portal+"/", with("Cookie", cookie)).wants(t, 401)
	d.now = d.now.Add(-24 * time.Hour)
	d.do("GET", portal+"/", with("Cookie", cookie)).closes(t, d, "went back")
	if !d.clock.Now().Equal(d.now.Add(24 * time.Hour)) {
		t.Errorf("in the meantime it is %s", d.clock.Now())
	}
	d.now = d.now.Add(24 * time.Hour)
	d.do("GET", portal+"/", with("Cookie", cookie)).wants(t, 401)
}

// TestHealthOfTheClock, and what the log says once.
func TestHealthOfTheClock(t *testing.T) {
	d := newDesk(t)
	var behind error
	for range 3 {
		behind = d.lookAtClock(behind)
	}
	d.now = d.now.Add(-time.Hour)
	got := d.do("GET", "http://any/frontdesk/health").wants(t, 503)
	var body healthBody
	if err := json.Unmarshal(got.Body.Bytes(), &body); err != nil || body.Status != "clock went back" || got.Header().Get("Retry-After") == "" {
		t.Errorf("%v %s", err, got.Body)
	}
	for range 3 {
		behind = d.lookAtClock(behind)
	}
	d.now = d.now.Add(time.Hour)
	for range 3 {
		behind = d.lookAtClock(behind)
	}
	d.do("GET", "http://any/frontdesk/health").wants(t, 200)
	for part, times := range map[string]int{"everybody is refused": 1, "reload or restart": 2, "everybody is served": 1} {
		if n := strings.Count(d.log.String(), part); n != times {
			t.Errorf("%q stands %d times in\n%s", part, n, d.log)
		}
	}
}

// TestSessionFromTheFuture: after a restart the clock is all there is to go by, so
// what was made or used later than now is nobody's.
func TestSessionFromTheFuture(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*session.Session, time.Time)
		good   bool
	}{
		"now":                           {func(*session.Session, time.Time) {}, true},
		"made by another server":        {func(s *session.Session, now time.Time) { s.Created = now.Add(clock.Tolerance) }, true},
		"made in the future":            {func(s *session.Session, now time.Time) { s.Created = now.Add(time.Hour) }, false},
		"used in the future":            {func(s *session.Session, now time.Time) { s.LastUsed = now.Add(time.Hour) }, false},
		"used in the future, to stay":   {func(s *session.Session, now time.Time) { s.LastUsed, s.Persistent = now.Add(time.Hour), true }, false},
		"made before, used a bit later": {func(s *session.Session, now time.Time) { s.LastUsed = now.Add(clock.Tolerance) }, true},
	} {
		d := newDesk(t)
		cookie, _ := d.signIn(func(s *session.Session) { c.change(s, d.now) })
		for range 2 {
			got := d.do("GET", portal+"/", with("Cookie", cookie))
			if good := got.pass != nil; good != c.good || !good && got.Code != 401 {
				t.Errorf("%s: passed on %t, status %d", name, good, got.Code)
			}
		}
	}
}

// lostKeys is a store whose keys are gone.
type lostKeys struct{ store.Store }

func (lostKeys) Keys(context.Context) ([]keyring.Key, error) { return nil, keyring.ErrLost }

// TestKeysLost: while running, those in memory go on and the log says so; a
// start is refused.
func TestKeysLost(t *testing.T) {
	d := newDesk(t)
	cookie, _ := d.signIn()
	d.store.Store = lostKeys{d.store.Store}
	d.attempt(t.Context(), "rotating the keys", d.keys.Rotate)
	if got := d.do("GET", portal+"/", with("Cookie", cookie)); got.pass == nil {
		t.Errorf("status %d", got.Code)
	}
	if !strings.Contains(d.log.String(), keyring.ErrLost.Error()) {
		t.Errorf("the log has only\n%s", d.log)
	}
	if _, err := New(t.Context(), Options{Settings: d.settings, Store: d.store, Log: d.Site.log, Now: time.Now}); !errors.Is(err, keyring.ErrLost) {
		t.Errorf("a gateway without its keys: %v", err)
	}
}

// TestNotOpen: before there is a store, requests are answered in the same form.
func TestNotOpen(t *testing.T) {
	d := newDesk(t)
	var log bytes.Buffer
	closed, err := NewClosed(d.settings, slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		path, want string
		how        func(*http.Request)
	}{
		{"/", "Please try again in a moment", navigating},
		{"/frontdesk/sign-in", "Please try again in a moment", navigating},
		{"/api", `"title":"Temporarily unavailable"`, func(*http.Request) {}},
		{"/frontdesk/health", `"status":"not ready"`, func(*http.Request) {}},
	} {
		r, w := httptest.NewRequest("GET", portal+c.path, nil), httptest.NewRecorder()
		c.how(r)
		closed.Answer(w, r, Client{URL: r.URL})
		if w.Code != 503 || w.Header().Get("Retry-After") == "" || !strings.Contains(w.Body.String(), c.want) || strings.Contains(w.Body.String(), "<link rel=\"stylesheet") {
			t.Errorf("%s: %d %v\n%s", c.path, w.Code, w.Header(), w.Body)
		}
		if strict := w.Header().Get("Strict-Transport-Security"); strict == "" {
			t.Errorf("%s: browsers need not keep to https", c.path)
		}
		if ref := logged(log.String()); c.path != "/frontdesk/health" && (ref == "" || !strings.Contains(w.Body.String(), ref)) {
			t.Errorf("%s: no reference %q in\n%s", c.path, ref, w.Body)
		}
	}
}
