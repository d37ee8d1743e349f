package caddymodule

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig"

	"github.com/frontdesk-gateway/frontdesk/internal/store/memory"
	"github.com/frontdesk-gateway/frontdesk/internal/transfer"
)

var block = regexp.MustCompile("(?s)\n```(caddyfile|json|ndjson|csv)\n(.*?)\n```\n")

// TestDocumentedExamples runs every example of the README and the docs: a
// Caddyfile is adapted and provisioned, a file of people is imported.
func TestDocumentedExamples(t *testing.T) {
	t.Setenv("HOME", t.TempDir())
	t.Setenv("XDG_DATA_HOME", t.TempDir())
	for _, name := range []string{"SMTP_USERNAME", "SMTP_PASSWORD", "MICROSOFT_CLIENT_ID", "MICROSOFT_CLIENT_SECRET", "GOOGLE_CLIENT_ID", "GOOGLE_CLIENT_SECRET"} {
		t.Setenv(name, "hush")
	}
	pages, err := filepath.Glob("../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	examples := 0
	for _, page := range append(pages, "../README.md") {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range block.FindAllStringSubmatch(string(text), -1) {
			examples++
			t.Run(filepath.Base(page)+"/"+match[1], func(t *testing.T) { runExample(t, match[1], match[2]) })
		}
	}
	if examples < 5 {
		t.Errorf("only %d examples were found", examples)
	}
}

func runExample(t *testing.T, language, text string) {
	if language != "caddyfile" {
		importExample(t, transfer.Format(language), text)
		return
	}
	adapted, warnings, err := caddyconfig.GetAdapter("caddyfile").Adapt([]byte(text+"\n"), map[string]any{"filename": "Caddyfile"})
	if err != nil {
		t.Fatal(err)
	}
	for _, warning := range warnings { // that it is not formatted, for one
		t.Error(warning)
	}
	var config caddy.Config
	if err := caddy.StrictUnmarshalJSON(adapted, &config); err != nil {
		t.Fatal(err)
	}
	if err := caddy.Validate(&config); err != nil {
		t.Error(err)
	}
}

func importExample(t *testing.T, format transfer.Format, text string) {
	report, err := transfer.Import(t.Context(), memory.New(), strings.NewReader(text+"\n"), transfer.Options{Format: format})
	if err != nil {
		t.Fatal(err)
	}
	if report.Accounts.Added == 0 || report.Contacts.Added == 0 {
		t.Errorf("nothing was added: %s", report)
	}
}
