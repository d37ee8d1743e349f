package gateway

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/frontdesk-gateway/frontdesk/internal/config"
	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/session"
)

// atCode leads Ann to where a code is asked for.
func (d *desk) atCode(t *testing.T) *visitor {
	t.Helper()
	v := d.visitor(t)
	v.get(portal + "/deep?x=1")
	v.post("email", "email", "ann@acme.example")
	v.post("method", "method", "email_token").shows(t, 200, `name="code"`)
	return v
}

// TestSizes: whatever is too large is refused in few words, with a page for
// people, before anything is made of it.
func TestSizes(t *testing.T) {
	const page, signIn = portal + "/frontdesk/", portal + "/frontdesk/sign-in"
	long := strings.Repeat("x", 1<<20)
	get := func(address string, change ...func(*http.Request)) func(*testing.T, *desk) answer {
		return func(t *testing.T, d *desk) answer {
			return d.do("GET", address, append(change, with("Cookie", d.browserOf()))...)
		}
	}
	post := func(body string, change ...func(*http.Request)) func(*testing.T, *desk) answer {
		return func(t *testing.T, d *desk) answer {
			return d.doBody("POST", signIn, body, append([]func(*http.Request){posting, with("Cookie", d.browserOf())}, change...)...)
		}
	}
	atCode := func(field, value string) func(*testing.T, *desk) answer {
		return func(t *testing.T, d *desk) answer { return d.atCode(t).post("prove", field, value) }
	}
	atPassword := func(value string) func(*testing.T, *desk) answer {
		return func(t *testing.T, d *desk) answer {
			return d.toPassword(t, d.journeys.Passwords).post("prove", "password", value)
		}
	}
	for _, tt := range []struct {
		name   string
		do     func(*testing.T, *desk) answer
		status int
	}{
		{"email", post("email=" + long[:maxForm-6-ownFormSize]), 422},
		{"email that would be long when encoded", post("email=a@" + url.QueryEscape(strings.Repeat("ü", 500)) + ".example"), 422},
		{"body", post("email=" + long), 413},
		{"body of unknown length", func(t *testing.T, d *desk) answer {
			return post("email="+long, func(r *http.Request) { r.ContentLength = -1 })(t, d)
		}, 413},
		{"many fields", post(strings.Repeat("a&", (maxForm-ownFormSize)/2)), 422},
		{"many more", post(strings.Repeat("a&", maxForm)), 413},
		{"one field often", post(strings.Repeat("email=a&", (maxForm-ownFormSize)/8)), 422},
		{"media type", post("email=a", func(r *http.Request) { r.Header.Set("Content-Type", "application/x-www-form-urlencoded;"+long) }), 400},
		{"media type of many parameters", post("email=a", func(r *http.Request) {
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded"+strings.Repeat(";a*0=b", 10_000))
		}), 400},
		{"code", atCode("code", long[:8<<10]), 422},
		{"token", atCode("token", long[:8<<10]), 422},
		{"resend", atCode("resend", long[:8<<10]), 200}, // of a mail that was replaced
		{"password", atPassword(long[:8<<10]), 422},
		{"step", func(t *testing.T, d *desk) answer { return d.atCode(t).post(long[:8<<10]) }, 200},
		{"method", func(t *testing.T, d *desk) answer { return d.atCode(t).post("method", "method", long[:8<<10]) }, 422},
		{"account to switch to", func(t *testing.T, d *desk) answer {
			cookie, _ := d.signIn()
			return d.doBody("POST", page+"session", "account="+long[:8<<10], posting, with("Cookie", cookie))
		}, 403},

		{"return", get(signIn+"?return=/"+long, navigating), 414},
		{"return that is kept", get(signIn+"?return=/"+long[:maxDestination], navigating), 200},
		{"many parameters", get(signIn+"?"+strings.Repeat("a&", 1<<19), navigating), 414},
		{"journey", get(signIn+"?journey="+long[:maxQuery-8], navigating), 410},
		{"journey that is longer", get(signIn+"?journey="+long, navigating), 414},
		{"step of the address", get(signIn+"?journey=x&step="+long[:8<<10], navigating), 410},
		{"token of the address", func(t *testing.T, d *desk) answer {
			v := d.atCode(t)
			return v.get(v.at + "&token=" + long[:30<<10])
		}, 200},
		{"ticket", get(signIn+"?ticket="+long[:maxQuery-7], navigating), 410},
		{"switch", get(signIn+"?switch="+long[:maxQuery-7], navigating), 410},
		{"ask", get(signIn+"?ask="+long[:maxQuery-4], navigating), 410},
		{"grant", func(t *testing.T, d *desk) answer {
			cookie, _ := d.signIn()
			return d.do("GET", page+"session?grant="+long[:maxQuery-6], navigating, with("Cookie", cookie))
		}, 303}, // to the portal
		{"posted to a long address", func(t *testing.T, d *desk) answer {
			return d.doBody("POST", signIn+"?return=/"+long, "email=a", posting, with("Cookie", d.browserOf()))
		}, 414},
		{"state", get(page+"callback/microsoft?state="+long[:maxCallback+1], navigating), 410},
		{"code of a provider", get(page+"callback/microsoft?state=x&code="+long[:maxCallback+1], navigating), 410},
		{"iss", get(page+"callback/microsoft?state=x&iss="+long[:maxCallback+1], navigating), 410},
		{"error", get(page+"callback/microsoft?state=x&error="+long[:maxCallback+1], navigating), 410},
		{"error_description", get(page+"callback/microsoft?state=x&error_description="+long, navigating), 414},
		{"state of a sign-out", get(page+"sign-out?state="+long, navigating), 414},

		{"cookies", get(signIn, navigating, with("Cookie", "a="+long)), 431},
		{"many cookies", get(signIn, navigating, with("Cookie", strings.Repeat("a=b; ", 1<<17))), 431},
		{"many lines of cookies", get(signIn, navigating, func(r *http.Request) { r.Header["Cookie"] = strings.Split(strings.Repeat("aaaaaaaa=b\n", 1<<13), "\n") }), 431},
		{"session's cookie", get(portal+"/", navigating, with("Cookie", secureSessionName+"="+long)), 303},
		{"browser's cookie", get(signIn, navigating, with("Cookie", secureBrowserName+"="+long[:60<<10])), 200},
		{"method's cookie", get(signIn, navigating, with("Cookie", secureMethodName+"="+long[:60<<10])), 200},
		{"Accept", get(portal+"/", with("Accept", strings.Repeat("a/b,", 1<<17)+"text/html")), 401},
		{"Accept of one long type", get(portal+"/", with("Accept", "text/html"+strings.Repeat(";a*0=b", 1<<16))), 401},
		{"many lines of Accept", get(portal+"/", func(r *http.Request) {
			r.Header["Accept"] = strings.Split(strings.Repeat("a/b,", 1<<12)+"text/html", ",")
		}), 401},
		{"Accept-Language", get(signIn, navigating, with("Accept-Language", strings.Repeat("de-a-b-c,", 1<<16))), 200},
		{"Accept-Language of many hyphens", get(signIn, navigating, with("Accept-Language", strings.Repeat("-", 1<<20))), 200},
		{"User-Agent", get(signIn, navigating, with("User-Agent", long)), 200},
		{"Sec-Fetch-Mode", get(portal+"/", navigating, func(r *http.Request) { r.Header.Set("Sec-Fetch-Mode", long) }), 401},
		{"Origin", post("email=a", func(r *http.Request) { r.Header.Set("Origin", "https://"+long) }), 403},
		{"Host", get(portal+"/", navigating, func(r *http.Request) { r.Host = strings.ToUpper(long) }), 421},
		{"path", get(page+long, navigating), 404},
		{"asset", get(page+"assets/"+long, navigating), 404},
		{"provider", get(page+"callback/"+long, navigating), 404},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d, o := newWalk(t)
			d.journeys.Outbound = o
			got := tt.do(t, d).wants(t, tt.status)
			if most := 24 << 10; got.Body.Len() > most || len(d.log.String()) > most {
				t.Errorf("the answer has %d bytes, the log %d; want %d at most", got.Body.Len(), len(d.log.String()), most)
			}
		})
	}
}

// TestAgentIsClipped: what is kept of a browser's name is bounded.
func TestAgentIsClipped(t *testing.T) {
	d, o := newWalk(t)
	v := d.visitor(t)
	v.get(portal + "/")
	v.post("email", "email", "ann@acme.example")
	v.post("method", "method", "email_token")
	code, _ := o.newest(t)
	v.post("prove", "code", code)
	v.post("stay", "stay", "no")
	v.agent = strings.Repeat("ä", 1<<19)
	v.post("account", "account", "acme")
	all, err := d.store.SessionsOf(t.Context(), directory.KindContact, "c-ann")
	if err != nil || len(all) != 1 || all[0].UserAgent != strings.Repeat("ä", 128) {
		t.Errorf("%d sessions, %v, %v", len(all), all, err)
	}
}

// TestOneSessionOften: one request ends each session once, and few, however
// often their cookies are repeated.
func TestOneSessionOften(t *testing.T) {
	d := newDesk(t)
	cookie, _ := d.signIn()
	cookies := []string{cookie, cookie}
	for range 10 {
		cookies = append(cookies, d.sealed(secureSessionName, session.NewSecret()))
	}
	r := httptest.NewRequest("GET", portal+"/frontdesk/sign-out", nil)
	r.Header.Set("Cookie", strings.Join(cookies, "; "))
	v := &visit{origin: config.Origin{Scheme: "https"}, arrival: arrival{Site: d.Site, r: r}}
	if keys := v.sessionKeys(); len(keys) != maxSessionKeys || keys[0] == keys[1] {
		t.Errorf("%d keys", len(keys))
	}
}

// TestWhatWasTypedStays: a detail that is too long, in characters or bytes, is
// named with its limit, and nothing that was typed is lost.
func TestWhatWasTypedStays(t *testing.T) {
	for name, given := range map[string]string{
		"characters": strings.Repeat("x", 101), "bytes": strings.Repeat("😀", 101), "many spaces": "A" + strings.Repeat(" ", 500) + "B",
	} {
		t.Run(name, func(t *testing.T) {
			d, o := newWalk(t)
			v := d.visitor(t)
			v.get(portal + "/")
			v.post("email", "email", "new@acme.example")
			v.post("method", "method", "email_token").shows(t, 200, `name="code"`)
			code, _ := o.newest(t)
			v.post("prove", "code", code).shows(t, 200, `name="given_name"`)
			v.post("create", "given_name", given, "family_name", "Née <b>", "phone", "+49 1", "job_title", "Lead & more").shows(t, 422,
				"First name</bdi> is too long. Shorten it to 100 characters at most.",
				`value="`+given+`"`, `value="Née &lt;b&gt;"`, `value="&#43;49 1"`, `value="Lead &amp; more"`)
			v.post("create", "given_name", strings.Repeat("😀", 100), "family_name", "N").shows(t, 200, `name="stay"`)
		})
	}
}
