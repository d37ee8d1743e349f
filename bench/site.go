package main

import (
	"fmt"
	"strings"
	"text/template"
)

// site is a configuration of Caddy: one site in front of the portal.
type site struct {
	name   string
	guard  string // what stands in front of reverse_proxy
	proxy  string // lines of its block
	store  string // of the gateway; empty: there is none
	option string // further lines of the global option frontdesk
	secure bool   // serve HTTPS, by the lab's certificate
	mail   string // address of a mail server; empty: none
	quiet  bool   // reverse_proxy logs nothing
}

// alone is the proxy and nothing in front of it.
var alone = site{name: "reverse_proxy alone"}

// overTLS is a site with TLS.
func (s site) overTLS() site {
	s.secure = true
	return s
}

// guarded is a site behind Frontdesk. headers are lines of its block headers.
func guarded(name, store string, headers ...string) site {
	guard := "frontdesk client {\n\t\tpublic " + publicPath + "\n\t}"
	option := ""
	if len(headers) > 0 {
		option = "headers {\n\t\t\t" + strings.Join(headers, "\n\t\t\t") + "\n\t\t}"
	}
	return site{name: name, guard: guard, store: store, option: option}
}

var siteTemplate = template.Must(template.New("Caddyfile").Parse(`{
	admin unix/{{.Folder}}/admin
	persist_config off
	auto_https disable_redirects
	storage file_system {{.Folder}}/data
{{- if .Site.Quiet}}
	log {
		exclude http.handlers.reverse_proxy
	}
{{- end}}
{{- with .Site.Store}}
	frontdesk {
		store bolt {{.}}
		support_email help@msp.example
		platform client {{$.Origin}} {
			methods {{if $.Site.Mail}}email_token {{end}}password
		}
		{{- with $.Site.Mail}}
		mail {
			from desk@msp.example
			smtp {{.}} {
				tls off
			}
		}
		{{- end}}
		{{$.Site.Option}}
	}
{{- end}}
}
{{.Origin}} {
	{{- if .Site.Secure}}
	tls {{.Folder}}/certificate.pem {{.Folder}}/key.pem
	{{- end}}
	{{.Site.Guard}}
	reverse_proxy {{.Portal}} {
{{.Site.Proxy}}
	}
}
`))

// siteParts is what the template takes.
type siteParts struct {
	Site struct {
		Store, Guard, Proxy, Option, Mail string
		Secure, Quiet                     bool
	}
	Origin, Portal, Folder string
}

// caddyfile writes the configuration.
func (s site) caddyfile(origin, portal, folder string) (string, error) {
	parts := siteParts{Origin: origin, Portal: portal, Folder: folder}
	parts.Site.Store, parts.Site.Guard, parts.Site.Proxy, parts.Site.Option, parts.Site.Mail = s.store, s.guard, s.proxy, s.option, s.mail
	parts.Site.Secure, parts.Site.Quiet = s.secure, s.quiet
	var text strings.Builder
	if err := siteTemplate.Execute(&text, parts); err != nil {
		return "", fmt.Errorf("writing the Caddyfile of %s: %w", s.name, err)
	}
	return text.String(), nil
}
