package caddymodule

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/fcgi"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
)

// enters signs a visitor in by password at an origin.
func (v *visitor) enters(origin, email string) {
	v.t.Helper()
	v.goesOn(v.begins(origin, email))
}

// begins goes as far as step 3.
func (v *visitor) begins(origin, email string) page {
	v.t.Helper()
	p := v.get(origin+"/frontdesk/sign-in?return=/").wants(v.t, 200, `name="email"`)
	return v.post(p, "email", "email", email)
}

// goesOn goes on to the portal from there.
func (v *visitor) goesOn(p page) {
	v.t.Helper()
	if strings.Contains(p.body, `value="password"`) {
		p = v.post(p, "method", "method", "password")
	}
	p = v.post(p, "prove", "password", testPassword)
	v.post(p, "stay", "stay", "no").wants(v.t, 200, "portal GET /\n", "Remote-User: ")
}

// entersAgain signs Ann in where she is signed in: in a tab that began before.
func (v *visitor) entersAgain() {
	v.t.Helper()
	portal, err := url.Parse(v.world.origin("client"))
	if err != nil {
		v.t.Fatal(err)
	}
	signedIn := v.client.Jar.Cookies(portal)
	v.client.Jar.SetCookies(portal, []*http.Cookie{{Name: "frontdesk", Path: "/", MaxAge: -1}})
	begun := v.begins(v.world.origin("client"), "ann@acme.example")
	v.client.Jar.SetCookies(portal, signedIn)
	v.goesOn(begun)
}

// asAnn, asTwo and asMicrosoft are ways in to the client portal.
func asAnn(v *visitor) { v.enters(v.world.origin("client"), "ann@acme.example") }

func asTwo(v *visitor) {
	p := v.post(v.signInByCode(v.t.(*testing.T), v.world.origin("client")+"/", "two@acme.example"), "stay", "stay", "no")
	v.post(p, "account", "account", "acme").wants(v.t, 200, "Remote-User: c-two-acme\n")
}

func asMicrosoft(v *visitor) {
	p := v.post(v.get(v.world.origin("client")+"/"), "email", "email", "ann@acme.example")
	p = v.pick(v.post(p, "method", "method", "microsoft"), oidAnn)
	v.post(p, "stay", "stay", "no").wants(v.t, 200, "Remote-User: c-ann\n")
}

// editNow changes the directory of the running server.
func editNow(t testing.TB, fn func(directory.Editor) error) {
	t.Helper()
	d, err := runningDesk()
	if err != nil {
		t.Fatal(err)
	}
	if err := d.store.Edit(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

// endsInStreams is a way in which a session ends, or is not any more what the
// portal was told. others says that it holds for all sessions of the person.
var endsInStreams = []struct {
	name   string
	in     func(*visitor)
	end    func(t *testing.T, v, other *visitor)
	others bool
}{
	{"sign-out", asAnn, func(t *testing.T, v, _ *visitor) { v.signsOut("") }, false},
	{"sign-out everywhere", asAnn, func(t *testing.T, v, _ *visitor) { v.signsOut("yes") }, true},
	{"sign-out everywhere in another browser", asAnn, func(t *testing.T, _, other *visitor) { other.signsOut("yes") }, true},
	{"ended from another browser", asAnn, func(t *testing.T, _, other *visitor) {
		page := other.get(other.world.origin("client") + "/frontdesk/session")
		button := regexp.MustCompile(`name="end" value="([^"]*)"`).FindStringSubmatch(page.body)
		if button == nil {
			t.Fatal("the page knows no other session")
		}
		other.postTo(page.Request.URL.String(), url.Values{"end": {button[1]}}).wants(t, 200)
	}, false},
	{"switch of account", asTwo, func(t *testing.T, v, _ *visitor) {
		v.postTo(v.world.origin("client")+"/frontdesk/session", url.Values{"account": {"borg"}}).wants(t, 200, "Remote-User: c-two-borg")
	}, false},
	{"signed in again, in a tab that was open before", asAnn, func(_ *testing.T, v, _ *visitor) { v.entersAgain() }, false},
	{"contact off", asAnn, imports(`{"contacts": [{"id": "c-ann", "active": false}]}`), true},
	{"account off", asAnn, imports(`{"accounts": [{"id": "acme", "active": false}]}`), true},
	{"contact deleted", asAnn, func(t *testing.T, _, _ *visitor) {
		editNow(t, func(e directory.Editor) error { return e.DeleteContact("c-ann") })
	}, true},
	{"another address", asAnn, imports(`{"contacts": [{"id": "c-ann", "email": "annie@acme.example"}]}`), true},
	{"a group taken away", asAnn, imports(`{"contacts": [{"id": "c-ann", "groups": ["users"]}]}`), true},
	{"a new password", asAnn, func(t *testing.T, _, _ *visitor) {
		d, err := runningDesk()
		if err != nil {
			t.Fatal(err)
		}
		if err := d.setPassword(t.Context(), passwordRequest{Kind: directory.KindContact, ID: "c-ann", Password: "violet kettle drums softly"}); err != nil {
			t.Fatal(err)
		}
	}, true},
	{"unlinked", asMicrosoft, func(t *testing.T, _, _ *visitor) {
		d, err := runningDesk()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := d.unlink(t.Context(), unlinkRequest{Kind: directory.KindContact, ID: "c-ann"}); err != nil {
			t.Fatal(err)
		}
	}, true},
}

func imports(file string) func(*testing.T, *visitor, *visitor) {
	return func(t *testing.T, _, _ *visitor) { importNow(t, file) }
}

func (v *visitor) signsOut(everywhere string) {
	v.t.Helper()
	v.postTo(v.world.origin("client")+"/frontdesk/sign-out", url.Values{"everywhere": {everywhere}}).wants(v.t, 200, "You are signed out")
}

// TestOpenRequestsEndWithTheirSession, at once and in whatever way it ends; the
// same person's other sessions and other people's stay.
func TestOpenRequestsEndWithTheirSession(t *testing.T) {
	for _, c := range endsInStreams {
		t.Run(c.name, func(t *testing.T) {
			w, portal := newLivelyWorld(t)
			w.start()
			v, other, neighbour := w.visitor(), w.visitor(), w.visitor()
			c.in(v)
			c.in(other)
			neighbour.enters(w.origin("tech"), "tech@msp.example")
			ended, others, neighbours := v.opens(w.origin("client"), portal), other.opens(w.origin("client"), portal), neighbour.opens(w.origin("tech"), portal)
			c.end(t, v, other)
			each(ended, (*open).wantsEnd)
			if c.others {
				each(others, (*open).wantsEnd)
			} else {
				each(others, (*open).wantsOpen)
			}
			each(neighbours, (*open).wantsOpen)
		})
	}
}

// TestOpenRequestsEndWithTheConfiguration: nobody watches over them then. The
// browser opens them anew.
func TestOpenRequestsEndWithTheConfiguration(t *testing.T) {
	w, portal := newLivelyWorld(t)
	w.start()
	v := w.visitor()
	asAnn(v)
	before := v.opens(w.origin("client"), portal)
	w.options = "session {\n idle 1h\n}"
	if err := w.load(); err != nil {
		t.Fatal(err)
	}
	each(before, (*open).wantsEnd)
	v.client.CloseIdleConnections()
	v.get(w.origin("client")+"/").wants(t, 200, "Remote-User: c-ann\n")
	after := v.opens(w.origin("client"), portal)
	v.signsOut("")
	each(after, (*open).wantsEnd)
}

// TestOpenRequestsBehindAnyHandler end, whatever Caddy speaks to the portal by.
func TestOpenRequestsBehindAnyHandler(t *testing.T) {
	w, portal := newLivelyWorld(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go fcgi.Serve(l, portal)
	proxies := []struct {
		name, body string
		sockets    bool
	}{
		{"flushed", "reverse_proxy %s {\n\t\tflush_interval -1\n\t}", true},
		{"closed later", "reverse_proxy %s {\n\t\tstream_close_delay 1h\n\t\tstream_timeout 1h\n\t}", true},
		{"encoded", "encode {\n\t\tmatch header Content-Type text/*\n\t\tminimum_length 0\n\t}\n\treverse_proxy %s", true},
		{"by FastCGI", "reverse_proxy %s {\n\t\ttransport fastcgi\n\t}", false},
	}
	origins := make([]string, len(proxies))
	for i, p := range proxies {
		origins[i] = fmt.Sprintf("http://p%d.localhost:%s", i, portOf(w))
		to := w.portal.Listener.Addr()
		if !p.sockets {
			to = l.Addr()
		}
		w.origins += " " + origins[i]
		w.sites += origins[i] + " {\n\tfrontdesk client\n\t" + fmt.Sprintf(p.body, to) + "\n}\n"
	}
	w.start()
	for i, p := range proxies {
		t.Run(p.name, func(t *testing.T) {
			v := w.visitor()
			v.enters(origins[i], "ann@acme.example")
			opened := []*open{v.opensEvents(origins[i], portal)}
			if p.sockets {
				opened = append(opened, v.opensSocket(origins[i]))
			}
			each(opened, (*open).wantsOpen)
			v.postTo(origins[i]+"/frontdesk/sign-out", url.Values{}).wants(t, 200, "You are signed out")
			if !p.sockets { // the portal is not told, and ends with what it says
				opened[0].endsTalking(portal)
			}
			each(opened, (*open).wantsEnd)
		})
	}
}

// TestEventStreamNobodyNamed: who sees the end of their session coming could ask
// for an event stream without a word of it, and hear more than they may.
func TestEventStreamNobodyNamed(t *testing.T) {
	for _, scheme := range []string{"http", "https"} { // by HTTP/1.1 and HTTP/2
		t.Run(scheme, func(t *testing.T) {
			w, portal := newLivelyWorld(t)
			w.scheme = scheme
			w.start()
			if scheme == "https" {
				w.awaitCertificates()
			}
			v, other := w.visitor(), w.visitor()
			asAnn(v)
			other.enters(w.origin("tech"), "tech@msp.example")
			ended, stays := v.opensEventsAs("*/*", w.origin("client"), portal), other.opensEventsAs("*/*", w.origin("tech"), portal)
			importNow(t, `{"contacts": [{"id": "c-ann", "active": false}]}`)
			ended.endsTalking(portal)
			stays.wantsOpen()
		})
	}
}

// endsTalking has the portal talk until that is heard no more.
func (o *open) endsTalking(portal *lively) {
	o.t.Helper()
	for late := time.After(patience); ; {
		portal.tell("news")
		select {
		case <-o.heard: // before the end was seen
		case <-o.ended:
			return
		case <-late:
			o.t.Error("the event stream is open still")
			return
		}
	}
}

// TestOpenRequestsOverTLS, of which the event stream comes by HTTP/2.
func TestOpenRequestsOverTLS(t *testing.T) {
	w, portal := newLivelyWorld(t)
	w.scheme = "https"
	w.start()
	w.awaitCertificates()
	v, other := w.visitor(), w.visitor()
	asAnn(v)
	asAnn(other)
	opened, others := v.opens(w.origin("client"), portal), other.opens(w.origin("client"), portal)
	if p := v.get(w.origin("client") + "/"); p.ProtoMajor != 2 {
		t.Errorf("spoken over %s", p.Proto)
	}
	v.signsOut("")
	each(opened, (*open).wantsEnd)
	each(others, (*open).wantsOpen)
	v.get(w.origin("client")+"/").wants(t, 200, `name="email"`) // on the same connection
}

// TestHandlerLetsGo: the request for the portal has Caddy's own values, and the
// hold on it ends with it, however that ends.
func TestHandlerLetsGo(t *testing.T) {
	w := newWorld(t)
	w.start()
	v := w.visitor()
	asAnn(v)
	portal, err := url.Parse(w.origin("client") + "/events")
	if err != nil {
		t.Fatal(err)
	}
	module, err := caddy.ActiveContext().AppIfConfigured("frontdesk")
	if err != nil {
		t.Fatal(err)
	}
	handler, failed := &Handler{Platform: "client", app: module.(*App)}, errors.New("failed")
	for name, next := range map[string]func() error{
		"answered": func() error { return nil },
		"failed":   func() error { return failed },
		"aborted":  func() error { panic(http.ErrAbortHandler) },
	} {
		t.Run(name, func(t *testing.T) {
			replacer := caddy.NewReplacer()
			ctx := context.WithValue(context.WithValue(t.Context(), caddy.ReplacerCtxKey, replacer), caddyhttp.VarsCtxKey, map[string]any{caddyhttp.ClientIPVarKey: "127.0.0.1"})
			r := httptest.NewRequest(http.MethodGet, portal.String(), nil).WithContext(ctx)
			r.Header.Set("Accept", "text/event-stream")
			for _, cookie := range v.client.Jar.Cookies(portal) {
				r.AddCookie(cookie)
			}
			var passed context.Context
			serve := func(r *http.Request, next func() error) {
				defer func() { recover() }()
				before := r.Context()
				handler.ServeHTTP(httptest.NewRecorder(), r, caddyhttp.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) error {
					passed = r.Context()
					if passed.Err() != nil || passed.Value(caddy.ReplacerCtxKey) != replacer || passed.Value(caddyhttp.ErrorCtxKey) != before.Value(caddyhttp.ErrorCtxKey) || r.Header.Get("Remote-User") != "c-ann" {
						t.Errorf("passed with %v, %v", passed.Err(), r.Header)
					}
					return next()
				}))
			}
			serve(r, next)
			if name == "failed" { // handle_errors goes on with it
				serve(r.WithContext(context.WithValue(ctx, caddyhttp.ErrorCtxKey, failed)), func() error { return nil })
			}
			if passed == nil || passed.Err() == nil {
				t.Error("the request is held still")
			}
		})
	}
}
