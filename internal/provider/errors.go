package provider

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/oauth2"
)

// What [Provider] returns wraps one of these; the rest of the text is for the
// operator's log and holds no token, code or secret.
var (
	// ErrUnavailable: the provider is down, slow or answers with nonsense, or
	// refuses Frontdesk itself (a wrong client secret). Another method may do.
	ErrUnavailable = errors.New("provider unavailable")
	// ErrCancelled: the person, or their administrator, declined at the provider.
	ErrCancelled = errors.New("sign-in cancelled at the provider")
	// ErrRejected: the response, the token or its claims do not hold.
	ErrRejected = errors.New("provider response rejected")
	// ErrSlowed: the provider, or a firewall in front of it, turned us away for how
	// much or what it was asked, and is unavailable for that. Asking on makes it worse.
	ErrSlowed = fmt.Errorf("%w: it turns us away", ErrUnavailable)
)

func unavailable(doing string, err error) error {
	return fmt.Errorf("%w: %s: %w", ErrUnavailable, doing, err)
}

func rejected(format string, args ...any) error {
	return fmt.Errorf("%w: %w", ErrRejected, fmt.Errorf(format, args...))
}

// Error codes of the authorization endpoint (RFC 6749, 4.1.2.1; OpenID Connect
// Core, 3.1.2.6; Entra's "authentication and authorization error codes").
var (
	declinedCodes = []string{"access_denied", "consent_required", "interaction_required",
		"login_required", "account_selection_required"}
	// downCodes are also those of the token endpoint (RFC 6749, 5.2) that no
	// person can do anything about.
	downCodes = []string{"server_error", "temporarily_unavailable", "invalid_client", "unauthorized_client"}
)

// responseError is the error of an authorization response.
func responseError(code, description string) error {
	kind := ErrRejected
	switch {
	case slices.Contains(declinedCodes, code):
		kind = ErrCancelled
	case slices.Contains(downCodes, code):
		kind = ErrUnavailable
	}
	return fmt.Errorf("%w: authorization response: %s: %s", kind, excerpt(code), excerpt(description))
}

// tokenError is the error of a token request; secrets are taken out of what
// the provider wrote.
func tokenError(err error, secrets ...string) error {
	failure, ok := errors.AsType[*oauth2.RetrieveError](err)
	if !ok {
		return unavailable("token request", err)
	}
	kind := ErrRejected
	status := failure.Response.StatusCode
	if status >= 500 || failure.ErrorCode == "" || slices.Contains(downCodes, failure.ErrorCode) {
		kind = ErrUnavailable
	}
	if status == http.StatusTooManyRequests || status < 500 && failure.ErrorCode == "" {
		kind = ErrSlowed
	}
	return fmt.Errorf("%w: token request: status %d: %s: %s", kind, status,
		excerpt(redact(failure.ErrorCode, secrets)), excerpt(redact(failure.ErrorDescription, secrets)))
}

func redact(s string, secrets []string) string {
	for _, secret := range secrets {
		if secret != "" {
			s = strings.ReplaceAll(s, secret, "[secret]")
		}
	}
	return s
}

// excerpt makes foreign text fit for a line of a log.
func excerpt(s string) string {
	const limit = 300
	if len(s) > limit {
		s = s[:limit]
	}
	return strings.Map(func(r rune) rune {
		if r == unicode.ReplacementChar || !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, s)
}
