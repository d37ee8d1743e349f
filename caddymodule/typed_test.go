package caddymodule

import (
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/caddyserver/caddy/v2"

	"github.com/frontdesk-gateway/frontdesk/internal/standin"
)

// expandedSecret must never be seen: it stands behind every placeholder that is
// typed.
const expandedSecret = "expanded-secret-4711"

// typed are what people type, or have their browsers and providers send, to be
// taken for more than text.
var typed = map[string]string{
	"placeholders": `{env.FD_SECRET} {$FD_SECRET} ${FD_SECRET} %{FD_SECRET} {{env "FD_SECRET"}} {{.}} {http.request.host}`,
	"actions":      "{{env `FD_SECRET`}}{{{env `FD_SECRET`}}",
	"markup":       `"'></title><script>alert(1)</script><img src=x onerror=alert(1)>`,
	"direction":    "\u202eexe\u2066\u2069\u200f\u061c\u200bgnp",
	"controls":     "x\r\nInjected: yes\r\n\r\nFORGED\x00\x1b[31m\u2028\x7f\u0085",
}

// loggedWorld writes the gateway's log and the access log into files, as JSON
// and for the console. Caddy takes the client's pages for templates.
func loggedWorld(t *testing.T, more ...standin.Person) (w *world, logs map[string]string) {
	t.Helper()
	t.Setenv("FD_SECRET", expandedSecret)
	w = newWorld(t, more...)
	w.global = "order templates before frontdesk"
	logs = map[string]string{}
	block := func(name, format, rest string) string {
		logs[name+" "+format] = filepath.Join(t.TempDir(), "log")
		return "log " + name + " {\n output file " + logs[name+" "+format] + "\n format " + format + "\n " + rest + "\n}\n"
	}
	file := w.caddyfile()
	file = strings.Replace(file, "{\n", "{\n"+block("ours_json", "json", "include frontdesk")+block("ours_console", "console", "include frontdesk"), 1)
	site := "\n" + w.origin("client") + " {\n"
	file = strings.Replace(file, site, site+block("access", "json", "")+"templates {\n mime text/html\n}\n", 1)
	config, err := adapt(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := caddy.Load(config, true); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := caddy.Stop(); err != nil {
			t.Error(err)
		}
	})
	return w, logs
}

// isText fails the test where what was typed became more than text in an
// answer.
func isText(t *testing.T, where string, p page) page {
	t.Helper()
	if strings.Contains(p.body, expandedSecret) || strings.Contains(p.body, "<script") || strings.Contains(p.body, "<img src=x") {
		t.Errorf("%s: %s\n%s", where, p.Request.URL, p.body)
	}
	if strings.HasPrefix(p.Header.Get("Content-Type"), "text/html") && strings.ContainsFunc(p.body, disturbs) {
		t.Errorf("%s: %s disturbs the text around it\n%q", where, p.Request.URL, p.body)
	}
	for name, values := range p.Header {
		all := strings.Join(values, "")
		if name == "Injected" || strings.Contains(all, expandedSecret) || strings.ContainsAny(all, "\r\n\x00") {
			t.Errorf("%s: %s: %q", where, name, values)
		}
	}
	return p
}

// disturbs are the characters that change how the text around them looks.
func disturbs(r rune) bool {
	return unicode.Is(unicode.Bidi_Control, r) || unicode.IsControl(r) && r != '\n' && r != '\t' || r == '\u2028' || r == '\u2029'
}

// TestTypedIsText: nothing that is typed, sent or claimed is ever expanded,
// interpreted or taken for an end of line: in pages, headers, mails and logs.
func TestTypedIsText(t *testing.T) {
	const oidTyped = "aaaaaaaa-0000-4000-8000-0000000000"
	var people []standin.Person
	oids := map[string]string{}
	for name, text := range typed {
		oids[name] = oidTyped + string(rune('a'+len(people))) + "0"
		people = append(people, standin.Person{Tenant: tenantAcme, ObjectID: oids[name], Username: "claims-" + name + "@acme.example", Email: "claims-" + name + "@acme.example",
			Name: text, GivenName: text, FamilyName: text, JobTitle: text, Phone: text, EmailDomainVerified: true})
	}
	w, logs := loggedWorld(t, people...)
	for name, text := range typed {
		t.Run(name, func(t *testing.T) { w.typeEverywhere(t, name, text, oids[name]) })
	}
	for _, mail := range w.outbox.Mails() {
		if all := mail.Subject + mail.Text + mail.HTML; strings.Contains(all, expandedSecret) || strings.Contains(all, "<script") || strings.ContainsFunc(mail.Subject+mail.Text, disturbs) {
			t.Errorf("mailed %q", all)
		}
	}
	for name, file := range logs {
		checkLog(t, name, file)
	}
}

// typeEverywhere puts a text into everything that takes one.
func (w *world) typeEverywhere(t *testing.T, name, text, oid string) {
	client := w.origin("client")
	escaped := url.PathEscape(text)
	v := w.visitor()
	see := func(where string, p page) page { t.Helper(); return isText(t, where, p) }
	for _, address := range []string{
		"/" + escaped + "?" + url.QueryEscape(text), "/frontdesk/" + escaped, "/frontdesk/callback/" + escaped, "/frontdesk/assets/" + escaped, "/frontdesk/sign-in?return=" + url.QueryEscape(text),
		"/frontdesk/sign-in?return=/" + url.QueryEscape(text), "/frontdesk/sign-in?journey=" + url.QueryEscape(text) + "&step=" + url.QueryEscape(text) + "&token=" + url.QueryEscape(text),
		"/frontdesk/sign-in?ticket=" + url.QueryEscape(text), "/frontdesk/sign-out?still_at=" + url.QueryEscape(text) + "&state=" + url.QueryEscape(text),
		"/frontdesk/callback/microsoft?code=" + url.QueryEscape(text) + "&state=" + url.QueryEscape(text) + "&error=" + url.QueryEscape(text), "/frontdesk/session?grant=" + url.QueryEscape(text),
	} {
		see("address", v.get(client+address))
	}
	if !strings.Contains(text, "\n") {
		for _, header := range []string{"User-Agent", "Accept-Language", "Referer", "Origin", "X-Forwarded-For", "Cookie", "Accept"} {
			for _, method := range []string{http.MethodGet, http.MethodPost} {
				answer := w.raw(method + " /frontdesk/sign-in?" + header + " HTTP/1.1\r\nHost: client.localhost:" + portOf(w) + "\r\n" + header + ": " + text + "\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
				if strings.Contains(answer, expandedSecret) || strings.Contains(answer, "<script") || strings.ContainsFunc(answer, func(r rune) bool { return r != '\r' && disturbs(r) }) {
					t.Errorf("%s: %s", header, answer)
				}
			}
		}
	}

	p := v.get(client + "/typed")
	see("email", v.post(p, "email", "email", text)).wants(t, 422)
	see("email", v.post(p, "email", "email", text+"@acme.example")).wants(t, 422)
	p = see("method", v.post(p, "email", "email", "typed-"+name+"@acme.example"))
	for _, field := range []string{"method", "platform", "account", "stay", "code", "token", "resend", "step"} {
		see(field, v.post(p, "method", field, text))
		see(field, v.post(p, "prove", field, text))
	}
	see("password", v.post(v.post(v.post(v.get(client+"/"), "email", "email", "ann@acme.example"), "method", "method", "password"), "prove", "password", text))
	p = v.get(p.Request.URL.String())
	p = v.post(p, "method", "method", "email_token")
	see("code", v.post(p, "prove", "code", text))
	p = v.post(p, "prove", "code", w.code("typed-"+name+"@acme.example")).wants(t, 200, `name="given_name"`)
	for _, field := range []string{"given_name", "family_name", "phone", "job_title"} {
		fields := []string{"given_name", "Gina", "family_name", "Given", field, text}
		if got := see(field, v.post(p, "create", fields...)); name == "direction" || name == "controls" {
			got.wants(t, 422, "There is a problem")
		} else if got.StatusCode != 200 {
			t.Errorf("%s: %d", field, got.StatusCode)
		} else {
			break // it is kept, as text
		}
	}
	p = v.get(p.Request.URL.String())
	if strings.Contains(p.body, `name="given_name"`) {
		p = v.post(p, "create", "given_name", "Gina", "family_name", "Given")
	}
	home := v.post(p, "stay", "stay", "yes").wants(t, 200, "Remote-User: ")
	if name == "placeholders" && !strings.Contains(home.body, "Remote-Name: "+strings.ReplaceAll(text, "%", "%25")+" Given") {
		t.Errorf("the name arrives as %s", home.body)
	}
	see("session", v.get(client+"/frontdesk/session")).wants(t, 200, "Sign out everywhere")
	see("whoami", v.get(client+"/frontdesk/whoami"))
	for _, field := range []string{"account", "platform", "end", "password", "everywhere"} {
		see(field, v.postTo(client+"/frontdesk/session", url.Values{field: {text}}))
	}
	w.claim(t, name, text, oid)
}

// claim has a provider name a person so, and answer with an error so.
func (w *world) claim(t *testing.T, name, text, oid string) {
	t.Helper()
	client := w.origin("client")
	v := w.visitor()
	begin := func() page {
		t.Helper()
		p := v.follow().post(v.get(client+"/"), "email", "email", "claims-"+name+"@acme.example")
		return v.stay().post(p, "method", "method", "microsoft").wants(t, 303)
	}
	to, err := begin().Location()
	if err != nil {
		t.Fatal(err)
	}
	v.follow()
	query := url.Values{"state": {to.Query().Get("state")}, "error": {text}, "error_description": {text}, "iss": {text}}
	isText(t, "error_description", v.get(client+"/frontdesk/callback/microsoft?"+query.Encode()))
	if to, err = begin().Location(); err != nil {
		t.Fatal(err)
	}
	p := isText(t, "claims", v.follow().postTo(to.String(), url.Values{"person": {oid}})).wants(t, 200, `name="given_name"`)
	isText(t, "claims", v.post(p, "create", "given_name", text, "family_name", "Claimed"))
	if name != "direction" {
		return
	}
	if shown := regexp.MustCompile(`name="given_name" type="text" value="([^"]*)"`).FindStringSubmatch(p.body); shown == nil || shown[1] != "exegnp" {
		t.Errorf("filled in as %q", shown)
	} else {
		v.post(p, "create", "given_name", shown[1], "family_name", shown[1]).wants(t, 200, `name="stay"`)
	}
}

// colour is what Caddy writes around the level for a terminal.
var colour = regexp.MustCompile(`\x1b\[\d+m([A-Z]+)\x1b\[0m`)

// checkLog holds a log to one line an entry, in which nothing that was typed
// stands out; the access log, which is Caddy's, to one line an entry.
func checkLog(t *testing.T, name, file string) {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if len(b) == 0 {
		t.Errorf("%s: nothing was logged", name)
	}
	begins := regexp.MustCompile(`^\d{4}/\d\d/\d\d `)
	for line := range strings.Lines(string(b)) {
		line = colour.ReplaceAllString(strings.TrimSuffix(line, "\n"), "$1")
		if json := json.Valid([]byte(line)); !json && !begins.MatchString(line) || strings.Contains(line, expandedSecret) {
			t.Errorf("%s: %q", name, line)
		}
		if !strings.HasPrefix(name, "access") && strings.ContainsFunc(line, disturbs) {
			t.Errorf("%s: it disturbs a terminal: %q", name, line)
		}
	}
}
