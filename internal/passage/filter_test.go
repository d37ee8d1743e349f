package passage

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/frontdesk-gateway/frontdesk/internal/identity"
)

// asked is a request as net/http hands it over.
func asked(h http.Header) *http.Request {
	return &http.Request{Method: "GET", Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, URL: &url.URL{Path: "/"}, Header: h}
}

// TestFilter: every spelling that a portal could take for a header that is
// judged is judged with it, and nothing else is touched.
func TestFilter(t *testing.T) {
	f := NewFilter(
		map[string]string{identity.HeaderUser: "X-User", identity.HeaderAssertion: "OFF"},
		map[string]string{identity.HeaderGroups: "X-Groups", identity.HeaderName: "off", identity.HeaderEmail: "X-Forwarded-For"})
	const never, trusted, always = "", "trusted", "always"
	for _, c := range []struct {
		name  string
		keeps string // from whom
	}{
		{"Remote-User", never},
		{"remote-user", never},
		{"REMOTE-USER", never},
		{"rEmOtE-uSeR", never},
		{"Remote_User", never},
		{"REMOTE_USER", never},
		{"Remote_user", never},
		{"remote.user", never},
		{"Remote.User", never},
		{"Remote!User", never},
		{"Remote~User", never},
		{"Remote*User", never},
		{"Remote|User", never},
		{"Remote User", never},
		{"Remote-Email", never},
		{"remote_email", never},
		{"Remote-Name", never},
		{"Remote.Groups", never},
		{"X-Frontdesk-Platform", never},
		{"x_frontdesk_platform", never},
		{"X_Frontdesk-Platform", never},
		{"X.Frontdesk_Account-Id", never},
		{"X-Frontdesk-Impersonator", never},
		{"X-Frontdesk-Assertion", never},
		{"X-Frontdesk-Anything-New", never},
		{"X_FRONTDESK_", never},
		{"X-Frontdesk-" + strings.Repeat("a", 300), never},
		{"X-User", never},
		{"x_user", never},
		{"X.Groups", never},

		{"Remote-Role", never}, // of another gateway
		{"Remote--User", never},
		{"Remote-User-", never},
		{"Remotes-User", always},
		{"RemoteUser", always},
		{"A-Remote-User", always},
		{"X-Frontdesk", always},
		{"X-Frontdeskx-Platform", always},
		{"Off", always},
		{"User", always},
		{strings.Repeat("RemoteUser", 300), always},
		{"", always},
		{"X", always},
		{"X-", always},

		{"X-Forwarded-For", never}, // an identity header of this site
		{"X-Forwarded-User", never},
		{"X-Forwarded-Anything-New", never},
		{"X-Auth-Request-Preferred-Username", never},
		{"X_Remote_User", never},
		{"X-Appengine-User-Email", never},
		{"Auth_User", never},
		{"$WSRU", never},
		{"$wscc", never},
		{"Php-Auth-User", never},
		{"PHP_AUTH_USER", never},
		{"Php-Auth-Pw", never},
		{"Redirect-Remote-User", never},
		{"Redirect_Remote_User", never},
		{"Redirect-To", always},
		{"X-Proxiedentitieschain", never},
		{"X-Proxiedissuerschain", never},
		{"X-Proxiedentitygroups", never},
		{"X-Proxy-Ext-Department", never},
		{"X-Proxy-Remote-User", never},
		{"Proxy-Remote-User", never},
		{"X-Iis-Windowsauthtoken", never},
		{"Cas-User", never},
		{"Eppn", never},
		{"Cgi-Authorization", never},
		{"Impersonate-User", never},
		{"Impersonate-Extra-Scopes", never},
		{"X-Jfrog-Override-Base-Url", never},
		{"X-Artifactory-Override-Base-Url", never},
		{"Persistent_Id", never},
		{"Oam-Identity-Domain", never},
		{"X-Amzn-Ava-User-Context", never},
		{"Ms-Aspnetcore-Winauthtoken", never},
		{"Cf-Access-Jwt-Assertion", never},
		{"X-Auth-Couchdb-Username", never},
		{"Kubeflow-Userid", never},
		{"X-Spinnaker-User", never},
		{"Ynh_user_email", never},
		{"Shiny-Server-Credentials", never},
		{"X-Sp-Userid", never},
		{"X-Rstudio-Username", never},
		{"X-Rstudio-Request", always},
		{"Posit-Connect-User-Session-Token", never},
		{"X-Forwarded-Host", never},
		{"X-Forwarded-Proto", never},
		{"X-Original-Url", never},
		{"X-Original-Anything-New", never},
		{"X-Original-Forwarded-Host", never},
		{"X-Original-User", never},
		{"X-Original-Client-Ip", never},
		{"X_Original_Host", never},
		{"X-Original-Filename", always}, // of uploads
		{"X-Rewrite-Url", never},
		{"X-Envoy-Original-Path", never},
		{"Script_Name", never},
		{"Proxy", never},
		{"X-Middleware-Subrequest", never},
		{"X-Middleware-Rewrite", never},
		{"X-Middleware-Prefetch", always}, // of Next.js' own pages
		{"X-Invoke-Path", never},
		{"X-Matched-Path", never},

		{"Forwarded", trusted},
		{"X-Forwarded-Port", trusted},
		{"Https", trusted},
		{"X_Forwarded-Port", never},
		{"X-Forwarded-Tls-Client-Cert-Info", trusted},
		{"X-Original-Forwarded-For", trusted},
		{"X-Real-Ip", trusted},
		{"X_Real_Ip", never},
		{"X.Real.Ip", never},
		{"X-Appengine-Cron", trusted},
		{"X-Envoy-Internal", trusted},
		{"X-Arr-Clientcert", trusted},
		{"Ssl-Client-Verify", trusted},
		{"Ssl_client_verify", never},

		{"Authorization", always},
		{"Accept", always},
		{"Content-Type", always},
		{"Content_Type", never},
		{"Content.Length", never},
		{"Sec-Fetch-Site", always},
		{"Sec_Fetch_Site", never},
		{"Sec-Anything-New", always},
		{"Te", always},
		{"Origin", always},
		{"X-Csrf_token", always},
		{"X-Http-Method-Override", always},
		{"Upgrade-Insecure-Requests", always},
		{"Early-Data", always},

		{"Host", never}, // beside :authority
		{"Connection", never},
		{"Upgrade", never},
		{"Keep-Alive", never},
		{"Proxy-Connection", never},
		{"Proxy-Authorization", never},
		{"Http2-Settings", never},
		{"Transfer_Encoding", never},
		{":protocol", never},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, from := range []string{"anybody", trusted} {
				r := asked(http.Header{c.name: {"evil", "evil"}, "Kept": {"a", "b"}})
				r.Trailer = http.Header{c.name: nil, "Kept": nil}
				f.Admit(r, from == trusted)
				if _, kept := r.Header[c.name]; kept != (c.keeps == always || c.keeps == from) {
					t.Errorf("from %s: kept %t", from, kept)
				}
				if len(r.Header["Kept"]) != 2 {
					t.Errorf("another header became %q", r.Header["Kept"])
				}
				if r.Trailer != nil {
					t.Errorf("trailers are left: %v", r.Trailer)
				}
			}
		})
	}
}

// TestLists: each name stands in its folded form, and once.
func TestLists(t *testing.T) {
	seen := map[string]bool{}
	for _, list := range lists {
		for _, name := range list.names {
			if bare := strings.TrimSuffix(name, "*"); bare == "" || Fold(bare) != bare || strings.Contains(bare, "*") {
				t.Errorf("%q is not folded", name)
			}
			if seen[name] {
				t.Errorf("%q stands there twice", name)
			}
			seen[name] = true
		}
	}
}

// TestFamiliesAreFound by the letter that they are sorted under, and the
// longest before the others.
func TestFamiliesAreFound(t *testing.T) {
	for _, list := range lists {
		for _, name := range list.names {
			prefix, isFamily := strings.CutSuffix(name, "*")
			if !isFamily {
				continue
			}
			for _, tail := range []string{"", "zzz"} {
				if k := familyOf([]byte(prefix + tail)); k != list.kind {
					t.Errorf("%s%s is of kind %d, want %d", prefix, tail, k, list.kind)
				}
			}
		}
	}
}

func TestAdmitAllocatesNothing(t *testing.T) {
	f := NewFilter()
	r := asked(http.Header{})
	for _, name := range []string{"Accept", "Accept-Encoding", "Accept-Language", "Cookie", "User-Agent", "Sec-Fetch-Mode", "Upgrade-Insecure-Requests"} {
		r.Header.Set(name, "x")
	}
	if n := testing.AllocsPerRun(100, func() { f.Admit(r, false) }); n != 0 {
		t.Errorf("%v allocations for a request with nothing to strip", n)
	}
}

func TestReserved(t *testing.T) {
	for _, name := range []string{
		"Host", "Cookie", "cookie", "Authorization", "Connection", "Transfer-Encoding", "Content_Length", "Sec-Fetch-Mode", "X-Forwarded-For", "TE",
		"X-Forwarded-Host", "X-Real-IP", "X-Original-URL", "Proxy", "X-SSL-Client-Verify",
	} {
		if !Reserved(name) {
			t.Errorf("%q may be used", name)
		}
	}
	for _, name := range []string{"X-User", "Remote-User", "X-Frontdesk-Platform", "X-Forwarded-User", "X-Auth-Request-Email", "X-WEBAUTH-USER"} {
		if Reserved(name) {
			t.Errorf("%q may not be used", name)
		}
	}
}
