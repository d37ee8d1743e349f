package mail

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/rescue"
)

// Errors of a [Queue].
var (
	ErrFull   = errors.New("too many mails are waiting to be sent")
	ErrClosed = errors.New("the mail queue is closed")
)

// Mailer is what a Queue sends with: a [Sender], or a test's own.
type Mailer interface {
	Send(ctx context.Context, m Message) error
	NewMessageID() string
}

// QueueOptions of a [Queue]; a zero field stands for its default.
type QueueOptions struct {
	Waiting  int           // mails that may wait for a worker; default 64
	Workers  int           // mails sent at once, to one domain all but one; default 5
	Tries    int           // attempts a mail; default 3
	Deadline time.Duration // from Enqueue to the last attempt's end; default 60 s
	// Backoff is the wait after the nth failed attempt, n from 1; default 2 s,
	// 8 s, 32 s and so on.
	Backoff func(n int) time.Duration
	Now     func() time.Time                                 // default time.Now
	Sleep   func(ctx context.Context, d time.Duration) error // default a timer
	Logger  *slog.Logger                                     // default: discards
}

func (o QueueOptions) withDefaults() QueueOptions {
	if o.Waiting <= 0 {
		o.Waiting = 64
	}
	if o.Workers <= 0 {
		o.Workers = 5
	}
	if o.Tries <= 0 {
		o.Tries = 3
	}
	if o.Deadline <= 0 {
		o.Deadline = time.Minute
	}
	if o.Backoff == nil {
		o.Backoff = func(n int) time.Duration { return 2 * time.Second << (2 * min(n-1, 5)) }
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Sleep == nil {
		o.Sleep = waitReal
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return o
}

// Queue sends mails off the request. Each is handed over exactly once, or not
// at all: only a failure that is known to have delivered nothing is retried.
// It may be used by several goroutines.
type Queue struct {
	mailer  Mailer
	options QueueOptions
	jobs    chan job
	sending chan struct{}   // holds one for each attempt under way
	asides  chan struct{}   // and one for each mail that a worker has set aside
	most    int             // mails sent at once to one domain
	workers sync.WaitGroup  // with those who try again what they set aside
	ctx     context.Context // ends when Close gives up draining
	abandon context.CancelCauseFunc

	mu     sync.Mutex
	closed bool
	shares map[string]*share // by the domain that they are of
}

type job struct {
	message  Message
	share    *share
	deadline time.Time
	done     func(error)
}

// share is what the mails to one domain have of a queue: never all of it. A server
// that looks for the recipients before it takes a mail takes as long as they like.
type share struct {
	domain  string
	held    int           // mails that were taken and are not done with
	sending chan struct{} // holds one for each attempt under way
}

// NewQueue starts the workers; [Queue.Close] ends them.
func NewQueue(mailer Mailer, options QueueOptions) *Queue {
	q := &Queue{mailer: mailer, options: options.withDefaults()}
	q.jobs, q.shares = make(chan job, q.options.Waiting), map[string]*share{}
	q.most = max(q.options.Workers-1, 1)
	q.sending, q.asides = make(chan struct{}, q.options.Workers), make(chan struct{}, q.options.Waiting)
	q.ctx, q.abandon = context.WithCancelCause(context.Background())
	for range q.options.Workers {
		q.workers.Go(func() {
			for j := range q.jobs {
				q.work(j)
			}
		})
	}
	return q
}

// Enqueue takes a mail and returns at once; [ErrFull] or [ErrClosed] say that
// it was not taken. done, which may be nil, is called once for a mail that was
// taken, on the worker that sent it, with nil or the last attempt's [*Error].
func (q *Queue) Enqueue(m Message, done func(error)) error {
	if m.MessageID == "" {
		m.MessageID = q.mailer.NewMessageID()
	}
	if done == nil {
		done = func(error) {}
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return ErrClosed
	}
	s := q.shares[m.To.Domain()]
	if s == nil {
		s = &share{domain: m.To.Domain(), sending: make(chan struct{}, q.most)}
	}
	if s.held == q.options.Waiting+q.most { // as many as can be set aside, and sent
		return ErrFull
	}
	select {
	case q.jobs <- job{m, s, q.options.Now().Add(q.options.Deadline), done}:
		s.held++
		q.shares[s.domain] = s
		return nil
	default:
		return ErrFull
	}
}

// over takes a mail that is done with off its domain's share.
func (q *Queue) over(s *share) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if s.held--; s.held == 0 {
		delete(q.shares, s.domain)
	}
}

// Close takes no more mails and waits until those that were taken are sent or
// given up. When ctx ends first, what is under way is broken off, every done is
// called all the same, and the error says so.
func (q *Queue) Close(ctx context.Context) error {
	q.mu.Lock()
	if !q.closed {
		q.closed = true
		close(q.jobs)
	}
	q.mu.Unlock()
	stop := context.AfterFunc(ctx, func() { q.abandon(ErrClosed) })
	defer stop()
	q.workers.Wait()
	if q.ctx.Err() != nil {
		return fmt.Errorf("draining the mail queue: %w", context.Cause(ctx))
	}
	return nil
}

// work delivers a mail, or sets it aside where it is to be tried again later, or
// others to its domain are sent: a server that takes the mails to one domain later,
// or slowly, must not have all others wait.
func (q *Queue) work(j job) {
	free := make(chan struct{})
	q.workers.Go(func() {
		leave := sync.OnceFunc(func() { close(free) })
		defer leave()
		q.deliver(j, leave)
	})
	<-free
}

// aside lets the worker of a mail go, as long as not too many were set aside, and
// returns what is called when that is over.
func (q *Queue) aside(leave func()) (back func()) {
	select {
	case q.asides <- struct{}{}:
		leave()
		return func() { <-q.asides }
	default:
		return func() {}
	}
}

// deliver sends a mail, or gives it up. A panic on the way must not end the
// process; whether the mail was delivered is not known then.
func (q *Queue) deliver(j job, leave func()) {
	err := rescue.Do(func() error { return q.attempts(j, leave) })
	q.over(j.share)
	if p, panicked := errors.AsType[*rescue.Panic](err); panicked {
		q.lost(j, p)
		err = &Error{Outcome: ErrUnknown, text: p.Error(), cause: p}
	}
	if err != nil {
		q.options.Logger.Warn("mail not sent", "message_id", j.message.MessageID, "error", err)
	}
	noted := rescue.Do(func() error { j.done(err); return nil })
	if p, panicked := errors.AsType[*rescue.Panic](noted); panicked {
		q.lost(j, p)
	}
}

func (q *Queue) lost(j job, p *rescue.Panic) {
	q.options.Logger.Error("the work on a mail panicked", "message_id", j.message.MessageID, "error", p, "stack", string(p.Stack))
}

// attempts sends a mail until it is sent, must not or need not be tried again,
// or its time is over.
func (q *Queue) attempts(j job, leave func()) error {
	back := func() {}
	defer func() { back() }()
	aside := sync.OnceFunc(func() { back = q.aside(leave) })
	for n := 1; ; n++ {
		err := q.attempt(j, aside)
		if !errors.Is(err, ErrTemporary) || n == q.options.Tries {
			return err
		}
		wait := q.options.Backoff(n)
		if !q.options.Now().Add(wait).Before(j.deadline) {
			return err
		}
		q.options.Logger.Info("mail will be tried again", "message_id", j.message.MessageID, "attempt", n, "wait", wait, "error", err)
		aside()
		if q.options.Sleep(q.ctx, wait) != nil {
			return err
		}
	}
}

// attempt sends once, within what is left of the mail's time. aside is called where
// others to its domain come first.
func (q *Queue) attempt(j job, aside func()) error {
	select {
	case j.share.sending <- struct{}{}:
	default:
		aside()
		j.share.sending <- struct{}{}
	}
	defer func() { <-j.share.sending }()
	q.sending <- struct{}{}
	defer func() { <-q.sending }()
	left := j.deadline.Sub(q.options.Now())
	if left <= 0 || q.ctx.Err() != nil {
		return &Error{Outcome: ErrTemporary, text: "its time was over before it could be sent", cause: q.ctx.Err()}
	}
	ctx, cancel := context.WithTimeout(q.ctx, left)
	defer cancel()
	return q.mailer.Send(ctx, j.message)
}

// waitReal waits for d, or returns the cause of the context's end.
func waitReal(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
