// Package certified runs npm's oidc-provider, an OpenID-certified
// implementation, for tests. It needs Node.js and npm.
package certified

import (
	"bufio"
	"embed"
	"encoding/json"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"strings"
	"testing"
)

//go:embed all:harness
var harness embed.FS

// Client is the one client that the providers know.
type Client struct {
	ID, Secret, RedirectURI string
	PostLogoutURI           string // where it may send browsers after a sign-out; empty: nowhere
	AuthMethod              string // at the token endpoint: client_secret_basic or client_secret_post
}

// Issuers are two providers of one kind. They sign in whoever login_hint names
// and ask nothing; cancel@example.com declines.
type Issuers struct {
	Conforming string // its id_tokens hold no email claims
	InToken    string // its id_tokens do
}

// Install puts the harness and its locked packages into a folder of the test.
func Install(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	files, err := fs.Sub(harness, "harness")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(dir, files); err != nil {
		t.Fatal(err)
	}
	npm := exec.CommandContext(t.Context(), "npm", "ci", "--ignore-scripts")
	npm.Dir = dir
	if out, err := npm.CombinedOutput(); err != nil {
		t.Fatalf("npm ci: %v\n%s", err, out)
	}
	return dir
}

// Start runs the providers of an installed harness until the test ends.
func Start(t *testing.T, dir string, client Client) Issuers {
	t.Helper()
	node := exec.Command("node", "server.mjs")
	node.Dir = dir
	node.Env = append(os.Environ(), "CLIENT_ID="+client.ID, "CLIENT_SECRET="+client.Secret,
		"REDIRECT_URI="+client.RedirectURI, "POST_LOGOUT_URI="+client.PostLogoutURI, "AUTH_METHOD="+client.AuthMethod)
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
func issuers(t *testing.T, stdout io.Reader) (i Issuers) {
	t.Helper()
	lines := bufio.NewScanner(stdout)
	for lines.Scan() {
		if json.Unmarshal(lines.Bytes(), &i) == nil && i.InToken != "" {
			return i
		}
	}
	t.Fatal("the provider did not start")
	return i
}
