package caddymodule

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig"
	_ "github.com/caddyserver/caddy/v2/modules/standard"

	"github.com/frontdesk-gateway/frontdesk/internal/freeport"
	"github.com/frontdesk-gateway/frontdesk/internal/outbox"
	"github.com/frontdesk-gateway/frontdesk/internal/password"
	"github.com/frontdesk-gateway/frontdesk/internal/standin"
	"github.com/frontdesk-gateway/frontdesk/internal/store/bolt"
	"github.com/frontdesk-gateway/frontdesk/internal/transfer"
)

// world is everything around the gateway, for real, on loopback: Caddy in this
// process, three portals that answer with what they received, a mail server
// and a provider.
type world struct {
	t         testing.TB
	port      int
	scheme    string // of the portals' origins: http, or https by Caddy's own authority
	store     string
	outbox    *outbox.Server
	smtp      string
	provider  *standin.Provider
	authority string
	portal    *httptest.Server
	global    string // further global options
	options   string // further lines of the global option frontdesk
	microsoft string // further lines of its block microsoft
	sites     string // further sites
	origins   string // further origins of the client platform
	methods   string // its methods, where not the default
	public    string // further lines of the client's directive
}

// Tenants and people of the tests.
const (
	tenantAcme  = "11111111-2222-4333-8444-555555555555"
	tenantOther = "99999999-2222-4333-8444-555555555555"
)

// newWorld starts what is around Caddy, and puts people into a store. The
// provider knows some more.
func newWorld(t testing.TB, more ...standin.Person) *world {
	t.Helper()
	w := &world{t: t, port: freePort(t), scheme: "http", store: filepath.Join(t.TempDir(), "frontdesk.db")}
	w.startMail()
	w.startProvider(slices.Concat(entraPeople, more))
	w.portal = httptest.NewServer(http.HandlerFunc(echoPortal))
	t.Cleanup(w.portal.Close)
	w.importPeople(peopleFile)
	return w
}

func freePort(t testing.TB) int {
	t.Helper()
	port, err := freeport.Choose()
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// echoPortal is a portal that shows what it received.
func echoPortal(w http.ResponseWriter, r *http.Request) {
	fmt.Fprintf(w, "portal %s %s\n", r.Method, r.URL.RequestURI())
	for _, name := range slices.Sorted(maps.Keys(r.Header)) {
		for _, value := range r.Header[name] {
			fmt.Fprintf(w, "%s: %s\n", name, value)
		}
	}
	io.Copy(w, io.LimitReader(r.Body, 1<<16))
}

func (w *world) startMail() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		w.t.Fatal(err)
	}
	w.smtp = l.Addr().String()
	w.outbox = outbox.New(outbox.Options{})
	go w.outbox.Serve(l)
	w.t.Cleanup(func() { w.outbox.Close() })
}

func (w *world) startProvider(people []standin.Person) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		w.t.Fatal(err)
	}
	w.authority = "http://" + l.Addr().String()
	var registered []string
	for _, platform := range []string{"client", "tech", "admin"} {
		registered = append(registered, w.origin(platform)+"/frontdesk/callback/microsoft", w.origin(platform)+"/frontdesk/sign-out")
	}
	w.provider, err = standin.New(standin.Config{
		BaseURL: w.authority, People: people,
		Clients: []standin.Client{{ID: "frontdesk", Secret: "hush", RedirectURIs: registered}},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	server := &http.Server{Handler: w.provider}
	go server.Serve(l)
	w.t.Cleanup(func() { server.Close() })
}

func (w *world) importPeople(file string) {
	w.t.Helper()
	s, err := bolt.Open(w.store, bolt.Options{})
	if err != nil {
		w.t.Fatal(err)
	}
	defer s.Close()
	if _, err := transfer.Import(w.t.Context(), s, strings.NewReader(file), transfer.Options{Format: transfer.JSON, CheckHash: password.ParseHash}); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) origin(platform string) string {
	return fmt.Sprintf("%s://%s.localhost:%d", w.scheme, platform, w.port)
}

// caddyfile is the configuration of the world.
func (w *world) caddyfile() string {
	var sites strings.Builder
	for _, platform := range []string{"client", "tech", "admin"} {
		public := ""
		if platform == "client" {
			public = "{\n\t\tpublic /public /assets/*\n\t\t" + w.public + "\n\t}"
		}
		fmt.Fprintf(&sites, "%s {\n\tfrontdesk %s %s\n\treverse_proxy %s\n}\n", w.origin(platform), platform, public, w.portal.Listener.Addr())
	}
	return fmt.Sprintf(`{
	admin off
	persist_config off
	skip_install_trust
	local_certs
	storage file_system %s
	%s
	frontdesk {
		store bolt %s
		support_email help@msp.example
		platform client %s%s {
			%s
		}
		platform tech %s {
			methods microsoft password email_token
		}
		platform admin %s {
			methods microsoft
		}
		microsoft {
			client_id frontdesk
			client_secret hush
			authority %s
			%s
		}
		mail {
			from "MSP Help Desk <desk@msp.example>"
			smtp %s {
				tls off
			}
		}
		brand {
			name "MSP Help Desk"
		}
		%s
	}
}
%s
%s://:%d {
	frontdesk
}
%s
`, filepath.Join(filepath.Dir(w.store), "caddy"), w.global, w.store, w.origin("client"), w.origins, w.methods, w.origin("tech"), w.origin("admin"), w.authority, w.microsoft, w.smtp, w.options, sites.String(), w.scheme, w.port, w.sites)
}

// adapt turns a Caddyfile into JSON.
func adapt(caddyfile string) ([]byte, error) {
	config, _, err := caddyconfig.GetAdapter("caddyfile").Adapt([]byte(caddyfile), map[string]any{"filename": "Caddyfile"})
	return config, err
}

// load runs a configuration in place of the one that runs.
func (w *world) load() error {
	config, err := adapt(w.caddyfile())
	if err != nil {
		return err
	}
	return caddy.Load(config, true)
}

// start runs Caddy until the test ends.
func (w *world) start() {
	w.t.Helper()
	if err := w.load(); err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() {
		if err := caddy.Stop(); err != nil {
			w.t.Error(err)
		}
	})
}

// awaitCertificates waits until Caddy's own authority has issued what the
// portals need, and further names below localhost.
func (w *world) awaitCertificates(further ...string) {
	w.t.Helper()
	for _, name := range append(further, "client", "tech", "admin") {
		config := &tls.Config{InsecureSkipVerify: true, ServerName: name + ".localhost"}
		deadline := time.Now().Add(30 * time.Second)
		for {
			conn, err := tls.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", w.port), config)
			if err == nil {
				conn.Close()
				break
			}
			if time.Now().After(deadline) {
				w.t.Fatalf("no certificate for %s: %v", config.ServerName, err)
			}
			time.Sleep(20 * time.Millisecond)
		}
	}
}

// visitor is a browser without scripts: it keeps cookies and posts forms.
type visitor struct {
	t      testing.TB
	world  *world
	client *http.Client
	// language is what the browser asks for; empty: nothing.
	language string
	tokens   sync.Map // of the forms on the newest page, by host
}

func (w *world) visitor() *visitor {
	jar, err := cookiejar.New(nil)
	if err != nil {
		w.t.Fatal(err)
	}
	dialer := &net.Dialer{}
	transport := &http.Transport{ForceAttemptHTTP2: true, TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
		_, port, err := net.SplitHostPort(addr)
		if err != nil {
			return nil, err
		}
		return dialer.DialContext(ctx, network, net.JoinHostPort("127.0.0.1", port)) // *.localhost
	}}
	w.t.Cleanup(transport.CloseIdleConnections)
	return &visitor{t: w.t, world: w, client: &http.Client{Jar: jar, Transport: transport, Timeout: 30 * time.Second}}
}

// page is an answer that was read whole.
type page struct {
	*http.Response
	body string
}

func (v *visitor) do(r *http.Request) page {
	v.t.Helper()
	v.addToken(r)
	p := v.send(r)
	v.tokens.Store(p.Request.URL.Host, cmp.Or(formToken(p.body), v.token(p.Request.URL.Host)))
	return p
}

var formTokenField = regexp.MustCompile(`name="form_token" value="([^"]+)"`)

// formToken is the token of the forms on a page; empty for none.
func formToken(body string) string {
	if found := formTokenField.FindStringSubmatch(body); found != nil {
		return found[1]
	}
	return ""
}

func (v *visitor) token(host string) string {
	token, _ := v.tokens.Load(host)
	s, _ := token.(string)
	return s
}

// addToken gives a form the token of the pages that it could be on: as the newest
// had it, or as one has it that is opened now, which those of a session are.
func (v *visitor) addToken(r *http.Request) {
	v.t.Helper()
	if r.Method != http.MethodPost || !strings.HasPrefix(r.URL.Path, "/frontdesk/") || r.Header.Get("Content-Type") != "application/x-www-form-urlencoded" || r.Header.Get("Content-Encoding") != "" {
		return
	}
	token := v.token(r.URL.Host)
	if !strings.HasPrefix(r.URL.Path, "/frontdesk/sign-in") {
		token = ""
	}
	for _, page := range []string{"/frontdesk/sign-out", "/frontdesk/sign-in"} {
		if token == "" {
			opened, err := http.NewRequestWithContext(r.Context(), http.MethodGet, r.URL.Scheme+"://"+r.URL.Host+page, nil)
			if err != nil {
				v.t.Fatal(err)
			}
			token = formToken(v.send(opened).body)
		}
	}
	form, err := io.ReadAll(r.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	form = append(form, "&form_token="+token...)
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(form)), int64(len(form))
	r.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(form)), nil }
}

func (v *visitor) send(r *http.Request) page {
	v.t.Helper()
	r.Header.Set("Accept", "text/html")
	r.Header.Set("Accept-Language", v.language)
	response, err := v.client.Do(r.Clone(r.Context())) // the client puts cookies into what it is given
	for range 5 {                                      // as browsers do: Caddy drops connections with an old configuration
		if err == nil || r.Method != http.MethodGet {
			break
		}
		v.client.CloseIdleConnections()
		response, err = v.client.Do(r.Clone(r.Context()))
	}
	if err != nil {
		v.t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	return page{response, string(body)}
}

func (v *visitor) get(address string) page {
	v.t.Helper()
	r, err := http.NewRequestWithContext(v.t.Context(), http.MethodGet, address, nil)
	if err != nil {
		v.t.Fatal(err)
	}
	return v.do(r)
}

// post answers the form of a page: its hidden step, and the fields given.
func (v *visitor) post(from page, step string, fields ...string) page {
	v.t.Helper()
	form := url.Values{"step": {step}}
	for i := 0; i < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	return v.postTo(from.Request.URL.String(), form)
}

func (v *visitor) postTo(address string, form url.Values) page {
	v.t.Helper()
	r, err := http.NewRequestWithContext(v.t.Context(), http.MethodPost, address, strings.NewReader(form.Encode()))
	if err != nil {
		v.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", r.URL.Scheme+"://"+r.URL.Host)
	return v.do(r)
}

// wants fails the test where a page lacks a status or texts.
func (p page) wants(t testing.TB, status int, texts ...string) page {
	t.Helper()
	if p.StatusCode != status {
		t.Fatalf("%s %s: status %d, want %d\n%s", p.Request.Method, p.Request.URL, p.StatusCode, status, p.body)
	}
	for _, text := range texts {
		if !strings.Contains(p.body, text) {
			t.Fatalf("%s %s: no %q in\n%s", p.Request.Method, p.Request.URL, text, p.body)
		}
	}
	return p
}

func (p page) lacks(t testing.TB, texts ...string) page {
	t.Helper()
	for _, text := range texts {
		if strings.Contains(p.body, text) {
			t.Fatalf("%s %s: %q should not be in\n%s", p.Request.Method, p.Request.URL, text, p.body)
		}
	}
	return p
}

// code waits for the newest mail to an address and returns its code.
func (w *world) code(to string) string {
	w.t.Helper()
	return w.mail(to).Code()
}

func (w *world) mail(to string) outbox.Mail {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), 20*time.Second)
	defer cancel()
	mail, err := w.outbox.Wait(ctx, func(m outbox.Mail) bool { return strings.Contains(m.To, to) })
	if err != nil {
		w.t.Fatalf("waiting for a mail to %s: %v", to, err)
	}
	return mail
}
