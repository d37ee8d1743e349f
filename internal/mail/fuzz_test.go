package mail

import (
	"errors"
	"strings"
	"testing"
	"time"
	"unicode"
)

// FuzzReply has a mail server answer one command with anything and then go:
// the mail is sent where the end of its content was answered so, and else the
// error is one outcome, in one line, without the password.
func FuzzReply(f *testing.F) {
	verbs := []string{"banner", "EHLO", "AUTH", "MAIL", "RCPT", "DATA", "."}
	for at, seed := range []string{"220 ok", "250-x\r\n250-AUTH PLAIN LOGIN CRAM-MD5 SCRAM-SHA-256\r\n250 SIZE x", "334 " + "dmlvbGV0", "421 later", "550 5.1.1 violet kettle drums\x00\u202e", "354 go", "250 2.0.0 queued"} {
		f.Add(uint(at), seed)
		f.Add(uint(6), seed)
	}
	for at := range verbs {
		f.Add(uint(at), "535 5.7.8 violet kettle drums \x01\u202e")
		f.Add(uint(at), "")
	}
	f.Add(uint(6), "250-more")
	f.Add(uint(2), "334 =?\r\n334 !")
	f.Add(uint(3), "999999999999999999999 x")
	f.Add(uint(4), "-250 x")
	f.Fuzz(func(t *testing.T, at uint, reply string) {
		verb := verbs[at%uint(len(verbs))]
		s := &script{ehlo: []string{"AUTH PLAIN"}, replies: map[string]string{"AUTH": "235 ok"}, last: map[string]string{verb: reply}}
		sender, err := New(Config{From: "desk@msp.example", Server: s.start(t), TLS: Off, Username: testUser, Password: testPassword}, Options{Timeout: 10 * time.Second})
		if err != nil {
			t.Fatal(err)
		}
		err = sender.Send(t.Context(), signIn)
		if err == nil {
			if verb != "." || !strings.HasPrefix(reply, "250") {
				t.Errorf("sent, although %s was answered by %q", verb, reply)
			}
			return
		}
		var failure *Error
		if !errors.As(err, &failure) || strings.Contains(err.Error(), testPassword) || strings.ContainsFunc(err.Error(), unicode.IsControl) {
			t.Errorf("%s answered by %q: %v", verb, reply, err)
			return
		}
		code := failure.Code
		if code >= 400 != (failure.Outcome != ErrUnknown && code != 0) || code >= 500 && failure.Outcome != ErrPermanent || code >= 400 && code < 500 && failure.Outcome != ErrTemporary {
			t.Errorf("code %d is %v", code, failure.Outcome)
		}
		if verb == "." && code == 0 && failure.Outcome != ErrUnknown {
			t.Errorf("it may have been delivered, after %q: %v", reply, err)
		}
		if failure.Outcome == ErrUnknown && verb != "." && !(verb == "DATA" && strings.HasPrefix(reply, "354")) {
			t.Errorf("%s answered by %q may have sent it: %v", verb, reply, err)
		}
	})
}
