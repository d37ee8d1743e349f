package mail

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"strconv"
	"time"

	gomail "github.com/wneessen/go-mail"
	"github.com/wneessen/go-mail/smtp"
)

// errTimeout is the cause of an attempt that took longer than Options.Timeout.
var errTimeout = fmt.Errorf("the mail server took too long: %w", context.DeadlineExceeded)

// Sender sends mails to one server, one connection a mail. It may be used by
// several goroutines.
type Sender struct {
	server  server
	options Options
}

// New checks the configuration's form; it does not connect, so that a mail
// server that is down does not stop a start. The error names the option.
func New(config Config, options Options) (*Sender, error) {
	server, err := config.parse()
	if err != nil {
		return nil, err
	}
	return &Sender{server, options.withDefaults()}, nil
}

// Domain is that of the From address, for Message-IDs.
func (s *Sender) Domain() string { return s.server.domain }

// NewMessageID returns a Message-ID for mails of this sender.
func (s *Sender) NewMessageID() string { return newMessageID(s.server.domain) }

// Send hands one mail to the server and returns nil once it took it. Any
// other end is an [*Error]. The context bounds all of it, and so does
// Options.Timeout.
func (s *Sender) Send(ctx context.Context, m Message) error {
	if err := m.check(); err != nil {
		return &Error{Outcome: ErrPermanent, text: err.Error()}
	}
	msg := m.compose(s.server.from, s.server.domain, s.options.Now())
	return s.connected(ctx, func(ctx context.Context, client *gomail.Client, conn *smtp.Client) error {
		err := client.SendWithSMTPClient(conn, msg)
		if err == nil || msg.IsDelivered() {
			return nil
		}
		return s.failure(ctx, "sending over "+s.address(), err)
	})
}

// Check does what Send does before the first mail: it connects, greets,
// protects and authenticates. nil says that mail could be sent now; else an
// [*Error]. It costs a connection: callers keep the answer for a while.
func (s *Sender) Check(ctx context.Context) error {
	return s.connected(ctx, func(context.Context, *gomail.Client, *smtp.Client) error { return nil })
}

// connected runs use on a new connection, which ends with the context. QUIT is
// said only after success: after a failure in the midst of a mail's content it
// would end the content and so send the stump.
func (s *Sender) connected(ctx context.Context, use func(context.Context, *gomail.Client, *smtp.Client) error) error {
	ctx, cancel := context.WithTimeoutCause(ctx, s.options.Timeout, errTimeout)
	defer cancel()
	line := &line{ctx: ctx}
	defer line.close()
	client, err := s.client(line)
	if err != nil {
		return s.failure(ctx, "preparing to send", err)
	}
	conn, err := client.DialToSMTPClientWithContext(ctx)
	if err != nil {
		return s.failure(ctx, "connecting to "+s.address(), err)
	}
	if err := use(ctx, client, conn); err != nil {
		return err
	}
	if err := conn.Quit(); err != nil {
		s.options.Logger.DebugContext(ctx, "mail server did not answer QUIT", "server", s.address())
	}
	return nil
}

func (s *Sender) address() string {
	return net.JoinHostPort(s.server.host, strconv.Itoa(s.server.port))
}

// client configures the library for one connection; it keeps state while it
// authenticates and so is not shared. WithSSL and WithSSLPort stay unused:
// implicit TLS is the dial's business, and what the library does with them is
// to fall back to plain text, or to believe the connection to be plain.
func (s *Sender) client(line *line) (*gomail.Client, error) {
	tlsConfig := &tls.Config{ServerName: s.server.host, RootCAs: s.options.RootCAs, MinVersion: tls.VersionTLS12}
	policy := gomail.NoTLS
	switch s.server.tls {
	case StartTLS:
		policy = gomail.TLSMandatory
	case Implicit:
		line.tls = tlsConfig
	}
	options := []gomail.Option{
		gomail.WithPort(s.server.port), gomail.WithHELO(s.server.helo),
		gomail.WithTimeout(s.options.Timeout + time.Second), // the context comes first
		gomail.WithTLSPolicy(policy), gomail.WithTLSConfig(tlsConfig),
		gomail.WithDialContextFunc(line.dial), gomail.WithoutNoop(), gomail.WithoutRset(),
	}
	if s.server.username != "" {
		options = append(options, gomail.WithSMTPAuthCustom(&login{server: s.server}))
	}
	return gomail.NewClient(s.server.host, options...)
}
