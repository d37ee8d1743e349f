package journey_test

import (
	"context"
	"errors"
	"net/http"
	"testing"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/journey"
	"github.com/frontdesk-gateway/frontdesk/internal/limit"
	"github.com/frontdesk-gateway/frontdesk/internal/mail"
	"github.com/frontdesk-gateway/frontdesk/internal/password"
)

// leftHasher is a hasher for a browser that leaves each time while it works.
type leftHasher struct {
	journey.Hasher
	leave func()
	times int
}

func (h *leftHasher) Hash(ctx context.Context, plain string) (string, error) {
	if ctx.Err() == nil {
		h.times++
	}
	hash, err := h.Hasher.Hash(ctx, plain)
	h.leave()
	return hash, err
}

func (h *leftHasher) Verify(ctx context.Context, encoded, plain string) (password.Result, error) {
	if ctx.Err() == nil {
		h.times++
	}
	result, err := h.Hasher.Verify(ctx, encoded, plain)
	h.leave()
	return result, err
}

// TestHashedIsAnswered: an answer that was hashed counts, whether or not the
// browser has left. Nobody has the same one hashed without end, which would keep
// everybody's passwords from being checked.
func TestHashedIsAnswered(t *testing.T) {
	for _, tt := range []struct {
		name string
		at   func(*desk, journey.Visit) (id string, step journey.StepName)
		form journey.Form
		most int // hashes
	}{
		{"a right password", func(d *desk, v journey.Visit) (string, journey.StepName) {
			return d.atPassword(v, "ann@acme.example"), journey.StepProve
		}, journey.Form{Password: plain}, 1},
		{"a new one after a mail", func(d *desk, v journey.Visit) (string, journey.StepName) {
			id := d.atPassword(v, "ann@acme.example")
			d.post(v, id, journey.StepProve, journey.Form{Forgot: true})
			code, _ := d.mails.newest(d.t)
			d.wants(d.post(v, id, journey.StepProve, journey.Form{Code: code}), journey.StepNewPassword)
			return id, journey.StepNewPassword
		}, journey.Form{NewPassword: fresh}, 1},
		{"a new one for the present one", func(d *desk, v journey.Visit) (string, journey.StepName) {
			s := d.byPassword(v, "ann@acme.example", plain)
			return d.setting(v, s, journey.StepNewPassword).Journey.ID, journey.StepNewPassword
		}, journey.Form{Password: plain, NewPassword: fresh}, 3},
		{"a new one that an operator wants", func(d *desk, v journey.Visit) (string, journey.StepName) {
			return d.atRequired(v), journey.StepNewPassword
		}, journey.Form{NewPassword: fresh}, 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := newDesk(t)
			v := d.browser(directory.Client)
			id, step := tt.at(d, v)
			h := &leftHasher{Hasher: d.Passwords}
			d.Passwords = h
			for range 20 {
				ctx, cancel := context.WithCancel(t.Context())
				h.leave = cancel
				_, _ = d.Answer(ctx, v, id, step, tt.form) // to nobody
				cancel()
			}
			if h.times > tt.most {
				t.Errorf("%d hashes for one answer, want %d", h.times, tt.most)
			}
		})
	}
}

// leftTransport is a transport for a browser that leaves each time while the
// provider answers a request for tokens.
type leftTransport struct {
	handlerTransport
	leave func()
	asked int
}

func (l *leftTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := l.handlerTransport.RoundTrip(r)
	if r.Method != http.MethodPost {
		return answer, err
	}
	l.asked++
	l.leave()
	if err := r.Context().Err(); err != nil { // as http.Transport does
		return nil, err
	}
	return answer, err
}

// TestAnswersTurnedDownToNobody: a made-up answer counts also where the browser
// that brought it has left. Otherwise any stranger could have a provider slow
// everybody down.
func TestAnswersTurnedDownToNobody(t *testing.T) {
	d := newDesk(t)
	d.Settings.Limits.FailuresPerClient = 10
	transport := &leftTransport{handlerTransport: handlerTransport{d.idp}}
	d.through(transport)
	v := d.at("203.0.113.7")
	id, location := d.toProvider(v, "ann@acme.example")
	var err error
	for range 20 {
		answer := d.pick(location, oidAnn)
		answer.Response.Code = "made-up"
		ctx, cancel := context.WithCancel(t.Context())
		transport.leave = cancel
		_, err = d.Callback(ctx, v, answer)
		cancel()
		location = d.post(v, id, journey.StepMethod, journey.Form{Method: directory.MethodMicrosoft}).Location
	}
	if tooMany := (*journey.TooManyError)(nil); transport.asked != 10 || !errors.As(err, &tooMany) {
		t.Errorf("the provider was asked %d times, want 10; then %v", transport.asked, err)
	}
}

// movingHasher is a hasher for somebody who has the journey move on elsewhere, in
// another tab, while it works.
type movingHasher struct {
	journey.Hasher
	move  func()
	times int
}

func (h *movingHasher) Hash(ctx context.Context, plain string) (string, error) {
	h.times++
	h.move()
	return h.Hasher.Hash(ctx, plain)
}

func (h *movingHasher) Verify(ctx context.Context, encoded, plain string) (password.Result, error) {
	h.times++
	h.move()
	return h.Hasher.Verify(ctx, encoded, plain)
}

// TestHashedForNothing: a right answer that was not taken, because the journey was
// moved by another one meanwhile, counts as a failure of the client. Otherwise who
// posts two at once could have passwords hashed without end.
func TestHashedForNothing(t *testing.T) {
	for _, tt := range []struct {
		name string
		at   func(*desk, journey.Visit) (id string, step journey.StepName)
		form journey.Form
		move func(*desk, journey.Visit, string)
	}{
		{"a right password", func(d *desk, v journey.Visit) (string, journey.StepName) {
			return d.atPassword(v, "ann@acme.example"), journey.StepProve
		}, journey.Form{Password: plain}, func(d *desk, v journey.Visit, id string) {
			d.post(v, id, journey.StepMethod, journey.Form{Method: directory.MethodPassword})
		}},
		{"a new one for the present one", func(d *desk, v journey.Visit) (string, journey.StepName) {
			s := d.byPassword(v, "ann@acme.example", plain)
			return d.setting(v, s, journey.StepNewPassword).Journey.ID, journey.StepNewPassword
		}, journey.Form{Password: plain, NewPassword: fresh}, func(d *desk, v journey.Visit, id string) {
			d.post(v, id, journey.StepNewPassword, journey.Form{Forgot: true})
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := newDesk(t)
			d.Settings.Limits.FailuresPerClient = 10
			v := d.browser(directory.Client)
			id, step := tt.at(d, v)
			h := &movingHasher{Hasher: d.Passwords, move: func() { tt.move(d, v, id) }}
			d.Passwords = h
			var out journey.Outcome
			for range 20 {
				out = d.post(v, id, step, tt.form)
			}
			if h.times > 3*10 {
				t.Errorf("%d hashes", h.times)
			}
			if out.Problem == nil || out.Problem.Wait == 0 {
				t.Errorf("step %s, problem %+v", out.Step.Name, out.Problem)
			}
		})
	}
}

// busyHasher is a hasher that has done so much of each answer when others take
// their turn.
type busyHasher struct {
	journey.Hasher
	each        int // hashes that are done of an answer
	done, times int // of this one, of all
}

func (h *busyHasher) turn() error {
	if h.done == h.each {
		return password.ErrBusy
	}
	h.done, h.times = h.done+1, h.times+1
	return nil
}

func (h *busyHasher) Hash(ctx context.Context, plain string) (string, error) {
	if err := h.turn(); err != nil {
		return "", err
	}
	return h.Hasher.Hash(ctx, plain)
}

func (h *busyHasher) Verify(ctx context.Context, encoded, plain string) (password.Result, error) {
	if err := h.turn(); err != nil {
		return password.Result{}, err
	}
	return h.Hasher.Verify(ctx, encoded, plain)
}

// atRequired is Ann's journey at the new password that an operator wants of her.
func (d *desk) atRequired(v journey.Visit) (id string) {
	d.t.Helper()
	p, err := d.store.Password(d.t.Context(), annOwner)
	if err != nil {
		d.t.Fatal(err)
	}
	p.MustChange = true
	d.edit(func(e directory.Editor) error { return e.SetPassword(annOwner, p) })
	id = d.atPassword(v, "ann@acme.example")
	d.wants(d.post(v, id, journey.StepProve, journey.Form{Password: plain}), journey.StepNewPassword)
	return id
}

// TestHashedInPart: an answer that was hashed in part, and turned away then, counts
// as a failure of the client. Otherwise who posts the same right one many times at
// once, so that all but a few are turned away, could keep everybody's passwords
// from being checked.
func TestHashedInPart(t *testing.T) {
	change := func(d *desk, v journey.Visit) (string, journey.Form) {
		s := d.byPassword(v, "ann@acme.example", plain)
		return d.setting(v, s, journey.StepNewPassword).Journey.ID, journey.Form{Password: plain, NewPassword: fresh}
	}
	required := func(d *desk, v journey.Visit) (string, journey.Form) {
		return d.atRequired(v), journey.Form{NewPassword: fresh}
	}
	for _, tt := range []struct {
		name   string
		at     func(*desk, journey.Visit) (id string, form journey.Form)
		each   int
		closes bool
	}{
		{"a new one for the present one, not at all", change, 0, false},
		{"a new one for the present one, that alone", change, 1, true},
		{"a new one for the present one, and whether it is new", change, 2, true},
		{"a new one that an operator wants, not at all", required, 0, false},
		{"a new one that an operator wants, whether it is new", required, 1, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := newDesk(t)
			d.Settings.Limits.FailuresPerClient = 10
			v := d.browser(directory.Client)
			id, form := tt.at(d, v)
			h := &busyHasher{Hasher: d.Passwords, each: tt.each}
			d.Passwords = h
			var out journey.Outcome
			for range 20 {
				h.done = 0
				if out = d.post(v, id, journey.StepNewPassword, form); out.Problem == nil {
					t.Fatalf("on to step %s", out.Step.Name)
				}
			}
			if closed := out.Problem.Wait > 0; closed != tt.closes || out.Problem.Busy == tt.closes {
				t.Errorf("problem %+v", out.Problem)
			}
			if h.times > 10*tt.each {
				t.Errorf("%d hashes", h.times)
			}
		})
	}
}

// leftCounts are counts for a browser that leaves each time when it was counted.
type leftCounts struct {
	limit.Store
	leave func()
}

func (l *leftCounts) UpdateCounters(ctx context.Context, keys []string, change func([]limit.Counter)) error {
	err := l.Store.UpdateCounters(ctx, keys, change)
	l.leave()
	return err
}

// leavingAt answers a step for a browser that leaves each time when it was counted.
func (d *desk) leavingAt(v journey.Visit, id string, step journey.StepName, form journey.Form, times int) {
	counts := &leftCounts{Store: d.Limits.Store}
	d.Limits.Store = counts
	defer func() { d.Limits.Store = counts.Store }()
	for range times {
		ctx, cancel := context.WithCancel(d.t.Context())
		counts.leave = cancel
		_, _ = d.Answer(ctx, v, id, step, form) // to nobody
		cancel()
	}
}

// TestCountedIsJudged: what was counted is done, whether or not the browser has
// left. A mail would survive more wrong codes otherwise, a right one would stay
// counted as a guess, and mails would be counted that nobody was sent: the owner
// would have to wait for theirs, and not know why.
func TestCountedIsJudged(t *testing.T) {
	t.Run("wrong codes", func(t *testing.T) {
		d := newDesk(t)
		v := d.browser(directory.Client)
		id := d.askForCode(v, "ann@acme.example")
		code, _ := d.mails.newest(t)
		d.leavingAt(v, id, journey.StepProve, journey.Form{Code: another(code)}, 5)
		d.wantsProblem(d.post(v, id, journey.StepProve, journey.Form{Code: code}), "code", "code_spent")
	})
	t.Run("right codes", func(t *testing.T) {
		d := newDesk(t)
		d.Settings.Limits.WrongCodesPerPerson = 3
		for range 5 {
			v := d.browser(directory.Client)
			id := d.askForCode(v, "ann@acme.example")
			code, _ := d.mails.newest(t)
			d.leavingAt(v, id, journey.StepProve, journey.Form{Code: code}, 1)
			d.wants(d.post(v, id, journey.StepProve, journey.Form{Code: code}), journey.StepStay)
		}
	})
	t.Run("mails", func(t *testing.T) {
		d := newDesk(t)
		v := d.browser(directory.Client)
		id := d.begin(v, "ann@acme.example").Journey.ID
		d.leavingAt(v, id, journey.StepMethod, journey.Form{Method: directory.MethodEmailToken}, 5)
		if n := d.mails.count(); n != 1 {
			t.Errorf("%d mails were sent", n)
		}
		d.askForCode(d.browser(directory.Client), "ann@acme.example")
	})
	t.Run("mails that are not taken", func(t *testing.T) {
		d := newDesk(t)
		d.mails.refuses = mail.ErrFull
		v := d.browser(directory.Client)
		id := d.begin(v, "ann@acme.example").Journey.ID
		d.leavingAt(v, id, journey.StepMethod, journey.Form{Method: directory.MethodEmailToken}, 5)
		d.mails.refuses = nil
		d.askForCode(d.browser(directory.Client), "ann@acme.example")
	})
}
