// Package emailtoken owns the sign-in method of that name: a link and a code,
// sent in one mail, that prove an address once, within minutes, in the browser
// that asked (DESIGN.md, "What a browser sees"). It makes and checks tokens;
// keeping, counting and sending them is others' work.
package emailtoken

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"time"
	"unicode"
)

// digits of a code: of 10^8 there are, few can be tried (NIST SP 800-63B-4,
// 3.1.3.1 asks for 6 digits and limited attempts).
const digits = 8

// maxTyped bounds a code or a link's secret as they come, in bytes: spaces and
// all, they have fewer.
const maxTyped = 128

// Token is what is kept of a link and a code: hashes. The code's is keyed by
// the browser's secret, which is stored nowhere, so that who reads the store
// cannot search for the code.
type Token struct {
	Link    [sha256.Size]byte
	Code    [sha256.Size]byte
	Expires time.Time
	Left    int // wrong codes that it can still meet, the last of which ends it
	Mail    MailStatus
	Purpose Purpose
}

// Purpose is what a token was mailed for. It proves no more than that: who hands a
// code on was told of nothing else.
type Purpose struct {
	// Made is the time that is proved: who read the mailbox then may read it no
	// longer.
	Made time.Time
	// SetsPassword says that the mail speaks of setting a password, in place of the one
	// that had been set at Replaces; zero for none.
	SetsPassword bool
	Replaces     time.Time
	// Confirms is the provider whose identity the mail names: it links no other's.
	// Empty where it names none.
	Confirms string
}

// Name tells one token from another on a page; it is no secret, and leads to
// none. A nil token has a name too.
func (t *Token) Name() string {
	if t == nil {
		return "none"
	}
	return hex.EncodeToString(t.Link[:8])
}

// MailStatus tells how far the mail with a token came.
type MailStatus string

// The states of a mail.
const (
	MailSending MailStatus = ""
	MailSent    MailStatus = "sent"
	MailFailed  MailStatus = "failed"
)

// Secrets are what the mail carries: they are kept nowhere else.
type Secrets struct {
	Link string // for the address: unguessable by itself
	Code string // digits
}

// Binding ties a token to the browser and the journey that asked for it.
type Binding struct {
	Browser []byte // the browser's secret
	Journey string
}

// New draws a token. It ends at a time, or when so many tries were wrong.
func New(b Binding, expires time.Time, tries int) (Token, Secrets) {
	var link [32]byte
	rand.Read(link[:]) // never fails; see crypto/rand
	s := Secrets{Link: base64.RawURLEncoding.EncodeToString(link[:]), Code: newCode()}
	return Token{Link: sha256.Sum256([]byte(s.Link)), Code: b.hash(s.Code), Expires: expires, Left: tries}, s
}

func newCode() string {
	bound := new(big.Int).Exp(big.NewInt(10), big.NewInt(digits), nil)
	n, err := rand.Int(rand.Reader, bound)
	if err != nil {
		panic(err) // crypto/rand.Reader never fails
	}
	return fmt.Sprintf("%0*d", digits, n)
}

func (b Binding) hash(code string) (sum [sha256.Size]byte) {
	mac := hmac.New(sha256.New, b.Browser)
	mac.Write([]byte("code\x00" + b.Journey + "\x00" + code))
	mac.Sum(sum[:0])
	return sum
}

// What can be wrong with a code or link.
var (
	ErrWrong   = errors.New("wrong code")
	ErrExpired = errors.New("token expired")
	ErrSpent   = errors.New("token has met too many wrong codes")
)

// CheckCode compares a code as it was typed: spaces and hyphens are forgiven.
func (t Token) CheckCode(b Binding, typed string, now time.Time) error {
	if err := t.Usable(now); err != nil {
		return err
	}
	if len(typed) > maxTyped {
		return ErrWrong
	}
	sum := b.hash(normalize(typed))
	if subtle.ConstantTimeCompare(sum[:], t.Code[:]) != 1 {
		return ErrWrong
	}
	return nil
}

// CheckLink compares the secret of a link.
func (t Token) CheckLink(link string, now time.Time) error {
	if err := t.Usable(now); err != nil {
		return err
	}
	if len(link) > maxTyped {
		return ErrWrong
	}
	sum := sha256.Sum256([]byte(link))
	if subtle.ConstantTimeCompare(sum[:], t.Link[:]) != 1 {
		return ErrWrong
	}
	return nil
}

// Usable returns ErrExpired or ErrSpent for a token that nothing proves any
// more.
func (t Token) Usable(now time.Time) error {
	switch {
	case !now.Before(t.Expires):
		return ErrExpired
	case t.Left <= 0:
		return ErrSpent
	}
	return nil
}

// normalize takes out what people and keyboards add to a code.
func normalize(typed string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r), r == '-', r == '\u2010', r == '\u2011', r == '\u2013', r == '\u200b', r == '\ufeff':
			return -1
		case r >= '\uff10' && r <= '\uff19': // full-width digits of Japanese keyboards
			return r - '\uff10' + '0'
		}
		return r
	}, typed)
}
