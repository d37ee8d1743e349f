package mail

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"io"
	"net"
	"net/textproto"
	"os"
	"strings"

	gomail "github.com/wneessen/go-mail"
)

// Outcomes of an attempt that did not succeed. An [Error] is exactly one of
// them for errors.Is.
var (
	// ErrTemporary: nothing was delivered, and trying again may help.
	ErrTemporary = errors.New("mail not sent, for now")
	// ErrPermanent: nothing was delivered, and trying again will not help
	// before somebody changes something.
	ErrPermanent = errors.New("mail not sent")
	// ErrUnknown: the mail was handed over whole and the server's answer did
	// not come. It may have been delivered, so it must not be sent again.
	ErrUnknown = errors.New("mail sent, but not confirmed by the server")
)

// Error is why a mail was not sent, or not known to be. Its text never
// contains the password.
type Error struct {
	// Outcome is ErrTemporary, ErrPermanent or ErrUnknown.
	Outcome error
	// Code is the server's reply code (RFC 5321, 4.2); 0: none came.
	Code  int
	text  string
	cause error // the context's error, if that ended the attempt
}

func (e *Error) Error() string { return e.Outcome.Error() + ": " + e.text }

// Unwrap makes the outcome, and a context that ended, known to errors.Is. The
// library's errors stay inside: their texts are not scrubbed.
func (e *Error) Unwrap() []error {
	if e.cause == nil {
		return []error{e.Outcome}
	}
	return []error{e.Outcome, e.cause}
}

// failure makes the typed error of err. The first rule that applies decides.
func (s *Sender) failure(ctx context.Context, doing string, err error) *Error {
	e := &Error{Code: replyCode(err), cause: ctx.Err(), text: s.scrub(doing + ": " + err.Error())}
	var sent *gomail.SendError
	switch {
	case e.Code >= 500:
		e.Outcome = ErrPermanent
	case e.Code >= 400:
		e.Outcome = ErrTemporary
	case errors.As(err, &sent) && sent.Reason == gomail.ErrSMTPDataClose:
		e.Outcome = ErrUnknown
	case errors.As(err, &sent), e.cause != nil, isNetwork(err):
		e.Outcome = ErrTemporary
	default:
		e.Outcome = ErrPermanent
	}
	if e.cause != nil && e.Code == 0 {
		e.text = s.scrub(doing + ": " + context.Cause(ctx).Error())
	}
	return e
}

// replyCode is the server's refusal, 4xx or 5xx; 0 for any other error.
func replyCode(err error) int {
	var reply *textproto.Error
	var sent *gomail.SendError
	code := 0
	if errors.As(err, &reply) {
		code = reply.Code
	} else if errors.As(err, &sent) {
		code = sent.ErrorCode()
	}
	if code < 400 || code > 599 {
		return 0
	}
	return code
}

// isNetwork reports whether the connection failed, other than by what its TLS
// is: a certificate does not get better within a minute.
func isNetwork(err error) bool {
	var certificate *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	if errors.As(err, &certificate) || errors.As(err, &record) {
		return false
	}
	var network net.Error
	return errors.As(err, &network) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, net.ErrClosed) || errors.Is(err, os.ErrDeadlineExceeded)
}

// scrub takes the password out of a text, as it is and as AUTH spells it, and
// makes one line of it.
func (s *Sender) scrub(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if s.server.password == "" {
		return text
	}
	plain := "\x00" + s.server.username + "\x00" + s.server.password
	for _, secret := range []string{s.server.password, base64.StdEncoding.EncodeToString([]byte(s.server.password)),
		base64.StdEncoding.EncodeToString([]byte(plain))} {
		text = strings.ReplaceAll(text, secret, "[password]")
	}
	return text
}
