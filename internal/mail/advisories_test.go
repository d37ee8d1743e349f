package mail

import (
	"strings"
	"testing"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
)

// TestAdvisoriesOfGoMail: the library quoted addresses too little once. Here
// none arrives at it that would have to be quoted.
func TestAdvisoriesOfGoMail(t *testing.T) {
	t.Run("CVE-2025-59937: quoted local part smuggles parameters and recipients", func(t *testing.T) {
		server := &script{}
		sender := newSender(t, Config{Server: server.start(t), TLS: Off}, Options{})
		for _, address := range smuggling {
			m := signIn
			m.To = directory.Address(address)
			want{ErrPermanent, 0}.check(t, sender.Send(t.Context(), m))
			if got, err := directory.ParseAddress(address); err == nil {
				t.Errorf("%q is an address: %q", address, got)
			}
		}
		if server.saw("MAIL") != 0 || server.saw("RCPT") != 0 {
			t.Error("an envelope was sent")
		}
	})
	t.Run("CVE-2025-59937: quoted local part of the sender", func(t *testing.T) {
		for _, address := range smuggling {
			if _, err := New(Config{From: address, Server: "localhost:25", TLS: Off}, Options{}); err == nil {
				t.Errorf("%q is taken as the sender", address)
			}
		}
	})
}

// smuggling are addresses that RFC 5322 admits, or nearly, and that end early
// on an SMTP line.
var smuggling = []string{
	`"toni.tester@example.com> ORCPT=admin@admin.com"@example.com`, `"a> SIZE=1"@example.com`, `"a@b.example"@example.com`, `"a b"@example.com`, `"a\"b"@example.com`,
	"\"a\r\nRCPT TO:<eve@evil.example>\"@example.com", "a@example.com> NOTIFY=NEVER", "a@example.com>\r\nDATA", "a@example.com,eve@evil.example", "a@[127.0.0.1]", "a@example.com\x00",
	strings.Repeat("a", 65) + "@example.com",
}
