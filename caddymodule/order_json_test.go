package caddymodule

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp/reverseproxy"
)

// shorthands of handlers and matchers, for configurations as JSON.
var shorthands = strings.NewReplacer(
	"DESK", `{"handler": "frontdesk", "platform": "client"}`,
	"TECH", `{"handler": "frontdesk", "platform": "tech"}`,
	"PORTAL", `{"handler": "reverse_proxy", "upstreams": [{"dial": "127.0.0.1:8080"}]}`,
	"PHP", `{"handler": "reverse_proxy", "transport": {"protocol": "fastcgi"}, "upstreams": [{"dial": "127.0.0.1:9000"}]}`,
	"ANSWER", `{"handler": "static_response", "body": "x"}`,
	"WHO", `{"handler": "headers", "request": {"set": {"X-Account": ["{http.auth.user.account_id}"]}}}`,
	"ENCODE", `{"handler": "encode", "encodings": {"gzip": {}}}`,
	"FILES", `{"handler": "file_server"}`,
	"PAGE", `{"handler": "rewrite", "uri": "/error.html"}`,
	"FOUND", `{"handler": "rewrite", "uri": "{http.matchers.file.relative}"}`,
	"INVOKE", `{"handler": "invoke", "name": "named"}`,
	"SUB(", `{"handler": "subroute", "routes": [`,
	"FAILING(", `], "errors": {"routes": [`,
	"BUS)", `]}`,
	"ASK(", `{"handler": "reverse_proxy", "upstreams": [{"dial": "127.0.0.1:9000"}], "handle_response": [`,
	"A:", `"match": [{"host": ["portal.msp.example"]}], `,
	"B:", `"match": [{"host": ["status.msp.example"]}], `,
	"WIDE:", `"match": [{"host": ["*.msp.example"]}], `,
	"PATH:", `"match": [{"path": ["/api/*"]}], `,
	"APATH:", `"match": [{"host": ["portal.msp.example"], "path": ["/api/*"]}], `,
	"GOOD:", `"match": {"status_code": [2]}, `,
)

// builtOnProxy is a portal's handler as other modules have them.
type builtOnProxy struct{ reverseproxy.Handler }

func (*builtOnProxy) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "http.handlers.built_on_proxy", New: func() caddy.Module { return new(builtOnProxy) }}
}

func init() {
	caddy.RegisterModule(new(builtOnProxy))
	caddy.RegisterModule(oldMatcher{})
}

// oldMatcher is a module that is no pointer, for which Caddy makes one.
type oldMatcher struct {
	Who string `json:"who"`
}

func (oldMatcher) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "http.matchers.old_matcher", New: func() caddy.Module { return oldMatcher{} }}
}

func (oldMatcher) Match(*http.Request) bool { return true }

// validateServers provisions servers that are written as JSON.
func validateServers(servers string) error {
	return validate([]byte(shorthands.Replace(`{"apps": {
		"frontdesk": {
			"platforms": {
				"client": {"origins": ["https://portal.msp.example"], "methods": ["password"]},
				"tech": {"origins": ["https://tech.msp.example"], "methods": ["password"]}
			}
		},
		"http": {"servers": {` + servers + `}}
	}}`)))
}

// TestOrderOfRoutes: as TestOrder, of what no Caddyfile says, or says in one way only.
func TestOrderOfRoutes(t *testing.T) {
	atHome(t)
	t.Setenv("NAME", "portal.msp.example")
	const first, failed, twice = "reverse_proxy comes before frontdesk", "where errors are handled, reverse_proxy hands", "twice"
	const skipped = "the group \"g\" is in another list of routes, too"
	const files = "where errors are handled, file_server gives out files"
	const again = "a subroute before frontdesk has routes for errors that let some go on"
	for _, c := range []struct {
		name, routes string
		more         string // of the server
		refused      string // empty: it loads
	}{
		{"handlers of one route", `{"handle": [ENCODE, DESK, PORTAL]}`, "", ""},
		{"handlers of one route, the portal first", `{"handle": [ENCODE, PORTAL, DESK]}`, "", first},
		{"routes", `{"handle": [DESK]}, {PATH: "handle": [PORTAL]}, {"handle": [PORTAL]}`, "", ""},
		{"a matcher", `{PATH: "handle": [PORTAL]}, {"handle": [DESK, PORTAL]}`, "", first + `, and lets everybody by, with the matcher [{"path":["/api/*"]}]: `},
		{"a matcher of a terminal route", `{PATH: "handle": [PORTAL], "terminal": true}, {"handle": [DESK, PORTAL]}`, "", first},
		{"a matcher in a site", `{APATH: "handle": [PORTAL]}, {A: "handle": [DESK, PORTAL]}`, "", first},
		{"a matcher in a site, before all others", `{APATH: "handle": [PORTAL], "terminal": true}, {"handle": [DESK, PORTAL]}`, "", first},
		{"a matcher in another site, before all others", `{APATH: "handle": [PORTAL]}, {A: "handle": [PORTAL]}, {"handle": [DESK, PORTAL]}`, "", ""},
		{"a wider site", `{WIDE: "handle": [PORTAL], "terminal": true}, {A: "handle": [DESK, PORTAL]}`, "", first},
		{"the same site", `{A: "handle": [PORTAL], "terminal": true}, {A: "handle": [SUB( {"handle": [DESK, PORTAL]} BUS)]}`, "", first},
		{"the same site, by the environment", `{"match": [{"host": ["{env.NAME}"]}], "handle": [PORTAL], "terminal": true}, {A: "handle": [DESK, PORTAL]}`, "", first},
		{"a host that each request names", `{"match": [{"host": ["{http.request.tls.server_name}"]}], "handle": [PORTAL], "terminal": true}, {A: "handle": [DESK, PORTAL]}`, "", first},
		{"another site", `{B: "handle": [PORTAL], "terminal": true}, {A: "handle": [DESK, PORTAL], "terminal": true}`, "", ""},
		{"another site, that goes on", `{B: "handle": [PORTAL]}, {A: "handle": [DESK, PORTAL]}`, "", ""},
		{"a site of some of its hosts, and a portal of the others", `{A: "handle": [ANSWER], "terminal": true}, {B: "handle": [PORTAL], "terminal": true}, {"match": [{"host": ["portal.msp.example", "status.msp.example"]}], "handle": [DESK, PORTAL], "terminal": true}`, "", first},
		{"another site, before all others", `{B: "handle": [PORTAL]}, {"handle": [DESK, PORTAL]}`, "", ""},
		{"another site, before a wider one", `{B: "handle": [PORTAL]}, {WIDE: "handle": [DESK, PORTAL]}`, "", ""},
		{"another site, that only goes on", `{A: "handle": [ENCODE]}, {"handle": [DESK, PORTAL]}`, "", ""},
		{"a matcher in another site, the rest of which comes behind all others", `{APATH: "handle": [PORTAL]}, {"handle": [DESK, PORTAL]}, {A: "handle": [PORTAL]}`, "", first},
		{"a matcher in another site, that goes on to all others", `{A: "handle": [ENCODE]}, {APATH: "handle": [PORTAL]}, {"handle": [DESK, PORTAL]}`, "", first},
		{"a matcher in another site, that goes on where nothing fails", `{A: "handle": [SUB( {"handle": [ENCODE]} FAILING( {"handle": [ANSWER]} ]}}]}, {APATH: "handle": [PORTAL]}, {"handle": [DESK, PORTAL]}`, "", first},
		{"a matcher in another site, that goes on where somebody may", `{A: "handle": [ASK( {GOOD: "routes": [{"handle": [{"handler": "vars"}]}]}, {"routes": [{"handle": [ANSWER]}]} BUS)]}, {APATH: "handle": [PORTAL]}, {"handle": [DESK, PORTAL]}`, "", first},
		{"a matcher in another site, that goes on where there is no file", `{A: "handle": [{"handler": "file_server", "pass_thru": true}]}, {APATH: "handle": [PORTAL]}, {"handle": [DESK, PORTAL]}`, "", "file_server comes before frontdesk"},
		{"another site in a block", `{"handle": [SUB( {B: "handle": [PORTAL], "terminal": true}, {"handle": [DESK, PORTAL]} BUS)]}`, "", ""},
		{"the site's own host in a block", `{A: "handle": [SUB( {A: "handle": [PORTAL], "terminal": true}, {"handle": [DESK, PORTAL]} BUS)]}`, "", first},
		{"some of another site in a block", `{"handle": [SUB( {APATH: "handle": [PORTAL], "terminal": true}, {"handle": [DESK, PORTAL]} BUS)]}`, "", first},
		{"another host in a block, that goes on", `{"handle": [SUB( {B: "handle": [PORTAL]}, {"handle": [DESK, PORTAL]} BUS)]}`, "", first},
		{"sites that lead to one portal", `{A: "handle": [DESK]}, {B: "handle": [TECH]}, {"handle": [PORTAL]}`, "", ""},
		{"deep down", `{"handle": [SUB( {"handle": [SUB( {PATH: "handle": [PORTAL]} BUS)]} BUS)]}, {"handle": [DESK, PORTAL]}`, "", first},
		{"deep down, behind one of its own", `{"handle": [SUB( {PATH: "handle": [SUB( {"handle": [DESK, PORTAL]} BUS)]} BUS)]}, {"handle": [DESK, PORTAL]}`, "", ""},
		{"behind one of its own that is for some", `{PATH: "handle": [SUB( {PATH: "handle": [DESK, PORTAL]}, {"handle": [PORTAL]} BUS)]}, {"handle": [DESK, PORTAL]}`, "", first},
		{"for those that fail", `{PATH: "handle": [SUB( {"handle": [ANSWER]} FAILING( {"handle": [PORTAL]} ]}}]}, {"handle": [DESK, PORTAL]}`, "", first},
		{"all paths or a host", `{"match": [{"path": ["/*"]}, {"host": ["status.msp.example"]}], "handle": [DESK]}, {"handle": [PORTAL]}`, "", "frontdesk is behind the matcher of paths /*"},
		{"one of a group", `{"group": "g", PATH: "handle": [PORTAL]}, {"group": "g", "handle": [DESK, PORTAL]}`, "", ""},
		{"one of another group", `{"group": "g", PATH: "handle": [PORTAL]}, {"group": "h", "handle": [DESK, PORTAL]}`, "", first},
		{"a group of another list, too", `{"group": "g", "handle": [SUB( {"group": "g", "handle": [DESK]}, {"handle": [PORTAL]} BUS)]}`, "", skipped},
		{"a group of a list before, too", `{"handle": [SUB( {"group": "g", PATH: "handle": [ENCODE]} BUS)]}, {"group": "g", "handle": [DESK]}, {"handle": [PORTAL]}`, "", skipped},
		{"a group of an invoked route, too", `{"handle": [INVOKE]}, {"group": "g", "handle": [DESK]}, {"handle": [PORTAL]}`, `"named_routes": {"named": {"group": "g", PATH: "handle": [ENCODE]}}`, skipped},
		{"a group for errors, too", `{"group": "g", "handle": [ENCODE]}, {"handle": [DESK, PORTAL]}`, `"errors": {"routes": [{"group": "g", "handle": [DESK]}, {"handle": [PORTAL]}]}`, skipped},
		{"a group without frontdesk of another list, too", `{"group": "g", "handle": [SUB( {"group": "g", "handle": [ENCODE]} BUS)]}, {"handle": [DESK, PORTAL]}`, "", ""},
		{"a group of another list, too, that answers all before a portal", `{"handle": [SUB( {"group": "g", "handle": [ENCODE]} BUS)]}, {"group": "g", "handle": [ANSWER]}, {"handle": [PORTAL, DESK]}`, "", first},
		{"PHP", `{PATH: "handle": [PHP]}, {"handle": [DESK, PORTAL]}`, "", first},
		{"what is built on a proxy", `{PATH: "handle": [{"handler": "built_on_proxy", "upstreams": [{"dial": "127.0.0.1:8080"}]}]}, {"handle": [DESK, PORTAL]}`, "", "built_on_proxy comes before frontdesk"},
		{"files that are chosen", `{PATH: "handle": [SUB( {"handle": [{"handler": "file_server"}]} BUS)]}, {"handle": [DESK, PORTAL]}`, "", ""},
		{"before a block", `{"handle": [PORTAL]}, {PATH: "handle": [SUB( {"handle": [DESK, PORTAL]} BUS)]}`, "", first},
		{"before a block, by a matcher of nothing", `{"match": [{}], "handle": [PORTAL]}, {PATH: "handle": [SUB( {"handle": [DESK, PORTAL]} BUS)]}`, "", first},
		{"before a block, for some", `{PATH: "handle": [PORTAL]}, {"handle": [SUB( {"handle": [DESK, PORTAL]} BUS)]}`, "", ""},

		{"somebody who is asked", `{"handle": [ASK( {GOOD: "routes": [{"handle": [{"handler": "headers"}]}]} BUS), DESK, PORTAL]}`, "", ""},
		{"whoever is asked", `{"handle": [ASK( {"routes": [{"handle": [{"handler": "vars"}]}]} BUS), DESK, PORTAL]}`, "", ""},
		{"somebody whose good answer is shown", `{"handle": [ASK( {GOOD: "routes": [{"handle": [{"handler": "copy_response"}]}]} BUS), DESK, PORTAL]}`, "", first},
		{"somebody after whom there is an answer", `{"handle": [ASK( {GOOD: "routes": [{"handle": [ANSWER]}]} BUS), DESK, PORTAL]}`, "", first},
		{"somebody after whom the route ends", `{"handle": [ASK( {GOOD: "routes": [{"handle": [{"handler": "vars"}], "terminal": true}]} BUS), DESK, PORTAL]}`, "", first},
		{"somebody some of whose good answers are shown", `{"handle": [ASK( {"match": {"headers": {"X-Show": []}}, "routes": [{"handle": [{"handler": "copy_response"}]}]}, {GOOD: "routes": [{"handle": [{"handler": "vars"}]}]} BUS), DESK, PORTAL]}`, "", first},
		{"somebody whose bad answers alone are", `{"handle": [ASK( {"match": {"status_code": [401]}, "routes": [{"handle": [{"handler": "vars"}]}]} BUS), DESK, PORTAL]}`, "", first},
		{"somebody whose good answers get another status", `{"handle": [ASK( {GOOD: "status_code": 200} BUS), DESK, PORTAL]}`, "", first},
		{"somebody whose good answers are told apart", `{"handle": [ASK( {"match": {"status_code": [2], "headers": {"X-Ok": ["yes"]}}, "routes": [{"handle": [{"handler": "vars"}]}]} BUS), DESK, PORTAL]}`, "", first},
		{"somebody whose bad answers are shown", `{"handle": [ASK( {"match": {"status_code": [4]}, "routes": [{"handle": [{"handler": "copy_response"}]}]}, {GOOD: "routes": [{"handle": [{"handler": "vars"}]}]}, {"routes": [{"handle": [{"handler": "copy_response"}]}]} BUS), DESK, PORTAL]}`, "", ""},
		{"somebody else when the answer is bad", `{"handle": [ASK( {GOOD: "routes": [{"handle": [{"handler": "vars"}]}]}, {"routes": [{"handle": [PORTAL]}]} BUS), DESK, PORTAL]}`, "", first},

		{"a named route", `{"handle": [INVOKE]}`, `"named_routes": {"named": {"handle": [DESK, PORTAL]}}`, ""},
		{"a named route, the portal first", `{"handle": [INVOKE]}`, `"named_routes": {"named": {"handle": [PORTAL, DESK]}}`, first},
		{"a named route that has the portal", `{PATH: "handle": [INVOKE]}, {"handle": [DESK, PORTAL]}`, `"named_routes": {"named": {"handle": [PORTAL]}}`, first},
		{"a named route that has an answer", `{PATH: "handle": [INVOKE]}, {"handle": [DESK, PORTAL]}`, `"named_routes": {"named": {"handle": [ANSWER]}}`, ""},
		{"a named route that comes to itself", `{"handle": [INVOKE, DESK]}`, `"named_routes": {"named": {"handle": [INVOKE]}}`, ""},
		{"a named route that is not there", `{"handle": [INVOKE, DESK]}`, "", ""},

		{"errors", `{A: "handle": [DESK, PORTAL]}`, `"errors": {"routes": [{A: "handle": [DESK, PORTAL]}]}`, ""},
		{"errors handed on", `{A: "handle": [DESK, PORTAL]}`, `"errors": {"routes": [{A: "handle": [PORTAL]}]}`, failed},
		{"errors handed on to who is asked", `{A: "handle": [DESK, PORTAL]}`, `"errors": {"routes": [{A: "handle": [ASK( {"routes": [{"handle": [{"handler": "vars"}]}]} BUS)]}]}`, failed},
		{"errors of all handed on", `{A: "handle": [DESK, PORTAL]}`, `"errors": {"routes": [{"handle": [PORTAL]}]}`, failed},
		{"errors of all invoke", `{A: "handle": [DESK, PORTAL]}`, `"named_routes": {"named": {"handle": [PORTAL]}}, "errors": {"routes": [{"handle": [INVOKE]}]}`, failed},
		{"errors of a wider site", `{A: "handle": [DESK, PORTAL], "terminal": true}, {WIDE: "handle": [PORTAL]}`, `"errors": {"routes": [{WIDE: "handle": [PORTAL]}]}`, failed},
		{"errors of a wider site behind one's own", `{A: "handle": [DESK, PORTAL], "terminal": true}, {WIDE: "handle": [PORTAL]}`, `"errors": {"routes": [{A: "handle": [ANSWER], "terminal": true}, {WIDE: "handle": [PORTAL]}]}`, ""},
		{"errors of a wider site behind some of one's own", `{A: "handle": [DESK, PORTAL], "terminal": true}, {WIDE: "handle": [PORTAL]}`, `"errors": {"routes": [{APATH: "handle": [ANSWER], "terminal": true}, {WIDE: "handle": [PORTAL]}]}`, failed},
		{"errors of another site", `{B: "handle": [PORTAL], "terminal": true}, {WIDE: "handle": [DESK, PORTAL]}`, `"errors": {"routes": [{B: "handle": [PORTAL]}]}`, ""},
		{"errors of another site, before all others", `{B: "handle": [PORTAL], "terminal": true}, {"handle": [DESK, PORTAL]}`, `"errors": {"routes": [{B: "handle": [PORTAL]}]}`, ""},
		{"errors of a site at a path", `{APATH: "handle": [PORTAL], "terminal": true}, {A: "handle": [SUB( {"handle": [DESK, PORTAL]} BUS)]}`, `"errors": {"routes": [{APATH: "handle": [PORTAL], "terminal": true}]}`, ""},
		{"errors of a site at a path that has frontdesk", `{APATH: "handle": [DESK, PORTAL], "terminal": true}`, `"errors": {"routes": [{APATH: "handle": [PORTAL], "terminal": true}]}`, failed},
		{"errors of a path of the site", `{APATH: "handle": [ENCODE]}, {A: "handle": [SUB( {"handle": [DESK, PORTAL]} BUS)]}`, `"errors": {"routes": [{APATH: "handle": [PORTAL], "terminal": true}]}`, failed},
		{"errors of another path of the site", `{APATH: "handle": [PORTAL], "terminal": true}, {A: "handle": [SUB( {"handle": [DESK, PORTAL]} BUS)]}`, `"errors": {"routes": [{"match": [{"host": ["portal.msp.example"], "path": ["/b/*"]}], "handle": [PORTAL]}]}`, failed},
		{"errors of all hosts, beside those of one label", `{"match": [{"host": ["*"]}], "handle": [ANSWER], "terminal": true}, {"handle": [DESK, PORTAL]}`, `"errors": {"routes": [{"handle": [PORTAL]}]}`, failed},
		{"errors of a host that has no site", `{"handle": [DESK, PORTAL]}`, `"errors": {"routes": [{B: "handle": [PORTAL]}]}`, failed},
		{"errors of a host, spelt otherwise", `{A: "handle": [DESK, PORTAL]}`, `"errors": {"routes": [{"match": [{"host": ["Portal.MSP.example"]}], "handle": [PORTAL]}]}`, failed},
		{"some errors judged", `{"handle": [DESK, PORTAL]}`, `"errors": {"routes": [{PATH: "handle": [DESK, PORTAL]}, {"handle": [PORTAL]}]}`, failed},
		{"errors judged in a route before", `{A: "handle": [DESK, PORTAL]}`, `"errors": {"routes": [{A: "handle": [DESK]}, {A: "handle": [PORTAL]}]}`, ""},
		{"errors that are intercepted", `{"handle": [DESK, PORTAL]}`, `"errors": {"routes": [{"handle": [{"handler": "intercept", "handle_response": [{"routes": [{"handle": [PORTAL]}]}]}, ANSWER]}]}`, failed},
		{"errors that are intercepted around frontdesk", `{"handle": [DESK, PORTAL]}`, `"errors": {"routes": [{"handle": [{"handler": "intercept", "handle_response": [{"routes": [{"handle": [PORTAL]}]}]}, DESK, ANSWER]}]}`, first},
		{"errors of a block behind frontdesk", `{"handle": [DESK, SUB( {"handle": [ANSWER]} FAILING( {"handle": [PORTAL]} ]}}]}`, "", ""},
		{"errors of a block that has frontdesk", `{"handle": [SUB( {"handle": [DESK, PORTAL]} FAILING( {"handle": [PORTAL]} ]}}]}`, "", failed},
		{"errors of a block before one that has frontdesk", `{"handle": [SUB( {"handle": [ENCODE]} FAILING( {"handle": [PORTAL]} ]}}]}, {PATH: "handle": [SUB( {"handle": [DESK, PORTAL]} BUS)]}`, "", failed},
		{"errors of a block in one before another that has frontdesk", `{"handle": [SUB( {PATH: "handle": [SUB( {"handle": [ENCODE]} FAILING( {"handle": [FILES]} ]}}]} BUS)]}, {"handle": [SUB( {"handle": [DESK, PORTAL]} BUS)]}`, "", files},
		{"judged errors of a block before one that has frontdesk", `{"handle": [SUB( {"handle": [ENCODE]} FAILING( {"handle": [DESK, PORTAL]} ]}}]}, {"handle": [SUB( {"handle": [DESK, PORTAL]} BUS)]}`, "", ""},
		{"errors of a block that answers before one that has frontdesk", `{PATH: "handle": [SUB( {"handle": [ANSWER]} FAILING( {"handle": [PORTAL]} ]}}]}, {"handle": [SUB( {"handle": [DESK, PORTAL]} BUS)]}`, "", ""},
		{"errors of a block behind frontdesk before one that has it for others", `{PATH: "handle": [DESK, SUB( {"handle": [ENCODE]} FAILING( {"handle": [PORTAL]} ]}}]}, {"match": [{"path": ["/b/*"]}], "handle": [SUB( {"handle": [DESK, PORTAL]} BUS)]}`, "", ""},
		{"errors of a block that go on to frontdesk once more", `{"handle": [SUB( {"handle": [ENCODE]} FAILING( {"handle": [ENCODE]} ]}}]}, {"group": "g", PATH: "handle": [{"handler": "error"}]}, {"group": "g", "handle": [DESK]}, {"handle": [PORTAL]}`, "", again},
		{"errors of a block some of which go on to a block that has frontdesk", `{"handle": [SUB( {"handle": [ENCODE]} FAILING( {PATH: "handle": [ANSWER]} ]}}]}, {"handle": [SUB( {"group": "g", PATH: "handle": [{"handler": "error"}]}, {"group": "g", "handle": [DESK]}, {"handle": [PORTAL]} BUS)]}`, "", again},
		{"errors of two blocks before frontdesk, of which one goes on", `{"handle": [SUB( {"handle": [ENCODE]} FAILING( {"handle": [ANSWER]} ]}}]}, {"handle": [SUB( {"handle": [ENCODE]} FAILING( {"handle": [ENCODE]} ]}}]}, {PATH: "group": "g", "handle": [{"handler": "error"}]}, {"group": "g", "handle": [DESK, PORTAL]}, {"handle": [PORTAL]}`, "", again},
		{"errors of a block that go on to frontdesk once more, in no group", `{"handle": [SUB( {"handle": [ENCODE]} FAILING( {"handle": [ENCODE]} ]}}]}, {"handle": [DESK, PORTAL]}`, "", ""},
		{"errors of a block before frontdesk that end", `{"handle": [SUB( {"handle": [ENCODE]} FAILING( {PATH: "handle": [ENCODE]}, {"handle": [ANSWER]} ]}}]}, {"handle": [DESK, PORTAL]}`, "", ""},
		{"errors of a block after one that has frontdesk", `{PATH: "handle": [SUB( {"handle": [DESK, PORTAL]} BUS)]}, {"handle": [SUB( {"handle": [ENCODE]} FAILING( {"handle": [PORTAL]} ]}}]}`, "", ""},
		{"judged errors of a block that has frontdesk", `{"handle": [SUB( {"handle": [DESK, PORTAL]} FAILING( {"handle": [DESK, PORTAL]} ]}}]}`, "", ""},

		{"errors that give out files", `{"handle": [DESK, FILES]}`, `"errors": {"routes": [{"handle": [FILES]}]}`, files},
		{"errors that give out files of a block", `{A: "handle": [SUB( {"handle": [DESK, SUB( {PATH: "handle": [FILES]} BUS)]} BUS)]}`, `"errors": {"routes": [{A: "handle": [SUB( {PATH: "handle": [FILES]} BUS)]}]}`, files},
		{"errors of a block that give out files", `{"handle": [SUB( {"handle": [DESK, FILES]} FAILING( {"handle": [FILES]} ]}}]}`, "", files},
		{"judged errors that give out files", `{"handle": [DESK, FILES]}`, `"errors": {"routes": [{"handle": [DESK, FILES]}]}`, ""},
		{"errors that give out files where there were none", `{"handle": [DESK, PORTAL]}`, `"errors": {"routes": [{"handle": [FILES]}]}`, files},
		{"errors that give out files of another name", `{"handle": [DESK, FILES]}`, `"errors": {"routes": [{"handle": [PAGE, FILES]}]}`, ""},
		{"errors that give out a page of each account", `{"handle": [DESK, PORTAL]}`, `"errors": {"routes": [{"handle": [{"handler": "vars", "root": "/of/{http.auth.user.account_id}"}, PAGE, FILES]}]}`, ""},
		{"errors that give out files by another method", `{"handle": [DESK, FILES]}`, `"errors": {"routes": [{"handle": [{"handler": "rewrite", "method": "GET"}, FILES]}]}`, files},
		{"errors that give out files with another query", `{"handle": [DESK, FILES]}`, `"errors": {"routes": [{"handle": [{"handler": "rewrite", "uri": "?a"}, FILES]}]}`, files},
		{"errors that give out files of another name for some", `{"handle": [DESK, FILES]}`, `"errors": {"routes": [{PATH: "handle": [PAGE]}, {"handle": [FILES]}]}`, files},
		{"errors that give out files of two other names", `{"handle": [DESK, FILES]}`, `"errors": {"routes": [{PATH: "group": "g", "handle": [PAGE]}, {"group": "g", "handle": [PAGE]}, {"handle": [FILES]}]}`, ""},
		{"errors that give out files of another name or an answer", `{"handle": [DESK, FILES]}`, `"errors": {"routes": [{PATH: "group": "g", "handle": [ANSWER]}, {"group": "g", "handle": [PAGE]}, {"handle": [FILES]}]}`, ""},
		{"errors that give out files of another name for some of a group", `{"handle": [DESK, FILES]}`, `"errors": {"routes": [{PATH: "group": "g", "handle": [ENCODE]}, {"group": "g", "handle": [PAGE]}, {"handle": [FILES]}]}`, files},
		{"errors that give out files of another name, but for a group of another list, too", `{"handle": [DESK, FILES]}`, `"errors": {"routes": [{"handle": [SUB( {"group": "g", "handle": [ENCODE]} BUS)]}, {"group": "g", "handle": [PAGE]}, {"handle": [FILES]}]}`, files},
		{"errors that give out files of another name, but for a group that was taken before", `{"handle": [INVOKE]}, {"handle": [DESK, FILES]}`, `"named_routes": {"named": {"group": "g", "handle": [PAGE]}}, "errors": {"routes": [{"handle": [INVOKE]}, {"handle": [FILES]}]}`, files},
		{"errors that give out files of another name, and another one for some", `{"handle": [DESK, FILES]}`, `"errors": {"routes": [{"handle": [PAGE]}, {PATH: "handle": [PAGE]}, {"handle": [FILES]}]}`, ""},
		{"errors that give out files in a folder", `{"handle": [DESK, FILES]}`, `"errors": {"routes": [{"handle": [{"handler": "rewrite", "uri": "/errors{http.request.uri.path}"}, FILES]}]}`, files},
		{"errors that give out files of the name that there was", `{"handle": [DESK, FILES]}`, `"errors": {"routes": [{"handle": [PAGE, {"handler": "rewrite", "uri": "{http.request.orig_uri.path}"}, FILES]}]}`, files},
		{"errors that give out files of the error's name", `{"handle": [DESK, FILES]}`, `"errors": {"routes": [{"handle": [{"handler": "rewrite", "uri": "/{http.error.status_code}.html?{http.request.uri.path}"}, FILES]}]}`, ""},
		{"errors that give out files that are found", `{"handle": [DESK, FILES]}`, `"errors": {"routes": [{"match": [{"file": {"try_files": ["/{http.error.status_code}.html", "/error.html"]}}], "handle": [FOUND, FILES]}]}`, ""},
		{"errors that give out files that are found by the name", `{"handle": [DESK, FILES]}`, `"errors": {"routes": [{"match": [{"file": {}}], "handle": [FOUND, FILES]}]}`, files},
		{"errors that give out files that are found once more, by the name", `{"handle": [DESK, FILES]}`, `"errors": {"routes": [{"match": [{"file": {"try_files": ["/error.html"]}}], "handle": [SUB( {"match": [{"file": {}}], "handle": [FOUND, FILES]} BUS)]}]}`, files},
		{"errors that give out files that an expression finds once more", `{"handle": [DESK, FILES]}`, `"errors": {"routes": [{"match": [{"file": {"try_files": ["/error.html"]}}], "handle": [SUB( {"match": [{"expression": "file({'try_files': [{http.request.uri.path}]})"}], "handle": [FOUND, FILES]} BUS)]}]}`, files},
		{"errors that give out files that were found before", `{"handle": [DESK, FILES]}`, `"errors": {"routes": [{"match": [{"file": {"try_files": ["/error.html"]}}], "handle": [ENCODE]}, {"handle": [FOUND, FILES]}]}`, files},
		{"errors that give out files of a root of their own", `{"handle": [DESK, FILES]}`, `"errors": {"routes": [{"handle": [{"handler": "file_server", "root": "/errors"}]}]}`, files},

		{"an answer that shows a page, to some of a group what was asked for", `{"handle": [{"handler": "intercept", "handle_response": [{"routes": [{"handle": [FILES]}]}]}]}, {"group": "g", PATH: "handle": [ENCODE]}, {"group": "g", "handle": [PAGE]}, {"handle": [DESK, FILES]}`, "", "file_server comes before frontdesk"},
		{"errors of a block that go on, in a group", `{"handle": [DESK, PORTAL]}`, `"errors": {"routes": [{PATH: "group": "g", "handle": [SUB( {"handle": [ANSWER]} FAILING( {"handle": [ENCODE]} ]}}]}, {"group": "g", "handle": [DESK]}, {"handle": [PORTAL]}]}`, failed},
		{"errors judged for what cannot be read", `{"handle": [DESK, PORTAL]}`, `"errors": {"routes": [{"match": [{"old_matcher": {}}], "handle": [DESK, PORTAL]}, {"handle": [PORTAL]}]}`, failed},

		{"twice in a route", `{"handle": [DESK, DESK, PORTAL]}`, "", twice},
		{"twice, the second for some", `{"handle": [DESK]}, {PATH: "handle": [DESK, PORTAL]}`, "", twice},
		{"twice, the first for some", `{PATH: "handle": [DESK]}, {"handle": [DESK, PORTAL]}`, "", twice},
		{"twice for the same", `{A: "handle": [DESK]}, {A: "handle": [DESK, PORTAL]}`, "", twice},
		{"twice, invoked", `{"handle": [INVOKE, SUB( {"handle": [INVOKE]} BUS)]}`, `"named_routes": {"named": {"handle": [DESK]}}`, twice},
		{"twice, in the site and for all others", `{A: "handle": [DESK]}, {"handle": [DESK, PORTAL]}`, "", twice},
		{"once for each, by matchers", `{PATH: "handle": [DESK]}, {"match": [{"path": ["/b/*"]}], "handle": [TECH]}, {"handle": [PORTAL]}`, "", ""},
		{"twice where nothing fails", `{"handle": [SUB( {"handle": [DESK]} FAILING( {"handle": [ANSWER]} ]}}]}, {"handle": [DESK, PORTAL]}`, "", twice},
		{"once, and there is an answer", `{PATH: "handle": [DESK, ANSWER]}, {"handle": [DESK, PORTAL]}`, "", ""},
		{"once, and the route ends", `{PATH: "handle": [DESK, ENCODE], "terminal": true}, {"handle": [DESK, PORTAL]}`, "", ""},
		{"once in each of a group", `{"group": "g", PATH: "handle": [DESK]}, {"group": "g", "handle": [DESK, PORTAL]}`, "", ""},
		{"once more in errors", `{"handle": [DESK, PORTAL]}`, `"errors": {"routes": [{"handle": [DESK, DESK, PORTAL]}]}`, ""},

		{"asked in a route before", `{PATH: "handle": [WHO]}, {"handle": [DESK, PORTAL]}`, "", `headers asks for {http.auth.user.account_id} before frontdesk has found out who is calling, with the matcher [{"path":["/api/*"]}]: `},
		{"asked in a route that ends", `{PATH: "handle": [WHO], "terminal": true}, {"handle": [DESK, PORTAL]}`, "", ""},
		{"asked in another site", `{B: "handle": [WHO, PORTAL]}, {A: "handle": [DESK, PORTAL]}`, "", ""},
		{"asked in a narrower site, that goes on", `{A: "handle": [WHO]}, {WIDE: "handle": [DESK, PORTAL]}`, "", "headers asks"},
		{"asked in another site, that goes on to all others", `{A: "handle": [WHO]}, {"handle": [DESK, PORTAL]}`, "", "headers asks"},
		{"asked for another host, in a block", `{"handle": [SUB( {B: "handle": [WHO]}, {A: "handle": [DESK, PORTAL]} BUS)]}`, "", ""},
		{"asked behind frontdesk", `{PATH: "handle": [SUB( {"handle": [DESK, WHO]}, {"handle": [WHO, PORTAL]} BUS)]}, {"handle": [DESK, PORTAL]}`, "", ""},
		{"asked by an invoked route", `{"handle": [INVOKE, DESK, PORTAL]}`, `"named_routes": {"named": {"handle": [WHO]}}`, "headers asks"},
		{"asked by the matcher of a route that ends", `{"match": [{"vars": {"{http.auth.user.entity}": ["contact"]}}], "handle": [ANSWER], "terminal": true}, {"handle": [DESK, PORTAL]}`, "", "a matcher asks"},
		{"asked by the matcher of one of a group", `{"group": "g", "match": [{"vars": {"{http.auth.user.entity}": ["contact"]}}], "handle": [ANSWER]}, {"group": "g", "handle": [DESK, PORTAL]}`, "", "a matcher asks"},
		{"asked by its own matcher", `{"match": [{"vars": {"{http.auth.user.entity}": ["contact"]}}], "handle": [DESK, PORTAL]}`, "", "a matcher asks"},
		{"asked not to be somebody", `{"match": [{"not": [{"header": {"X-Frontdesk-Entity": ["contact"]}}]}], "handle": [ENCODE]}, {"handle": [DESK, PORTAL]}`, "", "a matcher asks for {http.request.header.X-Frontdesk-Entity}"},
		{"asked not to be somebody, in a block", `{"handle": [SUB( {"match": [{"not": [{"header": {"x-frontdesk-entity": ["contact"]}}]}], "handle": [ENCODE]} BUS), DESK, PORTAL]}`, "", "a matcher asks for {http.request.header.x-frontdesk-entity}"},
		{"asked by a pattern", `{"match": [{"header_regexp": {"Remote-User": {"pattern": "^c-"}}}], "handle": [ENCODE]}, {"handle": [DESK, PORTAL]}`, "", "a matcher asks for {http.request.header.Remote-User}"},
		{"asked by an expression with a pattern", `{"match": [{"expression": "header_regexp('Remote-User', '^c-')"}], "handle": [ENCODE]}, {"handle": [DESK, PORTAL]}`, "", "a matcher asks for {http.request.header.Remote-User}"},
		{"asked through a map in a route before", `{PATH: "handle": [{"handler": "map", "source": "{http.auth.user.id}", "destinations": ["{place}"], "defaults": ["x"]}]}, {"handle": [{"handler": "rewrite", "uri": "/{place}"}, DESK, PORTAL]}`, "", "rewrite asks for {place}"},
		{"asked through a map in the route", `{"handle": [{"handler": "map", "source": "{http.auth.user.id}", "destinations": ["{place}"], "defaults": ["x"]}, SUB( {"handle": [{"handler": "rewrite", "uri": "/{place}"}, DESK, PORTAL]} BUS)]}`, "", "rewrite asks for {place}"},
		{"asked by a matcher that cannot be read", `{"handle": [SUB( {"match": [{"old_matcher": {"who": "{http.auth.user.id}"}}], "handle": [ENCODE]}, {"handle": [DESK, PORTAL]} BUS)]}`, "", "a matcher asks for {http.auth.user.id}"},
		{"the names of a log", `{"handle": [{"handler": "vars", "access_logger_names": ["{http.auth.user.platform}"]}, DESK, PORTAL]}`, "", ""},
		{"asked after an error in a block", `{"handle": [SUB( {"handle": [DESK, PORTAL]} FAILING( {"handle": [WHO, DESK, PORTAL]} ]}}]}`, "", ""},
		{"a header after an error in a block", `{"handle": [SUB( {"handle": [DESK, PORTAL]} FAILING( {"handle": [{"handler": "rewrite", "uri": "/{http.request.header.Remote-User}"}, DESK, PORTAL]} ]}}]}`, "", "rewrite asks for {http.request.header.Remote-User}"},
		{"a handler that there is not", `{"handle": [{"handler": "nothing"}, DESK, PORTAL]}`, "", "unknown module: http.handlers.nothing"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.more != "" {
				c.more = ", " + c.more
			}
			checkOrdered(t, validateServers(`"main": {"listen": [":8443"], "routes": [`+c.routes+`]`+c.more+`}`), c.refused)
		})
	}
}

// TestRequestsWithoutPath: Caddy's /* is not for them, as the check of the order takes it.
func TestRequestsWithoutPath(t *testing.T) {
	w := newWorld(t)
	w.sites = fmt.Sprintf("http://more.localhost:%d {\n@all path *\nhandle /* {\nrespond paths\n}\nroute @all {\nrespond all\n}\n}\n", w.port)
	w.start()
	for target, want := range map[string]string{"/": "paths", "http://more.localhost/x": "paths", "http://more.localhost": "all", "http://more.localhost?x": "all", "*": "all"} {
		if got := w.raw(fmt.Sprintf("GET %s HTTP/1.1\r\nHost: more.localhost:%d\r\nConnection: close\r\n\r\n", target, w.port)); !strings.HasSuffix(got, "\r\n\r\n"+want) {
			t.Errorf("GET %s: %q, want %q", target, got, want)
		}
	}
}

// TestEarlyHints: Caddy goes on behind them, as the check of the order takes it.
func TestEarlyHints(t *testing.T) {
	w := newWorld(t)
	w.sites = fmt.Sprintf("http://more.localhost:%d {\nroute {\nrespond /hint 103\nrespond on\n}\n}\n", w.port)
	w.start()
	got := w.raw(fmt.Sprintf("GET /hint HTTP/1.1\r\nHost: more.localhost:%d\r\nConnection: close\r\n\r\n", w.port))
	if !strings.HasPrefix(got, "HTTP/1.1 103 ") || !strings.HasSuffix(got, "\r\n\r\non") {
		t.Errorf("GET /hint: %q", got)
	}
}

// TestOrderOfServers: each server is looked at by itself, and told from others.
func TestOrderOfServers(t *testing.T) {
	atHome(t)
	for _, c := range []struct {
		name, servers string
		refused       string // empty: it loads
	}{
		{"one without frontdesk", `"plain": {"listen": [":8080"], "routes": [{A: "handle": [PORTAL]}]}, "tls": {"listen": [":8443"], "routes": [{A: "handle": [DESK, PORTAL]}]}`, ""},
		{"one that is open", `"plain": {"listen": [":8080"], "routes": [{A: "handle": [PORTAL, DESK]}]}, "tls": {"listen": [":8443"], "routes": [{A: "handle": [DESK, PORTAL]}]}`,
			"server plain (:8080), portal.msp.example: reverse_proxy comes before frontdesk, and lets everybody by: "},
		{"frontdesk among errors alone", `"main": {"listen": [":8443"], "routes": [{"handle": [PORTAL]}], "errors": {"routes": [{"handle": [PORTAL, DESK]}]}}`, "reverse_proxy comes before frontdesk"},
	} {
		t.Run(c.name, func(t *testing.T) { checkOrdered(t, validateServers(c.servers), c.refused) })
	}
	for _, sites := range []string{
		"http://portal.msp.example, https://portal.msp.example {\nfrontdesk client\nreverse_proxy 127.0.0.1:8080\n}\n",
		"http:// {\nredir https://{host}{uri}\n}\nportal.msp.example {\nfrontdesk client\nreverse_proxy 127.0.0.1:8080\n}\nstatus.msp.example {\nreverse_proxy 127.0.0.1:8081\nhandle_errors {\nreverse_proxy 127.0.0.1:8082\n}\n}\n",
		":443 {\nfrontdesk\nreverse_proxy 127.0.0.1:8080\n}\nportal.msp.example/status/* {\nreverse_proxy 127.0.0.1:8081\n}\n",
		"&(app) {\nhandle /a/* {\nreverse_proxy 127.0.0.1:8081\n}\nhandle {\nreverse_proxy 127.0.0.1:8080\n}\n}\nportal.msp.example {\nfrontdesk client\ninvoke app\n}\ntech.msp.example {\nhandle /b/* {\nrespond x\n}\nhandle {\nfrontdesk tech\ninvoke app\n}\n}\n",
	} {
		checkOrdered(t, validateSites("", sites), "")
	}
}
