package caddymodule

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
)

func TestAdvisoriesOfTinyauth(t *testing.T) {
	w := newWorld(t)
	w.start()
	client, home := w.origin("client"), w.origin("client")+"/"

	t.Run("GHSA-3q28-qjrv-qr39: half a sign-in counts as a whole one", func(t *testing.T) {
		v := w.visitor()
		p := v.post(v.get(home), "email", "email", "two@acme.example")
		p = v.post(p, "method", "method", "email_token")
		p = v.post(p, "prove", "code", w.code("two@acme.example")).wants(t, 200, `name="stay"`)
		nobody := func() {
			t.Helper()
			wantsNobody(t, "the portal", w.ask("GET /", v.cookieLine()))
			v.get(client+"/frontdesk/whoami").wants(t, 401)
			v.get(client+"/frontdesk/session").wants(t, 200, `name="email"`)
			v.postTo(client+"/frontdesk/session", url.Values{"account": {"acme"}}).lacks(t, "Remote-User")
		}
		nobody()
		v.post(p, "stay", "stay", "no").wants(t, 200, `name="account"`)
		nobody()
	})
	t.Run("CVE-2026-32245: code that was issued to somebody else", func(t *testing.T) {
		for _, platform := range []string{"client", "admin"} {
			w.visitor().get(w.origin(platform)+"/frontdesk/sign-in?"+w.ticketOfBoth(t).RawQuery).wants(t, 410)
		}
		ticket := w.ticketOfBoth(t).String()
		w.visitor().get(ticket).wants(t, 200, `name="method"`)
		w.visitor().get(ticket).wants(t, 410)
	})
	t.Run("CVE-2026-33544: sign-ins at one provider at the same time", func(t *testing.T) {
		type person struct{ address, object, id string }
		people := []person{{"ann@acme.example", oidAnn, "c-ann"}, {"both@msp.example", oidBoth, "c-both"}}
		var wg sync.WaitGroup
		ready := make(chan struct{})
		for i := range 20 {
			v, p := w.visitor(), people[i%len(people)]
			wg.Go(func() {
				<-ready
				v.signInAtMicrosoft(p.address, p.object).wants(t, 200, "Remote-User: "+p.id+"\n")
			})
		}
		close(ready)
		wg.Wait()
	})
	t.Run("CVE-2026-77560: host in another case", func(t *testing.T) {
		v := w.visitor()
		v.signIn(t)
		port := ":" + portOf(w)
		for host, passes := range map[string]bool{"CLIENT.LocalHost" + port: true, "TECH.localhost" + port: false, "Admin.LOCALHOST" + port: false, "OTHER.localhost" + port: false} {
			if answer := w.askAt(host, "GET /", v.cookieLine()); atPortal.MatchString(answer) != passes {
				t.Errorf("%s: %.300s", host, answer)
			}
			wantsNobody(t, host, w.askAt(host, "GET /"))
		}
	})
	t.Run("CVE-2026-77561: strangers' failures lock everybody out", func(t *testing.T) {
		attacker := w.visitor().from("127.0.0.2")
		p := attacker.get(home)
		for i := range 300 {
			p = attacker.post(p, "email", "email", fmt.Sprintf("x%d@nowhere.example", i))
		}
		p.wants(t, 429)
		w.visitor().signIn(t)
	})
	t.Run("GHSA-r27r-rr9v-vv37: allowed path anywhere in the address", func(t *testing.T) {
		for _, target := range []string{"/admin?x=/public", "/admin/public", "/admin/assets/x", "/publicx", "/public2", "/xpublic", "/assetsx/y", "/admin;/public", "/admin?/assets/x"} {
			wantsNobody(t, target, w.ask("GET "+target))
		}
	})
}

// signInAtMicrosoft goes all the way, to the client's portal.
func (v *visitor) signInAtMicrosoft(address, object string) page {
	v.t.Helper()
	p := v.post(v.get(v.world.origin("client")+"/"), "email", "email", address)
	if strings.Contains(p.body, `name="platform"`) {
		p = v.post(p, "platform", "platform", "client")
	}
	p = v.pick(v.post(p, "method", "method", "microsoft"), object)
	return v.post(p, "stay", "stay", "no")
}

// from has a visitor come from another address of the machine.
func (v *visitor) from(ip string) *visitor {
	dialer := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(ip)}}
	v.client.Transport.(*http.Transport).DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return dialer.DialContext(ctx, network, "127.0.0.1:"+portOf(v.world))
	}
	return v
}
