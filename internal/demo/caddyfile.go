package demo

import (
	_ "embed"
	"strings"
	"text/template"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
)

//go:embed Caddyfile.tmpl
var caddyfileText string

var caddyfileTemplate = template.Must(template.New("Caddyfile").Funcs(template.FuncMap{"quoted": quoted, "methods": methodsOn}).Parse(caddyfileText))

// caddyfileParts is what the Caddyfile is made of.
type caddyfileParts struct {
	Options
	Listening Listening
	Addresses Addresses
	Folder    string // for Caddy's own files
	Store     string // file

	ClientID, ClientSecret string // at the stand-in for Microsoft
	MailServer             string

	// Addresses behind the gateway.
	Portals map[string]string // by platform
	Start   string
	Outbox  string
}

func (p *caddyfileParts) write() ([]byte, error) {
	var text strings.Builder
	err := caddyfileTemplate.Execute(&text, p)
	return []byte(text.String()), err
}

// quoted is a path as one argument of a Caddyfile, whatever it contains.
func quoted(s string) string {
	if !strings.Contains(s, "`") {
		return "`" + s + "`"
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

func methodsOn(p directory.Platform) string { return strings.Join(portalMethods[p], " ") }
