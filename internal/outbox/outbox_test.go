package outbox

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/smtp"
	"strings"
	"sync"
	"testing"
	"time"
)

// start runs a server until the test ends and returns its address.
func start(t *testing.T, options Options) (*Server, string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := New(options)
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
	return s, l.Addr().String()
}

func raw(subject string) string {
	return strings.ReplaceAll(fmt.Sprintf(`From: "MSP Help Desk" <desk@msp.example>
To: <olivia@northwind.example>
Subject: %s
Date: Sun, 01 Mar 2026 12:00:00 +0000
Message-ID: <abc@msp.example>
MIME-Version: 1.0
Content-Type: multipart/alternative; boundary=b

--b
Content-Type: text/plain; charset=UTF-8
Content-Transfer-Encoding: quoted-printable

Gr=C3=BC=C3=9Fe

123 456

https://portal.msp.example/frontdesk/link?token=3Dabc.
--b
Content-Type: text/html; charset=UTF-8
Content-Transfer-Encoding: base64

PHA+PGI+MTIzIDQ1NjwvYj48L3A+
--b--
`, subject), "\n", "\r\n")
}

func send(t *testing.T, addr, content string) error {
	t.Helper()
	return smtp.SendMail(addr, nil, "desk@msp.example", []string{"olivia@northwind.example"}, []byte(content))
}

func TestMailArrives(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 5, 0, time.UTC)
	s, addr := start(t, Options{Now: func() time.Time { return now }})
	if err := send(t, addr, raw("=?utf-8?q?Gr=C3=BC=C3=9Fe?=")); err != nil {
		t.Fatal(err)
	}
	mails := s.Mails()
	if len(mails) != 1 {
		t.Fatalf("%d mails", len(mails))
	}
	m := mails[0]
	for name, pair := range map[string][2]string{
		"from":       {m.From, `"MSP Help Desk" <desk@msp.example>`},
		"to":         {m.To, "<olivia@northwind.example>"},
		"subject":    {m.Subject, "Grüße"},
		"Message-ID": {m.MessageID, "<abc@msp.example>"},
		"text":       {m.Text, "Grüße\n\n123 456\n\nhttps://portal.msp.example/frontdesk/link?token=abc."},
		"html":       {m.HTML, "<p><b>123 456</b></p>"},
		"code":       {m.Code(), "123 456"},
		"link":       {m.Link(), "https://portal.msp.example/frontdesk/link?token=abc"},
		"envelope":   {m.EnvelopeFrom + " " + strings.Join(m.Recipients, ","), "desk@msp.example olivia@northwind.example"},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s: got %q, want %q", name, pair[0], pair[1])
		}
	}
	if !m.Received.Equal(now) || !m.Date.Equal(now.Add(-5*time.Second)) || m.TLS {
		t.Errorf("received %v, date %v, TLS %v", m.Received, m.Date, m.TLS)
	}
}

func TestNewestAreKept(t *testing.T) {
	s, addr := start(t, Options{Limit: 3})
	for i := range 5 {
		if err := send(t, addr, raw(fmt.Sprint("mail ", i))); err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	for _, m := range s.Mails() {
		got = append(got, fmt.Sprintf("%d %s", m.ID, m.Subject))
	}
	if want := "5 mail 4, 4 mail 3, 3 mail 2"; strings.Join(got, ", ") != want {
		t.Errorf("got %v, want %s", got, want)
	}
}

func TestWait(t *testing.T) {
	s, addr := start(t, Options{})
	second := func(m Mail) bool { return m.Subject == "second" }
	var wg sync.WaitGroup
	wg.Go(func() {
		if m, err := s.Wait(t.Context(), second); err != nil || m.Subject != "second" {
			t.Errorf("got %q, %v", m.Subject, err)
		}
	})
	for _, subject := range []string{"first", "second"} {
		if err := send(t, addr, raw(subject)); err != nil {
			t.Fatal(err)
		}
	}
	wg.Wait()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if m, err := s.Wait(ctx, second); err != nil || m.Subject != "second" {
		t.Errorf("already there: got %q, %v", m.Subject, err)
	}
	if _, err := s.Wait(ctx, func(Mail) bool { return false }); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestWhatIsRefused(t *testing.T) {
	s, addr := start(t, Options{})
	for name, content := range map[string]string{
		"no header":         "this is no mail\r\n",
		"over 1 MiB":        raw("big") + strings.Repeat(strings.Repeat("x", 998)+"\r\n", 1100),
		"a broken part":     strings.Replace(raw("broken"), "PHA+", "\x00\x01", 1),
		"nested too deep":   nested(maxDepth + 1),
		"a strange content": strings.Replace(raw("strange"), "text/plain;", "text plain;", 1),
	} {
		t.Run(name, func(t *testing.T) {
			if err := send(t, addr, content); err == nil || !strings.HasPrefix(err.Error(), "55") {
				t.Errorf("got %v", err)
			}
		})
	}
	if n := len(s.Mails()); n != 0 {
		t.Errorf("%d mails kept", n)
	}
}

func nested(depth int) string {
	var b strings.Builder
	b.WriteString("Subject: deep\r\n")
	for i := range depth {
		fmt.Fprintf(&b, "Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n", i, i)
	}
	b.WriteString("Content-Type: text/plain\r\n\r\nx\r\n")
	return b.String()
}

func TestAuthentication(t *testing.T) {
	s, addr := start(t, Options{Username: "desk", Password: "violet kettle"})
	if err := send(t, addr, raw("anonymous")); err == nil || !strings.HasPrefix(err.Error(), "530") {
		t.Errorf("without AUTH: %v", err)
	}
	for password, code := range map[string]string{"wrong": "535", "violet kettle": ""} {
		auth := smtp.PlainAuth("", "desk", password, "127.0.0.1")
		err := smtp.SendMail(addr, auth, "desk@msp.example", []string{"olivia@northwind.example"}, []byte(raw("with "+password)))
		if code == "" && err != nil || code != "" && (err == nil || !strings.HasPrefix(err.Error(), code)) {
			t.Errorf("AUTH with %q: %v", password, err)
		}
	}
	if mails := s.Mails(); len(mails) != 1 || mails[0].Username != "desk" {
		t.Errorf("mails %+v", mails)
	}
}

// loginAuth is the client's side of LOGIN, which net/smtp lacks.
type loginAuth struct{ answers []string }

func (l *loginAuth) Start(*smtp.ServerInfo) (string, []byte, error) { return "LOGIN", nil, nil }

func (l *loginAuth) Next(_ []byte, more bool) ([]byte, error) {
	if !more {
		return nil, nil
	}
	answer := l.answers[0]
	l.answers = l.answers[1:]
	return []byte(answer), nil
}

func TestLogin(t *testing.T) {
	_, addr := start(t, Options{Username: "desk", Password: "violet kettle"})
	for password, ok := range map[string]bool{"violet kettle": true, "violet": false} {
		err := smtp.SendMail(addr, &loginAuth{[]string{"desk", password}}, "desk@msp.example", []string{"a@b.example"}, []byte(raw("x")))
		if (err == nil) != ok {
			t.Errorf("LOGIN with %q: %v", password, err)
		}
	}
}

func TestLoopbackOnly(t *testing.T) {
	l, err := net.Listen("tcp", "0.0.0.0:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if err := New(Options{}).Serve(l); err == nil || !strings.Contains(err.Error(), "loopback only") {
		t.Errorf("got %v", err)
	}
}

func TestCode(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"on a line":      {"Your code is\n\n  123 456  \n\nIt lasts 10 minutes.", "123 456"},
		"letters":        {"Your code:\n\nB7KD-9QXM\n", "B7KD-9QXM"},
		"in a sentence":  {"Your code is 12345678.", "12345678"},
		"not in a link":  {"See https://a.example/12345678", ""},
		"not a headline": {"HELLO\n\nNothing here", ""},
		"none":           {"Hello", ""},
	} {
		t.Run(name, func(t *testing.T) {
			if got := (Mail{Text: c.text}).Code(); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(raw("x")))
	f.Add([]byte(nested(7)))
	f.Fuzz(func(t *testing.T, content []byte) {
		m, err := parse(content)
		if err == nil && len(m.Text)+len(m.HTML) > 3*len(content) {
			t.Errorf("%d bytes out of %d", len(m.Text)+len(m.HTML), len(content))
		}
	})
}

func TestCloseBeforeServe(t *testing.T) {
	s := New(Options{})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Serve(l); err != nil { // returns, and does not hang
		t.Error(err)
	}
	if _, err := net.Dial("tcp", l.Addr().String()); err == nil {
		t.Error("the listener is still open")
	}
}

func TestCloseWhileServeBegins(t *testing.T) {
	for range 50 {
		s := New(Options{})
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		ended := make(chan error)
		go func() { ended <- s.Serve(l) }()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
}
