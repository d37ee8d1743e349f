package identity

import (
	"crypto/ecdsa"
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

// Assertion signs the facts as a JWT (RFC 7519) for one audience and keeps it
// until half of its life is over. The zero value is ready to use; it is safe
// for concurrent use.
type Assertion struct {
	mu    sync.Mutex
	token string
	renew time.Time
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

// Token returns an assertion of the facts by issuer for audience, both
// origins.
func (a *Assertion) Token(f Facts, issuer, audience string, signer Signer, now time.Time) (string, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	// The second comparison renews after the clock was set back.
	if now.Before(a.renew) && a.renew.Sub(now) <= AssertionLife/2 {
		return a.token, nil
	}
	token, err := sign(f, issuer, audience, signer, now)
	if err != nil {
		return "", fmt.Errorf("signing the assertion: %w", err)
	}
	a.token, a.renew = token, now.Add(AssertionLife/2)
	return token, nil
}

func sign(f Facts, issuer, audience string, signer Signer, now time.Time) (string, error) {
	id, key, err := signer.Signer()
	if err != nil {
		return "", err
	}
	options := (&jose.SignerOptions{}).WithType("JWT").WithHeader("kid", id)
	s, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: key}, options)
	if err != nil {
		return "", err
	}
	return jwt.Signed(s).Claims(claims{
		Claims: jwt.Claims{Issuer: issuer, Audience: jwt.Audience{audience}, Subject: f.ID,
			IssuedAt: jwt.NewNumericDate(now), Expiry: jwt.NewNumericDate(now.Add(AssertionLife))},
		ID: f.ID, Email: string(f.Email), Name: f.Name, Platform: string(f.Platform), Entity: string(f.Kind),
		AccountID: f.AccountID, AccountName: f.AccountName, Groups: f.Groups, Method: f.Method, Session: f.Session,
		Impersonator: f.Impersonator,
	}).Serialize()
}
