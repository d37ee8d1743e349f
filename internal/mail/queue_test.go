package mail

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// fakeMailer answers each attempt by the next of its errors, then with nil.
type fakeMailer struct {
	begun chan struct{} // a value for each attempt, if not nil
	block chan struct{} // attempts wait for it or the context, if not nil

	mu     sync.Mutex
	errors []error
	sent   []Message
}

func (f *fakeMailer) NewMessageID() string { return newMessageID("msp.example") }

func (f *fakeMailer) Send(ctx context.Context, m Message) error {
	if f.begun != nil {
		f.begun <- struct{}{}
	}
	if f.block != nil {
		select {
		case <-f.block:
		case <-ctx.Done():
			return &Error{Outcome: ErrTemporary, text: "broken off", cause: ctx.Err()}
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.sent = append(f.sent, m)
	if len(f.errors) == 0 {
		return nil
	}
	err := f.errors[0]
	f.errors = f.errors[1:]
	return err
}

// fakeClock moves on when somebody sleeps.
type fakeClock struct {
	mu    sync.Mutex
	now   time.Time
	slept []time.Duration
}

func (c *fakeClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *fakeClock) Sleep(_ context.Context, d time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
	c.slept = append(c.slept, d)
	return nil
}

func failing(outcome error) error { return &Error{Outcome: outcome, text: "for the test"} }

func TestRetries(t *testing.T) {
	temporary := failing(ErrTemporary)
	for name, c := range map[string]struct {
		errors   []error
		options  QueueOptions
		attempts int
		want     error
		slept    []time.Duration
	}{
		"sent at once":       {nil, QueueOptions{}, 1, nil, nil},
		"sent at the third":  {[]error{temporary, temporary}, QueueOptions{}, 3, nil, []time.Duration{2 * time.Second, 8 * time.Second}},
		"given up":           {slices.Repeat([]error{temporary}, 9), QueueOptions{}, 3, ErrTemporary, []time.Duration{2 * time.Second, 8 * time.Second}},
		"permanent":          {[]error{failing(ErrPermanent)}, QueueOptions{}, 1, ErrPermanent, nil},
		"delivery unknown":   {[]error{failing(ErrUnknown)}, QueueOptions{}, 1, ErrUnknown, nil},
		"later unknown":      {[]error{temporary, failing(ErrUnknown)}, QueueOptions{}, 2, ErrUnknown, []time.Duration{2 * time.Second}},
		"out of time":        {slices.Repeat([]error{temporary}, 9), QueueOptions{Tries: 9, Deadline: 15 * time.Second}, 3, ErrTemporary, []time.Duration{2 * time.Second, 8 * time.Second}},
		"no time for a wait": {[]error{temporary}, QueueOptions{Deadline: 2 * time.Second}, 1, ErrTemporary, nil},
	} {
		t.Run(name, func(t *testing.T) {
			clock := &fakeClock{now: time.Unix(1e9, 0)}
			mailer := &fakeMailer{errors: c.errors}
			c.options.Now, c.options.Sleep = clock.Now, clock.Sleep
			q := NewQueue(mailer, c.options)
			done := make(chan error, 2)
			if err := q.Enqueue(signIn, func(err error) { done <- err }); err != nil {
				t.Fatal(err)
			}
			if err := q.Close(t.Context()); err != nil {
				t.Fatal(err)
			}
			if err := <-done; !errors.Is(err, c.want) || (err == nil) != (c.want == nil) {
				t.Errorf("got %v, want %v", err, c.want)
			}
			if len(done) != 0 {
				t.Error("done was called twice")
			}
			if len(mailer.sent) != c.attempts || !slices.Equal(clock.slept, c.slept) {
				t.Errorf("%d attempts, waits %v", len(mailer.sent), clock.slept)
			}
			for _, m := range mailer.sent {
				if m.MessageID == "" || m.MessageID != mailer.sent[0].MessageID {
					t.Errorf("Message-ID %q, at first %q", m.MessageID, mailer.sent[0].MessageID)
				}
			}
		})
	}
}

// deferring is a mail server that takes no mail to one domain at the moment.
type deferring struct{ fakeMailer }

func (d *deferring) Send(ctx context.Context, m Message) error {
	if m.To.Domain() == "deferred.example" {
		return failing(ErrTemporary)
	}
	return d.fakeMailer.Send(ctx, m)
}

// TestDeferredMailsHoldNobodyUp: who has the server take their own mails later, as by
// a domain whose name servers are silent, does not have everybody else's wait.
func TestDeferredMailsHoldNobodyUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		mailer := &deferring{}
		q := NewQueue(mailer, QueueOptions{})
		began, deferred := time.Now(), signIn
		deferred.To = "mallory@deferred.example"
		late, sent := make(chan error, 20), make(chan error)
		for range cap(late) {
			if err := q.Enqueue(deferred, func(err error) { late <- err }); err != nil {
				t.Fatal(err)
			}
		}
		if err := q.Enqueue(signIn, func(err error) { sent <- err }); err != nil {
			t.Fatal(err)
		}
		if err := <-sent; err != nil || time.Since(began) > 0 {
			t.Errorf("sent after %s: %v", time.Since(began), err)
		}
		if err := q.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		for range cap(late) {
			if err := <-late; !errors.Is(err, ErrTemporary) {
				t.Errorf("a deferred mail: %v", err)
			}
		}
		if tried := time.Since(began); tried != 10*time.Second {
			t.Errorf("tried for %s", tried)
		}
	})
}

// slow is a mail server that looks for the recipients of one domain, whose name
// servers take their time, before it takes a mail to them.
type slow struct{ fakeMailer }

func (s *slow) Send(ctx context.Context, m Message) error {
	if m.To.Domain() == "slow.example" {
		<-ctx.Done()
		return failing(ErrTemporary)
	}
	return s.fakeMailer.Send(ctx, m)
}

// TestSlowMailsHoldNobodyUp: who has the server take long over their own mails, and
// asks for any number of them, has neither everybody else's wait, nor be refused.
func TestSlowMailsHoldNobodyUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := NewQueue(&slow{}, QueueOptions{Deadline: 10 * time.Second})
		began, to, sent := time.Now(), signIn, make(chan error)
		to.To = "mallory@slow.example"
		taken, late := 0, make(chan error, 500)
		for range cap(late) {
			if err := q.Enqueue(to, func(err error) { late <- err }); err == nil {
				taken++
			} else if !errors.Is(err, ErrFull) {
				t.Fatal(err)
			}
			synctest.Wait()
		}
		for range 10 {
			if err := q.Enqueue(signIn, func(err error) { sent <- err }); err != nil {
				t.Fatal(err)
			}
			if err := <-sent; err != nil || time.Since(began) > 0 {
				t.Fatalf("sent after %s: %v", time.Since(began), err)
			}
		}
		for range taken {
			if err := <-late; !errors.Is(err, ErrTemporary) {
				t.Errorf("a slow mail: %v", err)
			}
		}
		if took := time.Since(began); took > 10*time.Second {
			t.Errorf("the slow ones were given up after %s", took)
		}
		if err := q.Enqueue(to, func(err error) { late <- err }); err != nil {
			t.Errorf("one more: %v", err)
		}
		if err := q.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		<-late
	})
}

func TestFullQueue(t *testing.T) {
	mailer := &fakeMailer{begun: make(chan struct{}), block: make(chan struct{})}
	q := NewQueue(mailer, QueueOptions{Waiting: 2, AtOnce: 1})
	if err := q.Enqueue(signIn, nil); err != nil {
		t.Fatal(err)
	}
	<-mailer.begun // it is being sent, two may wait
	for range 2 {
		if err := q.Enqueue(signIn, nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := q.Enqueue(signIn, func(error) { t.Error("done of a mail that was not taken") }); !errors.Is(err, ErrFull) {
		t.Errorf("got %v", err)
	}
	close(mailer.block)
	go func() {
		for range 2 {
			<-mailer.begun
		}
	}()
	if err := q.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(mailer.sent) != 3 {
		t.Errorf("%d mails sent", len(mailer.sent))
	}
}

func TestCloseGivesUp(t *testing.T) {
	mailer := &fakeMailer{begun: make(chan struct{}, 9), block: make(chan struct{})}
	q := NewQueue(mailer, QueueOptions{AtOnce: 1})
	done := make(chan error, 3)
	for range 3 {
		if err := q.Enqueue(signIn, func(err error) { done <- err }); err != nil {
			t.Fatal(err)
		}
	}
	<-mailer.begun
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := q.Close(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	for range 3 {
		if err := <-done; !errors.Is(err, ErrTemporary) || !errors.Is(err, context.Canceled) {
			t.Errorf("done got %v", err)
		}
	}
	if err := q.Enqueue(signIn, nil); !errors.Is(err, ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
}

func TestWaitEndsWithQueue(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(ErrClosed)
	if err := waitReal(ctx, time.Hour); !errors.Is(err, ErrClosed) {
		t.Errorf("got %v", err)
	}
	if err := waitReal(t.Context(), 0); err != nil {
		t.Errorf("got %v", err)
	}
}

func TestQueueOverSMTP(t *testing.T) {
	server := &script{replies: map[string]string{"RCPT": "451 4.7.1 later"}}
	clock := &fakeClock{now: time.Unix(1e9, 0)}
	sender := newSender(t, Config{Server: server.start(t), TLS: Off}, Options{})
	q := NewQueue(sender, QueueOptions{Now: clock.Now, Sleep: clock.Sleep})
	done := make(chan error, 1)
	if err := q.Enqueue(signIn, func(err error) { done <- err }); err != nil {
		t.Fatal(err)
	}
	if err := <-done; !errors.Is(err, ErrTemporary) {
		t.Errorf("got %v", err)
	}
	if n := server.saw("RCPT"); n != 3 {
		t.Errorf("%d attempts", n)
	}
	if err := q.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestUnknownDeliveryIsNotRepeated(t *testing.T) {
	server := &script{replies: map[string]string{".": ""}}
	sender := newSender(t, Config{Server: server.start(t), TLS: Off}, Options{})
	q := NewQueue(sender, QueueOptions{})
	done := make(chan error, 1)
	if err := q.Enqueue(signIn, func(err error) { done <- err }); err != nil {
		t.Fatal(err)
	}
	if err := q.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := <-done; !errors.Is(err, ErrUnknown) || server.saw("DATA") != 1 {
		t.Errorf("got %v after %d attempts", err, server.saw("DATA"))
	}
}
