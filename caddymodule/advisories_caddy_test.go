package caddymodule

import (
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/http/fcgi"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2"
)

func TestAdvisoriesOfCaddy(t *testing.T) {
	t.Setenv("FRONTDESK_PROBE", "leaked-secret")
	w := newWorld(t)
	port, admin := ":"+portOf(w), fmt.Sprint(freePort(t))
	hosts := w.manyHosts(120)
	w.origins = " http://php.localhost" + port + " http://shared.localhost" + port + " " + strings.Join(hosts, " ")
	w.sites = strings.Join(hosts, ", ") + " {\n\tfrontdesk client\n\treverse_proxy " + w.portal.Listener.Addr().String() + "\n}\n" +
		"http://php.localhost" + port + " {\n\tfrontdesk client {\n\t\tpublic /public\n\t}\n\treverse_proxy " + fastCGIPortal(t) + " {\n\t\ttransport fastcgi\n\t}\n}\n" +
		"http://shared.localhost" + port + " {\n\troute {\n\t\tfrontdesk client\n\t\tvars typed {http.auth.user.name}\n\t\trespond \"{http.auth.user.name} {vars.typed}\"\n\t}\n}\n"
	running := w.startWith("admin off", "admin localhost:"+admin+admitUnderscores)
	client, home := w.origin("client"), w.origin("client")+"/"

	t.Run("CVE-2022-28923: redirect by the shape of the path", func(t *testing.T) {
		w.staysHere(t, "//evil.example/%2e%2e", "//evil.example/..", "/..//evil.example", "//evil.example%2f..", "/%2f/evil.example", "/;//evil.example")
	})
	t.Run("CVE-2022-34037: address that the server trips over", func(t *testing.T) {
		for _, target := range []string{"/%", "/%2", "/%zz", "/?%", "/?", "//", "/%00", "/?%00=%", "/" + strings.Repeat("%2f", 2000), "/" + strings.Repeat("?", 2000)} {
			wantsNobody(t, target, w.ask("GET "+target))
		}
	})
	t.Run("CVE-2026-27585: backslashes that pass for part of a name", func(t *testing.T) {
		for _, target := range []string{`/assets\x`, `/assets/..\secret`, `/assets/%5c..%5csecret`, `/assets/..%5csecret`, `/public%5c..%5csecret`, `/secret\..\public`, `/public\`} {
			wantsNobody(t, target, w.ask("GET "+target))
		}
	})
	t.Run("CVE-2026-27586: file that is missing", func(t *testing.T) {
		config, err := adapt(strings.Replace(running, "client_secret hush", "client_secret {file."+w.store+".missing}", 1))
		if err != nil {
			t.Fatal(err)
		}
		if err := caddy.Load(config, true); err == nil || !strings.Contains(err.Error(), "client_secret") {
			t.Errorf("loaded: %v", err)
		}
		w.visitor().signIn(t) // what ran goes on
	})
	t.Run("CVE-2026-27587: path in another case", func(t *testing.T) {
		for _, target := range []string{"/PUBLIC", "/%50ublic", "/publi%43", "/%41ssets/x", "/ASSETS/x", "/FRONTDESK/health", "/Frontdesk/sign-in"} {
			wantsNobody(t, target, w.ask("GET "+target))
		}
	})
	t.Run("CVE-2026-27588: host in another case among more than a hundred", func(t *testing.T) {
		for _, host := range []string{"h7.localhost" + port, "H7.localhost" + port, "h118.LOCALHOST" + port} {
			answer := w.askAt(host, "GET /public", "Accept: text/html")
			if !strings.Contains(answer, "Location: /frontdesk/sign-in?return=%2Fpublic\r\n") {
				t.Errorf("%s: %s", host, answer)
			}
		}
	})
	t.Run("CVE-2026-27589: page elsewhere that speaks to the admin endpoint", func(t *testing.T) {
		for name, change := range map[string]func(*http.Request){
			"from another origin":       func(r *http.Request) { r.Header.Set("Origin", "http://evil.example") },
			"without CORS":              func(r *http.Request) { r.Header.Set("Sec-Fetch-Mode", "no-cors") },
			"from a portal":             func(r *http.Request) { r.Header.Set("Origin", client) },
			"by a name that is rebound": func(r *http.Request) { r.Host = "evil.example:" + admin },
		} {
			for _, path := range []string{adminImport, adminPassword, adminUnlink, adminRequire, adminExport} {
				method := http.MethodPost
				if path == adminExport {
					method = http.MethodGet
				}
				r, err := http.NewRequestWithContext(t.Context(), method, "http://localhost:"+admin+path, strings.NewReader(`{"contacts": [{"id": "c-ann", "groups": ["evil"]}]}`))
				if err != nil {
					t.Fatal(err)
				}
				change(r)
				if p := w.visitor().do(r); p.StatusCode != 400 && p.StatusCode != 403 || strings.Contains(p.body, "acme") {
					t.Errorf("%s, %s: %d %s", name, path, p.StatusCode, p.body)
				}
			}
		}
		v := w.visitor()
		v.signIn(t)
		v.get(home).wants(t, 200, "Remote-Groups: users,a%2Cb\n")
	})
	t.Run("CVE-2026-27590: path that is cut at letters of other alphabets", func(t *testing.T) {
		for _, target := range []string{"/assets/\u023a\u023a.php/../x", "/assets/\u023a.php", "/assets/%C8%BA.php", "/public\u017f", "/a\u017f\u017fets/x", "/assets/x\uff0fy", "/\u212aublic"} {
			wantsNobody(t, target, w.ask("GET "+target))
		}
	})
	t.Run("CVE-2026-30851: header left over where a fact is missing", func(t *testing.T) {
		v := w.visitor()
		p := v.post(v.get(w.origin("tech")+"/"), "email", "email", "tech@msp.example")
		p = v.post(p, "method", "method", "password")
		p = v.post(p, "prove", "password", testPassword)
		v.post(p, "stay", "stay", "no").wants(t, 200, "Remote-User: m-tech\n")
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.origin("tech")+"/", nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"Remote-Groups", "Remote-Name", "X-Frontdesk-Account-Id", "X-Frontdesk-Account-Name", "X-Frontdesk-Impersonator", "X-Frontdesk-Anything"} {
			r.Header.Set(name, "evil")
		}
		v.do(r).wants(t, 200, "Remote-User: m-tech\n").lacks(t, "evil", "X-Frontdesk-Account", "X-Frontdesk-Impersonator", "Remote-Groups")
	})
	t.Run("CVE-2026-30852: placeholder in what people type", func(t *testing.T) {
		const probe = "{env.FRONTDESK_PROBE}"
		v := w.visitor()
		v.language = probe
		v.post(v.get(client+"/frontdesk/sign-in?return="+url.QueryEscape("/"+probe)), "email", "email", probe+"@nowhere.example").wants(t, 422, probe).lacks(t, "leaked-secret")
		p := v.post(v.get("http://shared.localhost"+port+"/"+probe), "email", "email", "probe@acme.example")
		p = v.post(p, "method", "method", "email_token")
		p = v.post(p, "prove", "code", w.code("probe@acme.example"))
		p = v.post(p, "create", "given_name", probe, "family_name", "{http.request.host}").wants(t, 200, `name="stay"`)
		v.post(p, "stay", "stay", "no").wants(t, 200, probe+" {http.request.host} "+probe+" {http.request.host}").lacks(t, "leaked-secret")
		if mail := w.mail("probe@acme.example"); strings.Contains(mail.Text+mail.HTML, "leaked-secret") {
			t.Errorf("mail %s", mail.Text)
		}
		for _, target := range []string{"/" + probe, "/frontdesk/sign-in?return=/" + probe, "/frontdesk/" + probe, "/public?" + probe} {
			if answer := w.ask("GET "+target, "Accept: text/html", "User-Agent: "+probe, "Referer: "+probe); strings.Contains(answer, "leaked-secret") {
				t.Errorf("%s: %s", target, answer)
			}
		}
	})
	t.Run("CVE-2026-52845: underscores on the way to FastCGI", func(t *testing.T) {
		v := w.visitor()
		p := v.post(v.get("http://php.localhost"+port+"/"), "email", "email", "ann@acme.example")
		p = v.post(p, "method", "method", "password")
		p = v.post(p, "prove", "password", testPassword)
		v.post(p, "stay", "stay", "no").wants(t, 200, "HTTP_REMOTE_USER=c-ann\n")
		for _, path := range []string{"/", "/public"} {
			for _, browser := range []*visitor{v, w.visitor()} {
				r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://php.localhost"+port+path, nil)
				if err != nil {
					t.Fatal(err)
				}
				for _, name := range []string{"Remote_User", "REMOTE_USER", "remote_groups", "Remote~Email", "Remote+Name", "X_Frontdesk_Account_Id", "X_Frontdesk_Impersonator", "X-Frontdesk!Entity"} {
					r.Header[name] = []string{"evil"}
				}
				if p := browser.do(r).lacks(t, "evil"); browser == v {
					p.wants(t, 200, "HTTP_REMOTE_USER=c-ann\n", "HTTP_REMOTE_GROUPS=users,a%2Cb\n")
				} else {
					p.lacks(t, "HTTP_REMOTE_", "HTTP_X_FRONTDESK")
				}
			}
		}
	})
	t.Run("GHSA-m8m5-v4jf-3wcm: encoded slash", func(t *testing.T) {
		for _, target := range []string{"/assets/..%2fsecret", "/assets/..%2Fsecret", "/assets%2f..%2fsecret", "/public%2f..%2fsecret", "/assets/%2e%2e%2fsecret", "/assets/x%2fy"} {
			wantsNobody(t, target, w.ask("GET "+target))
		}
	})
}

// manyHosts are so many further origins of the client's platform.
func (w *world) manyHosts(n int) (origins []string) {
	for i := range n {
		origins = append(origins, fmt.Sprintf("http://h%d.localhost:%s", i, portOf(w)))
	}
	return origins
}

// fastCGIPortal starts a portal behind FastCGI that shows the variables it
// received, and returns its address.
func fastCGIPortal(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go fcgi.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen := map[string]string{}
		for name, values := range r.Header {
			seen["HTTP_"+strings.ToUpper(strings.ReplaceAll(name, "-", "_"))] = strings.Join(values, ", ")
		}
		maps.Copy(seen, fcgi.ProcessEnv(r))
		for _, name := range slices.Sorted(maps.Keys(seen)) {
			fmt.Fprintf(w, "%s=%s\n", name, seen[name])
		}
	}))
	return l.Addr().String()
}
