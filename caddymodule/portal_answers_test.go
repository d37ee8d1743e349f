package caddymodule

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/textproto"
	"net/url"
	"slices"
	"testing"
)

// settingPortal is a portal that sets the cookies that the query names, in early
// hints, too.
func settingPortal(w http.ResponseWriter, r *http.Request) {
	w.Header()["Set-Cookie"] = r.URL.Query()["set"]
	w.WriteHeader(http.StatusEarlyHints)
	io.WriteString(w, "portal\n")
}

// TestPortalsCookies: a portal sets its own cookies, byte for byte, and none of
// the gateway's.
func TestPortalsCookies(t *testing.T) {
	w := newWorld(t)
	w.portal = httptest.NewServer(http.HandlerFunc(settingPortal))
	t.Cleanup(w.portal.Close)
	w.start()
	v := w.visitor()
	p := v.get(w.origin("client") + "/x")
	p = v.post(p, "email", "email", "ann@acme.example")
	p = v.post(p, "method", "method", "password")
	p = v.post(p, "prove", "password", testPassword)
	v.post(p, "stay", "stay", "no").wants(t, 200, "portal")
	own := []string{
		"frontdesk=x", "frontdesk-browser=x; Path=/", "frontdesk-method=x", "__Host-frontdesk=x; Secure; Path=/", "__Host-Http-frontdesk-browser=x; Secure; Path=/; HttpOnly",
		"__Host-frontdesk-method=x", " frontdesk = x ", "frontdesk=; Max-Age=0", "frontdesk", "frontdesk; Path=/", "=frontdesk", "=frontdesk=x; Path=/", " = frontdesk=x", "\tfrontdesk\t=x",
	}
	others := []string{"a=1; Path=/; HttpOnly", "Frontdesk=x", "frontdesk2=x", "x-frontdesk=frontdesk=x", "b=frontdesk", "c = \"frontdesk=x\"; Path=/frontdesk=", "=d", "", "e=\xff"}
	for _, c := range []struct {
		name      string
		sent      []string
		want      []string
		path      string
		asVisitor bool
	}{
		{"own", own, nil, "/x", true},
		{"own, of nobody", own, nil, "/assets/x", false},
		{"others", others, others, "/x", true},
		{"others, of nobody", others, others, "/assets/x", false},
		{"both", slices.Concat(own, others, own), others, "/x", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			asker := w.visitor()
			if c.asVisitor {
				asker = v
			}
			check := func(set []string) {
				t.Helper()
				if !slices.Equal(set, c.want) {
					t.Errorf("the browser is given %q, want %q", set, c.want)
				}
			}
			hinted := 0
			ctx := httptrace.WithClientTrace(context.WithoutCancel(t.Context()), &httptrace.ClientTrace{Got1xxResponse: func(_ int, h textproto.MIMEHeader) error {
				hinted++
				check(h["Set-Cookie"])
				return nil
			}})
			r, err := http.NewRequestWithContext(ctx, http.MethodGet, w.origin("client")+c.path+"?"+url.Values{"set": c.sent}.Encode(), nil)
			if err != nil {
				t.Fatal(err)
			}
			jar := asker.client.Jar
			asker.client.Jar = nil
			for _, cookie := range jar.Cookies(r.URL) {
				r.AddCookie(cookie)
			}
			got := asker.send(r).wants(t, 200, "portal")
			asker.client.Jar = jar
			check(got.Header["Set-Cookie"])
			if hinted != 1 {
				t.Errorf("%d early hints", hinted)
			}
		})
	}
}

// TestPortalsCookiesWithErrors: what a portal answered with stays among the headers
// where a handler between it and the directive comes to an error, and goes out with
// the page of that one.
func TestPortalsCookiesWithErrors(t *testing.T) {
	w := newWorld(t)
	w.portal = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Set-Cookie"] = []string{"__Host-Http-frontdesk-browser=x; Secure; Path=/; HttpOnly", "frontdesk=x", "a=1"}
		w.Header().Set("Content-Type", "text/html")
		w.(http.Flusher).Flush() // so that no length is among the headers
		io.WriteString(w, "{{ nothing }}")
	}))
	t.Cleanup(w.portal.Close)
	portal := "reverse_proxy " + w.portal.Listener.Addr().String()
	w.startWith("\t"+portal+"\n", "\thandle /assets/intercepted* {\n\t\tintercept {\n\t\t\t@any status 200\n\t\t\thandle_response @any {\n\t\t\t\terror 404\n\t\t\t}\n\t\t}\n\t\t"+portal+"\n\t}\n"+
		"\thandle /assets/template* {\n\t\ttemplates\n\t\t"+portal+"\n\t}\n"+
		"\thandle /assets/copied* {\n\t\t"+portal+" {\n\t\t\thandle_response {\n\t\t\t\tcopy_response_headers\n\t\t\t\terror 404\n\t\t\t}\n\t\t}\n\t}\n"+
		"\thandle /assets/silent* {\n\t\t"+portal+" {\n\t\t\thandle_response {\n\t\t\t\tcopy_response_headers\n\t\t\t}\n\t\t}\n\t}\n"+
		"\thandle_errors 404 {\n\t\t@paged path *.paged\n\t\trespond @paged \"a page of errors\" 404\n\t\terror 404\n\t}\n")
	for path, status := range map[string]int{
		"/assets/intercepted": 404, "/assets/intercepted.paged": 404, "/assets/template": 500, "/assets/copied": 404, "/assets/copied.paged": 404, "/assets/silent": 200,
	} {
		t.Run(path, func(t *testing.T) {
			v := w.visitor()
			v.client.Jar = nil
			got := v.get(w.origin("client")+path).wants(t, status)
			if set := got.Header["Set-Cookie"]; !slices.Equal(set, []string{"a=1"}) {
				t.Errorf("the browser is given %q", set)
			}
		})
	}
}

// TestPortalsCookiesInTrailers: where a handler around the directive keeps an
// answer back, what comes with the end of its body is among its headers by then.
func TestPortalsCookiesInTrailers(t *testing.T) {
	w := newWorld(t)
	w.portal = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Trailer", "Set-Cookie")
		w.(http.Flusher).Flush() // so that trailers can follow
		io.WriteString(w, "portal\n")
		w.Header()[http.TrailerPrefix+"Set-Cookie"] = []string{"frontdesk-browser=x", "a=1"}
	}))
	t.Cleanup(w.portal.Close)
	portal := "\treverse_proxy " + w.portal.Listener.Addr().String() + "\n"
	w.startWith("\n\tfrontdesk client {\n\t\tpublic /public /assets/*\n\t\t\n\t}\n"+portal,
		"\n\troute {\n\tintercept {\n\t@any status 200\n\treplace_status @any 203\n\t}\n\tfrontdesk client {\n\tpublic /assets/*\n\t}\n"+portal+"\t}\n")
	v := w.visitor()
	v.client.Jar = nil
	got := v.get(w.origin("client")+"/assets/x").wants(t, 203, "portal")
	if set := got.Header["Set-Cookie"]; !slices.Equal(set, []string{"a=1"}) {
		t.Errorf("the browser is given %q", set)
	}
}

// TestPortalsCookiesAsTrailers, whether or not the portal announces them.
func TestPortalsCookiesAsTrailers(t *testing.T) {
	for name, announced := range map[string]string{"announced": "Set-Cookie", "not announced": ""} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.portal = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				if announced != "" {
					w.Header().Set("Trailer", announced)
				}
				w.(http.Flusher).Flush() // so that trailers can follow
				io.WriteString(w, "portal\n")
				w.Header()[http.TrailerPrefix+"Set-Cookie"] = []string{"frontdesk-browser=x", "a=1"}
			}))
			t.Cleanup(w.portal.Close)
			w.start()
			got := w.visitor().get(w.origin("client")+"/assets/x").wants(t, 200, "portal")
			if set := got.Trailer["Set-Cookie"]; !slices.Equal(set, []string{"a=1"}) {
				t.Errorf("the browser is given %q", set)
			}
		})
	}
}

// TestPortalPlantsName: a portal of one platform gives somebody's browser the name
// of its own, and has them go on with a sign-in that it has begun: what they
// prove would open every platform of theirs to it.
func TestPortalPlantsName(t *testing.T) {
	w := newWorld(t)
	w.portal = httptest.NewServer(http.HandlerFunc(settingPortal))
	t.Cleanup(w.portal.Close)
	w.start()
	client, mallory, victim := w.origin("client"), w.visitor(), w.visitor()
	name, _ := mallory.named(client)
	p := mallory.get(client + "/x")
	p = mallory.post(p, "email", "email", "both@msp.example")
	p = mallory.post(p, "platform", "platform", "client")
	p = mallory.post(p, "method", "method", "email_token").wants(t, 200, "Check your mail")

	victim.get(client+"/assets/x?"+url.Values{"set": {name.String()}}.Encode()).wants(t, 200)
	victim.get(p.Request.URL.String()).wants(t, 410)
}
