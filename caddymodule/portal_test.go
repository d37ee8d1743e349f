package caddymodule

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
)

// rawPortal keeps the very bytes of the requests that reach it, and answers
// with them. Where it is asked to upgrade it does, to whatever it is asked for,
// and sends back what comes.
type rawPortal struct {
	net.Listener
	came     chan struct{} // one of each, as far as there is room
	mu       sync.Mutex
	received []string
}

// withRawPortal puts one in the place of the world's portal.
func (w *world) withRawPortal() *rawPortal {
	w.t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		w.t.Fatal(err)
	}
	p := &rawPortal{Listener: l, came: make(chan struct{}, 1)}
	w.portal = &httptest.Server{Listener: l} // of which the address alone is used
	w.t.Cleanup(func() { l.Close() })
	go p.serve()
	return p
}

func (p *rawPortal) serve() {
	for {
		conn, err := p.Accept()
		if err != nil {
			return
		}
		go p.talk(conn)
	}
}

func (p *rawPortal) talk(conn net.Conn) {
	defer conn.Close()
	in := bufio.NewReader(conn)
	for {
		head, body, err := readRaw(in)
		if err != nil {
			return
		}
		p.mu.Lock()
		p.received = append(p.received, head+body)
		p.mu.Unlock()
		select {
		case p.came <- struct{}{}:
		default:
		}
		if upgrade := valueIn(head, "Upgrade"); upgrade != "" {
			fmt.Fprintf(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: %s\r\n\r\n", upgrade)
			io.Copy(conn, in)
			return
		}
		text := strings.ReplaceAll(head+body, "\r\n", "\n")
		fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(text), text)
	}
}

// take returns what has reached the portal since it was asked last.
func (p *rawPortal) take() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	taken := p.received
	p.received = nil
	return taken
}

// wait returns the first request since the portal was asked last, once it is
// there.
func (p *rawPortal) wait(ctx context.Context, t *testing.T) string {
	t.Helper()
	for {
		if taken := p.take(); len(taken) > 0 {
			return taken[0]
		}
		select {
		case <-p.came:
		case <-ctx.Done():
			t.Fatal("nothing has reached the portal")
		}
	}
}

// readRaw reads one request as it stands on the wire.
func readRaw(in *bufio.Reader) (head, body string, err error) {
	until := func(end string) (text string, err error) {
		for !strings.HasSuffix(text, end) {
			line, err := in.ReadString('\n')
			if text += line; err != nil {
				return text, err
			}
		}
		return text, nil
	}
	if head, err = until("\r\n\r\n"); err != nil {
		return head, "", err
	}
	switch {
	case valueIn(head, "Transfer-Encoding") == "chunked":
		body, err = until("0\r\n")
		if err == nil {
			var trailers string
			for trailers, err = until("\r\n"); err == nil && !strings.HasSuffix("\r\n"+trailers, "\r\n\r\n"); {
				var more string
				more, err = until("\r\n")
				trailers += more
			}
			body += trailers
		}
	case valueIn(head, "Content-Length") != "":
		var n int
		if _, err = fmt.Sscan(valueIn(head, "Content-Length"), &n); err == nil {
			data := make([]byte, n)
			_, err = io.ReadFull(in, data)
			body = string(data)
		}
	}
	return head, body, err
}

func valueIn(head, name string) string {
	_, rest, _ := strings.Cut(head, "\r\n"+name+": ")
	value, _, _ := strings.Cut(rest, "\r\n")
	return value
}

// field is a line of a request's header or trailer.
type field struct{ name, value string }

// sent is a request as it is put on the wire, by whatever version of HTTP: its
// names are spelled as they stand here on HTTP/1.1, and in lower case on the
// others.
type sent struct {
	method   string // empty: GET
	path     string
	fields   []field
	body     string
	trailers []field
}

func (s sent) verb() string {
	if s.method == "" {
		return "GET"
	}
	return s.method
}

// who is asking: at which path, and by which cookie.
type asker struct {
	name, path string
	signedIn   bool
}

// askers are those that a portal sees: nobody but on public paths.
var askers = []asker{
	{"signed in", "/x", true},
	{"on a public path", "/public", false},
	{"on a public path, signed in", "/public", true},
}

// identityLines are the gateway's headers for Ann; what differs from run to run
// is a star.
var identityLines = []string{
	"Remote-Email: Ann@acme.example", "Remote-Groups: users,a%2Cb", "Remote-Name: Ann Archer", "Remote-User: c-ann",
	"X-Frontdesk-Account-Id: acme", "X-Frontdesk-Account-Name: Acme Widgets", "X-Frontdesk-Assertion: *", "X-Frontdesk-Entity: contact",
	"X-Frontdesk-Method: password", "X-Frontdesk-Platform: client", "X-Frontdesk-Session: *",
}

// sorted is a request's head with its lines sorted and its changing values
// replaced, so that two can be compared whole.
func sorted(request string) string {
	head, body, _ := strings.Cut(request, "\r\n\r\n")
	lines := strings.Split(head, "\r\n")
	for i, line := range lines {
		for _, name := range []string{"X-Frontdesk-Assertion", "X-Frontdesk-Session"} {
			if strings.HasPrefix(line, name+": ") {
				lines[i] = name + ": *"
			}
		}
	}
	slices.Sort(lines[1:])
	return strings.Join(lines, "\n") + "\n\n" + body
}

// expected is what a portal must receive of a request: its line, what Caddy
// says of it, who is asking, and what was kept of it.
func (w *world) expected(version, line string, signedIn bool, kept []string, body string) string {
	lines := slices.Concat(kept, []string{
		"Host: " + w.clientHost(), "Via: " + version + " Caddy", "X-Forwarded-For: 127.0.0.1", "X-Forwarded-Host: " + w.clientHost(), "X-Forwarded-Proto: " + w.scheme,
	})
	if !strings.HasPrefix(line, "HEAD ") {
		lines = append(lines, "Accept-Encoding: gzip") // Caddy's own
	}
	if signedIn {
		lines = append(lines, identityLines...)
	}
	return line + " HTTP/1.1\n" + sortedLines(lines) + "\n\n" + body
}

func sortedLines(lines []string) string {
	return strings.Join(slices.Sorted(slices.Values(lines)), "\n")
}

// clientHost is the client's host and port.
func (w *world) clientHost() string {
	_, authority, _ := strings.Cut(w.origin("client"), "://")
	return authority
}

// cookieOf is a visitor's Cookie header at the client's portal.
func (v *visitor) cookieOf(platform string) string {
	v.t.Helper()
	portal, err := url.Parse(v.world.origin(platform))
	if err != nil {
		v.t.Fatal(err)
	}
	var pairs []string
	for _, c := range v.client.Jar.Cookies(portal) {
		pairs = append(pairs, c.Name+"="+c.Value)
	}
	return strings.Join(pairs, "; ")
}

// attack is a request that tries to tell the portal something. It fares alike
// on all versions of HTTP.
type attack struct {
	name string
	sent
	kept []string // lines that the portal receives beside what is always there
	body string   // as the portal receives it
	// status is what is answered where nothing may reach the portal; 0: it
	// receives the request.
	status int
}

func forged(names ...string) (fields []field) {
	for _, name := range names {
		fields = append(fields, field{name, "evil"})
	}
	return fields
}

// attacks of a stranger, on any version of HTTP. The names with _ and . are
// those that Caddy was told to expect.
var attacks = []attack{
	{name: "nothing"},
	{name: "what is no attack", sent: sent{fields: []field{{"Accept", "*/*"}, {"Authorization", "Basic eDp5"}, {"X-Csrf-Token", "t"}, {"X-Http-Method-Override", "PUT"}, {"Upgrade-Insecure-Requests", "1"}, {"User-Agent", "test"}}},
		kept: []string{"Accept: */*", "Authorization: Basic eDp5", "X-Csrf-Token: t", "X-Http-Method-Override: PUT", "Upgrade-Insecure-Requests: 1", "User-Agent: test"}},
	{name: "identity", sent: sent{fields: forged("Remote-User", "Remote-Email", "Remote-Name", "Remote-Groups", "X-Frontdesk-Platform", "X-Frontdesk-Entity",
		"X-Frontdesk-Account-Id", "X-Frontdesk-Account-Name", "X-Frontdesk-Method", "X-Frontdesk-Session", "X-Frontdesk-Impersonator", "X-Frontdesk-Assertion", "X-Frontdesk-New")}},
	{name: "identity twice", sent: sent{fields: forged("Remote-User", "Remote-User", "X-Frontdesk-Impersonator", "X-Frontdesk-Impersonator")}},
	{name: "identity empty", sent: sent{fields: []field{{"Remote-User", ""}, {"X-Frontdesk-Assertion", ""}}}},
	{name: "identity by underscores", sent: sent{fields: forged("Remote_User", "remote_email", "X_Frontdesk_Impersonator", "X_frontdesk-Account-Id")}},
	{name: "identity by dots", sent: sent{fields: forged("Remote.User", "X.Frontdesk.Impersonator")}},
	{name: "identity by dots and underscores", sent: sent{fields: forged("X_Frontdesk.Impersonator")}},
	{name: "identity by other characters", sent: sent{fields: forged("Remote!User", "Remote#User", "Remote$User", "Remote%User", "Remote&User", "Remote'User", "Remote*User",
		"Remote+User", "Remote^User", "Remote`User", "Remote|User", "Remote~User", "X|Frontdesk|Impersonator")}},
	{name: "a new name of this site", sent: sent{fields: forged("X-Person", "X_Person", "X~Person")}},
	{name: "the same in encodings that nobody decodes", sent: sent{fields: forged("X%2dFrontdesk%2dEntity")}, kept: []string{"X%2dfrontdesk%2dentity: evil"}},
	{name: "identity of other gateways", sent: sent{fields: forged("X-Forwarded-User", "X-Forwarded-Email", "X-Forwarded-Groups", "X-Forwarded-Preferred-Username", "X-Forwarded-Access-Token",
		"X-Auth-Request-User", "X-Auth-Request-Email", "X-Remote-User", "X-Remote-Group", "X-Webauth-User", "X-Authenticated-User", "X-Authentik-Username", "X-Pomerium-Jwt-Assertion",
		"Cf-Access-Authenticated-User-Email", "Cf-Access-Jwt-Assertion", "X-Goog-Authenticated-User-Email", "X-Goog-Iap-Jwt-Assertion", "X-Ms-Client-Principal", "X-Ms-Client-Principal-Name",
		"Tailscale-User-Login", "Remote-Role", "Auth-User", "$WSRU", "X-Amzn-Oidc-Data", "X-Token-User-Email", "Php-Auth-User", "Cgi-Authorization", "Redirect-Remote-User", "X-Proxiedentitieschain", "X-Proxy-Ext-Department", "Ngrok-Auth-User-Email", "X-Consumer-Username", "Oidc-Claim-Sub", "Eppn")}},
	{name: "addresses", sent: sent{fields: forged("X-Real-Ip", "True-Client-Ip", "X-Client-Ip", "Client-Ip", "X-Cluster-Client-Ip", "Cf-Connecting-Ip", "Fastly-Client-Ip", "Fly-Client-Ip",
		"X-Azure-Clientip", "X-Appengine-User-Ip", "X-Envoy-External-Address", "X-Original-Forwarded-For", "Forwarded", "X-Forwarded", "Wl-Proxy-Client-Ip")}},
	{name: "addresses that are rebuilt", sent: sent{fields: forged("X-Forwarded-For", "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "X_Forwarded_For", "X.Forwarded.For", "X~Forwarded~Host")}},
	{name: "schemes and hosts", sent: sent{fields: forged("X-Forwarded-Port", "X-Forwarded-Ssl", "X-Forwarded-Scheme", "X-Forwarded-Server", "X-Forwarded-Prefix", "X-Scheme", "X-Url-Scheme", "Front-End-Https", "Https",
		"X-Host", "X-Http-Host-Override", "Disguised-Host")}},
	{name: "paths", sent: sent{fields: forged("X-Original-Url", "X-Original-Uri", "X-Original-Host", "X-Original-Method", "X-Rewrite-Url", "X-Forwarded-Uri", "X-Waws-Unencoded-Url", "X-Envoy-Original-Path",
		"Script_Name", "Script-Name", "Path-Info", "X-Script-Name")}},
	{name: "commands", sent: sent{fields: forged("Proxy", "X-Accel-Mapping", "X-Sendfile-Type", "X-Middleware-Subrequest", "X-Middleware-Rewrite", "X-Invoke-Path")}},
	{name: "certificates", sent: sent{fields: forged("Client-Cert", "Client-Cert-Chain", "Ssl-Client-Verify", "Ssl-Client-Cert", "X-Ssl-Client-Cn", "X-Client-Cert", "X-Arr-Clientcert",
		"X-Forwarded-Client-Cert", "X-Forwarded-Tls-Client-Cert", "X-Amzn-Mtls-Clientcert")}},
	{name: "hop-by-hop", sent: sent{fields: forged("Proxy-Authorization", "Http2-Settings", "Alt-Svc")}},
	{name: "aliases of HTTP's own", sent: sent{fields: forged("Sec~Fetch~Site", "Content~Type", "Transfer~Encoding", "Content~Length")}},
	{name: "early data and ways", sent: sent{fields: []field{{"Via", "1.1 evil"}, {"Early-Data", "1"}, {"Max-Forwards", "0"}}}, kept: []string{"Via: 1.1 evil", "Early-Data: 1", "Max-Forwards: 0"}},
	{name: "early data of a proxy, with what changes something", sent: sent{method: "POST", body: "abc", fields: []field{{"Early-Data", "1"}, {"Content-Length", "3"}}}, status: 425},
	{name: "TE", sent: sent{fields: []field{{"TE", "trailers"}}}, kept: []string{"Te: trailers"}},
	{name: "trailers", sent: sent{method: "POST", body: "abc", trailers: forged("Remote-User", "Remote_User", "X-Frontdesk-Impersonator", "X-Other")}, kept: []string{"Transfer-Encoding: chunked"}, body: "3\r\nabc\r\n0\r\n\r\n"},
	{name: "trailers that are announced", sent: sent{method: "POST", body: "abc", fields: []field{{"TE", "trailers"}, {"Trailer", "Remote-User, X-Other"}}, trailers: forged("Remote-User", "X-Other")},
		kept: []string{"Te: trailers", "Transfer-Encoding: chunked"}, body: "3\r\nabc\r\n0\r\n\r\n"},
	{name: "announced and not sent", sent: sent{method: "POST", body: "abc", fields: []field{{"Trailer", "Remote-User"}, {"Content-Length", "3"}}}, kept: []string{"Content-Length: 3"}, body: "abc"},
	{name: "a request in a body", sent: sent{method: "POST", body: "GET /x HTTP/1.1\r\nHost: x\r\nRemote-User: evil\r\n\r\n", fields: []field{{"Content-Length", "47"}}}, kept: []string{"Content-Length: 47"},
		body: "GET /x HTTP/1.1\r\nHost: x\r\nRemote-User: evil\r\n\r\n"},
	{name: "GET with a body", sent: sent{body: "abc", fields: []field{{"Content-Length", "3"}}}, kept: []string{"Content-Length: 3"}, body: "abc"},
	{name: "WebDAV", sent: sent{method: "PROPFIND", fields: []field{{"Depth", "1"}, {"Content-Length", "0"}}}, kept: []string{"Depth: 1"}},
	{name: "HEAD", sent: sent{method: "HEAD"}},
	{name: "values that look encoded", sent: sent{fields: []field{{"X-A", "=?utf-8?q?Remote-User=3A?="}, {"X-B", "a%0d%0aRemote-User: evil"}}}, kept: []string{"X-A: =?utf-8?q?Remote-User=3A?=", "X-B: a%0d%0aRemote-User: evil"}},
	{name: "very long names", sent: sent{fields: forged("X-Frontdesk-"+strings.Repeat("A", 2000), "Remote_User"+strings.Repeat("_", 2000))}},

	{name: "TRACE", sent: sent{method: "TRACE"}, status: 501},
	{name: "TRACK", sent: sent{method: "TRACK"}, status: 501},
	{name: "a method in another case", sent: sent{method: "get"}, status: 501},
	{name: "a method nobody knows", sent: sent{method: "PURGE"}, status: 501},
}

// expectedNames has Caddy let through what it drops by itself: headers whose
// names have an underscore or a dot. It drops those with hyphens instead.
const expectedNames = `servers {
		expected_underscore_headers remote_user remote_email x_frontdesk_* x_frontdesk-account-id x_person x_forwarded_for script_name x_frontdesk.impersonator
		expected_dot_headers remote.user x.frontdesk.* x.forwarded.for x_frontdesk.impersonator
	}`

// siege is a world with a raw portal, and Ann signed in.
type siege struct {
	*world
	portal *rawPortal
	cookie string // Ann's, as a browser sends it
}

func besiege(t *testing.T, scheme, global string) *siege {
	t.Helper()
	w := newWorld(t)
	w.scheme, w.global, w.public = scheme, global, "headers {\n\t\t\tX-Frontdesk-Impersonator X-Person\n\t\t}"
	s := &siege{world: w, portal: w.withRawPortal()}
	w.start()
	if scheme == "https" {
		w.awaitCertificates()
	}
	v := w.visitor()
	v.signIn(t)
	s.cookie = v.cookieOf("client")
	s.portal.take()
	return s
}

// run runs one case, to which what fails meanwhile belongs.
func (s *siege) run(t *testing.T, name string, do func(t *testing.T)) {
	t.Run(name, func(t *testing.T) {
		defer func(outer testing.TB) { s.t = outer }(s.t)
		s.t = t
		do(t)
	})
}

// attackAll sends all attacks by one version of HTTP. send returns the status of
// the answer.
func attackAll(t *testing.T, version string, send func(*world, sent) int) {
	for name, global := range map[string]string{"Caddy drops aliases": "", "Caddy expects aliases": expectedNames} {
		t.Run(name, func(t *testing.T) {
			s := besiege(t, "https", global)
			for _, a := range attacks {
				for _, who := range askers {
					s.run(t, a.name+"/"+who.name, func(t *testing.T) { s.suffer(t, a, who, version, send) })
				}
			}
		})
	}
}

// suffer sends one attack, and compares what the portal received whole.
func (s *siege) suffer(t *testing.T, a attack, who asker, version string, send func(*world, sent) int) {
	asked := a.sent
	asked.path = who.path
	if who.signedIn {
		asked.fields = append(slices.Clone(asked.fields), field{"Cookie", s.cookie})
	}
	status, received := send(s.world, asked), s.portal.take()
	if a.status != 0 {
		if status != a.status || len(received) != 0 {
			t.Fatalf("status %d, want %d; the portal received %q", status, a.status, received)
		}
		return
	}
	if status != http.StatusOK || len(received) != 1 {
		t.Fatalf("status %d; the portal received %q", status, received)
	}
	if got, want := sorted(received[0]), s.expected(version, asked.verb()+" "+who.path, who.signedIn, a.kept, a.body); got != want {
		t.Errorf("received\n%s", lineDiff(got, want))
	}
}

// lineDiff names the lines in which two texts differ.
func lineDiff(got, want string) string {
	var diff []string
	have, need := strings.Split(got, "\n"), strings.Split(want, "\n")
	for _, line := range have {
		if !slices.Contains(need, line) {
			diff = append(diff, "+ "+line)
		}
	}
	for _, line := range need {
		if !slices.Contains(have, line) {
			diff = append(diff, "- "+line)
		}
	}
	return strings.Join(diff, "\n") + fmt.Sprintf("\n(%d lines, want %d)", len(have), len(need))
}
