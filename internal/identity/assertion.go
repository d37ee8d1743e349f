package identity

import (
	"crypto/ecdsa"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// AssertionLife is how long an assertion is good for (DESIGN.md). One is sent
// with requests for half of that, so that a portal that is slow to look still
// finds it valid.
const AssertionLife = 5 * time.Minute

// Signer gives the key that signs now.
type Signer interface {
	Signer() (id string, key *ecdsa.PrivateKey, err error)
}

// Assertion keeps a signed assertion until half of its life is over, so that
// one is signed per session and not per request. The zero value is ready to
// use; it is safe for concurrent use.
type Assertion struct {
	mu    sync.Mutex
	token string
	at    time.Time // of the signature
}

// Token returns the assertion that is kept, or the one that sign makes now.
// Requests that come together wait for one signature.
func (a *Assertion) Token(now time.Time, sign func(now time.Time) (string, error)) (string, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.good(now) {
		return a.token, nil
	}
	token, err := sign(now)
	if err != nil {
		return "", fmt.Errorf("signing the assertion: %w", err)
	}
	a.token, a.at = token, now
	return token, nil
}

// good reports whether the assertion may be sent now. An age below zero means
// that the clock was set back.
func (a *Assertion) good(now time.Time) bool {
	age := now.Sub(a.at)
	return a.token != "" && age >= 0 && age < AssertionLife/2
}

// claims are the facts under the placeholders' names beside the registered
// claims.
type claims struct {
	jwt.Claims
	ID           string   `json:"id"`
	Email        string   `json:"email,omitempty"`
	Name         string   `json:"name,omitempty"`
	Platform     string   `json:"platform"`
	Entity       string   `json:"entity"`
	AccountID    string   `json:"account_id,omitempty"`
	AccountName  string   `json:"account_name,omitempty"`
	Groups       []string `json:"groups,omitempty"`
	Method       string   `json:"method,omitempty"`
	Session      string   `json:"session"`
	Impersonator string   `json:"impersonator,omitempty"`
}

// Sign makes an assertion of the facts as a JWT (RFC 7519), by issuer for
// audience, both origins.
func Sign(f Facts, issuer, audience string, signer Signer, now time.Time) (string, error) {
	id, key, err := signer.Signer()
	if err != nil {
		return "", err
	}
	options := (&jose.SignerOptions{}).WithType("JWT").WithHeader("kid", id)
	s, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: key}, options)
	if err != nil {
		return "", err
	}
	body, err := json.Marshal(claims{ // by jwt.Signed it would be read again, and written a second time
		Claims: jwt.Claims{Issuer: issuer, Audience: jwt.Audience{audience}, Subject: f.ID,
			IssuedAt: jwt.NewNumericDate(now), Expiry: jwt.NewNumericDate(now.Add(AssertionLife))},
		ID: f.ID, Email: string(f.Email), Name: f.Name, Platform: string(f.Platform), Entity: string(f.Kind),
		AccountID: f.AccountID, AccountName: f.AccountName, Groups: f.Groups, Method: f.Method, Session: f.Session,
		Impersonator: f.Impersonator,
	})
	if err != nil {
		return "", err
	}
	signed, err := s.Sign(body)
	if err != nil {
		return "", err
	}
	return signed.CompactSerialize()
}
