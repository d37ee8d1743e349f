package outbox

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/emersion/go-smtp"
)

// Bounds of what a client may send.
const (
	maxMail       = 1 << 20 // bytes
	maxRecipients = 50
	idleTimeout   = 30 * time.Second
)

// Options of a [Server]; a zero field stands for its default.
type Options struct {
	// Limit is how many mails are kept, the newest; default 200.
	Limit int
	// TLSConfig offers STARTTLS where it is set. For implicit TLS serve a
	// listener of [tls.NewListener].
	TLSConfig *tls.Config
	// Username and Password ask for AUTH PLAIN or LOGIN before mail is taken;
	// no Username: none is asked for. With a TLSConfig only inside TLS.
	Username, Password string
	Now                func() time.Time // default time.Now
	Logger             *slog.Logger     // default: discards
}

// Server takes mail by SMTP and keeps it. It may be used by several
// goroutines.
type Server struct {
	options Options
	smtp    *smtp.Server

	mu      sync.Mutex
	lastID  int
	mails   []Mail        // oldest first
	arrived chan struct{} // closed and replaced at every arrival

	listener net.Listener // nil before Serve
	closed   bool
}

// New returns a Server that does not listen yet.
func New(options Options) *Server {
	if options.Limit <= 0 {
		options.Limit = 200
	}
	if options.Now == nil {
		options.Now = time.Now
	}
	if options.Logger == nil {
		options.Logger = slog.New(slog.DiscardHandler)
	}
	s := &Server{options: options, arrived: make(chan struct{})}
	s.smtp = smtp.NewServer(smtp.BackendFunc(s.newSession))
	s.smtp.Domain = "localhost"
	s.smtp.MaxMessageBytes = maxMail
	s.smtp.MaxRecipients = maxRecipients
	s.smtp.ReadTimeout = idleTimeout
	s.smtp.WriteTimeout = idleTimeout
	s.smtp.TLSConfig = options.TLSConfig
	s.smtp.AllowInsecureAuth = options.TLSConfig == nil
	s.smtp.ErrorLog = slog.NewLogLogger(options.Logger.Handler(), slog.LevelWarn)
	return s
}

// Serve takes connections until [Server.Close], and then returns nil. A
// listener that is not on loopback is refused.
func (s *Server) Serve(l net.Listener) error {
	addr, err := netip.ParseAddrPort(l.Addr().String())
	if err != nil || !addr.Addr().IsLoopback() {
		return fmt.Errorf("serving the outbox on %s: it is for loopback only", l.Addr())
	}
	if !s.listen(l) {
		return l.Close()
	}
	if err := s.smtp.Serve(l); err != nil && !errors.Is(err, net.ErrClosed) {
		return fmt.Errorf("serving the outbox on %s: %w", l.Addr(), err)
	}
	return nil
}

// listen notes the listener, so that a Close that comes before the server
// below knows of it ends it all the same. It reports false after Close.
func (s *Server) listen(l net.Listener) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.listener = l
	return !s.closed
}

// Close stops listening and ends all connections. The mails stay readable.
func (s *Server) Close() error {
	s.mu.Lock()
	listener := s.listener
	s.closed = true
	s.mu.Unlock()
	if listener != nil {
		defer listener.Close() // mostly closed by then
	}
	if err := s.smtp.Close(); err != nil && !errors.Is(err, smtp.ErrServerClosed) {
		return fmt.Errorf("closing the outbox: %w", err)
	}
	return nil
}

// Mails returns the mails that are kept, newest first.
func (s *Server) Mails() []Mail {
	s.mu.Lock()
	defer s.mu.Unlock()
	mails := slices.Clone(s.mails)
	slices.Reverse(mails)
	return mails
}

// Wait returns the newest mail that is wanted, at once where it is there
// already, else as soon as it arrives. The error is the context's.
func (s *Server) Wait(ctx context.Context, wanted func(Mail) bool) (Mail, error) {
	for {
		s.mu.Lock()
		arrived := s.arrived
		s.mu.Unlock()
		mails := s.Mails()
		if i := slices.IndexFunc(mails, wanted); i >= 0 {
			return mails[i], nil
		}
		select {
		case <-arrived:
		case <-ctx.Done():
			return Mail{}, fmt.Errorf("waiting for a mail: %w", ctx.Err())
		}
	}
}

func (s *Server) keep(m Mail) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lastID++
	m.ID = s.lastID
	s.mails = append(s.mails, m)
	if drop := len(s.mails) - s.options.Limit; drop > 0 {
		s.mails = slices.Clone(s.mails[drop:])
	}
	close(s.arrived)
	s.arrived = make(chan struct{})
}

// find returns a mail by its id.
func (s *Server) find(id int) (Mail, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.IndexFunc(s.mails, func(m Mail) bool { return m.ID == id })
	if i < 0 {
		return Mail{}, false
	}
	return s.mails[i], true
}

// session is one connection's: it gathers the envelope and then the mail.
type session struct {
	server   *Server
	conn     *smtp.Conn
	username string // empty until AUTH succeeded
	from     string
	to       []string
}

func (s *Server) newSession(c *smtp.Conn) (smtp.Session, error) {
	session := &session{server: s, conn: c}
	if s.options.Username == "" {
		return openSession{session}, nil
	}
	return session, nil
}

func (s *session) Reset()        { s.from, s.to = "", nil }
func (s *session) Logout() error { return nil }

func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	if s.server.options.Username != "" && s.username == "" {
		return &smtp.SMTPError{Code: 530, EnhancedCode: smtp.EnhancedCode{5, 7, 0}, Message: "Authentication required"}
	}
	s.from = from
	return nil
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.to = append(s.to, to)
	return nil
}

func (s *session) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	m, err := parse(raw)
	if err != nil {
		return &smtp.SMTPError{Code: 554, EnhancedCode: smtp.EnhancedCode{5, 6, 0},
			Message: "Not a mail: " + strings.Join(strings.Fields(err.Error()), " ")}
	}
	m.EnvelopeFrom, m.Recipients, m.Username = s.from, slices.Clone(s.to), s.username
	_, m.TLS = s.conn.TLSConnectionState()
	m.Received = s.server.options.Now()
	s.server.keep(m)
	return nil
}
