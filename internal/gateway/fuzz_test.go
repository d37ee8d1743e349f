package gateway

import (
	"bufio"
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/config"
	"github.com/frontdesk-gateway/frontdesk/internal/passage"
	"github.com/frontdesk-gateway/frontdesk/internal/session"
	"github.com/frontdesk-gateway/frontdesk/internal/store/memory"
)

// rawRequests are what FuzzHandle begins with: %s is where a session's cookie may
// stand.
var rawRequests = []string{
	"GET / HTTP/1.1\r\nHost: portal.msp.example\r\nAccept: text/html\r\n%s\r\n",
	"GET /tickets/7?sort=new HTTP/1.1\r\nHost: portal.msp.example\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\n%s\r\n",
	"GET / HTTP/1.1\r\nHost: alias.msp.example:8443\r\n%s\r\n",
	"GET /health HTTP/1.1\r\nHost: portal.msp.example:443\r\nRemote-User: evil\r\nX_Frontdesk.Platform: admin\r\nConnection: close, Remote-User\r\n%s\r\n",
	"GET /assets/%%2e%%2e/admin HTTP/1.1\r\nHost: portal.msp.example\r\n%s\r\n",
	"GET /assets/a/../../admin HTTP/1.1\r\nHost: portal.msp.example\r\nX-Original-URL: /health\r\n%s\r\n",
	"GET http://portal.msp.example/a HTTP/1.1\r\nHost: evil.example\r\nAccept: text/html\r\n%s\r\n",
	"GET //evil.example/a HTTP/1.1\r\nHost: portal.msp.example\r\nAccept: text/html\r\n%s\r\n",
	"GET / HTTP/1.1\r\nHost: evil.example\r\nAccept: text/html;q=0.3, */*\r\n%s\r\n",
	"OPTIONS * HTTP/1.1\r\nHost: portal.msp.example\r\n%s\r\n",
	"CONNECT portal.msp.example:443 HTTP/1.1\r\nHost: portal.msp.example\r\n%s\r\n",
	"GET /ws HTTP/1.1\r\nHost: portal.msp.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n%s\r\n",
	"POST /api HTTP/1.1\r\nHost: portal.msp.example\r\nTransfer-Encoding: chunked\r\nTrailer: Remote-User\r\n%s\r\n3\r\nabc\r\n0\r\nRemote-User: evil\r\n\r\n",
	"GET /frontdesk/sign-in?return=%%2f%%2fevil.example HTTP/1.1\r\nHost: portal.msp.example\r\nAccept-Language: de-AT;q=0.9,*;q=x\r\n%s\r\n",
	"GET /frontdesk/sign-in?journey=J&step=prove&token=x&ticket=&switch= HTTP/1.1\r\nHost: portal.msp.example\r\n%s\r\n",
	"GET /frontdesk/sign-in?ask=x HTTP/1.1\r\nHost: portal.msp.example\r\n%s\r\n",
	"GET /frontdesk/callback/idp?code=x&state=J.y&iss=z&error=&error_description=%%0d%%0a HTTP/1.1\r\nHost: portal.msp.example\r\n%s\r\n",
	"HEAD /frontdesk/health HTTP/1.1\r\nHost: anything\r\n%s\r\n",
	"GET /frontdesk/whoami HTTP/1.1\r\nHost: portal.msp.example\r\n%s\r\n",
	"GET /frontdesk/session?grant=x HTTP/1.1\r\nHost: portal.msp.example\r\n%s\r\n",
	"GET /frontdesk/assets/../sign-in HTTP/1.1\r\nHost: portal.msp.example\r\n%s\r\n",
	"GET /frontdesk/sign-out?state=everywhere&still_at=idp HTTP/1.1\r\nHost: portal.msp.example\r\n%s\r\n",
	form("sign-in?return=/a", "email=ann%%40acme.example"),
	form("sign-in?journey=J", "step=prove&password=x&code=1&token=y"),
	form("session", "account=acme&platform=tech&end=S1&password=change"),
	form("sign-out", "everywhere=yes"),
}

// fuzzedBrowser is the browser that the requests come from.
var fuzzedBrowser = session.Secret{1}

// form is a post from a page of the gateway's own.
func form(to, body string) string {
	body = "form_token=" + formTokenOf(fuzzedBrowser, portal) + "&" + body
	return fmt.Sprintf("POST /frontdesk/%s HTTP/1.1\r\nHost: portal.msp.example\r\nOrigin: %s\r\nSec-Fetch-Site: same-origin\r\n"+
		"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n%%s\r\n%s", to, portal, len(strings.ReplaceAll(body, "%%", "%")), body)
}

// statuses are all that the gateway answers with while its store works.
var statuses = []int{
	http.StatusOK, http.StatusSeeOther, http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound,
	http.StatusMethodNotAllowed, http.StatusGone, http.StatusRequestEntityTooLarge, http.StatusMisdirectedRequest,
	http.StatusUnprocessableEntity, http.StatusTooManyRequests, http.StatusNotImplemented, http.StatusRequestURITooLong,
	http.StatusRequestHeaderFieldsTooLarge,
}

// FuzzHandle hands the gateway any request that net/http admits, with the
// cookies of a session and of a browser or without. It never fails; a portal
// sees the person of the session, or nobody on a public path, and nothing that
// the request says of them; and nobody is sent to another origin.
func FuzzHandle(f *testing.F) {
	for _, request := range rawRequests {
		f.Add(fmt.Appendf(nil, request, ""), false)
		f.Add(fmt.Appendf(nil, request, "Cookie: a=1\r\n"), true)
	}
	d := newDesk(f, func(c *config.Config) {
		c.Microsoft, c.Mail = nil, nil
		c.OIDC = map[string]*config.OIDC{"idp": {Issuer: "http://127.0.0.1:1", ClientID: "id", ClientSecret: "secret"}} // nothing listens there
		c.Platforms["client"].Methods = []string{"password", "idp"}
		c.Platforms["tech"].Methods = []string{"password"}
	})
	handled := 0
	f.Fuzz(func(t *testing.T, raw []byte, signedIn bool) {
		r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(raw)))
		if err != nil {
			return // the server answers it
		}
		r, d.tb = r.WithContext(t.Context()), t
		if handled++; handled%500 == 0 { // what the requests left behind
			d.store.Store = memory.New()
			d.fill()
		}
		d.now = d.now.Add(time.Second)
		id := ""
		if signedIn {
			cookie, s := d.signIn(func(s *session.Session) { s.ID = "S" + strconv.Itoa(handled) })
			r.Header["Cookie"] = append(r.Header["Cookie"], cookie+"; "+d.sealed(secureBrowserName, fuzzedBrowser))
			id = s.ID
		}
		w := httptest.NewRecorder()
		pass, _ := d.Handle(w, r, requestOf(r))
		if pass == nil {
			checkAnswer(t, w)
			return
		}
		checkPass(t, pass, r, id)
	})
}

func requestOf(r *http.Request) Client {
	visited := *r.URL
	return Client{URL: &visited, Target: r.RequestURI, IP: "203.0.113.7"}
}

// checkAnswer holds an answer to what every one of them keeps to.
func checkAnswer(t *testing.T, w *httptest.ResponseRecorder) {
	t.Helper()
	if !slices.Contains(statuses, w.Code) {
		t.Errorf("status %d\n%s", w.Code, w.Body)
	}
	if w.Header().Get("Cache-Control") == "" {
		t.Errorf("no Cache-Control: %v", w.Header())
	}
	location := w.Header().Get("Location")
	if (location != "") != (w.Code == http.StatusSeeOther) {
		t.Errorf("Location %q with status %d", location, w.Code)
	}
	to, err := browserReads(location)
	if err != nil || !slices.Contains([]string{portal, alias, local, techs}, to.Scheme+"://"+to.Host) || to.User != nil {
		t.Errorf("sent to %q, %v", location, err)
	}
	for name, values := range w.Header() {
		if strings.ContainsAny(name+strings.Join(values, ""), "\r\n\x00") {
			t.Errorf("header %q: %q", name, values)
		}
	}
}

// checkPass holds a request that goes on to whose it is. session is the id of
// the session that it came with; empty: of none.
func checkPass(t *testing.T, pass Pass, r *http.Request, session string) {
	t.Helper()
	identified := pass.facts() != nil
	switch {
	case identified && !strings.HasPrefix(strings.ToLower(r.Host)+":", "portal.msp.example:"):
		t.Errorf("passed at %s as %+v, who signed in elsewhere", r.Host, pass.facts())
	case identified && (session == "" || pass.facts().Session != session || pass.facts().ID != "c-ann"):
		t.Errorf("passed as %+v with the session %q", pass.facts(), session)
	case !identified && r.URL.Path != "/health" && !strings.HasPrefix(path.Clean(r.URL.Path), "/assets"):
		t.Errorf("%q passed without a session", r.URL.Path)
	}
	var ours []string
	for name := range r.Header {
		folded := passage.Fold(name)
		if strings.HasPrefix(folded, "x-frontdesk-") || slices.Contains([]string{"remote-user", "remote-email", "remote-name", "remote-groups"}, folded) {
			ours = append(ours, name)
		}
	}
	slices.Sort(ours)
	var want []string
	if identified {
		want = []string{"Remote-Email", "Remote-Groups", "Remote-Name", "Remote-User", "X-Frontdesk-Account-Id", "X-Frontdesk-Account-Name",
			"X-Frontdesk-Assertion", "X-Frontdesk-Entity", "X-Frontdesk-Method", "X-Frontdesk-Platform", "X-Frontdesk-Session"}
	}
	if !slices.Equal(ours, want) || identified && !slices.Equal(r.Header["Remote-User"], []string{"c-ann"}) {
		t.Errorf("the portal sees %q, want %q: %v", ours, want, r.Header)
	}
	if cookies := strings.Join(r.Header["Cookie"], ";"); len(ownCookies(cookies)) > 0 {
		t.Errorf("our cookies reach the portal: %q", cookies)
	}
}

// FuzzRequestLine: where a person was going is kept byte for byte on the way
// through the sign-in, or is "/"; whatever stands in the request line.
func FuzzRequestLine(f *testing.F) {
	for _, seed := range []string{"/", "/a?b=c", "/tickets/7?sort=new&q=a%2Fb+c", "//evil.example/a", "/\\evil.example", "http://evil.example/a?b", "http://evil.example?", `http://evil.example/a"b?c="`, "https://portal.msp.example//evil.example",
		"/frontdesk/sign-out", "/a/..;/b", "/%2e%2e//x", "/?a=#b", "/x%00%0d%0a", "/é?ü", "*", "/a?http://x@y", "http://h?x", "A://@0?", "A:/://0?"} {
		f.Add(seed)
	}
	d := newDesk(f)
	f.Fuzz(func(t *testing.T, target string) {
		r, err := http.ReadRequest(bufio.NewReader(strings.NewReader("GET " + target + " HTTP/1.1\r\nHost: portal.msp.example\r\nAccept: text/html\r\n\r\n")))
		if err != nil || strings.ContainsAny(target, "\r\n") || isPublic(r.URL.Path) || strings.HasPrefix(r.URL.Path, "/frontdesk/") {
			return
		}
		r.Host = "portal.msp.example" // absolute-form names its own
		w := httptest.NewRecorder()
		pass, _ := d.Handle(w, r, requestOf(r))
		if w.Code == http.StatusBadRequest && !strings.HasPrefix(target, "/") {
			return // no path
		}
		if pass != nil || w.Code != http.StatusSeeOther {
			t.Fatalf("%q: passed on %t, status %d", target, pass != nil, w.Code)
		}
		page, err := browserReads(w.Header().Get("Location"))
		if err != nil || page.Path != "/frontdesk/sign-in" || page.Scheme+"://"+page.Host != portal || len(page.Query()) != 1 {
			t.Fatalf("%q is sent to %s, %v", target, w.Header().Get("Location"), err)
		}
		back := page.Query().Get("return")
		if back != "/" && !strings.HasSuffix(target, back) && !strings.HasSuffix(target, "@"+r.URL.Host+strings.TrimPrefix(back, "/")) && !strings.HasSuffix(target, "://"+r.URL.Host+strings.TrimPrefix(back, "/")) { // no path is /
			t.Errorf("%q comes back as %q", target, back)
		}
		to, err := browserReads(back)
		if err != nil || to.Scheme+"://"+to.Host != portal || to.User != nil || strings.HasPrefix(path.Clean(to.Path)+"/", "/frontdesk/") {
			t.Errorf("%q comes back as %q, which leads to %s, %v", target, back, to, err)
		}
	})
}

func isPublic(path string) bool { return path == "/health" || strings.HasPrefix(path, "/assets/") }

// ownCookies are the cookies of a Cookie header that bear a name of ours, read
// as PHP, Python, Node.js and Go do: at every semicolon, white space off.
func ownCookies(line string) (found []string) {
	for _, part := range strings.Split(line, ";") {
		name, value, _ := strings.Cut(part, "=")
		switch strings.TrimSpace(name) {
		case "frontdesk", "frontdesk-browser", "frontdesk-method", "__Host-frontdesk", "__Host-Http-frontdesk-browser", "__Host-frontdesk-method":
			found = append(found, strings.TrimSpace(name)+"="+strings.Trim(value, " \t"))
		}
	}
	return found
}

// FuzzCookiesApart puts a cookie of ours among others: it is found, unless it
// stands there twice, and the others arrive as they would have without it.
func FuzzCookiesApart(f *testing.F) {
	for _, seed := range [][3]string{{"a=1", "x", "b=2"}, {"", "x==", ""}, {"a=\"; ", "\"x", ";;"}, {"__Host-frontdesk=y", "x", "a"}, {"a=1;b=2 ;  c=3", "", "=; d="}, {"frontdesk", "x,y", " \t;"}} {
		f.Add(seed[0], seed[1], seed[2])
	}
	f.Fuzz(func(t *testing.T, before, value, after string) {
		if strings.ContainsAny(before+value+after, "\r\n\x00") || strings.Contains(value, ";") {
			return // net/http refuses it, or it is another cookie
		}
		with := strings.Join([]string{before, secureSessionName + "=" + value, after}, ";")
		r, bare := cookieRequest(with), cookieRequest(before+";"+after)
		got, found := takeSessionCookie(r, config.Origin{Scheme: "https", Host: "h"}, false)
		_, another := takeSessionCookie(bare, config.Origin{Scheme: "https", Host: "h"}, false)
		named := 0
		for _, cookie := range ownCookies(with) {
			if strings.HasPrefix(cookie, secureSessionName+"=") {
				named++
			}
		}
		if found != (named == 1) || found && (got != strings.Trim(value, " \t") || another) {
			t.Errorf("%q: found %t, %q", with, found, got)
		}
		others := slices.DeleteFunc(strings.Split(with, ";"), func(s string) bool { return len(ownCookies(s)) > 0 })
		left, want := strings.Join(r.Header["Cookie"], "\n"), strings.Join(others, ";")
		if strings.TrimLeft(left, " \t") != strings.TrimLeft(want, " \t") {
			t.Errorf("%q became %q, want %q", with, left, want)
		}
		if line := before + ";" + after; len(ownCookies(line)) == 0 && strings.Join(bare.Header["Cookie"], "\n") != line {
			t.Errorf("%q became %q", line, bare.Header["Cookie"])
		}
	})
}

func cookieRequest(line string) *http.Request {
	return &http.Request{Header: http.Header{"Cookie": {line}}}
}

// FuzzPublicAddress matches addresses as a server reads them: an encoded slash
// or backslash, a query, a fragment open nothing that the path does not.
func FuzzPublicAddress(f *testing.F) {
	for _, seed := range []string{"/health", "/assets/a/b.css", "/admin?/assets/a", "/admin#/assets/a", "/assets%2fa", "/assets/%2e%2e/admin", "/assets/..%2fadmin", "/assets/..%5Cadmin", "//assets/a", "/HEALTH", "/health/", "/health;x", "/%68ealth"} {
		f.Add(seed)
	}
	p, err := ParsePublic([]string{"/health", "/assets/*"})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, target string) {
		u, err := url.ParseRequestURI(target)
		if err != nil || !p.Match(u) {
			return
		}
		plain, _, _ := strings.Cut(target, "?")
		decoded, err := url.PathUnescape(plain)
		if err != nil || u.Scheme == "" && decoded != u.Path || decoded != "/health" && u.Scheme == "" && !strings.HasPrefix(decoded, "/assets/") {
			t.Errorf("%q is public, path %q", target, u.Path)
		}
		for _, reading := range readings(u.Path) {
			if reading != "/health" && reading != "/assets" && !strings.HasPrefix(reading, "/assets/") {
				t.Errorf("%q is public, and can be read as %q", target, reading)
			}
		}
		if escaped := strings.ToLower(u.EscapedPath()); strings.Contains(escaped, "%2f") || strings.Contains(escaped, "%5c") {
			t.Errorf("%q is public", target)
		}
	})
}

// FuzzAccept compares with a plain reading of RFC 9110, 12.5.1, where there is
// one.
func FuzzAccept(f *testing.F) {
	for _, seed := range []string{"text/html", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "*/*", "", "text/html;q=0", "text/html;q=0.001",
		"TEXT/HTML ; q=0.5", "application/json, text/html;level=1", "text/html;q=x", "text/html;q=NaN", "text/html;q=1e9", "text/html;q=-1", "text/htmlx", ",,text/html", "text/html;q=\"0\"", "a\"b,text/html"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, line string) {
		got := acceptsHTML(&http.Request{Header: http.Header{"Accept": {line}}})
		if got && !strings.Contains(strings.ToLower(line), "text/html") {
			t.Errorf("%q names text/html", line)
		}
		if want, plain := plainAccept(line); plain && got != want {
			t.Errorf("%q: %t, want %t", line, got, want)
		}
	})
}

// plainAccept reads lists of types with no parameter but a weight; plain is
// false for any other.
func plainAccept(line string) (html, plain bool) {
	for _, part := range strings.Split(line, ",") {
		name, weight, weighted := strings.Cut(strings.TrimSpace(part), ";q=")
		if strings.ContainsFunc(name, func(r rune) bool { return !(r >= 'a' && r <= 'z' || r == '/' || r == '*' || r == '+') }) || strings.Count(name, "/") != 1 {
			return false, false
		}
		q := 1.0
		if weighted {
			var err error
			if q, err = strconv.ParseFloat(weight, 64); err != nil || strings.Trim(weight, "0123456789.") != "" || q > 1 {
				return false, false
			}
		}
		if name == "text/html" {
			return q > 0, true
		}
	}
	return false, true
}
