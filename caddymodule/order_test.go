package caddymodule

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2"
)

// atHome has Caddy keep its files in a folder of the test's own.
func atHome(t *testing.T) {
	t.Helper()
	folder := t.TempDir()
	for _, name := range []string{"HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"} {
		t.Setenv(name, filepath.Join(folder, name))
	}
}

// validate provisions a configuration as caddy validate does.
func validate(config []byte) error {
	var c caddy.Config
	if err := json.Unmarshal(config, &c); err != nil {
		return err
	}
	return caddy.Validate(&c)
}

// validateSites adapts a Caddyfile of sites, with further global options, and
// provisions it.
func validateSites(options, sites string) error {
	config, err := adapt("{\n" + options + `
	frontdesk {
		platform client https://portal.msp.example {
			methods password
		}
		platform tech https://tech.msp.example {
			methods password
		}
		headers {
			X-Frontdesk-Entity X-For-All
		}
	}
}
` + sites)
	if err != nil {
		return err
	}
	return validate(config)
}

// checkOrdered wants a configuration to load, or not to, for a reason.
func checkOrdered(t *testing.T, err error, refused string) {
	t.Helper()
	switch {
	case refused == "" && err != nil:
		t.Error(err)
	case refused != "" && (err == nil || !strings.Contains(err.Error(), refused)):
		t.Errorf("error %v, want %q", err, refused)
	}
}

// TestOrder: a configuration that would leave a portal open in silence does not load.
func TestOrder(t *testing.T) {
	atHome(t)
	t.Setenv("NAME", "Portal.msp.example")
	for _, c := range []struct {
		name, options, sites string
		refused              string // empty: it loads
	}{
		{"a brace that is quoted", "", `
portal.msp.example {
	route {
		respond /brace "{"
		reverse_proxy localhost:8081
		frontdesk client
	}
}
`, "reverse_proxy comes before"},
		{"a block", "", `
portal.msp.example {
	route {
		frontdesk client
		reverse_proxy localhost:8080
	}
	handle {
		route {
			reverse_proxy localhost:8080
		}
	}
}
`, "reverse_proxy comes before"},
		{"a proxy that is put before blocks", "order reverse_proxy before handle", `
portal.msp.example {
	handle {
		frontdesk client
		reverse_proxy localhost:8080
	}
	reverse_proxy localhost:8081
}
`, "reverse_proxy comes before"},
		{"a proxy of all paths before a block, in a route", "", `
portal.msp.example {
	route {
		reverse_proxy /* localhost:8080
		handle {
			frontdesk client
			reverse_proxy localhost:8080
		}
	}
}
`, "reverse_proxy comes before"},
		{"a handle of all paths before another", "", `
portal.msp.example {
	handle {
		frontdesk client
		reverse_proxy localhost:8080
	}
	handle_path /* {
		reverse_proxy localhost:8080
	}
}
`, "reverse_proxy comes before"},
		{"a handle of all requests", "", `
portal.msp.example {
	@all path *
	handle /a/* {
		frontdesk client
		reverse_proxy localhost:8080
	}
	handle @all {
		frontdesk client
		reverse_proxy localhost:8081
	}
	handle_errors {
		respond x
	}
}
`, ""},
		{"a handle of all paths", "", `
portal.msp.example {
	handle /* {
		frontdesk client
		reverse_proxy localhost:8080
	}
}
`, "frontdesk is behind the matcher of paths /*"},
		{"a block of all paths that only has it", "", `
portal.msp.example {
	route /* {
		frontdesk client
	}
	reverse_proxy localhost:8080
}
`, "frontdesk is behind the matcher of paths /*"},
		{"a block of all requests, by a matcher", "", `
portal.msp.example {
	@all path *
	route @all {
		frontdesk client
	}
	reverse_proxy localhost:8080
}
`, ""},
		{"a block in a site at all paths", "", `
portal.msp.example/* {
	route {
		frontdesk client
		reverse_proxy localhost:8080
	}
}
`, "frontdesk is behind the matcher of paths /*"},
		{"errors of all paths", "", `
portal.msp.example {
	frontdesk client
	reverse_proxy localhost:8080
	handle_errors {
		route /* {
			frontdesk client
		}
		reverse_proxy localhost:8081
	}
}
`, "frontdesk is behind the matcher of paths /*"},
		{"a handle before a block, in a route", "", `
portal.msp.example {
	route {
		handle {
			reverse_proxy localhost:8080
		}
		handle /app/* {
			frontdesk client
			reverse_proxy localhost:8080
		}
	}
}
`, "reverse_proxy comes before"},
		{"in what a portal has answered", "", `
portal.msp.example {
	reverse_proxy localhost:8080 {
		handle_response {
			frontdesk client
			reverse_proxy localhost:8081
		}
	}
}
`, "reverse_proxy comes before"},
		{"sites of a wildcard", "", `
*.msp.example {
	@portal host portal.msp.example
	handle @portal {
		frontdesk client
		reverse_proxy localhost:8080
	}
	@status host status.msp.example
	handle @status {
		reverse_proxy localhost:8081
	}
	@tech host tech.msp.example
	route @tech {
		frontdesk tech
		reverse_proxy localhost:8082
	}
	handle {
		respond 404
	}
	handle_path /files/* {
		file_server
	}
}
`, ""},
		{"a proxy before a block, in a route", "", `
portal.msp.example {
	route {
		reverse_proxy localhost:8080
		handle /app/* {
			frontdesk client
			reverse_proxy localhost:8080
		}
	}
}
`, "reverse_proxy comes before"},
		{"frontdesk put behind blocks", "order frontdesk before reverse_proxy", `
portal.msp.example {
	frontdesk client
	handle /api/* {
		reverse_proxy localhost:8081
	}
	handle {
		reverse_proxy localhost:8080
	}
}
`, "reverse_proxy comes before"},
		{"frontdesk put behind handle", "order frontdesk after handle", `
portal.msp.example {
	frontdesk client
	handle_path /api/* {
		reverse_proxy localhost:8081
	}
}
`, "reverse_proxy comes before"},
		{"files", "", `
portal.msp.example {
	route {
		file_server /assets/*
		file_server {
			root /srv
		}
		frontdesk client
	}
}
`, "file_server comes before"},
		{"what is imported", "", `
(line) {
	{args[:]}
}

portal.msp.example {
	route {
		import line encode
		import line reverse_proxy localhost:8081
		import line frontdesk client
	}
}
`, "reverse_proxy comes before"},
		{"in handle_errors", "", `
portal.msp.example {
	frontdesk client
	reverse_proxy localhost:8080
	handle_errors {
		route {
			reverse_proxy localhost:8081
			frontdesk client
		}
	}
}
`, "reverse_proxy comes before"},
		{"a block, in a route", "", `
portal.msp.example {
	route {
		encode
		handle /api/* {
			reverse_proxy localhost:8081
		}
		frontdesk client
		reverse_proxy localhost:8080
	}
}
`, "reverse_proxy comes before"},
		{"errors handed on", "", `
portal.msp.example {
	frontdesk client
	reverse_proxy 127.0.0.1:8080
	handle_errors 5xx {
		respond "reverse_proxy is down"
	}
	handle_errors 404 {
		reverse_proxy 127.0.0.1:8081
	}
}
`, "where errors are handled, reverse_proxy hands"},
		{"errors handed on by a block beside", "", `
portal.msp.example {
	frontdesk client
	reverse_proxy 127.0.0.1:8080
	handle_errors {
		handle /status/* {
			frontdesk client
			reverse_proxy 127.0.0.1:8081
		}
		handle {
			reverse_proxy 127.0.0.1:8082
		}
	}
}
`, "where errors are handled, reverse_proxy hands"},
		{"twice", "", `
portal.msp.example {
	frontdesk client
	reverse_proxy localhost:8080
	frontdesk client
}
`, "twice"},
		{"twice, imported", "", `
(desk) {
	frontdesk client
}

portal.msp.example {
	import desk
	handle /own/* {
		import desk
		reverse_proxy localhost:8081
	}
	reverse_proxy localhost:8080
	handle_errors {
		import desk
		reverse_proxy localhost:8082
	}
}
`, "twice"},
		{"twice, in a block", "", `
portal.msp.example {
	frontdesk client
	handle /x/* {
		frontdesk client
	}
}
`, "twice"},
		{"blocks that come later", "", `
portal.msp.example {
	route {
		reverse_proxy localhost:8081
	}
	route /app/* {
		frontdesk client
		reverse_proxy localhost:8080
	}
}
`, ""},
		{"a block by a matcher before one that only has frontdesk, for all behind it", "", `
portal.msp.example {
	route {
		frontdesk client
	}
	handle /api/* {
		reverse_proxy localhost:8081
	}
	reverse_proxy localhost:8080
}
`, "reverse_proxy comes before"},
		{"a block by a matcher before one that has frontdesk and its portal", "", `
portal.msp.example {
	handle /api/* {
		reverse_proxy localhost:8081
	}
	route {
		frontdesk client
		reverse_proxy localhost:8080
	}
}
`, ""},
		{"a block by a matcher, and frontdesk for what takes no other", "", `
portal.msp.example {
	handle /api/* {
		reverse_proxy localhost:8081
	}
	handle {
		frontdesk client
	}
	reverse_proxy localhost:8080
}
`, ""},
		{"blocks told apart", "", `
portal.msp.example {
	@status host status.msp.example
	route {
		reverse_proxy @status localhost:8081
		handle /app/* {
			frontdesk client
			reverse_proxy localhost:8080
		}
		reverse_proxy localhost:8082
	}
}
`, ""},
		{"frontdesk put behind blocks, but in one", "order frontdesk before reverse_proxy", `
portal.msp.example {
	handle {
		frontdesk client
		reverse_proxy localhost:8080
	}
}
`, ""},
		{"what comes after an answer", "", `
portal.msp.example {
	frontdesk client
	intercept {
		@failed status 5xx
		handle_response @failed {
			reverse_proxy localhost:8081
		}
	}
	reverse_proxy localhost:8080
}
`, ""},
		{"a page after an answer of frontdesk itself", "", `
portal.msp.example {
	route {
		intercept {
			@failed status 5xx
			handle_response @failed {
				rewrite /error.html
				file_server
			}
		}
		frontdesk client
		reverse_proxy localhost:8080
	}
}
`, ""},
		{"a page by the status of an answer of frontdesk itself", "", `
portal.msp.example {
	intercept {
		@failed status 5xx
		handle_response @failed {
			root /srv/errors
			rewrite /{resp.status_code}.html
			file_server
		}
	}
	handle {
		frontdesk client
		reverse_proxy localhost:8080
	}
}
`, ""},
		{"who is asked after an answer of frontdesk itself", "", `
portal.msp.example {
	intercept {
		handle_response {
			reverse_proxy localhost:8081 {
				handle_response
			}
		}
	}
	handle {
		frontdesk client
		reverse_proxy localhost:8080
	}
}
`, "reverse_proxy comes before"},
		{"the file that was asked for, after an answer of frontdesk itself", "", `
portal.msp.example {
	route {
		intercept {
			@stranger status 401
			handle_response @stranger {
				file_server
			}
		}
		frontdesk client
		file_server
	}
}
`, "file_server comes before"},
		{"what comes after an answer of frontdesk itself", "", `
portal.msp.example {
	route {
		intercept {
			@failed status 5xx
			handle_response @failed {
				reverse_proxy localhost:8081
			}
		}
		frontdesk client
		reverse_proxy localhost:8080
	}
}
`, "reverse_proxy comes before"},
		{"what comes after an answer of frontdesk in a block", "", `
portal.msp.example {
	route {
		intercept {
			@failed status 5xx
			handle_response @failed {
				reverse_proxy localhost:8081
			}
		}
		handle /app/* {
			frontdesk client
			reverse_proxy localhost:8080
		}
	}
}
`, "reverse_proxy comes before"},
		{"errors", "", `
portal.msp.example {
	frontdesk client
	reverse_proxy 127.0.0.1:8080
	handle_errors 502 {
		frontdesk client
		reverse_proxy 127.0.0.1:8081
	}
	handle_errors 503 {
		frontdesk client
		handle /a/* {
			reverse_proxy 127.0.0.1:8081 {
				header_up X-A a
			}
		}
	}
	handle_errors 504 {
		handle /a/* {
			frontdesk client {
				public /a/b
			}
			reverse_proxy 127.0.0.1:8081
		}
		handle {
			frontdesk client
			reverse_proxy 127.0.0.1:8082
		}
	}
	handle_errors {
		respond "{err.status_code}"
	}
}
`, ""},
		{"errors judged in blocks of which a request takes one", "", `
portal.msp.example {
	frontdesk client
	reverse_proxy 127.0.0.1:8080
	handle_errors {
		handle /api/* {
			frontdesk client {
				public /api/*
			}
		}
		handle /closed/* {
			respond "{err.status_code}"
		}
		handle {
			frontdesk client
		}
		reverse_proxy 127.0.0.1:8081
	}
}
`, ""},
		{"errors judged in some blocks", "", `
portal.msp.example {
	frontdesk client
	reverse_proxy 127.0.0.1:8080
	handle_errors {
		handle /api/* {
			header X-Failed yes
		}
		handle {
			frontdesk client
		}
		reverse_proxy 127.0.0.1:8081
	}
}
`, "where errors are handled, reverse_proxy hands"},
		{"errors judged in blocks, but for those that are hinted at", "", `
portal.msp.example {
	frontdesk client
	reverse_proxy 127.0.0.1:8080
	handle_errors {
		handle /assets/* {
			header Link "</style.css>; rel=preload"
			respond 103
		}
		handle {
			frontdesk client
		}
		reverse_proxy 127.0.0.1:8081
	}
}
`, "where errors are handled, reverse_proxy hands"},
		{"twice, with a hint between", "", `
portal.msp.example {
	route {
		frontdesk client
		respond 103
	}
	route {
		frontdesk client
		reverse_proxy 127.0.0.1:8080
	}
}
`, "twice"},
		{"errors judged in blocks that do not take all", "", `
portal.msp.example {
	frontdesk client
	reverse_proxy 127.0.0.1:8080
	handle_errors {
		handle /a/* {
			frontdesk client
		}
		handle /b/* {
			frontdesk client
		}
		reverse_proxy 127.0.0.1:8081
	}
}
`, "where errors are handled, reverse_proxy hands"},
		{"errors that are intercepted", "", `
portal.msp.example {
	frontdesk client
	reverse_proxy localhost:8080
	handle_errors {
		intercept {
			handle_response {
				reverse_proxy localhost:8081
			}
		}
		respond "{err.status_code}"
	}
}
`, "where errors are handled, reverse_proxy hands"},
		{"an error that is intercepted before it is judged", "", `
portal.msp.example {
	frontdesk client
	reverse_proxy localhost:8080
	handle_errors {
		route {
			intercept {
				handle_response {
					reverse_proxy localhost:8081
				}
			}
			respond /a x
			frontdesk client
			respond x
		}
	}
}
`, "reverse_proxy comes before"},
		{"in what is intercepted", "", `
portal.msp.example {
	intercept {
		@stranger status 401
		handle_response @stranger {
			frontdesk client
			reverse_proxy localhost:8080
		}
	}
	reverse_proxy localhost:8080
}
`, "intercept comes before"},
		{"an answer that is intercepted", "", `
portal.msp.example {
	route {
		intercept {
			@stranger status 401
			handle_response @stranger {
				reverse_proxy localhost:8081
			}
		}
		forward_auth 127.0.0.1:9000 {
			uri /may
		}
		frontdesk client
		reverse_proxy localhost:8080
	}
}
`, "reverse_proxy comes before"},
		{"errors, imported", "", `
(desk) {
	frontdesk client
}

portal.msp.example {
	import desk
	reverse_proxy localhost:8080
	handle_errors {
		import desk
		reverse_proxy localhost:8082
	}
}
`, ""},
		{"in a handle", "", `
portal.msp.example {
	@app host app.msp.example
	handle @app {
		reverse_proxy localhost:8080
		frontdesk client
	}
	handle {
		frontdesk
		reverse_proxy localhost:8081
	}
}
`, ""},
		{"in a route", "", `
portal.msp.example {
	route {
		frontdesk client
		reverse_proxy localhost:8080
	}
}
`, ""},
		{"whatever is written", "", `
portal.msp.example {
	reverse_proxy localhost:8080
	request_header X-Test 1
	basic_auth {
		bob $2a$14$Zkx19XLiW6VYouLHR5NmfOFU0z2GTNmpkT/5qqR7hx4IjWJPDhjvG
	}
	rewrite /old /new
	frontdesk client
}
`, ""},
		{"another site at a path", "", `
portal.msp.example {
	frontdesk client
	reverse_proxy localhost:8080
}

portal.msp.example/Status/* {
	reverse_proxy localhost:8081
	handle_errors {
		reverse_proxy localhost:8082
	}
}
`, ""},
		{"another site at a path, and frontdesk for hosts that have no site", "", `
portal.msp.example {
	frontdesk client
	reverse_proxy localhost:8080
}

status.msp.example/api/* {
	reverse_proxy localhost:8081
}

https:// {
	frontdesk
}
`, ""},
		{"errors of a wider site at a path", "", `
portal.msp.example {
	frontdesk client
	reverse_proxy localhost:8080
}

*.msp.example/status/* {
	reverse_proxy localhost:8081
	handle_errors {
		reverse_proxy localhost:8082
	}
}
`, "portal.msp.example: where errors are handled, reverse_proxy hands"},
		{"errors of another site at a path around its own", "", `
portal.msp.example/app/own/* {
	frontdesk client
	reverse_proxy localhost:8080
}

portal.msp.example/app/* {
	reverse_proxy localhost:8081
	handle_errors {
		reverse_proxy localhost:8082
	}
}
`, "portal.msp.example: where errors are handled, reverse_proxy hands"},
		{"errors of a wider site", "", `
portal.msp.example {
	frontdesk client
	reverse_proxy localhost:8080
}

*.msp.example {
	reverse_proxy localhost:8081
	handle_errors {
		reverse_proxy localhost:8082
	}
}
`, "portal.msp.example: where errors are handled, reverse_proxy hands"},
		{"a wider site that Caddy puts before a host of the environment", "", `
http://{env.NAME} {
	frontdesk client
	reverse_proxy localhost:8080
}

http://*.msp.example {
	reverse_proxy localhost:8081
}
`, "portal.msp.example: reverse_proxy comes before"},
		{"another site beside a host of the environment", "", `
http://{env.NAME} {
	frontdesk client
	reverse_proxy localhost:8080
}

http://status.msp.example {
	reverse_proxy localhost:8081
	handle_errors {
		reverse_proxy localhost:8082
	}
}
`, ""},
		{"errors of a wider site, and its own", "", `
portal.msp.example {
	frontdesk client
	reverse_proxy localhost:8080
	handle_errors {
		respond "{err.status_code}"
	}
}

*.msp.example {
	reverse_proxy localhost:8081
	handle_errors {
		reverse_proxy localhost:8082
	}
}
`, ""},
		{"blocks of a named route, which Caddy names as those of the site", "", `
&(marks) {
	handle /a/* {
		request_header X-Part a
	}
	handle /b/* {
		request_header X-Part b
	}
}

portal.msp.example {
	invoke marks
	handle /status {
		respond x
	}
	handle {
		frontdesk client
	}
	reverse_proxy localhost:8080
}
`, "in a Caddyfile import a snippet in place of what is invoked"},
		{"blocks of a snippet", "", `
(marks) {
	route {
		handle /a/* {
			request_header X-Part a
		}
		handle /b/* {
			request_header X-Part b
		}
	}
}

portal.msp.example {
	handle /status {
		respond x
	}
	handle {
		import marks
		frontdesk client
	}
	reverse_proxy localhost:8080
}
`, ""},
		{"who is asked whether somebody may", "", `
portal.msp.example {
	route {
		forward_auth 127.0.0.1:9000 {
			uri /may
			copy_headers Remote-User X-May>X-Allowed
		}
		frontdesk client
		reverse_proxy localhost:8080
	}
}
`, ""},
		{"PHP before a block, in a route", "", `
portal.msp.example {
	root /srv
	route {
		php_fastcgi localhost:9000
		route /admin/* {
			frontdesk client
			php_fastcgi localhost:9000
		}
	}
}
`, "reverse_proxy comes before"},
		{"PHP that is put before blocks", "order php_fastcgi before route", `
portal.msp.example {
	root /srv
	php_fastcgi localhost:9000
	route {
		frontdesk client
		file_server
	}
}
`, "reverse_proxy comes before"},
		{"PHP of some paths before a block, in a route", "", `
portal.msp.example {
	root /srv
	route {
		php_fastcgi /shop/* localhost:9001
		handle {
			frontdesk client
			php_fastcgi localhost:9000
		}
	}
}
`, ""},
		{"a script before a block, in a route", "", `
portal.msp.example {
	route {
		reverse_proxy /hook.php localhost:9000 {
			transport fastcgi
		}
		handle {
			frontdesk client
			reverse_proxy localhost:8080
		}
	}
}
`, ""},
		{"PHP", "", `
portal.msp.example {
	route {
		php_fastcgi localhost:9000
		frontdesk client
	}
}
`, "reverse_proxy comes before"},
	} {
		t.Run(c.name, func(t *testing.T) { checkOrdered(t, validateSites(c.options, c.sites), c.refused) })
	}
}
