package provider_test

import (
	"errors"
	"net/http"
	"reflect"
	"testing"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/provider"
	"github.com/frontdesk-gateway/frontdesk/internal/standin"
)

// newStandard bends the stand-in to a provider without Entra's ways: one
// issuer, these claims in its id_token, a userinfo endpoint.
func newStandard(t *testing.T, claims map[string]any, metadata map[string]any, userinfo http.HandlerFunc) (*world, *provider.Provider) {
	var w *world
	var issuer string
	w = newWorld(t, standin.Forge{
		Discovery: func(document map[string]any) {
			document["issuer"] = issuer
			document["userinfo_endpoint"] = w.server.URL + "/common/userinfo"
			set(document, metadata)
		},
		Token: func(token *standin.Token) {
			for _, claim := range []string{"oid", "tid", "email", "xms_edov", "preferred_username", "name"} {
				delete(token.Claims, claim)
			}
			set(token.Claims, map[string]any{"iss": issuer, "sub": "subject"})
			set(token.Claims, claims)
			token.Claims["iss"] = replaceBase(token.Claims["iss"].(string), w.server.URL)
		},
	})
	issuer = w.server.URL + "/common/v2.0"
	w.inFront("/userinfo", userinfo)
	return w, w.provider(provider.Config{Name: "other", Issuer: issuer, ClientID: clientID, ClientSecret: clientSecret})
}

func TestStandardIdentity(t *testing.T) {
	address := []directory.Address{"a@b.example"}
	for name, test := range map[string]struct {
		claims   map[string]any
		userinfo string // JSON; empty: it fails
		want     provider.Identity
		err      error
		asked    int
	}{
		"in the token": {claims: map[string]any{"email": "a@b.example", "email_verified": true, "given_name": "A", "phone_number": "+1"},
			want: provider.Identity{Verified: address, GivenName: "A", Phone: "+1"}},
		"not verified":      {claims: map[string]any{"email": "a@b.example", "email_verified": false}, want: provider.Identity{Claimed: address}},
		"verified a text":   {claims: map[string]any{"email": "a@b.example", "email_verified": "true"}, want: provider.Identity{Claimed: address}},
		"verified a number": {claims: map[string]any{"email": "a@b.example", "email_verified": 1}, want: provider.Identity{Claimed: address}},
		"xms_edov means nothing": {claims: map[string]any{"email": "a@b.example", "email_verified": false, "xms_edov": true,
			"verified_primary_email": address}, want: provider.Identity{Claimed: address}},
		"tid means nothing": {claims: map[string]any{"email": "a@b.example", "email_verified": true, "tid": tenantA}, want: provider.Identity{Verified: address}},
		"in userinfo": {userinfo: `{"sub":"subject","email":"a@b.example","email_verified":true,"name":"A B"}`, asked: 1,
			want: provider.Identity{Verified: address, Name: "A B"}},
		"in userinfo, a text": {userinfo: `{"sub":"subject","email":"a@b.example","email_verified":"true"}`, asked: 1,
			want: provider.Identity{Claimed: address}},
		"another's verified": {claims: map[string]any{"email": "a@b.example"}, asked: 1,
			userinfo: `{"sub":"subject","email":"c@d.example","email_verified":true}`,
			want:     provider.Identity{Verified: []directory.Address{"c@d.example"}}},
		"verified, but of what": {claims: map[string]any{"email": "a@b.example"}, asked: 1,
			userinfo: `{"sub":"subject","email_verified":true}`, want: provider.Identity{Claimed: address}},
		"verified in the token, address elsewhere": {claims: map[string]any{"email_verified": true}, asked: 1,
			userinfo: `{"sub":"subject","email":"a@b.example"}`, want: provider.Identity{Claimed: address}},
		"userinfo of another":      {userinfo: `{"sub":"stranger","email":"a@b.example","email_verified":true}`, err: provider.ErrRejected, asked: 1},
		"userinfo of nobody":       {userinfo: `{"email":"a@b.example","email_verified":true}`, err: provider.ErrRejected, asked: 1},
		"userinfo fails":           {err: provider.ErrUnavailable, asked: 1},
		"userinfo in another case": {userinfo: `{"sub":"subject","Email":"a@b.example","Email_Verified":true}`, asked: 1},
	} {
		t.Run(name, func(t *testing.T) {
			answer := text(test.userinfo)
			if test.userinfo == "" {
				answer = status(http.StatusBadGateway)
			}
			w, p := newStandard(t, test.claims, nil, answer)
			got, err := w.signIn(p, request(), adaOID)
			if !errors.Is(err, test.err) {
				t.Fatalf("got %v, want %v", err, test.err)
			}
			if err == nil {
				test.want.Issuer, test.want.Subject = w.server.URL+"/common/v2.0", "subject"
			}
			if !reflect.DeepEqual(got, test.want) {
				t.Errorf("got  %+v\nwant %+v", got, test.want)
			}
			if w.count("userinfo") != test.asked {
				t.Errorf("userinfo was asked %d times, want %d", w.count("userinfo"), test.asked)
			}
		})
	}
}

// Names from userinfo are a courtesy where the address is proved already.
func TestStandardProfile(t *testing.T) {
	proved := map[string]any{"email": "a@b.example", "email_verified": true}
	for name, test := range map[string]struct {
		answer http.HandlerFunc
		given  string
	}{
		"answered":  {text(`{"sub":"subject","given_name":"Ada","email":"x@y.example","email_verified":true}`), "Ada"},
		"down":      {status(http.StatusBadGateway), ""},
		"another's": {text(`{"sub":"stranger","given_name":"Eve"}`), ""},
	} {
		t.Run(name, func(t *testing.T) {
			w, p := newStandard(t, proved, nil, test.answer)
			r := request()
			r.WantProfile = true
			got, err := w.signIn(p, r, adaOID)
			if err != nil {
				t.Fatal(err)
			}
			if got.GivenName != test.given || !reflect.DeepEqual(got.Verified, []directory.Address{"a@b.example"}) {
				t.Errorf("got %+v", got)
			}
		})
	}
}

func TestStandardIssuer(t *testing.T) {
	proved := map[string]any{"email": "a@b.example", "email_verified": true}
	for name, test := range map[string]struct {
		iss      any // of the token; nil: the right one
		metadata map[string]any
		response string // RFC 9207
		want     error
	}{
		"right":               {},
		"another":             {iss: "https://attacker.example", want: provider.ErrRejected},
		"with a slash":        {iss: "BASE/common/v2.0/", want: provider.ErrRejected},
		"response right":      {response: "BASE/common/v2.0"},
		"response wrong":      {response: "https://attacker.example", want: provider.ErrRejected},
		"response promised":   {metadata: map[string]any{"authorization_response_iss_parameter_supported": true}, want: provider.ErrRejected},
		"only secrets sign":   {metadata: map[string]any{"id_token_signing_alg_values_supported": []string{"HS256", "none"}}, want: provider.ErrUnavailable},
		"metadata of another": {metadata: map[string]any{"issuer": "https://attacker.example"}, want: provider.ErrUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			claims := map[string]any{}
			set(claims, proved)
			if test.iss != nil {
				claims["iss"] = test.iss
			}
			w, p := newStandard(t, claims, test.metadata, nil)
			if _, err := p.AuthCodeURL(t.Context(), request()); err != nil {
				if !errors.Is(err, test.want) {
					t.Errorf("got %v, want %v", err, test.want)
				}
				return
			}
			resp := authorize(t, t.Context(), p, request(), adaOID)
			resp.Issuer = replaceBase(test.response, w.server.URL)
			if _, err := p.Exchange(t.Context(), request(), resp); !errors.Is(err, test.want) {
				t.Errorf("got %v, want %v", err, test.want)
			}
		})
	}
}

func TestStandardPrompt(t *testing.T) {
	for name, test := range map[string]struct {
		supported any
		choose    bool
		want      string
	}{
		"not asked":      {nil, false, ""},
		"says nothing":   {nil, true, "select_account"},
		"select_account": {[]string{"login", "select_account"}, true, "select_account"},
		"login alone":    {[]string{"none", "login"}, true, "login"},
		"neither":        {[]string{"none"}, true, ""},
	} {
		t.Run(name, func(t *testing.T) {
			w, p := newStandard(t, nil, map[string]any{"prompt_values_supported": test.supported}, nil)
			r := request()
			r.ChooseAccount, r.WantProfile = test.choose, true
			address, err := p.AuthCodeURL(t.Context(), r)
			if err != nil {
				t.Fatal(err)
			}
			checkQuery(t, address, w.server.URL, map[string]string{"prompt": test.want, "scope": "openid profile email"})
		})
	}
}
