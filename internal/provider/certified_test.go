package provider_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/provider"
)

// certified runs npm's oidc-provider, an OpenID-certified implementation, from
// testdata/oidc-provider. It needs Node and npm.
type certified struct {
	Conforming string // issuer whose id_tokens hold no email claims
	InToken    string // issuer whose id_tokens do
}

// install puts the harness and its locked packages into a folder of the test.
func install(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(filepath.Join("testdata", "oidc-provider"))); err != nil {
		t.Fatal(err)
	}
	npm := exec.CommandContext(t.Context(), "npm", "ci", "--ignore-scripts")
	npm.Dir = dir
	if out, err := npm.CombinedOutput(); err != nil {
		t.Fatalf("npm ci: %v\n%s", err, out)
	}
	return dir
}

func start(t *testing.T, dir, authMethod string) certified {
	t.Helper()
	node := exec.Command("node", "server.mjs")
	node.Dir = dir
	node.Env = append(os.Environ(), "CLIENT_ID="+clientID, "CLIENT_SECRET="+clientSecret,
		"REDIRECT_URI="+callback, "AUTH_METHOD="+authMethod)
	var diagnostics strings.Builder
	node.Stderr = &diagnostics
	stdin, err := node.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := node.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := node.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stdin.Close()
		if err := node.Wait(); err != nil {
			t.Errorf("node: %v\n%s", err, diagnostics.String())
		}
	})
	return issuers(t, stdout)
}

// issuers reads the line that says what was started; warnings of the package
// may precede it.
func issuers(t *testing.T, stdout io.Reader) (c certified) {
	t.Helper()
	lines := bufio.NewScanner(stdout)
	for lines.Scan() {
		if json.Unmarshal(lines.Bytes(), &c) == nil && c.InToken != "" {
			return c
		}
	}
	t.Fatal("the provider did not start")
	return c
}

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
	dir := install(t)
	for _, authMethod := range []string{"client_secret_basic", "client_secret_post"} {
		t.Run(authMethod, func(t *testing.T) {
			c := start(t, dir, authMethod)
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
