package provider

import (
	"fmt"
	"math"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/go-jose/go-jose/v4/json"
)

// idClaims are the claims of an id_token that are used. What the proof stands
// on has plain types, and a token that spells them otherwise is refused; what
// merely informs has types that read anything unexpected as absent.
type idClaims struct {
	Issuer     string       `json:"iss"`
	Subject    string       `json:"sub"`
	Audience   audience     `json:"aud"`
	Authorized *string      `json:"azp"`
	Nonce      string       `json:"nonce"`
	Expires    *numericDate `json:"exp"`
	IssuedAt   *numericDate `json:"iat"`
	NotBefore  *numericDate `json:"nbf"`

	// Entra's (https://learn.microsoft.com/entra/identity-platform/id-token-claims-reference
	// and optional-claims-reference).
	Tenant            string `json:"tid"`
	Object            string `json:"oid"`
	IdentityProvider  any    `json:"idp"`
	EmailDomainOwned  flag   `json:"xms_edov"`
	VerifiedPrimary   texts  `json:"verified_primary_email"`
	VerifiedSecondary texts  `json:"verified_secondary_email"`
	UPN               text   `json:"upn"`

	personClaims
}

// personClaims are the standard claims (OpenID Connect Core, 5.1), in an
// id_token or from the userinfo endpoint.
type personClaims struct {
	Email         text `json:"email"`
	EmailVerified flag `json:"email_verified"`
	Username      text `json:"preferred_username"`
	Name          text `json:"name"`
	GivenName     text `json:"given_name"`
	FamilyName    text `json:"family_name"`
	Phone         text `json:"phone_number"`
}

// audience is one text or several (RFC 7519, 4.1.3).
type audience []string

func (a *audience) UnmarshalJSON(b []byte) error {
	var one string
	if json.Unmarshal(b, &one) == nil {
		*a = audience{one}
		return nil
	}
	return json.Unmarshal(b, (*[]string)(a))
}

// numericDate is RFC 7519's: seconds since 1970, a number and no text.
type numericDate time.Time

func (d *numericDate) UnmarshalJSON(b []byte) error {
	var seconds float64
	if err := json.Unmarshal(b, &seconds); err != nil {
		return err
	}
	if math.Abs(seconds) > 1<<40 {
		return fmt.Errorf("time %g is out of range", seconds)
	}
	*d = numericDate(time.Unix(int64(seconds), 0))
	return nil
}

// flag is true for JSON's true alone: not for 1, "1" or "true".
type flag struct{ present, isTrue bool }

func (f *flag) UnmarshalJSON(b []byte) error {
	*f = flag{present: true, isTrue: string(b) == "true"}
	return nil
}

// text is a line that people may read; anything else is the empty text.
type text string

const maxText = 256 // bytes

func (t *text) UnmarshalJSON(b []byte) error {
	var s string
	if json.Unmarshal(b, &s) != nil {
		s = ""
	}
	*t = text(line(s))
	return nil
}

func line(s string) string {
	s = strings.TrimSpace(s)
	if len(s) > maxText || !utf8.ValidString(s) || strings.ContainsFunc(s, unicode.IsControl) {
		return ""
	}
	return s
}

// texts is an array of texts; members of other types are left out.
type texts []text

func (t *texts) UnmarshalJSON(b []byte) error {
	if json.Unmarshal(b, (*[]text)(t)) != nil {
		*t = nil
	}
	return nil
}

// addresses adds to a list those texts that are addresses and neither in it
// nor in another one.
func addresses(list, except []directory.Address, from ...text) []directory.Address {
	for _, s := range from {
		a, err := directory.ParseAddress(string(s))
		if err == nil && !listed(list, a) && !listed(except, a) {
			list = append(list, a)
		}
	}
	return list
}

func listed(list []directory.Address, a directory.Address) bool {
	for _, other := range list {
		if other.Equal(a) {
			return true
		}
	}
	return false
}
