package caddymodule

import "testing"

// TestAskedTooEarly: what runs before the directive finds nobody, or whom the client
// says it is. A root of each account's own would be that of all accounts, for everybody
// who is signed in.
func TestAskedTooEarly(t *testing.T) {
	atHome(t)
	for _, c := range []struct {
		name, order, site string
		refused           string // what asks; empty: nothing does
	}{
		{"root", "", "frontdesk client\nroot /srv/{http.auth.user.account_id}\nfile_server", "vars asks for {http.auth.user.account_id}"},
		{"root, written first", "", "root /srv/{http.auth.user.account_id}\nfrontdesk client\nfile_server", "vars asks for {http.auth.user.account_id}"},
		{"rewrite", "", "frontdesk client\nrewrite /{http.auth.user.platform}{uri}\nreverse_proxy 127.0.0.1:8080", "rewrite asks for {http.auth.user.platform}"},
		{"try_files", "", "frontdesk client\ntry_files /{http.auth.user.account_id}{path}\nfile_server", "a matcher asks for {http.auth.user.account_id}"},
		{"redir", "", "frontdesk client\nredir /old /{http.auth.user.id}", "static_response asks for {http.auth.user.id}"},
		{"vars", "", "frontdesk client\nvars who {http.auth.user.id}", "vars asks for {http.auth.user.id}"},
		{"a block of vars", "", "frontdesk client\nvars {\na b\nwho {http.auth.user.id}\n}", "vars asks for {http.auth.user.id}"},
		{"in the same handle", "", "handle /a/* {\nfrontdesk client\nroot /srv/{http.auth.user.account_id}\nfile_server\n}", "vars asks for {http.auth.user.account_id}"},
		{"before the handle", "", "root /srv/{http.auth.user.account_id}\nhandle /a/* {\nfrontdesk client\nfile_server\n}", "vars asks for {http.auth.user.account_id}"},
		{"before it in a route", "", "route {\nroot /srv/{http.auth.user.account_id}\nfrontdesk client\nfile_server\n}", "vars asks for {http.auth.user.account_id}"},
		{"between two in a route", "", "route {\nhandle /a/* {\nfrontdesk client\nfile_server\n}\nroot /srv/{http.auth.user.account_id}\nhandle {\nfrontdesk client\nfile_server\n}\n}", "vars asks for {http.auth.user.account_id}"},
		{"before the route", "", "root /srv/{http.auth.user.account_id}\nroute {\nfrontdesk client\nfile_server\n}", "vars asks for {http.auth.user.account_id}"},
		{"another put before", "order respond before map", "frontdesk client\nroot /srv/{http.auth.user.account_id}\nfile_server", "vars asks for {http.auth.user.account_id}"},
		{"by a header", "", "frontdesk client\nvars who {header.Remote-User}", "vars asks for {http.request.header.Remote-User}"},
		{"by a header's whole name", "", "frontdesk client\nrewrite /{http.request.header.X-Frontdesk-Platform}{uri}", "rewrite asks for {http.request.header.X-Frontdesk-Platform}"},
		{"a matcher", "", "frontdesk\n@contact vars {http.auth.user.platform} client\nredir @contact /client", "a matcher asks for {http.auth.user.platform}"},
		{"a matcher of more lines", "", "frontdesk\n@contact {\npath /staff/*\nvars {http.auth.user.platform} client\n}\nrewrite @contact /denied", "a matcher asks for {http.auth.user.platform}"},
		{"a matcher in an expression", "", "frontdesk\n@contact expression `{http.auth.user.entity} == 'contact'`\nredir @contact /client", "a matcher asks for {http.auth.user.entity}"},
		{"a matcher of a header", "", "frontdesk\n@staff header X-Frontdesk-Entity member\nroot @staff /srv/staff", "a matcher asks for {http.request.header.X-Frontdesk-Entity}"},
		{"a matcher of what is set later", "", "frontdesk\n@contact vars {http.auth.user.entity} contact\nheader @contact -X-Internal\nreverse_proxy 127.0.0.1:8080", "a matcher asks for {http.auth.user.entity}"},
		{"a matcher of what is logged", "", "frontdesk\n@staff vars {http.auth.user.entity} member\nlog_skip @staff\nreverse_proxy 127.0.0.1:8080", "a matcher asks for {http.auth.user.entity}"},
		{"by way of a map", "", "frontdesk client\nmap {http.auth.user.account_id} {place} {\nacme a\ndefault b\n}\nroot /srv/{place}\nfile_server", "vars asks for {place}"},
		{"by way of what a map gives", "", "frontdesk client\nmap {path} {place} {\n/own {http.auth.user.id}\ndefault b\n}\nroot /srv/{place}\nfile_server", "vars asks for {place}"},
		{"by way of two maps", "", "frontdesk client\nmap {http.auth.user.account_id} {one} {\nacme a\n}\nmap {one} {two} {\na b\n}\nrewrite /{two}{uri}", "rewrite asks for {two}"},
		{"a matcher by way of a map", "", "frontdesk client\nmap {http.auth.user.account_id} {barred} {\nacme yes\n}\n@barred vars {barred} yes\nredir @barred /denied", "a matcher asks for {barred}"},
		{"another name of a header", "", "frontdesk client {\nheaders {\nRemote-User X-Person\n}\n}\n@tom header X-Person 7\nrewrite @tom /staff{uri}", "a matcher asks for {http.request.header.X-Person}"},
		{"by another name of a header", "", "frontdesk client {\nheaders {\nRemote-User X-Person\n}\n}\nvars who {header.X-Person}", "vars asks for {http.request.header.X-Person}"},
		{"a name for all sites", "", "frontdesk client\nvars who {header.X-For-All}", "vars asks for {http.request.header.X-For-All}"},
		{"a matcher, written first", "", "@contact vars {http.auth.user.platform} client\nredir @contact /client\nfrontdesk", "a matcher asks for {http.auth.user.platform}"},
		{"a matcher, written first, that others use", "", "@contact vars {http.auth.user.platform} client\nredir @contact /client\nfrontdesk\nrespond @contact x", "a matcher asks for {http.auth.user.platform}"},
		{"a matcher of who has no header", "", "frontdesk\n@nobody header !Remote-User\nredir @nobody /welcome\nreverse_proxy 127.0.0.1:8080", "a matcher asks for {http.request.header.Remote-User}"},
		{"a matcher in an expression without braces", "", "frontdesk\n@tom expression `ph(req, 'http.auth.user.id') == '7'`\nredir @tom /staff\nreverse_proxy 127.0.0.1:8080", "a matcher asks for {http.auth.user.id}"},
		{"a matcher of the handle around", "", "@contact vars {http.auth.user.platform} client\nhandle @contact {\nfrontdesk client\nreverse_proxy 127.0.0.1:8080\n}", "a matcher asks for {http.auth.user.platform}"},
		{"a matcher of the handle around, in a route", "", "route {\n@contact vars {http.auth.user.platform} client\nhandle @contact {\nfrontdesk client\nreverse_proxy 127.0.0.1:8080\n}\n}", "a matcher asks for {http.auth.user.platform}"},
		{"a matcher of a handle beside", "", "@barred vars {http.auth.user.entity} contact\nhandle @barred {\nrespond 403\n}\nhandle {\nfrontdesk client\nreverse_proxy 127.0.0.1:8080\n}", "a matcher asks for {http.auth.user.entity}"},
		{"a matcher of a handle beside, written later", "", "handle {\nfrontdesk client\nreverse_proxy 127.0.0.1:8080\n}\n@barred vars {http.auth.user.entity} contact\nhandle @barred {\nrespond 403\n}", "a matcher asks for {http.auth.user.entity}"},
		{"by a second header", "", "frontdesk client\nvars who {header.Host}-{header.Remote-User}", "vars asks for {http.request.header.Remote-User}"},
		{"a header in an expression", "", "frontdesk client\n@staff expression `header({'Host': '*', 'X-Frontdesk-Entity': 'member'})`\nrewrite @staff /staff{uri}", "a matcher asks for {http.request.header.X-Frontdesk-Entity}"},
		{"a header of the request, in a route", "", "route {\nrequest_header X-Account {header.X-Frontdesk-Account-Id}\nfrontdesk client\nreverse_proxy 127.0.0.1:8080\n}", "headers asks for {http.request.header.X-Frontdesk-Account-Id}"},
		{"a header of the request, before a handle", "", "request_header X-Account {http.auth.user.account_id}\nhandle {\nfrontdesk client\nreverse_proxy 127.0.0.1:8080\n}", "headers asks for {http.auth.user.account_id}"},
		{"a header of the request, in a route before", "", "route {\nrequest_header X-Account {header.X-Frontdesk-Account-Id}\n}\nroute {\nfrontdesk client\nreverse_proxy 127.0.0.1:8080\n}", "headers asks for {http.request.header.X-Frontdesk-Account-Id}"},
		{"a header of the request, in a handle before the route", "", "handle {\nrequest_header X-Account {header.X-Frontdesk-Account-Id}\n}\nroute {\nfrontdesk client\nreverse_proxy 127.0.0.1:8080\n}", "headers asks for {http.request.header.X-Frontdesk-Account-Id}"},
		{"a header of the request, put before", "order request_header before map", "frontdesk client\nrequest_header X-Account {http.auth.user.account_id}\nreverse_proxy 127.0.0.1:8080", "headers asks for {http.auth.user.account_id}"},
		{"a block that chooses, in a route", "", "route {\nhandle {\n@staff vars {http.auth.user.entity} member\nrequest_header @staff X-Staff yes\n}\nfrontdesk\nreverse_proxy 127.0.0.1:8080\n}", "a matcher asks for {http.auth.user.entity}"},
		{"another who is asked whether somebody may", "", "forward_auth 127.0.0.1:9000 {\nuri /may?who={header.Remote-User}\n}\nhandle {\nfrontdesk client\nreverse_proxy 127.0.0.1:8080\n}", "reverse_proxy asks for {http.request.header.Remote-User}"},
		{"the body of the request", "", "frontdesk client\nrequest_body {\nset {header.Remote-User}\n}\nreverse_proxy 127.0.0.1:8080", "request_body asks for {http.request.header.Remote-User}"},
		{"an answer, in a route", "", "route {\nrespond /who {http.auth.user.id}\nfrontdesk client\nreverse_proxy 127.0.0.1:8080\n}", "static_response asks for {http.auth.user.id}"},
		{"a header of the answer", "", "frontdesk client\nheader X-Who {http.auth.user.id}\nreverse_proxy 127.0.0.1:8080", "headers asks for {http.auth.user.id}"},
		{"headers of the answer", "", "frontdesk client\nheader /a/* {\n?X-Default a\n+X-Who {http.auth.user.id}\n}\nreverse_proxy 127.0.0.1:8080", "headers asks for {http.auth.user.id}"},
		{"a header of the request, after it", "", "frontdesk client\nrequest_header X-Account {http.auth.user.account_id}\nreverse_proxy 127.0.0.1:8080", ""},
		{"a header of the request, in a route after", "", "route {\nfrontdesk client\n}\nroute {\nrequest_header X-Account {http.auth.user.account_id}\nreverse_proxy 127.0.0.1:8080\n}", ""},
		{"a header of the request, in a route that comes first", "", "route {\nfrontdesk client\nreverse_proxy 127.0.0.1:8080\n}\nroute /a/* {\nrequest_header X-Account {http.auth.user.account_id}\n}", "headers asks for {http.auth.user.account_id}"},
		{"a header of the request, in a route that comes later", "", "route {\nrequest_header X-Account {http.auth.user.account_id}\nreverse_proxy 127.0.0.1:8080\n}\nroute /a/* {\nfrontdesk client\n}", ""},
		{"a header of the request, in a handle beside", "", "handle /a/* {\nrequest_header X-Account {http.auth.user.account_id}\nreverse_proxy 127.0.0.1:8080\n}\nhandle {\nfrontdesk client\nreverse_proxy 127.0.0.1:8080\n}", ""},
		{"a header that is taken away", "", "route {\nrequest_header -Remote-User\nfrontdesk client\nreverse_proxy 127.0.0.1:8080\n}", ""},
		{"headers of the answer that are put off", "", "frontdesk client\nheader {\n-Server\nX-Who {http.auth.user.id}\n}\nreverse_proxy 127.0.0.1:8080", ""},
		{"headers of the answer that wait for it", "", "frontdesk client\nheader {\nX-Who {http.auth.user.id}\ndefer\n}\nheader ?X-Whose {http.auth.user.id}\nheader {\n?X-Account {http.auth.user.account_id}\n}\nreverse_proxy 127.0.0.1:8080", ""},
		{"what comes when there is an answer", "", "route {\nintercept {\nhandle_response {\nrespond {http.auth.user.id}\n}\n}\nlog_append who {http.auth.user.id}\nfrontdesk client\nreverse_proxy 127.0.0.1:8080\n}", ""},
		{"a matcher of the same name elsewhere", "", "handle /a/* {\nfrontdesk client\n@staff vars {http.auth.user.entity} member\nrespond @staff x\nreverse_proxy 127.0.0.1:8080\n}\nhandle {\n@staff path /staff/*\nredir @staff /a{uri}\nfrontdesk client\nreverse_proxy 127.0.0.1:8080\n}", ""},
		{"a map of the same name elsewhere", "", "handle /a/* {\nfrontdesk client\nmap {http.auth.user.entity} {kind} {\nmember m\n}\nrespond {kind}\n}\nhandle {\nmap {path} {kind} {\n/x a\n}\nrewrite /{kind}\nfrontdesk client\nreverse_proxy 127.0.0.1:8080\n}", ""},
		{"a matcher that others use, in a handle", "", "@staff vars {http.auth.user.entity} member\nredir /old /new\nhandle /a/* {\nfrontdesk client\nrespond @staff x\nreverse_proxy 127.0.0.1:8080\n}", ""},
		{"a handle that comes later", "", "frontdesk\n@client vars {http.auth.user.platform} client\nhandle @client {\nreverse_proxy 127.0.0.1:8080\n}\nhandle {\nreverse_proxy 127.0.0.1:8081\n}", ""},
		{"what a map goes by", "", "frontdesk client\nmap /a/* {path} {place} {\n/own {http.auth.user.id}\n}\nrewrite /b{path}\nreverse_proxy 127.0.0.1:8080", ""},
		{"a header that is dropped", "", "frontdesk client {\nheaders {\nRemote-User off\n}\n}\nvars debug off\nreverse_proxy 127.0.0.1:8080", ""},
		{"what a map fills in from elsewhere", "", "frontdesk client\nmap {host} {place} {\ndefault b\n}\nroot /srv/{place}\nfile_server", ""},
		{"what the header's value is filled in with", "", "frontdesk client\nheader >X-Who {http.auth.user.id}\nreverse_proxy 127.0.0.1:8080", ""},
		{"a matcher that later ones use", "", "frontdesk\n@contact vars {http.auth.user.platform} client\n@old path /old\nredir @old /new\nrespond @contact 403\nreverse_proxy 127.0.0.1:8080", ""},
		{"after it in a route", "", "route {\nfrontdesk client\nroot /srv/{http.auth.user.account_id}\nvars {\nwho {http.auth.user.id}\n}\nfile_server\n}", ""},
		{"in a handle, which comes later", "", "frontdesk client\nhandle /a/* {\nroot /srv/{http.auth.user.account_id}\nfile_server\n}", ""},
		{"the file server's own root", "", "frontdesk client\nfile_server {\nroot /srv/{http.auth.user.account_id}\n}", ""},
		{"what is filled in later", "", "frontdesk client\nmap {http.auth.user.account_id} {portal} {\nacme a\ndefault b\n}\nlog_append who {http.auth.user.id}\nreverse_proxy 127.0.0.1:8080", ""},
		{"a header, after an error", "", "frontdesk client\nrespond x\nhandle_errors {\nroute {\nrequest_header X-Account {header.X-Frontdesk-Account-Id}\nfrontdesk client\nreverse_proxy 127.0.0.1:8080\n}\n}", "headers asks for {http.request.header.X-Frontdesk-Account-Id}"},
		{"a matcher of a header, after an error", "", "frontdesk client\nrespond x\nhandle_errors {\n@staff header X-Frontdesk-Entity member\nrewrite @staff /staff{uri}\nfrontdesk client\nreverse_proxy 127.0.0.1:8080\n}", "a matcher asks for {http.request.header.X-Frontdesk-Entity}"},
		{"a header that is copied behind it, after an error", "", "frontdesk client\nrespond x\nhandle_errors {\nfrontdesk client\nrequest_header X-Account {header.X-Frontdesk-Account-Id}\nreverse_proxy 127.0.0.1:8080\n}", ""},
		{"after an error", "", "frontdesk client\nrespond x\nhandle_errors {\nrewrite /{http.auth.user.platform}.html\nfrontdesk client\nrespond x\n}", ""},
		{"frontdesk put first", "order frontdesk first", "frontdesk client\nroot /srv/{http.auth.user.account_id}\nfile_server", ""},
		{"something else", "", "frontdesk client\nroot /srv/{http.request.host}\nfile_server", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			checkOrdered(t, validateSites(c.order, "portal.msp.example {\n"+c.site+"\n}\n"), c.refused)
		})
	}
}
