package mail

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/wneessen/go-mail/smtp"
)

// mechanism is one way to authenticate (RFC 4954).
type mechanism struct {
	name string
	make func(s server) smtp.Auth
}

// mechanisms, best first. PLAIN and LOGIN show the server the password, and run
// inside TLS or on loopback only; CRAM-MD5 makes the server keep it in plain
// text and so comes last.
var mechanisms = []mechanism{
	{"SCRAM-SHA-256", func(s server) smtp.Auth { return bounds{smtp.ScramSHA256Auth(s.username, s.password)} }},
	{"SCRAM-SHA-1", func(s server) smtp.Auth { return bounds{smtp.ScramSHA1Auth(s.username, s.password)} }},
	{"PLAIN", func(s server) smtp.Auth { return smtp.PlainAuth("", s.username, s.password, s.host, s.tls == Off) }},
	{"LOGIN", func(s server) smtp.Auth { return smtp.LoginAuth(s.username, s.password, s.host, s.tls == Off) }},
	{"CRAM-MD5", func(s server) smtp.Auth { return smtp.CRAMMD5Auth(s.username, s.password) }},
}

// login authenticates by the best of the mechanisms that a server offers, and by
// none beside them: what the library would go on to is not bounded.
type login struct {
	server server
	chosen smtp.Auth
}

// Start implements smtp.Auth.
func (l *login) Start(info *smtp.ServerInfo) (string, []byte, error) {
	for _, m := range mechanisms {
		if slices.Contains(info.Auth, m.name) {
			l.chosen = m.make(l.server)
			return l.chosen.Start(info)
		}
	}
	return "", nil, errors.New("the server offers no way to authenticate that is known here")
}

// Next implements smtp.Auth.
func (l *login) Next(challenge []byte, more bool) ([]byte, error) {
	return l.chosen.Next(challenge, more)
}

// maxIterations bounds what a server may have a password hashed by: a second or
// so, which no context would end before. RFC 7677, section 4, wants 4096.
const maxIterations = 1_000_000

// bounds are those of SCRAM, whose server chooses the iterations (RFC 5802,
// 5.1).
type bounds struct{ smtp.Auth }

func (b bounds) Next(challenge []byte, more bool) ([]byte, error) {
	for field := range bytes.SplitSeq(challenge, []byte{','}) {
		written, found := bytes.CutPrefix(field, []byte("i="))
		if n, err := strconv.Atoi(string(written)); found && more && (err != nil || n < 1 || n > maxIterations) {
			return nil, fmt.Errorf("the server wants the password hashed by more than %d iterations", maxIterations)
		}
	}
	return b.Auth.Next(challenge, more)
}
