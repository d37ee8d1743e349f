package provider_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"github.com/frontdesk-gateway/frontdesk/internal/certified"
	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/provider"
)

// visit follows the browser's way from the provider to the callback.
func visit(t *testing.T, address string) provider.Response {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	var location *url.URL
	browser := &http.Client{Jar: jar, CheckRedirect: func(req *http.Request, _ []*http.Request) error {
		if strings.HasPrefix(req.URL.String(), callback) {
			location = req.URL
			return http.ErrUseLastResponse
		}
		return nil
	}}
	resp, err := browser.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if location == nil {
		body, _ := io.ReadAll(resp.Body)
		t.Fatalf("no way to the callback: %s: %s", resp.Status, body)
	}
	return arrived(t, location)
}

func TestCertifiedProvider(t *testing.T) {
	dir := certified.Install(t)
	for _, authMethod := range []string{"client_secret_basic", "client_secret_post"} {
		t.Run(authMethod, func(t *testing.T) {
			c := certified.Start(t, dir, certified.Client{ID: clientID, Secret: clientSecret, RedirectURI: callback, AuthMethod: authMethod})
			t.Run("claims in userinfo", func(t *testing.T) { testCertified(t, c.Conforming, c.InToken) })
			t.Run("claims in the id_token", func(t *testing.T) { testCertified(t, c.InToken, c.Conforming) })
		})
	}
}

func testCertified(t *testing.T, issuer, otherIssuer string) {
	p, err := provider.New(provider.Config{Name: "certified", Issuer: issuer, ClientID: clientID, ClientSecret: clientSecret}, provider.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	identity := func(sub string) provider.Identity {
		return provider.Identity{Issuer: issuer, Subject: sub, Name: "Grace Hopper", GivenName: "Grace", FamilyName: "Hopper"}
	}
	verified, unverified := identity("grace@example.com"), identity("unverified@example.com")
	verified.Verified = []directory.Address{"grace@example.com"}
	unverified.Claimed = []directory.Address{"unverified@example.com"}

	for name, test := range map[string]struct {
		hint   string
		change func(*provider.Request, *provider.Response)
		want   provider.Identity
		err    error
	}{
		"verified":         {hint: "grace@example.com", want: verified},
		"unverified":       {hint: "unverified@example.com", want: unverified},
		"cancelled":        {hint: "cancel@example.com", err: provider.ErrCancelled},
		"another nonce":    {change: func(r *provider.Request, _ *provider.Response) { r.Nonce = "another" }, err: provider.ErrRejected},
		"another verifier": {change: func(r *provider.Request, _ *provider.Response) { r.Verifier = strings.Repeat("x", 43) }, err: provider.ErrRejected},
		"another code":     {change: func(_ *provider.Request, r *provider.Response) { r.Code = strings.Repeat("x", 43) }, err: provider.ErrRejected},
		"iss of another":   {change: func(_ *provider.Request, r *provider.Response) { r.Issuer = otherIssuer }, err: provider.ErrRejected},
		"iss taken off":    {change: func(_ *provider.Request, r *provider.Response) { r.Issuer = "" }, err: provider.ErrRejected},
	} {
		t.Run(name, func(t *testing.T) {
			r := request()
			if r.LoginHint = test.hint; test.hint == "" {
				r.LoginHint = "grace@example.com"
			}
			address, err := p.AuthCodeURL(t.Context(), r)
			if err != nil {
				t.Fatal(err)
			}
			resp := visit(t, address)
			if resp.Issuer != issuer {
				t.Errorf("iss %q came back, want %q", resp.Issuer, issuer)
			}
			if test.change != nil {
				test.change(&r, &resp)
			}
			got, err := p.Exchange(t.Context(), r, resp)
			if !errors.Is(err, test.err) {
				t.Fatalf("got %v, want %v", err, test.err)
			}
			if !reflect.DeepEqual(got, test.want) {
				t.Errorf("got  %+v\nwant %+v", got, test.want)
			}
		})
	}
}
