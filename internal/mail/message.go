package mail

import (
	"crypto/rand"
	"errors"
	"fmt"
	netmail "net/mail"
	"regexp"
	"strings"
	"time"
	"unicode"

	gomail "github.com/wneessen/go-mail"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
)

// maxBody bounds each part of a mail, in bytes.
const maxBody = 1 << 20

// Message is one mail to one person.
type Message struct {
	To      directory.Address
	Subject string
	Text    string // always there
	HTML    string // may be empty: the mail is then plain text
	// MessageID, without angle brackets, stays the same over retries. Empty:
	// one is made of random text and the domain of From.
	MessageID string
}

// messageID is RFC 5322's dot-atom on both sides of the @.
var messageID = regexp.MustCompile(`^[A-Za-z0-9!#$%&'*+/=?^_{|}~.-]{1,128}@[A-Za-z0-9.-]{1,253}$`)

// check refuses what cannot become one clean mail: an address that is not in
// parsed form, and any control character in a header.
func (m Message) check() error {
	if to, err := directory.ParseAddress(string(m.To)); err != nil || to != m.To {
		return errors.New("the recipient is not a parsed address")
	}
	if m.Subject == "" || hasControl(m.Subject) {
		return errors.New("the subject is empty or has a control character")
	}
	if m.MessageID != "" && !messageID.MatchString(m.MessageID) {
		return errors.New("the Message-ID is malformed")
	}
	if m.Text == "" {
		return errors.New("the text is empty")
	}
	if len(m.Text) > maxBody || len(m.HTML) > maxBody {
		return fmt.Errorf("a part is over %d bytes", maxBody)
	}
	return nil
}

func hasControl(s string) bool { return strings.ContainsFunc(s, unicode.IsControl) }

func newMessageID(domain string) string { return strings.ToLower(rand.Text()) + "@" + domain }

// compose makes the mail: multipart/alternative, text first (RFC 2046, 5.1.4),
// marked as sent by a machine so that nobody's absence note answers it (RFC
// 3834, 5).
func (m Message) compose(from netmail.Address, domain string, now time.Time) *gomail.Msg {
	if m.MessageID == "" {
		m.MessageID = newMessageID(domain)
	}
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	msg.FromMailAddress(&from)
	msg.ToMailAddress(&netmail.Address{Address: string(m.To)})
	msg.Subject(m.Subject)
	msg.SetDateWithValue(now)
	msg.SetMessageIDWithValue(m.MessageID)
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	msg.SetBodyString(gomail.TypeTextPlain, m.Text)
	if m.HTML != "" {
		msg.AddAlternativeString(gomail.TypeTextHTML, m.HTML)
	}
	return msg
}
