package provider

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	stdjson "encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/json"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
)

// answers is a provider that answers each of its paths with a document.
type answers map[string]string

func (a answers) RoundTrip(r *http.Request) (*http.Response, error) {
	body, ok := a[r.URL.Path]
	if !ok {
		return nil, errors.New("nobody answers")
	}
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
}

const (
	fuzzIssuer   = "https://idp.example"
	fuzzAccess   = "the-access-token"
	fuzzMetadata = `{"issuer":"https://idp.example","authorization_endpoint":"https://idp.example/authorize","token_endpoint":"https://idp.example/token",
		"jwks_uri":"https://idp.example/keys","userinfo_endpoint":"https://idp.example/userinfo","id_token_signing_alg_values_supported":["ES256"]}`
)

var (
	fuzzNow     = time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	fuzzRequest = Request{RedirectURI: "https://portal.example/frontdesk/callback/idp", State: "the-state", Nonce: "the-nonce", Verifier: strings.Repeat("v", 43)}
)

// fuzzProvider is a client of a standard provider, or of Entra.
func fuzzProvider(tb testing.TB, cfg Config, a answers) *Provider {
	tb.Helper()
	cfg.Name, cfg.ClientID, cfg.ClientSecret = "idp", "the-client", "the-secret"
	p, err := New(cfg, Options{HTTPClient: &http.Client{Transport: a}, Now: func() time.Time { return fuzzNow }, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

// fuzzKey signs as the provider does; keys is its key set.
func fuzzKey(f *testing.F) (sign func(payload []byte) string, keys string) {
	f.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		f.Fatal(err)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: private}, (&jose.SignerOptions{}).WithHeader("kid", "k"))
	if err != nil {
		f.Fatal(err)
	}
	set, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: private.Public(), KeyID: "k", Use: "sig", Algorithm: "ES256"}}})
	if err != nil {
		f.Fatal(err)
	}
	return func(payload []byte) string {
		jws, err := signer.Sign(payload)
		if err != nil {
			panic(err) // the key is at fault
		}
		token, err := jws.CompactSerialize()
		if err != nil {
			panic(err)
		}
		return token
	}, string(set)
}

// checkFailure holds an error to one of the outcomes, and to holding no secret
// but what the provider's document said itself.
func checkFailure(t *testing.T, err error, document []byte) {
	t.Helper()
	kinds := 0
	for _, kind := range []error{ErrUnavailable, ErrCancelled, ErrRejected} {
		if errors.Is(err, kind) {
			kinds++
		}
	}
	text := err.Error()
	if kinds != 1 {
		t.Errorf("%d outcomes: %v", kinds, err)
	}
	for _, secret := range []string{"the-secret", "the-code", fuzzRequest.Verifier, fuzzAccess, fuzzRequest.Nonce} {
		if strings.Contains(text, secret) && !bytes.Contains(document, []byte(secret)) {
			t.Errorf("the error holds %q: %v", secret, err)
		}
	}
}

// object reads a document as the standard library does.
func object(t *testing.T, document []byte) (o map[string]any) {
	t.Helper()
	if err := stdjson.Unmarshal(document, &o); err != nil {
		t.Fatalf("accepted %q: %v", document, err)
	}
	return o
}

// checkVerified wants every address that is verified to be so by the claims.
func checkVerified(t *testing.T, id Identity, claims map[string]any) {
	t.Helper()
	email, _ := claims["email"].(string)
	for _, a := range id.Verified {
		if parsed, err := directory.ParseAddress(email); err != nil || parsed != a || claims["email_verified"] != true {
			t.Errorf("%v verify %q", claims, a)
		}
	}
}

// checkIdentity holds a person to what is kept of one.
func checkIdentity(t *testing.T, id Identity) {
	t.Helper()
	for _, a := range slices.Concat(id.Verified, id.Claimed) {
		if parsed, err := directory.ParseAddress(string(a)); err != nil || parsed != a {
			t.Errorf("%q is no address: %v", a, err)
		}
	}
	for _, s := range []string{id.Name, id.GivenName, id.FamilyName, id.Phone, id.JobTitle} {
		if len(s) > maxText || strings.ContainsFunc(s, unicode.IsControl) {
			t.Errorf("%q is no line", s)
		}
	}
}

var payloads = []string{
	`{"iss":"https://idp.example","sub":"s","aud":"the-client","nonce":"the-nonce","exp":1772600800,"iat":1772600767,"email":"ann@acme.example","email_verified":true,"given_name":"A"}`,
	`{"iss":"https://idp.example","sub":"s","aud":["the-client","b"],"azp":"the-client","nonce":"the-nonce","exp":1.7726008e9,"iat":1772600767,"nbf":1,"email":"ann@acme.example","email_verified":true}`,
	`{"iss":"https://idp.example","sub":"s","sub":"t","aud":["the-client"],"nonce":"the-nonce","exp":1772600800,"iat":1772600767,"Email":"eve@acme.example"}`,
	`{"iss":"https://idp.example/","sub":7,"aud":{"the-client":1},"nonce":null,"exp":"1772600800","iat":1e400,"email":"ann@acme.example","email_verified":true}`,
	`{"iss":"https://idp.example","sub":"s","aud":"the-client","nonce":"the-nonce","exp":1772600800,"iat":1772600767,"email":"ann@acme.example","email_verified":"true"}`,
	`{"iss":"https://evil.example","sub":"s","aud":"the-client","nonce":"the-nonce","exp":1772600800,"iat":1772600767,"email":"ann@acme.example","email_verified":true}`,
	`{"iss":"https://idp.example","sub":"s","aud":"the-client","nonce":"another","exp":1772600800,"iat":1772600767,"email":"ann@acme.example","email_verified":true}`,
	`{"iss":"https://idp.example","sub":"s","aud":"another","nonce":"the-nonce","exp":1772600800,"iat":1772600767,"email":"ann@acme.example","email_verified":true}`,
	`{"iss":"https://idp.example","sub":"s","aud":"the-client","nonce":"the-nonce","exp":1772600000,"iat":1772600767,"email":"ann@acme.example","email_verified":true}`,
	`{"iss":"https://idp.example","sub":"s","aud":"the-client","nonce":"the-nonce","exp":1772700000,"iat":1772690000,"email":"ann@acme.example","email_verified":true}`,
	`{"iss":"https://idp.example","sub":"s","aud":"the-client","nonce":"the-nonce","exp":1772600800,"iat":1772600767,"name":"a\u0000b","email":"ann@acme.example","email_verified":true}`,
	`{}`, `[]`, `null`, `"x"`,
}

// FuzzIDToken signs any payload with the provider's own key: what is accepted
// says, to another reader of JSON too, all that a sign-in rests on.
func FuzzIDToken(f *testing.F) {
	for _, seed := range payloads {
		f.Add([]byte(seed))
	}
	sign, keys := fuzzKey(f)
	f.Fuzz(func(t *testing.T, payload []byte) {
		token, err := json.Marshal(map[string]any{"access_token": fuzzAccess, "token_type": "Bearer", "id_token": sign(payload)})
		if err != nil {
			t.Fatal(err)
		}
		p := fuzzProvider(t, Config{Issuer: fuzzIssuer}, answers{"/.well-known/openid-configuration": fuzzMetadata, "/keys": keys, "/token": string(token)})
		id, err := p.Exchange(t.Context(), fuzzRequest, Response{Code: "the-code"})
		if err != nil {
			checkFailure(t, err, payload)
			if string(payload) == payloads[0] {
				t.Errorf("a good one is refused: %v", err)
			}
			return
		}
		checkIdentity(t, id)
		claims := object(t, payload)
		several, _ := claims["aud"].([]any)
		if claims["iss"] != fuzzIssuer || id.Subject == "" || claims["sub"] != id.Subject || claims["nonce"] != "the-nonce" || claims["aud"] != "the-client" && !slices.Contains(several, any("the-client")) {
			t.Errorf("accepted %q as %+v", payload, id)
		}
		now, expires, issued := float64(fuzzNow.Unix()), claims["exp"].(float64), claims["iat"].(float64)
		if expires+121 < now || issued-121 > now {
			t.Errorf("accepted %q at %v", payload, now)
		}
		checkVerified(t, id, claims)
	})
}

// FuzzTokenAnswer: no answer of the token endpoint signs anybody in that holds
// no token signed by the provider.
func FuzzTokenAnswer(f *testing.F) {
	sign, keys := fuzzKey(f)
	good := sign([]byte(payloads[0]))
	head, signature := good[:strings.LastIndexByte(good, '.')], good[strings.LastIndexByte(good, '.'):]
	for _, seed := range []string{
		`{"access_token":"a","token_type":"Bearer","id_token":"` + head + `."}`, `{"access_token":"a","id_token":7}`, `{"access_token":"","id_token":"x.y.z"}`,
		`{"access_token":"a","id_token":"eyJhbGciOiJub25lIn0.` + strings.Split(head, ".")[1] + `."}`, `{"access_token":"a","expires_in":"x","id_token":"` + head + `.AAAA"}`,
		`{"error":"invalid_grant","error_description":"the-code the-secret \u202e\n"}`, `access_token=a&id_token=b`, `[]`, `{`, ``,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, answer []byte) {
		if strings.Contains(string(answer), signature) {
			return
		}
		p := fuzzProvider(t, Config{Issuer: fuzzIssuer}, answers{"/.well-known/openid-configuration": fuzzMetadata, "/keys": keys, "/token": string(answer)})
		id, err := p.Exchange(t.Context(), fuzzRequest, Response{Code: "the-code"})
		if err == nil {
			t.Fatalf("%q signs in %+v", answer, id)
		}
		checkFailure(t, err, nil)
	})
}

// FuzzMetadata: whatever a provider says of itself, people and secrets are sent
// to https alone, with our own words, and no token is accepted by a secret.
func FuzzMetadata(f *testing.F) {
	for _, seed := range []string{
		fuzzMetadata,
		`{"issuer":"https://idp.example","authorization_endpoint":"https://h/a?client_id=evil&x=%0X","token_endpoint":"https://h/t","jwks_uri":"https://h/k","end_session_endpoint":"https://h/e?client_id=evil","token_endpoint_auth_methods_supported":["client_secret_post"],"prompt_values_supported":["login"]}`,
		`{"issuer":"https://idp.example","authorization_endpoint":"http://h/a","token_endpoint":"https://h/t","jwks_uri":"https://h/k"}`,
		`{"issuer":"https://idp.example","authorization_endpoint":"https://u:p@h/a","token_endpoint":"//h/t","jwks_uri":"https:h","end_session_endpoint":7}`,
		`{"issuer":"https://idp.example","authorization_endpoint":"https://h/a","token_endpoint":"https://h/t","jwks_uri":"https://h/k","id_token_signing_alg_values_supported":["none","HS256"]}`,
		`{"issuer":"https://idp.example","authorization_endpoint":"https://h/a","token_endpoint":"https://h/t","jwks_uri":"https://h/k","end_session_endpoint":"javascript:x"}`,
		`{"issuer":"https://idp.example","authorization_endpoint":"https://h/a","token_endpoint":"https://h/t","jwks_uri":"https://h/k","end_session_endpoint":"http://h/e"}`,
		`{"issuer":"https://idp.example","Issuer":"https://evil.example","authorization_endpoint":"javascript:x","end_session_endpoint":"javascript:x"}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, document []byte) {
		p := fuzzProvider(t, Config{Issuer: fuzzIssuer, EndSession: true}, answers{"/.well-known/openid-configuration": string(document)})
		request := fuzzRequest
		request.ChooseAccount, request.LoginHint = true, "ann@acme.example"
		address, err := p.AuthCodeURL(t.Context(), request)
		if err != nil {
			checkFailure(t, err, document)
		} else {
			// What the provider wrote into the address itself stays (RFC 6749, 3.1).
			checkSentTo(t, address, map[string]string{"client_id": "the-client", "redirect_uri": request.RedirectURI, "state": "the-state", "nonce": "the-nonce", "code_challenge_method": "S256", "response_type": "code"})
		}
		address, err = p.EndSessionURL(t.Context(), "https://portal.example/frontdesk/sign-out", "everywhere")
		if err != nil {
			checkFailure(t, err, document)
		} else {
			checkSentTo(t, address, map[string]string{"client_id": "the-client", "post_logout_redirect_uri": "https://portal.example/frontdesk/sign-out", "state": "everywhere"})
		}
		m, err := p.metadata.usable(t.Context())
		if err != nil {
			return
		}
		for _, endpoint := range []string{m.AuthURL, m.TokenURL, m.JWKSURL} {
			if u, err := url.Parse(endpoint); err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil {
				t.Errorf("endpoint %q", endpoint)
			}
		}
		for _, alg := range m.signatureAlgs {
			if !slices.Contains([]string{"RS256", "RS384", "RS512", "ES256", "ES384", "ES512", "PS256", "PS384", "PS512", "EdDSA"}, alg) {
				t.Errorf("tokens by %q", alg)
			}
		}
	})
}

// checkSentTo holds an address that browsers are sent to to https and to our
// parameters.
func checkSentTo(t *testing.T, address string, want map[string]string) {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || u.Fragment != "" || strings.ContainsFunc(address, unicode.IsControl) {
		t.Errorf("sent to %q, %v", address, err)
		return
	}
	query := u.Query()
	for name, value := range want {
		if !slices.Contains(query[name], value) {
			t.Errorf("%s is %q in %q", name, query[name], address)
		}
	}
}

// FuzzUserInfo: an address is verified by the endpoint's own word only, for the
// person of the token, and what the token says of it is not mixed with it.
func FuzzUserInfo(f *testing.F) {
	for _, seed := range []string{
		`{"sub":"s","email":"ann@acme.example","email_verified":true,"given_name":"Ann","phone_number":"+1"}`, `{"sub":"t","email":"ann@acme.example","email_verified":true}`,
		`{"sub":"s","email_verified":true}`, `{"sub":"s","email":"ann@acme.example","email_verified":1}`, `{"sub":"s","SUB":"t","email":["ann@acme.example"],"email_verified":true}`, `{"sub":"s","sub":"s"}`, `null`, `{`,
	} {
		f.Add([]byte(seed), "eve@acme.example")
		f.Add([]byte(seed), "")
	}
	f.Fuzz(func(t *testing.T, document []byte, claimed string) {
		p := fuzzProvider(t, Config{Issuer: fuzzIssuer}, answers{"/userinfo": string(document)})
		m := metadata{}
		m.UserInfoURL = fuzzIssuer + "/userinfo"
		claims := idClaims{Subject: "s", personClaims: personClaims{Email: text(line(claimed))}}
		id, err := p.identifyStandard(t.Context(), m, fuzzAccess, claims, true)
		if err != nil {
			checkFailure(t, err, document)
			return
		}
		checkIdentity(t, id)
		said := object(t, document)
		if said["sub"] != "s" {
			t.Errorf("accepted %q", document)
		}
		checkVerified(t, id, said)
	})
}

// FuzzGraph: a profile fills in lines, and never an address or who it is.
func FuzzGraph(f *testing.F) {
	for _, seed := range []string{`{"givenName":"Ann","surname":"Archer","jobTitle":"CEO","businessPhones":["+1"],"mobilePhone":null}`, `{"givenName":7,"businessPhones":"x","jobTitle":"a\u0000b"}`, `{"mail":"eve@acme.example","id":"x"}`, `[`, `{"givenName":"a","givenName":"b"}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, document []byte) {
		p := fuzzProvider(t, Config{Entra: true, Tenant: TenantOrganizations}, answers{"/v1.0/me": string(document)})
		before := Identity{Issuer: "i", Subject: "s", Tenant: "t", Verified: []directory.Address{"ann@acme.example"}, Name: "N", GivenName: "G"}
		id := before
		p.addGraphProfile(t.Context(), metadata{GraphHost: "graph.microsoft.com"}, fuzzAccess, &id)
		checkIdentity(t, id)
		if id.Issuer != "i" || id.Subject != "s" || id.Tenant != "t" || id.Name != "N" || id.GivenName == "" || len(id.Verified) != 1 || id.Verified[0] != before.Verified[0] || len(id.Claimed) != 0 {
			t.Errorf("%q made %+v", document, id)
		}
	})
}

// FuzzResponse: what comes to the callback is refused in one line, before
// anything is sent to the provider, unless it may hold a code of this one.
func FuzzResponse(f *testing.F) {
	for _, seed := range [][4]string{{"the-code", "", "", ""}, {"", "", "access_denied", "no\r\n\u202e"}, {"c", "https://evil.example", "", ""}, {"c", fuzzIssuer, "", ""}, {"c", "", "server_error", strings.Repeat("é", 300)}, {"", "", "", "x"}} {
		f.Add(seed[0], seed[1], seed[2], seed[3])
	}
	p := fuzzProvider(f, Config{Issuer: fuzzIssuer}, answers{})
	f.Fuzz(func(t *testing.T, code, issuer, problem, description string) {
		err := p.checkResponse(metadata{}, Response{Code: code, Issuer: issuer, Error: problem, ErrorDescription: description})
		if good := code != "" && len(code) <= maxCode && problem == "" && (issuer == "" || issuer == fuzzIssuer); good != (err == nil) {
			t.Errorf("%q, %q, %q: %v", code, issuer, problem, err)
		}
		if err == nil {
			return
		}
		if text := err.Error(); len(text) > 2500 || strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) {
			t.Errorf("not for a log: %q", text)
		}
	})
}
