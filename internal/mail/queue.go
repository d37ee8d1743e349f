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
	Waiting  int           // mails to one domain that may wait to be sent, or sent again, and as many to all others; default 64
	AtOnce   int           // mails sent at once, to one domain all but one; default 5
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
	if o.AtOnce <= 0 {
		o.AtOnce = 5
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
//
// A server that takes the mails to one domain later, or slowly, must not have all
// others wait: whoever lets it look for recipients decides how long that takes. So
// one domain never has the whole queue, and a mail that waits for its next attempt
// has no place among those that are sent.
type Queue struct {
	mailer  Mailer
	options QueueOptions
	sending chan struct{}  // holds one for each attempt under way
	work    sync.WaitGroup // on mails that were taken
	ctx     context.Context
	abandon context.CancelCauseFunc // of ctx: when Close gives up draining

	mu     sync.Mutex
	closed bool
	held   int               // mails that were taken and are not done with
	shares map[string]*share // by the domain that they are of
}

type job struct {
	message  Message
	share    *share
	deadline time.Time
	done     func(error)
}

// share is what the mails to one domain have of a queue.
type share struct {
	held    int
	sending chan struct{} // as the queue's
}

// NewQueue makes a queue that [Queue.Close] ends.
func NewQueue(mailer Mailer, options QueueOptions) *Queue {
	q := &Queue{mailer: mailer, options: options.withDefaults(), shares: map[string]*share{}}
	q.sending = make(chan struct{}, q.options.AtOnce)
	q.ctx, q.abandon = context.WithCancelCause(context.Background())
	return q
}

// Enqueue takes a mail and returns at once; [ErrFull] or [ErrClosed] say that
// it was not taken. done, which may be nil, is called once for a mail that was
// taken, after its last attempt, with nil or the last attempt's [*Error].
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
	share, ok := q.take(m.To.Domain())
	if !ok {
		return ErrFull
	}
	j := job{m, share, q.options.Now().Add(q.options.Deadline), done}
	q.work.Go(func() { q.deliver(j) })
	return nil
}

// take makes room for a mail to a domain, as long as there is some.
func (q *Queue) take(domain string) (*share, bool) {
	most := max(q.options.AtOnce-1, 1)
	s := q.shares[domain]
	if s == nil {
		s = &share{sending: make(chan struct{}, most)}
	}
	if s.held == q.options.Waiting+most || q.held == 2*q.options.Waiting+q.options.AtOnce {
		return nil, false
	}
	s.held++
	q.held++
	q.shares[domain] = s
	return s, true
}

// giveBack is called for a mail that is done with.
func (q *Queue) giveBack(j job) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.held--
	if j.share.held--; j.share.held == 0 {
		delete(q.shares, j.message.To.Domain())
	}
}

// Close takes no more mails and waits until those that were taken are sent or
// given up. When ctx ends first, what is under way is broken off, every done is
// called all the same, and the error says so.
func (q *Queue) Close(ctx context.Context) error {
	q.mu.Lock()
	q.closed = true
	q.mu.Unlock()
	stop := context.AfterFunc(ctx, func() { q.abandon(ErrClosed) })
	defer stop()
	q.work.Wait()
	if q.ctx.Err() != nil {
		return fmt.Errorf("draining the mail queue: %w", context.Cause(ctx))
	}
	return nil
}

// deliver sends a mail, or gives it up. A panic on the way must not end the
// process; whether the mail was delivered is not known then.
func (q *Queue) deliver(j job) {
	err := rescue.Do(func() error { return q.attempts(j) })
	q.giveBack(j)
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
func (q *Queue) attempts(j job) error {
	for n := 1; ; n++ {
		err := q.attempt(j)
		if !errors.Is(err, ErrTemporary) || n == q.options.Tries {
			return err
		}
		wait := q.options.Backoff(n)
		if !q.options.Now().Add(wait).Before(j.deadline) {
			return err
		}
		q.options.Logger.Info("mail will be tried again", "message_id", j.message.MessageID, "attempt", n, "wait", wait, "error", err)
		if q.options.Sleep(q.ctx, wait) != nil {
			return err
		}
	}
}

// attempt sends once, within what is left of the mail's time.
func (q *Queue) attempt(j job) error {
	for _, place := range []chan struct{}{j.share.sending, q.sending} {
		place <- struct{}{}
		defer func() { <-place }()
	}
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
