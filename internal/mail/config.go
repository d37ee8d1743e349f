package mail

import (
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	netmail "net/mail"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
)

// TLSMode says how the connection to the mail server is protected.
type TLSMode string

// The modes. There is no mode that tries TLS and falls back to plain text.
const (
	StartTLS TLSMode = "starttls" // plain text until STARTTLS, which must succeed (RFC 3207)
	Implicit TLSMode = "implicit" // TLS from the first byte (RFC 8314)
	Off      TLSMode = "off"      // plain text; on loopback only
)

// Config is the operator's "mail" block.
type Config struct {
	From     string  // "Name <address>" or an address
	Server   string  // host:port
	TLS      TLSMode // empty: StartTLS, on port 465 Implicit
	Username string  // empty: no authentication
	Password string
	HELO     string // name to greet the server with; empty: the domain of From
}

// Options are what a [Sender] is given besides its configuration; a zero field
// stands for its default.
type Options struct {
	Logger  *slog.Logger     // default: discards
	Timeout time.Duration    // for one mail from dial to answer; default 20 s
	RootCAs *x509.CertPool   // default: the system's
	Now     func() time.Time // for the Date header; default time.Now
}

// DefaultTimeout bounds one attempt to send.
const DefaultTimeout = 20 * time.Second

func (o Options) withDefaults() Options {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Timeout <= 0 {
		o.Timeout = DefaultTimeout
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

// server is a Config that was found sound.
type server struct {
	from     netmail.Address
	domain   string // of from
	host     string
	port     int
	tls      TLSMode
	username string
	password string
	helo     string
}

// parse checks the form of a configuration. Errors name the option as it is
// written in the Caddyfile, what is wrong and what to write instead.
func (c Config) parse() (server, error) {
	s := server{username: c.Username, password: c.Password, helo: c.HELO}
	if err := s.parseFrom(c.From); err != nil {
		return server{}, err
	}
	if err := s.parseServer(c.Server); err != nil {
		return server{}, err
	}
	if err := s.parseTLS(c.TLS); err != nil {
		return server{}, err
	}
	if (c.Username == "") != (c.Password == "") {
		return server{}, errors.New("mail smtp: username and password go together; write both or neither")
	}
	if s.helo == "" {
		s.helo = s.domain
	}
	if !isHELO(s.helo) {
		return server{}, fmt.Errorf("mail smtp helo: %q is no host name; write one like gateway.msp.example", s.helo)
	}
	return s, nil
}

const fromHint = `write an address or "Help Desk <desk@msp.example>"`

func (s *server) parseFrom(text string) error {
	if text == "" {
		return fmt.Errorf("mail from: it is missing; %s", fromHint)
	}
	from, err := netmail.ParseAddress(text)
	if err != nil {
		return fmt.Errorf("mail from: %q cannot be read; %s", text, fromHint)
	}
	address, err := directory.ParseAddress(from.Address)
	if err != nil {
		return fmt.Errorf("mail from: %q: %w; %s", text, err, fromHint)
	}
	if hasControl(from.Name) {
		return fmt.Errorf("mail from: the name has a control character; %s", fromHint)
	}
	s.from = netmail.Address{Name: from.Name, Address: string(address)}
	s.domain = address.Domain()
	return nil
}

func (s *server) parseServer(text string) error {
	const hint = "write host:port, as in smtp.msp.example:587"
	host, port, ok := SplitServer(text)
	if !ok {
		return fmt.Errorf("mail smtp: %q is no server; %s", text, hint)
	}
	s.host, s.port = host, port
	return nil
}

// SplitServer takes the address of a mail server apart: a host in ASCII and a
// port, 1 to 65535.
func SplitServer(text string) (host string, port int, ok bool) {
	host, service, err := net.SplitHostPort(text)
	if err != nil || host == "" || strings.ContainsFunc(host, func(r rune) bool { return r <= ' ' || r == '/' || r > '~' }) {
		return "", 0, false
	}
	number, err := strconv.ParseUint(service, 10, 16)
	return host, int(number), err == nil && number > 0
}

func (s *server) parseTLS(mode TLSMode) error {
	if mode == "" {
		mode = StartTLS
		if s.port == 465 {
			mode = Implicit
		}
	}
	switch mode {
	case StartTLS, Implicit:
	case Off:
		if !isLoopback(s.host) {
			return fmt.Errorf("mail smtp tls: off is for a server on loopback, not %s; write starttls or implicit", s.host)
		}
	default:
		return fmt.Errorf("mail smtp tls: unknown mode %q; write starttls, implicit or off", mode)
	}
	s.tls = mode
	return nil
}

func isLoopback(host string) bool {
	if addr, err := netip.ParseAddr(host); err == nil {
		return addr.IsLoopback()
	}
	host = strings.ToLower(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost")
}

// isHELO admits what EHLO takes (RFC 5321, 4.1.1.1): a domain or an address
// literal.
func isHELO(name string) bool {
	return name != "" && len(name) <= 255 && !strings.ContainsFunc(name, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-.[]:", r))
	})
}
