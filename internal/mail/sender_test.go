package mail

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/outbox"
)

var signIn = Message{
	To: "Olivia.Harper@northwind.example", Subject: "Your code für heute",
	Text: "Your code is\n\n123 456\n", HTML: "<p>Your code is <b>123 456</b></p>",
}

func newSender(t *testing.T, c Config, o Options) *Sender {
	t.Helper()
	if c.From == "" {
		c.From = `"MSP Help Desk" <desk@msp.example>`
	}
	s, err := New(c, o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSendToRealServer(t *testing.T) {
	roots, serverTLS := authority(t, "localhost")
	for name, c := range map[string]struct {
		mode TLSMode
		auth bool
	}{
		"starttls":          {StartTLS, false},
		"starttls and auth": {StartTLS, true},
		"implicit":          {Implicit, false},
		"implicit and auth": {Implicit, true},
		"off":               {Off, false},
		"off and auth":      {Off, true},
	} {
		t.Run(name, func(t *testing.T) {
			l, address := listen(t)
			box, config := outbox.Options{}, Config{Server: address, TLS: c.mode}
			if c.auth {
				box.Username, box.Password = testUser, testPassword
				config.Username, config.Password = testUser, testPassword
			}
			switch c.mode {
			case StartTLS:
				box.TLSConfig = serverTLS
			case Implicit:
				l = tls.NewListener(l, serverTLS)
			}
			server := startOutbox(t, l, box)
			sender := newSender(t, config, Options{RootCAs: roots})
			if err := sender.Check(t.Context()); err != nil {
				t.Fatalf("check: %v", err)
			}
			if err := sender.Send(t.Context(), signIn); err != nil {
				t.Fatal(err)
			}
			got, err := server.Wait(t.Context(), func(outbox.Mail) bool { return true })
			if err != nil {
				t.Fatal(err)
			}
			if got.TLS != (c.mode != Off) || (got.Username == testUser) != c.auth {
				t.Errorf("came with TLS %v as %q", got.TLS, got.Username)
			}
		})
	}
}

func TestWhatArrives(t *testing.T) {
	l, address := listen(t)
	server := startOutbox(t, l, outbox.Options{})
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	sender := newSender(t, Config{Server: address, TLS: Off}, Options{Now: func() time.Time { return now }})
	if err := sender.Send(t.Context(), signIn); err != nil {
		t.Fatal(err)
	}
	mails := server.Mails()
	if len(mails) != 1 {
		t.Fatalf("%d mails", len(mails))
	}
	m := mails[0]
	for name, pair := range map[string][2]string{
		"envelope from": {m.EnvelopeFrom, "desk@msp.example"},
		"recipient":     {strings.Join(m.Recipients, " "), "Olivia.Harper@northwind.example"},
		"from":          {m.From, `"MSP Help Desk" <desk@msp.example>`},
		"to":            {m.To, "<Olivia.Harper@northwind.example>"},
		"subject":       {m.Subject, signIn.Subject},
		"text":          {strings.TrimRight(m.Text, "\n"), strings.TrimRight(signIn.Text, "\n")},
		"html":          {strings.TrimRight(m.HTML, "\n"), signIn.HTML},
		"automatic":     {m.Header.Get("Auto-Submitted"), "auto-generated"},
		"user agent":    {m.Header.Get("User-Agent") + m.Header.Get("X-Mailer"), ""},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s: got %q, want %q", name, pair[0], pair[1])
		}
	}
	if !m.Date.Equal(now) {
		t.Errorf("date %v", m.Date)
	}
	if !strings.HasSuffix(m.MessageID, "@msp.example>") {
		t.Errorf("Message-ID %s", m.MessageID)
	}
	if !strings.HasPrefix(m.Header.Get("Content-Type"), "multipart/alternative") {
		t.Errorf("Content-Type %s", m.Header.Get("Content-Type"))
	}
}

func TestSendAuthLoginOnly(t *testing.T) {
	server := &script{ehlo: []string{"AUTH LOGIN"}, replies: map[string]string{"AUTH": "535 5.7.8 no"}}
	sender := newSender(t, Config{Server: server.start(t), TLS: Off, Username: testUser, Password: testPassword}, Options{})
	if err := sender.Send(t.Context(), signIn); !errors.Is(err, ErrPermanent) {
		t.Errorf("got %v", err)
	}
	if server.saw("AUTH") != 1 || server.saw("MAIL") != 0 {
		t.Errorf("commands %v", server.commands)
	}
}

// scram asks a client of SCRAM for so many iterations, in place of an answer
// that proves who the server is.
func scram(iterations string) func(line string) string {
	return func(line string) string {
		if strings.HasPrefix(line, "AUTH ") {
			return "334 "
		}
		first, err := base64.StdEncoding.DecodeString(line)
		_, nonce, found := strings.Cut(string(first), ",r=")
		if err != nil || !found || !strings.HasPrefix(string(first), "n,,") { // the client's proof, or its giving up
			return "535 5.7.8 no"
		}
		return "334 " + base64.StdEncoding.EncodeToString([]byte("r="+nonce+"more,s=c2FsdHNhbHQ=,i="+iterations))
	}
}

// A hash that a server asks for is computed before anything else is looked at,
// the context too: without a bound it would keep a processor, and the end of the
// configuration, waiting for as long as the server likes.
func TestIterationsAreBounded(t *testing.T) {
	for name, c := range map[string]struct {
		mechanism, iterations string
		proved                bool // the client goes on
	}{
		"as usual":               {"SCRAM-SHA-256", "4096", true},
		"many":                   {"SCRAM-SHA-256", "100000", true},
		"for years":              {"SCRAM-SHA-256", "9000000000000000000", false},
		"for years, in SHA-1":    {"SCRAM-SHA-1", "9000000000000000000", false},
		"just too many":          {"SCRAM-SHA-256", "1000001", false},
		"more than can be":       {"SCRAM-SHA-256", "99999999999999999999999", false},
		"none":                   {"SCRAM-SHA-256", "0", false},
		"fewer than none":        {"SCRAM-SHA-256", "-1", false},
		"a second number":        {"SCRAM-SHA-256", "4096,i=9000000000000000000", false},
		"for years, in a second": {"SCRAM-SHA-256", "9000000000000000000,i=4096", false},
	} {
		t.Run(name, func(t *testing.T) {
			server := &script{ehlo: []string{"AUTH " + c.mechanism}, asks: scram(c.iterations)}
			sender := newSender(t, Config{Server: server.start(t), TLS: Off, Username: testUser, Password: testPassword}, Options{})
			err := sender.Send(t.Context(), signIn)
			if c.proved {
				want{ErrPermanent, 535}.check(t, err)
				return
			}
			want{ErrPermanent, 0}.check(t, err)
		})
	}
}

// Where a server offers nothing that the password can be shown to, it is not
// shown.
func TestUnknownMechanisms(t *testing.T) {
	for _, offered := range []string{"AUTH NTLM", "AUTH XOAUTH2", "AUTH SCRAM-SHA-256-PLUS", "AUTH", "SIZE 1"} {
		t.Run(offered, func(t *testing.T) {
			server := &script{ehlo: []string{offered}}
			sender := newSender(t, Config{Server: server.start(t), TLS: Off, Username: testUser, Password: testPassword}, Options{})
			want{ErrPermanent, 0}.check(t, sender.Send(t.Context(), signIn))
			if server.saw("AUTH") != 0 || server.saw("MAIL") != 0 {
				t.Errorf("commands %v", server.commands)
			}
		})
	}
}

// want is how an attempt must end.
type want struct {
	outcome error
	code    int
}

func TestMisbehavingServers(t *testing.T) {
	for name, c := range map[string]struct {
		server *script
		want   want
	}{
		"closes at once":           {&script{replies: map[string]string{"banner": ""}}, want{ErrTemporary, 0}},
		"busy":                     {&script{replies: map[string]string{"banner": "421 4.3.2 busy"}}, want{ErrTemporary, 421}},
		"turns away":               {&script{replies: map[string]string{"banner": "554 5.7.1 no"}}, want{ErrPermanent, 554}},
		"speaks no SMTP":           {&script{replies: map[string]string{"banner": "HTTP/1.1 400 Bad Request"}}, want{ErrPermanent, 0}},
		"greylists":                {&script{replies: map[string]string{"RCPT": "451 4.7.1 later"}}, want{ErrTemporary, 451}},
		"refuses the recipient":    {&script{replies: map[string]string{"RCPT": "550 5.1.1 unknown"}}, want{ErrPermanent, 550}},
		"refuses the sender":       {&script{replies: map[string]string{"MAIL": "553 5.7.1 not yours"}}, want{ErrPermanent, 553}},
		"closes at MAIL":           {&script{replies: map[string]string{"MAIL": ""}}, want{ErrTemporary, 0}},
		"refuses DATA for now":     {&script{replies: map[string]string{"DATA": "452 4.3.1 full"}}, want{ErrTemporary, 452}},
		"refuses the content":      {&script{replies: map[string]string{".": "554 5.7.1 spam"}}, want{ErrPermanent, 554}},
		"content later":            {&script{replies: map[string]string{".": "451 4.3.0 later"}}, want{ErrTemporary, 451}},
		"closes after the content": {&script{replies: map[string]string{".": ""}}, want{ErrUnknown, 0}},
		"talks without end":        {&script{replies: map[string]string{"banner": strings.Repeat("220-welcome\r\n", 64<<10) + "220 welcome"}}, want{ErrPermanent, 0}},
		"a line without end":       {&script{replies: map[string]string{"EHLO": "250 " + strings.Repeat("x", 2<<20)}}, want{ErrTemporary, 0}},
		"hangs up instead of bye":  {&script{replies: map[string]string{"QUIT": ""}}, want{nil, 0}},
	} {
		t.Run(name, func(t *testing.T) {
			sender := newSender(t, Config{Server: c.server.start(t), TLS: Off}, Options{})
			c.want.check(t, sender.Send(t.Context(), signIn))
		})
	}
}

func (w want) check(t *testing.T, err error) {
	t.Helper()
	if !errors.Is(err, w.outcome) || (err == nil) != (w.outcome == nil) {
		t.Fatalf("got %v, want %v", err, w.outcome)
	}
	var e *Error
	if errors.As(err, &e) && e.Code != w.code {
		t.Errorf("code %d, want %d: %v", e.Code, w.code, err)
	}
}

// The servers here never answer: the attempt ends when its context does, which
// the server itself brings about once it got as far as the test wants.
func TestHangingServers(t *testing.T) {
	for verb, outcome := range map[string]error{
		"banner": ErrTemporary, "EHLO": ErrTemporary, "MAIL": ErrTemporary, "RCPT": ErrTemporary,
		"DATA": ErrTemporary, ".": ErrUnknown, "QUIT": nil,
	} {
		t.Run(verb, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			server := &script{hang: verb, on: map[string]func(){verb: cancel}}
			sender := newSender(t, Config{Server: server.start(t), TLS: Off}, Options{})
			err := sender.Send(ctx, signIn)
			want{outcome, 0}.check(t, err)
			if outcome != nil && !errors.Is(err, context.Canceled) {
				t.Errorf("%v is not context.Canceled", err)
			}
		})
	}
}

func TestTimeout(t *testing.T) {
	server := &script{hang: "banner"}
	sender := newSender(t, Config{Server: server.start(t), TLS: Off}, Options{Timeout: time.Millisecond})
	if err := sender.Check(t.Context()); !errors.Is(err, ErrTemporary) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

func TestRefusedConnection(t *testing.T) {
	l, address := listen(t)
	l.Close()
	sender := newSender(t, Config{Server: address, TLS: Off}, Options{})
	want{ErrTemporary, 0}.check(t, sender.Send(t.Context(), signIn))
	want{ErrTemporary, 0}.check(t, sender.Check(t.Context()))
}

func TestNoFallBackToPlainText(t *testing.T) {
	for name, server := range map[string]*script{
		"not offered": {ehlo: []string{"AUTH PLAIN LOGIN"}},
		"refused":     {ehlo: []string{"STARTTLS", "AUTH PLAIN"}, replies: map[string]string{"STARTTLS": "502 5.5.1 no"}},
	} {
		t.Run(name, func(t *testing.T) {
			sender := newSender(t, Config{Server: server.start(t), Username: testUser, Password: testPassword}, Options{})
			if err := sender.Send(t.Context(), signIn); !errors.Is(err, ErrPermanent) {
				t.Errorf("got %v", err)
			}
			if server.saw("AUTH")+server.saw("MAIL") != 0 {
				t.Errorf("commands in plain text: %v", server.commands)
			}
		})
	}
}

func TestCertificates(t *testing.T) {
	ours, _ := authority(t, "localhost")
	otherHost, otherHostTLS := authority(t, "mail.example")
	_, unknownTLS := authority(t, "localhost")
	for name, c := range map[string]struct {
		mode   TLSMode
		server *tls.Config
	}{
		"starttls, unknown authority": {StartTLS, unknownTLS},
		"implicit, unknown authority": {Implicit, unknownTLS},
		"starttls, other host":        {StartTLS, otherHostTLS},
		"implicit, other host":        {Implicit, otherHostTLS},
	} {
		t.Run(name, func(t *testing.T) {
			l, address := listen(t)
			box := outbox.Options{TLSConfig: c.server}
			if c.mode == Implicit {
				l = tls.NewListener(l, c.server)
			}
			server := startOutbox(t, l, box)
			roots := ours
			if c.server == otherHostTLS {
				roots = otherHost
			}
			err := newSender(t, Config{Server: address, TLS: c.mode}, Options{RootCAs: roots}).Send(t.Context(), signIn)
			if !errors.Is(err, ErrPermanent) || !strings.Contains(err.Error(), "certificate") {
				t.Errorf("got %v", err)
			}
			if n := len(server.Mails()); n != 0 {
				t.Errorf("%d mails arrived", n)
			}
		})
	}
}

func TestErrorsHoldNoPassword(t *testing.T) {
	// base64 of NUL desk NUL the password, as AUTH PLAIN spells it
	const spelled = "AGRlc2sAdmlvbGV0IGtldHRsZSBkcnVtcw=="
	for name, reply := range map[string]string{
		"as it is":   "535 5.7.8 no user " + testUser + " with " + testPassword,
		"as spelled": "535 5.7.8 cannot decode " + spelled,
	} {
		t.Run(name, func(t *testing.T) {
			server := &script{ehlo: []string{"AUTH PLAIN"}, replies: map[string]string{"AUTH": reply}}
			sender := newSender(t, Config{Server: server.start(t), TLS: Off, Username: testUser, Password: testPassword}, Options{})
			err := sender.Check(t.Context())
			want{ErrPermanent, 535}.check(t, err)
			if strings.Contains(err.Error(), testPassword) || strings.Contains(err.Error(), spelled) {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestMessagesThatAreRefused(t *testing.T) {
	server := &script{}
	sender := newSender(t, Config{Server: server.start(t), TLS: Off}, Options{})
	for name, change := range map[string]func(*Message){
		"line break in the subject":    func(m *Message) { m.Subject = "Hi\r\nBcc: eve@example.com" },
		"line feed in the subject":     func(m *Message) { m.Subject = "Hi\nBcc: eve@example.com" },
		"no subject":                   func(m *Message) { m.Subject = "" },
		"line break in the recipient":  func(m *Message) { m.To = "a@b.example>\r\nRCPT TO:<eve@example.com" },
		"two recipients":               func(m *Message) { m.To = "a@b.example,eve@example.com" },
		"no recipient":                 func(m *Message) { m.To = "" },
		"line break in the Message-ID": func(m *Message) { m.MessageID = "a@b.example>\r\nBcc: eve@example.com" },
		"no text":                      func(m *Message) { m.Text = "" },
		"too large":                    func(m *Message) { m.HTML = strings.Repeat("x", maxBody+1) },
	} {
		t.Run(name, func(t *testing.T) {
			m := signIn
			change(&m)
			want{ErrPermanent, 0}.check(t, sender.Send(t.Context(), m))
		})
	}
	if server.saw("EHLO") != 0 {
		t.Error("the server was bothered")
	}
}

func FuzzSubjectStaysOneHeader(f *testing.F) {
	f.Add("Your code", "abc@msp.example")
	f.Add("Hi\r\nBcc: eve@example.com", "a@b>\r\nX: y")
	f.Add("\u2028 é =?utf-8?q?=0D=0A?=", "")
	sender, err := New(Config{From: "desk@msp.example", Server: "localhost:25", TLS: Off}, Options{})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, subject, id string) {
		m := signIn
		m.Subject, m.MessageID = subject, id
		if m.check() != nil {
			return
		}
		var raw strings.Builder
		if _, err := m.compose(sender.server.from, sender.server.domain, time.Now()).WriteTo(&raw); err != nil {
			t.Fatal(err)
		}
		header, _, _ := strings.Cut(raw.String(), "\r\n\r\n")
		for line := range strings.SplitSeq(header, "\r\n") {
			name, _, found := strings.Cut(line, ":")
			if strings.HasPrefix(line, " ") || strings.HasPrefix(line, "\t") {
				continue
			}
			if !found || !strings.Contains(" Date MIME-Version Message-ID Subject From To Content-Type Auto-Submitted ", " "+name+" ") {
				t.Errorf("header line %q from subject %q", line, subject)
			}
		}
	})
}
