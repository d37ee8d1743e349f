package mail

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
)

// panickyMailer panics over one mail.
type panickyMailer struct{ fakeMailer }

func (m *panickyMailer) Send(ctx context.Context, msg Message) error {
	if msg.Subject == "panic" {
		panic("a bug over an answer")
	}
	return m.fakeMailer.Send(ctx, msg)
}

// TestPanicOverAMail costs that mail alone: nobody knows whether it was sent, so
// it is not sent again; the others go on. So does a panic over what became of it.
func TestPanicOverAMail(t *testing.T) {
	var log bytes.Buffer
	m := &panickyMailer{}
	q := NewQueue(m, QueueOptions{AtOnce: 1, Logger: slog.New(slog.NewTextHandler(&log, nil))})
	panicked, sent := make(chan error, 1), make(chan error, 1)
	for _, c := range []struct {
		subject string
		done    func(error)
	}{
		{"panic", func(err error) { panicked <- err }},
		{"first", func(error) { panic("a bug in the notes") }},
		{"second", func(err error) { sent <- err }},
	} {
		if err := q.Enqueue(Message{Subject: c.subject}, c.done); err != nil {
			t.Fatal(err)
		}
	}
	if err := q.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := <-panicked; !errors.Is(err, ErrUnknown) {
		t.Errorf("after a panic: %v", err)
	}
	if err := <-sent; err != nil {
		t.Error(err)
	}
	if len(m.sent) != 2 {
		t.Errorf("%d mails were sent", len(m.sent))
	}
	for _, part := range []string{"a bug over an answer", "a bug in the notes", "panic_test.go"} {
		if !strings.Contains(log.String(), part) {
			t.Errorf("no %q in\n%s", part, &log)
		}
	}
}
