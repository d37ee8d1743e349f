package outbox

import (
	"crypto/subtle"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// openSession is a session of a server that asks for no password: it hides
// AuthMechanisms, so that AUTH is not offered.
type openSession struct{ smtp.Session }

// AuthMechanisms and Auth make AUTH known to the server library.
func (s *session) AuthMechanisms() []string { return []string{sasl.Plain, sasl.Login} }

func (s *session) Auth(mechanism string) (sasl.Server, error) {
	switch mechanism {
	case sasl.Plain:
		return sasl.NewPlainServer(func(_, username, password string) error {
			return s.authenticate(username, password)
		}), nil
	case sasl.Login:
		return &loginServer{authenticate: s.authenticate}, nil
	}
	return nil, smtp.ErrAuthUnknownMechanism
}

func (s *session) authenticate(username, password string) error {
	o := s.server.options
	same := subtle.ConstantTimeCompare([]byte(username), []byte(o.Username)) &
		subtle.ConstantTimeCompare([]byte(password), []byte(o.Password))
	if same != 1 {
		return smtp.ErrAuthFailed
	}
	s.username = username
	return nil
}

// loginServer speaks the LOGIN mechanism (draft-murchison-sasl-login), which
// the sasl package has for clients only.
type loginServer struct {
	authenticate func(username, password string) error
	username     string
	step         int
}

func (l *loginServer) Next(response []byte) (challenge []byte, done bool, err error) {
	l.step++
	switch {
	case l.step == 1 && response == nil:
		l.step = 0 // no initial response: the name comes next
		return []byte("Username:"), false, nil
	case l.step == 1:
		l.username = string(response)
		return []byte("Password:"), false, nil
	case l.step == 2:
		return nil, true, l.authenticate(l.username, string(response))
	}
	return nil, false, sasl.ErrUnexpectedClientResponse
}
