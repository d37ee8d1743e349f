package mail

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/outbox"
)

const (
	testUser     = "desk"
	testPassword = "violet kettle drums"
)

// authority returns a pool with one self-signed certificate for a host name,
// and the server's side of it.
func authority(t *testing.T, host string) (*x509.CertPool, *tls.Config) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: host}, DNSNames: []string{host},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(certificate)
	return pool, &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}, MinVersion: tls.VersionTLS12}
}

// listen opens a loopback port and returns it with its address under the name
// localhost.
func listen(t *testing.T) (net.Listener, string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return l, net.JoinHostPort("localhost", port)
}

// startOutbox runs a real mail server until the test ends.
func startOutbox(t *testing.T, l net.Listener, options outbox.Options) *outbox.Server {
	t.Helper()
	s := outbox.New(options)
	served := make(chan error, 1)
	go func() { served <- s.Serve(l) }()
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	return s
}

// script is a mail server that misbehaves. A reply replaces the usual one of
// its command; "" closes the connection instead of answering,
// "banner" stands for what comes first.
type script struct {
	ehlo    []string                 // extensions
	replies map[string]string        // by verb; "." is the end of the content
	on      map[string]func()        // called before the reply
	last    map[string]string        // said as it is in place of a reply, and then nothing more
	hang    string                   // verb after which nothing is said any more
	asks    func(line string) string // replies to AUTH, and to what a client answers

	mu       sync.Mutex
	commands []string
}

// start serves connections until the test ends and returns the address.
func (s *script) start(t *testing.T) string {
	t.Helper()
	l, address := listen(t)
	var open sync.WaitGroup
	t.Cleanup(func() { l.Close(); open.Wait() })
	open.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			open.Go(func() { s.serve(conn) })
		}
	})
	return address
}

// saw reports whether a client sent a command.
func (s *script) saw(verb string) (times int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, command := range s.commands {
		if command == verb {
			times++
		}
	}
	return times
}

func (s *script) serve(conn net.Conn) {
	defer conn.Close()
	in := bufio.NewScanner(conn)
	if !s.answer(conn, "banner", "220 test ready") {
		drain(in)
		return
	}
	content, asking := false, false
	for in.Scan() {
		verb, _, _ := strings.Cut(in.Text(), " ")
		if s.asks != nil && (asking || verb == "AUTH") {
			reply := s.asks(in.Text())
			asking = strings.HasPrefix(reply, "334")
			s.answer(conn, "AUTH", reply)
			continue
		}
		if content && verb != "." {
			continue
		}
		content = verb == "DATA" && s.replies["DATA"] == ""
		s.mu.Lock()
		s.commands = append(s.commands, verb)
		s.mu.Unlock()
		if !s.answer(conn, verb, s.usual(verb)) {
			drain(in)
			return
		}
	}
}

// drain reads until the client goes, if this end is to hang and not to close.
func drain(in *bufio.Scanner) {
	for in.Scan() {
	}
}

func (s *script) usual(verb string) string {
	switch verb {
	case "EHLO":
		return "250-" + strings.Join(append([]string{"test"}, s.ehlo...), "\r\n250-") + "\r\n250 HELP"
	case "DATA":
		return "354 go ahead"
	case "QUIT":
		return "221 bye"
	}
	return "250 ok"
}

// answer reports whether the conversation goes on.
func (s *script) answer(conn net.Conn, verb, reply string) bool {
	if f := s.on[verb]; f != nil {
		f()
	}
	if s.hang == verb {
		return false
	}
	if last, ok := s.last[verb]; ok {
		_, _ = conn.Write([]byte(last + "\r\n")) // it may be gone
		conn.Close()
		return false
	}
	if r, ok := s.replies[verb]; ok {
		reply = r
	}
	if reply == "" {
		conn.Close()
		return false
	}
	_, err := conn.Write([]byte(reply + "\r\n"))
	return err == nil
}
