package caddymodule

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile"

	"github.com/frontdesk-gateway/frontdesk/internal/config"
	"github.com/frontdesk-gateway/frontdesk/internal/gateway"
)

// position is how Caddy tells where something stands.
var position = regexp.MustCompile(`Caddyfile:[1-9][0-9]*`)

// golden are the Caddyfiles of testdata that stand by themselves.
func golden(f *testing.F) (texts []string) {
	f.Helper()
	files, err := filepath.Glob("testdata/caddyfile/*.caddyfiletest")
	if err != nil || len(files) == 0 {
		f.Fatalf("no golden files: %v", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		if input, _, _ := strings.Cut(string(text), dashes); !strings.Contains(input, "import") {
			texts = append(texts, input)
		}
	}
	return texts
}

// FuzzCaddyfile: the adapter makes one and the same JSON or error of ours of a
// Caddyfile, and what it makes of the global option can be read by the app.
func FuzzCaddyfile(f *testing.F) {
	for _, text := range append(golden(f), "2X\n@ {\n!\n0\t}") {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if strings.Contains(text, "import") || strings.Contains(text, "{$") {
			return // it reads other files, or the environment
		}
		adapted, err := adapt(text)
		again, errAgain := adapt(text)
		if !bytes.Equal(adapted, again) || (err == nil) != (errAgain == nil) || err != nil && (isOurs(err) || isOurs(errAgain)) && err.Error() != errAgain.Error() {
			t.Errorf("%s, %v; and again %s, %v", adapted, err, again, errAgain)
		}
		if err != nil {
			return
		}
		var made struct {
			Apps map[string]json.RawMessage `json:"apps"`
		}
		if err := json.Unmarshal(adapted, &made); err != nil {
			t.Fatalf("%s: %v", adapted, err)
		}
		if app, ok := made.Apps["frontdesk"]; ok {
			checkApp(t, app)
		}
	})
}

// isOurs tells our errors from Caddy's, which names any of several matchers that are
// wrong.
func isOurs(err error) bool { return strings.Contains(err.Error(), "tokens for 'frontdesk'") }

// checkApp holds the JSON of the app to what the app reads, and to settings,
// but for values that are placeholders still.
func checkApp(t *testing.T, text []byte) {
	t.Helper()
	var c config.Config
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&c); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	if _, err := c.Settings(); settled(err) != nil {
		t.Errorf("%s: %v", text, err)
	}
	if written, err := json.Marshal(c); err != nil || !bytes.Equal(written, text) {
		t.Errorf("%s became %s, %v", text, written, err)
	}
}

// FuzzGlobalOption reads any tokens as the global option: an error says where.
func FuzzGlobalOption(f *testing.F) {
	for _, text := range golden(f) {
		if _, inside, found := strings.Cut(text, "frontdesk"); found {
			f.Add("frontdesk" + inside)
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		tokens, err := caddyfile.Tokenize([]byte(text), "Caddyfile")
		if err != nil || len(tokens) == 0 {
			return
		}
		made, err := parseGlobalOption(caddyfile.NewDispenser(tokens), nil)
		if err != nil {
			checkRefusal(t, text, err)
			return
		}
		checkApp(t, made.(httpcaddyfile.App).Value)
	})
}

// checkRefusal wants every line of an error to say where, and what.
func checkRefusal(t *testing.T, text string, err error) {
	t.Helper()
	if !position.MatchString(err.Error()) || len(err.Error()) < len("Caddyfile:1: ")+10 {
		t.Errorf("%q: %v", text, err)
	}
	var found config.Errors
	if errors.As(err, &found) && len(position.FindAllString(err.Error(), -1)) < len(found) {
		t.Errorf("%q: not every error says where: %v", text, err)
	}
}

// FuzzDirective reads any tokens as the directive: what is accepted suits the
// handler.
func FuzzDirective(f *testing.F) {
	for _, text := range golden(f) {
		if at := strings.LastIndex(text, "frontdesk"); at >= 0 {
			f.Add(text[at:])
		}
	}
	f.Add("frontdesk client {\n\tpublic /a /b/* /c%20 /../x\n\theaders {\n\t\tRemote-User X-User\n\t\tRemote-Name off\n\t}\n}")
	f.Fuzz(func(t *testing.T, text string) {
		tokens, err := caddyfile.Tokenize([]byte(text), "Caddyfile")
		if err != nil || len(tokens) == 0 {
			return
		}
		d := caddyfile.NewDispenser(tokens)
		d.Next()
		h, err := parseHandler(d)
		if err != nil {
			checkRefusal(t, text, err)
			return
		}
		if _, err := gateway.ParsePublic(h.Public); err != nil {
			t.Errorf("%q: %v", text, err)
		}
		if _, err := config.CheckHeaders("headers", h.Headers); err != nil {
			t.Errorf("%q: %v", text, err)
		}
		written, err := json.Marshal(h)
		if err != nil {
			t.Fatal(err)
		}
		var again Handler
		if err := json.Unmarshal(written, &again); err != nil || again.Platform != h.Platform || !slices.Equal(again.Public, h.Public) || !maps.Equal(again.Headers, h.Headers) {
			t.Errorf("%q is %s, and that %+v, %v", text, written, &again, err)
		}
	})
}
