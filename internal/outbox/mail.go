package outbox

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"net/textproto"
	"regexp"
	"strings"
	"time"
)

// maxDepth bounds multiparts within multiparts.
const maxDepth = 5

// Mail is one mail as it arrived, its parts decoded.
type Mail struct {
	ID           int // counts up from 1
	Received     time.Time
	EnvelopeFrom string
	Recipients   []string // of the envelope
	TLS          bool     // it came over TLS
	Username     string   // whose AUTH succeeded; empty: none was asked for

	From, To, Subject string    // headers, decoded
	Date              time.Time // header; zero where there is none
	MessageID         string    // with its angle brackets
	Header            mail.Header
	Text, HTML        string // the first part of each kind; empty: none
	Raw               []byte
}

// parse reads a mail (RFC 5322, RFC 2045 to 2047).
func parse(raw []byte) (Mail, error) {
	message, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return Mail{}, fmt.Errorf("reading its header: %w", err)
	}
	h := message.Header
	m := Mail{Header: h, Raw: raw, MessageID: h.Get("Message-ID"),
		From: decodeWords(h.Get("From")), To: decodeWords(h.Get("To")), Subject: decodeWords(h.Get("Subject"))}
	if date, err := h.Date(); err == nil {
		m.Date = date
	}
	if err := m.part(textproto.MIMEHeader(h), message.Body, 0); err != nil {
		return Mail{}, fmt.Errorf("reading its body: %w", err)
	}
	return m, nil
}

func decodeWords(s string) string {
	decoded, err := new(mime.WordDecoder).DecodeHeader(s)
	if err != nil {
		return s
	}
	return decoded
}

func (m *Mail) part(h textproto.MIMEHeader, body io.Reader, depth int) error {
	contentType := h.Get("Content-Type")
	if contentType == "" {
		contentType = "text/plain"
	}
	kind, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		return fmt.Errorf("its Content-Type: %w", err)
	}
	if strings.HasPrefix(kind, "multipart/") {
		return m.multipart(body, params["boundary"], depth)
	}
	content, err := io.ReadAll(decoder(h.Get("Content-Transfer-Encoding"), body))
	if err != nil {
		return fmt.Errorf("decoding a part of type %s: %w", kind, err)
	}
	text := strings.ToValidUTF8(strings.ReplaceAll(string(content), "\r\n", "\n"), "\uFFFD")
	switch {
	case kind == "text/plain" && m.Text == "":
		m.Text = text
	case kind == "text/html" && m.HTML == "":
		m.HTML = text
	}
	return nil
}

func (m *Mail) multipart(body io.Reader, boundary string, depth int) error {
	if depth == maxDepth {
		return errors.New("multiparts nested too deep")
	}
	parts := multipart.NewReader(body, boundary)
	for {
		part, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("next part: %w", err)
		}
		if err := m.part(part.Header, part, depth+1); err != nil {
			return err
		}
	}
}

func decoder(encoding string, body io.Reader) io.Reader {
	switch strings.ToLower(encoding) {
	case "quoted-printable":
		return quotedprintable.NewReader(body)
	case "base64":
		return base64.NewDecoder(base64.StdEncoding, body)
	}
	return body
}

var (
	// codeLine is a code on a line of its own: groups of digits or capitals.
	codeLine = regexp.MustCompile(`(?m)^[ \t]*((?:[0-9A-Z]{3,8}[ -]){0,3}[0-9A-Z]{3,8})[ \t]*$`)
	codeWord = regexp.MustCompile(`\b(\d{6,8}|\d{3}[ -]\d{3}|\d{4}[ -]\d{4})\b`)
	link     = regexp.MustCompile(`https?://[^\s<>"']+`)
)

// Code is the sign-in code in the mail's text, as it is spelled there; empty
// where there is none.
func (m Mail) Code() string {
	text := link.ReplaceAllString(m.Text, "")
	for _, form := range []*regexp.Regexp{codeLine, codeWord} {
		for _, found := range form.FindAllStringSubmatch(text, -1) {
			if strings.ContainsAny(found[1], "0123456789") {
				return found[1]
			}
		}
	}
	return ""
}

// Link is the first web address in the mail's text; empty where there is none.
func (m Mail) Link() string {
	return strings.TrimRight(link.FindString(m.Text), ".,;:!?)")
}
